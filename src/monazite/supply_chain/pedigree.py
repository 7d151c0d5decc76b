"""How far a figure may be off: relative standard deviations by quality, and the table that they come from."""

import csv
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

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

Floats = NDArray[np.float64]
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
    given = chain.arrays
    added: dict[str, tuple[tuple[Hashable, ...], Floats]] = {}
    if "production_sd_t" not in given:
        made, quality = given["production_t"], given["quality"].transpose(*given["production_t"].dims).values
        share = np.full(made.shape, np.nan)
        for (figure, name), relative in deviations.items():
            if figure == "production":
                share[quality == name] = relative
        added["production_sd_t"] = (made.dims, _where_positive(share * made.values, made.values))
    if "trade_sd_t" not in given:
        dims, trade = given["trade_t"].dims, given["trade_t"].values
        added["trade_sd_t"] = (dims, _where_positive(lane_deviations(chain, deviations) * trade, trade))
    for name in ("recycled", "stock_draw"):
        if f"{name}_t" in given and f"{name}_sd_t" not in given:
            sd = deviations["production", "estimated"] * np.abs(given[f"{name}_t"].values)
            added[f"{name}_sd_t"] = (given[f"{name}_t"].dims, _where_positive(sd, sd))
    arrays = given.assign(added)
    checked = SupplyChain(chain.material, chain.year, arrays, chain.lineage)
    _check_deviations(checked)
    return checked


def lane_deviations(chain: SupplyChain, deviations: Mapping[Key, float]) -> Floats:
    """
    Give the relative standard deviation of every lane, in the order of `trade_t`.

    It goes by the value of the lane (large, middle, small), by whether its tonnes are imputed, and by whether the
    stage counts gross weight, is known by form only, or was fitted to margins.
    """
    dims = chain.trade_t.dims
    value = chain.arrays["trade_usd"].transpose(*dims).values
    is_imputed = np.nan_to_num(chain.arrays["imputed_t"].transpose(*dims).values) > 0
    usd = np.nan_to_num(value)
    size = (usd >= MIDDLE_USD).astype(int) + (usd >= LARGE_USD)
    names = ("small", "middle", "large")
    share: Floats = np.where(
        is_imputed,
        np.array([deviations["trade", f"imputed_{name}"] for name in names])[size],
        np.array([deviations["trade", f"reported_{name}"] for name in names])[size],
    )
    for stage in range(len(share)):
        if np.isnan(value[stage]).all():
            share[stage] = deviations["trade", "estimated"]
        if _is_flagged(chain, "is_gross", stage):
            share[stage] = np.hypot(share[stage], deviations["trade", "gross"])
        if _is_flagged(chain, "is_fitted", stage):
            share[stage] = deviations["trade", "margins"]
    return np.asarray(np.hypot(share, content_deviations(chain)))


def content_deviations(chain: SupplyChain) -> Floats:
    """
    Give the relative standard deviation of every lane from estimated contents, in the order of `trade_t`.

    Zero where a source gives the content; the same for all that one exporter ships of one product.
    """
    trade = chain.trade_t.values
    if "content_sd_t" not in chain.arrays:
        return np.zeros_like(trade)
    sd = np.nan_to_num(chain.arrays["content_sd_t"].transpose(*chain.trade_t.dims).values)
    share: Floats = np.divide(sd, trade, out=np.zeros_like(sd), where=np.nan_to_num(trade) > 0)
    return share


def _is_flagged(chain: SupplyChain, name: str, stage: int) -> bool:
    return name in chain.arrays and bool(chain.arrays[name].values[stage])


def _where_positive(sd: Floats, figure: Floats) -> Floats:
    """Standard deviations of figures above zero; NaN elsewhere."""
    return np.where(figure > 0, sd, np.nan)


def _check_deviations(chain: SupplyChain) -> None:
    problems: list[str] = []
    for name, sd_name in GIVEN.items():
        if name not in chain.arrays:
            continue
        value = chain.arrays[name]
        size, sd = np.abs(value.values), chain.arrays[sd_name].transpose(*value.dims).values
        relative = np.divide(sd, size, out=np.ones_like(size), where=size > 0)
        for index in np.argwhere(~((relative >= LEAST) & (relative <= MOST))):
            labels = ", ".join(str(value[dim].values[i]) for dim, i in zip(value.dims, index, strict=True))
            problems.append(f"{sd_name} ({labels}) = {float(sd[tuple(index)]):g}")
    if problems:
        raise DataError(
            f"chain {chain.material} {chain.year}", f"{len(problems)} standard deviations are absurd.", which=problems,
            expected=f"between {LEAST:g} and {MOST:g} times the figure, wherever the figure is above zero",
            fix="leave the arrays out to take the pedigree table, or mend the cells named",
        )  # fmt: skip
