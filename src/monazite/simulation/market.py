"""Market: the trade in one product in an ordinary month, before any shock."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.supply_chain import SupplyChain

Array = NDArray[np.float64]
Weight = Literal["contained", "gross"]
REST = "ROW"


@dataclass(frozen=True, kw_only=True)
class Market:
    """
    One product market in its baseline month.

    Every quantity is in tonnes a month, in contained or in gross weight as `weight` says. The baseline
    balances exactly: production + residual + imports = exports + use, by country.

    Attributes
    ----------
    material, production_stage, trade_stage : str
        What is made at the first stage and traded at the second; they may be the same.
    years : tuple of int
        The baseline is the mean of these years.
    weight : {"contained", "gross"}
        What the tonnes count.
    countries : tuple of str
        ISO3 codes in the order of the arrays; `ROW` is the sum of all that are not named.
    trade : array, dims (exporter, importer)
        Shipments. [t a month] The diagonal is zero.
    production : array, dims (country,)
        Reported production. [t a month]
    capacity : array, dims (country,)
        Largest production of a baseline year and the residual on top, or the largest own supply of a year
        that was given for capacity. [t a month]
    content_share : array, dims (country,)
        Contained material in a tonne of the country's exports; the market's mean where it exports nothing.
        [t / t]
    lineage : Lineage
        Release, code version and sources.
    new_lanes : array, dims (exporter, importer), optional
        Lanes that new trade may take beside those of the baseline; by default every lane. Few lanes make the
        compiled kernel faster in large markets.
    """

    material: str
    production_stage: str
    trade_stage: str
    years: tuple[int, ...]
    weight: Weight
    countries: tuple[str, ...]
    trade: Array
    production: Array
    capacity: Array
    content_share: Array
    lineage: Lineage
    new_lanes: NDArray[np.bool_] | None = None

    @cached_property
    def lanes(self) -> NDArray[np.bool_]:
        """Lanes that trade may ever take, dims (exporter, importer)."""
        every = (
            np.ones(self.trade.shape, bool) if self.new_lanes is None else self.new_lanes | (self.trade > 0)
        )
        return every & ~np.eye(len(self.countries), dtype=bool)

    @cached_property
    def imports(self) -> Array:
        """Imports, dims (country,). [t a month]"""
        total: Array = self.trade.sum(axis=0)
        return total

    @cached_property
    def exports(self) -> Array:
        """Exports, dims (country,). [t a month]"""
        total: Array = self.trade.sum(axis=1)
        return total

    @cached_property
    def residual(self) -> Array:
        """Exports that neither production nor imports explain, dims (country,). [t a month]"""
        return np.maximum(self.exports - self.production - self.imports, 0.0)

    @cached_property
    def own_supply(self) -> Array:
        """Production and residual together, dims (country,). [t a month]"""
        return self.production + self.residual

    @cached_property
    def use(self) -> Array:
        """What stays in the country, dims (country,). [t a month]"""
        return np.maximum(self.own_supply + self.imports - self.exports, 0.0)

    @cached_property
    def throughput(self) -> Array:
        """Own supply and imports, dims (country,). [t a month]"""
        return self.own_supply + self.imports

    @cached_property
    def own_share(self) -> Array:
        """Share of own supply in the throughput, dims (country,). [unitless; 0 without throughput]"""
        return divide(self.own_supply, self.throughput)

    @cached_property
    def production_share(self) -> Array:
        """Share of reported production in own supply, dims (country,). [unitless; 1 without own supply]"""
        return np.where(self.own_supply > 0, divide(self.production, self.own_supply), 1.0)

    @cached_property
    def habit(self) -> Array:
        """Share of each exporter in an importer's purchases, dims (exporter, importer). [unitless]"""
        return divide(self.trade, self.imports[None, :])

    @cached_property
    def loop_share(self) -> float:
        """
        Share of an order for resale that comes back to the seller as another order. [unitless, 0..1]

        The spectral radius of w0_ij (1 - own share_j): 0 where nobody resells, 1 where goods go round in circles.
        """
        return float(np.abs(np.linalg.eigvals(self.habit * (1.0 - self.own_share)[None, :])).max())

    @cached_property
    def largest(self) -> float:
        """The largest single quantity: the yardstick of every tolerance. [t a month]"""
        return float(max(self.trade.max(), self.own_supply.max(), self.use.max()))

    def place(self, country: str) -> int:
        """Position of a country; raises DataError if the market does not name it."""
        if country not in self.countries:
            raise DataError(
                f"market {self.material}, {self.trade_stage}",
                f"does not name {country!r}.",
                expected=f"one of {', '.join(self.countries)}",
                fix="build the market with keep=[...] so that the country is not part of ROW",
            )
        return self.countries.index(country)


