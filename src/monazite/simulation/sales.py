"""Sales: what sellers do about the needs of a month. Equations 1c and 6-9 of docs/reference/simulation.md."""

from dataclasses import dataclass

import numpy as np

from monazite.simulation.market import Array, divide
from monazite.simulation.needs import Needs
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import QuotaRule, Rules
from monazite.simulation.series import Clock
from monazite.simulation.state import State
from monazite.simulation.terms import Terms


@dataclass(frozen=True)
class Sales:
    """What the sellers could do about it."""

    passed: Array  # share of the orders that rules and transport let pass, dims (draw, exporter, importer)
    home: Array
    bought: Array  # by governments for their stocks
    shipped: Array  # regular sales and orders that waited, dims (draw, exporter, importer)
    moved: Array  # sales to new buyers, dims (draw, exporter, importer)
    through: Array  # leaked through third countries, dims (draw, exporter, importer)
    other: Array  # leaked under another name, dims (draw, exporter, importer)
    extra: Array  # production on top of the plan: on call of more orders than expected, and for new buyers
    left: Array  # stock that nobody took
    unfilled_share: Array
    quota_left: Array
    queue: Array


def sell(state: State, terms: Terms, needs: Needs, rules: Rules, p: Parameters) -> Sales:
    """Equations 6-9: rationing within rules and stocks, sales to new buyers, leakage."""
    joined, decided = move_queue(state, terms, needs, rules)
    legal, allowed, quota_left = apply_rules(state, terms, needs, decided, rules)
    passed, allowed = apply_transport(terms, legal, allowed)
    room = np.maximum(needs.capacity - needs.production, 0.0)
    more = np.maximum(allowed.sum(axis=2) - state.expected_export, 0.0)
    on_call = np.minimum(more, np.minimum(needs.idle, room))
    available, room = state.stock + needs.production + on_call, room - on_call
    total = needs.demand + needs.public + allowed.sum(axis=2)
    fill = np.where(total > available, divide(available, total), 1.0)
    at_home, abroad = share_shortage(fill, available, needs, allowed, p)
    home, bought, shipped = needs.demand * at_home, needs.public * at_home, allowed * abroad[:, :, None]
    quota_left = return_unused(allowed - shipped, quota_left, rules)
    wanted_total = needs.orders.sum(axis=1) + needs.unplaced + decided.sum(axis=1)
    unfilled = np.maximum(wanted_total - shipped.sum(axis=1) - joined.sum(axis=1), 0.0)
    kept = available - home - bought - shipped.sum(axis=2)
    for_sale = divide(state.expected_export, needs.demand + state.expected_export)
    spare_stock = for_sale * np.maximum(kept - p.reserve_share * needs.target, 0.0)
    spare = spare_stock + np.where(fill < 1.0, 0.0, room)
    wanted = np.minimum(unfilled, state.qualified * (needs.regular.sum(axis=1) + needs.unplaced))
    moved = match(wanted, spare, weigh_offers(passed, terms))
    if terms.limit is not None:
        moved = np.minimum(moved, np.maximum(terms.limit - shipped, 0.0))
    moved, quota_left = cap_moved(moved, quota_left, rules)
    sold = moved.sum(axis=2)
    extra = np.minimum(sold, room)
    left = np.maximum(available + extra - home - bought - shipped.sum(axis=2) - sold, 0.0)
    through, other = leak(needs.regular, 1.0 - legal, joined, left, terms=terms, rules=rules)
    return Sales(
        passed=passed,
        home=home,
        bought=bought,
        shipped=shipped,
        moved=moved,
        through=through,
        other=other,
        extra=on_call + extra,
        left=np.maximum(left - (through + other).sum(axis=2), 0.0),
        unfilled_share=divide(unfilled, wanted_total),
        quota_left=quota_left,
        queue=state.queue + joined - decided,
    )


