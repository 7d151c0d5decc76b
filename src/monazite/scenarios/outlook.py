"""What a run says, read off its arrays: shortage and price by region, months of shortage, observed dependence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monazite.scenarios.run import MarketResult, ScenarioResult
from monazite.simulation import Run
from monazite.snapshot import Snapshot
from monazite.vocabulary import country_name, resolve_region

Array = NDArray[np.float64]
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
SHORT = 0.01
"""A month counts as short when more than this share of the use wanted is not served. Source: this project."""
MOST = 0.5
"""A country with this share of the use of the rest of the world is named with it. [unitless] Source: this project."""
REST = "the rest of the world"


@dataclass(frozen=True)
class Place:
    """
    One country or group as the report looks at it, with its members in the market; the rest is not watched.

    `mostly`: the country that uses at least half of what the rest uses, and so hides what the others lack; "" = none.
    """

    label: str
    members: tuple[str, ...]
    is_watched: bool = True
    mostly: str = ""

    @property
    def words(self) -> str:
        """
        Name in a sentence, with the country that stands for most of it.

        Examples
        --------
        >>> Place("the rest of the world", ("CHN", "VNM"), False, "CHN").words
        'the rest of the world (mostly China)'
        """
        return f"{self.label} (mostly {country_name(self.mostly)})" if self.mostly else self.label


@dataclass(frozen=True)
class Band:
    """Quantiles over the draws by month: dims of each (month,)."""

    low: Array
    low_quartile: Array
    median: Array
    high_quartile: Array
    high: Array


@dataclass(frozen=True)
class DependenceRow:
    """One year of a country's recorded imports: from one exporter and in all. [t gross, USD per t]"""

    year: int
    from_exporter_t: float
    total_t: float
    unit_value_usd_per_t: float

    @property
    def share(self) -> float:
        """Share of the exporter in the recorded imports; NaN where nothing was recorded."""
        return self.from_exporter_t / self.total_t if self.total_t > 0 else float("nan")


def list_places(result: ScenarioResult, market: MarketResult) -> list[Place]:
    """
    List the importers that the scenario watches, then the rest of the world without who restricts.

    An importer that uses nothing in a market, as one that buys the next stage of a chain, has no place in it.
    """
    countries = market.run.market.countries
    year = max(market.run.market.years)
    used = {code for code, use in zip(countries, market.run.market.use, strict=True) if use > 0}
    places = []
    for region in result.scenario.watch.importers:
        members = tuple(code for code in resolve_region(region, year) if code in countries)
        if used.intersection(members):
            label = country_name(region) if len(members) == 1 and region in countries else region
            places.append(Place(label, members))
    out = {*list_restricting(market.run), *(code for place in places for code in place.members)}
    rest = tuple(code for code in countries if code not in out)
    if places and not used.intersection(rest):
        return places
    return [
        *places,
        Place(REST if places else "the world outside", rest, False, find_mostly(market.run, rest)),
    ]


def find_mostly(run: Run, members: Sequence[str]) -> str:
    """Find the country that uses at least half of what some countries use in the baseline; "" where none does."""
    own = {code: float(run.market.use[run.market.countries.index(code)]) for code in members}
    total = sum(own.values())
    large = [code for code, use in own.items() if len(own) > 1 and use > 0 and use >= MOST * total]
    return large[0] if len(large) == 1 and large[0] != "ROW" else ""


def list_restricting(run: Run) -> list[str]:
    """List the countries that restrict their exports, or whose output fails."""
    codes = [code for policy in run.policies for code in policy.restricting]
    return [code for code in dict.fromkeys(codes) if code in run.market.countries]


def sum_countries(run: Run, name: str, members: Sequence[str], weight: Array | None = None) -> Array:
    """Sum an array over countries, each times its weight, dims (draw, month); no more than one country is copied."""
    values = run.arrays[name].transpose("draw", "month", "country").values
    names = [str(code) for code in run.arrays["country"].values]
    total: Array = np.zeros(values.shape[:2])
    for k, code in enumerate(members):
        own = values[:, :, names.index(code)]
        total += own if weight is None else weight[k] * own
    return total


