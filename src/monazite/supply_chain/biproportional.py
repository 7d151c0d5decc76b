"""Trade that nobody reports, estimated from what each country must have sold or bought (RAS), and flagged."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.supply_chain.chain import SupplyChain

Floats = NDArray[np.float64]

GRAVITY_SHARE = 1e-6
"""Weight of gravity beside last year's lanes: it opens lanes that last year did not have, and no more."""
ROUNDS = 500
CLOSE = 1e-9
"""Largest margin error, over all that is traded, at which fitting ends. [1]"""

FITTED = "nobody reports its trade: every lane is an estimate of ours, fitted to what each country has over or lacks"
"""What is said of a stage whose trade is fitted."""


def is_fitted(chain: SupplyChain, stage: str) -> bool:
    """
    Whether the trade of a stage is fitted by `fill_missing_trade`: reported by nobody.

    Examples
    --------
    A chain as built has no such stage.
    """
    return "is_fitted" in chain.arrays and bool(chain.arrays["is_fitted"].sel(stage=stage).item())


def build_gravity(export_t: Floats, import_t: Floats) -> Floats:
    """
    Spread trade by what each country sells and buys, without distance; nobody trades with itself.

    Examples
    --------
    Sellers 6 and 4, buyers 5 and 5, each a country of its own: 3, 3, 2, 2.

    >>> build_gravity(np.array([6.0, 4, 0, 0]), np.array([0.0, 0, 5, 5]))[:2, 2:]
    array([[3., 3.],
           [2., 2.]])
    """
    total = max(float(export_t.sum()), float(import_t.sum()))
    gravity = np.outer(export_t, import_t) / total if total > 0 else np.zeros((len(export_t), len(import_t)))
    np.fill_diagonal(gravity, 0.0)
    return gravity


def fit_trade(export_t: Floats, import_t: Floats, prior: Floats) -> tuple[Floats, float]:
    r"""
    Fit a matrix of trade to its margins, as near to a prior as can be in relative entropy.

    Parameters
    ----------
    export_t, import_t : ndarray, shape (countries,)
        What each country sells and buys in all. [t, >= 0; equal sums]
    prior : ndarray, shape (countries, countries)
        Pattern, exporter by importer, >= 0; a zero stays zero.

    Returns
    -------
    trade, error
        Trade [t]; and the margins that are still missing, over all that is traded [1].

    Raises
    ------
    DataError
        If a margin or prior is negative or not finite, or the sums of the margins differ.

    Notes
    -----
    Rows and columns are scaled in turn to their margins: :math:`T_{ij} = r_i T^0_{ij} s_j`. Where the prior has
    zeros that the margins do not allow, the error stays; the reconciliation then shows it as residual.

    References
    ----------
    .. [1] M. Bacharach, "Biproportional Matrices and Input-Output Change," Cambridge University Press, 1970.

    Examples
    --------
    >>> trade, error = fit_trade(np.array([6.0, 4.0]), np.array([5.0, 5.0]), np.ones((2, 2)))
    >>> trade, error < 1e-9
    (array([[3., 3.],
           [2., 2.]]), True)
    """
    _check_margins(export_t, import_t, prior)
    trade, total = np.array(prior, dtype=float), float(export_t.sum())
    if total <= 0:
        return np.zeros_like(trade), 0.0
    error = np.inf
    for _ in range(ROUNDS):
        trade *= _ratio(export_t, trade.sum(axis=1))[:, None]
        trade *= _ratio(import_t, trade.sum(axis=0))
        error = (
            float(np.abs(trade.sum(axis=1) - export_t).sum() + np.abs(trade.sum(axis=0) - import_t).sum())
            / total
        )
        if error <= CLOSE:
            break
    return trade, error


