"""Run: what a simulation gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr

from monazite.errors import DataError, nearest_names
from monazite.provenance import Lineage
from monazite.simulation.market import Array, Market
from monazite.simulation.policies.policy import Instrument
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules
from monazite.simulation.state import LaneState, State
from monazite.simulation.step import Flows

LEVELS = (0.05, 0.5, 0.95)
"""Quantiles of a band that names none: the median and the central 90 %. [unitless]"""
BY_COUNTRY = {
    "import_t": "goods shipped to the country in the month, leaked goods left out",
    "arrived_t": "goods that reached the country in the month, leaked goods included",
    "export_t": "goods shipped by the country in the month, leaked goods left out",
    "leaked_t": "goods that left the country by other ways than the rules allow",
    "production_t": "reported production",
    "residual_t": "supply that neither production nor imports explain",
    "demand_t": "use wanted at the price, thrifting and substitution of the month",
    "consumption_t": "use that could be served",
    "shortfall_t": "use wanted and not served: demand_t - consumption_t",
    "stock_t": "stock at the end of the month",
    "price_ratio": "price over baseline price",
}
"""Arrays with dims (draw, month, country) and their meaning. [t a month; stock_t: t; price_ratio: 1]"""
IF_IN_USE = {
    "released_t": "put on the market from the public stock in the month",
    "bought_t": "taken from the market for the public stock in the month",
    "public_stock_t": "public stock at the end of the month",
    "added_t": "capacity that is new at the start of the month: plants that were decided on, suppliers that came",
    "queue_t": "orders of the country that wait for a licence at the end of the month",
    "duty_share": "rise of the price of the country's imports by duties, mean over its orders",
}
"""Arrays that a run has only if one of its policies moves them, same dims. [t a month; *stock_t, queue_t: t]"""
LINKED = {
    "feed_t": "use that went into later stages of the chain",
    "starved_t": "production that was planned and lacked its input",
    "bound_t": "production out of the linked input, or out of the common ore of a basket",
}
"""Arrays of the markets of a chain, same dims. [t a month]"""
BY_LANE = {"trade_t": "goods shipped", "arrival_t": "goods that arrived"}
"""Arrays with dims (draw, month, exporter, importer) of the exporters whose lanes are kept. [t a month]"""
MEAN = "trade_mean_t"
"""The one array of a run without draws."""
UNITS = {"price_ratio": "1", "duty_share": "1", "stock_t": "t", "public_stock_t": "t", "queue_t": "t"}
"""Unit of the arrays that are not in tonnes a month."""


@dataclass(frozen=True)
class Run:
    """
    The result of a simulation.

    Attributes
    ----------
    arrays : Dataset
        `BY_COUNTRY` with dims (draw, month, country); `trade_t` and `arrival_t` with dims (draw, month,
        exporter, importer) for the exporters whose lanes are kept; those of `IF_IN_USE` that a policy moves;
        `fired_month` with dims (draw, trigger) where there are triggers, in the order of `order_triggers`;
        `trade_mean_t` with dims (month,
        origin_country, importer), every lane as the mean over the draws, by country of shipment. [t a month
        in the weight of the market]
    parameters : Dataset, dims (draw,)
        The drawn parameters.
    market : Market
        The baseline; without a policy, every month of the run equals it.
    policies : tuple
        What was imposed.
    notes : tuple of str
        What to know of policies that overlap.
    lineage : Lineage
        Release, code version, sources and seed.
    state : State, optional
        After the last month; an ensemble (`simulate_ensemble`) keeps none.
    """

    arrays: xr.Dataset
    parameters: xr.Dataset
    market: Market
    policies: tuple[Instrument, ...]
    notes: tuple[str, ...]
    lineage: Lineage
    state: State | LaneState | None = None

    @property
    def final_state(self) -> State:
        """State to go on with: `simulate(..., resume=run.final_state)`; DataError if the run keeps none."""
        if self.state is None:
            raise DataError("run", "keeps no final state.", fix="run it with simulate, not simulate_ensemble")
        return self.state.expand() if isinstance(self.state, LaneState) else self.state

    @property
    def months(self) -> tuple[str, ...]:
        """The months of the run, as YYYY-MM."""
        return tuple(str(month) for month in self.arrays["month"].values)

    def quantiles(
        self, name: str, levels: Sequence[float] = LEVELS, *, by_year: bool = False, **labels: str
    ) -> xr.DataArray:
        """
        Quantiles over the draws of one array.

        Parameters
        ----------
        name : str
            An array of the run.
        levels : sequence of float, default (0.05, 0.5, 0.95)
            Quantiles. [unitless, 0..1]
        by_year : bool, default False
            Sum the months of each calendar year first (dims (year, ...) instead of (month, ...)).
        **labels : str
            Labels to select, as `country="JPN"` or `exporter="CHN", importer="JPN"`.

        Returns
        -------
        DataArray, dims (quantile, month or year, ...)
            In the unit of the array. A yearly sum of a price or of a stock is refused.
        """
        if name not in self.arrays or "draw" not in self.arrays[name].dims:
            known = [str(key) for key in self.arrays if "draw" in self.arrays[key].dims]
            raise DataError("run", f"has no array {name!r} by draw.", fix=nearest_names(name, known))
        values = self.arrays[name].sel(labels)
        if by_year:
            if name in UNITS:
                raise DataError(f"run, {name}", "cannot be summed over a year.", fix="read it by month")
            years = xr.DataArray([month[:4] for month in self.months], dims="month", name="year")
            values = values.groupby(years).sum("month")
        return values.quantile(list(levels), dim="draw")


class Recorder:
    """Collects the flows of a run while it goes on; one block of draws at a time."""

    def __init__(
        self,
        market: Market,
        lanes: Sequence[int],
        draws: int,
        months: int,
        rules: Rules,
        *,
        linked: Sequence[str] = (),
        keep: Sequence[str] | None = None,
    ) -> None:
        size = len(market.countries)
        self.market, self.lanes, self.draws = market, list(lanes), draws
        names = (*BY_COUNTRY, *list_in_use(rules), *linked)
        chosen = set(names) | {*BY_LANE, MEAN} if keep is None else set(keep)
        self.by_country = {name: np.empty((draws, months, size)) for name in names if name in chosen}
        shape = (draws, months, len(self.lanes), size)
        self.by_lane = {name: np.zeros(shape, np.float32) for name in BY_LANE if name in chosen}
        self.mean = np.zeros((months, size, size)) if MEAN in chosen else None

    def add(
        self,
        draws: slice,
        month: int,
        flows: Flows,
        after: State,
        *,
        linked: Mapping[str, Array] | None = None,
    ) -> None:
        """Keep the flows of one month and one block of draws, and the public stocks and queues after it."""
        exact = {
            "import_t": flows.shipped.sum(axis=1),
            "arrived_t": flows.arrived.sum(axis=1),
            "export_t": flows.shipped.sum(axis=2),
            "leaked_t": flows.leaked.sum(axis=2),
            "production_t": flows.production,
            "residual_t": flows.residual,
            "demand_t": flows.demand,
            "consumption_t": flows.consumption,
            "shortfall_t": np.maximum(flows.demand - flows.consumption, 0.0),
            "stock_t": flows.stock,
            "price_ratio": flows.price_ratio,
            "released_t": flows.released,
            "bought_t": flows.bought,
            "public_stock_t": after.public_stock,
            "queue_t": after.queue.sum(axis=1),
            "added_t": flows.added,
            "duty_share": flows.duty,
            **(linked or {}),
        }
        for name, values in self.by_country.items():
            values[draws, month] = exact[name]
        lanes = {"trade_t": flows.shipped, "arrival_t": flows.arrived}
        for name, kept in self.by_lane.items():
            kept[draws, month] = lanes[name][:, self.lanes]
        if self.mean is not None:
            for (
                shipped
            ) in flows.shipped:  # one by one, so that the sum does not depend on the size of the block
                self.mean[month] += shipped

    def build_arrays(self, months: Sequence[str]) -> xr.Dataset:
        """Label what was kept."""
        names = list(self.market.countries)
        lanes = ("draw", "month", "exporter", "importer")
        arrays = xr.Dataset(
            {key: (("draw", "month", "country"), value) for key, value in self.by_country.items()},
            coords={
                "draw": np.arange(self.draws),
                "month": list(months),
                "country": names,
                "importer": names,
            },
            attrs={"weight": self.market.weight, "stage": self.market.trade_stage},
        ).assign_coords(exporter=[names[place] for place in self.lanes], origin_country=names)
        for key in self.by_country:
            meaning = (BY_COUNTRY | IF_IN_USE | LINKED)[key]
            arrays[key].attrs = {"unit": UNITS.get(key, "t a month"), "meaning": meaning}
        for key, kept in self.by_lane.items():
            arrays[key] = (lanes, kept, {"unit": "t a month", "meaning": BY_LANE[key]})
        if self.mean is not None:
            mean_dims = ("month", "origin_country", "importer")
            arrays[MEAN] = (mean_dims, self.mean / self.draws, {"unit": "t a month"})
        return arrays


def list_in_use(rules: Rules) -> tuple[str, ...]:
    """List the arrays of `IF_IN_USE` that the rules of a run move."""
    stocks = ("released_t", "bought_t", "public_stock_t") if rules.has_public_stock else ()
    new = ("added_t",) if rules.has_new_supply else ()
    return (
        *stocks,
        *new,
        *(("queue_t",) if rules.has_queue else ()),
        *(("duty_share",) if rules.duties else ()),
    )


def label_parameters(parameters: Parameters) -> xr.Dataset:
    """Label the drawn parameters, dims (draw,)."""
    values: dict[str, Array] = {field.name: getattr(parameters, field.name) for field in fields(parameters)}
    return xr.Dataset({name: (("draw",), value[:, 0]) for name, value in values.items()})
