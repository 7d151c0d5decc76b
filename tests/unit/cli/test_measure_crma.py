"""`monazite measure crma`: the benchmarks of the Act from the command line."""

import json
from xml.etree import ElementTree

import pytest

from monazite.cli.main import build_app
from monazite.cli.measure_crma import build_rows, group_reasons, write_cell
from monazite.errors import DataError, UsageError

pytestmark = pytest.mark.slow

ASKED = ["--region", "EU27", "--year", "2030", "--draws", "0"]
KEYS = {
    "indicator", "test", "provision", "material", "stage", "region", "by", "year", "vintage", "scenario", "country",
    "value", "unit", "low", "high", "limit", "verdict", "numerator_t", "denominator_t", "move_t", "outside_the_act",
    "basis", "quality", "source_ids", "note", "draws", "seed",
}  # fmt: skip


def run(capsys, *words):
    build_app()(["measure", "crma", *map(str, words)], exit_on_error=False, result_action="return_value")
    return capsys.readouterr()


def test_json_has_a_record_per_stage_and_reading(capsys):
    out = run(capsys, *ASKED, "--material", "neodymium,lithium", "--json").out
    envelope = json.loads(out)
    tests = [r for r in envelope["records"] if r["test"] == "single_source"]
    assert {(r["material"], r["stage"], r["by"]) for r in tests} == {
        (material, stage, by)
        for material in ("neodymium", "lithium")
        for stage in ("extraction", "processing")
        for by in ("act", "imports", "territory", "control")
    }
    assert all(set(r) >= KEYS for r in envelope["records"])
    assert set(envelope["sources"]) >= {"baci", "curated", "eu_crm_2023"}
    for record in tests:
        assert record["verdict"] != "cannot tell" or record["reason"]


def test_the_table_says_verdict_country_share_and_vintage(capsys):
    out = run(capsys, *ASKED, "--material", "neodymium", "--by", "act").out
    assert "at most 65 % from one third country, EU27, asked for 2030, processing" in out
    assert "not met CHN 85e (84-86)" in out
    assert "2016-20" in out
    assert "e: EU study" in out


def test_projects_stand_in_tables_of_their_own_with_their_phase(capsys):
    out = run(capsys, *ASKED, "--material", "lithium", "--by", "act", "--projects", "building").out
    out = " ".join(out.split())
    assert "processing, in %, with projects" in out
    assert "Zero Carbon Lithium (DEU, building, 2028)" in out


def test_progress_goes_to_stderr(capsys):
    captured = run(capsys, *ASKED, "--material", "neodymium", "--json")
    assert json.loads(captured.out)
    assert "crma: 100 % (1/1)" in captured.err


def test_a_picture_is_written_and_is_xml(capsys, tmp_path):
    path = tmp_path / "heat.svg"
    run(capsys, *ASKED, "--material", "neodymium", "--picture", path, "--json")
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    title = "Largest share of one third country, EU27, asked for 2030, 0 draws"
    assert title in root.get("aria-label")
    shown = "".join(root.itertext())
    assert shown.count(title) == 1
    assert "CHN 85 % e" in shown
    assert "not met, 84-86" in shown
    assert "e: EU study" in shown


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        (
            ["--region", "EU27", "--year", "2030", "--by", "bogus"],
            UsageError,
            "act, imports, territory, control",
        ),
        (
            ["--region", "EU27", "--year", "2030", "--projects", "maybe"],
            UsageError,
            "announced, permitted, building",
        ),
        (
            ["--region", "EU27", "--year", "2030", "--material", "zinc"],
            UsageError,
            "no strategic raw material",
        ),
        (["--region", "EU27", "--year", "2030", "--material", "zork"], UsageError, "1 word is not known"),
        (["--region", "Atlantis", "--year", "2030"], UsageError, "1 word is not known"),
        (["--region", "EU27,JPN", "--year", "2030"], UsageError, "names 2 regions"),
        (["--region", "EU27", "--year", "2024-2030"], UsageError, "names 7 years"),
        (
            ["--region", "EU27", "--year", "2030", "--picture", "/no/such/x.svg"],
            UsageError,
            "there is no folder",
        ),
        (
            ["--region", "EU27", "--year", "2030", "--picture", "heat.png"],
            UsageError,
            "heat.png is no SVG file",
        ),
        (["--region", "EU27", "--year", "2030", "--draws", "5"], UsageError, "5 give no interval"),
        (["--region", "EU27", "--year", "1990"], DataError, "1990 lies before the data"),
        (
            ["--region", "world", "--year", "2030", "--material", "lithium"],
            DataError,
            "leaves no country outside",
        ),
    ],
)
def test_bad_input_is_refused_by_name(words, error, text):
    with pytest.raises(error, match=text):
        build_app()(["measure", "crma", *words], exit_on_error=False)


def test_another_region_cannot_be_asked_by_the_act(capsys):
    out = run(
        capsys, "--region", "JPN", "--year", "2024", "--material", "lithium", "--draws", "0", "--json"
    ).out
    records = json.loads(out)["records"]
    assert {r["test"] for r in records} == {"single_source"}
    assert all(r["verdict"] == "cannot tell" for r in records if r["by"] == "act")


def test_a_bound_is_a_cell_of_its_own():
    record = {
        "verdict": "met",
        "value": None,
        "low": 0.0,
        "high": 0.13,
        "country": "USA",
        "basis": "gross weight",
        "limit": 0.65,
    }
    assert write_cell(record) == "met USA 0-13g"


def test_bounds_near_the_limit_have_one_more_digit():
    record = {
        "verdict": "cannot tell", "value": 0.806, "low": 0.652, "high": 0.913, "country": "CHN", "basis": "chain",
        "limit": 0.65,
    }  # fmt: skip
    assert write_cell(record) == "? CHN 81 (65.2-91)"


def test_draws_and_marks_are_said_under_the_tables(capsys):
    out = run(
        capsys,
        "--region",
        "EU27",
        "--year",
        "2030",
        "--draws",
        "20",
        "--material",
        "natural_graphite",
        "--by",
        "act",
    ).out
    assert "?: cannot tell" in " ".join(out.split())
    assert "5 to 95 % of 20 draws (seed 0)" in " ".join(out.split())


def test_rows_join_the_readings_of_a_material():
    record = {
        "material": "lithium", "by": "act", "verdict": "not met", "value": 0.7, "low": 0.7, "high": 0.7,
        "country": "CHL", "basis": "chain", "vintage": "2024", "move_t": 5.0, "limit": 0.65,
    }  # fmt: skip
    rows = build_rows([record, record | {"by": "imports", "value": None, "verdict": "cannot tell"}])
    assert rows == [
        {
            "material": "lithium",
            "act": "not met CHL 70",
            "data": "2024",
            "move_t": 5.0,
            "imports": "? CHL 70-70",
        }
    ]


def test_reasons_are_grouped():
    record = {
        "verdict": "cannot tell", "reason": "no trade", "material": "tin", "stage": "processing", "by": "act",
        "scenario": "today",
    }  # fmt: skip
    assert group_reasons([record, record | {"by": "imports"}, record | {"material": "zinc"}]) == {
        "no trade": ["tin processed by act and imports", "zinc processed by act"]
    }