def divide(upper: Array, lower: Array) -> Array:
    """Divide, with 0 where the denominator is not positive."""
    positive = lower > 0
    with np.errstate(over="ignore"):  # a tiny denominator gives infinity, which every caller bounds
        quotient: Array = np.where(positive, upper / np.where(positive, lower, 1.0), 0.0)
    return quotient


def build_market(
    chains: Sequence[SupplyChain],
    *,
    production_stage: str,
    trade_stage: str,
    weight: Weight = "contained",
    capacity_chains: Sequence[SupplyChain] = (),
    keep: Sequence[str] = (),
    flow_share: float = 0.995,
) -> Market:
    r"""
    Build the baseline market from one chain a year.

    Parameters
    ----------
    chains : sequence of SupplyChain
        The same material in different years, none of them after an announcement, in a recession or with known
        stock building.
    production_stage, trade_stage : str
        Where production and trade are read. Two different stages are an assumption of the caller: one tonne
        made at the first is one tonne traded at the second, in the same country.
    weight : {"contained", "gross"}, default "contained"
        In gross weight, production is divided by the world's mean content of the traded product.
    capacity_chains : sequence of SupplyChain
        More years, which count for capacity only: they prove what a country could supply, residual included.
    keep : sequence of str
        Countries that must have their own name.
    flow_share : float, default 0.995
        The largest countries by production + imports + exports that together carry this share are named, the
        others are summed as `ROW`; trade among those vanishes inside it. [unitless, 0 < flow_share <= 1]

    Returns
    -------
    Market
        Mean of the years of `chains` divided by 12; capacity is the largest year of all divided by 12.

    Raises
    ------
    DataError
        If a figure is missing (NaN), negative, or the chains differ in material or countries.

    Notes
    -----
    .. math:: R_c = \max(0, X_c - P_c - M_c), \quad U_c = P_c + M_c + R_c - X_c, \quad
              C_c = \max(\max_b P_{cb} + R_c, \max_k (P_{ck} + R_{ck}))

    Source: this project, docs/decisions/0003-simulator-priors.md.

    Examples
    --------
    The tiny chain of the tests, processing: AAA makes 90 and exports 50 a year, so it uses 40 / 12 a month.
    """
    every = (*chains, *capacity_chains)
    check_chains(every, production_stage, trade_stage)
    trade = stack_years(every, "trade_t", trade_stage)
    gross = stack_years(every, "trade_gross_t", trade_stage)
    made = stack_years(every, "production_t", production_stage)
    base = slice(0, len(chains))
    content = find_content(trade[base], gross[base])
    flows, made = (gross, made / content) if weight == "gross" else (trade, made)
    size = (made + flows.sum(axis=1) + flows.sum(axis=2))[base].mean(axis=0)
    group, countries = group_countries(chains[0].countries, size, keep, flow_share)
    lanes, production = group @ flows @ group.T / 12, made @ group.T / 12
    lanes[:, np.arange(len(countries)), np.arange(len(countries))] = 0.0
    mean_lanes, mean_production = lanes[base].mean(axis=0), production[base].mean(axis=0)
    residual = np.maximum(mean_lanes.sum(axis=1) - mean_lanes.sum(axis=0) - mean_production, 0.0)
    best = np.maximum(production[base].max(axis=0), mean_production)
    proven = np.maximum(production, lanes.sum(axis=2) - lanes.sum(axis=1))
    exported = [group @ year[base].mean(axis=0).sum(axis=1) for year in (trade, gross)]
    return Market(
        material=chains[0].material,
        production_stage=production_stage,
        trade_stage=trade_stage,
        years=tuple(chain.year for chain in chains),
        weight=weight,
        countries=countries,
        trade=mean_lanes,
        production=mean_production,
        capacity=np.maximum(best + residual, proven[len(chains) :].max(axis=0, initial=0.0)),
        content_share=np.where(exported[1] > 0, divide(exported[0], exported[1]), content),
        lineage=chains[0].lineage.with_sources(
            *(code for chain in every for code in chain.lineage.source_ids)
        ),
    )


