"""What compiling lays out: the months of a policy, the rules found so far, and where a policy acts."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.market import Array, Market
from monazite.simulation.policies import Instrument
from monazite.simulation.priors import Seed
from monazite.simulation.rules import (
    CapRule,
    CountryRule,
    CutRule,
    DutyRule,
    LaneRule,
    LeakRule,
    QuotaRule,
    SupplierRule,
)
from monazite.simulation.series import Series


@dataclass(frozen=True)
class Span:
    """The months that a policy is laid out over, and the draws."""

    numbers: NDArray[np.int64]
    known_from: Array
    trigger: int
    draws: int
    seed: Seed

    def series(self, values: Array, neutral: float) -> Series:
        """Label an array with dims (draw or 1, month)."""
        full = np.broadcast_to(values, (self.draws, len(self.numbers)))
        return Series(full, neutral, self.known_from, self.trigger)


@dataclass
class Collector:
    """The rules found so far."""

    public_stock: Array
    lanes: list[LaneRule] = field(default_factory=list)
    quotas: list[QuotaRule] = field(default_factory=list)
    countries: list[CountryRule] = field(default_factory=list)
    suppliers: list[SupplierRule] = field(default_factory=list)
    duties: list[DutyRule] = field(default_factory=list)
    caps: list[CapRule] = field(default_factory=list)
    cuts: list[CutRule] = field(default_factory=list)
    leaks: list[LeakRule] = field(default_factory=list)


def find_lanes(policy: Instrument, market: Market) -> NDArray[np.bool_]:
    """Lanes that a measure touches, dims (exporter, importer)."""
    every = list(market.countries)
    origins = getattr(policy, "origin", "all")
    destinations = getattr(policy, "destination", "all")
    rows = [market.place(country) for country in (every if isinstance(origins, str) else origins)]
    columns = [
        market.place(country) for country in (every if isinstance(destinations, str) else destinations)
    ]
    lanes = np.zeros((len(every), len(every)), bool)
    lanes[np.ix_(rows, columns)] = True
    return lanes


def convert_weight(tonnes: float, unit: str | None, place: int, market: Market) -> float:
    """Turn gross or contained tonnes of a country into the weight of the market."""
    content = float(market.content_share[place])
    weights = {("gross", "contained"): content, ("contained", "gross"): 1.0 / content if content else np.nan}
    return tonnes * weights.get((str(unit), market.weight), 1.0)
