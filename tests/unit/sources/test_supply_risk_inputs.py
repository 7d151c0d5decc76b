"""The reader of official inputs, on small files in exactly their format."""

import numpy as np
import pytest

from monazite.errors import SourceError
from monazite.sources.supply_risk_inputs import read_supply_risk_inputs

HEADER = (
    "material,stage,supply_risk,economic_importance,import_reliance_pct,eol_rir_pct,supply_used,si_ei,si_sr,"
    "hhi_wgi_t_global,hhi_wgi_t_eu"
)


def write(tmp_path, *rows, header=HEADER):
    path = tmp_path / "inputs.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_percent_becomes_shares_and_words_become_ours(tmp_path):
    rows = [
        "Natural graphite,Extraction,2.9,2.9,99,3,GS + EUS,1.0,1.0,3.2,2.9",
        "Beryllium,Extraction,2.4,3.9,N/A,0,GS only,1.0,1.0,2.4,N/A",
    ]
    table = read_supply_risk_inputs(write(tmp_path, *rows))
    assert table["material"].tolist() == ["natural_graphite", "beryllium"]
    assert table["name"].tolist() == ["Natural graphite", "Beryllium"]
    assert table["supply_mix"].tolist() == ["both", "global"]
    assert table["import_reliance"][0] == 0.99
    assert np.isnan(table["import_reliance"][1]) and np.isnan(table["hhi_wgi_t_eu"][1])
    assert table["eol_recycling_input_rate"].tolist() == [0.03, 0.0]
    assert table["line"].tolist() == [2, 3]


def test_every_problem_is_reported_at_once_with_row_and_column(tmp_path):
    rows = [
        "Cobalt,Extraction,1.6,5.7,-32,0,GS + EUS,1.0,1.0,3.0,1.0",
        "Nickel,Smelting,0.3,4.8,159,34,GS,0.9,1.4,0.9,0.4",
        "cobalt,Extraction,x,5.7,32,0,EUS only,1.0,1.0,3.0,1.0",
    ]
    with pytest.raises(SourceError) as caught:
        read_supply_risk_inputs(write(tmp_path, *rows))
    assert caught.value.what == "8 cells cannot be used."
    assert list(caught.value.which) == [
        "row 2, import_reliance_pct: '-32' is negative",
        "row 3, stage: 'Smelting' is none of extraction, processing",
        "row 3, supply_used: 'GS' is none of GS + EUS, GS only, EUS only",
        "row 3, import_reliance_pct: '159' is above 100",
        "row 3, si_sr: '1.4' is above 1",
        "row 4, supply_risk: 'x' is no number",
        "row 2, material: 'Cobalt' stands twice",
        "row 4, material: 'cobalt' stands twice",
    ]


def test_shares_in_a_percent_column_are_noticed(tmp_path):
    row = "Cobalt,Extraction,1.6,5.7,0.32,0,GS + EUS,1.0,1.0,3.0,1.0"
    with pytest.raises(SourceError) as caught:
        read_supply_risk_inputs(write(tmp_path, row))
    assert str(caught.value) == (
        "inputs.csv: 1 cell cannot be used.\n"
        "  which:    column import_reliance_pct: holds shares (largest 0.32), percent is expected\n"
        "  expected: import reliance and recycling 0..100 percent, substitution indices 0..1, HHI(WGI,t) 0..30; "
        "N/A where there is no figure\n"
        "  fix:      a net exporter has import reliance 0, as in the Commission's tables"
    )


def test_other_columns_are_named(tmp_path):
    with pytest.raises(SourceError) as caught:
        read_supply_risk_inputs(write(tmp_path, header=HEADER.replace("si_sr", "si_risk")))
    assert list(caught.value.which) == ["si_risk (not expected)", "si_sr (missing)"]


def test_a_table_without_rows_is_refused(tmp_path):
    with pytest.raises(SourceError, match="has no rows"):
        read_supply_risk_inputs(write(tmp_path))


def test_a_row_that_ends_early_is_half_a_row_and_not_a_missing_figure(tmp_path):
    with pytest.raises(SourceError, match="line 2: 10 cells instead of 11"):
        read_supply_risk_inputs(write(tmp_path, "Cobalt,Extraction,1.6,5.7,32,0,GS only,1.0,1.0,3.0"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match=r"none.csv: does not exist\."):
        read_supply_risk_inputs(tmp_path / "none.csv")


def test_a_formula_is_no_name_of_a_material(tmp_path):
    with pytest.raises(SourceError, match=r"row 2, material: '=cmd\|calc' is no name") as caught:
        read_supply_risk_inputs(write(tmp_path, "=cmd|calc,Extraction,1.6,5.7,32,0,GS only,1.0,1.0,3.0,1.0"))
    assert len(caught.value.which) == 1
