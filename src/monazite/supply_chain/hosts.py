"""By-products and their hosts: what the output of a host metal would allow, and what is recovered of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.snapshot import Snapshot

REST = "ROW"
"""Countries that a publisher lists together: part of the world, not a country."""
RECOVERABLE = "recoverable by-product per t host output"
WORLD_MEAN = "world by-product output per t host output"
BASES = {RECOVERABLE: "recoverable", WORLD_MEAN: "world mean"}
"""Parameters of `byproduct_hosts` that are rates per tonne of a host, the better first."""
STAGES = {"mined": "extraction", "refined": "processing"}
KG_PER_T = 1000.0
HOST_NAME = re.compile(r"(?P<names>[a-z_]+(?: \+ [a-z_]+)*) \((?P<how>mined|refined)\)")
ALUMINA = """
SELECT country, published_t AS tonnes, source_id FROM production_reports
WHERE material = 'aluminium' AND form = 'alumina' AND source_id = 'usgs' AND year = $year
"""
METAL = """
SELECT country, production_t AS tonnes, source_id FROM production
WHERE material = $material AND stage = $stage AND year = $year
"""
RATES = "SELECT * FROM byproduct_hosts WHERE byproduct = $material ORDER BY ALL"

Row = dict[str, object]


@dataclass(frozen=True)
class HostRate:
    """
    Kilograms of a by-product per tonne of a host, as published.

    `basis` is recoverable (what plants could get out: a ceiling), or world mean (what the world gets out on average:
    a yardstick, not a ceiling, which says nothing of a given ore).
    """

    host: str
    basis: str
    kg_per_t: float
    low_kg_per_t: float
    high_kg_per_t: float
    year: int
    source: str
    source_id: str


@dataclass(frozen=True)
class HostFigures:
    """What is known of a by-product in one year: tonnes by country of one host and of the by-product, and the rate."""

    material: str
    year: int
    rate: HostRate
    host_t: Mapping[str, float]
    recovered_t: Mapping[str, float]
    source_ids: tuple[str, ...]


def host_potential(host_t: xr.DataArray, recovered_t: xr.DataArray, rate: HostRate) -> xr.Dataset:
    r"""
    What the output of a host would allow, against what is recovered.

    Parameters
    ----------
    host_t : DataArray, dims (country)
        Output of the host: metal contained, or alumina as such. [t a year, >= 0] NaN = not on record.
    recovered_t : DataArray, dims (country)
        Output of the by-product. [t a year, >= 0] NaN = not on record, which is not zero.
    rate : HostRate
        Kilograms of by-product per tonne of host.

    Returns
    -------
    Dataset, dims (country)
        `allowed_t`, `allowed_low_t`, `allowed_high_t` [t a year]; `recovered_share`, `recovered_share_low`,
        `recovered_share_high` [unitless, >= 0; above 1 where more is made than the host at home allows]; `spare_t`
        [t a year, >= 0]. NaN where the host or, but for the ceilings, the by-product is not on record, or the host
        is zero.

    Raises
    ------
    DataError
        If the two are of different countries, or a figure is negative; all problems at once.

    Notes
    -----
    With output H of the host, R of the by-product and r kilograms per tonne:

    .. math:: C = r H / 1000, \quad \phi = R / C, \quad S = \max(0, C - R)

    The host is what the country itself makes: residues that it buys are not in it.

    References
    ----------
    .. [1] M. Frenzel et al., "On the current and future availability of gallium," Resources Policy, vol. 47,
       pp. 38-50, 2016.

    Examples
    --------
    The world of 2024: 848 t of gallium from 142 Mt of alumina are 6 g/t of the 15 g/t that could be recovered.

    >>> rate = HostRate("alumina", "recoverable", 0.015, 0.015, 0.026, 2016, "Frenzel et al. 2016", "curated")
    >>> world = xr.DataArray([142e6], {"country": ["WLD"]}), xr.DataArray([848.0], {"country": ["WLD"]})
    >>> found = host_potential(*world, rate)
    >>> [round(float(found[name][0]), 3) for name in ("allowed_t", "recovered_share", "spare_t")]
    [2130.0, 0.398, 1282.0]
    """
    check_figures(host_t, recovered_t)
    factors = {"": rate.kg_per_t, "_low": rate.low_kg_per_t, "_high": rate.high_kg_per_t}
    ceilings = {end: host_t * factor / KG_PER_T for end, factor in factors.items()}
    shares = {end: recovered_t / ceiling.where(ceiling > 0) for end, ceiling in ceilings.items()}
    return xr.Dataset(
        {f"allowed{end}_t": ceiling for end, ceiling in ceilings.items()}
        | {
            "recovered_share": shares[""],
            "recovered_share_low": shares["_high"],
            "recovered_share_high": shares["_low"],
            "spare_t": (ceilings[""] - recovered_t).clip(min=0.0),
        }
    )


def check_figures(host_t: xr.DataArray, recovered_t: xr.DataArray) -> None:
    """
    Check that figures are of the same countries, in the same order, and not negative.

    Raises
    ------
    DataError
        With every problem.
    """
    names = [[str(code) for code in array["country"].values] for array in (host_t, recovered_t)]
    if names[0] != names[1]:
        raise DataError(
            "host and by-product", "are not of the same countries.",
            which=[f"host: {', '.join(names[0])}", f"by-product: {', '.join(names[1])}"],
            expected="the same countries in the same order",
        )  # fmt: skip
    wrong = [
        f"{word} of {code}: {value:g} t"
        for word, array in (("host", host_t), ("by-product", recovered_t))
        for code, value in zip(names[0], array.values.tolist(), strict=True)
        if value < 0
    ]
    if wrong:
        raise DataError(
            "host and by-product", f"{len(wrong)} figures are negative.", which=wrong, expected=">= 0"
        )


def read_rates(data: Snapshot, material: str) -> tuple[list[HostRate], list[Row]]:
    """
    Read what is published on a by-product and its hosts.

    Parameters
    ----------
    data : Snapshot
        An open release with the table byproduct_hosts.
    material : str
        The by-product.

    Returns
    -------
    rates, rows
        The usable rates, recoverable ones if there are any, else world means; and all rows of the table.

    Raises
    ------
    DataError
        If nothing is published on the material; the by-products of the table are named.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> [(rate.host, rate.kg_per_t) for rate in read_rates(open_snapshot("2026.1"), "gallium")[0]]
    [('alumina', 0.015)]
    """
    data.check_table("byproduct_hosts")
    rows = _rows(data, RATES, {"material": material})
    if not rows:
        known = data.query("SELECT DISTINCT byproduct FROM byproduct_hosts ORDER BY ALL")["byproduct"]
        raise DataError(
            material, "no host is on record.", expected=", ".join(str(name) for name in known),
            fix="choose a by-product of the table byproduct_hosts",
        )  # fmt: skip
    for parameter, basis in BASES.items():
        found = [_rate(row, basis) for row in rows if row["parameter"] == parameter]
        if found:
            return found, rows
    return [], rows


def read_host_figures(data: Snapshot, material: str, year: int, rate: HostRate) -> HostFigures:
    """
    Read the output of a host and of its by-product in one year.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, year
        The by-product, and when.
    rate : HostRate
        Names the host: `alumina`, or metals `(mined)` or `(refined)`, several joined by ` + ` and added.

    Returns
    -------
    HostFigures
        Countries with a figure only.

    Raises
    ------
    DataError
        If the name of the host cannot be read.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> data = open_snapshot("2026.1")
    >>> found = read_host_figures(data, "gallium", 2024, read_rates(data, "gallium")[0][0])
    >>> found.host_t["CHN"], found.recovered_t["CHN"]
    (85500000.0, 974.0)
    """
    host = _read_host(data, rate.host, year)
    recovered, sources = read_recovered(data, material, year)
    return HostFigures(
        material, year, rate, _sum(host), recovered,
        tuple(sorted({rate.source_id, *sources, *(str(row["source_id"]) for row in host)})),
    )  # fmt: skip


def read_recovered(data: Snapshot, material: str, year: int) -> tuple[dict[str, float], tuple[str, ...]]:
    """
    Read the output of a by-product, at the mine, or where nobody counts it there, after processing.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, year
        What, and when.

    Returns
    -------
    tonnes, source_ids
        Output by country [t contained material]; empty where nobody has a figure of the year.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> tonnes, sources = read_recovered(open_snapshot("2026.1"), "germanium", 2024)
    >>> sum(tonnes.values()), sources
    (150.0, ('world_mining_data',))
    """
    for stage in STAGES.values():
        rows = _rows(data, METAL, {"material": material, "stage": stage, "year": year})
        if rows:
            return _sum(rows), tuple(sorted({str(row["source_id"]) for row in rows}))
    return {}, ()


def find_potential(figures: HostFigures) -> xr.Dataset:
    """
    Compute `host_potential` for every country with a figure, and for the world.

    Parameters
    ----------
    figures : HostFigures
        From `read_host_figures`.

    Returns
    -------
    Dataset, dims (country)
        As `host_potential`, with `host_t` and `recovered_t`; `WLD` is the sum of all figures, those of countries that
        the publisher lists together included. [t a year] NaN where nobody has a figure.

    Examples
    --------
    >>> rate = HostRate("zinc (mined)", "world mean", 0.1, 0.1, 0.1, 2024, "USGS", "usgs")
    >>> figures = HostFigures("indium", 2024, rate, {"PER": 1e6, "ROW": 1e6}, {"KOR": 50.0}, ())
    >>> find_potential(figures)["allowed_t"].to_series().to_dict()
    {'KOR': nan, 'PER': 100.0, 'WLD': 200.0}
    """
    names = sorted({*figures.host_t, *figures.recovered_t} - {REST})
    columns = {
        name: xr.DataArray(
            [*(tonnes.get(code, np.nan) for code in names), sum(tonnes.values()) if tonnes else np.nan],
            {"country": [*names, "WLD"]},
        )
        for name, tonnes in (("host_t", figures.host_t), ("recovered_t", figures.recovered_t))
    }
    return host_potential(columns["host_t"], columns["recovered_t"], figures.rate).assign(columns)


def _rate(row: Row, basis: str) -> HostRate:
    """A bound that is not published is the value itself."""
    value, low, high = (float(str(row[name])) for name in ("value", "low", "high"))
    return HostRate(
        str(row["host"]), basis, value, low if low == low else value, high if high == high else value,
        int(str(row["year"])), str(row["source"]), str(row["source_id"]),
    )  # fmt: skip


def _read_host(data: Snapshot, host: str, year: int) -> list[Row]:
    if host == "alumina":
        return _rows(data, ALUMINA, {"year": year})
    match = HOST_NAME.fullmatch(host)
    if match is None:
        raise DataError(
            "byproduct_hosts", f"the host {host!r} cannot be read.",
            expected="alumina, or metals such as 'copper + nickel (mined)'",
        )  # fmt: skip
    stage = STAGES[match["how"]]
    return [
        row
        for name in match["names"].split(" + ")
        for row in _rows(data, METAL, {"material": name, "stage": stage, "year": year})
    ]


def _sum(rows: Sequence[Row]) -> dict[str, float]:
    """Tonnes by country, over the hosts that are on record there."""
    total: dict[str, float] = {}
    for row in rows:
        total[str(row["country"])] = total.get(str(row["country"]), 0.0) + float(str(row["tonnes"]))
    return total


def _rows(data: Snapshot, query: str, parameters: Mapping[str, object]) -> list[Row]:
    columns = data.query(query, dict(parameters))
    return [
        dict(zip(columns, values, strict=True))
        for values in zip(*(column.tolist() for column in columns.values()), strict=True)
    ]
