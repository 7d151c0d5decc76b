"""Which uses of a region a run cuts, by month: how much each misses, which stops first, what value added is at risk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.scenarios.answers import Quantiles, quantiles_of
from monazite.scenarios.outlook import Band, Place, band_of, shortage_share, sum_countries
from monazite.scenarios.use_split import complete_shares, draw_down, miss_of_use, order_uses
from monazite.simulation import Run
from monazite.simulation.market import REST
from monazite.simulation.priors import draw_range
from monazite.snapshot import Snapshot
from monazite.vocabulary import countries, country_name, materials, resolve_region

Array = NDArray[np.float64]
Rows = Mapping[str, NDArray[np.generic]]
REGION = "EU27"
"""The region of which the release has both end uses and value added."""
WORLD = "world"
WORTH_FIRST = (0.0, 1.0)
"""Range of the weight of the order by value added, drawn once a draw: 0 = every use misses the same share, 1 = the use
with least value added by tonne gives way first. [unitless] Source: this project, judgement: none is published."""
STOP = 0.5
"""A use stops in a month in which it loses at least this share of its output. [unitless] Source: this project."""
OWN_STOCK = {("rare_earths", "Magnets"): "rare-earth magnets"}
"""Parent material and use -> the intermediate goods whose stock `market_parameters` has."""
NEXT_STAGE = "what uses it is the next stage of the chain: the end uses are that stage's"
"""Why a material that another market of the run takes in has no end uses of its own."""
MONTHS_A_YEAR, EUR_PER_MILLION = 12, 1e6
SHARES = """
SELECT use_shares.material, use_shares.region, use_shares.use, use_share,
       coalesce(sector_code, '') AS sector_code,
       coalesce(value_added_million_eur, 'nan'::DOUBLE) AS value_added_million_eur,
       use_shares.source_id AS use_source, coalesce(sector_value_added.source_id, '') AS value_source
FROM use_shares LEFT JOIN sector_value_added USING (sector_code, region)
WHERE list_contains($materials, material) AND use_share > 0 AND NOT starts_with(use_shares.use, 'clean technologies')
ORDER BY use_shares.region, use_shares.material, use_shares.use, sector_code
"""
STOCKS = """
SELECT low, high, source_id, source FROM market_parameters
WHERE parameter = 'stock cover, industry' AND subject = $subject AND unit = 'months'
  AND low IS NOT NULL AND high IS NOT NULL AND list_contains($countries, region)