def share_shortage(
    fill: Array, available: Array, needs: Needs, allowed: Array, p: Parameters
) -> tuple[Array, Array]:
    """Equation 7: shares served at home and abroad, dims (draw, country); home first in part or not at all."""
    wanted = needs.demand + needs.public
    alone = np.where(wanted > available, divide(available, wanted), 1.0)
    more = p.home_first_share * (alone - fill)
    return fill + more, np.maximum(fill - divide(more * wanted, allowed.sum(axis=2)), 0.0)


def move_queue(state: State, terms: Terms, needs: Needs, rules: Rules) -> tuple[Array, Array]:
    """Orders that join the queue of a licence and that leave it, dims as the queue. Equation 6."""
    if terms.waiting is None or terms.decided is None:
        return np.zeros_like(state.queue), np.zeros_like(state.queue)
    refused = 1.0 - terms.open_share[:, rules.exporters]
    joined = needs.orders[:, rules.exporters] * np.minimum(terms.waiting, refused)
    return joined, state.queue * terms.decided


def apply_rules(
    state: State, terms: Terms, needs: Needs, decided: Array, rules: Rules
) -> tuple[Array, Array, Array]:
    """Share of the orders that the law lets pass, what may be shipped, and what is left of the quotas."""
    asked = needs.orders * terms.open_share
    if terms.waiting is not None:
        asked[:, rules.exporters] += decided
    gate, quota_left = apply_quotas(asked, open_quotas(state.quota_left, terms.clock, rules), rules)
    passed = scale_rows(terms.open_share, gate)
    allowed = needs.orders * passed
    if terms.waiting is not None:
        waited = np.zeros_like(allowed)
        waited[:, rules.exporters] = decided
        allowed = allowed + scale_rows(waited, gate)
    return passed, allowed, quota_left


def scale_rows(lanes: Array, gate: dict[int, Array]) -> Array:
    """Multiply the lanes of some exporters, dims (draw, exporter, importer)."""
    scaled = lanes.copy()
    for row, share in gate.items():
        scaled[:, row] *= share
    return scaled


def open_quotas(before: Array, clock: Clock, rules: Rules) -> Array:
    """Tonnes of each quota at hand in this month, from what was left before, dims (draw, quota). Equation 1c."""
    left = np.empty_like(before)
    for place, rule in enumerate(rules.quotas):
        carried = before[:, place]
        if rule.lapses[clock.month]:
            finite = np.isfinite(carried)
            carried = np.where(finite, np.where(finite, carried, 0.0) * rule.carry, 0.0)
        left[:, place] = carried + rule.accrual.at(clock)
    return left


def apply_quotas(asked: Array, left: Array, rules: Rules) -> tuple[dict[int, Array], Array]:
    """Equation 1c: share of the orders of each exporter that its quotas let pass, the tighter of two; what is left."""
    parts = [
        quota_part(asked[:, rule.exporter], left[:, place], rule) for place, rule in enumerate(rules.quotas)
    ]
    gate: dict[int, Array] = {}
    for rule, (factor, _) in zip(rules.quotas, parts, strict=True):
        gate[rule.exporter] = np.minimum(gate.get(rule.exporter, np.ones_like(factor)), factor)
    left = left.copy()
    for place, (rule, (factor, charged)) in enumerate(zip(rules.quotas, parts, strict=True)):
        orders = asked[:, rule.exporter] * rule.destinations
        alone, together = (orders * factor).sum(axis=1), (orders * gate[rule.exporter]).sum(axis=1)
        left[:, place] -= charged * np.where(together < alone, divide(together, alone), 1.0)
    return gate, np.maximum(left, 0.0)


