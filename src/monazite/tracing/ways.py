"""Ways to name the country behind a supply: the last exporter, the miner, the processor, the owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, owner_shares, read_owner_tables
from monazite.tracing.foreign_ore import read_ore_limits, widen_for_ore
from monazite.tracing.mixing import Floats
from monazite.tracing.origins import UNKNOWN, trace_origins, trace_suppliers
from monazite.vocabulary import country_name, list_moved

Rule = Literal["control", "equity", "offtake"]
OUTSIDE, USED, SHIPPED = "bought from outside", "used", "shipped by the suppliers"
"""What shares are of."""
CONTROLLED = "a share by control is what sites are documented to give, and what is unknown may be added to it"
LOW, HIGH = 0.05, 0.95
"""Quantiles of an interval."""
FEW = 20
"""Least number of draws of which these quantiles say something. [1]"""


@dataclass(frozen=True, kw_only=True)
class Question:
    """
    Whose supply is asked for, and by what name.

    Attributes
    ----------
    name : str
        Of the importer or the list of suppliers.
    members : sequence of str
        Countries of the importer; empty for a list of suppliers.
    suppliers : mapping of country to quantity
        Empty for an importer.
    stage : str
        Stage whose product is traded.
    by : str
        `partner`, a stage of production, or `control`.
    rule : str
        What ownership counts as, for `control`.
    is_imports : bool
        Ask of what the importer buys from outside alone, not of all it uses, so that its own mines do not count.
    """

    name: str
    members: Sequence[str] = ()
    suppliers: Mapping[str, float]
    stage: str
    by: str
    rule: Rule = "control"
    is_imports: bool = False


@dataclass(frozen=True)
class Answer:
    """
    Shares by country, with what is known of their error.

    Attributes
    ----------
    countries : tuple of str
        Names of the columns, `unknown` the last.
    shares, low, high : arrays, dims (country)
        [unitless, 0..1] `shares` sum to one. A country has at least `low` and at most `high`: what is unknown may be
        anybody's. With draws they are the quantiles 0.05 and 0.95 of these bounds, and hold `shares`.
    used_t : float
        What the importer uses. [t a year] NaN for a list of suppliers.
    assumptions : tuple of str
        Sentences.
    sources : tuple of str
        The source_ids of shares of the world's supply that widen the interval.
    """

    countries: tuple[str, ...]
    shares: Floats
    low: Floats
    high: Floats
    used_t: float
    assumptions: tuple[str, ...]
    sources: tuple[str, ...] = ()


def answer(
    data: Snapshot, chain: SupplyChain, question: Question, drawn: Sequence[SupplyChain] = ()
) -> Answer:
    r"""
    Answer where a supply comes from, one way.

    Parameters
    ----------
    data : Snapshot
        For the owners of mines.
    chain : SupplyChain
        What the shares are taken from.
    question : Question
        Whose supply, and by what name.
    drawn : sequence of SupplyChain
        Chains that the reports allow as well (`draw_chains`): `low` and `high` are quantiles over those that leave
        the importer a supply.

    Returns
    -------
    Answer

    Raises
    ------
    DataError
        As `trace_origins` and `owner_shares`.

    Notes
    -----
    By control, an owner has what its sites are known to give of each country, and may have more:

    .. math:: S_o = \sum_c M_c w_{co}, \quad \sum_c M_c w^{low}_{co} \le S_o \le \sum_c M_c w^{high}_{co}

    Examples
    --------
    Three quarters of a supply are mined in COD; CHN controls 51 to 78 % of what COD mines, so 38 to 59 % of the supply.

    >>> (0.75 * np.array([0.51, 0.78])).round(2).tolist()
    [0.38, 0.58]
    """
    owners = read_owners(data, chain, question.rule) if question.by == "control" else None
    countries, shares, low, high, used, assumptions = _answer_once(chain, question, owners)
    if owners is not None:
        assumptions = (*assumptions, CONTROLLED)
    if drawn:
        found = [one for other in drawn if (one := _answer_drawn(other, question, owners))]
        lost = len(drawn) - len(found)
        if lost:
            assumptions = (
                *assumptions,
                f"{lost} of {len(drawn)} draws leave nothing to trace and are not counted",
            )
        nothing = np.full(len(shares), np.nan)
        low = np.quantile([one[2] for one in found], LOW, axis=0) if found else nothing
        high = np.quantile([one[3] for one in found], HIGH, axis=0) if found else nothing
        low, high = np.minimum(low, shares), np.maximum(high, shares)
        if len(drawn) < FEW:
            assumptions = (*assumptions, f"{len(drawn)} draws are too few for quantiles of 5 and 95 %")
    sources: tuple[str, ...] = ()
    if hides_foreign_ore(chain, question.stage, question.by):
        limits = read_ore_limits(data, chain.material, chain)
        origins, mined = (
            _answer_once(chain, replace(question, by="extraction"), None)[:2]
            if owners is not None
            else (countries, shares)
        )
        low, high = widen_for_ore(limits, origins, mined, countries, (low, high), owners=owners)
        assumptions = (*assumptions, *limits.explain(origins, mined))
        sources = limits.sources
    return Answer(countries, shares, low, high, used, assumptions, sources)


def hides_foreign_ore(chain: SupplyChain, stage: str, by: str) -> bool:
    """Whether a way counts what a country processes as its own ore for want of trade in ore."""
    return (
        by in ("extraction", "control")
        and stage != "extraction"
        and bool(chain.trade_t.sel(stage="extraction").isnull().any())
    )


def read_owners(data: Snapshot, chain: SupplyChain, rule: Rule) -> xr.Dataset:
    """Read the matrix of owners of everything that is mined in a chain; raises DataError as `owner_shares`."""
    tables = read_owner_tables(data, material=chain.material, stage="extraction")
    origins = [code for code, made in zip(chain.countries, _mined(chain), strict=True) if made > 0]
    return owner_shares(tables, chain.material, chain.year, rule, stage="extraction", origins=origins)


def _mined(chain: SupplyChain) -> Floats:
    made: Floats = np.nan_to_num(np.asarray(chain.production_t.sel(stage="extraction").values, dtype=float))
    return made


def _answer_once(
    chain: SupplyChain, question: Question, owners: xr.Dataset | None
) -> tuple[tuple[str, ...], Floats, Floats, Floats, float, tuple[str, ...]]:
    """Countries, shares, low, high, use and assumptions of one chain."""
    if question.by == "partner":
        shares, used = _by_partner(chain, question)
        return (*chain.countries, UNKNOWN), shares, shares, shares, used, _say_moved(chain, question)
    stage = "extraction" if question.by == "control" else question.by
    bought = list_imports(chain, question) if question.is_imports else question.suppliers
    if bought:
        traced = trace_suppliers(chain, bought, stage=question.stage, production_stage=stage)
        used = sum(bought.values()) if question.is_imports else float("nan")
    else:
        group = {question.name: list(question.members)}
        traced = trace_origins(chain, group, stage=question.stage, production_stage=stage).isel(importer=0)
        used = float(traced["consumption_t"])
    shares, names = (
        np.asarray(traced.values, dtype=float),
        tuple(str(code) for code in traced["origin"].values),
    )
    assumptions = tuple(traced.attrs["assumptions"])
    if owners is None:
        high = np.minimum(shares + shares[-1], 1.0)
        high[-1] = shares[-1]
        return names, shares, shares, high, used, assumptions
    return (*answer_by_owner(names, shares, owners), used, assumptions)


def _answer_drawn(
    chain: SupplyChain, question: Question, owners: xr.Dataset | None
) -> tuple[tuple[str, ...], Floats, Floats, Floats, float, tuple[str, ...]] | None:
    """Answer for a draw; None where it leaves the importer no supply, so that there are no shares."""
    try:
        return _answer_once(chain, question, owners)
    except DataError:
        return None


def _by_partner(chain: SupplyChain, question: Question) -> tuple[Floats, float]:
    """Shares of exporters in what a group imports from outside; nothing is unknown to customs."""
    if question.suppliers:
        total = sum(question.suppliers.values())
        return np.array(
            [question.suppliers.get(code, 0.0) / total for code in (*chain.countries, UNKNOWN)]
        ), np.nan
    bought = list_imports(chain, question)
    total = sum(bought.values())
    return np.array([bought.get(code, 0.0) / total for code in (*chain.countries, UNKNOWN)]), total


def _say_moved(chain: SupplyChain, question: Question) -> tuple[str, ...]:
    """Name exporters whose goods customs have under the codes of a stage and that count at another."""
    moved = [
        f"{country_name(code)} ships goods under these codes too that count at {stage}, as they are crude"
        for code, stage in list_moved(chain.material, question.stage)
        if code in chain.countries
    ]
    return (f"not all that customs have: {'; '.join(moved)} (docs/explanation/tracing.md)",) if moved else ()


def list_imports(chain: SupplyChain, question: Question) -> dict[str, float]:
    """
    List what an importer buys from outside, by partner. [t a year]

    Raises
    ------
    DataError
        If it buys nothing.
    """
    lanes = chain.trade_t.sel(stage=question.stage, importer=list(question.members)).sum("importer")
    bought = {
        code: float(mass_t)
        for code, mass_t in zip(chain.countries, lanes.values, strict=True)
        if mass_t > 0 and code not in question.members
    }
    if not bought:
        raise DataError(
            f"chain {chain.material} {chain.year}, stage {question.stage}",
            f"{question.name} imports nothing from outside.",
            expected="an importer with imports",
        )
    return bought


def answer_by_owner(
    names: Sequence[str], shares: Floats, owners: xr.Dataset
) -> tuple[tuple[str, ...], Floats, Floats, Floats]:
    """Turn shares by country of extraction into shares by owner; what no matrix knows may be anybody's."""
    listed = [str(code) for code in owners["origin"].values]
    columns = [str(code) for code in owners["owner"].values]
    weight = np.array([shares[names.index(code)] for code in listed])
    rest = max(0.0, 1.0 - float(weight.sum()))  # unknown origins
    found = weight @ owners["share"].values
    low, high = weight @ owners["low"].values, weight @ owners["high"].values + rest
    found[-1] += rest
    return tuple(columns), found, low, np.minimum(high, 1.0)
