"""By-products and their hosts as flat records: ceilings, what is recovered, who could make more, what is published."""

from collections.abc import Mapping, Sequence

import xarray as xr

from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain.hosts import (
    BASES,
    WORLD_MEAN,
    HostFigures,
    HostRate,
    Row,
    find_potential,
    read_host_figures,
    read_rates,
    read_recovered,
)

Record = dict[str, object]
TABLE_SOURCE = "curated"
MEAN = BASES[WORLD_MEAN]
POTENTIAL, POTENTIAL_UNIT = "supply potential (minimum)", "t / a"
"""Parameter and unit of rows that are a potential of the whole world."""
POTENTIAL_NOTE = (
    "a published potential is of its own year and counts all its hosts; more host output since raises it"
)
MEAN_NOTE = (
    "no ceiling: no source gives what is recoverable per tonne of host. The yardstick is what the world recovers on"
    " average; an ore may hold none of it, or much more, and who refines bought concentrates exceeds it"
)
CEILING_NOTE = (
    "recovered may exceed the ceiling where residues are bought abroad or ores are richer than the mean"
)


def host_records(
    data: Snapshot, *, materials: Sequence[str], years: Sequence[int]
) -> tuple[list[Record], Lineage]:
    """
    Say what the hosts of by-products would allow, what is recovered, and who could make more.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, years : sequences
        By-products; calendar years.

    Returns
    -------
    records, lineage
        `kind` country (`WLD` is the world): `host_t`, `recovered_t`, `allowed_t` [t a year], `value`, `low`, `high`
        (recovered over allowed) [share], `spare_t` [t a year], `basis`, `verdict`, `reason`. By the world mean, which
        is no ceiling, nothing is to spare: `spare_t` is None. `kind` potential: the same for the world by a potential
        that somebody published as a least one, so that `high` is the largest share recovered. `kind` published: rows
        of the table byproduct_hosts, `figure` in `figure_unit`.

    Raises
    ------
    DataError
        As `read_rates` and `read_host_figures`.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> records, _ = host_records(open_snapshot("2026.1"), materials=["gallium"], years=[2024])
    >>> china = next(record for record in records if record["country"] == "CHN")
    >>> china["recovered_t"], china["allowed_t"], round(china["value"], 2)  # 974 / (85.5 Mt x 15 g/t)
    (974.0, 1282.5, 0.76)
    """
    records: list[Record] = []
    used = {TABLE_SOURCE}
    for material in materials:
        rates, rows = read_rates(data, material)
        used |= {str(row["source_id"]) for row in rows}
        for year in years:
            for rate in rates:
                figures = read_host_figures(data, material, year, rate)
                used |= set(figures.source_ids)
                records += potential_records(figures)
            recovered = read_recovered(data, material, year)
            if not rates:
                records.append(_untold(material, year, *recovered))
            records += [_potential(material, year, row, *recovered) for row in rows if _is_potential(row)]
        records += [_published(material, row) for row in rows]
    return records, data.lineage.with_sources(*sorted(used))


def potential_records(figures: HostFigures) -> list[Record]:
    """
    List what each country's host would allow; the world first, then those with most to spare.

    Parameters
    ----------
    figures : HostFigures
        From `read_host_figures`.

    Returns
    -------
    list of records
        `kind` country.

    Examples
    --------
    >>> rate = HostRate("zinc (mined)", "recoverable", 0.1, 0.1, 0.2, 2024, "USGS", "usgs")
    >>> figures = HostFigures("indium", 2024, rate, {"PER": 1e6, "CHN": 4e6}, {"CHN": 300.0}, ())
    >>> [(r["country"], r["spare_t"], r["verdict"]) for r in potential_records(figures)]
    [('WLD', 200.0, 'could make more'), ('CHN', 100.0, 'could make more'), ('PER', None, 'none on record')]
    """
    found = find_potential(figures)
    records = [
        _country_record(figures, found.sel(country=code), str(code)) for code in found["country"].values
    ]
    return [records[-1], *sorted(records[:-1], key=_by_spare)]


def _by_spare(record: Record) -> tuple[float, float, str]:
    """Largest known spare first, then the largest ceiling of those whose output is not on record."""
    spare, ceiling = (-float(str(record[name] or 0.0)) for name in ("spare_t", "allowed_t"))
    return spare, ceiling, str(record["country"])


