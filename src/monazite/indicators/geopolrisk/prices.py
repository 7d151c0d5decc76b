"""Published market prices in place of the unit value of imports, for the factors of GeoPolRisk records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xarray as xr

from monazite.indicators.geopolrisk.score import characterisation_factor
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot

Record = dict[str, object]
DEFLATED = "real"
"""Word of the basis of prices in money of another year, which are left out."""
PRICES = """
SELECT material, form, year, basis, price_usd_per_t, quality, source_id FROM prices
WHERE list_contains($materials, material) AND period = 'year' AND price_usd_per_t IS NOT NULL
ORDER BY material, form, basis, year
"""


@dataclass(frozen=True)
class MarketPrice:
    """A published price: [USD/t of the form], of what form, on what basis, and by whom."""

    usd_per_t: float
    form: str
    basis: str
    source_id: str


def choose_prices(data: Snapshot, materials: Sequence[str]) -> dict[tuple[str, int], MarketPrice]:
    """
    Choose one published yearly price for each material and year.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials : sequence of str
        Resolved names.

    Returns
    -------
    mapping of (material, year) to MarketPrice
        Of several forms and bases that with the most years, then the first by name, in every year it has; another one
        only in years without it. Prices in money of another year do not count. A year without a price is absent.

    References
    ----------
    .. [1] The choice: source: this project, docs/reference/indicators.md; prices: table `prices`, each row with its
       publisher.

    Examples
    --------
    A form with prices of ten years comes before one with prices of five.

    >>> sorted([(-5, "cathode"), (-10, "metal")])[0][1]
    'metal'
    """
    rows = data.query(PRICES, {"materials": list(materials)})
    series: dict[tuple[str, str, str], dict[int, MarketPrice]] = {}
    columns = (rows[name] for name in ("material", "form", "basis", "year", "price_usd_per_t", "source_id"))
    for material, form, basis, year, price, source in zip(*columns, strict=True):
        if DEFLATED not in str(basis).split():
            found = MarketPrice(float(price), str(form), str(basis), str(source))
            series.setdefault((str(material), str(form), str(basis)), {})[int(year)] = found
    chosen: dict[tuple[str, int], MarketPrice] = {}
    for (material, _, _), by_year in sorted(series.items(), key=lambda item: (-len(item[1]), item[0])):
        for year, found in by_year.items():
            chosen.setdefault((material, year), found)
    return chosen


def price_by_market(
    data: Snapshot, records: Sequence[Mapping[str, object]], lineage: Lineage
) -> tuple[list[Record], Lineage]:
    """
    Compute the factors of GeoPolRisk records with published prices instead of the unit value of the imports.

    Parameters
    ----------
    data : Snapshot
        An open release.
    records : sequence of mapping
        From `measure_geopolrisk` or `measure_geopolrisk_supply`.
    lineage : Lineage
        Of the records.

    Returns
    -------
    records, lineage
        The same records; `price_usd_per_t`, `price_basis` and `characterisation_factor` [kg Cu-eq per kg of the form
        that is priced, not of what is traded] are those of the price, None with a `note` where the release has none of
        that year.
    """
    prices = choose_prices(data, sorted({str(record["material"]) for record in records}))
    found: list[Record] = []
    used: set[str] = set()
    for record in records:
        price = prices.get((str(record["material"]), int(str(record["year"]))))
        score = record["value"]
        factor: float | None = None
        if price is not None and score is not None:
            factor = float(
                characterisation_factor(xr.DataArray(float(str(score))), xr.DataArray(price.usd_per_t))
            )
            used.add(price.source_id)
        sources = record["source_ids"] if isinstance(record["source_ids"], tuple) else ()
        changes: Record = {
            "price_usd_per_t": price.usd_per_t if price else None,
            "price_basis": f"{price.form}, {price.basis}, {record['year']}" if price else None,
            "characterisation_factor": factor,
            "source_ids": tuple(sorted({*sources, price.source_id}))
            if price and factor is not None
            else sources,
        }
        if price is None and score is not None:
            changes["note"] = (
                f"no factor: the release has no published price of {record['material']} in {record['year']}"
            )
        found.append({**record, **changes})
    return found, lineage.with_sources(*used)
