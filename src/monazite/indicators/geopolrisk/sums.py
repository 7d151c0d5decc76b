"""Sums over the cells of a GeoPolRisk grid: production, supply, price and the content of what is traded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.indicators.concentration import herfindahl_hirschman_index
from monazite.indicators.geopolrisk.grid import Grid, Purchases
from monazite.snapshot import Snapshot
from monazite.supply_chain import is_evidence, read_production
from monazite.vocabulary import Product, product_content


@dataclass(frozen=True)
class Production:
    """World production of a grid: `tonnes` dims (place, year, country), and who published each place and year."""

    tonnes: np.ndarray
    sources: Mapping[tuple[int, int], tuple[str, ...]]

    def is_known(self) -> np.ndarray:
        """Tell where there is any production, dims (place, year)."""
        known = np.zeros(self.tonnes.shape[:2], dtype=bool)
        for key in self.sources:
            known[key] = True
        return known


def read_places(
    data: Snapshot, grid: Grid, at: Sequence[tuple[str, str]], *, column: str, source: str = ""
) -> Production:
    """
    Read production by place: the one chosen for the release, or what one source reports.

    A country without a figure counts as 0 where others have one, as with `unreported="zero"`.
    """
    rows = read_production(data, grid.years, source)
    places: dict[tuple[str, str], list[int]] = {}
    for p, key in enumerate(at):
        places.setdefault(key, []).append(p)
    country = {code: index for index, code in enumerate(grid.countries)}
    tonnes = np.zeros((len(at), len(grid.years), len(grid.countries)))
    sources: dict[tuple[int, int], set[str]] = {}
    years = grid.year_index(rows["year"])
    names = zip(
        rows["material"], rows["stage"], years, rows["country"], rows[column], rows["source_id"], strict=True
    )
    for material, stage, y, code, amount, publisher in names:
        for p in places.get((material, stage), ()):
            tonnes[p, y, country[code]] = amount
            sources.setdefault((p, int(y)), set()).add(str(publisher))
    return Production(tonnes, {key: tuple(sorted(names)) for key, names in sources.items()})


def own_production(grid: Grid, production: Production) -> np.ndarray:
    """Sum the production of the members of each region, dims (place, year, region)."""
    by_year = [production.tonnes[:, y] @ grid.members[y].T.astype(float) for y in range(len(grid.years))]
    return np.stack(by_year, axis=1)


def concentration(production: Production) -> np.ndarray:
    """Compute the concentration of the world's production, dims (place, year); NaN where there is none."""
    array = xr.DataArray(production.tonnes, dims=("place", "year", "country"))
    return np.where(production.is_known(), herfindahl_hirschman_index(array).values, np.nan)


def sum_supply(
    grid: Grid, bought: Purchases, tonnes: np.ndarray, risk: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum tonnes: all of them, weighted by risk, and those of partners without a score."""
    amount, weight = tonnes[bought.row], risk[bought.row]
    return (
        grid.add_up(bought.cell, amount),
        grid.add_up(bought.cell, amount * np.nan_to_num(weight)),
        grid.add_up(bought.cell, amount * np.isnan(weight)),
    )


def price_of_imports(
    grid: Grid, bought: Purchases, value_usd: np.ndarray, priced_t: np.ndarray
) -> np.ndarray:
    """Divide value by gross tonnes over the lanes where both are recorded; NaN where there are none."""
    use = priced_t > 0
    tonnes = grid.add_up(bought.cell, np.where(use, priced_t, 0.0)[bought.row])
    value = grid.add_up(bought.cell, np.where(use, value_usd, 0.0)[bought.row])
    return np.asarray(np.divide(value, tonnes, out=np.full(grid.shape, np.nan), where=tonnes > 0))


def has_any(grid: Grid, bought: Purchases, is_so: np.ndarray) -> np.ndarray:
    """Tell in which cells a lane is so, dims (place, year, region)."""
    return np.asarray(grid.add_up(bought.cell, is_so[bought.row].astype(float)) > 0)


def find_evidence(items: Sequence[Product], lanes: Mapping[str, np.ndarray]) -> np.ndarray:
    """Tell which lanes lie in the years in which their code says anything."""
    years = np.unique(lanes["year"])
    valid = np.array([[is_evidence(item, int(year)) for year in years] for item in items], dtype=bool)
    return np.asarray(
        valid.reshape(len(items), len(years))[lanes["part"], np.searchsorted(years, lanes["year"])]
    )


def contents_of(items: Sequence[Product], countries: Sequence[str]) -> np.ndarray:
    """Look up the content of each product by exporter, dims (part, country); NaN where no source gives it."""
    factors = [
        [product_content(item.product_code, item.material, code).factor for code in countries]
        for item in items
    ]
    return np.array(factors, dtype=float).reshape(len(items), len(countries))
