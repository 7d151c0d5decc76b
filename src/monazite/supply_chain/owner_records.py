"""Whose the output of a country is, as flat records: owners with bounds and arithmetic, sites, published estimates."""

from collections.abc import Sequence

from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain.owner_bounds import ROUNDING, UNKNOWN, open_weight
from monazite.supply_chain.owner_sites import CURATED, Site
from monazite.supply_chain.owners import Holding, build_holding, read_owner_tables

Record = dict[str, object]
WITH_NEIGHBOURS, OF_YEAR = "year and neighbours", "year only"
"""Which outputs of sites a bound rests on."""
NAMED = 3
"""Number of sites that a reason names."""
CANNOT_TELL = "cannot tell"
NO_SINGLE = "no single figure can be had: outputs of sites or shares of holders are not published"


def control_records(
    data: Snapshot,
    *,
    materials: Sequence[str],
    countries: Sequence[str],
    years: Sequence[int],
    rules: Sequence[str],
    stage: str = "extraction",
) -> tuple[list[Record], Lineage]:
    """
    Say by owner country who has what countries produce.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, countries, years, rules : sequences
        Every combination; a country is where the sites lie.
    stage : str, default "extraction"
        Stage of the sites.

    Returns
    -------
    records, lineage
        Per combination records of `kind` owner (`value`, `low`, `high` [share, 0..1], `arithmetic_low`,
        `arithmetic_high`, `verdict` figure, range or cannot tell), owner_of_year (the same without the outputs of
        neighbour years, where there are any), published (a share that another published) and site (`low`, `high`
        [t], `basis`, `holders`, `source`). The lows of the owners and the high of `unknown` sum to one. Where nothing
        can be told, one record of `unknown` without bounds says why in its `reason`.

    Raises
    ------
    DataError
        As `build_holding`.
    """
    records: list[Record] = []
    used = {CURATED}
    for material in materials:
        tables = read_owner_tables(data, material=material, stage=stage)
        for country in countries:
            for year in years:
                for rule in rules:
                    holding, of_year = (
                        build_holding(
                            tables, country, material=material, year=year, rule=rule, stage=stage,
                            neighbours=neighbours,
                        )
                        for neighbours in (True, False)
                    )  # fmt: skip
                    used |= set(holding.source_ids)
                    records += holding_records(holding, of_year)
    return records, data.lineage.with_sources(*sorted(used))


def holding_records(holding: Holding, of_year: Holding | None = None) -> list[Record]:
    """
    List a holding: its owners, what others published, and its sites.

    Parameters
    ----------
    holding : Holding
        From `build_holding`.
    of_year : Holding, optional
        The same without outputs of neighbour years; listed if the first has any.

    Returns
    -------
    list of records
        `kind` owner, owner_of_year, published or site.

    Examples
    --------
    >>> holding = Holding("COD", "cobalt", 2024, "extraction", "control", {"a report": 10.0}, (), (),
    ...                   {"unknown": 1.0}, {"unknown": 1.0}, False)
    >>> [(record["owner"], record["verdict"], record["reason"]) for record in holding_records(holding)]
    [('unknown', 'cannot tell', 'control: no owner of a site of COD is on record')]
    """
    labels: Record = {
        "material": holding.material, "country": holding.origin, "year": holding.year, "stage": holding.stage,
        "rule": holding.rule,
    }  # fmt: skip
    records = [labels | record for record in _owner_records(holding, "owner")]
    has_any = not holding.is_published and any(site.basis == "neighbour" for site in holding.sites)
    if of_year is not None and has_any:
        records += [labels | record for record in _owner_records(of_year, "owner_of_year")]
    records += [
        labels
        | {
            "kind": "published", "owner": row["holder_country"], "value": None, "low": row["share_low"],
            "high": row["share_high"], "unit": "share", "holders": row["holder"], "relation": row["relation"],
            "source": row["source"], "note": None, "source_ids": (CURATED,),
        }
        for row in holding.published
    ]  # fmt: skip
    return records + [
        labels
        | {
            "kind": "site", "facility": site.facility, "basis": site.basis, "figure_year": site.figure_year,
            "value": None, "low": None if site.basis == "open" else site.low_t,
            "high": None if site.basis == "open" else site.high_t, "unit": "t", "holders": site.holders,
            "source": " | ".join(site.sources), "source_ids": site.source_ids,
        }
        for site in holding.sites
    ]  # fmt: skip


