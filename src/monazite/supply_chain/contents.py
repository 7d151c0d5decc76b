"""Contents that no source gives, estimated: by mass, by value, by price, or from the bounds of the code."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from monazite.snapshot import Snapshot
from monazite.vocabulary import STAGES, Product, content_method, content_of, edition_products

SPAN = 3
"""Years before and after the year asked for that an estimate may use. [years]"""
PURE = 0.05
"""Imports over exports up to which an exporter sells its own. [1]"""
REFINED = 0.3
"""Refining over mining up to which what a country refines is taken off what it mines; above, it is no evidence. [1]"""
NAMED = 0.002
"""Share of the stage's recorded production from which a country is evidence by mass. [1]"""
LARGE = 0.01
"""Share of the code's value from which an exporter is evidence by price. [1]"""
LEAST_YEARS, LEAST_EXPORTERS = 2, 3
"""What an estimate needs: years of one exporter by mass; exporters of known content or of large value. [1]"""
WILD = 0.7
"""Spread of an exporter's years, in logarithms, above which they are no evidence: a factor of two. [1]"""
OWN_SD = 0.23
"""Least relative sd by mass: one reported production over one reported flow, sqrt(0.13^2 + 0.19^2). [1]"""
OTHERS_SD = 0.30
"""Least relative sd by value or price: unit values also move with terms of trade. [1]"""

TRADED = """
SELECT product_code, exporter, year,
       coalesce(sum(quantity_gross_t) FILTER (quality <> 'doubtful' AND value_usd > 0), 0) AS gross_t,
       coalesce(sum(value_usd) FILTER (quality <> 'doubtful' AND quantity_gross_t > 0), 0) AS usd
FROM trade
WHERE edition = $edition AND list_contains($codes, product_code) AND year BETWEEN $first AND $last
GROUP BY ALL ORDER BY ALL
"""
BOUGHT = """
SELECT product_code, importer, year, sum(quantity_gross_t) AS gross_t FROM trade
WHERE edition = $edition AND list_contains($codes, product_code) AND year BETWEEN $first AND $last
  AND quantity_gross_t > 0
GROUP BY ALL ORDER BY ALL
"""
MADE = """
SELECT stage, country, year, sum(production_t) AS made_t FROM production
WHERE material = $material AND year BETWEEN $first AND $last AND production_t > 0 GROUP BY ALL ORDER BY ALL
"""
PRICED = """
SELECT year, avg(price_usd_per_t) AS usd_per_t FROM prices
WHERE material = $material AND form = $form AND year BETWEEN $first AND $last AND price_usd_per_t > 0
GROUP BY ALL ORDER BY ALL
"""

METHODS = ("mass", "value", "price", "median", "bounds")

Cell = tuple[str, int]
Cells = dict[Cell, float]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Estimate:
    """
    An estimated content.

    Attributes
    ----------
    factor : float
        [t contained per t gross, 0 < factor <= 1]
    relative_sd : float
        Relative standard deviation, the same for all that one exporter ships. [1]
    method : str
        `mass`, `value`, `price`, `median` or `bounds`.
    """

    factor: float
    relative_sd: float
    method: str


@dataclass(frozen=True)
class Evidence:
    """
    What the release knows of a material around a year.

    `gross_t`, `usd` and `bought_t` are by product code and then (country, year), of rows that are not doubtful;
    `made_t` by stage and then so; `exporters` are all that ship a product, with tonnes or without.
    """

    exporters: Mapping[int, tuple[str, ...]]

    gross_t: Mapping[int, Cells]
    usd: Mapping[int, Cells]
    bought_t: Mapping[int, Cells]
    made_t: Mapping[str, Cells]


