"""Episodes run and scored: one by hand without a policy, one with a licence, and leaving one out."""

import math
from dataclasses import replace

import numpy as np
import pytest
from episode_writer import EPISODE, LICENCE, SCENARIO, write_episode
from hypothesis import given
from hypothesis import strategies as st

from monazite.errors import DataError, ScenarioError
from monazite.hindcast import (
    check_aims,
    fit_errors,
    leave_one_out,
    list_misses,
    read_episode,
    run_episodes,
    score_all,
    score_left_out,
    score_quantities,
    widen_left_out,
)
from monazite.hindcast.episode_score import SkillPart, pool_skill
from monazite.hindcast.leave_one_out import check_draws, draw_losses
from monazite.scenarios import read_scenario, run_scenario

pytestmark = pytest.mark.slow


def rename(text, name):
    return text.replace("name: small", f"name: {name}")


@pytest.fixture(scope="module")
def quiet(snapshot, tmp_path_factory):
    """The small episode, in which nothing happens: every draw is the baseline."""
    return run_episodes([read_episode(write_episode(tmp_path_factory.mktemp("quiet")))], snapshot)[0]


@pytest.fixture(scope="module")
def licensed(snapshot, tmp_path_factory):
    """Two episodes under licences, in two scenarios, with 200 draws of one seed."""
    scenario = SCENARIO.replace("draws: 20", "draws: 200") + LICENCE
    folders = [
        write_episode(
            tmp_path_factory.mktemp(name), episode=rename(EPISODE, name), scenario=rename(scenario, name)
        )
        for name in ("one", "two")
    ]
    return run_episodes([read_episode(folder) for folder in folders], snapshot)


def test_a_policy_that_does_not_fit_the_market_of_an_episode_is_named_by_its_line(snapshot, tmp_path):
    text = SCENARIO + LICENCE.replace("stage: processing", "stage: extraction")
    line = next(k for k, row in enumerate(text.splitlines(), start=1) if "stage: extraction" in row)
    loaded = read_episode(write_episode(tmp_path / "mine", scenario=text))
    with pytest.raises(ScenarioError, match=rf"scenario\.yaml:{line}: policies\.0\.stage: gallium: stage"):
        run_episodes([loaded], snapshot)


# By hand: nothing happens, China sells 10 t a month to Japan and 15 to all


def test_without_a_policy_every_draw_is_the_baseline_of_the_folder(quiet):
    japan, world, stopped = quiet.forecasts
    assert japan.draws == pytest.approx(np.full((20, 2), 10.0))
    assert world.draws == pytest.approx(np.ones((20, 1)))
    assert stopped.draws == pytest.approx(np.full((20, 1), 10.0))


def test_the_naive_forecasts_are_those_of_the_base_and_of_the_market(quiet):
    japan, world, _ = quiet.forecasts
    # the mean of 8 and 12 is 10; their growth 1.5 goes on with 18 and 27; nothing is closed
    assert {name: values.round(9).tolist() for name, values in japan.naive.items()} == {
        "no_change": [10, 10], "trend": [18, 27], "static_share": [10, 10], "rerouting": [10, 10],
    }  # fmt: skip
    # 15 t over 30 in the base month: half of it; one base month makes no trend
    assert world.observed.tolist() == [0.5]
    assert set(world.naive) == {"no_change", "static_share", "rerouting"}


def test_scores_of_the_quiet_episode_are_those_by_hand(quiet):
    # observed 8 and 20 where 10 is forecast: CRPS 2 and 10; ln(10/8) = 0.223, ln(10/20) = -0.693
    japan, world, stopped = score_quantities(quiet)
    assert japan.summary.mean_crps == pytest.approx(6)
    assert japan.summary.mean_absolute_log_error == pytest.approx((math.log(1.25) + math.log(2)) / 2)
    assert (japan.summary.hits, japan.summary.best_naive, japan.scale) == (0, "no_change", 10)
    assert japan.summary.skill == pytest.approx(0)
    assert world.summary.mean_crps == pytest.approx(0.5)
    assert (stopped.is_scored, stopped.summary.records) == (False, 0)
    single, together = score_all([quiet])
    assert (together.records, together.hits) == (3, 0)
    # (ln 1.25 + ln 2 + ln 2) / 3
    assert together.flow_log_error == pytest.approx((math.log(1.25) + 2 * math.log(2)) / 3)
    assert single[0].skill == pytest.approx(0)
    assert math.isnan(together.price_log_error)
    assert math.isnan(together.first_skill)


