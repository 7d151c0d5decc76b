"""
What the stages of a chain owe one another in one month, whichever engine computes the stages.

Equation numbers are those of docs/reference/simulation.md, section 6. Arrays have dims (draw, country).
"""

import numpy as np

from monazite.simulation.chain_market import ChainMarket, Link, Maker
from monazite.simulation.market import Array, divide


class Ledger:
    """
    The plans, deliveries and uses of one month, written down as the month goes on.

    First from product to ore: `find_feed`, then `planned` of the same market. Then from ore to product: `limit`, the
    sales of the market, `serve`, and `take`.
    """

    def __init__(self, chain: ChainMarket, shape: tuple[int, int]) -> None:
        size = range(len(chain.markets))
        self.chain = chain
        self.planned: dict[int, Array] = {}
        self.wishes: dict[int, Array] = {}
        self.fills: dict[int, Array] = {}
        self.made: list[Array] = [np.zeros(shape) for _ in size]
        self.feed: list[Array] = [np.zeros(shape) for _ in size]
        self.starved: list[Array] = [np.zeros(shape) for _ in size]
        self.bound: list[Array] = [np.zeros(shape) for _ in size]

    def find_feed(self, place: int) -> Array:
        """Equation 15: what later stages want of a market. [t a month]"""
        feed = np.zeros_like(self.feed[place])
        for number, link in enumerate(self.chain.links):
            if link.upstream == place:
                feed = feed + link.feed * self.find_wish(number, link)
        return feed

    def find_wish(self, number: int, link: Link) -> Array:
        """Equation 14: throughput over its baseline: what the plans of the products ask, weighed by their value."""
        if number not in self.wishes:
            total = np.zeros_like(self.feed[0])
            for place, share in zip(link.downstream, link.value_share, strict=True):
                total = total + share * over(self.planned[place], self.chain.markets[place].own_supply)
            self.wishes[number] = total
        return self.wishes[number]

    def limit(self, place: int, capacity: Array, left: list[Array]) -> tuple[Array, Array]:
        """
        Find what a market can make of what the stage before delivered, and its capacity for new buyers.

        Parameters
        ----------
        place : int
            The market.
        capacity : array
            Without the link. [t a month]
        left : list of array
            Stock of every earlier market that nobody took. [t]

        Returns
        -------
        made, capacity : arrays
            Equations 16 and 17. [t a month]
        """
        planned, maker = self.planned[place], self.chain.made_by(place)
        self.made[place] = planned
        if maker is None:
            return planned, capacity
        link, above = maker.link, maker.link.upstream
        fill = np.ones_like(planned) if above is None else self.fills[above]
        allowed = self.find_wish(maker.number, link) * fill
        if above is not None and maker.product == 0:
            self.feed[above] = self.feed[above] + link.feed * allowed
        own = self.chain.markets[place].own_supply
        made, bound = limit_plan(planned, maker, own, allowed=allowed, fill=fill)
        room = find_room(planned, made, capacity, maker, own, None if above is None else left[above])
        self.made[place], self.bound[place] = made, bound
        self.starved[place] = np.maximum(planned - made, 0.0)
        return made, np.where(link.bound_share[maker.product] > 0, made + room, capacity)

    def serve(self, place: int, demand: Array, home: Array) -> None:
        """Write down which share of its use a market could serve, 1 where nothing was wanted."""
        self.fills[place] = np.where(demand > 0, divide(home, demand), 1.0)

    def take(self, place: int, extra: Array) -> tuple[int, Array] | None:
        """Equation 17: what production for new buyers takes from the stage before; None where it takes nothing."""
        maker = self.chain.made_by(place)
        if maker is None or maker.link.upstream is None or maker.link.is_basket:
            return None
        above, own = maker.link.upstream, self.chain.markets[place].own_supply
        taken = extra * divide(maker.link.feed, own)
        self.bound[place] = self.bound[place] + extra * maker.link.bound_share[maker.product]
        self.feed[above] = self.feed[above] + taken
        return above, taken

    def find_reach(self, place: int) -> Array:
        """Share of the planned production that could be made, at most 1; 1 where nothing was planned. [unitless]"""
        planned = self.planned[place]
        return np.where(planned > 0, np.minimum(divide(self.made[place], planned), 1.0), 1.0)


def over(planned: Array, baseline: Array) -> Array:
    """Planned over baseline, 0 where there was none, dims (draw, country) over (country,). [unitless]"""
    return divide(planned, np.broadcast_to(baseline, planned.shape))


def limit_plan(
    planned: Array, maker: Maker, own: Array, *, allowed: Array, fill: Array
) -> tuple[Array, Array]:
    """
    Equation 16: what is made of a plan, and how much of it comes of the link. [t a month]

    `own` is the baseline supply, `allowed` the throughput over its baseline that the delivered input allows, `fill` the
    share of the input that was delivered.
    """
    share = maker.link.bound_share[maker.product]
    if maker.link.is_basket:
        bound = share * own * allowed
        return np.maximum(planned + (bound - share * planned), 0.0), bound
    return planned - share * planned * (1.0 - fill), share * planned * fill


def find_room(
    planned: Array, made: Array, capacity: Array, maker: Maker, own: Array, left: Array | None
) -> Array:
    """Equation 17: production beyond what is made that new buyers may ask for. [t a month]"""
    link, share = maker.link, maker.link.bound_share[maker.product]
    if link.is_basket:
        room: Array = (1.0 - share) * np.maximum(capacity - planned, 0.0)
        return room
    room = np.maximum(capacity - made, 0.0)
    if left is None:
        return room
    each = divide(link.feed, own)
    return np.where(each > 0, np.minimum(room, over(left, each)), room)


def pass_on(share: Array, before: Array, after: Array, decay: Array) -> Array:
    """
    Equation 18: what a dearer input adds to the log price of the product.

    Examples
    --------
    Half of the cost, the log price of the input from 0 to 0.15: 0.075; a month later, unchanged, with a decay of 0.05:
    0.5 x (0.15 - 0.95 x 0.15), which is what the decay takes off the product's 0.075.
    """
    added: Array = share * (after - (1.0 - decay) * before)
    return added
