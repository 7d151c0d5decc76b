"""Give chains of several years the same countries."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from monazite.supply_chain.chain import SupplyChain


def align_chains(chains: Sequence[SupplyChain]) -> list[SupplyChain]:
    """
    Extend chains to the countries that any of them has.

    Parameters
    ----------
    chains : sequence of SupplyChain
        The same material in different years, built with `unreported="zero"`.

    Returns
    -------
    list of SupplyChain
        In the order given, with the same sorted countries. A country that a chain did not have traded and
        produced nothing on record in that year: it is 0 where a stage is known and NaN where it is not.
    """
    names = sorted({country for chain in chains for country in chain.countries})
    return [SupplyChain(c.material, c.year, _extend(c.arrays, names), c.lineage) for c in chains]


def _extend(arrays: xr.Dataset, names: list[str]) -> xr.Dataset:
    places = dict.fromkeys(("country", "exporter", "importer"), names)
    fill = {name: "missing" if name == "quality" else 0.0 for name in arrays}
    extended = arrays.reindex(places, fill_value=fill)
    for name, array in arrays.items():
        if not np.issubdtype(array.dtype, np.floating):
            continue
        is_known = array.notnull().any([dim for dim in array.dims if dim != "stage"])
        extended[name] = extended[name].where(is_known)
    return extended
