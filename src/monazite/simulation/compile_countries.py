"""From policies to rules: what acts inside one country, on its capacity, stocks and use."""

from collections.abc import Callable, Mapping

import numpy as np

from monazite.simulation.layout import Collector, Span, convert_weight
from monazite.simulation.market import Array, Market
from monazite.simulation.policies import (
    CapacityAddition,
    DemandChange,
    EquipmentControl,
    Instrument,
    NewSupplier,
    Outage,
    StockBuild,
    StockCover,
    StockRelease,
)
from monazite.simulation.rules import CountryRule, SupplierRule


def add_outage(
    policy: Outage, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add an outage of a share of the capacity or of a site."""
    place = market.place(policy.country)
    if policy.capacity_share_lost is None:
        capacity = float(market.capacity[place]) / convert_weight(1.0, policy.unit, place, market)
        lost = np.full(span.draws, policy.site_share(capacity))
    else:
        lost = drawn["capacity_share_lost"]
    series = span.series(policy.capacity_share(span.numbers, lost), 1.0)
    found.countries.append(CountryRule("capacity", np.array([place]), series))


def add_release(
    policy: StockRelease, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a stock release and the stock that it comes from."""
    place = market.place(policy.country)
    factor = convert_weight(1.0, policy.unit, place, market)
    rate = policy.rate_t(span.numbers, drawn["available_share"]) * factor
    found.countries.append(CountryRule("release", np.array([place]), span.series(rate, 0.0)))
    found.public_stock[place] = max(found.public_stock[place], policy.opening_stock_t * factor)


def add_build(
    policy: StockBuild, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a stock build."""
    place = market.place(policy.country)
    factor = convert_weight(1.0, policy.unit, place, market)
    rate = span.series(policy.rate_t(span.numbers, drawn["bought_share"]) * factor, 0.0)
    found.countries.append(CountryRule("build", np.array([place]), rate, policy.target_t * factor))


def add_demand(
    policy: DemandChange, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a change of demand."""
    codes = market.countries if isinstance(policy.country, str) else policy.country
    series = span.series(policy.use_factor(span.numbers, drawn), 1.0)
    found.countries.append(CountryRule("use", np.array([market.place(code) for code in codes]), series))


def add_cover(
    policy: StockCover, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a cover that differs from that of the others."""
    codes = market.countries if isinstance(policy.country, str) else policy.country
    series = span.series(policy.cover_factor(span.numbers, drawn), 1.0)
    found.countries.append(CountryRule("cover", np.array([market.place(code) for code in codes]), series))


def add_equipment(
    policy: EquipmentControl, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add an equipment control: what it does to capacity and to its growth."""
    places = np.array([market.place(policy.country)])
    worn = span.series(policy.capacity_share(span.numbers, drawn), 1.0)
    growth = span.series(policy.growth_share(span.numbers, drawn), 1.0)
    found.countries += [CountryRule("capacity", places, worn), CountryRule("growth", places, growth)]


def add_capacity(
    policy: CapacityAddition, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a plant that is decided on."""
    place = market.place(policy.country)
    tonnes = policy.capacity_t(span.numbers, drawn) * convert_weight(1.0, policy.unit, place, market)
    found.countries.append(CountryRule("added", np.array([place]), span.series(tonnes, 0.0)))


def add_supplier(
    policy: NewSupplier, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a country that may enter or restart."""
    place = market.place(policy.country)
    most = convert_weight(policy.capacity_t_per_year, policy.unit, place, market) / 12.0
    force = span.series(policy.force(span.numbers), 0.0)
    rule = SupplierRule(place, policy.way == "restart", force, drawn["built_share"] * most)
    found.suppliers.append(rule)


COUNTRY_ADDERS: Mapping[type[Instrument], Callable[..., None]] = {
    Outage: add_outage,
    StockRelease: add_release,
    StockBuild: add_build,
    DemandChange: add_demand,
    StockCover: add_cover,
    EquipmentControl: add_equipment,
    CapacityAddition: add_capacity,
    NewSupplier: add_supplier,
}
"""What turns each kind of instrument that acts inside a country into rules."""
