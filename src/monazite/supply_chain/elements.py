"""Rare earths by element: production of rare-earth oxides times the baskets of the deposits they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain.baskets import ELEMENTS, Basket, read_baskets, share_range

PRODUCTION = """
SELECT country, production_t, source_id FROM production
WHERE material = 'rare_earths' AND stage = 'extraction' AND year = $year AND form NOT LIKE 'part: %' ORDER BY country
"""
SPLIT = """
SELECT country, deposit, part_t, total_t, basis, source_id FROM deposit_shares WHERE year = $year
ORDER BY country, deposit
"""
QUOTA = "quota"
OVER = 1 + 1e-9
"""How far the parts of a country may exceed its total: rounding of binary numbers, nothing else."""
FIELDS = ("production_t", "low_t", "high_t", "covered_share")


@dataclass(frozen=True)
class DepositPart:
    """Part of a country's rare-earth oxides that comes from one deposit or type of ore [share of the country's REO]."""

    country: str
    deposit: str
    share: float
    basis: str
    source_id: str


@dataclass(frozen=True)
class ElementProduction:
    """
    Production of the rare earths by element in one year.

    `arrays` holds `production_t`, `low_t`, `high_t` and `covered_share` with dims (element, country), and `reo_t` and
    `unknown_t` with dim (country) [t oxide a year]. `parts` says which deposits a country's output was split into.
    """

    year: int
    arrays: xr.Dataset
    parts: tuple[DepositPart, ...]
    lineage: Lineage


def element_production(data: Snapshot, year: int) -> ElementProduction:
    r"""
    Split a year's mine production of rare-earth oxides into elements, country by country.

    Parameters
    ----------
    data : Snapshot
        An open release with the tables `element_baskets` and `deposit_shares`.
    year : int
        Calendar year.

    Returns
    -------
    ElementProduction
        Arrays of oxide [t a year]. `production_t` (element, country) is what can be told, a lower bound where
        `covered_share` [share of the country's REO, 0 to 1] is below 1; NaN where no analysis of the country's
        deposits lists the element. `low_t` and `high_t` are the range of the published analyses over the same part,
        NaN where there is only one. `unknown_t` (country) is the REO of no known element.

    Raises
    ------
    DataError
        If the release has no production of that year, or the parts of a country exceed its total.
    SnapshotError
        If the release has no table of baskets or of deposit shares.

    Notes
    -----
    With q the country's REO, w the share of deposit d in it, and s the share of element e in the fullest analysis:

    .. math:: P_e = q \sum_d w_d s_{d,e}, \quad U = q - \sum_e P_e

    so that elements and unknown sum to REO. A deposit without an analysis that can be cited, and a country whose output
    nobody splits, is unknown as a whole; no basket stands in for another. China's split is that of its mining quotas
    by group and type of ore, not of measured output (docs/explanation/elements.md).

    Examples
    --------
    A country that mines 1,000 t REO, 80 % of it from a deposit of 0.12 neodymium and the rest from one that nobody
    analysed: 1,000 x 0.8 x 0.12 = 96 t of neodymium oxide at least, with a `covered_share` of 0.8.
    """
    data.check_table("deposit_shares")
    baskets = read_baskets(data)
    production = data.query(PRODUCTION, {"year": year})
    if not len(production["country"]):
        raise DataError(
            f"rare_earths {year}", f"release {data.manifest.release} has no mine production.",
            expected="a year of `monazite data show production --where \"material = 'rare_earths'\"`",
        )  # fmt: skip
    countries = [str(code) for code in production["country"]]
    parts = read_parts(data, year, countries)
    arrays = split_by_element(
        dict(zip(countries, map(float, production["production_t"]), strict=True)), parts, baskets
    )
    used = {
        source
        for part in parts
        for source in (part.source_id, *_basket_sources(baskets.get(part.deposit, ())))
    }
    lineage = data.lineage.with_sources(*map(str, production["source_id"]), *used)
    return ElementProduction(year, arrays, tuple(parts), lineage)


def read_parts(data: Snapshot, year: int, countries: Sequence[str]) -> list[DepositPart]:
    """
    Read how the output of each country splits into deposits in one year.

    Raises
    ------
    DataError
        If the parts of a country exceed its total, or rows of a country give different totals.
    """
    table = data.query(SPLIT, {"year": year})
    parts, problems = [], []
    for country in countries:
        rows = np.flatnonzero(table["country"] == country)
        if not len(rows):
            continue
        totals = sorted({float(total) for total in table["total_t"][rows]})
        if len(totals) > 1 or float(table["part_t"][rows].sum()) > totals[0] * OVER:
            problems.append(
                f"{country}: parts {table['part_t'][rows].sum():g} t of {', '.join(f'{t:g}' for t in totals)} t"
            )
        parts += [
            DepositPart(
                country, str(table["deposit"][row]), float(table["part_t"][row]) / totals[0],
                str(table["basis"][row]), str(table["source_id"][row]),
            )
            for row in rows
        ]  # fmt: skip
    if problems:
        raise DataError(
            f"deposit_shares {year}", "a country has more parts than the whole.", which=problems,
            expected="one total per country and year, and parts that sum to it or to less",
        )  # fmt: skip
    return parts


def split_by_element(
    reo_t: Mapping[str, float], parts: Sequence[DepositPart], baskets: Mapping[str, Sequence[Basket]]
) -> xr.Dataset:
    """
    Split the rare-earth oxides of countries into elements.

    Parameters
    ----------
    reo_t : mapping of country to number
        Rare-earth oxides. [t a year, >= 0]
    parts : sequence of DepositPart
        Deposits behind them; shares of a country sum to at most 1.
    baskets : mapping of deposit to sequence of Basket
        Analyses of each deposit, the one that counts first; see `read_baskets`.

    Returns
    -------
    Dataset, dims (element, country)
        As `ElementProduction.arrays`; the sum over elements plus `unknown_t` is `reo_t`.

    Examples
    --------
    >>> basket = Basket("x", "pit", 2021, "curated", {"cerium": 0.5, "neodymium": 0.12})
    >>> part = DepositPart("USA", "pit", 0.8, "production", "usgs")
    >>> arrays = split_by_element({"USA": 1000.0}, [part], {"pit": [basket]})
    >>> told = arrays["production_t"].sel(country="USA")
    >>> float(told.sel(element="neodymium")), float(told.sel(element="cerium"))  # 800 x 0.12, 800 x 0.5
    (96.0, 400.0)
    >>> float(arrays["unknown_t"].sel(country="USA"))  # 1,000 - 96 - 400
    504.0
    """
    countries = list(reo_t)
    shape = len(ELEMENTS), len(countries)
    told = {name: np.zeros(shape) for name in FIELDS}
    has_range = np.zeros(shape, dtype=bool)
    for part in parts:
        at, part_t = countries.index(part.country), reo_t[part.country] * part.share
        analyses = baskets.get(part.deposit, ())
        for row, element in enumerate(ELEMENTS):
            if not analyses or element not in analyses[0].shares:
                continue
            low, high = share_range(analyses, element)
            share = analyses[0].shares[element]
            for name, amount in zip(
                FIELDS, (part_t * share, part_t * low, part_t * high, part.share), strict=True
            ):
                told[name][row, at] += amount
            has_range[row, at] |= sum(element in basket.shares for basket in analyses) > 1
    reo = np.array([reo_t[country] for country in countries])
    is_told = (told["covered_share"] > 0) | (reo == 0)
    dims = "element", "country"
    return xr.Dataset(
        {
            "production_t": (dims, np.where(is_told, told["production_t"], np.nan)),
            "low_t": (dims, np.where(is_told & has_range, told["low_t"], np.nan)),
            "high_t": (dims, np.where(is_told & has_range, told["high_t"], np.nan)),
            "covered_share": (dims, told["covered_share"]),
            "reo_t": ("country", reo),
            "unknown_t": ("country", np.clip(reo - told["production_t"].sum(axis=0), 0, None)),
        },
        coords={"element": list(ELEMENTS), "country": countries},
    )


def _basket_sources(analyses: Sequence[Basket]) -> list[str]:
    return [basket.source_id for basket in analyses]
