"""`monazite data events`: restriction events as a time line."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from monazite.cli.layout import INDENT, print_line, wrap
from monazite.cli.options import Json, Release, as_usage, resolve_words
from monazite.cli.output import (
    format_stored,
    is_missing,
    make_console,
    print_records,
    print_sources,
    split_list,
)
from monazite.errors import UsageError
from monazite.reports.envelope import Record
from monazite.snapshot import open_snapshot
from monazite.supply_chain.events import event_records

BODIES = ("EU", "WTO")
"""Those who restrict and are no country."""
OPEN = "-"
"""What stands for a day that is not known or has not come."""
Countries = Annotated[
    list[str] | None,
    Parameter(name="--country", help="Who restricts: CHN, Indonesia, EU, WTO; all by default.", negative=""),
]
MaterialsOption = Annotated[
    list[str] | None,
    Parameter(
        name="--material",
        help="Which it lists, or may hit as it covers goods in general; all by default.",
        negative="",
    ),
]
On = Annotated[str | None, Parameter(name="--on", help="In force on that day: 2025-05-01.")]
InForce = Annotated[bool, Parameter(name="--in-force", negative="", help="In force today.")]


def list_events(
    *,
    country: Countries = None,
    material: MaterialsOption = None,
    on: On = None,
    in_force: InForce = False,
    release: Release = None,
    json: Json = False,
) -> None:
    """List restriction events, sorted as a time line."""
    if on and in_force:
        raise UsageError("--on", "and --in-force exclude each other.", fix="leave one of them out")
    day = datetime.now(UTC).date().isoformat() if in_force else read_day(on)
    data = open_snapshot(release)
    countries, materials = read_countries(country), read_materials(material)
    records, lineage = as_usage(lambda: event_records(data, countries=countries, materials=materials, on=day))
    if json:
        print_records(records, lineage, title="events", as_json=True)
        return
    console = make_console()
    title = f"{len(records)} restriction events" + (f" in force on {day}" if day else "")
    console.print(Text(f"{title}: effective, ended, country, instrument, materials, targets", "bold"))
    for line in (line for record in records for line in write_event(record, console.width)):
        print_line(console, line)
    print_line(console, "")
    print_sources(console, lineage)


def write_event(record: Record, width: int) -> list[str]:
    """
    Write an event for people: one line, and below it, indented, what it says, how hard it is and who says so.

    Examples
    --------
    >>> event = {"effective": "2012", "ended": "2013-12", "country": "COD", "instrument": "ban", "materials": "cobalt",
    ...          "targets": "ALL", "description": "no export of ore", "value": 0.1, "unit": "of exports",
    ...          "source": "Gazette", "event_id": "COD-1", "announced": "2011"}
    >>> print("\\n".join(write_event(event, 70)))
    2012       2013-12    COD ban cobalt to ALL
        COD-1, announced 2011: no export of ore
        severity: 0.1 of exports
        source: Gazette
    """
    days = [f"{record[name] or OPEN:<10}" for name in ("effective", "ended")]
    about = _list(record["materials"] or record.get("goods") or OPEN)
    head = f"{days[0]} {days[1]} {_list(record['country'])} {record['instrument']}"
    severity = record["value"]
    announced = f", announced {record['announced']}" if record["announced"] else ""
    told = [f"{record['event_id']}{announced}: {record['description']}"]
    if not is_missing(severity):
        told.append(f"severity: {format_stored(severity)} {record['unit']}")
    told.append(f"source: {record['source']}")
    lines = wrap(f"{about} to {_list(record['targets'] or OPEN)}", width - len(head) - 1)
    return [
        f"{head} {lines[0]}",
        *(INDENT + line for line in lines[1:]),
        *(line for text in told for line in wrap(text, width, INDENT)),
    ]


def _list(words: object) -> str:
    return str(words).replace(";", ", ")


def read_day(text: str | None) -> str:
    """Read --on; a word that is no day is a usage error."""
    if text is None:
        return ""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError(text)
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError("--on", f"{text!r} is no day.", expected="a day such as 2025-05-01") from error


def read_countries(words: list[str] | None) -> tuple[str, ...]:
    """Read --country: countries, and the bodies that restrict and are no country."""
    listed = split_list(words) if words else []
    bodies = tuple(word.upper() for word in listed if word.upper() in BODIES)
    named = [word for word in listed if word.upper() not in BODIES]
    return (*(resolve_words("country", "--country", named) if named else ()), *bodies)


def read_materials(words: list[str] | None) -> tuple[str, ...]:
    """Read --material, which may be left out."""
    return resolve_words("material", "--material", words) if words else ()
