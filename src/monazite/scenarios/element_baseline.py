"""The market of one rare earth: production and trade of all of them, split by what the ores hold."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from monazite.errors import DataError, ScenarioError, nearest_names
from monazite.scenarios.schema import Baseline
from monazite.simulation.market import Array, divide
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, align_chains, build_supply_chain
from monazite.supply_chain.baskets import ELEMENTS
from monazite.supply_chain.elements import element_production

WHOLE = "rare_earths"
CERIUM = "cerium"
ONLY_CERIUM = "284610"
"""Compounds of cerium. Source: World Customs Organization, Harmonized System, heading 2846."""
WITHOUT_CERIUM = "284690"
"""Compounds of the other rare earths. Source: as above."""
SHOWN = 5
"""Countries that a note names. Source: this project."""


def build_element_chains(
    data: Snapshot, element: str, baseline: Baseline, years: Sequence[int]
) -> tuple[list[SupplyChain], list[str]]:
    r"""
    Build the chains of one rare earth from those of all of them.

    Parameters
    ----------
    data : Snapshot
        An open release.
    element : str
        One of the rare earths of a basket.
    baseline : Baseline
        With `split_from`; `unknown_ores` says what countries without an analysed ore count as.
    years : sequence of int
        Calendar years.

    Returns
    -------
    list of SupplyChain, list of str
        One chain a year, and notes on what was imputed.

    Raises
    ------
    ScenarioError
        If it is no rare earth of a basket, or `split_from` is another material.
    DataError
        If the ore of a country that produces or exports is unknown and nothing may stand in for it; names them.

    Notes
    -----
    With q the rare-earth oxides of a country, k the part of them of which an analysis tells the element, s the share of
    the element in that part, and S its mean over all countries,

    .. math:: P_c = q_c (k_c s_c + (1 - k_c) S), \qquad S = \sum_c q_c k_c s_c / \sum_c q_c k_c

    where S is for each country at most what its analyses leave unknown.
    Trade is that of each code times the share in the exporter's ore. A code holds all rare earths, but 284610 cerium
    alone and 284690 all others: there the share is over that of all others.

    Source: this project, docs/decisions/0015-coupled-stages.md.

    Examples
    --------
    An exporter of whose ore half is cerium and 15 % neodymium: 100 t under 284690 hold 15 / 50 x 100 = 30 t of
    neodymium, 100 t under 280530 15 t, and 100 t under 284610 none.
    """
    check_element(element, baseline)
    chains, notes = [], list[str]()
    for year in years:
        chain, note = split_year(data, element, baseline, year)
        chains.append(chain)
        notes += note
    return align_chains(chains), list(dict.fromkeys(notes))


def check_element(element: str, baseline: Baseline) -> None:
    """Raise ScenarioError unless a basket can tell the element."""
    if element not in ELEMENTS or baseline.split_from != WHOLE:
        raise ScenarioError(
            f"market {element}, split_from",
            f"cannot split {baseline.split_from} into {element}.",
            expected=f"{WHOLE}, and one of {', '.join(ELEMENTS)}",
            fix=nearest_names(element, ELEMENTS),
        )


def split_year(data: Snapshot, element: str, baseline: Baseline, year: int) -> tuple[SupplyChain, list[str]]:
    """Build the chain of one rare earth in one year, and say what was imputed."""
    whole = build_supply_chain(
        data,
        material=WHOLE,
        year=year,
        product_codes=baseline.product_codes or None,
        unknown_content="missing",
    )
    codes = baseline.product_codes
    if not codes:
        raise ScenarioError(
            f"market {element}, product_codes", "is missing: each code holds other elements.",
            expected="codes of rare earths, as hs92:284690", fix="list the codes whose trade is to be split",
        )  # fmt: skip
    names = list(whole.countries)
    told, stand_in, covered = read_shares(data, element, year, names)
    told_cerium, other_cerium, is_known = read_shares(data, CERIUM, year, names)
    share = np.where(covered > 0, told, stand_in)
    cerium = np.where(is_known > 0, told_cerium, other_cerium)
    parts = [
        build_supply_chain(data, material=WHOLE, year=year, product_codes=[code]).arrays.reindex(
            dict.fromkeys(("exporter", "importer"), names), fill_value=0.0
        )
        for code in codes
    ]
    weights = [share_in_code(code, element, share, cerium) for code in codes]
    lanes = {
        name: sum_lanes([part[name] for part in parts], weights)
        for name in ("trade_t", "trade_gross_t", "trade_usd", "imputed_t")
    }
    made = whole.production_t.sel(stage=baseline.production_stage).values
    own = made * (covered * told + (1.0 - covered) * stand_in)
    exported = np.nan_to_num(lanes["trade_t"].sel(stage=baseline.trade_stage).values).sum(axis=1)
    notes = note_stand_ins(
        element, year, names, made * (1.0 - covered) * stand_in, np.where(covered > 0, 0.0, exported)
    )
    if notes and baseline.unknown_ores == "raise":
        raise DataError(
            f"market {element}, {year}", "the ore of countries that produce or export it is not known.", which=notes,
            expected="published analyses of every ore, or a rule for what has none",
            fix="unknown_ores: mean counts them with the mean of the analysed ores, as imputed",
        )  # fmt: skip
    production = whole.production_t.copy()
    production.loc[{"stage": baseline.production_stage}] = own
    arrays = whole.arrays.assign({"production_t": production, **lanes})
    return SupplyChain(element, year, arrays, whole.lineage), notes


def read_shares(data: Snapshot, element: str, year: int, names: Sequence[str]) -> tuple[Array, Array, Array]:
    """
    Read what an ore holds of an element, what stands in where no analysis tells, and which part was analysed.

    Arrays have dims (country,): the share in the analysed part, 0 without one [t / t REO]; the mean of all analysed
    ores, within what the analyses of the country leave unknown [t / t REO]; the part that was analysed [share of REO].
    """
    arrays = element_production(data, year).arrays.sel(element=element)

    def read(name: str) -> Array:
        values = arrays[name].fillna(0.0).reindex(country=list(names), fill_value=0.0).values
        return np.asarray(values, float)

    made, covered, total, unknown = (
        read(name) for name in ("production_t", "covered_share", "reo_t", "unknown_t")
    )
    known = total * covered
    mean = float(made.sum() / known.sum())
    most = np.where(total > 0, divide(unknown, total - known), np.inf)
    return divide(made, known), np.minimum(mean, most), covered


def share_in_code(code: str, element: str, share: Array, cerium: Array) -> Array:
    """
    Share of an element in what each country exports under a code, dims (country,). [t / t REO]

    Examples
    --------
    >>> float(share_in_code("hs92:284690", "neodymium", np.array([0.15]), np.array([0.5]))[0])
    0.3
    """
    digits = code.partition(":")[2]
    if digits == ONLY_CERIUM:
        return np.ones_like(share) if element == CERIUM else np.zeros_like(share)
    if digits == WITHOUT_CERIUM:
        return np.zeros_like(share) if element == CERIUM else divide(share, 1.0 - cerium)
    return share


def sum_lanes(lanes: Sequence[xr.DataArray], weights: Sequence[Array]) -> xr.DataArray:
    """Sum the trade of several codes, each times the share of its exporter; NaN where every code is."""
    weighed = [
        lane * xr.DataArray(weight, dims="exporter") for lane, weight in zip(lanes, weights, strict=True)
    ]
    total = xr.concat(weighed, dim="code").sum("code", min_count=1)
    return total.transpose("stage", "exporter", "importer")


def note_stand_ins(element: str, year: int, names: Sequence[str], made: Array, exported: Array) -> list[str]:
    """Say whose production and exports count with the mean of the analysed ores."""
    notes = []
    for what, amount in (("production", made), ("exports", exported)):
        order = [place for place in np.argsort(-amount, kind="stable") if amount[place] >= 0.5]
        if order:
            shown = ", ".join(f"{names[place]} {amount[place]:,.0f}" for place in order[:SHOWN])
            more = f", {len(order) - SHOWN} more" if len(order) > SHOWN else ""
            notes.append(
                f"{element} {year}, imputed: {amount.sum():,.0f} t of {what} from ores that nobody analysed count with "
                f"the mean of the others ({shown}{more})"
            )
    return notes
