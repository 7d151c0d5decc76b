"""How far a figure may be off: relative standard deviations by quality, and the table that they come from."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.supply_chain.chain import SupplyChain

PEDIGREE = Path(__file__).with_name("pedigree.csv")
LEAST, MOST = 1e-6, 1e3
"""A relative standard deviation outside these is absurd: a figure known to a millionth, or to a factor of 1,000."""
LARGE_USD, MIDDLE_USD = 1e6, 1e4
"""Values from which a lane counts as large, or as middle. [USD a year] Those of the pedigree table."""
GIVEN = {
    "production_t": "production_sd_t", "trade_t": "trade_sd_t", "recycled_t": "recycled_sd_t",
    "stock_draw_t": "stock_draw_sd_t",
}  # fmt: skip
"""Arrays in which a chain may bring standard deviations of its own."""

Key = tuple[str, str]


@dataclass(frozen=True)
class Pedigree:
    """Relative standard deviation of a figure of some quality, how it was found, and its source."""

    relative_sd: float
    basis: str
    source: str


@cache
def pedigree() -> Mapping[Key, Pedigree]:
    """
    Read the table of relative standard deviations, by figure and quality.

    Examples
    --------
    >>> pedigree()["production", "reported"].relative_sd
    0.13
    """
    with PEDIGREE.open(encoding="utf-8", newline="") as file:
        return MappingProxyType(
            {
                (row["figure"], row["quality"]): Pedigree(
                    float(row["relative_sd"]), row["basis"], row["source"]
                )
                for row in csv.DictReader(file)
            }
        )


def read_deviations(changes: Mapping[Key, float] | None = None) -> dict[Key, float]:
    """
    Give the relative standard deviation of every figure and quality, some of them changed by the caller.

    Raises
    ------
    DataError
        If a change names no row of the table, or is not between 1e-6 and 1,000; all are named.

    Examples
    --------
    >>> read_deviations({("residual", "unknown"): 0.1})["residual", "unknown"]
    0.1
    """
    known = {key: row.relative_sd for key, row in pedigree().items()}
    problems = [f"{key}: no row of the pedigree table" for key in changes or {} if key not in known]
    problems += [f"{key}: {value:g}" for key, value in (changes or {}).items() if not LEAST <= value <= MOST]
    if problems:
        raise DataError(
            "relative standard deviations", "are not usable.", which=problems,
            expected=f"between {LEAST:g} and {MOST:g}, for {', '.join(map('/'.join, known))}",
        )  # fmt: skip
    return known | dict(changes or {})


def set_deviations(chain: SupplyChain, deviations: Mapping[Key, float]) -> SupplyChain:
    """
    Give every positive figure of a chain a standard deviation.

    Parameters
    ----------
    chain : SupplyChain
        Raw figures. Arrays `production_sd_t` and `trade_sd_t` that it already has are kept and checked.
    deviations : mapping of (figure, quality) to relative standard deviation
        As `read_deviations` gives them.

    Returns
    -------
    SupplyChain
        With `production_sd_t` and `trade_sd_t`; NaN where the figure is missing or zero.

    Raises
    ------
    DataError
        If a standard deviation that the chain brings is missing, negative, zero or absurd; its cells are named.
    """
    arrays = chain.arrays.copy()
    if "production_sd_t" not in arrays:
        share = xr.apply_ufunc(
            np.vectorize(lambda quality: deviations.get(("production", quality), np.nan), otypes=[float]),
            arrays["quality"],
        )
        arrays["production_sd_t"] = (share * arrays["production_t"]).where(arrays["production_t"] > 0)
    if "trade_sd_t" not in arrays:
        arrays["trade_sd_t"] = (lane_deviations(chain, deviations) * arrays["trade_t"]).where(
            arrays["trade_t"] > 0
        )
    for name in ("recycled", "stock_draw"):
        if f"{name}_t" in arrays and f"{name}_sd_t" not in arrays:
            sd = deviations["production", "estimated"] * abs(arrays[f"{name}_t"])
            arrays[f"{name}_sd_t"] = sd.where(sd > 0)
    checked = SupplyChain(chain.material, chain.year, arrays, chain.lineage)
    _check_deviations(checked)
    return checked


def lane_deviations(chain: SupplyChain, deviations: Mapping[Key, float]) -> xr.DataArray:
    """
    Give the relative standard deviation of every lane, dims of `trade_t`.

    It goes by the value of the lane (large, middle, small), by whether its tonnes are imputed, and by whether the
    stage counts gross weight, is known by form only, or was fitted to margins.
    """
    arrays = chain.arrays
    value = arrays["trade_usd"].fillna(0.0)
    share = xr.full_like(arrays["trade_t"], np.nan)
    is_imputed = arrays["imputed_t"].fillna(0.0) > 0
    for size, is_size in (
        ("small", value < MIDDLE_USD),
        ("middle", (value >= MIDDLE_USD) & (value < LARGE_USD)),
        ("large", value >= LARGE_USD),
    ):
        share = share.where(~(is_size & ~is_imputed), deviations["trade", f"reported_{size}"])
        share = share.where(~(is_size & is_imputed), deviations["trade", f"imputed_{size}"])
    has_value = arrays["trade_usd"].notnull().any(("exporter", "importer"))
    share = share.where(has_value, deviations["trade", "estimated"])
    if "is_gross" in arrays:
        gross = np.hypot(share, deviations["trade", "gross"])
        share = share.where(~arrays["is_gross"], gross)
    if "is_fitted" in arrays:
        share = share.where(~arrays["is_fitted"], deviations["trade", "margins"])
    return share


def _check_deviations(chain: SupplyChain) -> None:
    problems: list[str] = []
    for name, sd_name in GIVEN.items():
        if name not in chain.arrays:
            continue
        value, sd = chain.arrays[name], chain.arrays[sd_name].transpose(*chain.arrays[name].dims)
        relative = (sd / abs(value)).where(abs(value) > 0, 1.0)
        wrong = ~((relative >= LEAST) & (relative <= MOST))
        for index in np.argwhere(wrong.values):
            labels = ", ".join(str(value[dim].values[i]) for dim, i in zip(value.dims, index, strict=True))
            problems.append(f"{sd_name} ({labels}) = {float(sd.values[tuple(index)]):g}")
    if problems:
        raise DataError(
            f"chain {chain.material} {chain.year}", f"{len(problems)} standard deviations are absurd.", which=problems,
            expected=f"between {LEAST:g} and {MOST:g} times the figure, wherever the figure is above zero",
            fix="leave the arrays out to take the pedigree table, or mend the cells named",
        )  # fmt: skip
