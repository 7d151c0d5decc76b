"""ChainMarket: several markets from ore to product, and the links by which one feeds the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from monazite.errors import DataError, ScenarioError, nearest_names
from monazite.simulation.chain_priors import read_cost_share
from monazite.simulation.market import Array, Market, divide
from monazite.simulation.priors import Range

SHOWN = 5
"""Countries that a note names. Source: this project."""
ROUNDING = 1e-9
"""Part of a flow below which it counts as nothing in a note. [unitless]"""


@dataclass(frozen=True, kw_only=True)
class LinkPlan:
    """
    What the caller says of a link.

    Attributes
    ----------
    upstream : str, optional
        Market that is used up; none = the products come out of the ground together.
    downstream : tuple of str
        Markets that are made of it; several are a basket, which one throughput yields together.
    input_per_output : float, optional
        Upstream used for each tonne made of all products, in the weights of the markets [t / t, > 0]; by default the
        use of the upstream over the production of the products, of all countries.
    value_usd_per_t : tuple of float
        Price of each product of a basket; how much its plan weighs for the throughput. [USD per t, > 0]
    cost_share : float or (low, high), optional
        Share of the upstream in the price of a product; by default the prior of `chain_priors.csv`. [0..1]
    """

    upstream: str | None = None
    downstream: tuple[str, ...]
    input_per_output: float | None = None
    value_usd_per_t: tuple[float, ...] = ()
    cost_share: float | Range | None = None


@dataclass(frozen=True, kw_only=True)
class Link:
    """
    How one market feeds others; positions count the markets of the chain.

    Attributes
    ----------
    upstream : int, optional
        None where the products come out of the ground together.
    downstream : tuple of int
        Products; several are a basket.
    input_per_output : float
        Upstream used for each tonne of product; NaN without upstream. [t / t]
    value_share : array, dims (product, country)
        Share of each product in what the country's linked producers earn; the sum is 1 where they make any. [unitless]
    feed : array, dims (country,)
        Baseline use of the upstream that the products explain. [t a month]
    bound_share : array, dims (product, country)
        Share of the own supply of each product that the link explains. [unitless, 0..1]
    cost_share : (low, high)
        Share of the upstream in the price of a product. [unitless, 0..1]
    """

    upstream: int | None
    downstream: tuple[int, ...]
    input_per_output: float
    value_share: Array
    feed: Array
    bound_share: Array
    cost_share: Range

    @property
    def is_basket(self) -> bool:
        """Whether one throughput yields several products."""
        return len(self.downstream) > 1


class Maker(NamedTuple):
    """The link that makes a market: its number, itself, and the position of the market among its products."""

    number: int
    link: Link
    product: int


@dataclass(frozen=True, kw_only=True)
class ChainMarket:
    """
    Coupled markets in their baseline month; every one of them balances as a `Market` does.

    Attributes
    ----------
    names : tuple of str
        Name of each market, from ore to product.
    markets : tuple of Market
        All with the same countries.
    links : tuple of Link
        A market is made by at most one link, and may feed several.
    notes : tuple of tuple of str
        For each market, what the records do not explain, in words.
    """

    names: tuple[str, ...]
    markets: tuple[Market, ...]
    links: tuple[Link, ...]
    notes: tuple[tuple[str, ...], ...]

    @property
    def countries(self) -> tuple[str, ...]:
        """ISO3 codes in the order of the arrays."""
        return self.markets[0].countries

    @cached_property
    def free_share(self) -> tuple[Array, ...]:
        """Share of each market's use that no link explains, dims (country,) each. [unitless, 0..1]"""
        shares = []
        for place, market in enumerate(self.markets):
            fed = sum((link.feed for link in self.feeds(place)), np.zeros(len(market.use)))
            shares.append(np.maximum(1.0 - divide(fed, market.use), 0.0))
        return tuple(shares)

    def made_by(self, place: int) -> "Maker | None":
        """Find the link that makes a market."""
        for number, link in enumerate(self.links):
            if place in link.downstream:
                return Maker(number, link, link.downstream.index(place))
        return None

    def feeds(self, place: int) -> list[Link]:
        """List the links that use up a market."""
        return [link for link in self.links if link.upstream == place]


