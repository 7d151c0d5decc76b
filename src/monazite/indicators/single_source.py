"""The 65 % test as it is mostly quoted: the largest customs partner's share of imports."""

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.checks import check_aligned, check_quantity
from monazite.indicators.concentration import top_suppliers

CRMA_SINGLE_SOURCE_CAP = 0.65
"""At most this share from one third country. [unitless; Regulation (EU) 2024/1252, Art. 5(1)(b)]"""


def single_source_test(
    import_t: xr.DataArray,
    cap: float = CRMA_SINGLE_SOURCE_CAP,
    *,
    over: str = "exporter",
    unknown_t: xr.DataArray | float = 0.0,
) -> xr.Dataset:
    r"""
    Does one partner outside stand for more than `cap` of the imports (reading `by=imports`)?

    Parameters
    ----------
    import_t : DataArray, dims (..., over)
        Imports by partner outside the importing country or group, from `imports_by_partner`. [t contained
        material] Finite and >= 0.
    cap : float, default 0.65
        Largest share allowed. [unitless, 0 < cap <= 1] Exactly the cap still meets the test.
    over : str, default "exporter"
        Dimension that holds the partners.
    unknown_t : DataArray, dims (...), or float, default 0
        Imports whose partner nobody recorded; they could come from anyone. [t contained material, >= 0]

    Returns
    -------
    Dataset, dims (...)
        `verdict`: "met", "not met" or "cannot tell" (nothing is imported, or the unknown imports decide).
        `supplier`: the largest partner, empty where there is none. `share` and `share_high`: its share if
        none or all of the unknown imports are its own. [unitless, 0..1] NaN where nothing is imported.
        `numerator_t`, `denominator_t`: its tonnes, and all tonnes with the unknown ones. [t]
        `move_t`: tonnes to buy from others instead, the total unchanged, so that `share` is the cap; 0 where
        it is not above. [t] Attribute `by` is "imports".

    Raises
    ------
    DataError
        If a quantity is missing or negative, or the cap is not a share; the message names the labels.

    Notes
    -----
    This is *not* the test of the Act. Art. 5(1)(b) compares what one third country provides with the Union's
    annual *consumption* of each strategic raw material at any relevant stage of processing; imports stand in
    the denominator only in the way the rule is mostly quoted. The customs partner, too, may be a country of
    transit. Territory of extraction: see `trace_origins`.

    .. math:: s = m_{(1)} / (M + u), \quad \bar s = (m_{(1)} + u) / (M + u), \quad
              move = \max(0, m_{(1)} - cap \, (M + u))

    References
    ----------
    .. [1] Regulation (EU) 2024/1252 of 11 April 2024, Art. 5(1)(b), OJ L, 2024/1252, 3.5.2024.

    Examples
    --------
    80 of 100 t is above 65 %; 15 t must come from others:

    >>> m = xr.DataArray([80.0, 20.0], dims="exporter", coords={"exporter": ["CHN", "MYS"]})
    >>> test = single_source_test(m)
    >>> str(test["supplier"].item()), str(test["verdict"].item()), float(test["move_t"])
    ('CHN', 'not met', 15.0)
    """
    if not 0 < cap <= 1:
        raise DataError("cap", f"{cap:g} is not a share.", expected="0 < cap <= 1, for example 0.65")
    check_quantity(import_t, over, "import_t")
    unknown = unknown_t if isinstance(unknown_t, xr.DataArray) else xr.DataArray(float(unknown_t))
    check_quantity(unknown.expand_dims("value"), "value", "unknown_t")
    check_aligned(import_t, unknown, ("import_t", "unknown_t"))
    supplier = top_suppliers(import_t, over)["supplier"].isel(rank=0, drop=True)
    numerator = import_t.max(over)
    denominator = import_t.sum(over) + unknown
    some = denominator.where(denominator > 0)
    share, share_high = numerator / some, (numerator + unknown) / some
    verdict = np.select([share > cap, share_high <= cap], ["not met", "met"], "cannot tell").astype(object)
    found = {
        "verdict": (share.dims, verdict),
        "supplier": supplier,
        "share": share.assign_attrs(unit="1"),
        "share_high": share_high.assign_attrs(unit="1"),
        "numerator_t": numerator.assign_attrs(unit="t"),
        "denominator_t": denominator.assign_attrs(unit="t"),
        "move_t": (numerator - cap * denominator).where(share > cap, 0.0).assign_attrs(unit="t"),
    }
    return xr.Dataset(found, attrs={"by": "imports", "cap": cap})
