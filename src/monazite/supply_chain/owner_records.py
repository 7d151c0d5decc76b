"""Whose the output of a country is, as flat records: owners with bounds and arithmetic, sites, published estimates."""

from collections.abc import Sequence

from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain.owner_sites import Site
from monazite.supply_chain.owners import (
    UNKNOWN,
    Holding,
    OwnerTables,
    build_holding,
    open_weight,
    read_owner_tables,
)

Record = dict[str, object]
TABLE_SOURCES = "curated"
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
        `arithmetic_high`), published (a share that another published) and site (`low`, `high` [t], `basis`,
        `holders`, `source`). The lows of the owners and the high of `unknown` sum to one.

    Raises
    ------
    DataError
        As `build_holding`.
    """
    records: list[Record] = []
    used = {TABLE_SOURCES}
    for material in materials:
        tables = read_owner_tables(data, material=material, stage=stage)
        for country in countries:
            for year in years:
                used |= _production_sources(tables, country, year)
                for rule in rules:
                    holding = build_holding(
                        tables, country, material=material, year=year, rule=rule, stage=stage
                    )
                    records += holding_records(holding)
    return records, data.lineage.with_sources(*sorted(used))


def _production_sources(tables: OwnerTables, country: str, year: int) -> set[str]:
    return {
        str(row["source_id"])
        for row in tables.production
        if row["country"] == country and int(str(row["year"])) == year
    }


def holding_records(holding: Holding) -> list[Record]:
    """
    List a holding: its owners, what others published, and its sites.

    Parameters
    ----------
    holding : Holding
        From `build_holding`.

    Returns
    -------
    list of records
        `kind` owner, published or site.

    Examples
    --------
    >>> holding = Holding("COD", "cobalt", 2024, "extraction", "control", {"a report": 10.0}, (), (),
    ...                   {"unknown": 1.0}, {"unknown": 1.0}, False)
    >>> [(record["owner"], record["value"]) for record in holding_records(holding)]
    [('unknown', 1.0)]
    """
    labels: Record = {
        "material": holding.material, "country": holding.origin, "year": holding.year, "stage": holding.stage,
        "rule": holding.rule,
    }  # fmt: skip
    owners = [name for name in holding.low if name != UNKNOWN]
    ranked = [*sorted(owners, key=lambda name: -holding.low[name]), UNKNOWN]
    records = [labels | _owner_record(holding, name) for name in ranked]
    records += [
        labels
        | {
            "kind": "published", "owner": row["holder_country"], "value": None, "low": row["share_low"],
            "high": row["share_high"], "unit": "share", "holders": row["holder"], "relation": row["relation"],
            "source": row["source"], "note": None, "source_ids": (TABLE_SOURCES,),
        }
        for row in holding.published
    ]  # fmt: skip
    return records + [
        labels
        | {
            "kind": "site", "facility": site.facility, "basis": site.basis, "figure_year": site.figure_year,
            "value": None, "low": None if site.basis == "open" else site.low_t,
            "high": None if site.basis == "open" else site.high_t, "unit": "t", "holders": site.holders,
            "source": " | ".join(site.sources), "source_ids": (TABLE_SOURCES,),
        }
        for site in holding.sites
    ]  # fmt: skip


def _owner_record(holding: Holding, owner: str) -> Record:
    low, high = holding.low[owner], holding.high[owner]
    is_told = abs(high - low) <= 1e-9 and abs(holding.high[UNKNOWN] - holding.low[UNKNOWN]) <= 1e-9
    return {
        "kind": "owner", "owner": owner, "value": low if is_told else None, "low": low, "high": high,
        "unit": "share", "arithmetic_low": explain_low(holding, owner),
        "arithmetic_high": explain_high(holding, owner), "note": None if is_told else NO_SINGLE,
        "source_ids": (TABLE_SOURCES,),
    }  # fmt: skip


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
        Tonnes of the owner's sites with an output of the year, each times its share, over the largest national total.

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
    terms = [
        _term(site.low_t, site.weights[owner][0])
        for site in holding.sites
        if site.basis == "documented" and site.weights.get(owner, (0.0, 0.0))[0] > 0
    ]
    if not terms:
        return "0: no output of the year of a site that is surely the owner's"
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
    left = open_weight(holding.sites, owner)
    candidates = [_high_words(holding.sites, owner, total, left) for total in holding.totals_t.values()]
    return max(candidates)[1]


def _high_words(sites: Sequence[Site], owner: str, total_t: float, left: float) -> tuple[float, str]:
    """The upper bound at one national total, and its sum in words."""
    counted = [site for site in sites if site.basis != "open"]
    chosen = [
        (site.high_t if site.weights.get(owner, (0.0, 0.0))[1] > left else site.low_t, site)
        for site in counted
    ]
    total = max(total_t, sum(t for t, _ in chosen))
    rest = total - sum(t for t, _ in chosen)
    own = [(t, site.weights[owner][1]) for t, site in chosen if site.weights.get(owner, (0.0, 0.0))[1] > 0]
    value = (sum(t * weight for t, weight in own) + rest * left) / total
    if left == 1.0 and all(weight == 1.0 for _, weight in own):
        others = "".join(f" - {t:,.0f}" for t, site in chosen if not site.weights.get(owner, (0.0, 0.0))[1])
        return value, f"({total:,.0f}{others}) / {total:,.0f}"
    terms = [_term(t, weight) for t, weight in own]
    if left > 0:
        terms.append(_term(rest, left) + " left")
    words = " + ".join(terms) or "0"
    return value, f"{f'({words})' if len(terms) > 1 else words} / {total:,.0f}"


def _term(tonnes: float, weight: float) -> str:
    return f"{tonnes:,.0f}" if weight == 1.0 else f"{tonnes:,.0f} x {weight:g}"
