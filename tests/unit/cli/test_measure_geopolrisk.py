"""`monazite measure geopolrisk` and the options that came with it."""

import json

import pytest

from monazite.cli.main import build_app
from monazite.errors import UsageError
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
    assert (
        sum(record["value"] is not None for record in records) == 51
    )  # 53 but natural gas and germanium 2022


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
