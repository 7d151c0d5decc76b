"""New supply: capacity that comes beside that of the baseline, and how buyers get used to it. Equations 10b and 13b."""

import numpy as np

from monazite.simulation.market import Array, Market, divide
from monazite.simulation.policies.new_supplier import wanted_capacity
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules, SupplierRule
from monazite.simulation.series import Clock
from monazite.simulation.state import ENTRY_STAGES


def read_new_supply(
    rules: Rules, clock: Clock, built: Array, market: Market
) -> tuple[Array, Array] | tuple[None, None]:
    r"""
    Capacity that is new in a month, and its part in what the world can export.

    Parameters
    ----------
    rules : Rules
        With plants that are decided on and suppliers that may come.
    clock : Clock
        The month.
    built : array, dims (draw, supplier)
        Capacity of the suppliers that have come. [t a month]
    market : Market
        The baseline.

    Returns
    -------
    array, dims (draw, country)
        New capacity. [t a month] None where nothing may come.
    array, dims (draw, country)
        Share s of it in world exports. [unitless, 0..1]

    Notes
    -----
    What a country lacks in the baseline, its new capacity N serves first:

    .. math:: s_i = \frac{A_i}{\sum_k (X_k + A_k)}, \quad A_i = \max(0, N_i - \max(0, U_i - Y_i))

    Source: this project, docs/decisions/0017-new-supply.md.

    Examples
    --------
    World exports of 60, 20 added in a country that lacks 5 in the baseline: 15 / 75 = 0.2.
    """
    if not rules.has_new_supply:
        return None, None
    added = np.zeros((rules.draws, len(market.countries)))
    for rule in rules.countries:
        if rule.what == "added":
            added[:, rule.places] += rule.series.at(clock)[:, None]
    for place, supplier in enumerate(rules.suppliers):
        added[:, supplier.place] += built[:, place]
    lacking = np.maximum(market.use - market.own_supply, 0.0)
    over = np.maximum(added - lacking, 0.0)
    total = np.full(rules.draws, float(market.exports.sum()))
    for place in sorted(set(rules.new_places)):
        total += over[:, place]
    return added, divide(over, np.broadcast_to(total[:, None], over.shape))


def find_anchor(market: Market, entered: Array | None) -> Array:
    """
    Shares to which purchases drift back: those of the baseline, and the new sellers in proportion. Equation 10b.

    Examples
    --------
    One old seller with all of a buyer's purchases, a new one with s = 0.2: 0.8 and 0.2.
    """
    if entered is None:
        return market.habit
    shares = np.where(market.lanes, entered[:, :, None], 0.0)
    anchor: Array = market.habit * (1.0 - shares.sum(axis=1))[:, None, :] + shares
    return anchor


def update_suppliers(
    entry: Array,
    mean: Array,
    growth: Array | None,
    *,
    clock: Clock,
    rules: Rules,
    market: Market,
    p: Parameters,
) -> Array:
    """Equation 13b: what suppliers decide at the lasting price, and how it comes; dims (draw, supplier, stage)."""
    after = np.array(entry, order="C")
    if not rules.suppliers:
        return after
    outside = find_outside_price(mean, market)
    for place, rule in enumerate(rules.suppliers):
        lead, ratio = choose_parameters(rule, p)
        lasting = mean[:, rule.place] if market.throughput[rule.place] > 0 else outside
        wanted = rule.force.at(clock) * wanted_capacity(rule.most, lasting, ratio)
        speed = ENTRY_STAGES / lead if growth is None else ENTRY_STAGES / lead * growth[:, rule.place]
        after[:, place, 0] = np.maximum(after[:, place, 0], wanted)
        for stage in range(1, ENTRY_STAGES + 1):
            before = entry[:, place, stage]
            after[:, place, stage] = before + np.maximum(entry[:, place, stage - 1] - before, 0.0) * speed
    return after


def choose_parameters(rule: SupplierRule, p: Parameters) -> tuple[Array, Array]:
    """Lead time [months] and price ratio of an entry or a restart, dims (draw,)."""
    if rule.is_restart:
        return p.restart_lead_months[:, 0], p.restart_price_ratio[:, 0]
    return p.entry_lead_months[:, 0], p.entry_price_ratio[:, 0]


def find_outside_price(mean: Array, market: Market) -> Array:
    """Lasting log price of those who import, weighted by baseline imports, dims (draw,); country by country."""
    total = np.zeros(len(mean))
    for place in np.flatnonzero(market.imports > 0):
        total += float(market.imports[place]) * mean[:, place]
    imports = float(market.imports.sum())
    outside: Array = total / imports if imports > 0 else total
    return outside
