"""`monazite data events`: restriction events as a time line."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from cyclopts import Parameter

from monazite.cli.options import Json, Release, as_usage, resolve_words
from monazite.cli.output import print_records, split_list
from monazite.errors import UsageError
from monazite.snapshot import open_snapshot
from monazite.supply_chain.events import event_records

BODIES = ("EU", "WTO")
"""Those who restrict and are no country."""
SHOWN = (
    "announced", "effective", "ended", "country", "materials", "goods", "targets", "instrument", "description",
    "event_id",
)  # fmt: skip
Countries = Annotated[
    list[str] | None,
    Parameter(name="--country", help="Who restricts: CHN, Indonesia, EU, WTO; all by default.", negative=""),
]
MaterialsOption = Annotated[
    list[str] | None, Parameter(name="--material", help="Which it covers; all by default.", negative="")
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
    shown = records if json else [{name: record[name] for name in SHOWN} for record in records]
    title = f"{len(records)} restriction events" + (f" in force on {day}" if day else "")
    print_records(shown, lineage, title=title, as_json=json)


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
