"""Proportional mixing: what a country has of a product is one heap, and all it sells and keeps has its mix."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Mix:
    """
    The supply of every country and where it was produced.

    Attributes
    ----------
    shares : array, dims (country, origin), origin = the countries and, last, unknown
        [unitless, rows sum to 1] NaN where a country has no supply.
    supply_t : array, dims (country)
        Production + residual + imports. [t]
    consumption_t : array, dims (country)
        Supply - exports, >= 0. [t]
    """

    shares: Floats
    supply_t: Floats
    consumption_t: Floats


def mix_origins(production_t: Floats, trade_t: Floats) -> Mix:
    r"""
    Solve the proportional mixing of `trace_origins` for every country at once.

    Parameters
    ----------
    production_t : array, dims (country)
        Production. [t contained material] Finite and >= 0.
    trade_t : array, dims (exporter, importer), same countries
        Trade. [t contained material] Finite and >= 0.

    Returns
    -------
    Mix
        Shares by origin, supply and consumption.

    Notes
    -----
    Elimination after Grassmann, Taksar and Heyman: pivots are sums of flows, nothing is ever subtracted, so
    shares are never negative and small producers in large loops keep their digits. A country that loses all
    its inflow on the way closes a loop without a producer; its origin is then unknown.

    .. math:: (r_j + \sum_{i \ne j} x_{ij}) \, M_j = p_j e_j + u_j e_{unknown} + \sum_{i \ne j} x_{ij} M_i

    References
    ----------
    .. [1] W. K. Grassmann, M. I. Taksar, D. P. Heyman, "Regenerative analysis and steady state distributions
       for Markov chains," Oper. Res., vol. 33, no. 5, pp. 1107-1116, 1985, doi:10.1287/opre.33.5.1107.

    Examples
    --------
    Two countries send each other the same 5 t and neither produces: nobody knows where those were made.

    >>> mix_origins(np.zeros(2), np.array([[0.0, 5.0], [5.0, 0.0]])).shares.tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    """
    count = len(production_t)
    makers = np.flatnonzero(production_t > 0)
    source = np.zeros((count, len(makers) + 1))  # columns: the producers and, last, unknown
    source[makers, np.arange(len(makers))] = production_t[makers]
    mix = mix_sources(source, trade_t)
    shares = np.zeros((count, count + 1))
    shares[:, [*makers, count]] = mix.shares
    shares[mix.supply_t <= 0] = np.nan
    return Mix(shares, mix.supply_t, mix.consumption_t)


def mix_sources(source_t: Floats, trade_t: Floats) -> Mix:
    """
    Mix what enters each country from any set of sources, not only its own production.

    Parameters
    ----------
    source_t : array, dims (country, origin), the last origin is unknown
        What enters trade in each country, by where it comes from. [t] Finite and >= 0.
    trade_t : array, dims (exporter, importer), same countries
        Trade. [t] Finite and >= 0.

    Returns
    -------
    Mix
        Shares over the columns of `source_t`; exports that nothing explains are added to the last.

    Examples
    --------
    AAA makes 10 t, half of ore from BBB, and sells 4 to CCC, so half of what CCC has is from BBB.

    >>> source = np.array([[5.0, 5.0, 0.0], [0.0, 0.0, 0.0]])  # origins AAA, BBB, unknown
    >>> mix_sources(source, np.array([[0.0, 4.0], [0.0, 0.0]])).shares[1].tolist()
    [0.5, 0.5, 0.0]
    """
    inflow = np.array(trade_t.T, dtype=float)  # row: importer, column: exporter
    np.fill_diagonal(inflow, 0.0)
    imports, exports = inflow.sum(axis=1), inflow.sum(axis=0)
    made = source_t.sum(axis=1)
    residual = np.maximum(exports - made - imports, 0.0)
    residual[residual <= len(made) * np.finfo(float).eps * exports] = 0.0  # the rounding of the two sums
    supply = made + residual + imports
    origin = np.array(source_t, dtype=float)
    origin[:, -1] += residual
    _solve_without_subtraction(inflow, made + residual, origin, supply)
    origin[supply <= 0] = np.nan
    return Mix(origin, supply, np.maximum(supply - exports, 0.0))


def _solve_without_subtraction(inflow: Floats, source: Floats, origin: Floats, supply: Floats) -> None:
    """Turn `origin` from tonnes of each source into shares of supply, in place; `inflow` is used up."""
    count = len(source)
    pivots = np.ones(count)
    source = source.copy()
    for k in range(count - 1, -1, -1):
        pivot = source[k] + inflow[k, :k].sum()
        if pivot > 0:
            pivots[k] = pivot
        elif supply[k] > 0:  # a closed loop without a producer
            source[k] = origin[k, -1] = 1.0
        buyers = np.flatnonzero(inflow[:k, k])
        if len(buyers):
            weight = inflow[buyers, k] / pivots[k]
            inflow[buyers, :k] += weight[:, None] * inflow[k, :k]
            origin[buyers] += weight[:, None] * origin[k]
            source[buyers] += weight * source[k]
    for k in range(count):
        origin[k] = (origin[k] + inflow[k, :k] @ origin[:k]) / pivots[k]
