"""Spare capacity at a stage: what countries could make beyond what they make, as far as the release carries it."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain

REST = "ROW"
WITHIN = 1
"""Years that a capacity may be away from the year asked for. [a; source: this project, docs/decisions/0014]"""
COVERED = 0.9
"""Share of the world's production in countries with a capacity from which on spare capacity is taken as known. [1;
source: this project, docs/decisions/0014]"""
CAPACITY = """
SELECT country, year, sum(capacity_t) AS capacity_t, string_agg(DISTINCT form, '; ' ORDER BY form) AS form,
       string_agg(DISTINCT source_id, ';' ORDER BY source_id) AS source_ids
FROM capacity
WHERE material = $material AND stage = $stage AND abs(year - $year) <= $within AND capacity_t IS NOT NULL
GROUP BY country, year ORDER BY abs(year - $year), year, country
"""


@dataclass(frozen=True)
class SpareCapacity:
    """
    What could be made beyond what is made.

    `spare_t` has dims (country) [t a year, >= 0], 0 for countries without a capacity on record; `rest_t` is that of the
    countries which the publisher gives as one sum [t a year]. `words` say of which year and goods the capacity is.
    """

    spare_t: xr.DataArray
    rest_t: float
    words: str
    source_ids: tuple[str, ...]


def read_spare_capacity(data: Snapshot, chain: SupplyChain, stage: str) -> SpareCapacity | None:
    r"""
    Read capacity less production at one stage of a chain; None where the release does not know enough of it.

    Parameters
    ----------
    data : Snapshot
        An open release.
    chain : SupplyChain
        Of the material and year.
    stage : str
        A stage with production.

    Returns
    -------
    SpareCapacity or None
        None unless capacities of one year, at most a year away from that of the chain, cover nine tenths of the
        world's production. Those of the nearest year count; production above capacity leaves no spare.

    Notes
    -----
    .. math:: S_k = \max(0, K_k - P_k)

    References
    ----------
    .. [1] Source: this project, docs/decisions/0014; capacities: table `capacity`, each row with its publisher.

    Examples
    --------
    Capacity 1,600 t and production 900 t leave 700 t; 10 t against 12 t leave none:

    >>> np.maximum(0.0, np.array([1600.0, 10.0]) - np.array([900.0, 12.0])).tolist()
    [700.0, 0.0]
    """
    rows = data.query(
        CAPACITY, {"material": chain.material, "stage": stage, "year": chain.year, "within": WITHIN}
    )
    if not len(rows["country"]):
        return None
    year = int(rows["year"][0])
    at = rows["year"] == year
    capacity = dict(zip(map(str, rows["country"][at]), map(float, rows["capacity_t"][at]), strict=True))
    made = chain.production_t.sel(stage=stage)
    countries = [str(code) for code in made["country"].values]
    named = [code in capacity for code in countries]
    total = float(made.sum())
    has_rest = REST in capacity
    covered = float(made.values[np.array(named)].sum()) / total if total > 0 else 0.0
    if not has_rest and covered < COVERED:
        return None
    spare = [
        max(0.0, capacity[code] - amount) if code in capacity and code != REST else 0.0
        for code, amount in zip(countries, made.values, strict=True)
    ]
    others = float(made.values[~np.array(named)].sum())
    others += float(made.sel(country=REST)) if REST in countries else 0.0
    rest = max(0.0, capacity[REST] - others) if has_rest else 0.0
    sources = {name for text in rows["source_ids"][at] for name in str(text).split(";")}
    return SpareCapacity(
        xr.DataArray(spare, dims="country", coords={"country": countries}), rest,
        f"capacity of {year}, {rows['form'][0]}", tuple(sorted(sources)),
    )  # fmt: skip
