"""`monazite measure geopolrisk` and the options that came with it."""

import json

import pytest
from command_line import run_command

from monazite.cli.main import build_app
from monazite.errors import DataError, UsageError
from monazite.supply_chain import list_materials

pytestmark = pytest.mark.slow


def run(capsys, *words):
    build_app()(["measure", *words], exit_on_error=False, result_action="return_value")
    return capsys.readouterr().out


def test_all_materials_of_a_country_in_one_call(capsys, snapshot):
    words = [
        "--material",
        "all",
        "--region",
        "Japan",
        "--year",
        "2022",
        "--method",
        "geopolrisk-py",
        "--json",
    ]
    records = json.loads(run(capsys, "geopolrisk", *words))["records"]
    assert {record["material"] for record in records} == set(list_materials(snapshot))
    assert {record["stage"] for record in records} == {"extraction", "processing"}
    assert sum(record["value"] is not None for record in records) == 52  # 53 but natural gas


def test_all_materials_count_for_other_indicators_too(capsys, snapshot):
    out = run(capsys, "hhi", "--material", "all", "--stage", "extraction", "--year", "2024", "--json")
    assert {record["material"] for record in json.loads(out)["records"]} == set(list_materials(snapshot))


def test_the_table_leaves_the_ends_of_a_known_score_empty(capsys):
    # aluminium has a score; bauxite from Guyana leaves only an interval
    out = run(capsys, "geopolrisk", "--material", "aluminium", "--region", "JPN", "--year", "2022")
    assert "cannot tell: no governance score for GUY." in out
    assert out.count("method monazite") == 1


def test_a_method_for_another_indicator_is_a_usage_error():
    with pytest.raises(UsageError, match="hhi has one method"):
        build_app()(
            ["measure", "hhi", "--material", "cobalt", "--year", "2024", "--method", "monazite"],
            exit_on_error=False,
        )


@pytest.mark.parametrize("indicator", ["hhi", "governance-weighted-hhi", "top-share"])
def test_a_region_for_an_indicator_of_world_production_is_a_usage_error(indicator):
    said = refuse(indicator, "--material", "cobalt", "--region", "JPN")
    assert f"--region: {indicator} looks at the production of the whole world." in said
    assert "which:    JPN" in said


@pytest.mark.parametrize("draws", ["1", "19", "1000000000"])
def test_draws_that_leave_no_interval_or_never_end_are_a_usage_error(monkeypatch, capsys, draws):
    code, out, err = run_command(
        monkeypatch, capsys, "measure", "hhi", "--material", "cobalt", "--year", "2020", "--draws", draws
    )
    assert (code, out) == (2, "")
    assert "--draws. Expected 0 for none, or 20 to 100,000, for a 5-95 % interval." in " ".join(err.split())


def test_market_prices_with_the_rules_of_geopolrisk_py_are_a_usage_error():
    call = ("geopolrisk", "--material", "copper", "--region", "JPN", "--method", "geopolrisk-py")
    assert "geopolrisk-py knows the unit value of imports only." in refuse(*call, "--price", "market")


def refuse(*words):
    with pytest.raises(UsageError) as caught:
        build_app()(["measure", *words, "--year", "2022"], exit_on_error=False)
    return str(caught.value)


def test_views_of_supply_stand_side_by_side(capsys):
    words = [
        "geopolrisk",
        "--material",
        "fluorspar",
        "--region",
        "JPN,DEU",
        "--year",
        "2022",
        "--stage",
        "extraction",
    ]
    out = run(capsys, *words, "--supply", "customs,traced")
    rows = [line.split() for line in out.splitlines() if line.strip().startswith("JPN")]
    assert [row[:2] for row in rows] == [["JPN", "customs"], ["JPN", "traced"]]
    assert rows[0][2] == "0.241"
    records = json.loads(run(capsys, *words, "--supply", "reconciled", "--json"))["records"]
    assert [record["supply"] for record in records] == ["reconciled", "reconciled"]


def test_all_regions_are_the_countries_of_today_and_three_groups(capsys):
    out = run(capsys, "geopolrisk", "--material", "baryte", "--region", "all", "--year", "2022", "--json")
    regions = {record["region"] for record in json.loads(out)["records"]}
    assert {"JPN", "EU27", "OECD", "G7"} <= regions
    assert len(regions) > 190
    assert "SUN" not in regions


def test_a_view_that_is_not_known_or_not_for_it_is_a_usage_error():
    assert "did you mean traced?" in refuse(
        "geopolrisk", "--material", "baryte", "--region", "JPN", "--supply", "trace"
    )
    assert "hhi has one view of supply." in refuse("hhi", "--material", "baryte", "--supply", "traced")
    assert "geopolrisk-py knows customs records only." in refuse(
        "geopolrisk", "--material", "baryte", "--region", "JPN", "--supply", "traced", "--method", "geopolrisk-py"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("region", "year", "words"),
    [
        ("OECD", "1950", "OECD has no members in 1950"),
        ("JPN", "1980", "JPN neither trades nor produces anything on record in 1980"),
        ("world", "2022", "the world imports from nobody"),
    ],
)
def test_a_region_without_members_and_a_year_before_data_are_refused_by_name(region, year, words):
    with pytest.raises(DataError, match=words):
        build_app()(
            ["measure", "geopolrisk", "--material", "fluorspar", "--region", region, "--year", year],
            exit_on_error=False,
        )


def test_factors_at_a_published_price_say_which(capsys):
    words = [
        "--material",
        "aluminium",
        "--region",
        "JPN",
        "--year",
        "2022",
        "--stage",
        "processing",
        "--json",
    ]
    (record,) = json.loads(run(capsys, "geopolrisk", *words, "--price", "market"))["records"]
    assert record["price_basis"].startswith("ingot, ")
    (plain,) = json.loads(run(capsys, "geopolrisk", *words))["records"]
    assert plain["price_basis"] == "imports 2022"
    assert (
        record["value"] == plain["value"]
        and record["characterisation_factor"] != plain["characterisation_factor"]
    )
    assert "hhi has no price." in refuse("hhi", "--material", "baryte", "--price", "market")


def test_options_that_do_not_go_together_are_refused():
    call = ("geopolrisk", "--material", "baryte", "--region", "JPN")
    assert "--draws, --supply: do not go together." in refuse(*call, "--draws", "20", "--supply", "traced")
    assert "--draws, --price: do not go together." in refuse(*call, "--draws", "20", "--price", "market")
    assert "is for --supply reconciled and traced." in refuse(*call, "--unknown-content", "estimate")
