"""What a run says, in sentences and small tables, for the page and for the terminal."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monazite.hindcast import FLOORS, ScoreRecord, ScoreSummary, summarise_scores
from monazite.reports.chain_text import describe_links
from monazite.reports.lane_gaps import tell_gaps
from monazite.reports.market_lines import join_markets
from monazite.reports.place_text import (
    is_short_in_median,
    name_band,
    tell_price,
    tell_shortage,
    write_shares,
)
from monazite.scenarios import MarketResult, ScenarioResult, read_observations, total_over
from monazite.scenarios.outlook import (
    SHORT,
    Place,
    duty_share,
    list_places,
    list_restricting,
    price_ratio,
    read_dependence,
    shortage_share,
)
from monazite.snapshot import Snapshot
from monazite.vocabulary import country_name

NAMED = 4
"""Countries within the rest of the world that a sentence names; the others are counted."""
TIE = 0.02
"""Skill within which two forecasts count as equal. [unitless] Source: this project."""
MEDIAN, LINKS, SOME, NEVER = 0.0, 0.5, 2.0, 3.0
"""Rank of a finding: a place short in the median, what links did, short in some draws, in none."""
NAIVE_NAMES = {
    "no_change": "no change",
    "trend": "trend",
    "static_share": "static share",
    "rerouting": "rerouting",
}


@dataclass(frozen=True)
class Grid:
    """A small table in words: a title, heads, and rows of cells."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def list_findings(
    result: ScenarioResult, scores: Sequence[ScoreRecord], data: Snapshot
) -> list[tuple[str, str]]:
    """
    List what was found: each a sentence, and a sentence on how sure it is.

    Who runs short in the median comes first, then what links did, then who runs short in some draws, the most often
    first, then who does not.
    """
    found: list[tuple[float, tuple[str, str]]] = []
    for entry in result.markets:
        places = list_places(result, entry)
        ranks = [rank_place(entry, place) for place in places]
        if len(places) > 1 and set(ranks) == {NEVER}:
            found.append((NEVER, describe_calm(entry, places)))
        else:
            found += zip(ranks, [add_gaps(entry, place) for place in places], strict=True)
        found += [(LINKS, text) for text in describe_links(entry)]
    ordered = [text for _, text in sorted(found, key=lambda one: one[0])]
    return [*ordered, *(describe_score(summary) for summary in list_summaries(scores))]


def add_gaps(entry: MarketResult, place: Place) -> tuple[str, str]:
    """Say how short a place is, how sure that is, and what the lanes cannot tell of it."""
    text, doubt = describe_place(entry, place)
    return text, f"{doubt} {tell_gaps(entry.run, place)}".strip()


def rank_place(entry: MarketResult, place: Place) -> float:
    """Whether a place runs short in the median, in some draws (less its share of them), or in none."""
    short = shortage_share(entry.run, place.members)
    if is_short_in_median(short):
        return MEDIAN
    often = float((short.max(axis=1) > SHORT).mean())
    return SOME - often if often > 0 else NEVER


def describe_calm(entry: MarketResult, places: Sequence[Place]) -> tuple[str, str]:
    """Say of a market in which no place runs short in any draw how dear it gets."""
    peaks = []
    for place in places:
        price = np.quantile(price_ratio(entry.run, place.members), [0.05, 0.5, 0.95], axis=0)
        peaks.append(price[:, int(price[1].argmax())])
    low, median, high = np.array(peaks).T
    first, last = f"{median.min():.1f}", f"{median.max():.1f}"
    names = [place.words for place in places]
    named = f"{', '.join(names[:-1])} and {names[-1]}"
    duties = {place.label: duty_share(entry.run, place.members) for place in places}
    most = {label: float(np.median(duty, axis=0).max()) for label, duty in duties.items() if duty is not None}
    taxed = "; ".join(
        f"{100 * share:,.0f} % in {label}" for label, share in most.items() if share >= SHORT / 2
    )
    before = f", before duty, which adds up to {taxed}" if taxed else ""
    band = name_band(entry.run.arrays.sizes["draw"])
    within = "".join(f" {text}" for text in (tell_members(entry, place) for place in places) if text)
    return (
        f"{named[0].upper()}{named[1:]} are not short of {entry.title} in any draw. The price peaks at "
        f"{first if first == last else f'{first} to {last}'} times its baseline{before}.{within}",
        f"{band[0].upper()}{band[1:]}: price {low.min():.1f} to {high.max():.1f} times.",
    )


def list_run_notes(result: ScenarioResult) -> list[str]:
    """List what is to know of data, policies and supply, market by market, with countries by their names."""
    told = [
        (
            entry.title,
            entry.market.material.replace("_", " "),
            f"{name_countries(note.rstrip('.'), entry.run.market.countries)}.",
        )
        for entry in result.markets
        for note in entry.run.notes
    ]
    return join_markets(told)