def fill_missing_trade(
    chain: SupplyChain, *, yields: Mapping[str, float] | None = None, last: SupplyChain | None = None
) -> SupplyChain:
    r"""
    Estimate the trade of stages that nobody reports trade of; trade that is there stays as it is.

    Parameters
    ----------
    chain : SupplyChain
        Raw figures. It may bring `export_margin_t` and `import_margin_t` (stage, country).
    yields : mapping of stage to number, optional
        Without margins, a country sells what it produces beyond the input of its next stage, or buys what it lacks:
        :math:`P_s - P_{s+1} / y_{s+1}`. That counts net trade only.
    last : SupplyChain, optional
        The same material in another year; its lanes are the prior, beside a millionth of gravity.

    Returns
    -------
    SupplyChain
        With trade at those stages, `is_fitted` (stage) true, `imputed_t` equal to it and `fit_error` (stage). Stages
        of which margins are not known stay without trade. If more is offered than asked for (or less), the smaller
        total is fitted, and what is over is left for the residual.

    Raises
    ------
    DataError
        If margins are negative or not finite.
    """
    arrays = chain.arrays.copy(deep=True)
    stages = [str(name) for name in arrays["stage"].values]
    arrays["is_fitted"] = ("stage", np.zeros(len(stages), dtype=bool))
    arrays["fit_error"] = ("stage", np.full(len(stages), np.nan))
    for i, stage in enumerate(stages):
        margins = _find_margins(arrays, i, yields or {})
        if margins is None or not np.isnan(arrays["trade_t"].values[i]).all() or _is_traded(arrays, i):
            continue
        sold, bought = margins
        total = min(float(sold.sum()), float(bought.sum()))
        if total <= 0:
            continue
        sold, bought = sold * total / sold.sum(), bought * total / bought.sum()
        trade, error = fit_trade(sold, bought, _build_prior(chain, last, stage, sold, bought))
        arrays["trade_t"].values[i] = arrays["imputed_t"].values[i] = trade
        arrays["is_fitted"].values[i], arrays["fit_error"].values[i] = True, error
    return SupplyChain(chain.material, chain.year, arrays, chain.lineage)


def _check_margins(export_t: Floats, import_t: Floats, prior: Floats) -> None:
    problems = [
        f"{name}[{', '.join(map(str, index))}] = {float(values[tuple(index)]):g}"
        for name, values in (("export_t", export_t), ("import_t", import_t), ("prior", prior))
        for index in np.argwhere(~np.isfinite(values) | (values < 0))
    ]
    sold, bought = float(np.sum(export_t)), float(np.sum(import_t))
    if not problems and abs(sold - bought) > 1e-9 * max(sold, bought):
        problems = [f"{sold:g} t are sold and {bought:g} t bought"]
    if problems:
        raise DataError(
            "margins of trade", "cannot be fitted.", which=problems, expected="tonnes >= 0, as much sold as bought",
            fix="scale the larger side down, and keep the rest as residual",
        )  # fmt: skip


def _ratio(wanted: Floats, found: Floats) -> Floats:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)


def _is_traded(arrays: xr.Dataset, stage: int) -> bool:
    """Whether customs recorded anything at a stage, be it of unknown content."""
    return bool(
        np.nansum(arrays["trade_gross_t"].values[stage]) > 0
        or np.nansum(arrays["trade_usd"].values[stage]) > 0
    )


def _find_margins(
    arrays: xr.Dataset, stage: int, yields: Mapping[str, float]
) -> tuple[Floats, Floats] | None:
    """What each country sells and buys at a stage: as given, or net of its next stage."""
    if "export_margin_t" in arrays and "import_margin_t" in arrays:
        given = arrays["export_margin_t"].values[stage], arrays["import_margin_t"].values[stage]
        if not np.isnan(given[0]).all() and not np.isnan(given[1]).all():
            return np.asarray(given[0], dtype=float), np.asarray(given[1], dtype=float)
    names = [str(name) for name in arrays["stage"].values]
    if stage + 1 >= len(names) or names[stage + 1] not in yields:
        return None
    made, asked = arrays["production_t"].values[stage], arrays["production_t"].values[stage + 1]
    if (
        np.isnan(made).any()
        or np.isnan(asked).any()
        or bool(arrays["is_part"].values[stage : stage + 2].any())
    ):
        return None
    net = made - asked / yields[names[stage + 1]]
    return np.maximum(net, 0.0), np.maximum(-net, 0.0)


def _build_prior(
    chain: SupplyChain, last: SupplyChain | None, stage: str, export_t: Floats, import_t: Floats
) -> Floats:
    """Last year's lanes and a millionth of gravity; gravity alone where there is no last year."""
    gravity = build_gravity(export_t, import_t)
    if last is None:
        return gravity
    countries = list(chain.countries)
    lanes = last.trade_t.sel(stage=stage).reindex(exporter=countries, importer=countries).fillna(0.0).values
    size = float(lanes.sum())
    return gravity if size <= 0 else lanes / size + GRAVITY_SHARE * gravity / gravity.sum()