def _owner_records(holding: Holding, kind: str) -> list[Record]:
    """Owners with the largest first and `unknown` last; or why nothing can be told."""
    figures = WITH_NEIGHBOURS if holding.has_neighbours else OF_YEAR
    same: Record = {"kind": kind, "figures": figures}
    reason = explain_silence(holding)
    if reason:
        return [
            same
            | {
                "owner": UNKNOWN, "value": None, "low": None, "high": None, "unit": "share",
                "arithmetic_low": None, "arithmetic_high": None, "verdict": CANNOT_TELL, "note": None, "reason": reason,
                "source_ids": holding.source_ids,
            }
        ]  # fmt: skip
    owners = [name for name in holding.low if name != UNKNOWN]
    ranked = [*sorted(owners, key=lambda name: -holding.low[name]), UNKNOWN]
    return [same | _owner_record(holding, name) for name in ranked]


def _owner_record(holding: Holding, owner: str) -> Record:
    low, high = holding.low[owner], holding.high[owner]
    is_told = abs(high - low) <= ROUNDING and abs(holding.high[UNKNOWN] - holding.low[UNKNOWN]) <= ROUNDING
    return {
        "owner": owner, "value": low if is_told else None, "low": low, "high": high,
        "unit": "share", "arithmetic_low": explain_low(holding, owner),
        "arithmetic_high": explain_high(holding, owner), "verdict": "figure" if is_told else "range",
        "note": None if is_told else NO_SINGLE, "source_ids": holding.source_ids,
    }  # fmt: skip


def explain_silence(holding: Holding) -> str:
    """
    Say why nothing can be told of the owners of a country's output; "" where something can.

    Parameters
    ----------
    holding : Holding
        From `build_holding`.

    Returns
    -------
    str
        Nobody is listed; or no site has an output, so that each listed owner may have none or all it can hold.

    Examples
    --------
    >>> site = Site("A", "IDN", "open", 0.0, 0.0, None, {"CHN": (1.0, 1.0)}, "", ())
    >>> explain_silence(Holding("IDN", "nickel", 2023, "extraction", "control", {"a report": 100.0}, (site,), (),
    ...                         {"CHN": 0.0, "unknown": 0.0}, {"CHN": 1.0, "unknown": 1.0}, False))
    'control: no output of 2022 to 2024 of any listed site of IDN is on record (A)'
    """
    who = "taker of output" if holding.rule == "offtake" else "owner"
    where = f"{holding.rule}: "
    if not set(holding.low) - {UNKNOWN}:
        return f"{where}no {who} of a site of {holding.origin} is on record"
    if holding.is_published or any(site.basis != "open" for site in holding.sites):
        return ""
    names = [site.facility for site in holding.sites]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    if holding.too_much:
        return f"{where}no output of any listed site of {holding.origin} can be used: {holding.too_much}"
    years = f"{holding.year - 1} to {holding.year + 1}" if holding.has_neighbours else str(holding.year)
    return (
        f"{where}no output of {years} of any listed site of {holding.origin} is on record"
        f" ({', '.join(names[:NAMED])}{more})"
    )