def _country_record(figures: HostFigures, found: xr.Dataset, code: str) -> Record:
    number = {str(name): _number(array) for name, array in found.data_vars.items()}
    rate = figures.rate
    return {
        "kind": "country", "material": figures.material, "year": figures.year, "country": code,
        "host": rate.host, "host_t": number["host_t"], "recovered_t": number["recovered_t"], "basis": rate.basis,
        "allowed_t": number["allowed_t"], "allowed_low_t": number["allowed_low_t"],
        "allowed_high_t": number["allowed_high_t"], "value": number["recovered_share"],
        "low": number["recovered_share_low"], "high": number["recovered_share_high"], "unit": "share",
        "spare_t": number["spare_t"] if rate.basis != MEAN else None, "verdict": judge(number, rate),
        "reason": None if number["host_t"] is not None
        else f"no output of {rate.host} of {code} in {figures.year} is on record",
        "note": CEILING_NOTE if rate.basis != MEAN else MEAN_NOTE, "source_ids": figures.source_ids,
    }  # fmt: skip


def judge(number: dict[str, float | None], rate: HostRate) -> str:
    """
    Say in words how recovery lies to the ceiling or the yardstick.

    Parameters
    ----------
    number : dict
        `host_t`, `recovered_t`, `allowed_low_t`, `allowed_high_t`; None = not on record.
    rate : HostRate
        Says by its basis whether it is a ceiling.

    Returns
    -------
    str
        cannot tell (no host on record), none on record (no by-product), could make more, near the ceiling or above
        the ceiling; by the world mean below or above it.

    Examples
    --------
    >>> rate = HostRate("alumina", "recoverable", 0.015, 0.015, 0.026, 2016, "Frenzel et al. 2016", "curated")
    >>> judge({"host_t": 1e6, "recovered_t": 20.0, "allowed_low_t": 15.0, "allowed_high_t": 26.0}, rate)
    'near the ceiling'
    """
    recovered, low, high = (number[name] for name in ("recovered_t", "allowed_low_t", "allowed_high_t"))
    if low is None or high is None:
        return "cannot tell"
    if recovered is None:
        return "none on record"
    if rate.basis == MEAN:
        return "below the world mean" if recovered < low else "at or above the world mean"
    if recovered < low:
        return "could make more"
    return "near the ceiling" if recovered <= high else "above the ceiling"


def _number(array: xr.DataArray) -> float | None:
    value = float(array)
    return value if value == value else None


def _untold(material: str, year: int, recovered_t: Mapping[str, float], source_ids: Sequence[str]) -> Record:
    """The record of a by-product without any rate per tonne of a host."""
    return {
        "kind": "country", "material": material, "year": year, "country": "WLD", "host": None, "host_t": None,
        "recovered_t": sum(recovered_t.values()) if recovered_t else None, "basis": None, "allowed_t": None,
        "allowed_low_t": None, "allowed_high_t": None, "value": None, "low": None, "high": None, "unit": "share",
        "spare_t": None, "verdict": "cannot tell",
        "reason": f"nobody published {material} per tonne of a host, so not by country either",
        "note": None, "source_ids": (TABLE_SOURCE, *source_ids),
    }  # fmt: skip


def _is_potential(row: Row) -> bool:
    return (row["parameter"], row["unit"]) == (POTENTIAL, POTENTIAL_UNIT)


def _potential(
    material: str, year: int, row: Row, recovered_t: Mapping[str, float], source_ids: Sequence[str]
) -> Record:
    """What the world recovers beside what somebody says that it could at least; one host or several together."""
    least = float(str(row["value"]))
    made = sum(recovered_t.values()) if recovered_t else None
    share = made / least if made is not None else None
    told = (
        "none on record" if made is None else "could make more" if made < least else "at or above the least"
    )
    return {
        "kind": "potential", "material": material, "year": year, "country": "WLD", "host": row["host"], "host_t": None,
        "recovered_t": made, "basis": f"potential of {row['year']}", "allowed_t": least, "allowed_low_t": least,
        "allowed_high_t": None, "value": None, "low": None, "high": share, "unit": "share",
        "spare_t": None if made is None else max(0.0, least - made), "verdict": told, "reason": None,
        "note": POTENTIAL_NOTE, "source_ids": (str(row["source_id"]), *source_ids),
    }  # fmt: skip


def _published(material: str, row: Row) -> Record:
    value, low, high = (float(str(row[name])) for name in ("value", "low", "high"))
    return {
        "kind": "published", "material": material, "year": int(str(row["year"])), "country": None,
        "host": row["host"], "parameter": row["parameter"], "figure": value,
        "figure_low": low if low == low else None, "figure_high": high if high == high else None,
        "figure_unit": row["unit"], "source": row["source"],
        "source_ids": (str(row["source_id"]),),
    }  # fmt: skip
