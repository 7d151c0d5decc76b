"""The page of hindcasts: misses before hits, fans by month and by year, first scores and sources."""

import math
import re
from types import SimpleNamespace

import pytest
from episode_writer import LICENCE, SCENARIO, write_episode

from monazite.hindcast import list_misses, read_episode, run_episodes
from monazite.reports.charts import Caption, FanPanel, draw_fan
from monazite.reports.hindcast_page import (
    build_hindcast_page,
    build_panel,
    join_panels,
    list_hindcast_sources,
    list_marks,
    name_lane,
    sort_scored_misses_first,
)
from monazite.reports.hindcast_text import (
    build_figure_grids,
    build_miss_grid,
    build_summary_grid,
    describe_blind,
)
from monazite.reports.html import render_report


@pytest.fixture(scope="module")
def small(snapshot, tmp_path_factory):
    folder = write_episode(tmp_path_factory.mktemp("small"), scenario=SCENARIO + LICENCE)
    return run_episodes([read_episode(folder)], snapshot)[0]


def test_a_page_shows_every_figure_misses_first_and_what_the_policy_sets_last(small):
    page = build_hindcast_page([small])
    names = [figure.name for figure in page.key_figures]
    assert len(names) == 4
    assert names[-1] == "A flow that is set, 2024-03 (set by the policy, not scored)"
    order = [record.verdict for record in sort_scored_misses_first(small.records) if record.is_scored]
    assert order == sorted(order, key=("miss", "hit").index)


def test_a_page_has_findings_fans_naive_forecasts_lacks_and_policies(small):
    html = render_report(build_hindcast_page([small]))
    text = re.sub(r"<[^>]+>", " ", html)
    for words in (
        "Not reached: mean |ln error| of flows",
        "Held out episode, known until 2023-12. Everything before 2024.",
        "No first score is on record",
        "Against naive forecasts",
        "What the model lacks here: Everything that happened.",
        "licence by China",
        "Customs: gallium, as printed by page 1",
        "Survey: metal, baseline, as printed by table 1",
    ):
        assert words in text, words
    assert html.count("<svg") == 4  # bars and fans, each for the desk and for the phone


def test_two_episodes_share_a_page_without_key_figures(snapshot, small):
    nickel = run_episodes([read_episode("nickel-ore-indonesia-2014")], snapshot, draws=4)[0]
    page = build_hindcast_page([small, nickel])
    assert page.key_figures == ()
    assert page.lineage.seed is None
    assert "Indonesia's nickel-ore ban of January 2014, by year" in [s.heading for s in page.sections]
    assert render_report(page)
    assert {line.producer for line in list_hindcast_sources([small, nickel])} >= {
        "CEPII",
        "Customs",
        "Survey",
    }


def test_a_flow_at_two_times_is_one_panel_named_by_its_lane(small):
    lanes = [name_lane(entry) for entry in small.loaded.comparisons]
    assert lanes == ["Gallium, China to Japan", "Gallium, China to all countries", "Gallium, China to Japan"]
    panels = join_panels([build_panel(small, n) for n in range(3)])
    assert [panel.title for panel in panels] == lanes[:2]
    assert panels[0].observed == {"2024-01": 8, "2024-02": 20, "2024-03": 1}
    # the trend is that of the months compared first; after them there is none
    assert [math.isnan(value) for value in panels[0].naive["trend"]] == [True, True, False, False, True, True]


def test_a_panel_says_who_is_left_out_and_what_is_a_price():
    entries = {entry.name: entry for entry in read_episode("rare-earths-2009-2013").comparisons}
    assert name_lane(entries["others_to_japan"]) == "Rare earths, all countries but China to Japan"
    assert name_lane(entries["unit_value_japan"]) == "Rare earths, unit value, China to Japan"


def test_marks_are_months_or_years(small):
    assert [(mark.month, mark.label) for mark in list_marks(small.policies, by_year=False)] == [
        ("2024-01", "A licence")
    ]
    assert [mark.month for mark in list_marks(small.policies, by_year=True)] == ["2024"]


def test_tables_of_a_series_are_in_order_of_time_and_count_the_misses(small):
    for grid in build_figure_grids(small, has_naive=True):
        assert len(grid.heads) == 10
        periods = [row[0] for row in grid.rows]
        assert periods == sorted(periods)
        verdicts = [row[1] for row in grid.rows]
        known = len(verdicts) - verdicts.count("cannot tell")
        assert f"{verdicts.count('miss')} of {known} outside the band" in grid.note
    assert build_summary_grid([small]).rows[0][0] == "small"
    misses = build_miss_grid([small], most=1)
    assert len(misses.rows) == min(1, len(list_misses([small])))


def test_a_fan_may_run_over_years():
    band = (1.0, 2.0, 3.0)
    panel = FanPanel("Flow", "t", ("2013", "2014", "2015"), band, band, band, band, band, {"2014": 2.0})
    chart = draw_fan([panel], [], Caption("years", "Flow", "", "nothing"))
    assert ">2014<" in chart.svg
    assert chart.table.columns[2].name == "Period"
    mixed = FanPanel("Flow", "t", ("2013", "2014-01", "2015"), band, band, band, band, band)
    assert "months and years are mixed" in mixed.list_problems()


def test_a_first_run_whose_outcome_was_seen_in_part_is_counted_apart_from_the_blind_ones():
    # 1 of 4 and 2 of 6 figures in band; the third run was made with its outcome in sight and stands in neither line
    sights = {"one": "blind", "two": "partly blind", "three": "seen"}
    results = [
        SimpleNamespace(loaded=SimpleNamespace(episode=SimpleNamespace(first_sight=sight)))
        for sight in sights.values()
    ]
    hits, records, skill = (1, 2, 3), (4, 6, 8), (0.1, -0.2, 0.3)
    scores = [
        SimpleNamespace(name=name, first_hits=h, first_records=r, first_skill=s)
        for name, h, r, s in zip(sights, hits, records, skill, strict=True)
    ]
    assert [text for text, _ in describe_blind(results, scores)] == [
        "Blind first runs (1 of 3 episodes): 1 of 4 figures in band; skill one +0.10.",
        "Partly blind first runs (1 of 3 episodes): 2 of 6 figures in band; skill two -0.20.",
    ]