def build_chain(markets: Mapping[str, Market], plans: Sequence[LinkPlan]) -> ChainMarket:
    r"""
    Couple markets.

    Parameters
    ----------
    markets : mapping of str to Market
        From ore to product, all with the same countries.
    plans : sequence of LinkPlan
        The links. Of two links from one upstream the first is fed first.

    Returns
    -------
    ChainMarket
        With a note for every tonne that the records do not explain.

    Raises
    ------
    ScenarioError
        That names everything wrong with the links.
    DataError
        If the markets name different countries.

    Notes
    -----
    For the use U of the upstream in a country, the production P and the own supply Y of the products e, and a tonnes of
    input for each tonne made,

    .. math:: F_c = \min(U_c, a \sum_e P_{ec}), \quad
              \beta_{ec} = \frac{P_{ec}}{Y_{ec}} \min\left(1, \frac{U_c}{a \sum_e P_{ec}}\right), \quad
              v_{ec} = p_e P_{ec} / \sum_k p_k P_{kc}

    F is what the products explain of the use, beta the share of their supply that has a recorded input.

    Source: this project, docs/decisions/0015-coupled-stages.md.

    Examples
    --------
    A country uses 100 t of concentrate and makes 60 t of metal, 1.25 t of input each: it needs 75 t, so F = 75, three
    quarters of the use, and beta = 1. With 40 t of concentrate F = 40 and beta = 40 / 75 = 0.533.
    """
    check_plans(markets, plans)
    check_countries(markets)
    names = tuple(markets)
    left = {name: market.use.copy() for name, market in markets.items()}
    notes: dict[str, list[str]] = {name: [] for name in names}
    links = []
    for plan in plans:
        link = build_link(plan, markets, names, left)
        if plan.upstream is not None:
            left[plan.upstream] = np.maximum(left[plan.upstream] - link.feed, 0.0)
        links.append(link)
        for product, name in enumerate(plan.downstream):
            notes[name] += describe_product(plan, link, product, markets[name])
    for place in sorted({link.upstream for link in links if link.upstream is not None}):
        notes[names[place]] += describe_free_use(markets[names[place]], left[names[place]])
    return ChainMarket(
        names=names,
        markets=tuple(markets.values()),
        links=tuple(links),
        notes=tuple(tuple(notes[name]) for name in names),
    )


def build_link(
    plan: LinkPlan, markets: Mapping[str, Market], names: Sequence[str], left: Mapping[str, Array]
) -> Link:
    """Find what a link explains, from the use of its upstream that no link before it has taken."""
    products = [markets[name] for name in plan.downstream]
    made = np.stack([market.production for market in products])
    explained = np.stack([market.production_share for market in products]) * (made > 0)
    total = made.sum(axis=0)
    feed, ratio = np.zeros_like(total), np.nan
    if plan.upstream is not None:
        use = left[plan.upstream]
        ratio = plan.input_per_output or float(use.sum() / total.sum())
        feed = np.minimum(use, ratio * total)
        explained = explained * divide(feed, ratio * total)
    worth = made * np.array(plan.value_usd_per_t or (1.0,) * len(products))[:, None]
    low, high = read_cost_share() if plan.cost_share is None else spread(plan.cost_share)
    return Link(
        upstream=None if plan.upstream is None else names.index(plan.upstream),
        downstream=tuple(names.index(name) for name in plan.downstream),
        input_per_output=ratio,
        value_share=divide(worth, np.broadcast_to(worth.sum(axis=0), worth.shape)),
        feed=feed,
        bound_share=np.minimum(explained, 1.0),
        cost_share=(low, high),
    )


def spread(value: float | Range) -> Range:
    """Write a number as a range."""
    return value if isinstance(value, tuple) else (value, value)


