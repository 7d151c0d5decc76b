"""`monazite measure hosts`: what the hosts of by-products would allow, and what is recovered of it."""

from monazite.cli.options import Json, Materials, Release, Years, read_years, resolve_words
from monazite.cli.output import make_console, print_records, print_table
from monazite.reports.envelope import Record
from monazite.snapshot import open_snapshot
from monazite.supply_chain.host_records import host_records

COLUMNS = (
    "material", "year", "country", "host", "basis", "host_t", "allowed_t", "recovered_t", "value", "spare_t",
    "verdict", "unit", "note", "reason", "source_ids",
)  # fmt: skip
POTENTIALS = (
    "material",
    "year",
    "host",
    "basis",
    "allowed_t",
    "recovered_t",
    "high",
    "unit",
    "spare_t",
    "note",
)
SILENT = ("material", "year", "country", "host", "basis", "host_t", "allowed_t")
PUBLISHED = ("host", "parameter", "figure", "figure_unit", "year")


def measure_hosts(*, material: Materials, year: Years, release: Release = None, json: Json = False) -> None:
    """Say what the output of hosts would allow of by-products, what is recovered, and who could make more."""
    records, lineage = host_records(
        open_snapshot(release),
        materials=resolve_words("material", "--material", material),
        years=read_years(year),
    )
    if json:
        print_records(records, lineage, title="hosts", as_json=True)
        return
    published = [record for record in records if record["kind"] == "published"]
    console = make_console()
    print_table(console, [_pick(record, PUBLISHED) for record in published], "published by others")
    for source in dict.fromkeys(str(record["source"]) for record in published):
        console.print(f"source: {source}", markup=False, highlight=False)
    potentials = [record for record in records if record["kind"] == "potential"]
    if potentials:
        title = "against a published potential of the world"
        print_table(console, [_pick(record, POTENTIALS) for record in potentials], title)
    countries = [record for record in records if record["kind"] == "country"]
    silent = [record for record in countries if record["verdict"] == "none on record"]
    if silent:
        title = "hosts of which no by-product is on record"
        print_table(console, [_pick(record, SILENT) for record in silent], title)
    told = [_pick(record, COLUMNS) for record in countries if record not in silent]
    print_records(told, lineage, title="hosts", as_json=False)


def _pick(record: Record, names: tuple[str, ...]) -> Record:
    return {name: record[name] for name in names if name in record}
