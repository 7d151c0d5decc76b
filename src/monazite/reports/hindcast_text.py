"""What hindcasts say, in sentences and small tables, for the terminal, the page and the documents."""

import math
from collections import Counter
from collections.abc import Sequence

from monazite.hindcast import (
    Aim,
    EpisodeResult,
    EpisodeScore,
    HalvedOut,
    LeftOut,
    OrdinaryChange,
    QuantityScore,
    ScoreRecord,
    Widened,
    check_aims,
    list_misses,
    score_all,
    score_left_out,
    score_quantities,
    widen_left_out,
)
from monazite.hindcast.episode_score import COVERAGE_AIM
from monazite.hindcast.model_error import count_hits, find_kind
from monazite.reports.run_text import NAIVE_NAMES, Grid, write_number

STATUS = {"development": "development", "held_out": "held out"}
SIGHTS = (
    (
        "blind",
        "Blind first runs",
        "Only these were run before anybody could choose structure, priors or inputs with the outcome in sight.",
    ),
    (
        "partly blind",
        "Partly blind first runs",
        "Nothing was changed because of these outcomes, but parts of them had been seen; each episode says which.",
    ),
)
"""How much of its outcome was in sight at a first run, in words, and what that is worth."""
MOST_MISSES = 10
"""Misses that the summary names; the pages of the episodes have all."""


def list_hindcast_findings(results: Sequence[EpisodeResult]) -> list[tuple[str, str]]:
    """Say which aims are not reached, then which are: each a sentence, and a sentence on how it is counted."""
    single, together = score_all(results)
    found = [describe_aim(aim, single, together) for aim in check_aims(single, together)]
    found += describe_widened(widen_left_out(results))
    found += describe_blind(results, single)
    return found


def describe_widened(widened: Sequence[Widened]) -> list[tuple[str, str]]:
    """Say how many figures the bands hold once the model error of the other episodes is in them."""
    if not widened:
        return []
    _, held, every = count_hits(widened)
    share = held / every if every else math.nan
    head = "Reached" if COVERAGE_AIM[0] <= share <= COVERAGE_AIM[1] else "Not reached"
    text = f"{head} with model error: bands that carry the error of the other episodes hold {held} of {every} figures."
    return [(text, "The draws alone are too sure: they know their parameters, and not what the model lacks.")]


def describe_blind(results: Sequence[EpisodeResult], single: Sequence[EpisodeScore]) -> list[tuple[str, str]]:
    """Say how first runs did that were made with nothing, or with a part only, of their outcomes in sight."""
    found = []
    for sight, words, doubt in SIGHTS:
        own = [
            score
            for score, result in zip(single, results, strict=True)
            if result.loaded.episode.first_sight == sight
        ]
        if own:
            skill = "; ".join(f"{score.name} {write_signed(score.first_skill)}" for score in own)
            hits, every = sum(score.first_hits for score in own), sum(score.first_records for score in own)
            head = f"{words} ({len(own)} of {len(single)} episodes)"
            found.append((f"{head}: {hits} of {every} figures in band; skill {skill}.", doubt))
    return found


def describe_aim(aim: Aim, single: Sequence[EpisodeScore], together: EpisodeScore) -> tuple[str, str]:
    """Say one aim, whether it is reached, and where it is not."""
    head = {"met": "Reached", "not met": "Not reached", "cannot tell": "Cannot tell"}[aim.verdict]
    if aim.name.startswith("share of the figures"):
        text = f"{head}: the 90 % bands hold {together.hits} of {together.records} figures; the aim is 80 to 95 %."
        return text, f"First runs: {_first_share(together)}."
    if aim.name.startswith("share of the episodes"):
        known = [score for score in single if not math.isnan(score.skill)]
        worse = [score.name for score in known if score.skill <= 0]
        text = f"{head}: skill is positive in {len(known) - len(worse)} of {len(known)} episodes; the aim is all."
        return text, f"Worse than a naive forecast: {', '.join(worse)}." if worse else ""
    kind = "flow" if "flows" in aim.name else "price"
    if aim.verdict == "cannot tell":
        return f"{head}: no {kind} was scored.", ""
    first = float(getattr(together, f"first_{kind}_log_error"))
    text = f"{head}: {aim.name} {write_error(aim.value)}; the aim is {aim.wish}."
    return text, f"First runs: {write_error(first)}. 0.1 is about 10 % off, 0.7 a factor of two."


def _first_share(together: EpisodeScore) -> str:
    if not together.first_records:
        return "not on record for all episodes"
    return f"{together.first_hits} of {together.first_records}"


