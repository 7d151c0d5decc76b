"""`monazite chain`: one material's supply chain in one year."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from monazite.cli.options import Json, Materials, Products, Release, Years, read_years, resolve_words
from monazite.cli.output import (
    make_console,
    print_records,
    print_sources,
    print_table,
    split_list,
)
from monazite.reports.envelope import Record
from monazite.snapshot import open_snapshot
from monazite.supply_chain import build_supply_chain
from monazite.supply_chain.build import UnknownContent
from monazite.supply_chain.records import QUANTITIES, chain_records
from monazite.vocabulary import country_name

ROWS = 15


def chain(
    *,
    material: Materials,
    year: Years,
    product: Products = None,
    unknown_content: Annotated[
        UnknownContent,
        Parameter(
            help="Where the content of a traded product is unknown: leave it missing, or count gross weight."
        ),
    ] = "missing",
    release: Release = None,
    json: Json = False,
) -> None:
    """Show production, imports, exports, use and residual by stage and country."""
    data = open_snapshot(release)
    records: list[dict[str, object]] = []
    lineage = data.lineage
    for name in resolve_words("material", "--material", material):
        for one in read_years(year):
            built = build_supply_chain(
                data, material=name, year=one, unknown_content=unknown_content,
                product_codes=split_list(product) if product else None,
            )  # fmt: skip
            lineage = lineage.with_sources(*built.lineage.source_ids)
            records += chain_records(built)
    if json:
        print_records(records, lineage, title="chain", as_json=True)
        return
    console = make_console()
    for key in dict.fromkeys((record["material"], record["year"], record["stage"]) for record in records):
        print_stage(console, [r for r in records if (r["material"], r["year"], r["stage"]) == key])
    print_sources(console, lineage)


def print_stage(console: Console, records: Sequence[Record]) -> None:
    """Print one stage as a table of countries, the largest first, and count those left out."""
    cells = {(str(r["country"]), str(r["quantity"])): r for r in records}
    countries = dict.fromkeys(country for country, _ in cells)

    def size(country: str) -> float:
        return max(float(str(cells[country, name]["value"] or 0)) for name in QUANTITIES)

    ranked = sorted(countries, key=lambda country: (-size(country), country))
    note = next((record["note"] for record in records if record.get("note")), None)
    rows = [
        {"country": country_name(country), "quality": cells[country, "production_t"]["quality"]}
        | {name: cells[country, name]["value"] for name in QUANTITIES}
        for country in ranked
    ]
    totals = {name: _sum([row[name] for row in rows]) for name in QUANTITIES}
    totals["production_t"] = _sum([row["production_t"] for row in rows if row["production_t"] is not None])
    first = records[0]
    title = f"{first['material']} {first['year']}, {first['stage']}: {len(rows)} countries, t of contained material"
    from_rest = [{"country": f"and {len(rows) - ROWS} more"}] if len(rows) > ROWS else []
    print_table(
        console,
        [*rows[:ROWS], *from_rest, {"country": "total", **totals, "note": note}],
        title,
        numbers=QUANTITIES,
    )


def _sum(values: Sequence[object]) -> float | None:
    """Add up a column; a sum with an unknown part is unknown."""
    return None if None in values else sum(float(str(value)) for value in values)