def quota_part(orders: Array, left: Array, rule: QuotaRule) -> tuple[Array, Array]:
    """Share of the orders, dims (draw, importer), that one quota lets pass, and the tonnes charged to it."""
    covered = (1.0 - rule.exempt) * orders * rule.destinations
    if rule.split is None:
        total, limit = (
            (1.0 - rule.exempt) * (orders * rule.destinations).sum(axis=1, keepdims=True),
            left[:, None],
        )
        part = np.where(total > limit, divide(limit, total), 1.0)
        charged = (total * part)[:, 0]
    else:
        limit = np.where(rule.split > 0, left[:, None] * np.where(rule.split > 0, rule.split, 1.0), 0.0)
        limit = np.where(np.isinf(left)[:, None], np.inf, limit)
        part = np.where(covered > limit, divide(limit, covered), 1.0)
        charged = (covered * part).sum(axis=1)
    return np.where(rule.destinations, rule.exempt + (1.0 - rule.exempt) * part, 1.0), charged


def apply_transport(terms: Terms, legal: Array, allowed: Array) -> tuple[Array, Array]:
    """Equation 1f: keep shipments within the transport capacity that is left."""
    if terms.limit is None:
        return legal, allowed
    share = np.where(allowed > terms.limit, divide(terms.limit, allowed), 1.0)
    return legal * share, allowed * share


def return_unused(unshipped: Array, left: Array, rules: Rules) -> Array:
    """Give back to each quota what sellers could not ship after all."""
    left = left.copy()
    for place, rule in enumerate(rules.quotas):
        back = (unshipped[:, rule.exporter] * rule.destinations).sum(axis=1)
        left[:, place] += (1.0 - rule.exempt[:, 0]) * np.maximum(back, 0.0)
    return left


def weigh_offers(passed: Array, terms: Terms) -> Array:
    """Weight of each seller's spare goods for a new buyer: rules, transport, duties; none for a capped seller."""
    weight = passed
    if terms.cut is not None:
        weight = weight * terms.cut
    if terms.attraction is not None:
        weight = weight * terms.attraction
    if terms.ceiling is not None:
        weight = np.where(terms.ceiling < 1.0, 0.0, weight)
    return weight


def match(wanted: Array, spare: Array, weight: Array) -> Array:
    """Equation 8: unfilled orders go to sellers in proportion to spare goods and open share."""
    offer = spare[:, :, None] * weight
    moved = wanted[:, None, :] * divide(offer, offer.sum(axis=1)[:, None, :])
    over: Array = moved * np.minimum(1.0, divide(spare, moved.sum(axis=2)))[:, :, None]
    return over


def cap_moved(moved: Array, left: Array, rules: Rules) -> tuple[Array, Array]:
    """Keep sales to new buyers within what is left of the quotas; none beyond a share by baseline trade."""
    if not rules.quotas:
        return moved, left
    moved, left = moved.copy(), left.copy()
    for place, rule in enumerate(rules.quotas):
        row = rule.exporter
        used = (1.0 - rule.exempt[:, 0]) * (moved[:, row] * rule.destinations).sum(axis=1)
        part = np.where(used > left[:, place], divide(left[:, place], used), 1.0)
        if rule.split is not None:
            part = np.where(np.isinf(left[:, place]), part, 0.0)
        moved[:, row] *= np.where(rule.destinations, part[:, None], 1.0)
        left[:, place] -= used * part
    return moved, np.maximum(left, 0.0)


def leak(
    regular: Array, refused: Array, joined: Array, left: Array, *, terms: Terms, rules: Rules
) -> tuple[Array, Array]:
    """Equation 9: what leaves through third countries and under another name, within what the sellers have left."""
    through = leak_one_way(terms.third, regular, refused, joined, rules)
    other = np.zeros_like(through)
    if terms.other is not None:
        other = leak_one_way(terms.other, regular, refused, joined, rules)
    fill = np.minimum(1.0, divide(left, (through + other).sum(axis=2)))[:, :, None]
    return through * fill, other * fill


def leak_one_way(share: Array, regular: Array, refused: Array, joined: Array, rules: Rules) -> Array:
    """Share of the refused regular orders that leaks; those that wait for a licence do not."""
    leaked = share * regular * refused
    if joined.shape[1]:
        part = share if share.shape[1] == 1 else share[:, rules.exporters]
        leaked[:, rules.exporters] = np.maximum(leaked[:, rules.exporters] - part * joined, 0.0)
    return leaked