def name_countries(text: str, codes: Sequence[str]) -> str:
    """
    Write the names of countries for their codes.

    Examples
    --------
    >>> name_countries("no recorded input: COD 120, ROW 4 t a year", ["COD", "ROW"])
    'no recorded input: Democratic Republic of the Congo 120, Rest of world 4 t a year'
    """
    return re.sub(
        r"\b[A-Z]{3}\b", lambda found: country_name(found[0]) if found[0] in codes else found[0], text
    )


def describe_place(entry: MarketResult, place: Place) -> tuple[str, str]:
    """Say how short a place is and how dear it gets."""
    run = entry.run
    name = place.words[0].upper() + place.words[1:]
    short, count = tell_shortage(name, entry.title, run.months, shortage_share(run, place.members))
    dear, price = tell_price(run.months, price_ratio(run, place.members), duty_share(run, place.members))
    band = name_band(run.arrays.sizes["draw"])
    within = tell_members(entry, place)
    return " ".join(filter(None, (short, dear, within))), f"{band[0].upper()}{band[1:]}: {count}; {price}."


def tell_members(entry: MarketResult, place: Place) -> str:
    """Name the countries of the rest of the world that run short in the median: its sum does not show them."""
    run, use = entry.run, entry.run.market.use
    if place.is_watched or len(place.members) < 2:
        return ""
    short = [
        code
        for code in sorted(place.members, key=lambda code: -float(use[run.market.countries.index(code)]))
        if code != "ROW" and is_short_in_median(shortage_share(run, [code]))
    ]
    if not short:
        return ""
    more = f" and {len(short) - NAMED} more" if len(short) > NAMED else ""
    return f"Short in the median within {place.label}: {', '.join(map(country_name, short[:NAMED]))}{more}."


def list_summaries(scores: Sequence[ScoreRecord]) -> list[ScoreSummary]:
    """Summarise the scored comparisons by what they are: flows, prices, ratios."""
    groups = {
        "flows": [s for s in scores if s.unit == "t"],
        "prices": [s for s in scores if s.unit != "t" and s.quantity.startswith("unit_value")],
        "monthly flows": [s for s in scores if s.unit != "t" and not s.quantity.startswith("unit_value")],
    }
    summaries = [summarise_scores(group, name, floors=FLOORS) for name, group in groups.items() if group]
    return [summary for summary in summaries if summary.records]


def describe_score(summary: ScoreSummary) -> tuple[str, str]:
    """Say how far the run is from history, and how far the naive forecasts are."""
    naive = ", ".join(f"{NAIVE_NAMES[name]} {value:.2f}" for name, value in summary.naive_log_error.items())
    verdict = "better than" if summary.skill > TIE else "worse than" if summary.skill < -TIE else "as good as"
    return (
        f"Against history, {summary.group}: mean |ln error| {summary.mean_absolute_log_error:.2f} "
        f"(naive: {naive}); by CRPS {verdict} the best naive forecast ({NAIVE_NAMES.get(summary.best_naive, 'none')}), "
        f"skill {summary.skill:+.2f}.",
        f"The 5 to 95 % band holds {summary.hits} of {summary.records} observations.",
    )


def build_path_grid(result: ScenarioResult, entry: MarketResult) -> Grid:
    """Shortage and price by half-year, for the first importer watched and the rest: median and 5 to 95 %."""
    run, places = entry.run, list_places(result, entry)
    places = places if len(places) < 3 else [places[0], places[-1]]
    halves = list(dict.fromkeys((month[:4], "H1" if month[5:] <= "06" else "H2") for month in run.months))
    heads = ["half-year"]
    rest = {place.label: place.words for place in places if not place.is_watched and len(places) > 1}
    for place in places:
        name = "Rest" if place.label in rest else place.label[0].upper() + place.label[1:]
        heads += [f"{name}: short, %", f"{name}: price"]
    rows = []
    for year, half in halves:
        chosen = [
            k for k, m in enumerate(run.months) if m[:4] == year and ("H1" if m[5:] <= "06" else "H2") == half
        ]
        cells = [f"{year} {half}"]
        for place in places:
            short = np.quantile(shortage_share(run, place.members)[:, chosen].mean(axis=1), [0.05, 0.5, 0.95])
            price = np.quantile(price_ratio(run, place.members)[:, chosen].mean(axis=1), [0.05, 0.5, 0.95])
            cells += [
                "{1} [{0}-{2}]".format(*write_shares(*short)),
                f"{price[1]:.1f} [{price[0]:.1f}-{price[2]:.1f}]",
            ]
        rows.append(tuple(cells))
    return Grid(
        f"Simulated: {entry.title}, use wanted but not served, and price over baseline",
        tuple(heads),
        tuple(rows),
        "; ".join(
            [f"median [{name_band(run.arrays.sizes['draw'])}]", *(f"rest: {name}" for name in rest.values())]
        ),
    )


