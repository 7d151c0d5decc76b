"""How far the shares of a trace can be trusted: the trace of many chains that the reports allow as well."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from monazite.supply_chain import SupplyChain
from monazite.supply_chain.draws import draw_chains
from monazite.tracing.mixing import Floats
from monazite.tracing.origins import trace_origins

LOW, HIGH = 0.05, 0.95
"""Quantiles of an interval."""


def trace_interval(
    chain: SupplyChain,
    importer: Mapping[str, Sequence[str]],
    *,
    stage: str,
    production_stage: str,
    draws: int,
    seed: int = 0,
    columns: Callable[[xr.DataArray], Floats] | None = None,
) -> tuple[Floats, Floats]:
    """
    Give the 5-95 % interval of every share of a trace.

    Parameters
    ----------
    chain : SupplyChain
        Reconciled: its standard deviations are what is drawn from.
    importer, stage, production_stage
        As `trace_origins`.
    draws, seed : int
        As `draw_chains`.
    columns : function, optional
        Turns the shares of a draw, dims (importer, origin), into the figures wanted, such as shares by owner.

    Returns
    -------
    low, high : arrays, dims (importer, origin)
        Quantiles 0.05 and 0.95. [unitless, 0..1]

    Raises
    ------
    DataError
        As `draw_chains` and `trace_origins`.

    Examples
    --------
    Shares of ten draws that run from 0.0 to 0.9 have the interval 0.045 to 0.855.

    >>> np.quantile(np.arange(10) / 10, [LOW, HIGH]).round(3).tolist()
    [0.045, 0.855]
    """
    found = []
    for drawn in draw_chains(chain, draws=draws, seed=seed):
        shares = trace_origins(drawn, importer, stage=stage, production_stage=production_stage)
        found.append(np.asarray(shares.values) if columns is None else columns(shares))
    low, high = np.quantile(np.stack(found), [LOW, HIGH], axis=0)
    return low, high