def check_plans(markets: Mapping[str, Market], plans: Sequence[LinkPlan]) -> None:
    """Raise ScenarioError that names everything wrong with the links."""
    names, made, wrong = list(markets), list[str](), list[str]()
    for number, plan in enumerate(plans):
        where = f"links.{number}"
        ends = [*plan.downstream, *([plan.upstream] if plan.upstream else [])]
        unknown = [name for name in ends if name not in markets]
        wrong += [f"{where}: no market {name!r}; {nearest_names(name, names)}" for name in unknown]
        if not plan.downstream:
            wrong.append(f"{where}: names nothing downstream")
        if plan.upstream is None and len(plan.downstream) == 1:
            wrong.append(f"{where}: neither an upstream nor a second product, so it couples nothing")
        early = [name for name in plan.downstream if not unknown and plan.upstream is not None
                 and names.index(name) <= names.index(plan.upstream)]  # fmt: skip
        wrong += [f"{where}: {name} stands before {plan.upstream}, which it is made of" for name in early]
        wrong += [f"{where}: {name} is made by two links" for name in plan.downstream if name in made]
        made += list(dict.fromkeys(plan.downstream))
        wrong += [f"{where}: {text}" for text in find_bad_numbers(plan)]
    if wrong:
        raise ScenarioError(
            "chain", "the links do not fit the markets.", which=wrong,
            expected="markets from ore to product, each made by one link", fix="mend the links, or their order",
        )  # fmt: skip


def find_bad_numbers(plan: LinkPlan) -> list[str]:
    """Say which numbers of a link are out of range or missing."""
    wrong = []
    if plan.input_per_output is not None and not 0 < plan.input_per_output < np.inf:
        wrong.append(f"input_per_output: {plan.input_per_output}, above 0")
    if plan.input_per_output is not None and plan.upstream is None:
        wrong.append("input_per_output: there is no upstream to use")
    count = len(plan.value_usd_per_t)
    if len(plan.downstream) > 1 and count != len(plan.downstream):
        wrong.append(
            f"value_usd_per_t: {count} prices for {len(plan.downstream)} products of a basket, one for each"
        )
    if not all(0 < value < np.inf for value in plan.value_usd_per_t):
        wrong.append("value_usd_per_t: every price must be above 0")
    if plan.cost_share is not None:
        low, high = spread(plan.cost_share)
        if not 0 <= low <= high <= 1:
            wrong.append(f"cost_share: {plan.cost_share}, within 0..1, low before high")
    return wrong


def check_countries(markets: Mapping[str, Market]) -> None:
    """Raise DataError if the markets name different countries."""
    first, *others = markets.values()
    strange = [
        f"{name}: {', '.join(sorted(set(first.countries) ^ set(market.countries))) or 'another order'}"
        for name, market in list(markets.items())[1:]
        if market.countries != first.countries
    ]
    if strange and others:
        raise DataError(
            "chain", f"its markets name other countries than {next(iter(markets))}.", which=strange,
            expected="the same countries in the same order", fix="build the markets with the same keep=[...]",
        )  # fmt: skip


def describe_product(plan: LinkPlan, link: Link, product: int, market: Market) -> list[str]:
    """Say how much of a product a link explains, and whose output has no recorded input."""
    notes = []
    if plan.upstream is not None:
        how = "stated" if plan.input_per_output else "use of all countries over their production"
        notes.append(f"each tonne made uses {link.input_per_output:.3g} t of {plan.upstream} ({how})")
    loose = market.own_supply * (1.0 - link.bound_share[product])
    text = name_largest(loose, market)
    if text:
        part = loose.sum() / market.own_supply.sum()
        notes.append(
            f"{100 * part:.0f} % of the supply has no recorded input and follows its own plan: {text}"
        )
    return notes


def describe_free_use(market: Market, left: Array) -> list[str]:
    """Say whose use of an upstream no later stage explains."""
    text = name_largest(left, market)
    if not text:
        return []
    return [
        f"{100 * left.sum() / market.use.sum():.0f} % of the use is not explained by a later stage: {text}"
    ]


def name_largest(amount: Array, market: Market) -> str:
    """Name the largest of some amounts by country, in tonnes a year; empty where there are none."""
    order = [
        place for place in np.argsort(-amount, kind="stable") if amount[place] > ROUNDING * market.largest
    ]
    shown = [f"{market.countries[place]} {12 * amount[place]:,.0f}" for place in order[:SHOWN]]
    more = [f"{len(order) - SHOWN} more"] if len(order) > SHOWN else []
    return f"{', '.join([*shown, *more])} t a year" if order else ""
