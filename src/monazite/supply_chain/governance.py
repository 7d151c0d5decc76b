"""Governance scores by country, labelled, for the measures that weigh supply by them."""

import xarray as xr

from monazite.errors import DataError
from monazite.snapshot import Snapshot

STRONGEST, WEAKEST = 2.5, -2.5  # the WGI's own range of estimates


def build_governance_score(data: Snapshot, year: int) -> xr.DataArray:
    r"""
    Political stability of every country, turned so that more is worse.

    Parameters
    ----------
    data : Snapshot
        An open release.
    year : int
        Year of the estimate; 1997, 1999 and 2001 were not published.

    Returns
    -------
    DataArray, dims (country,)
        Score. [unitless, 0 best to 10 worst] A country without an estimate is absent.

    Raises
    ------
    DataError
        If nothing was published for that year.

    Notes
    -----
    .. math:: g_c = 10 \, (2.5 - e_c) / 5, \quad -2.5 \le e_c \le 2.5

    An estimate of 0 gives 5; one of 1 gives 3.

    References
    ----------
    .. [1] European Commission, "Methodology for establishing the EU list of critical raw materials", 2017, p. 14.
    """
    found = data.query(
        "SELECT country, political_stability FROM governance WHERE year = $year ORDER BY country", {"year": year}
    )
    if not len(found["country"]):
        raise DataError(f"governance {year}", "was not published.", expected="1996, 1998, 2000, 2002 to 2024")
    score = 10 * (STRONGEST - found["political_stability"]) / (STRONGEST - WEAKEST)
    return xr.DataArray(score.clip(0, 10), dims="country", coords={"country": found["country"].astype(str)})
