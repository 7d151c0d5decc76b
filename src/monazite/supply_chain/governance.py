"""Governance estimates by country, labelled, for the measures that weigh supply by them."""

import xarray as xr

from monazite.errors import DataError
from monazite.snapshot import Snapshot


def build_governance_estimate(data: Snapshot, year: int) -> xr.DataArray:
    """
    Political stability of every country in one year, as the World Bank estimates it.

    Parameters
    ----------
    data : Snapshot
        An open release.
    year : int
        Year of the estimate; 1997, 1999 and 2001 were not published.

    Returns
    -------
    DataArray, dims (country,)
        Estimate. [standard normal units, about -2.5 weak to 2.5 strong] A country without one is absent.

    Raises
    ------
    DataError
        If nothing was published for that year.
    """
    found = data.query(
        "SELECT country, political_stability FROM governance WHERE year = $year ORDER BY country",
        {"year": year},
    )
    if not len(found["country"]):
        raise DataError(f"governance {year}", "was not published.", expected="1996, 1998, 2000, 2002 to 2024")
    return xr.DataArray(
        found["political_stability"], dims="country", coords={"country": found["country"].astype(str)}
    )