def build_summary_grid(results: Sequence[EpisodeResult]) -> Grid:
    """One row an episode: errors, band and skill, with those of the first run in brackets."""
    single, together = score_all(results)
    rows = [summarise(score) for score in single]
    if len(single) > 1:
        rows.append(summarise(together))
    return Grid(
        "Episodes",
        ("episode", "flows", "prices", "in band", "skill"),
        tuple(rows),
        "mean |ln error|; skill = 1 - CRPS / best naive; in brackets: the first run, which stays",
    )


def summarise(score: EpisodeScore) -> tuple[str, ...]:
    """Write the row of an episode."""
    return (
        score.name,
        pair(write_error(score.flow_log_error), write_error(score.first_flow_log_error)),
        pair(write_error(score.price_log_error), write_error(score.first_price_log_error)),
        f"{score.hits} of {score.records}",
        pair(write_signed(score.skill), write_signed(score.first_skill)),
    )


def pair(now: str, first: str) -> str:
    """
    Write a score with the first one in brackets.

    Examples
    --------
    >>> pair("0.30", "0.36"), pair("0.30", "-"), pair("-", "-")
    ('0.30 (0.36)', '0.30', '-')
    """
    return now if first == "-" else f"{now} ({first})"


def write_error(value: float) -> str:
    """Write an error with two digits; a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def write_signed(value: float) -> str:
    """Write a skill with its sign; a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:+.2f}"


def build_miss_grid(results: Sequence[EpisodeResult], most: int = MOST_MISSES) -> Grid:
    """The figures farthest off, of all episodes."""
    misses = list_misses(results)
    rows = tuple(
        (
            f"{record.episode}: {record.quantity}",
            record.period,
            write_with_unit(record.observed, record.unit),
            write_with_unit(record.median, record.unit),
            write_signed(record.log_error),
        )
        for record in misses[:most]
    )
    heads = ("episode: quantity", "period", "observed", "median", "ln error")
    count = f"all {len(misses)}" if len(rows) == len(misses) else f"{len(rows)} of {len(misses)}"
    title = f"Misses, {count}, the farthest off first"
    return Grid(title, heads, rows, "outside the 5-95 % of the draws")


def write_with_unit(value: float, unit: str) -> str:
    """
    Write a number with its unit; a ratio has none.

    Examples
    --------
    >>> write_with_unit(1238.0, "t"), write_with_unit(2.166, "ratio")
    ('1,238 t', '2.17')
    """
    number = write_number(value, unit)
    return f"{number} {unit}" if unit == "t" else number


def build_figure_grids(result: EpisodeResult, *, has_naive: bool = False) -> list[Grid]:
    """One table a quantity, in order of time, with how many miss; the naive forecasts too where there is room."""
    names = NAIVE_NAMES if has_naive else {}
    grids = []
    for entry in result.loaded.comparisons:
        own = [record for record in result.records if record.quantity == entry.name]
        unit = "t" if own[0].unit == "t" else "ratio"
        mark = "" if entry.is_scored else "; set by the policy, not scored"
        rows = tuple(
            (
                record.period,
                record.verdict,
                write_number(record.observed, record.unit),
                write_number(record.median, record.unit),
                f"{write_number(record.low, record.unit)} to {write_number(record.high, record.unit)}",
                write_signed(record.log_error),
                *(write_number(float(getattr(record, name)), record.unit) for name in names),
            )
            for record in sorted(own, key=lambda record: record.period)
        )
        known = [record for record in own if record.verdict != "cannot tell"]
        misses = sum(record.verdict == "miss" for record in known)
        heads = ("period", "band", "observed", "median", "5 to 95 %", "ln error", *names.values())
        grids.append(
            Grid(entry.title, heads, rows, f"{unit}; {misses} of {len(known)} outside the band{mark}")
        )
    return grids


def sort_misses_first(records: Sequence[ScoreRecord]) -> list[ScoreRecord]:
    """Put misses before hits, and what nobody observed last; within each by time."""
    order = ("miss", "hit", "cannot tell")
    return sorted(records, key=lambda record: (order.index(record.verdict), record.period))


def build_naive_grid(result: EpisodeResult) -> Grid:
    """CRPS of the run beside those of the naive forecasts, each over the level before the episode."""
    scores = [score for score in score_quantities(result) if score.is_scored]
    rows = tuple(
        (
            score.quantity,
            write_error(score.summary.mean_crps / score.scale),
            *(write_error(_naive(score, name)) for name in NAIVE_NAMES),
            write_signed(score.summary.skill),
        )
        for score in scores
    )
    heads = ("quantity", "run", *NAIVE_NAMES.values(), "skill")
    return Grid(
        "Against naive forecasts", heads, rows, "mean CRPS over the level before the episode; less is better"
    )


def _naive(score: QuantityScore, name: str) -> float:
    return score.summary.naive_crps.get(name, math.nan) / score.scale


