"""Episodes as folders: the shipped ones, one of a user's own, and every mistake at once."""

import doctest
import importlib
import shutil

import pytest
from episode_writer import EPISODE, FIGURES, SCENARIO, observed_rows, write_episode

from monazite.errors import ScenarioError
from monazite.hindcast import list_episodes, read_episode
from monazite.hindcast.episode import find_episode
from monazite.hindcast.episode_checks import first_month, last_month
from monazite.scenarios.observations import EPISODES


def read_faults(folder):
    """The lines of the error that reading a folder gives."""
    with pytest.raises(ScenarioError) as caught:
        read_episode(folder)
    text = str(caught.value)
    assert text.endswith("docs/explanation/hindcasts.md describes the folder")
    assert text.startswith(f"episode {folder.name}: ")
    first, *more = text.splitlines()[:-1]
    return [line.strip() for line in more] or [first.partition(": ")[2]]


# The shipped ones


def test_at_least_the_six_episodes_of_history_are_shipped():
    assert {
        "gallium-germanium-2023",
        "graphite-2023",
        "magnets-2025",
        "nickel-ore-indonesia-2014",
        "rare-earths-2009-2013",
        "rare-earths-japan-2010",
    } <= set(list_episodes())


@pytest.mark.parametrize("name", list_episodes())
def test_a_shipped_episode_can_be_read_and_says_what_is_lacking_and_how_it_did_first(name):
    loaded = read_episode(name)
    assert loaded.episode.name == name
    assert [entry.name for entry in loaded.comparisons] == list(loaded.episode.quantities)
    assert loaded.episode.lacks
    assert set(loaded.episode.first_score.quantities) == set(loaded.episode.scored)


FIRST = {
    # code, figures, hits and sum of figures x |ln error| of the first runs: they stay as they are
    "gallium-germanium-2023": ("e938158", 11, 5, 7.529),
    "graphite-2023": ("e938158", 16, 11, 2.919),
    "magnets-2025": ("d5ec3f3", 16, 7, 6.169),
    "nickel-ore-indonesia-2014": ("e938158", 6, 4, 1.482),
    "rare-earths-2009-2013": ("e938158", 16, 11, 5.276),
    "rare-earths-japan-2010": ("e938158", 9, 4, 5.103),
}


@pytest.mark.parametrize("name", FIRST)
def test_a_first_score_is_never_changed(name):
    first = read_episode(name).episode.first_score
    parts = first.quantities.values()
    error = sum(part.records * part.log_error for part in parts)
    found = (
        first.commit,
        sum(p.records for p in parts),
        sum(p.hits for p in parts),
        pytest.approx(error, abs=5e-4),
    )
    assert FIRST[name] == found
    assert first.date == "2026-11-24"


def test_only_a_first_run_with_nothing_of_its_outcome_seen_counts_as_blind():
    sights = {name: read_episode(name).episode.first_sight for name in list_episodes()}
    partly = {"bauxite-indonesia-2014", "bauxite-malaysia-2016", "magnets-2025"}
    blind = {"bauxite-indonesia-2023", "gallium-germanium-2023", "nickel-ore-indonesia-2020"}
    for sight, names in {"partly blind": partly, "blind": blind}.items():
        assert {name for name, found in sights.items() if found == sight} == names
    assert all(bool(read_episode(name).episode.seen) == (name in partly) for name in partly | blind)


def test_an_episode_is_found_by_name_by_folder_and_by_file():
    assert find_episode("graphite-2023") == EPISODES / "graphite-2023"
    assert find_episode(str(EPISODES / "graphite-2023")) == EPISODES / "graphite-2023"
    assert find_episode(EPISODES / "graphite-2023" / "episode.yaml") == EPISODES / "graphite-2023"


def test_a_name_that_nobody_knows_offers_the_nearest():
    with pytest.raises(ScenarioError, match="did you mean graphite-2023"):
        find_episode("graphit-2023")


# One of a user's own


def test_a_folder_of_a_user_is_read_like_a_shipped_one(tmp_path):
    loaded = read_episode(write_episode(tmp_path / "mine"))
    assert loaded.episode.quantities == ("china_to_japan", "china_to_world", "stopped")
    assert loaded.table == str(tmp_path / "mine" / "observations.csv")
    assert [row.monthly for row in loaded.baseline["gallium"]] == [20, 10, 5]