ORDER BY year DESC LIMIT 1
"""


@dataclass(frozen=True)
class UseOutlook:
    """
    One end use of a region in a run.

    Attributes
    ----------
    material, use, sector_code : str
        The material, or the part of it such as neodymium; the use; the sector, "" where none is named.
    use_share : float
        Share of the use in the use of the material in the region. [unitless]
    value_added_eur : float
        Value added of the sector in a year. [EUR] NaN = unknown.
    missed : Band
        Share of its need that it misses, by month. [unitless, 0..1]
    shortfall_t : Band or None
        The same in tonnes. [t a month] None for a part of the material, whose tonnes the market does not tell.
    own_stock_months : pair of float, or None
        Range of its own stock of intermediate goods. [months] None where no source has one.
    own_stock_source : str
        Who says so; "" where nobody does.
    at_risk_eur : Quantiles
        Value added at risk over the run. [EUR] NaN where the value added is unknown.
    stop_share, first_share : float
        Share of the draws in which it stops, and in which none stops before it. [unitless] NaN where its value added
        is unknown, and with it its place in the order.
    stop_month : str
        Median first month in which it stops, over the draws in which it does; "" where there is none.
    """

    material: str
    use: str
    sector_code: str
    use_share: float
    value_added_eur: float
    missed: Band
    shortfall_t: Band | None
    own_stock_months: tuple[float, float] | None
    own_stock_source: str
    at_risk_eur: Quantiles
    stop_share: float
    first_share: float
    stop_month: str

    @property
    def is_ordered(self) -> bool:
        """Whether its place in the order in which uses give way is known."""
        return not np.isnan(self.value_added_eur)


@dataclass(frozen=True)
class RegionOutlook:
    """
    The uses of one region, or why they cannot be told.

    `uses`: the largest value added at risk first, none where `reason` says why. `note`: whose shortage stands for the
    region's, "" where it is its own. `none_stops_share`: share of the draws in which no use stops.
    """

    region: str
    uses: tuple[UseOutlook, ...]
    reason: str
    note: str = ""
    none_stops_share: float = float("nan")
    source_ids: tuple[str, ...] = ()


def list_use_outlooks(
    run: Run, data: Snapshot, places: Sequence[Place] = (), covered: Sequence[str] = ()
) -> list[RegionOutlook]:
    """
    Split the shortage of each region among its uses, month by month.

    Parameters
    ----------
    run : Run
        Any run.
    data : Snapshot
        The release of the run.
    places : sequence of Place
        The places that a report looks at; one whose uses the release does not have is listed with the reason.
    covered : sequence of str
        Parts of the material that the measures cover, as dysprosium of rare_earths: the uses of other parts, and those
        of the material as a whole, are left out. None = all.

    Returns
    -------
    list of RegionOutlook
        The European Union first, then the other regions with use shares, then the places without.

    Notes
    -----
    The split is that of `miss_of_use`, between proportional and by value added per tonne, drawn from `WORTH_FIRST`.
    The worth of a use is the value added V of its sector over the share of the material that the sector uses; with the
    share A of the use, the share y of its output that it loses in month k (its miss, less its own stock where a source
    has one), and q its miss:

    .. math:: v_u = V_{s(u)} / \\sum_{u' \\in s(u)} A_{u'}, \\quad risk_u = A_u V_{s(u)} \\frac{1}{12} \\sum_k y_{uk},
        \\quad shortfall_u = A_u q_u \\sum_c D_c

    It is what of the sectors is exposed, an upper end: a whole sector is taken to need the material. Source: European
    Commission, Methodology for establishing the EU list of critical raw materials, 2017 (the weights); this project,
    docs/reference/reading_a_run.md (the split).

    Examples
    --------
    A use with 0.3 of the material in a sector of 50 billion EUR, short of a tenth for six months.

    >>> round(0.3 * 50 * 0.1 * 6 / 12, 2)
    0.75
    """
    rows = data.query(SHARES, {"materials": [*covered] or _list_parts(run)})
    regions = sorted({str(region) for region in rows["region"].tolist()}, key=lambda r: (r != REGION, r))
    found = []
    for region in dict.fromkeys([REGION, *regions]):
        chosen = [k for k, name in enumerate(rows["region"].tolist()) if name == region]
        own = {key: column[chosen] for key, column in rows.items()}
        found.append(_look_at(run, data, region, own, covered))
    name = _name_uses(run, covered)
    for place in places:
        if place.is_watched and place.label not in {entry.region for entry in found}:
            found.append(
                RegionOutlook(place.label, (), f"the release has no end uses of {name} in {place.label}")
            )
    return found


def list_use_sources(run: Run, data: Snapshot, covered: Sequence[str] = ()) -> tuple[str, ...]:
    """List the sources of the end uses, their value added and their stocks that the answers of a run rest on."""
    rows = data.query(SHARES, {"materials": [*covered] or _list_parts(run)})
    if "feed_t" in run.arrays:
        return ()
    told = {
        str(region)
        for region, code in zip(rows["region"].tolist(), rows["value_source"].tolist(), strict=True)
        if code and find_users(run, str(region))[0]
    }
    chosen = [k for k, region in enumerate(rows["region"].tolist()) if region in told]
    named = [
        str(code) for key in ("use_source", "value_source") for code in rows[key][chosen].tolist() if code
    ]
    for (parent, _), subject in OWN_STOCK.items():
        if told and parent == run.market.material:
            stock = data.query(STOCKS, {"subject": subject, "countries": _countries_of(run, REGION)})
            named += [str(code) for code in stock["source_id"].tolist()]
    return tuple(sorted(set(named)))


def find_users(run: Run, region: str) -> tuple[list[str], str]:
    """
    Find the members of a region that use the material in a market.

    Returns
    -------
    members, note
        Where none does, the rest of the world of which the region is a part, with a note that says so; no member and
        a reason where that uses nothing either.
    """
    market, name = run.market, _words(run)
    members = _countries_of(run, region)
    if members and market.use[[market.countries.index(code) for code in members]].sum() > 0:
        return members, ""
    if REST in market.countries and market.use[market.countries.index(REST)] > 0:
        note = f"the market names no user in {region}: the shortage of the rest of the world stands for it"
        return [REST], note
    return [], f"the market names no user of {name} in {region}"


def _look_at(run: Run, data: Snapshot, region: str, rows: Rows, covered: Sequence[str]) -> RegionOutlook:
    """Split the shortage of one region, dims of `rows` (use,)."""
    label = country_name(region) if region in countries() else region
    if "feed_t" in run.arrays:
        return RegionOutlook(label, (), NEXT_STAGE)
    if not len(rows["use"]):
        return RegionOutlook(
            label, (), f"the release has no end uses of {_name_uses(run, covered)} in {label}"
        )
    members, note = find_users(run, region)
    if not members:
        return RegionOutlook(label, (), note)
    if np.isnan(np.asarray(rows["value_added_million_eur"], dtype=float)).all():
        why = (
            f"the release has no value added of the sectors that use {_name_uses(run, covered)} in {label}, "
            "so nothing says which use gives way first"
        )
        return RegionOutlook(label, (), why)
    entries: list[UseOutlook] = []
    firsts: list[NDArray[np.int64]] = []
    for part in dict.fromkeys(str(name) for name in rows["material"].tolist()):
        chosen = [k for k, name in enumerate(rows["material"].tolist()) if name == part]
        own = {key: column[chosen] for key, column in rows.items()}
        for entry, first in _split_part(run, data, members, part, own):
            entry = replace(entry, shortfall_t=None) if note else entry  # tonnes of another region
            entries.append(entry)
            firsts.append(first)
    uses, idle = _mark_first(run, entries, firsts)
    uses.sort(
        key=lambda use: (np.isnan(use.at_risk_eur.median), -use.at_risk_eur.median, -use.at_risk_eur.high)
    )
    notes = [text for text in (note, _describe_parts(run, covered)) if text]
    return RegionOutlook(label, tuple(uses), "", "; ".join(notes), idle, list_use_sources(run, data, covered))


def _split_part(
    run: Run, data: Snapshot, members: Sequence[str], part: str, rows: Rows
) -> Iterator[tuple[UseOutlook, NDArray[np.int64]]]:
    """Work out the uses of one material; with each the first month in which it stops, by draw (last + 1 = never)."""
    names, share = complete_shares(
        [str(use) for use in rows["use"].tolist()], np.asarray(rows["use_share"], float)
    )
    more = len(names) - len(rows["use"])
    value = np.append(np.asarray(rows["value_added_million_eur"], float), [np.nan] * more) * EUR_PER_MILLION
    codes = [*map(str, rows["sector_code"].tolist()), *[""] * more]
    cuts = order_uses(share, _find_worth(share, value, codes))
    short = shortage_share(run, members)
    wanted = sum_countries(run, "demand_t", members)
    draws = len(short)
    weight = draw_range("worth_first", WORTH_FIRST, draws, _seed(run))
    for k, use in enumerate(names):
        stock, said_by = _find_stock(run, data, members, use)
        missed = miss_of_use(short, cuts, k, weight)
        cover = draw_range(f"own_stock.{use}", stock, draws, _seed(run)) if stock else np.zeros(draws)
        lost = draw_down(missed, cover)
        stopped = lost >= STOP
        first = np.where(stopped.any(axis=1), stopped.argmax(axis=1), len(run.months))
        tonnes = band_of(share[k] * missed * wanted) if part == run.market.material else None
        yield UseOutlook(
            material=part, use=use, sector_code=codes[k], use_share=float(share[k]), value_added_eur=float(value[k]),
            missed=band_of(missed), shortfall_t=tonnes,
            own_stock_months=stock, own_stock_source=said_by,
            at_risk_eur=quantiles_of(share[k] * value[k] * lost.sum(axis=1) / MONTHS_A_YEAR),
            stop_share=float((first < len(run.months)).mean()), first_share=0.0, stop_month="",
        ), first  # fmt: skip


def _mark_first(
    run: Run, entries: Sequence[UseOutlook], firsts: Sequence[NDArray[np.int64]]
) -> tuple[list[UseOutlook], float]:
    """Say how often each use is the first to stop, and in which month it stops; with it, how often none does."""
    never = len(run.months)
    known = [first for entry, first in zip(entries, firsts, strict=True) if entry.is_ordered]
    earliest = np.min(known, axis=0)
    marked = []
    for entry, first in zip(entries, firsts, strict=True):
        stops = first[first < never]
        if not entry.is_ordered:
            marked.append(replace(entry, stop_share=float("nan"), first_share=float("nan")))
            continue
        is_first = (first < never) & (first == earliest)
        month = run.months[int(np.median(stops))] if len(stops) else ""
        marked.append(replace(entry, first_share=float(is_first.mean()), stop_month=month))
    return marked, float((earliest == never).mean())


def _find_worth(share: Array, value: Array, codes: Sequence[str]) -> Array:
    """Value added by unit of material of the sector of each use; NaN where it is unknown, dims (use,)."""
    in_sector = np.array([share[[other == code for other in codes]].sum() for code in codes])
    worth: Array = np.divide(value, in_sector, out=np.full_like(value, np.nan), where=in_sector > 0)
    return worth


def _find_stock(
    run: Run, data: Snapshot, members: Sequence[str], use: str
) -> tuple[tuple[float, float] | None, str]:
    """Range of the own stock of a use and who says so, from the newest source of a country of the region."""
    subject = OWN_STOCK.get((run.market.material, use))
    if subject is None:
        return None, ""
    rows = data.query(STOCKS, {"subject": subject, "countries": list(members)})
    if not len(rows["low"]):
        return None, ""
    return (float(rows["low"][0]), float(rows["high"][0])), str(rows["source"][0])


def _countries_of(run: Run, region: str) -> list[str]:
    """List the countries of a region that are in the market."""
    countries = run.market.countries
    if region == WORLD:
        return list(countries)
    return [code for code in resolve_region(region, max(run.market.years)) if code in countries]


def _list_parts(run: Run) -> list[str]:
    """List the material and the parts of it that are looked at one by one, as neodymium of rare earths."""
    name = run.market.material
    return [name, *(code for code, entry in materials().items() if entry.parent == name)]


def _seed(run: Run) -> int:
    """The seed of a run; its draws of the split have streams of their own."""
    if run.lineage.seed is None:
        raise DataError("run", "keeps no seed, so no use can be drawn.", fix="run it with simulate")
    return run.lineage.seed


def _name_uses(run: Run, covered: Sequence[str]) -> str:
    """Name what the uses are of: the covered parts, or the material."""
    return " or ".join(covered).replace("_", " ") if covered else _words(run)


def _describe_parts(run: Run, covered: Sequence[str]) -> str:
    """Say which uses are left out, and whose shortage stands for that of the covered parts."""
    if not covered:
        return ""
    return (
        f"only uses of what the measures cover ({', '.join(covered)}) are listed; the shortage of all {_words(run)} "
        "stands for theirs, as no trade code holds them apart"
    )


def _words(run: Run) -> str:
    return run.market.material.replace("_", " ")
