"""What is wrong with an episode once its files can be read: names, dates, and figures that nobody observed."""

import math
from collections.abc import Iterator

from pydantic import ValidationError

from monazite.errors import nearest_names
from monazite.hindcast.episode import BASELINE, EPISODE, OBSERVATIONS, LoadedEpisode
from monazite.scenarios import Comparison, Scenario, total_over
from monazite.scenarios.problems import Place
from monazite.vocabulary import groups

Fault = tuple[str, Place, str]
"""File, place in it, and what was expected."""


def find_faults(loaded: LoadedEpisode, *, is_own: bool, is_read: bool) -> list[Fault]:
    """
    Find the mistakes of an episode whose files could be read one by one.

    Parameters
    ----------
    loaded : LoadedEpisode
        The files put together.
    is_own : bool
        Whether the folder holds an observation table.
    is_read : bool
        Whether that table could be read; if not, its figures are not looked for.

    Returns
    -------
    list of (file, place, text)
        Every mistake; empty for an episode that can run.
    """
    return [
        *_name_faults(loaded),
        *_score_faults(loaded),
        *_date_faults(loaded),
        *_market_faults(loaded),
        *(_table_faults(loaded, is_own=is_own) if is_read else ()),
        *_baseline_faults(loaded),
    ]


def _name_faults(loaded: LoadedEpisode) -> Iterator[Fault]:
    """Find quantities that nothing describes, that stand twice, or that are described and not named."""
    episode, described = loaded.episode, loaded.scenario.observations
    names = [entry.name for entry in described.comparisons] if described else []
    if not names:
        text = f"is missing; the scenario {loaded.scenario.name} compares nothing with history"
        yield EPISODE, ("comparisons",), text
        return
    for key in ("scored", "set_by_policy"):
        for number, name in enumerate(getattr(episode, key)):
            if name not in names:
                yield EPISODE, (key, number), f"unknown quantity {name!r}; {nearest_names(name, names)}"
    for number, name in enumerate(episode.set_by_policy):
        if name in episode.scored:
            yield EPISODE, ("set_by_policy", number), f"{name} is scored as well; keep one"
    for number, entry in enumerate(episode.comparisons):
        if names.index(entry.name) < number:
            yield EPISODE, ("comparisons", number), f"{entry.name} stands twice; keep one"
        if entry.name not in episode.quantities:
            text = f"{entry.name} is neither in scored nor in set_by_policy"
            yield EPISODE, ("comparisons", number, "name"), text
    for name in episode.first_score.quantities if episode.first_score else ():
        if name not in episode.quantities:
            yield EPISODE, ("first_score", "quantities", name), "is no quantity of this episode"


def _score_faults(loaded: LoadedEpisode) -> Iterator[Fault]:
    """Find quantities that the scenario scores and the episode does not, or the other way."""
    episode, described = loaded.episode, loaded.scenario.observations
    for entry in loaded.comparisons:
        key = "scored" if entry.name in episode.scored else "set_by_policy"
        if entry.is_scored != (key == "scored"):
            text = f"{entry.name}, where its description has is_scored: {str(entry.is_scored).lower()}"
            yield EPISODE, (key, getattr(episode, key).index(entry.name)), text
    if described and described.status != episode.status:
        yield EPISODE, ("status",), f"{episode.status}, where the scenario has {described.status}"


def _date_faults(loaded: LoadedEpisode) -> Iterator[Fault]:
    """Find figures that are scored and lie before the cut-off, and inputs that lie after it."""
    cut = loaded.episode.known_until
    for entry in loaded.comparisons:
        early = [period for period in periods_of(entry) if first_month(period) <= cut]
        base = map(str, entry.base_years or entry.base_months)
        late = [period for period in base if last_month(period) > cut]
        if early:
            text = f"{entry.name} compares {', '.join(early)}, not after the cut-off {cut}"
            yield EPISODE, ("known_until",), text
        if late:
            yield EPISODE, ("known_until",), f"the base of {entry.name} is of {', '.join(late)}, after {cut}"
    for market in loaded.scenario.markets:
        years = (*market.baseline.years, *market.baseline.capacity_years)
        late = [str(year) for year in sorted(set(years)) if last_month(year) > cut]
        if late and market.material not in loaded.baseline:
            text = f"the baseline of {market.material} is of {', '.join(late)}, after {cut}"
            yield EPISODE, ("known_until",), text


