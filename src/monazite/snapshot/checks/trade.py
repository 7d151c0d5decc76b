"""Checks of trade: unit values, missing tonnes, jumps of whole codes, exports without a source."""

from collections.abc import Iterator

from monazite.snapshot.checks.codes import list_contents, materials_of
from monazite.snapshot.checks.issue import Issue
from monazite.snapshot.release import Snapshot
from monazite.vocabulary import EDITIONS

MIN_MISSING_SHARE = 0.1
"""Share of a code's value without tonnes from which a year is listed. [unitless; source: this project]"""
MAX_TRADE_JUMP = 2.0
"""Trade of the world in a code hardly doubles or halves in a year. [ratio; source: this project]"""
MIN_TRADE_T = 1000.0
"""Smaller codes jump with single consignments. [t gross a year; source: this project]"""
EXCESS_RATIO = 1.1
"""Exports over production and imports that stocks may still explain. [ratio; source: this project]"""
MIN_EXCESS_SHARE = 0.01
"""Excess from which it is listed. [share of world production; source: this project]"""

UNIT_VALUES = """
WITH doubted AS (
    SELECT * FROM trade WHERE quality = 'doubtful' AND quantity_gross_t > 0
), own AS (
    SELECT edition, product_code, exporter, importer, doubted.year AS year,
           sum(trade.value_usd) / sum(trade.quantity_gross_t) AS usd_per_t
    FROM doubted JOIN trade USING (edition, product_code, exporter, importer)
    WHERE abs(trade.year - doubted.year) = 1 AND trade.quantity_gross_t > 0 GROUP BY ALL
)
SELECT edition, product_code, year, exporter, importer, value_usd / quantity_gross_t AS found_usd_per_t,
       usd_per_t, quantity_gross_t, source_id
FROM doubted LEFT JOIN own USING (edition, product_code, exporter, importer, year)
ORDER BY value_usd DESC, product_code, year, exporter, importer
"""
MISSING = """
SELECT edition, product_code, year,
       sum(CASE WHEN quantity_gross_t IS NULL THEN value_usd ELSE 0 END) / sum(value_usd) AS share,
       count(*) FILTER (quantity_gross_t IS NULL) AS lanes, list(DISTINCT source_id) AS sources
FROM trade WHERE value_usd > 0 GROUP BY ALL HAVING share > $least ORDER BY edition, product_code, year
"""
JUMPS = """
WITH world AS (
    SELECT edition, product_code, year, sum(quantity_gross_t) FILTER (quality <> 'doubtful') AS tonnes,
           sum(value_usd) AS usd, list(DISTINCT source_id) AS sources
    FROM trade GROUP BY ALL
), pair AS (
    SELECT *, lag(tonnes) OVER code AS before_t, lag(year) OVER code AS year_before, lag(usd) OVER code AS usd_before
    FROM world WINDOW code AS (PARTITION BY edition, product_code ORDER BY year)
)
SELECT edition, product_code, year, tonnes, before_t, usd / usd_before AS usd_ratio, sources FROM pair
WHERE year_before = year - 1 AND greatest(tonnes, before_t) > $least
  AND (tonnes > $ratio * before_t OR tonnes < before_t / $ratio)
ORDER BY edition, product_code, year
"""
MIRROR = """
WITH content AS (
    SELECT unnest($editions) AS edition, unnest($codes) AS product_code, unnest($exporters) AS exporter,
           unnest($materials) AS material, unnest($stages) AS stage, unnest($factors) AS factor
), newest AS (
    SELECT year, arg_max(edition, list_position($order, edition)) AS edition FROM trade GROUP BY year
), lane AS (
    SELECT year, trade.exporter, importer, material, stage, factor *
           CASE WHEN quality = 'doubtful' THEN NULL ELSE quantity_gross_t END AS trade_t
    FROM trade JOIN newest USING (year, edition)
    JOIN content ON content.edition = trade.edition AND content.product_code = trade.product_code
        AND content.exporter = CASE WHEN list_contains($exporters, trade.exporter) THEN trade.exporter ELSE '' END
), flow AS (
    SELECT year, material, stage, exporter AS country, trade_t AS out_t, 0 AS in_t FROM lane
    UNION ALL SELECT year, material, stage, importer, 0, trade_t FROM lane
), net AS (
    SELECT year, material, stage, country, sum(out_t) AS out_t, sum(in_t) AS in_t FROM flow GROUP BY ALL
), world AS (
    SELECT year, material, stage, sum(production_t) AS world_t FROM production GROUP BY ALL
)
SELECT net.material, net.stage, net.country, net.year, out_t, in_t, production_t, world_t, source_id
FROM net JOIN world USING (year, material, stage)
LEFT JOIN production USING (year, material, stage, country)
WHERE out_t > $ratio * (coalesce(production_t, 0) + in_t)
  AND out_t - in_t - coalesce(production_t, 0) > $least * world_t
ORDER BY net.material, net.stage, net.country, net.year
"""