def test_misses_come_the_farthest_off_first_without_those_that_a_policy_sets(quiet):
    assert [(record.quantity, record.period) for record in list_misses([quiet])] == [
        ("china_to_japan", "2024-02"), ("china_to_world", "2024-02"), ("china_to_japan", "2024-01"),
    ]  # fmt: skip


def test_aims_that_are_not_reached_come_first(quiet):
    # flows 0.54, no price, no figure in its band, skill of nil
    aims = check_aims(*score_all([quiet]))
    assert [aim.verdict for aim in aims] == ["not met", "not met", "not met", "cannot tell"]
    assert [aim.value for aim in aims[:3]] == [pytest.approx(0.536, abs=1e-3), 0.0, 0.0]


def test_a_fan_covers_every_month_of_the_run(quiet):
    fan = quiet.fans[0]
    assert fan.periods == ("2023-11", "2023-12", "2024-01", "2024-02", "2024-03", "2024-04")
    assert fan.bands == pytest.approx(np.full((5, 6), 10.0))


# Runs


def test_episodes_of_one_scenario_share_its_run_and_progress_ends_at_all(snapshot):
    names = ["rare-earths-2009-2013", "rare-earths-japan-2010"]
    told = []
    results = run_episodes(
        [read_episode(name) for name in names], snapshot, draws=2, on_progress=lambda *n: told.append(n)
    )
    assert told[-1] == (2 * 60, 2 * 60)
    assert [result.name for result in results] == names
    assert results[0].lineage == results[1].lineage
    assert {record.period for record in results[0].records} == {"2010", "2011", "2012", "2013"}


def test_a_shipped_episode_has_the_numbers_of_the_scenario_s_own_run(snapshot):
    result = run_episodes([read_episode("gallium-germanium-2023")], snapshot, draws=5, seed=3)[0]
    plain = run_scenario(read_scenario("gallium-germanium-2023"), snapshot, draws=5, seed=3)
    exported = plain.markets[0].run.arrays["trade_t"].sel(exporter="CHN").sum("importer")
    july = exported.sel(month="2023-07").values
    before = exported.sel(month=[f"2023-0{month}" for month in range(1, 7)]).mean("month").values
    assert result.forecasts[0].draws[:, 0] == pytest.approx(july / before)
    assert result.lineage.scenario_sha256 == plain.lineage.scenario_sha256


def test_bands_carry_the_error_of_the_other_scenario_and_never_their_own(licensed):
    one, two = licensed
    far = tuple(replace(forecast, observed=forecast.observed * 9) for forecast in two.forecasts)
    widened = widen_left_out([one, replace(two, forecasts=far)])
    assert widened[0].terms["flow by month"].log_scale > widened[1].terms["flow by month"].log_scale
    assert dict(widened[1].terms) == fit_errors([one])
    assert widened[0].after.hits >= widened[0].before.hits
    assert widen_left_out([one]) == []


def test_no_error_is_added_where_a_kind_of_figure_is_in_one_episode_only(snapshot, licensed):
    # the small episodes have flows by month only, that of nickel flows and prices by year
    nickel = run_episodes([read_episode("nickel-ore-indonesia-2014")], snapshot, draws=4)[0]
    assert widen_left_out([*licensed, nickel]) == []


def test_the_same_seed_gives_the_same_scores_and_another_one_others(snapshot, licensed):
    again, other = (
        run_episodes([licensed[0].loaded], snapshot, seed=seed)[0] for seed in (licensed[0].scenario.seed, 9)
    )
    draws = licensed[0].forecasts[0].draws
    assert np.array_equal(again.forecasts[0].draws, draws)
    assert not np.array_equal(other.forecasts[0].draws, draws)


def test_two_episodes_of_one_name_are_refused(snapshot, tmp_path):
    loaded = [read_episode(write_episode(tmp_path / name)) for name in ("a", "b")]
    with pytest.raises(ScenarioError, match="two have one name"):
        run_episodes(loaded, snapshot, draws=1)