def estimate_contents(
    data: Snapshot, *, material: str, year: int, edition: str, products: Sequence[Product]
) -> dict[tuple[str, str], Estimate]:
    r"""
    Estimate the contents of products for exporters of which no source gives one.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material : str
        Id of the material.
    year : int
        Year of the chain; the estimate reads three years before and after it.
    edition : str
        Edition of the codes.
    products : sequence of Product
        Those of the chain.

    Returns
    -------
    mapping of (product code, exporter) to Estimate
        One for every exporter of the years read that has no cited content and for which a method works.

    Notes
    -----
    The methods of a product and their order are in `vocabulary/content_methods.csv`. By mass, of exporter e that
    buys next to none of the product, over the years y,

    .. math:: c_e = median_y \; (P_{ey} (1 - f_e) - \sum_{k \ne p} c_k X_{eky}) / X_{epy}

    with production P, the share f of it that is refined at home and gross exports X of product p; by value, with the
    unit values v, over exporters k of known content, and by price, with the value V of exports and the price p,

    .. math:: c_e = v_e / median_k (v_k / c_k), \quad c_e = \sum_y V_{ey} / \sum_y X_{ey} p_y

    An exporter without usable tonnes takes the median of the others. Where no method works and the code or chemistry
    bounds the content, the midpoint of the bounds. All are held within the bounds. A common error of all contents
    leaves shares by partner as they are.

    References
    ----------
    .. [1] Source: this project, docs/decisions/0009-estimated-contents.md.

    Examples
    --------
    A country mines 50 t, imports and refines nothing, and ships 200 t of concentrate: 50 / 200 = 0.25.

    >>> 50 / 200
    0.25
    """
    wanted = [product for product in products if content_of(product).factor is None]
    if not wanted:
        return {}
    years = {"first": year - SPAN, "last": year + SPAN}
    evidence = _read_evidence(data, material, edition, products, years)
    found: dict[tuple[str, str], Estimate] = {}
    for product in wanted:
        exporters = [
            country
            for country in evidence.exporters.get(product.code, ())
            if content_of(product, country).factor is None
        ]
        for method in content_method(product).methods:
            estimates = _estimate_by(method, data, evidence, product, products, found, years)
            for exporter in exporters:
                if exporter in estimates:
                    found.setdefault((product.product_code, exporter), estimates[exporter])
        rest = _rest(found, product)
        for exporter in exporters:
            if rest is not None:
                found.setdefault((product.product_code, exporter), rest)
    return found


def _estimate_by(
    method: str,
    data: Snapshot,
    evidence: Evidence,
    product: Product,
    products: Sequence[Product],
    found: Mapping[tuple[str, str], Estimate],
    years: Mapping[str, int],
) -> dict[str, Estimate]:
    """Estimate one product's contents by one method, for the exporters for which it works."""
    if method == "mass":
        return _by_mass(evidence, product, products)
    if method == "value":
        return _by_value(evidence, product, found)
    return _by_price(data, evidence, product, years)


def describe_estimates(product: Product, estimates: Mapping[str, Estimate]) -> tuple[str, ...]:
    """
    Say in one sentence how the content of a product was estimated; none where it was not.

    Examples
    --------
    >>> from monazite.vocabulary import edition_products
    >>> ore = edition_products("hs92", "copper", "extraction")[0]
    >>> describe_estimates(ore, {"PER": Estimate(0.27, 0.23, "mass"), "CHL": Estimate(0.31, 0.3, "value")})
    ('hs92:260300 estimated: 1 exporter by mass, 1 by value, median 0.29 t per t',)
    """
    if not estimates:
        return ()
    methods = [estimate.method for estimate in estimates.values()]
    counts = [(methods.count(name), name) for name in METHODS if name in methods]
    first, *rest = [f"{count} by {name}" for count, name in counts]
    number, _, way = first.partition(" ")
    noun = "exporter" if number == "1" else "exporters"
    middle = float(np.median([estimate.factor for estimate in estimates.values()]))
    listed = ", ".join([f"{number} {noun} {way}", *rest])
    return (f"{product.product_code} estimated: {listed}, median {middle:.2f} t per t",)


def middle_of(low: float, high: float) -> tuple[float, float]:
    """
    Give the midpoint of two bounds, and the relative sd of a figure that is anywhere between them alike.

    Examples
    --------
    Between a half and one: 0.75, and 0.5 / sqrt 12 = 0.144 of 0.75 is 0.192.

    >>> [round(x, 3) for x in middle_of(0.5, 1.0)]
    [0.75, 0.192]
    """
    middle = (low + high) / 2
    return middle, (high - low) / math.sqrt(12) / middle