def _market_faults(loaded: LoadedEpisode) -> Iterator[Fault]:
    """Find comparisons that do not fit the scenario: materials without a market, months not simulated."""
    if not loaded.episode.comparisons:
        return
    try:
        Scenario.model_validate(loaded.scenario.model_dump())
    except ValidationError as error:
        for item in error.errors(include_url=False):
            place = tuple(item["loc"])
            yield EPISODE, place[1:] if place[:1] == ("observations",) else place, item["msg"]


def _table_faults(loaded: LoadedEpisode, *, is_own: bool) -> Iterator[Fault]:
    """Find series that the observation table has not, or not for the months compared."""
    names = {row.series for row in loaded.observations}
    needed = [entry for entry in loaded.comparisons if entry.source == "episode"]
    if needed and not loaded.table:
        yield OBSERVATIONS, (), f"is missing; {', '.join(entry.name for entry in needed)} name a series of it"
        return
    for entry in needed:
        if entry.series not in names:
            text = f"{entry.name}: has no series {entry.series!r}; {nearest_names(entry.series, names)}"
            yield OBSERVATIONS, (), text
        elif next(row for row in loaded.observations if row.series == entry.series).quantity.startswith(
            "price"
        ):
            yield (
                OBSERVATIONS,
                (),
                f"{entry.name}: {entry.series} holds prices, which do not add up over time",
            )
        elif all(math.isnan(_observed(loaded, entry, period)) for period in periods_of(entry)):
            yield OBSERVATIONS, (), f"{entry.name}: {entry.series} has no figure of a period that is compared"
    if is_own and not loaded.observations:
        yield OBSERVATIONS, (), "holds no row"


def _observed(loaded: LoadedEpisode, entry: Comparison, period: str) -> float:
    """Look up one period of a series. [t] NaN where nobody says."""
    months = [f"{period}-{month:02d}" for month in range(1, 13)] if len(period) == 4 else [period]
    return total_over(loaded.observations, entry.series, months)


def _baseline_faults(loaded: LoadedEpisode) -> Iterator[Fault]:
    """Find rows of the baseline that belong to no market or lie after the cut-off, and places it lacks."""
    cut = loaded.episode.known_until
    for material, rows in loaded.baseline.items():
        if material not in loaded.scenario.materials:
            expected = ", ".join(loaded.scenario.materials)
            yield BASELINE, (), f"{material}: expected a market of the scenario ({expected})"
            continue
        for row in rows:
            if row.period_end > cut:
                text = f"{material} {row.quantity} {row.exporter} ends in {row.period_end}, after {cut}"
                yield BASELINE, (), text
        named = {code for row in rows for code in (row.exporter, row.importer)}
        entries = [entry for entry in loaded.comparisons if entry.material == material]
        wanted = {code for entry in entries for code in (*entry.exporters, *entry.importers)}
        missing = sorted(wanted - named - {"world", *groups()})
        if missing:
            yield BASELINE, (), f"{material}: names no {', '.join(missing)}, which quantities compare"


def periods_of(entry: Comparison) -> tuple[str, ...]:
    """List the periods that a comparison compares, as text."""
    return tuple(map(str, entry.years or entry.months))


def first_month(period: int | str) -> str:
    """First month of a year or a month."""
    return f"{period}-01" if len(str(period)) == 4 else str(period)


def last_month(period: int | str) -> str:
    """Last month of a year or a month."""
    return f"{period}-12" if len(str(period)) == 4 else str(period)
