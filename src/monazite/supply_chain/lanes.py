"""Trade lanes and production of many materials and years in one query each, for measures over all of them."""

from collections.abc import Sequence

import numpy as np

from monazite.snapshot import Snapshot
from monazite.vocabulary import all_products

Columns = dict[str, np.ndarray]

RECORDED = """
SELECT year, product_code, exporter, importer, value_usd, quantity_gross_t AS tonnes, quantity_gross_t AS priced_t
FROM trade WHERE edition = 'hs92' AND list_contains($codes, product_code) AND list_contains($years, year)
"""
TRUSTED = """
WITH known AS (
    SELECT year, product_code, exporter, importer, value_usd,
           CASE WHEN quality = 'doubtful' THEN NULL ELSE quantity_gross_t END AS trusted_t
    FROM trade WHERE edition = 'hs92' AND list_contains($codes, product_code)
        AND (list_contains($years, year) OR list_contains($years, year - 1) OR list_contains($years, year + 1))
), gap AS (
    SELECT year, product_code, exporter, importer FROM known
    WHERE trusted_t IS NULL AND list_contains($years, year)
), own AS (
    SELECT gap.year, gap.product_code, gap.exporter, gap.importer, sum(value_usd) / sum(trusted_t) AS usd_per_t
    FROM gap JOIN known USING (product_code, exporter, importer)
    WHERE abs(known.year - gap.year) = 1 AND trusted_t > 0 AND value_usd > 0 GROUP BY ALL
), usual AS (
    SELECT year, product_code, sum(value_usd) / sum(trusted_t) AS usd_per_t
    FROM known WHERE trusted_t > 0 AND value_usd > 0 GROUP BY ALL
)
SELECT year, product_code, exporter, importer, value_usd,
       coalesce(trusted_t, value_usd / coalesce(own.usd_per_t, usual.usd_per_t)) AS tonnes,
       CASE WHEN value_usd IS NOT NULL THEN trusted_t END AS priced_t
FROM known LEFT JOIN own USING (year, product_code, exporter, importer)
LEFT JOIN usual USING (year, product_code) WHERE list_contains($years, year)
"""
LANES = """
WITH part AS (SELECT unnest($parts) AS product_code, unnest(range(len($parts))) AS part),
country AS (SELECT unnest($countries) AS code, unnest(range(len($countries))) AS place),
lane AS ({lanes})
SELECT part, year, seller.place AS exporter, buyer.place AS importer,
       tonnes::DOUBLE AS tonnes, priced_t::DOUBLE AS priced_t, value_usd::DOUBLE AS value_usd
FROM lane JOIN part USING (product_code)
JOIN country seller ON seller.code = exporter JOIN country buyer ON buyer.code = importer
ORDER BY ALL
"""
COUNTRIES = """
SELECT country FROM (
    SELECT exporter AS country FROM trade WHERE list_contains($years, year)
    UNION SELECT importer FROM trade WHERE list_contains($years, year)
    UNION SELECT country FROM production WHERE list_contains($years, year)
) ORDER BY country
"""
PRODUCTION = """
SELECT material, stage, year, country, production_t, published_t, source_id FROM production
WHERE list_contains($years, year) ORDER BY material, stage, year, country
"""
REPORTS = """
SELECT material, stage, year, country, production_t, published_t, source_id FROM production_reports
WHERE list_contains($years, year) AND source_id = $source AND covers IN ('all', 'part')
ORDER BY material, stage, year, country
"""


def list_materials(data: Snapshot) -> tuple[str, ...]:
    """List the materials of which the release has production or trade, sorted."""
    produced = data.query("SELECT DISTINCT material FROM production")["material"]
    codes = set(
        data.query("SELECT DISTINCT product_code FROM trade WHERE edition = 'hs92'")["product_code"].tolist()
    )
    traded = {item.material for item in all_products() if item.edition == "hs92" and item.code in codes}
    return tuple(sorted({*map(str, produced), *traded}))


def list_countries(data: Snapshot, years: Sequence[int]) -> tuple[str, ...]:
    """List the countries that trade or produce in any of the years, as ISO3, sorted."""
    return tuple(map(str, data.query(COUNTRIES, {"years": list(years)})["country"]))


def read_lanes(
    data: Snapshot, product_codes: Sequence[int], years: Sequence[int], countries: Sequence[str],
    *, is_imputed: bool = True,
) -> Columns:  # fmt: skip
    """
    Read the trade of many products and years.

    Parameters
    ----------
    data : Snapshot
        An open release.
    product_codes : sequence of int
        HS92 codes. A code may stand several times, once for each material that it holds.
    years : sequence of int
        Calendar years.
    countries : sequence of str
        ISO3 codes whose positions the result gives.
    is_imputed : bool, default True
        Whether doubtful and missing tonnes become value over unit value, as in `build_supply_chain`; else they
        are what customs recorded.

    Returns
    -------
    Columns
        One row per lane: `part` (position in product_codes), `year`, `exporter`, `importer` (positions in
        countries), `tonnes` [t gross; NaN = not known], `priced_t` [t gross, of the lanes whose own tonnes and
        value are known; NaN elsewhere], `value_usd` [USD; NaN = not known].
    """
    parameters = {
        "parts": list(product_codes), "codes": sorted(set(product_codes)), "years": list(years),
        "countries": list(countries),
    }  # fmt: skip
    return data.query(LANES.format(lanes=TRUSTED if is_imputed else RECORDED), parameters)


def read_production(data: Snapshot, years: Sequence[int], source: str = "") -> Columns:
    """
    Read the production of all materials in some years.

    Parameters
    ----------
    data : Snapshot
        An open release.
    years : sequence of int
        Calendar years.
    source : str, optional
        What this source reports, chosen as the production of the release or not; the chosen production by default.

    Returns
    -------
    Columns
        material, stage, year, country (ISO3), production_t [t contained material], published_t [t of what the
        publisher counts], source_id.
    """
    if source and "production_reports" in data.manifest.tables:
        return data.query(REPORTS, {"years": list(years), "source": source})
    found = data.query(PRODUCTION, {"years": list(years)})
    keep = found["source_id"] == source if source else slice(None)
    return {name: column[keep] for name, column in found.items()}