def check_unit_values(data: Snapshot) -> Iterator[Issue]:
    """List lanes whose value per tonne breaks from their neighbours, the largest values first."""
    found = data.query(UNIT_VALUES)
    for edition, code, year, exporter, importer, per_tonne, usual, tonnes, source in zip(
        *found.values(), strict=True
    ):
        yield Issue(
            table="trade", kind="unit_value", severity="doubt", value=float(per_tonne), expected=float(usual),
            unit="USD/t", source_ids=(str(source),), materials=materials_of(str(edition), int(code)),
            keys={**_code_keys(edition, code), "exporter": str(exporter), "importer": str(importer), "year": int(year)},
            note=f"of {float(tonnes):,.0f} t, against the lane's own years before and after",
        )  # fmt: skip


def check_missing_quantities(data: Snapshot) -> Iterator[Issue]:
    """List codes and years in which more than a tenth of the value has no tonnes."""
    found = data.query(MISSING, {"least": MIN_MISSING_SHARE})
    for edition, code, year, share, lanes, sources in zip(*found.values(), strict=True):
        yield Issue(
            table="trade", kind="missing_quantity", severity="note", value=float(share), unit="share",
            keys={**_code_keys(edition, code), "year": int(year)}, source_ids=tuple(map(str, sources)),
            materials=materials_of(str(edition), int(code)), note=f"{int(lanes)} lanes have a value and no tonnes",
        )  # fmt: skip


def check_trade_jumps(data: Snapshot) -> Iterator[Issue]:
    """List codes whose trusted tonnes of the whole world more than double or halve in a year."""
    found = data.query(JUMPS, {"least": MIN_TRADE_T, "ratio": MAX_TRADE_JUMP})
    for edition, code, year, tonnes, before, usd_ratio, sources in zip(*found.values(), strict=True):
        yield Issue(
            table="trade", kind="year_on_year", severity="doubt", value=float(tonnes), expected=float(before),
            unit="t", keys={**_code_keys(edition, code), "year": int(year)}, source_ids=tuple(map(str, sources)),
            materials=materials_of(str(edition), int(code)),
            note=f"world trade of the code against the year before; its value is {float(usd_ratio):.2f} of that year's",
        )  # fmt: skip


def check_mirror(data: Snapshot) -> Iterator[Issue]:
    """
    List countries that export more of a material than they produce and import, in contained tonnes.

    Only stages where the content of every code is known; transit, stocks and wrong content are the usual reasons.
    """
    present = [str(name) for name in data.query("SELECT DISTINCT edition FROM trade")["edition"]]
    contents = list_contents([name for name in EDITIONS if name in present])
    limits = {"order": list(EDITIONS), "ratio": EXCESS_RATIO, "least": MIN_EXCESS_SHARE}
    found = data.query(MIRROR, {**contents, **limits})
    for material, stage, country, year, out_t, in_t, made_t, world_t, source in zip(
        *found.values(), strict=True
    ):
        is_made = made_t == made_t  # NaN: nobody reports production
        known = f"{float(made_t):,.0f} t production" if is_made else "no production reported"
        excess = float(out_t) - float(in_t) - (float(made_t) if is_made else 0.0)
        yield Issue(
            table="trade", kind="mirror", severity="doubt", value=float(out_t), unit="t",
            expected=float(out_t) - excess, materials=(str(material),),
            keys={"stage": str(stage), "country": str(country), "year": int(year)},
            source_ids=tuple(sorted({"baci", str(source)} if is_made else {"baci"})),
            note=f"above {known} and {float(in_t):,.0f} t imports by {excess / float(world_t):.1%} of the world's",
        )  # fmt: skip


def _code_keys(edition: object, code: object) -> dict[str, str | int]:
    return {"product": f"{edition}:{int(str(code)):06d}"}
