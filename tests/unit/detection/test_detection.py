"""The detector: Japan 2010, graphite 2023, 200 placebo flows, doubtful figures, and what is refused."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import monazite
from monazite.detection import (
    FALSE_ALARM_SHARE,
    FlowPanel,
    detect_breaks,
    detect_flow,
    panel_from_release,
    panel_from_series,
    read_placebos,
    sum_importers,
)
from monazite.detection.panel import add_up_others
from monazite.detection.records import choose_dates, name_front_loading
from monazite.detection.synthetic import compare_with_synthetic, fit_weights
from monazite.detection.verdict import decide, name_scope
from monazite.errors import DataError
from monazite.sources.table import columns_from_rows

pytestmark = pytest.mark.slow

REFERENCE = Path(__file__).parents[3].parent / "shared" / "reference"
MONTHLY = REFERENCE / "monthly_china" / "deep_dive_hs6_monthly.csv"
RESTRICTED = {
    ("IDN", 260400),
    ("PHL", 260400),
    ("IDN", 260600),
    ("IDN", 260300),
    ("COD", 282200),
    ("COD", 260500),
}
"""Exporters and codes with export bans or quotas in 1995-2024: no placebos. China is left out whole."""


@pytest.fixture(scope="module")
def placebos(snapshot):
    return read_placebos(snapshot)


def make_panel(flows, years=range(2000, 2025), price=10.0):
    # {(exporter, importer): tonnes by year}
    ends = list(flows)
    tonnes = np.array([flows[end] for end in ends], dtype=float)
    return FlowPanel(
        tuple(map(str, years)),
        np.array([end[0] for end in ends], dtype=object),
        np.array([end[1] for end in ends], dtype=object),
        tonnes, tonnes, tonnes * price,
    )  # fmt: skip


def quiet_world(seed=0, years=25):
    # four exporters, four importers, every lane at 100 t with a noise of 10 %
    rng = np.random.default_rng(seed)
    return {
        (exporter, importer): 100 * np.exp(rng.normal(0, 0.1, years))
        for exporter in ("CHN", "AUS", "VNM", "EST")
        for importer in ("JPN", "USA", "DEU", "KOR")
    }


# What history is known to hold


@pytest.mark.parametrize(
    ("code", "share", "low_year"), [("hs92:284690", -0.51, 2010), ("hs92:280530", -0.80, 2009)]
)
def test_japan_is_found_and_dated_without_being_told_when(snapshot, placebos, code, share, low_year):
    # tonnes of 284690 in 2009, 2010, 2011, 2012: 4048, 8643, 6069, 2209, median of 2002 to 2009 8324, so that 2010
    # is above it; unit value 15.1, 32.3, 177.8, 115.3 kUSD/t: the price broke in 2010, the tonnes in 2011
    found = detect_flow(snapshot, "CHN", "JPN", code, placebos=placebos)
    (record,) = [one for one in found.records if one["verdict"] == "broke"]
    assert (record["year"], record["kind"]) == (2011, "squeeze")
    assert (record["year_low"], record["year_high"]) == (low_year, 2011)
    assert record["value"] == pytest.approx(share, abs=0.01)
    assert record["low"] < record["value"] < record["high"] < 0.2
    assert record["p_value"] <= 0.05
    assert record["unit_value_ratio"] > 5
    assert record["ended"] is None


def test_a_stop_of_two_months_cannot_be_told_from_the_year_2010(snapshot, placebos):
    # 8643 t are 3 % above the counterfactual, and a loss of half would lie within the interval
    (record,) = detect_flow(
        snapshot, "CHN", "JPN", "hs92:284690", first="2010", last="2010", placebos=placebos
    ).records
    assert (record["verdict"], record["kind"]) == ("cannot tell", "none")
    assert record["value"] == pytest.approx(0.03, abs=0.01)
    assert "might hide in it" in record["reason"]


def test_nine_months_of_japan_are_too_few_to_judge():
    # the monthly customs figures of the episode: September 2010 to May 2011, before them only a sum of eight months
    path = (
        Path(monazite.__file__).parent / "data" / "episodes" / "rare-earths-japan-2010" / "observations.csv"
    )
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["series"] == "japan_imports_from_china"]
    months = {
        row["period_start"]: float(row["value"]) for row in rows if row["period_start"] == row["period_end"]
    }
    series = columns_from_rows(
        ("period", "exporter", "importer", "quantity_t", "value_usd"),
        [(period, "CHN", "JPN", tonnes, np.nan) for period, tonnes in months.items() if period >= "2010-09"],
    )
    with pytest.raises(DataError, match="9 known months"):
        detect_breaks(panel_from_series(series, "CHN", "JPN"), "CHN", "JPN")


def read_graphite():
    if not MONTHLY.exists():
        pytest.skip("the monthly exports of China (UN Comtrade, reported by China) are not on this machine")
    with MONTHLY.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["hs6"] == "250410"]
    names = ("period", "exporter", "importer", "quantity_t", "value_usd")
    return columns_from_rows(
        names,
        [
            (row["period_dt"][:7], "CHN", row["partner_name"], float(row["qty"]) / 1000, float(row["val"]))
            for row in rows
        ],
    )


def test_graphite_peaks_in_november_2023_and_falls_in_december(snapshot):
    # 40.5 kt in November, against 12 kt a month before; 2.7 kt in December; 10.3 kt again in March
    found = detect_flow(
        snapshot, "CHN", "world", "hs17:250410", series=read_graphite(), first="2023-08", last="2024-07"
    )
    peak, fall = found.records
    assert (peak["month"], peak["kind"], peak["verdict"]) == ("2023-11", "rise", "broke")
    assert (fall["month"], fall["kind"], fall["verdict"]) == ("2023-12", "fall", "broke")
    assert 1.5 < peak["value"] < 2.5
    assert -0.9 < fall["value"] < -0.6
    assert fall["ended"] in ("2024-02", "2024-03")
    assert "buying ahead" in peak["note"]
    assert "right after the peak of 2023-11" in fall["note"]
    assert max(peak["p_value"], fall["p_value"]) < 0.05


def test_graphite_is_dated_without_being_told_when(snapshot):
    found = detect_flow(snapshot, "CHN", "world", "hs17:250410", series=read_graphite())
    dated = {record["month"]: record["kind"] for record in found.records if record["verdict"] == "broke"}
    assert dated["2023-11"] == "rise"
    assert dated["2023-12"] == "fall"
    assert len(dated) == 2


@pytest.mark.slow
def test_200_placebo_flows_raise_at_most_the_stated_share_of_false_alarms(snapshot, placebos):
    rng = np.random.default_rng(2024)
    panels, alarms, tested = {}, 0, 0
    for k in rng.permutation(len(placebos.weight)):
        code, exporter, importer = (
            int(placebos.product_codes[k]),
            placebos.exporters[k],
            placebos.importers[k],
        )
        if exporter == "CHN" or (exporter, code) in RESTRICTED:
            continue
        panels.setdefault(code, panel_from_release(snapshot, code))
        try:
            found = detect_breaks(panels[code], exporter, importer, placebos=placebos, code=code)
        except DataError:
            continue
        alarms += any(one.verdict == "broke" for one in found.breaks)
        tested += 1
        if tested == 200:
            break
    assert tested == 200
    assert alarms <= FALSE_ALARM_SHARE * tested


# What must not be read as a break, and what must


def make_months(tonnes):
    # five years of one lane, by month; 10 USD a tonne
    names = ("period", "exporter", "importer", "quantity_t", "value_usd")
    rows = [(f"{2018 + k // 12}-{k % 12 + 1:02d}", "CHN", "JPN", t, 10 * t) for k, t in enumerate(tonnes)]
    return panel_from_series(columns_from_rows(names, rows), "CHN", "JPN")


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("left", [100.0, 98.0, 91.0])
def test_a_quiet_lane_that_departs_by_less_than_the_least_size_has_not_broken(left):
    (one,) = detect_breaks(make_months([100.0] * 47 + [left] * 13), "CHN", "JPN").breaks
    assert (one.verdict, one.kind) == ("no break", "none")
    assert one.share == pytest.approx(left / 100 - 1, abs=0.1)
    assert "10 % or more, the least size" in one.reason


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(("left", "stop"), [(0.0, 50), (50.0, 50)])
def test_a_constant_lane_that_stops_or_halves_is_found_in_its_month(left, stop):
    tonnes = [100.0] * 47 + [left] * 3 + [100.0] * 10
    (one,) = detect_breaks(make_months(tonnes), "CHN", "JPN").breaks
    assert (one.start, one.stop, one.kind, one.verdict) == (47, stop, "fall", "broke")
    assert one.share == pytest.approx(left / 100 - 1, abs=0.01)


def test_a_lower_least_size_lets_a_small_fall_count():
    tonnes = [100.0] * 47 + [91.0] * 13
    (one,) = detect_breaks(make_months(tonnes), "CHN", "JPN", least_share=0.05).breaks
    assert (one.start, one.kind, one.verdict) == (47, "fall", "broke")


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_constant_lane_of_years_has_not_broken(placebos):
    flows = {ends: np.full(25, 100.0) for ends in quiet_world()}
    (one,) = detect_breaks(make_panel(flows), "CHN", "JPN", placebos=placebos).breaks
    assert (one.verdict, one.kind, one.share) == ("no break", "none", 0.0)


def test_a_doubtful_quantity_is_left_out_and_named(snapshot, placebos):
    # China's imports of bauxite in 2016 carry a sixth of the tonnes that their value says; one lane of it is doubtful
    rows = snapshot.query(
        "SELECT exporter, importer, year FROM trade WHERE product_code = 260600 AND year = 2016 "
        "AND quality = 'doubtful' AND importer = 'CHN' ORDER BY value_usd DESC LIMIT 1"
    )
    exporter, importer = rows["exporter"][0], rows["importer"][0]
    panel = panel_from_release(snapshot, 260600)
    assert np.isnan(panel.trusted_t[panel.find(exporter, importer), panel.periods.index("2016")])
    (*_, record) = detect_flow(snapshot, exporter, importer, "hs92:260600", placebos=placebos).records
    assert "2016" in record["left_out"]
    assert record["year"] != 2016


def test_a_missing_year_is_no_stop(placebos):
    flows = quiet_world()
    panel = make_panel(flows)
    lane = panel.find("CHN", "JPN")
    trusted = panel.trusted_t.copy()
    trusted[lane, 15] = np.nan
    found = detect_breaks(replace(panel, trusted_t=trusted), "CHN", "JPN", placebos=placebos)
    assert all(one.verdict != "broke" for one in found.breaks)
    assert np.isnan(found.usual_t[15])


def test_a_lane_that_stops_after_quiet_years_is_found_and_dated(placebos):
    flows = quiet_world()
    flows["CHN", "JPN"][15:] = 0.0
    (one,) = detect_breaks(make_panel(flows), "CHN", "JPN", placebos=placebos).breaks
    assert (one.start, one.stop, one.verdict, one.kind) == (15, 25, "broke", "fall")
    assert one.share == pytest.approx(-1.0)
    assert one.lost_t == pytest.approx(-300, abs=30)  # three years of 100 t
    assert one.scope == "lane"
    assert one.synthetic.share == pytest.approx(-1.0)
    assert one.synthetic.p_value == pytest.approx(1 / 10)  # nine lanes share no end, all of them less broken


def test_a_stop_that_ends_is_given_its_end(placebos):
    flows = quiet_world()
    flows["CHN", "JPN"][15:18] = 0.0
    one = detect_breaks(make_panel(flows), "CHN", "JPN", placebos=placebos).breaks[0]
    assert (one.start, one.stop) == (15, 18)


def test_an_exporter_that_stops_selling_to_all_is_named_as_the_one_that_moved(placebos):
    flows = quiet_world()
    for importer in ("JPN", "USA", "DEU", "KOR"):
        flows["CHN", importer][15:] *= 0.05
    one = detect_breaks(make_panel(flows), "CHN", "JPN", placebos=placebos, dates=slice(14, 17)).breaks[0]
    assert (one.start, one.scope) == (15, "exporter")


def test_a_world_that_shrinks_as_one_has_not_broken(placebos):
    flows = {ends: flow * np.where(np.arange(25) < 15, 1, 0.02) for ends, flow in quiet_world().items()}
    (one,) = detect_breaks(make_panel(flows), "CHN", "JPN", placebos=placebos, dates=slice(14, 17)).breaks
    assert (one.scope, one.verdict) == ("market", "no break")
    assert "moved with the market" in one.reason


def test_a_lane_too_thin_to_compare_cannot_be_told(placebos):
    flows = quiet_world()
    flows["AUS", "USA"] = flows["AUS", "USA"] * 1e5
    flows["CHN", "JPN"][15:] = 0.0
    (one,) = detect_breaks(make_panel(flows), "CHN", "JPN", placebos=placebos).breaks
    assert one.verdict == "cannot tell"
    assert "less than 0.1 %" in one.reason


@pytest.mark.parametrize(
    ("parts", "scope"),
    [
        # own past, other exporters, other importers
        ((-1.0, -0.9, -0.8), "lane"),
        ((-1.0, -0.9, -0.1), "exporter"),
        ((-1.0, -0.1, -0.9), "importer"),
        ((-1.0, -0.1, 0.1), "market"),
        ((1.0, 0.9, None), "lane or exporter"),
        ((-1.0, None, -0.2), "exporter or market"),
        ((-1.0, None, None), "not known"),
    ],
)
def test_the_scope_says_what_moved(parts, scope):
    names = ("own_past", "other_exporters", "other_importers")
    assert name_scope({n: p for n, p in zip(names, parts, strict=True) if p is not None}) == scope


def test_the_verdict_depends_on_the_p_value_and_on_what_could_be_seen():
    assert decide(0.02, "lane", 0.9, "2010") == ("broke", "")
    assert decide(0.06, "lane", 0.9, "2010")[0] == "cannot tell"
    assert decide(0.02, "market", 0.9, "2010")[0] == "no break"
    assert decide(0.4, "lane", 0.3, "2010")[0] == "no break"
    assert decide(0.4, "lane", 0.7, "2010")[0] == "cannot tell"


# The parts


def test_a_gap_in_a_donor_does_not_look_like_a_fall():
    panel = make_panel({("CHN", "JPN"): [5, 5, 5], ("AUS", "JPN"): [3, 3, 3]}, years=range(2000, 2003))
    filled = panel.filled_t.copy()
    filled[panel.find("AUS", "JPN"), 1] = np.nan
    others = add_up_others(replace(panel, filled_t=filled), panel.importers, [panel.find("CHN", "JPN")])
    assert others.tolist() == [[3.0, 3.0, 3.0]]


def test_a_lane_that_is_a_mix_of_others_gets_their_weights():
    rng = np.random.default_rng(1)
    donors = rng.uniform(0.5, 1.5, (1, 3, 12))
    target = 0.7 * donors[:, 0] + 0.3 * donors[:, 2]
    assert fit_weights(target, donors)[0] == pytest.approx([0.7, 0.0, 0.3], abs=0.01)


def test_a_synthetic_control_needs_five_donors():
    panel = make_panel({("CHN", "JPN"): np.ones(25), ("AUS", "USA"): np.ones(25)})
    assert compare_with_synthetic(panel, 0, 15, 18) is None


def test_lanes_add_up_to_the_world():
    panel = sum_importers(make_panel(quiet_world()))
    assert sorted(panel.exporters) == ["AUS", "CHN", "EST", "VNM"]
    assert panel.trusted_t[panel.find("CHN", "world"), 0] == pytest.approx(400, rel=0.2)


def test_dates_are_years_or_months():
    months = ("2010-11", "2010-12", "2011-01")
    assert choose_dates(months, "2010", "2010") == slice(0, 2)
    assert choose_dates(("2010", "2011"), "2010-12", "") == slice(0, 2)
    with pytest.raises(DataError, match="no period lies between 2013"):
        choose_dates(months, "2013", "")


def test_only_a_peak_before_a_fall_looks_like_buying_ahead(placebos):
    flows = quiet_world()
    flows["CHN", "JPN"][15:] = 0.0
    (fall,) = detect_breaks(make_panel(flows), "CHN", "JPN", placebos=placebos).breaks
    periods = [str(year) for year in range(2000, 2025)]
    peak = replace(fall, start=13, stop=15, kind="rise", share=1.0)
    assert "fall of 2015" in name_front_loading(peak, (peak, fall), periods)
    assert "peak of 2013" in name_front_loading(fall, (peak, fall), periods)
    assert name_front_loading(fall, (fall,), periods) is None
    assert name_front_loading(replace(peak, start=5, stop=7), (peak, fall), periods) is None


# What is refused


@pytest.mark.parametrize(
    ("flow", "years", "words"),
    [
        (np.ones(11), range(2000, 2011), "too short: 11 known years"),
        (np.zeros(25), range(2000, 2025), "no tonnes above zero"),
        (np.full(25, np.nan), range(2000, 2025), "no tonnes above zero"),
    ],
)
def test_a_series_that_cannot_be_tested_is_refused(placebos, flow, years, words):
    panel = make_panel({("CHN", "JPN"): flow}, years=years)
    with pytest.raises(DataError, match=words):
        detect_breaks(panel, "CHN", "JPN", placebos=placebos)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, np.nan])
def test_a_least_size_that_is_no_share_is_refused(placebos, share):
    with pytest.raises(DataError, match="is no share"):
        detect_breaks(make_panel(quiet_world()), "CHN", "JPN", placebos=placebos, least_share=share)


@pytest.mark.parametrize(
    ("figure", "words"), [(1e300, "1e[+]300 t"), (np.inf, "inf t"), (-1.0, "-1 t"), (1e-300, "1e-300 t")]
)
def test_an_absurd_figure_of_a_panel_is_refused_by_name(placebos, figure, words):
    panel = make_panel(quiet_world())
    trusted = panel.trusted_t.copy()
    trusted[panel.find("CHN", "JPN"), 3] = figure
    with pytest.raises(DataError, match=f"CHN to JPN, 2003, trusted_t: {words}"):
        detect_breaks(replace(panel, trusted_t=trusted), "CHN", "JPN", placebos=placebos)


@pytest.mark.parametrize(
    "years", [[2000, 2000, *range(2002, 2025)], [2001, 2000, *range(2002, 2025)], [*range(2000, 2024), 2030]]
)
def test_periods_that_do_not_follow_one_another_are_refused(placebos, years):
    with pytest.raises(DataError, match="do not follow one another"):
        detect_breaks(make_panel(quiet_world(), years=years), "CHN", "JPN", placebos=placebos)


def test_years_among_months_and_rows_that_stand_twice_are_refused_at_once():
    rows = [("2020-01", "CHN", "JPN", 1.0, 1.0)] * 2 + [("2020", "CHN", "USA", 1.0, 1.0)]
    series = columns_from_rows(("period", "exporter", "importer", "quantity_t", "value_usd"), rows)
    with pytest.raises(DataError) as refused:
        panel_from_series(series, "CHN", "JPN")
    assert "2020-01, CHN to JPN: stands 2 times" in str(refused.value)
    assert "years and months in one table" in str(refused.value)


def test_a_date_without_a_past_is_refused(placebos):
    with pytest.raises(DataError, match="no date that was asked for can be judged"):
        detect_breaks(make_panel(quiet_world()), "CHN", "JPN", placebos=placebos, dates=slice(0, 3))


def test_a_lane_that_does_not_exist_is_refused_with_those_that_do(snapshot):
    with pytest.raises(DataError, match="CHN to TUV: has no recorded trade"):
        detect_flow(snapshot, "CHN", "TUV", "hs92:284690")


def test_a_month_without_a_row_is_refused_by_name():
    rows = [(f"2020-{month:02d}", "CHN", "JPN", 1.0, 1.0) for month in (1, 2, 5)]
    series = columns_from_rows(("period", "exporter", "importer", "quantity_t", "value_usd"), rows)
    with pytest.raises(DataError, match="2020-03, 2020-04"):
        panel_from_series(series, "CHN", "JPN")


def test_a_lane_that_is_not_in_the_table_is_refused():
    series = columns_from_rows(
        ("period", "exporter", "importer", "quantity_t", "value_usd"), [("2020-01", "CHN", "JPN", 1.0, 1.0)]
    )
    with pytest.raises(DataError, match="CHN to USA: has no row"):
        panel_from_series(series, "CHN", "USA")


def test_months_too_few_are_refused():
    rows = [(f"{2020 + k // 12}-{k % 12 + 1:02d}", "CHN", "JPN", 1.0, 1.0) for k in range(35)]
    series = columns_from_rows(("period", "exporter", "importer", "quantity_t", "value_usd"), rows)
    with pytest.raises(DataError, match="35 known months"):
        detect_breaks(panel_from_series(series, "CHN", "JPN"), "CHN", "JPN")