def test_an_importer_s_flow_by_year_has_a_fan_of_whole_years(snapshot):
    result = run_episodes([read_episode("nickel-ore-indonesia-2014")], snapshot, draws=2)[0]
    assert {fan.periods for fan in result.fans} == {("2013", "2014", "2015")}


# Leaving one out


def test_keeping_every_draw_changes_nothing(licensed):
    for entry in leave_one_out(licensed, kept_share=1.0):
        assert entry.after == entry.before
        assert entry.kept == 200


def test_the_draws_kept_are_those_with_the_smallest_loss_elsewhere(licensed):
    # the two episodes are alike, so the tenth kept is the best on the episode itself: its mean loss falls
    losses = draw_losses(licensed[0])
    left = leave_one_out(licensed)
    assert left[0].others == ("two",)
    assert left[0].kept == 20
    assert left[0].after.flow_log_error < left[0].before.flow_log_error
    assert np.sort(losses)[:20].mean() < losses.mean()
    before, after = score_left_out(left)["flow_log_error"]
    assert after < before


def test_a_draw_s_loss_is_its_mean_log_error(quiet):
    # every draw is the median: (ln 1.25 + ln 2 + ln 2) / 3
    expected = (math.log(1.25) + 2 * math.log(2)) / 3
    assert draw_losses(quiet) == pytest.approx(np.full(20, expected))


def test_runs_that_do_not_belong_together_are_refused(licensed):
    first, second = (result.scenario for result in licensed)
    with pytest.raises(DataError, match="differ in seed or draws"):
        check_draws({"one": first, "two": second.model_copy(update={"seed": 9})})
    with pytest.raises(DataError, match="nothing to calibrate on"):
        leave_one_out([licensed[0], licensed[0]])
    few = [scenario.model_copy(update={"draws": 99}) for scenario in (first, second)]
    with pytest.raises(DataError, match="at least 100, so that 10 are kept"):
        check_draws(dict(zip("ab", few, strict=True)))


# Skill of many quantities


@given(
    st.lists(st.tuples(st.integers(1, 9), *(st.floats(0.01, 1e3) for _ in range(4))), min_size=1, max_size=5),
    st.floats(1e-3, 1e6),
)
def test_skill_knows_no_unit_and_the_strict_rival_is_never_easier(rows, unit):
    parts = [
        SkillPart(n, crps, {"no_change": none, "trend": line}, scale) for n, crps, none, line, scale in rows
    ]
    first = parts[0]
    scaled = SkillPart(
        first.records,
        first.crps * unit,
        {name: value * unit for name, value in first.naive_crps.items()},
        first.scale * unit,
    )
    assert pool_skill([scaled, *parts[1:]]) == pytest.approx(pool_skill(parts), rel=1e-9, abs=1e-9)
    assert pool_skill(parts, is_strict=True) <= pool_skill(parts) + 1e-12


def test_a_perfect_forecast_has_skill_one_and_nothing_to_compare_with_has_none():
    assert pool_skill([SkillPart(2, 0.0, {"no_change": 1.0}, 1.0)]) == 1
    assert math.isnan(pool_skill([]))
    assert math.isnan(pool_skill([SkillPart(1, 1.0, {}, 1.0)]))
    assert math.isnan(pool_skill([SkillPart(1, 1.0, {"no_change": 1.0}, 0.0)]))


def test_a_first_score_stands_beside_the_present_one(quiet):
    text = EPISODE + (
        "first_score:\n  date: '2026-01-31'\n  draws: 20\n  seed: 1\n  quantities:\n"
        "    china_to_japan: {records: 2, hits: 1, log_error: 0.3, crps: 3.0, naive_crps: {no_change: 6.0}}\n"
        "    china_to_world: {records: 1, hits: 1, log_error: 0.6, crps: 0.5, naive_crps: {no_change: 0.5}}\n"
    )
    folder = write_episode(quiet.loaded.folder.parent / "first", episode=text)
    result = replace(quiet, loaded=read_episode(folder))
    score = score_all([result])[1]
    # (2 x 0.3 + 0.6) / 3; 1 - (2 x 0.3 + 0.5) / (2 x 0.6 + 0.5) = 0.353
    assert (score.first_records, score.first_hits) == (3, 2)
    assert score.first_flow_log_error == pytest.approx(0.4)
    assert score.first_skill == pytest.approx(0.353, abs=1e-3)