def find_content(trade: Array, gross: Array) -> float:
    """Contained material in a tonne of the product, mean of all lanes. [t / t] 1 where nothing is traded."""
    return float(trade.sum() / gross.sum()) if gross.sum() > 0 else 1.0


def group_countries(
    names: Sequence[str], size: Array, keep: Sequence[str], flow_share: float
) -> tuple[Array, tuple[str, ...]]:
    """Choose the countries to name; returns the 0/1 matrix (named, all) that sums the others into ROW."""
    if not 0.0 < flow_share <= 1.0:
        raise DataError("build_market, flow_share", f"is {flow_share}.", expected="0 < flow_share <= 1")
    unknown = sorted(set(keep) - set(names))
    if unknown:
        raise DataError(
            "build_market, keep",
            "names countries that the chain does not hold.",
            which=unknown,
            expected=f"one of {', '.join(names)}",
            fix="mend the ISO3 codes",
        )
    order = np.argsort(-size, kind="stable")
    before = np.cumsum(size[order]) - size[order]
    large = {names[place] for place in order[(before < flow_share * size.sum()) & (size[order] > 0)]}
    named = [name for name in names if name in large | set(keep) and name != REST]
    rest = [name for name in names if name not in named]
    labels = (*named, REST) if rest else tuple(named)
    group = np.zeros((len(labels), len(names)))
    for column, name in enumerate(names):
        group[labels.index(name) if name in named else -1, column] = 1.0
    return group, labels


def stack_years(chains: Sequence[SupplyChain], name: str, stage: str) -> Array:
    """One array at one stage, dims (year, ...); raises DataError that names missing and negative figures."""
    years: Array = np.stack([chain.arrays[name].sel(stage=stage).values for chain in chains])
    check_figures(chains, name, years)
    return years


def check_chains(chains: Sequence[SupplyChain], production_stage: str, trade_stage: str) -> None:
    """Raise DataError unless the chains fit together and know both stages."""
    if not chains:
        raise DataError("build_market, chains", "holds no chain.", expected="at least one baseline year")
    first = chains[0]
    for chain in chains:
        chain.check_stage(production_stage, "production_t")
        chain.check_stage(trade_stage, "trade_t")
        if chain.material != first.material or chain.countries != first.countries:
            differing = sorted(set(chain.countries) ^ set(first.countries))
            raise DataError(
                "build_market, chains",
                f"{chain.material} {chain.year} and {first.material} {first.year} do not fit together.",
                which=differing,
                expected="one material, and the same countries in the same order",
                fix="build the chains from one release with the same options",
            )
    years = [chain.year for chain in chains]
    if len(set(years)) < len(years):
        raise DataError("build_market, chains", "holds a year twice.", which=sorted(years))


def check_figures(chains: Sequence[SupplyChain], name: str, years: Array) -> None:
    """Raise DataError that names every missing or negative figure of one array, dims (year, ...)."""
    names = np.array(chains[0].countries)
    bad = [
        f"{chains[year].year} {', '.join(names[place])}: {'missing' if np.isnan(value) else 'negative'}"
        for year, *place in np.argwhere(~(years >= 0)).tolist()
        for value in [years[(year, *place)]]
    ]
    if bad:
        raise DataError(
            f"build_market, {chains[0].material}, {name}",
            f"{len(bad)} figures cannot be used.",
            which=bad,
            expected="every figure known and >= 0: the simulator fills nothing",
            fix='build the chains with unreported="zero", or leave the year out',
        )