def shortage_share(run: Run, members: Sequence[str]) -> Array:
    r"""
    Share of the use wanted that could not be served, dims (draw, month). [unitless, 0..1]

    .. math:: s = \sum_c (D_c - C_c) / \sum_c D_c
    """
    short, wanted = (sum_countries(run, name, members) for name in ("shortfall_t", "demand_t"))
    share: Array = np.divide(short, wanted, out=np.zeros_like(short), where=wanted > 0)
    return share


def price_ratio(run: Run, members: Sequence[str]) -> Array:
    """Price over baseline price, mean over countries weighted by baseline use, dims (draw, month). [unitless]"""
    places = [run.market.countries.index(code) for code in members]
    weight = run.market.use[places]
    if weight.sum() <= 0:
        weight = np.ones(len(places))
    return sum_countries(run, "price_ratio", members, weight / weight.sum())


def duty_share(run: Run, members: Sequence[str]) -> Array | None:
    """
    Rise of what a place pays for imports by duties, mean weighted by baseline use, dims (draw, month). [unitless]

    None where no duty falls on it; `price_ratio` is the price before it.
    """
    if "duty_share" not in run.arrays:
        return None
    weight = run.market.use[[run.market.countries.index(code) for code in members]]
    if weight.sum() <= 0:
        return None
    duty = sum_countries(run, "duty_share", members, weight / weight.sum())
    return duty if duty.max() > 0 else None


def unserved_use(run: Run, members: Sequence[str]) -> Array:
    r"""
    Use below that of the baseline for any reason, dims (draw, month). [unitless, 0..1]

    Shortage, high prices and thrifting together:

    .. math:: 1 - \sum_c C_c / \sum_c U_c, \text{ not below } 0
    """
    places = [run.market.countries.index(code) for code in members]
    use = run.market.use[places].sum()
    served = sum_countries(run, "consumption_t", members)
    missing: Array = np.clip(1 - served / use, 0.0, 1.0) if use > 0 else np.zeros_like(served)
    return missing


def band_of(values: Array) -> Band:
    """Quantiles over the draws (5, 25, 50, 75, 95 %) of an array with dims (draw, month)."""
    return Band(*np.quantile(values, LEVELS, axis=0))


def months_short(run: Run, members: Sequence[str]) -> tuple[float, float, float]:
    """Months in which more than 1 % of the use wanted is not served: median, 5 % and 95 % over the draws."""
    count = (shortage_share(run, members) > SHORT).sum(axis=1)
    low, median, high = np.quantile(count, [0.05, 0.5, 0.95])
    return float(median), float(low), float(high)


def read_dependence(
    data: Snapshot, product_code: str, importer: Sequence[str], exporter: str, years: Sequence[int]
) -> list[DependenceRow]:
    """
    Read what customs recorded of one product: imports from one exporter and in all, and their unit value.

    Examples
    --------
    Japan, hs92:284690, 2008: 10,882 t from China of 11,468 t in all, 94.9 %.
    """
    found = data.query(
        """
        SELECT year,
               coalesce(sum(CASE WHEN exporter = $exporter THEN quantity_gross_t END), 0) AS from_t,
               sum(quantity_gross_t) AS total_t,
               sum(CASE WHEN exporter = $exporter AND quantity_gross_t > 0 THEN value_usd END)
                 / sum(CASE WHEN exporter = $exporter THEN quantity_gross_t END) AS usd_per_t
        FROM trade
        WHERE edition || ':' || lpad(product_code::VARCHAR, 6, '0') = $code AND list_contains($years, year)
          AND list_contains($importer, importer) AND NOT list_contains($importer, exporter)
        GROUP BY year ORDER BY year
        """,
        {"exporter": exporter, "code": product_code, "years": list(years), "importer": list(importer)},
    )
    return [
        DependenceRow(int(year), float(from_t), float(total), float(value))
        for year, from_t, total, value in zip(
            found["year"], found["from_t"], found["total_t"], found["usd_per_t"], strict=True
        )
    ]
