"""What a release knows: for every material and stage the years, the sources, their quality, and what is missing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from monazite.snapshot import Snapshot
from monazite.supply_chain.build import REST
from monazite.supply_chain.elements import element_production
from monazite.vocabulary import STAGES, materials

Record = dict[str, object]
Cell = tuple[str, str]
"""Material and stage."""
ALWAYS = ("extraction", "processing")
"""Stages that every material is asked for; others only where something is known or was looked for."""
NOT_LOOKED = "not looked for"
PARENT = "rare_earths"
TABLES = {"element_baskets", "deposit_shares"}
"""Tables that split the rare earths into elements."""
PRODUCTION = """
SELECT material, stage, year::INT AS year, country, production_t, quality, source_id, form FROM production
ORDER BY material, stage, year, production_t DESC, country
"""
SHARES = """
SELECT material, stage, year_start::INT AS year_start, year::INT AS year, country, supply_share, quality, source_id,
       form
FROM supply_shares ORDER BY material, stage, year DESC, year_start DESC, supply_share DESC, country
"""
CAPACITY = "SELECT material, stage, year::INT AS year FROM capacity ORDER BY ALL"
CONFLICTS = "SELECT material, stage, count(*)::INT AS n FROM conflicts GROUP BY ALL"
SEARCHES = (
    "SELECT material, stage, kind, place, looked_on, found FROM searches ORDER BY material, stage, place"
)


def list_coverage(
    data: Snapshot, names: Sequence[str] | None = None, stages: Sequence[str] | None = None
) -> list[Record]:
    """
    List what a release knows of production, one record per material and stage.

    Parameters
    ----------
    data : Snapshot
        An open release.
    names : sequence of str, optional
        Ids of materials; by default every strategic and critical one of Regulation (EU) 2024/1252.
    stages : sequence of str, optional
        Stages; by default extraction and processing, and others where something is known or was looked for.

    Returns
    -------
    list of records
        material, stage, value [years with a figure of their own, 0 where there is none], unit, years (such as
        "2018-2025"), basis, sources, quality, countries (named, in the last year), leader and leader_share (0..1) in
        leader_year, the last one, form, act (strategic, critical), capacity (years), conflicts, source_ids, and
        `reason` where something is not told. basis: `tonnes` by country; `baskets`, computed from the parent and the
        baskets of deposits; `shares` of the world's supply without tonnes; `no stage`; `no public figure`, with where
        was looked; `not looked for`, where no search is on record.

    Notes
    -----
    A mean of several years is one figure: shares of 2016-2020 have `value` 1 and `years` "2016-2020"; with shares of
    2024 beside them `value` is 2.
    """
    chosen = list(names) if names is not None else list_act_materials()
    production = _group(data, "production", PRODUCTION)
    shares = _group(data, "supply_shares", SHARES)
    searches = _group(data, "searches", SEARCHES)
    capacity = _group(data, "capacity", CAPACITY)
    conflicts = _group(data, "conflicts", CONFLICTS)
    elements = _years_of_elements(data, production)
    known = {*production, *shares, *searches, *capacity}
    return [
        _describe_cell(cell, elements, production, shares, searches)
        | {
            "capacity": format_years(row["year"] for row in capacity.get(cell, ())),
            "conflicts": sum(int(str(row["n"])) for row in conflicts.get(cell, ())),
        }
        for material in chosen
        for stage in (stages or STAGES)
        if stages or stage in ALWAYS or (material, stage) in known
        for cell in [(material, stage)]
    ]


def list_act_materials(act: str = "") -> list[str]:
    """
    List the materials of Regulation (EU) 2024/1252: strategic, critical, or by default both.

    Examples
    --------
    >>> "copper" in list_act_materials("strategic"), "zinc" in list_act_materials()
    (True, False)
    """
    return [name for name, row in materials().items() if act in _acts(name) or (not act and _acts(name))]


def format_years(years: object) -> str:
    """
    Write years as ranges.

    Examples
    --------
    >>> format_years([2018, 2019, 2020, 2022])
    '2018-2020, 2022'
    """
    listed = sorted({int(str(year)) for year in years})  # type: ignore[attr-defined]
    starts = [year for year in listed if year - 1 not in listed]
    ends = [year for year in listed if year + 1 not in listed]
    return ", ".join(
        str(first) if first == last else f"{first}-{last}" for first, last in zip(starts, ends, strict=True)
    )


def _acts(material: str) -> tuple[str, ...]:
    row = materials()[material]
    return (*(("strategic",) if row.is_strategic else ()), *(("critical",) if row.is_critical else ()))


def _group(data: Snapshot, table: str, sql: str) -> dict[Cell, list[Record]]:
    """Read rows by material and stage; none where the release lacks the table."""
    rows: dict[Cell, list[Record]] = defaultdict(list)
    if table in data.manifest.tables:
        found = data.query(sql)
        for values in zip(*(column.tolist() for column in found.values()), strict=True):
            row = dict(zip(found, values, strict=True))
            rows[str(row["material"]), str(row["stage"])].append(row)
    return dict(rows)


def _years_of_elements(data: Snapshot, production: Mapping[Cell, list[Record]]) -> dict[str, list[int]]:
    """List the years in which production of each rare earth can be told in a country at least."""
    told: dict[str, list[int]] = defaultdict(list)
    if set(data.manifest.tables) >= TABLES:
        for year in sorted({int(str(row["year"])) for row in production.get((PARENT, "extraction"), ())}):
            made = element_production(data, year).arrays["production_t"]
            for element in made["element"].values[(made.fillna(0) > 0).any("country").values]:
                told[str(element)].append(year)
    return dict(told)


def _describe_cell(
    cell: Cell,
    elements: Mapping[str, Sequence[int]],
    production: Mapping[Cell, list[Record]],
    shares: Mapping[Cell, list[Record]],
    searches: Mapping[Cell, list[Record]],
) -> Record:
    material, stage = cell
    looked = searches.get(cell, [])
    labels: Record = {
        "material": material,
        "stage": stage,
        "unit": "years",
        "act": ", ".join(_acts(material)),
    }
    if cell in production:
        asked = {"note": f"other forms: {_tell_search(looked)}"} if looked else {}
        return labels | _tell_tonnes(production[cell]) | asked
    told_years = elements.get(material, ()) if stage == "extraction" else ()
    if told_years:
        told = _tell_tonnes([row for row in production[PARENT, stage] if row["year"] in told_years])
        form = f"computed from {PARENT} and the baskets of its deposits (monazite data elements)"
        return labels | told | {
            "basis": "baskets", "quality": "imputed", "form": form, "countries": None, "leader": None,
            "leader_share": None, "leader_year": None,
        }  # fmt: skip
    if cell in shares:
        return (
            labels | _tell_shares(shares[cell]) | {"reason": f"no tonnes by country; {_tell_search(looked)}"}
        )
    return labels | _tell_gap(looked)


def _tell_gap(looked: Sequence[Record]) -> Record:
    """Say why there is no figure: no such stage, none found where was looked, or nobody looked."""
    kinds = {str(row["kind"]) for row in looked}
    if not looked:
        basis = reason = NOT_LOOKED
    elif kinds == {"none"}:
        basis, reason = "no stage", "; ".join(str(row["found"]) for row in looked)
    else:
        basis, reason = "no public figure", _tell_search(looked)
    return {
        "value": 0, "years": "", "basis": basis, "sources": "", "quality": None, "countries": 0, "leader": None,
        "leader_share": None, "leader_year": None, "form": "", "source_ids": (), "reason": reason,
    }  # fmt: skip


def _tell_tonnes(rows: Sequence[Record]) -> Record:
    last = max(int(str(row["year"])) for row in rows)
    latest = [row for row in rows if row["year"] == last]
    total_t = sum(float(str(row["production_t"])) for row in latest)
    named = [row for row in latest if row["country"] != REST and float(str(row["production_t"])) > 0]
    share = float(str(named[0]["production_t"])) / total_t if named and total_t > 0 else None
    return {
        "value": len({row["year"] for row in rows}), "years": format_years(row["year"] for row in rows),
        "basis": "tonnes", **_tell_sources(rows), "countries": len(named),
        "leader": named[0]["country"] if named else None, "leader_share": share,
        "leader_year": last if named else None, "form": latest[0]["form"],
    }  # fmt: skip


def _tell_shares(rows: Sequence[Record]) -> Record:
    periods = {(row["year_start"], row["year"]) for row in rows}
    years = {year for row in rows for year in range(int(str(row["year_start"])), int(str(row["year"])) + 1)}
    period = rows[0]["year_start"], rows[0]["year"], rows[0]["form"]
    latest = [row for row in rows if (row["year_start"], row["year"], row["form"]) == period]
    return {
        "value": len(periods), "years": format_years(years), "basis": "shares", **_tell_sources(rows),
        "countries": len(latest), "leader": latest[0]["country"], "leader_share": latest[0]["supply_share"],
        "leader_year": latest[0]["year"], "form": latest[0]["form"],
    }  # fmt: skip


def _tell_sources(rows: Sequence[Record]) -> Record:
    sources = tuple(sorted({str(row["source_id"]) for row in rows}))
    quality = ", ".join(sorted({str(row["quality"]) for row in rows}))
    return {"sources": ", ".join(sources), "quality": quality, "source_ids": sources}


def _tell_search(looked: Sequence[Record]) -> str:
    """Say where was looked and what was found instead."""
    if not looked:
        return NOT_LOOKED
    days = ", ".join(sorted({str(row["looked_on"]) for row in looked}))
    return f"looked on {days} in " + "; ".join(f"{row['place']}: {row['found']}" for row in looked)
