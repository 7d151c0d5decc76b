"""Where the supply of a country was produced, through re-exports and stages, by proportional mixing."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from monazite.errors import DataError, nearest_names
from monazite.supply_chain import SupplyChain
from monazite.tracing.mixing import Floats, Mix
from monazite.tracing.stages import mix_stages, read_stages

UNKNOWN = "unknown"
"""Label of the share that no recorded production explains."""

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
        >= 0 in every country. Of a reconciled chain the yields count too.
    importer : str, sequence of str, or mapping of str to sequence of str
        One country; several, each for itself; or groups by name with their members, each as one user:
        `{"EU27": ["AUT", "BEL", ...]}`.
    stage : str, optional
        Stage whose product is traded; may be left out where only one stage of the chain has trade.
    production_stage : str, optional
        Stage whose production is asked for, the traded stage or one before it; the same if not given. Origins
        are followed through every stage between (`mix_stages`); what has to be assumed where one is not known
        stands in `attrs["assumptions"]`.

    Returns
    -------
    DataArray, dims (origin) for one country, else (importer, origin)
        Shares. [unitless, 0..1, each row sums to 1] `origin` holds the countries of the chain, the importer
        among them, and last `unknown`: exports that production and imports do not explain, and closed loops
        of trade without a producer. The coordinate `consumption_t` (importer) is what each uses. [t a year]

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
    >>> from monazite.tracing import mix_origins
    >>> mix_origins(np.array([90.0, 10.0, 0.0]), x).shares[2].round(4).tolist()
    [0.9167, 0.0833, 0.0, 0.0]
    """
    stage = stage or find_traded_stage(chain)
    flows, assumptions = read_stages(chain, stage, production_stage or stage)
    groups = _check_importers(chain, importer)
    mix = mix_stages(flows)
    _check_supply(chain, stage, mix, groups)
    rows = np.vstack([_group_mix(mix, members) for members in groups.values()])
    shares = xr.DataArray(
        rows,
        dims=("importer", "origin"),
        coords={
            "importer": list(groups),
            "origin": [*chain.countries, UNKNOWN],
            "consumption_t": ("importer", [mix.consumption_t[m].sum() for m in groups.values()]),
        },
        name="origin_share",
        attrs={
            "unit": "1",
            "material": chain.material,
            "year": chain.year,
            "stage": stage,
            "production_stage": production_stage or stage,
            "assumptions": assumptions,
        },
    )
    return shares.isel(importer=0) if isinstance(importer, str) else shares


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
        nothing = f"what there is: {example}; published shares of supply, where there are any: monazite trace --by all"
        raise DataError(
            f"chain {chain.material} {chain.year}",
            f"{len(stages)} stages have trade." if stages else "the release has no trade in it.",
            expected=f"a stage, one of {', '.join(stages)}" if stages else "a year with trade",
            fix="name the stage whose product is traded: --stage" if stages else nothing,
        )
    return stages[0]


def trace_suppliers(
    chain: SupplyChain,
    suppliers: Mapping[str, float],
    *,
    stage: str | None = None,
    production_stage: str | None = None,
) -> xr.DataArray:
    r"""
    Shares by country of production in what a company buys from suppliers in several countries.

    Parameters
    ----------
    chain : SupplyChain
        As for `trace_origins`.
    suppliers : mapping of country to quantity
        From where and how much, in any one unit. [> 0] `unknown` stands for suppliers of unknown country.
    stage, production_stage : str, optional
        As for `trace_origins`.

    Returns
    -------
    DataArray, dims (origin)
        Shares. [unitless, 0..1, sum 1] What a supplier sells has the mix of all its country has.

    Raises
    ------
    DataError
        As `trace_origins`; or if a quantity is not above zero, or a country has no supply to sell from.

    Notes
    -----
    .. math:: S_o = \sum_i q_i M_{io} / \sum_i q_i

    Examples
    --------
    A company that buys 3 t from AAA, which sells only its own, and 1 t from CCC, two thirds of whose heap is AAA's:
    (3 + 1 * 2/3) / 4 = 0.9167 of it was produced in AAA.

    >>> round((3 * 1.0 + 1 * 2 / 3) / 4, 4)
    0.9167
    """
    wrong = [f"{code}: {amount:g}" for code, amount in suppliers.items() if not 0 < amount < np.inf]
    if wrong or not suppliers:
        raise DataError(
            "suppliers", "have no usable quantity.", which=wrong, expected="quantities above zero"
        )
    known = [code for code in suppliers if code != UNKNOWN]
    total = sum(suppliers.values())
    stage = stage or find_traded_stage(chain)
    shares = np.zeros(len(chain.countries) + 1)
    attributes: dict[str, object] = {
        "stage": stage,
        "production_stage": production_stage or stage,
        "assumptions": (),
    }
    if known:
        traced = trace_origins(chain, known, stage=stage, production_stage=production_stage)
        weights = np.array([suppliers[code] for code in known])
        shares += weights @ traced.values / total
        attributes = dict(traced.attrs)
    shares[-1] += suppliers.get(UNKNOWN, 0.0) / total
    return xr.DataArray(
        shares,
        dims="origin",
        coords={"origin": [*chain.countries, UNKNOWN]},
        name="origin_share",
        attrs=attributes,
    )
