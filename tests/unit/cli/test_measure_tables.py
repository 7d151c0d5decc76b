"""`monazite measure supply-risk` and `net-import-reliance`, from a table of the user."""

import json

import pytest
from command_line import run_command as run

from monazite.cli.measure_tables import compose_row, count_difference_decimals, print_input_records

TABLE = """\
material,stage,supply_risk,economic_importance,import_reliance_pct,eol_rir_pct,supply_used,si_ei,si_sr,\
hhi_wgi_t_global,hhi_wgi_t_eu
Natural graphite,Extraction,2.9,2.9,99,3,GS + EUS,1.0,1.0,3.2,2.9
Nickel,Processing,0.3,4.8,59,34,GS + EUS,0.9,1.0,0.9,0.4
Cobalt,Extraction,1.6,5.7,N/A,0,GS + EUS,1.0,1.0,3.0,1.0
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "official.csv"
    path.write_text(TABLE, encoding="utf-8")
    return str(path)


def test_json_holds_one_object_with_records_and_the_hash_of_the_inputs(monkeypatch, capsys, table):
    code, out, _ = run(monkeypatch, capsys, "measure", "supply-risk", "--inputs", table, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["release"] is None
    assert found["sources"]["inputs"]["title"] == "official.csv"
    graphite, _, cobalt, correlation, _ = found["records"]
    # 3.2 * 0.495 + 2.9 * 0.505 = 3.0485; times 0.97 = 2.957045
    assert graphite["value"] == pytest.approx(2.957045)
    assert graphite["source_ids"] == ["inputs"]
    assert (cobalt["value"], cobalt["reason"]) == (None, "cobalt: no figure for import_reliance")
    assert (correlation["compared"], correlation["value"]) == (2, pytest.approx(1.0))


def test_the_table_says_what_cannot_be_told_and_why(monkeypatch, capsys, table):
    code, out, _ = run(monkeypatch, capsys, "measure", "supply-risk", "--inputs", table)
    assert code == 0
    assert "cannot tell: cobalt: no figure for import_reliance" in out
    assert "rank_correlation" in out


def test_the_inputs_are_drawn_at_the_importance_of_their_table(monkeypatch, capsys, table, tmp_path):
    path = tmp_path / "risk.svg"
    call = ("measure", "supply-risk", "--inputs", table, "--picture")
    assert run(monkeypatch, capsys, *call, str(path))[0] == 0
    svg = path.read_text(encoding="utf-8")
    for words in (
        "recomputed, official importance",
        "official, of the table",
        ">natural graphite<",
        ">nickel<",
    ):
        assert words in svg
    assert "Not drawn, because one of both figures is missing: cobalt." in svg
    assert run(monkeypatch, capsys, *call, str(tmp_path / "no" / "risk.svg"))[0] == 2


def test_the_table_fits_eighty_columns_with_the_digits_that_the_official_figures_have(
    monkeypatch, capsys, table
):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run(monkeypatch, capsys, "measure", "supply-risk", "--inputs", table)
    lines = [line.split() for line in out.splitlines()]
    # 2.957045 - 2.9 = 0.057045, official figures with one decimal: two; nickel 0.355914 - 0.3
    assert ["natural", "graphite", "2.96", "2.75-3.02", "2.9", "0.06", "2.9", "reached"] in lines
    assert ["nickel", "0.36", "0.31-0.40", "0.3", "0.06", "4.8", "not", "reached"] in lines
    assert max(map(len, out.splitlines())) <= 80


def test_reliance_is_printed_in_percent_and_its_difference_in_points():
    record = {
        "material": "metallic_abrasives", "year": 2021, "value": 0.0316123, "low": 0.031, "high": 0.0322,
        "unit": "share", "official": 0.03, "official_text": "3", "difference": 0.0016123, "verdict": "met",
    }  # fmt: skip
    row = compose_row(record, count_difference_decimals([record]), is_wide=False)
    assert (row["ours"], row["range"], row["official"], row["differs"]) == ("3.16", "3.10-3.22", "3", "0.2")
    row = compose_row({**record, "low": -0.02, "high": -0.0189}, 1, is_wide=False)
    assert row["range"] == "-2.00 to -1.89"


def test_a_bad_table_ends_with_exit_1_and_no_traceback(monkeypatch, capsys, table, tmp_path):
    (tmp_path / "bad.csv").write_text(TABLE.replace(",99,", ",-99,"), encoding="utf-8")
    code, out, err = run(monkeypatch, capsys, "measure", "supply-risk", "--inputs", str(tmp_path / "bad.csv"))
    assert (code, out) == (1, "")
    assert err.startswith("SourceError: bad.csv: 1 cell cannot be used.")
    assert "row 2, import_reliance_pct: '-99' is negative" in err


def test_other_indicators_still_ask_for_material_stage_and_year(monkeypatch, capsys):
    code, _, _ = run(monkeypatch, capsys, "measure", "hhi")
    assert code == 2


def test_a_misspelt_table_measure_is_offered(monkeypatch, capsys):
    words = ["supply-rsik", "--material", "cobalt", "--stage", "extraction", "--year", "2024"]
    code, _, err = run(monkeypatch, capsys, "measure", *words)
    assert code == 2
    assert "did you mean supply-risk?" in err


def test_a_summary_without_the_listed_rows_is_refused(monkeypatch, capsys, tmp_path):
    header = (
        "MCS chapter,Section,Commodity,Country,Statistics,Statistics_detail,Unit,Year,Value,Notes,"
        "Is critical mineral 2025,Other notes\n"
    )
    path = tmp_path / "mcs.csv"
    path.write_text(header + "TIN,Salient Statistics,Tin,United States,Import,Imports,t,2024,5,,Yes,\n")
    code, out, err = run(monkeypatch, capsys, "measure", "net-import-reliance", "--inputs", str(path))
    assert (code, out) == (1, "")
    assert "rows that count for net import reliance are not in the file" in err


def test_what_differs_is_listed_apart_from_what_cannot_be_told(capsys, tmp_path):
    path = tmp_path / "inputs.csv"
    path.write_text("any", encoding="utf-8")
    records = [
        {"material": "tin", "value": 0.5, "unit": "share", "verdict": "not met", "reason": "tin: rounding"},
        {"material": "zinc", "value": None, "unit": "share", "verdict": "cannot tell", "reason": "zinc: W"},
        {"quantity": "share_within_tolerance", "value": 0.0, "unit": "share"},
    ]
    print_input_records(records, path, title="reliance", as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert "cannot tell: zinc: W" in lines
    assert "differs: tin: rounding" in lines


SOURCES = """\
MCS chapter,Section,Commodity,Country,Statistics,Statistics_detail,Unit,Year,Value,Notes,\
Is critical mineral 2025,Other notes
FLUORSPAR,Import Sources,Fluorspar,Mexico,Import sources 2021-2024,All,percent,2021–24,64,,Yes,
FLUORSPAR,Import Sources,Fluorspar,Other countries,Import sources 2021-2024,All,percent,2021–24,36,,Yes,
"""
SOURCES_CALL = ("measure", "import-sources", "--material", "fluorspar")


@pytest.fixture
def summaries(tmp_path):
    path = tmp_path / "MCS2026.csv"
    path.write_bytes(SOURCES.encode("cp1252"))
    return str(path)


@pytest.mark.slow
def test_import_sources_are_named_and_set_beside_those_of_usgs(monkeypatch, capsys, summaries):
    monkeypatch.setenv("COLUMNS", "80")
    words = ("--region", "USA", "--year", "2023-2024", "--top", "2")
    code, out, _ = run(monkeypatch, capsys, *SOURCES_CALL, *words)
    assert code == 0
    assert "import-sources, 2023-2024" in out and "MEX " in out and "others" in out
    code, out, _ = run(monkeypatch, capsys, *SOURCES_CALL, "--inputs", summaries)
    assert (code, "MEX 64.0 %" in out) == (0, True)
    assert "differs: Fluorspar: All: metallurgical grade is counted by USGS" in out
    code, out, _ = run(monkeypatch, capsys, *SOURCES_CALL, "--inputs", summaries, "--json")
    found = json.loads(out)
    assert found["sources"]["inputs"]["title"] == "MCS2026.csv"
    assert set(found["sources"]) == {"baci", "inputs"}
    assert found["records"][0]["official"] == 0.64


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), 2, "--region, --year: are needed without --inputs."),
        (("--region", "world", "--year", "2024"), 1, "the world imports from nobody."),
        (("--region", "USA", "--year", "1980"), 1, "no trade in 1980"),
        (("--region", "USA", "--year", "2024", "--top", "0"), 2, "top"),
        (("--region", "JPN", "--inputs", "FILE"), 2, "USGS prints import sources of the United States."),
        (("--year", "2020", "--inputs", "FILE"), 2, "is not the period of the file."),
    ],
)
def test_what_import_sources_cannot_answer_is_refused_by_name(
    monkeypatch, capsys, summaries, words, code, text
):
    words = [summaries if word == "FILE" else word for word in words]
    found, out, err = run(monkeypatch, capsys, *SOURCES_CALL, *words)
    assert (found, out) == (code, "")
    assert text in err and "Traceback" not in err
