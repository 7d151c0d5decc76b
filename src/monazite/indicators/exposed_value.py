"""Value added of the sectors that use a material in a region, as far as the release carries it."""

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.supply_risk import check_sums_to_one
from monazite.snapshot import Snapshot

EUR_PER_MILLION = 1e6
USES = """
SELECT use_shares.use, use_share, sector_code, value_added_million_eur, use_shares.source_id AS use_source,
       sector_value_added.source_id AS value_source
FROM use_shares LEFT JOIN sector_value_added USING (sector_code, region)
WHERE material = $material AND region = $region ORDER BY use_shares.use, sector_code
"""


def read_exposed_value(data: Snapshot, material: str, region: str) -> tuple[float, tuple[str, ...]]:
    r"""
    Sum the value added of the sectors that use a material, each weighted by its share in the uses.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, region : str
        Resolved names.

    Returns
    -------
    value, source_ids
        [EUR a year, mean of the years of the tables] The sum of the Commission's economic importance before scaling and
        substitution; a whole sector is taken to need the material, so it is an upper end of what depends on it.

    Raises
    ------
    DataError
        If the release has no uses or no value added for the region, or the shares do not sum to one within 0.02.

    Notes
    -----
    .. math:: Q = \sum_u A_u V_{s(u)}

    References
    ----------
    .. [1] European Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526 (economic importance).

    Examples
    --------
    Three quarters in a sector of 50 billion EUR, a quarter in one of 200: 0.75 * 50 + 0.25 * 200.

    >>> 0.75 * 50 + 0.25 * 200
    87.5
    """
    rows = data.query(USES, {"material": material, "region": region})
    if not len(rows["use"]):
        raise DataError("uses", f"the release has no end uses of {material} in {region}.")
    labels = [
        f"{use} ({code or 'no sector'})" for use, code in zip(rows["use"], rows["sector_code"], strict=True)
    ]
    value = np.asarray(rows["value_added_million_eur"], dtype=float)
    if np.isnan(value).any():
        lacking = [label for label, amount in zip(labels, value, strict=True) if np.isnan(amount)]
        raise DataError(
            "uses", f"the release has no value added in {region} by sector of use.", which=lacking
        )
    share = xr.DataArray(np.asarray(rows["use_share"], dtype=float), dims="use", coords={"use": labels})
    check_sums_to_one(share, "use", f"uses of {material}")
    sources = {str(name) for column in ("use_source", "value_source") for name in rows[column]}
    return float((share.values * value).sum()) * EUR_PER_MILLION, tuple(sorted(sources))