def _read_evidence(
    data: Snapshot, material: str, edition: str, products: Sequence[Product], years: Mapping[str, int]
) -> Evidence:
    codes = {"codes": [product.code for product in products], "edition": edition, **years}
    sold, bought = data.query(TRADED, codes), data.query(BOUGHT, codes)
    made = data.query(MADE, {"material": material, **years})
    exporters: dict[int, dict[str, None]] = {}
    for code, country in zip(sold["product_code"], sold["exporter"], strict=True):
        exporters.setdefault(int(code), {})[str(country)] = None
    return Evidence(
        exporters={code: tuple(countries) for code, countries in exporters.items()},
        gross_t=_cells(sold["product_code"], sold["exporter"], sold["year"], sold["gross_t"]),
        usd=_cells(sold["product_code"], sold["exporter"], sold["year"], sold["usd"]),
        bought_t=_cells(bought["product_code"], bought["importer"], bought["year"], bought["gross_t"]),
        made_t=_cells(made["stage"], made["country"], made["year"], made["made_t"]),
    )


def _cells(
    keys: Iterable[Key], countries: Iterable[str], years: Iterable[int], values: Iterable[float]
) -> dict[Key, Cells]:
    found: dict[Key, Cells] = {}
    for key, country, year, value in zip(keys, countries, years, values, strict=True):
        if value > 0:
            found.setdefault(key, {})[str(country), int(year)] = float(value)
    return found


def _rest(found: Mapping[tuple[str, str], Estimate], product: Product) -> Estimate | None:
    """Estimate for exporters without usable tonnes: the median of the others, else the midpoint of the bounds."""
    listed = [estimate.factor for (code, _), estimate in found.items() if code == product.product_code]
    bounds = content_of(product)
    if len(listed) >= LEAST_EXPORTERS:
        return Estimate(float(np.median(listed)), max(_spread(listed), OTHERS_SD), "median")
    if bounds.low is None or bounds.high is None:
        return None
    return Estimate(*middle_of(bounds.low, bounds.high), "bounds")


def _by_mass(evidence: Evidence, product: Product, products: Sequence[Product]) -> dict[str, Estimate]:
    """Divide what exporters make by what they ship; years that contradict what can be must not be the more."""
    here = [other for other in products if other.stage == product.stage]
    high = content_of(product).high or 1.0
    ratios: dict[str, list[float]] = {}
    for (country, year), gross_t in evidence.gross_t.get(product.code, {}).items():
        left = _own_supply(evidence, product, country, year)
        others = [
            (
                content_of(other, country).factor,
                evidence.gross_t.get(other.code, {}).get((country, year), 0.0),
            )
            for other in here
            if other is not product
        ]
        is_mixed = any(factor is None and other_t > PURE * gross_t for factor, other_t in others)
        if left is None or is_mixed or not _sells_its_own(evidence, here, country, year):
            continue
        ratio = (left - sum((factor or 0.0) * other_t for factor, other_t in others)) / gross_t
        ratios.setdefault(country, []).append(ratio)
    found = {}
    for country, listed in ratios.items():
        usable = [ratio for ratio in listed if 0 < ratio <= high]
        if len(usable) >= max(LEAST_YEARS, len(listed) / 2) and _spread(usable) <= WILD:
            found[country] = Estimate(float(np.median(usable)), max(_spread(usable), OWN_SD), "mass")
    return found


