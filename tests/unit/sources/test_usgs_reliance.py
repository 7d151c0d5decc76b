"""Which rows make up net import reliance, on a small chapter of three years."""

import numpy as np
import pytest

from monazite.errors import SourceError
from monazite.sources.usgs import read_mineral_commodity_summaries
from monazite.sources.usgs_reliance import read_reliance_rows, select_reliance_flows

HEADER = (
    "MCS chapter,Section,Commodity,Country,Statistics,Statistics_detail,Unit,Year,Value,Notes,"
    "Is critical mineral 2025,Other notes"
)
FIGURES = {
    "Production": ("100", "W", "90"),
    "Imports": ("55", "60", "70"),
    "Exports": ("5", "s", "<10"),
    "Stocks": ("20", "15", "18"),
    "Shipments from stockpile": ("2", "1", "NA"),
    "Consumption": ("153", "170", "160"),
    "Reliance": ("33", ">25", "E"),
}
ROLES = {
    "official": "Reliance", "production": "Production", "import": "Imports", "export": "Exports",
    "stock": "Stocks", "draw": "Shipments from stockpile", "consumption": "Consumption",
}  # fmt: skip


@pytest.fixture
def summaries(tmp_path):
    path = tmp_path / "MCS.csv"
    rows = [
        f"TIN,Salient Statistics—United States,Tin,United States,any,{detail},metric tons,{year},{value},,Yes,"
        for detail, values in FIGURES.items()
        for year, value in zip((2021, 2022, 2023), values, strict=True)
    ]
    path.write_bytes("\n".join([HEADER, *rows]).encode("cp1252"))
    return read_mineral_commodity_summaries(path)


def rows(tmp_path, *roles, note="", source="USGS: Mineral Commodity Summaries 2026"):
    path = tmp_path / "rows.csv"
    lines = [
        f"tin,{role},TIN,Tin,{ROLES.get(role, role)},{2022 if role == 'draw' else ''},{note},{source}"
        for role in roles
    ]
    header = "material,role,chapter,commodity,detail,last_year,note,source"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return read_reliance_rows(path)


def select(summaries, *listed):
    table = select_reliance_flows(summaries, listed[0])
    return [{name: column[k] for name, column in table.items()} for k in range(len(table["year"]))]


def test_flows_with_what_rounding_allows(summaries, tmp_path):
    first, *_ = select(summaries, rows(tmp_path, "official", "production", "import", "export"))
    assert (first["material"], first["year"], first["unit"]) == ("tin", 2021, "metric tons")
    assert (first["production"], first["import"], first["export"], first["stock_draw"]) == (100, 55, 5, 0)
    assert (first["import_low"], first["import_high"]) == (54.5, 55.5)
    assert first["official"] == 0.33
    assert first["reason"] == ""


def test_a_withheld_row_is_a_reason_and_a_bounded_one_is_not(summaries, tmp_path):
    _, second, third = select(summaries, rows(tmp_path, "official", "production", "import", "export"))
    assert second["reason"] == "'Production' withheld"
    assert np.isnan(second["production"])
    assert third["reason"] == ""
    assert np.isnan(third["export"]) and (third["export_low"], third["export_high"]) == (0, 10)


def test_a_draw_is_the_level_before_less_the_level_after(summaries, tmp_path):
    # 2022: 20 - 15 = 5, and 1 from the stockpile; 2023: 15 - 18 = -3, the stockpile counts until 2022
    first, second, third = select(summaries, rows(tmp_path, "official", "import", "stock", "draw"))
    assert first["reason"] == "no figure of 2020 for 'Stocks'"
    assert (second["stock_draw"], third["stock_draw"]) == (6, -3)


def test_printed_consumption_stands_in_for_production(summaries, tmp_path):
    # 2021: 153 - (55 - 5) = 103; lowest: imports 55.5, exports 4.5, consumption 152.5 leave 101.5
    first, *_ = select(summaries, rows(tmp_path, "official", "import", "export", "consumption"))
    assert first["basis"] == "published consumption"
    assert (first["production"], first["production_low"], first["production_high"]) == (103, 101.5, 104.5)


def test_a_net_exporter_is_at_most_zero(summaries, tmp_path):
    _, second, third = select(summaries, rows(tmp_path, "official", "import"))
    assert (second["official_low"], second["official_high"]) == (0.25, np.inf)
    assert (third["official_low"], third["official_high"], third["official_text"]) == (-np.inf, 0.0, "E")


def test_rows_that_the_file_does_not_have_are_all_named(summaries, tmp_path):
    listed = rows(tmp_path, "official", "production", "import")
    listed["detail"][1:] = ["Mine output", "Purchases"]
    with pytest.raises(SourceError) as caught:
        select_reliance_flows(summaries, listed)
    assert list(caught.value.which) == ["TIN / Tin / Mine output", "TIN / Tin / Purchases"]


def test_a_list_without_official_or_imports_is_refused(tmp_path):
    with pytest.raises(SourceError) as caught:
        rows(tmp_path, "production", "consumption")
    assert list(caught.value.which) == [
        "tin: needs one row official and at least one row import",
        "tin: has production and consumption; only one of them can count",
    ]


def test_an_unknown_role_is_refused(tmp_path):
    with pytest.raises(SourceError) as caught:
        rows(tmp_path, "official", "import", "sales")
    assert list(caught.value.which) == [
        "line 4, role: 'sales' is none of official, production, import, export, stock, draw, consumption"
    ]


def test_every_row_of_the_list_names_its_source(tmp_path):
    with pytest.raises(SourceError) as caught:
        rows(tmp_path, "official", "import", source="")
    assert list(caught.value.which) == ["line 2, source: empty", "line 3, source: empty"]


def test_the_shipped_list_is_sound():
    listed = read_reliance_rows()
    assert len(set(listed["material"])) >= 30