def explain_low(holding: Holding, owner: str) -> str:
    """
    Write the sum behind a lower bound, such as `114,165 / 226,000`.

    Parameters
    ----------
    holding : Holding
        From `build_holding`.
    owner : str
        One of its owners.

    Returns
    -------
    str
        Tonnes of the owner's sites, each times its share, over the largest national total.

    Examples
    --------
    >>> site = Site("A", "COD", "documented", 50.0, 60.0, 2024, {"CHN": (0.8, 0.9)}, "", ())
    >>> holding = Holding("COD", "cobalt", 2024, "extraction", "equity", {"a report": 100.0}, (site,), (),
    ...                   {"CHN": 0.4, "unknown": 0.0}, {"CHN": 0.54, "unknown": 0.6}, False)
    >>> explain_low(holding, "CHN"), explain_high(holding, "CHN")
    ('50 x 0.8 / 100', '60 x 0.9 / 100')
    """
    if holding.is_published:
        return "published share of the country" if owner != UNKNOWN else "what the published shares leave"
    if owner == UNKNOWN:
        return "0"
    whole = _whole_words(holding, owner, 0)
    if whole:
        return whole
    terms = [
        _term(_name_tonnes(site.low_t, site, holding.year), site.weights[owner][0])
        for site in holding.sites
        if site.basis != "open" and site.weights.get(owner, (0.0, 0.0))[0] > 0
    ]
    if not terms:
        return "0: no output of a site that is surely the owner's"
    sum_words = " + ".join(terms)
    return f"{f'({sum_words})' if len(terms) > 1 else sum_words} / {max(holding.totals_t.values()):,.0f}"


def explain_high(holding: Holding, owner: str) -> str:
    """
    Write the sum behind an upper bound, such as `(226,000 - 34,700 - 14,700) / 226,000`.

    Parameters
    ----------
    holding : Holding
        From `build_holding`.
    owner : str
        One of its owners.

    Returns
    -------
    str
        The owner's sites, and what no site accounts for times the owner's largest share in a site without a figure,
        over the national total that makes most of it.
    """
    if holding.is_published:
        return "published share of the country" if owner != UNKNOWN else "what the published shares leave"
    if owner == UNKNOWN:
        return "1 - lower bounds of all owners"
    whole = _whole_words(holding, owner, 1)
    if whole:
        return whole
    candidates = [_high_words(holding, owner, total) for total in holding.totals_t.values()]
    return max(candidates)[1]


def _whole_words(holding: Holding, owner: str, bound: int) -> str:
    """Explain the share of a site that makes all of a country's output; "" where there is none."""
    site = next((site for site in holding.sites if site.basis == "whole"), None)
    return f"{site.weights[owner][bound]:g}: {site.facility} is the only site of the country" if site else ""


def _high_words(holding: Holding, owner: str, total_t: float) -> tuple[float, str]:
    """The upper bound at one national total, and its sum in words."""
    left = open_weight(holding.sites, owner)
    counted = [site for site in holding.sites if site.basis != "open"]
    chosen = [
        (site.high_t if site.weights.get(owner, (0.0, 0.0))[1] > left else site.low_t, site)
        for site in counted
    ]
    total = max(total_t, sum(t for t, _ in chosen))
    rest = total - sum(t for t, _ in chosen)
    own = [
        (t, _name_tonnes(t, site, holding.year), site.weights[owner][1])
        for t, site in chosen
        if site.weights.get(owner, (0.0, 0.0))[1] > 0
    ]
    value = (sum(t * weight for t, _, weight in own) + rest * left) / total
    if left == 1.0 and all(weight == 1.0 for *_, weight in own):
        others = "".join(
            f" - {_name_tonnes(t, site, holding.year)}"
            for t, site in chosen
            if not site.weights.get(owner, (0.0, 0.0))[1]
        )
        return (
            value,
            f"({total:,.0f}{others}) / {total:,.0f}" if others else "1: no site of others has an output",
        )
    terms = [_term(words, weight) for _, words, weight in own]
    if left > 0:
        terms.append(_term(f"{rest:,.0f}", left) + " left")
    words = " + ".join(terms) or "0"
    return value, f"{f'({words})' if len(terms) > 1 else words} / {total:,.0f}"


def _name_tonnes(tonnes: float, site: Site, year: int) -> str:
    """Write tonnes, with their year if it is another one."""
    return f"{tonnes:,.0f}" + (f" of {site.figure_year}" if site.figure_year != year else "")


def _term(tonnes: str, weight: float) -> str:
    return tonnes if weight == 1.0 else f"{tonnes} x {weight:g}"
