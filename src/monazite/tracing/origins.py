"""Where the supply of a country was produced, through re-exports, by proportional mixing at one stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from monazite.errors import DataError, nearest_names
from monazite.supply_chain import SupplyChain
from monazite.vocabulary import STAGES

UNKNOWN = "unknown"
"""Label of the share that no recorded production explains."""

Floats = npt.NDArray[np.float64]
Importers = str | Sequence[str] | Mapping[str, Sequence[str]]


def trace_origins(
    chain: SupplyChain,
    importer: Importers,
    *,
    stage: str | None = None,
    production_stage: str | None = None,
) -> xr.DataArray:
    r"""
    Shares by country of production in what a country uses, followed through re-exports.

    Parameters
    ----------
    chain : SupplyChain
        Trade at `stage` and production at `production_stage`. [t contained material a year] Both finite and
        >= 0 in every country.
    importer : str, sequence of str, or mapping of str to sequence of str
        One country; several, each for itself; or groups by name with their members, each as one user:
        `{"EU27": ["AUT", "BEL", ...]}`.
    stage : str, optional
        Stage whose product is traded; may be left out where only one stage of the chain has trade.
    production_stage : str, optional
        Stage whose production feeds that trade; the same stage if not given. Another one is an assumption
        of the caller: a contained tonne produced there enters trade in the same country, without loss.

    Returns
    -------
    DataArray, dims (origin) for one country, else (importer, origin)
        Shares. [unitless, 0..1, each row sums to 1] `origin` holds the countries of the chain, the importer
        among them, and last `unknown`: exports that production and imports do not explain, and closed loops
        of trade without a producer.

    Raises
    ------
    DataError
        If a stage or a label is unknown, production or trade is missing or negative, or an importer has no
        supply (a group: no consumption); all problems of one kind in one message.

    Notes
    -----
    What a country sells has the mix of all it has: its production, its imports and, where it exports more
    than both, a residual of unknown origin (docs/explanation/tracing.md). Trade of a country with itself
    changes no mix and is ignored. A group's mix is that of its members, weighted by what each consumes; trade
    between members is transit.

    .. math:: T_j = p_j + u_j + \sum_i x_{ij}, \quad u_j = \max(0, \sum_k x_{jk} - p_j - \sum_i x_{ij})

    .. math:: M = (I - F)^{-1} P, \quad F_{ji} = x_{ij} / T_j, \quad P = diag(p / T), \;
              M_{unknown} = (I - F)^{-1} (u / T)

    References
    ----------
    .. [1] T. Kastner, M. Kastner, S. Nonhebel, "Tracing distant environmental impacts of agricultural
       products from a consumer perspective," Ecol. Econ., vol. 70, no. 6, pp. 1032-1040, 2011,
       doi:10.1016/j.ecolecon.2011.01.012.
    .. [2] The unknown column and the weights of a group: source: this project, docs/explanation/tracing.md.

    Examples
    --------
    CCC makes 10 and buys 20 from AAA, so what it sells is two thirds from AAA. DDD buys 30 from AAA and 10
    from CCC: (30 + 10 * 2/3) / 40 = 0.9167 of its supply was produced in AAA.

    >>> x = np.array([[0.0, 20.0, 30.0], [0.0, 0.0, 10.0], [0.0, 0.0, 0.0]])
    >>> mix_origins(np.array([90.0, 10.0, 0.0]), x).shares[2].round(4).tolist()
    [0.9167, 0.0833, 0.0, 0.0]
    """
    stage = stage or find_traded_stage(chain)
    production_t, trade_t = _read_flows(chain, stage, production_stage or stage)
    groups = _check_importers(chain, importer)
    mix = mix_origins(production_t, trade_t)
    _check_supply(chain, stage, mix, groups)
    rows = np.vstack([_group_mix(mix, members) for members in groups.values()])
    shares = xr.DataArray(
        rows,
        dims=("importer", "origin"),
        coords={"importer": list(groups), "origin": [*chain.countries, UNKNOWN]},
        name="origin_share",
        attrs={
            "unit": "1",
            "material": chain.material,
            "year": chain.year,
            "stage": stage,
            "production_stage": production_stage or stage,
        },
    )
    return shares.isel(importer=0) if isinstance(importer, str) else shares


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
    inflow = np.array(trade_t.T, dtype=float)  # row: importer, column: exporter
    np.fill_diagonal(inflow, 0.0)
    imports, exports = inflow.sum(axis=1), inflow.sum(axis=0)
    residual = np.maximum(exports - production_t - imports, 0.0)
    residual[residual <= count * np.finfo(float).eps * exports] = 0.0  # the rounding of the two sums
    supply = production_t + residual + imports
    makers = np.flatnonzero(production_t > 0)
    origin = np.zeros((count, len(makers) + 1))  # columns: the producers and, last, unknown
    origin[makers, np.arange(len(makers))] = production_t[makers]
    origin[:, -1] = residual
    _solve_without_subtraction(inflow, production_t + residual, origin, supply)
    shares = np.zeros((count, count + 1))
    shares[:, [*makers, count]] = origin
    shares[supply <= 0] = np.nan
    return Mix(shares, supply, np.maximum(supply - exports, 0.0))


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


def _read_flows(chain: SupplyChain, stage: str, production_stage: str) -> tuple[Floats, Floats]:
    """Return production and trade as plain arrays, or raise with every missing or negative label."""
    chain.check_stage(stage, "trade_t")
    chain.check_stage(production_stage, "production_t")
    if STAGES.index(production_stage) > STAGES.index(stage):
        raise DataError(
            f"chain {chain.material} {chain.year}",
            f"{production_stage} comes after {stage}: nothing traded there was made later.",
            expected="the traded stage or one before it",
        )
    if "is_part" in chain.arrays and bool(chain.arrays["is_part"].sel(stage=production_stage)):
        raise DataError(
            f"chain {chain.material} {chain.year}, stage {production_stage}",
            "its production covers only a part of the material; trade covers all of it.",
            which=[str(chain.arrays["form"].sel(stage=production_stage).item())],
            expected="production of the whole material",
            fix="trace to another stage: production_stage='extraction', or --by extraction on the command line",
        )
    production = chain.production_t.sel(stage=production_stage).transpose("country")
    trade = chain.trade_t.sel(stage=stage).transpose("exporter", "importer")
    problems = []
    for array in (production, trade):
        values = np.asarray(array.values, dtype=float)
        for index in np.argwhere(~np.isfinite(values) | (values < 0)):
            labels = [str(array[dim].values[i]) for dim, i in zip(array.dims, index, strict=True)]
            problems.append(f"{array.name} ({', '.join(labels)}) = {values[tuple(index)]:g}")
    if problems:
        raise DataError(
            f"chain {chain.material} {chain.year}, stages {production_stage} and {stage}",
            f"flows that cannot be traced: {len(problems)}.",
            which=problems,
            expected="production and trade known in every country, tonnes >= 0",
            fix="count gross weight where the content is unknown: --unknown-content gross, or unknown_content='gross'",
        )
    return np.asarray(production.values, dtype=float), np.asarray(trade.values, dtype=float)


def _check_importers(chain: SupplyChain, importer: Importers) -> dict[str, list[int]]:
    """Return name -> positions of the members, or raise with every label that is not usable."""
    if isinstance(importer, str):
        named = {importer: [importer]}
    elif isinstance(importer, Mapping):
        named = {name: list(members) for name, members in importer.items()}
    else:
        named = {name: [name] for name in importer}
    known = chain.countries
    problems = []
    for name, members in named.items():
        if not members:
            problems.append(f"{name}: has no members")
        for label in dict.fromkeys(members):
            where = label if label == name else f"{label} in {name}"
            if label not in known:
                problems.append(f"{where}: not in the chain, {nearest_names(label, known)}")
            if members.count(label) > 1:
                problems.append(f"{where}: given more than once")
    if problems or not named:
        raise DataError(
            "importer",
            "labels are not usable." if problems else "none was given.",
            which=problems,
            expected="ISO3 codes of the chain, or groups by name with their members",
            fix="leave out members without any flow in this chain, and say so",
        )
    return {name: [known.index(label) for label in members] for name, members in named.items()}


def _check_supply(chain: SupplyChain, stage: str, mix: Mix, groups: Mapping[str, Sequence[int]]) -> None:
    """Raise DataError for importers without supply and for groups that consume nothing."""
    problems = []
    for name, members in groups.items():
        if not mix.supply_t[members].any():
            problems.append(f"{name}: neither produces nor imports")
        elif len(members) > 1 and not mix.consumption_t[members].any():
            problems.append(f"{name}: consumes nothing, its members export all they have")
    if problems:
        raise DataError(
            f"chain {chain.material} {chain.year}, stage {stage}",
            "there is nothing to trace.",
            which=problems,
            expected="an importer with production or imports; a group that consumes",
            fix="choose another importer, stage or year; trace the members of a group one by one",
        )


def _group_mix(mix: Mix, members: Sequence[int]) -> Floats:
    """Return the shares of one country, or of a group weighted by what its members consume."""
    if len(members) == 1:
        return np.asarray(mix.shares[members[0]])
    users = [k for k in members if mix.consumption_t[k] > 0]
    weight = mix.consumption_t[users] / mix.consumption_t[users].sum()
    return np.asarray(weight @ mix.shares[users])


def find_traded_stage(chain: SupplyChain) -> str:
    """Find the one stage of a chain that has trade; raises DataError where there are several, or none."""
    known = chain.trade_t.notnull().any(("exporter", "importer"))
    stages = [str(name) for name in chain.arrays["stage"].values[known.values]]
    if len(stages) != 1:
        example = f"monazite chain --material {chain.material} --year {chain.year}"
        raise DataError(
            f"chain {chain.material} {chain.year}",
            f"{len(stages)} stages have trade.",
            expected=f"a stage, one of {', '.join(stages)}" if stages else "a year with trade",
            fix="name the stage whose product is traded" if stages else f"what there is: {example}",
        )
    return stages[0]