def _own_supply(evidence: Evidence, product: Product, country: str, year: int) -> float | None:
    """
    Give what a country makes of a product and does not refine; None where that is not evidence.

    Where it is not known to process and nothing is traded before, all that it mines leaves as the product. [t]
    """
    at = STAGES.index(product.stage)
    cells = evidence.made_t.get(product.stage, {})
    is_first = at == 0 or bool(edition_products(product.edition, product.material, STAGES[at - 1]))
    if not is_first and not any(name == country for name, _ in cells):
        cells = evidence.made_t.get(STAGES[at - 1], {})
    made = cells.get((country, year), 0.0)
    if made <= NAMED * sum(mass_t for (_, when), mass_t in cells.items() if when == year):
        return None
    after = evidence.made_t.get(STAGES[at + 1], {}) if product.stage == "extraction" else {}
    shares = [
        mass_t / cells[country, when]
        for (name, when), mass_t in after.items()
        if name == country and cells.get((country, when))
    ]
    most = max(shares, default=0.0 if not any(name == country for name, _ in after) else 1.0)
    return None if most > REFINED else made * (1 - float(np.mean(shares)) if shares else 1.0)


def _sells_its_own(evidence: Evidence, here: Sequence[Product], country: str, year: int) -> bool:
    """Whether a country buys next to nothing of what it sells."""
    sold, bought = (
        sum(table.get(product.code, {}).get((country, year), 0.0) for product in here)
        for table in (evidence.gross_t, evidence.bought_t)
    )
    return bought <= PURE * sold


def _by_value(
    evidence: Evidence, product: Product, found: Mapping[tuple[str, str], Estimate]
) -> dict[str, Estimate]:
    """Compare unit values with those of exporters whose content is cited or estimated by mass."""
    worth = _unit_values(evidence, product)
    known: dict[str, float] = {}
    for country in worth:
        cited = content_of(product, country).factor
        by_mass = found.get((product.product_code, country))
        if cited is not None:
            known[country] = cited
        elif by_mass is not None:
            known[country] = by_mass.factor
    per_t = [worth[country] / content for country, content in known.items()]
    if len(per_t) < LEAST_EXPORTERS:
        return {}
    usual, spread = float(np.median(per_t)), max(_spread(per_t), OTHERS_SD)
    return {
        country: Estimate(_within(value / usual, product), spread, "value")
        for country, value in worth.items()
    }


def _unit_values(evidence: Evidence, product: Product) -> dict[str, float]:
    """Give value over gross tonnes of every exporter, all years together. [USD/t]"""
    usd, gross = evidence.usd.get(product.code, {}), evidence.gross_t.get(product.code, {})
    countries = dict.fromkeys(country for country, _ in gross)
    return {
        country: sum(value for (name, _), value in usd.items() if name == country)
        / sum(mass_t for (name, _), mass_t in gross.items() if name == country)
        for country in countries
    }


def _by_price(
    data: Snapshot, evidence: Evidence, product: Product, years: Mapping[str, int]
) -> dict[str, Estimate]:
    """Compare unit values with the price of what is contained."""
    if "prices" not in data.manifest.tables:
        return {}
    form = content_method(product).price_form
    rows = data.query(PRICED, {"material": product.material, "form": form, **years})
    price = dict(zip(map(int, rows["year"]), map(float, rows["usd_per_t"]), strict=True))
    worth: dict[str, list[float]] = {}
    for (country, year), mass_t in evidence.gross_t.get(product.code, {}).items():
        if year in price:
            sums = worth.setdefault(country, [0.0, 0.0])
            sums[0] += evidence.usd[product.code][country, year]
            sums[1] += mass_t * price[year]
    total = sum(usd for usd, _ in worth.values())
    large = [usd / full for usd, full in worth.values() if usd >= LARGE * total]
    if len(large) < LEAST_EXPORTERS:
        return {}
    spread = max(_spread([min(share, 1.0) for share in large]), OTHERS_SD)
    return {
        country: Estimate(_within(usd / full, product), spread, "price")
        for country, (usd, full) in worth.items()
    }


def _within(factor: float, product: Product) -> float:
    """Hold an estimate within what the code and chemistry allow."""
    bounds = content_of(product)
    return min(max(factor, bounds.low or 0.0), bounds.high or 1.0)


def _spread(values: Sequence[float]) -> float:
    """Half the range that holds 68 % of the logarithms: the standard deviation of a normal one without its tails."""
    low, high = np.quantile(np.log(values), [0.16, 0.84])
    return float(high - low) / 2
