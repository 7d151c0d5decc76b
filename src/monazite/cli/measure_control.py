"""`monazite measure control`: whose the output of a country is, by control, equity or off-take."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from monazite.cli.options import (
    Json,
    Materials,
    Release,
    Years,
    as_usage,
    read_stage,
    read_years,
    resolve_words,
)
from monazite.cli.output import make_console, print_records, print_table, split_list
from monazite.reports.envelope import Record
from monazite.snapshot import open_snapshot
from monazite.supply_chain.owner_records import control_records
from monazite.supply_chain.owner_rules import RULES, check_rule

Countries = Annotated[
    list[str],
    Parameter(name="--country", help="Where the mines or refineries lie: COD, Indonesia.", negative=""),
]
RuleOption = Annotated[
    list[str] | None,
    Parameter(name="--rule", help=f"{', '.join(RULES)}, or several; all of them by default.", negative=""),
]
OWNER_KINDS = ("owner", "owner_of_year")
SITE_COLUMNS = ("facility", "basis", "figure_year", "low", "high", "unit", "holders")


def measure_control(
    *,
    material: Materials,
    country: Countries,
    year: Years,
    rule: RuleOption = None,
    stage: Annotated[str | None, Parameter(help="Stage of the sites; extraction by default.")] = None,
    release: Release = None,
    json: Json = False,
) -> None:
    """Say by owner country who has what a country produces, as a range with its arithmetic."""
    rules = split_list(rule) if rule else list(RULES)
    checked = as_usage(lambda: [check_rule(word) for word in rules])
    records, lineage = control_records(
        open_snapshot(release),
        materials=resolve_words("material", "--material", material),
        countries=resolve_words("country", "--country", country),
        years=read_years(year),
        rules=checked,
        stage=read_stage("--stage", stage) or "extraction",
    )
    if json:
        print_records(records, lineage, title="control", as_json=True)
        return
    print_sites(records)
    owners = [record for record in records if record["kind"] in OWNER_KINDS]
    print_records([_shorten(record) for record in owners], lineage, title="control", as_json=False)


def print_sites(records: Sequence[Record]) -> None:
    """Print the sites and what others published, each once, before the owners."""
    console = make_console()
    sites = [record for record in records if record["kind"] == "site"]
    places = list(dict.fromkeys((r["material"], r["country"], r["year"]) for r in sites))
    for place in places:
        rows = {
            str(r["facility"]): {name: r[name] for name in SITE_COLUMNS}
            for r in sites
            if (r["material"], r["country"], r["year"]) == place
        }
        print_table(console, list(rows.values()), "sites, " + ", ".join(map(str, place)))
    published = {
        str(r["source"]): {name: r[name] for name in ("owner", "low", "high", "unit", "relation", "source")}
        for r in records
        if r["kind"] == "published"
    }
    if published:
        print_table(console, list(published.values()), "published by others")
    sources = dict.fromkeys(part for r in sites for part in str(r["source"]).split(" | "))
    for source in sources:
        console.print(f"site source: {source}", markup=False, highlight=False)


def _shorten(record: Record) -> Record:
    """Leave out what the table of sites has said already."""
    return {name: value for name, value in record.items() if name not in ("kind", "value")}