def build_left_out_grid(left: Sequence[LeftOut]) -> Grid:
    """Scores of every episode with all draws, and with those that did best on the others."""
    note = (
        f"all draws / the {left[0].kept} that did best on the episodes of other scenarios; one seed for all"
    )
    return _build_before_after("Leave one episode out", left, note)


def build_halved_grid(halved: Sequence[HalvedOut]) -> Grid:
    """Scores of every episode with whole priors, and with the halves that the other episodes prefer."""
    counts = Counter(half.words for entry in halved for half in entry.halves)
    chosen = ", ".join(f"{words} in {count}" for words, count in counts.most_common()) or "none"
    note = (
        "whole priors / the halves that do best by CRPS on the episodes of other scenarios; "
        f"of {len(halved)} choices: {chosen}"
    )
    return _build_before_after("Priors calibrated on the other episodes", halved, note)


def build_ordinary_grid(changes: Sequence[OrdinaryChange]) -> Grid:
    """How far trade moves in products that no episode is about, beside the growth that is carried on."""
    rows = tuple(
        (
            f"{entry.side}, {entry.years_ahead} year{'s' if entry.years_ahead > 1 else ''} ahead",
            f"{entry.cases:,}",
            write_error(entry.mean),
            write_error(entry.median),
            write_error(entry.trend_mean),
        )
        for entry in changes
    )
    heads = ("tonnes of", "cases", "no change: mean", "median", "growth carried on: mean")
    note = "|ln error| of trade by year in products that no episode is about"
    return Grid("What ordinary years allow", heads, rows, note)


def _build_before_after(title: str, entries: Sequence[LeftOut | HalvedOut], note: str) -> Grid:
    """Scores of every episode before and after a choice that was made on the others."""
    rows = [
        (
            entry.name,
            beside(entry.before.flow_log_error, entry.after.flow_log_error),
            beside(entry.before.price_log_error, entry.after.price_log_error),
            f"{entry.before.hits} / {entry.after.hits}",
            beside(entry.before.skill, entry.after.skill, is_signed=True),
        )
        for entry in entries
    ]
    mean = score_left_out(entries)
    flows, prices, skill = (mean[name] for name in ("flow_log_error", "price_log_error", "skill"))
    rows.append(("mean of episodes", beside(*flows), beside(*prices), "", beside(*skill, is_signed=True)))
    return Grid(title, ("episode", "flows", "prices", "in band", "skill"), tuple(rows), note)


def build_error_grid(widened: Sequence[Widened]) -> Grid:
    """Bands and skill of every episode as they are, and with the model error of the other episodes added."""
    rows = [
        (
            entry.name,
            " / ".join(
                _write_term(entry, kind) for kind in ("flow by month", "flow by year", "price by year")
            ),
            f"{entry.before.hits} / {entry.after.hits} of {entry.before.records}",
            beside(entry.before.skill, entry.after.skill, is_signed=True),
        )
        for entry in widened
    ]
    before, after, every = count_hits(widened)
    rows.append(("all", "", f"{before} / {after} of {every}", ""))
    return Grid(
        "Bands with the error of the other episodes",
        ("episode", "added", "in band", "skill"),
        tuple(rows),
        "added: mean |ln| of the error, of flows by month / by year / of prices; draws / with the error",
    )


def _write_term(entry: Widened, kind: str) -> str:
    """Write the error of one kind that was added, where the episode has figures of it."""
    kinds = {find_kind(forecast) for forecast in entry.result.forecasts if forecast.is_scored}
    term = entry.terms.get(kind)
    return write_error(term.log_scale) if term and kind in kinds else "-"


def beside(before: float, after: float, *, is_signed: bool = False) -> str:
    """
    Write a score before and after.

    Examples
    --------
    >>> beside(0.3, 0.25), beside(float("nan"), float("nan"))
    ('0.30 / 0.25', '-')
    """
    write = write_signed if is_signed else write_error
    return "-" if math.isnan(before) and math.isnan(after) else f"{write(before)} / {write(after)}"


def describe_first(result: EpisodeResult) -> str:
    """Say when the first run was, of which code, and what to mind."""
    first = result.loaded.episode.first_score
    if first is None:
        return "No first score is on record: this run is the first."
    code = f", code {first.commit}" if first.commit else ""
    seen = " ".join(result.loaded.episode.seen.split())
    parts = (
        f"First run: {first.date}{code}, {first.draws} draws, seed {first.seed}.",
        " ".join(first.note.split()),
        f"Seen before it: {seen[0].lower()}{seen[1:]}" if seen else "",
    )
    return " ".join(part for part in parts if part)


def list_lacks(result: EpisodeResult) -> list[str]:
    """List what the model lacks for an episode, each in one line."""
    return [" ".join(text.split()) for text in result.loaded.episode.lacks]