def test_a_copy_of_a_shipped_episode_outside_the_package_is_the_same(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(EPISODES / "magnets-2025", copy)
    assert read_episode(copy).episode == read_episode("magnets-2025").episode


def test_a_copy_that_names_a_shipped_scenario_takes_its_comparisons(tmp_path):
    shutil.copytree(EPISODES / "nickel-ore-indonesia-2014", tmp_path / "copy")
    assert (
        read_episode(tmp_path / "copy").comparisons == read_episode("nickel-ore-indonesia-2014").comparisons
    )


# Mistakes


def test_a_folder_without_any_file_says_which_is_missing(tmp_path):
    (tmp_path / "empty").mkdir()
    assert read_faults(tmp_path / "empty") == ["episode.yaml: is missing"]


def test_a_missing_scenario_and_a_missing_table_are_told_together_with_the_rest(tmp_path):
    folder = write_episode(tmp_path / "mine", without=("scenario.yaml",), figures=FIGURES.replace("120", "x"))
    assert read_faults(folder) == [
        "baseline.csv:3: value: expected a number, got 'x'",
        "scenario.yaml: is missing",
    ]
    folder = write_episode(tmp_path / "other", without=("observations.csv",))
    assert read_faults(folder) == [
        "observations.csv: is missing; china_to_japan, china_to_world, stopped name a series of it"
    ]


def test_every_mistake_of_every_file_is_told_at_once(tmp_path):
    rows = observed_rows()
    rows[1] = rows[1].replace(",12,", ",nan,")
    rows[3] = rows[3].replace("2024-02", "2024-01")
    folder = write_episode(
        tmp_path / "mine",
        episode=EPISODE.replace("scored: [china_to_japan,", "scored: [china_to_jpan,").replace(
            "known_until: 2023-12", "known_until: 2024-01"
        ),
        observed=rows,
        figures=FIGURES.replace("CHN,JPN", "CHN,XYZ"),
    )
    assert read_faults(folder) == [
        "observations.csv:3: value: expected a number >= 0, got 'nan'",
        "observations.csv:5: to_japan 2024-01 2024-01 stands in line 4 already",
        "baseline.csv:3: importer: expected ISO3 or ROW, got 'XYZ'",
        "episode.yaml:8: scored.0: unknown quantity 'china_to_jpan'; did you mean china_to_japan or china_to_world?",
        "episode.yaml:12: comparisons.0.name: china_to_japan is neither in scored nor in set_by_policy",
    ]


def test_a_figure_before_the_cut_off_and_a_base_after_it_are_told(tmp_path):
    early = write_episode(tmp_path / "early", episode=EPISODE.replace("2023-12\nknown:", "2024-01\nknown:"))
    assert read_faults(early) == [
        "episode.yaml:5: known_until: china_to_japan compares 2024-01, not after the cut-off 2024-01"
    ]
    late = write_episode(tmp_path / "late", episode=EPISODE.replace("2023-12\nknown:", "2023-11\nknown:"))
    assert read_faults(late) == [
        "episode.yaml:5: known_until: the base of china_to_japan is of 2023-12, after 2023-11",
        "episode.yaml:5: known_until: the base of china_to_world is of 2023-12, after 2023-11",
        "episode.yaml:5: known_until: the base of stopped is of 2023-12, after 2023-11",
        "baseline.csv: gallium production_t CHN ends in 2023-12, after 2023-11",
        "baseline.csv: gallium trade_t CHN ends in 2023-12, after 2023-11",
    ]


def test_a_baseline_of_the_release_that_lies_after_the_cut_off_is_told(tmp_path):
    folder = write_episode(
        tmp_path / "mine", scenario=SCENARIO.replace("[2023]", "[2024]"), without=("baseline.csv",)
    )
    assert read_faults(folder) == [
        "episode.yaml:5: known_until: the baseline of gallium is of 2024, after 2023-12"
    ]


def test_text_that_is_not_utf_8_is_told_with_its_line(tmp_path):
    folder = write_episode(tmp_path / "mine")
    with (folder / "observations.csv").open("ab") as file:
        file.write(b"\xff\n")
    assert read_faults(folder)[0].startswith("observations.csv:9: is not UTF-8 text (byte 0xff")


def test_a_series_that_the_table_has_not_and_one_without_a_figure_are_told(tmp_path):
    text = EPISODE.replace("series: to_world", "series: to_wrld").replace(
        "months: [2024-03]", "months: [2024-04]"
    )
    assert read_faults(write_episode(tmp_path / "mine", episode=text)) == [
        "observations.csv: china_to_world: has no series 'to_wrld'; did you mean to_world?",
        "observations.csv: stopped: to_japan has no figure of a period that is compared",
    ]


def test_a_comparison_must_be_scored_where_the_episode_says_so(tmp_path):
    text = EPISODE.replace("is_scored: false, reason: The rule sets it.", "is_scored: true")
    assert read_faults(write_episode(tmp_path / "mine", episode=text)) == [
        "episode.yaml:9: set_by_policy.0: stopped, where its description has is_scored: true"
    ]


def test_a_market_without_a_comparison_s_country_or_month_is_told(tmp_path):
    text = EPISODE.replace("importers: [JPN], recorded_at: shipment, months: [2024-03]",
                           "importers: [KOR], recorded_at: shipment, months: [2024-06]")  # fmt: skip
    faults = read_faults(write_episode(tmp_path / "mine", episode=text))
    assert "baseline.csv: gallium: names no KOR, which quantities compare" in faults
    assert any(
        "2024-06 lies outside the simulated months 2023-11 to before 2024-05" in line for line in faults
    )


def test_a_scenario_elsewhere_and_an_unknown_key_are_refused(tmp_path):
    text = EPISODE.replace("scenario: scenario.yaml", "scenario: ../other.yaml")
    assert read_faults(write_episode(tmp_path / "a", episode=text)) == [
        "episode.yaml: scenario: expected scenario.yaml or a shipped scenario's name"
    ]
    text = EPISODE.replace("status: held_out", "statsu: held_out")
    faults = read_faults(write_episode(tmp_path / "b", episode=text))
    assert any("unknown key; did you mean status?" in line for line in faults)


def test_a_year_starts_in_january_and_a_month_with_itself():
    assert (first_month(2010), last_month("2010"), first_month("2010-05"), last_month("2010-05")) == (
        "2010-01", "2010-12", "2010-05", "2010-05",
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "hindcast.baseline",
        "hindcast.episode",
        "hindcast.episode_reader",
        "hindcast.episode_score",
        "reports.hindcast_page",
        "reports.hindcast_text",
    ],
)
def test_every_example_gives_what_it_says(name):
    result = doctest.testmod(importlib.import_module(f"monazite.{name}"))
    assert result.failed == 0
    assert result.attempted