def build_dependence_grids(result: ScenarioResult, entry: MarketResult, data: Snapshot) -> list[Grid]:
    """What customs recorded of each product: the first importer's imports from who restricts, year by year."""
    places, restricting = list_places(result, entry), list_restricting(entry.run)
    codes = entry.market.baseline.product_codes
    if not restricting or not result.scenario.watch.importers:
        return []
    start, end = int(entry.run.months[0][:4]), int(entry.run.months[-1][:4])
    grids = []
    for code in codes:
        rows = read_dependence(data, code, places[0].members, restricting[0], range(start - 2, end + 1))
        is_cheap = all(not r.unit_value_usd_per_t >= 1000 for r in rows)
        unit, scale = ("USD/t", 1) if is_cheap else ("kUSD/t", 1000)
        cells = tuple(
            (str(r.year), f"{r.from_exporter_t:,.0f}", f"{r.total_t:,.0f}", f"{100 * r.share:.1f} %",
             "-" if math.isnan(r.unit_value_usd_per_t) else f"{r.unit_value_usd_per_t / scale:.1f}")
            for r in rows
        )  # fmt: skip
        name = country_name(restricting[0])
        grids.append(
            Grid(
                f"Observed: imports of {places[0].label} under {code.upper().replace(':', ' ')}",
                ("year", f"from {name}, t", "all, t", f"share of {name}", f"unit value, {unit}"),
                cells,
                "CEPII BACI",
            )
        )
    return grids


def build_observed_grids(result: ScenarioResult) -> list[Grid]:
    """What the observation table says of the months compared, in its own unit, one table a series."""
    observations = result.scenario.observations
    if observations is None or observations.table is None:
        return []
    rows = read_observations(observations.table)
    grids = []
    compared = [entry for entry in observations.comparisons if entry.source == "episode" and entry.months]
    for series in dict.fromkeys(entry.series for entry in compared):
        own = [entry for entry in compared if entry.series == series]
        first = next(row for row in rows if row.series == series)
        lane = [
            country_name(code) if code != "world" else "the world"
            for code in (*own[0].exporters, *own[0].importers)
        ]
        months = sorted({month for entry in own for month in entry.months})
        cells = tuple((month, write_observed(total_over(rows, series, [month]))) for month in months)
        title = f"Observed: {' to '.join(lane)}, {first.product}"
        grids.append(Grid(title, ("month", f"observed, {first.unit}"), cells, first.source))
    return grids


def write_observed(value: float) -> str:
    """
    Write an observed figure for a table.

    Examples
    --------
    >>> write_observed(13885.4), write_observed(4.728), write_observed(float("nan"))
    ('13,885', '4.728', '-')
    """
    return "-" if math.isnan(value) else f"{value:,.4g}" if value < 100 else f"{value:,.0f}"


def build_score_grids(scores: Sequence[ScoreRecord]) -> list[Grid]:
    """
    History beside the run and the best naive forecast, hits and misses alike, one table a quantity.

    The best is that with the smallest mean error in these periods; all four stand in the report and the records.
    """
    grids = []
    for quantity in dict.fromkeys((score.material, score.quantity) for score in scores):
        own = [score for score in scores if (score.material, score.quantity) == quantity]
        best = find_best_naive(own)
        rows = tuple(
            (
                score.period,
                write_number(score.observed, score.unit),
                write_number(score.median, score.unit),
                f"{write_number(score.low, score.unit)} to {write_number(score.high, score.unit)}",
                write_number(float(getattr(score, best)), score.unit) if best else "-",
                "-" if math.isnan(score.log_error) else f"{score.log_error:+.2f}",
                score.verdict,
            )
            for score in own
        )
        notes = [
            "t" if own[0].unit == "t" else "ratio",
            "ln error = ln(median / observed)",
            *([f"best naive forecast: {NAIVE_NAMES[best]}"] if best else []),
            *([] if own[0].is_scored else ["set by the policy, not scored"]),
        ]
        heads = ("period", "observed", "median", "5 to 95 %", "naive", "ln error", "band")
        grids.append(Grid(f"Against history: {own[0].title}", heads, rows, "; ".join(notes)))
    return grids


def find_best_naive(scores: Sequence[ScoreRecord]) -> str:
    """Name the naive forecast with the smallest mean error among those known in every period; empty if none is."""
    errors = {
        name: float(np.mean([abs(getattr(score, name) - score.observed) for score in scores]))
        for name in NAIVE_NAMES
    }
    known = {name: error for name, error in errors.items() if not math.isnan(error)}
    return min(known, key=known.__getitem__) if known else ""


def write_number(value: float, unit: str) -> str:
    """
    Write a number for a table.

    Examples
    --------
    >>> write_number(13550.2, "t"), write_number(1.473, "ratio"), write_number(float("nan"), "t")
    ('13,550', '1.47', '-')
    """
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if unit == "t" and abs(value) >= 100 else f"{value:.2f}"
