"""`monazite run --event`: a restriction event of the release as a scenario."""

from collections.abc import Mapping
from typing import Annotated

from cyclopts import Parameter, validators
from rich.text import Text

from monazite.cli.data_events import read_materials
from monazite.cli.layout import INDENT, print_line, wrap
from monazite.cli.output import make_console, print_records, print_sources, tell_progress
from monazite.errors import UsageError
from monazite.scenarios import EventChoice, Scenario, build_event_scenario, list_event_choices
from monazite.snapshot import Snapshot, open_snapshot

EventOption = Annotated[
    str | None,
    Parameter(name="--event", help="Run a row of the events table, as CHN-REE7-2025; see --list-events."),
]
EventMaterials = Annotated[
    list[str] | None,
    Parameter(name="--material", help="With --event: only these of the row's materials.", negative=""),
]
EventSettings = Annotated[
    list[str] | None,
    Parameter(
        name="--set",
        help="With --event: a field that its row does not say, as approval_share=0.5,0.9; may be repeated.",
        negative="",
    ),
]
EventMonths = Annotated[
    int | None,
    Parameter(
        name="--months", help="With --event: length of the run.", validator=validators.Number(gte=1, lte=360)
    ),
]
ListEvents = Annotated[
    bool,
    Parameter(
        name="--list-events", help="List the events that can be run, and why others cannot.", negative=""
    ),
]


def check_event_options(scenario: str | None, event: str | None, others: Mapping[str, object]) -> None:
    """Refuse a scenario beside --event, and options of --event without it."""
    if scenario is not None and event is not None:
        raise UsageError("--event", "and a scenario exclude each other.", fix="leave one of them out")
    given = [name for name, value in others.items() if value is not None]
    if event is None and given:
        raise UsageError(given[0], "needs --event.", which=given, fix="add --event ID, or leave it out")


def read_event(
    event: str, data: Snapshot, material: list[str] | None, settings: list[str] | None, months: int | None
) -> Scenario:
    """Build the scenario of an event from the options."""
    return build_event_scenario(
        event, data, materials=read_materials(material), settings=read_settings(settings or []), months=months
    )


def read_settings(words: list[str]) -> dict[str, float | tuple[float, float] | str]:
    """
    Read --set: field=number, field=low,high or field=word.

    Examples
    --------
    >>> read_settings(["approval_share=0.5,0.9", "severity=1", "unit=gross"])
    {'approval_share': (0.5, 0.9), 'severity': 1.0, 'unit': 'gross'}
    """
    settings: dict[str, float | tuple[float, float] | str] = {}
    wrong = []
    for word in words:
        name, mark, text = word.partition("=")
        if name.strip() in settings:
            wrong.append(f"{name.strip()}: given twice")
        parts = text.split(",")
        if not (mark and name.strip() and text.strip()) or len(parts) > 2:
            wrong.append(word)
            continue
        try:
            numbers = [float(part) for part in parts]
        except ValueError:
            if len(parts) > 1:
                wrong.append(word)
            settings[name.strip()] = text.strip()
            continue
        settings[name.strip()] = numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])
    if wrong:
        raise UsageError(
            "--set", "is not understood.", which=wrong, expected="field=number or field=low,high"
        )
    return settings


def print_event_choices(release: str | None, as_json: bool) -> None:
    """List the events with whether they can be run, what must be given first, and why the others cannot."""
    data = open_snapshot(release)
    with tell_progress("events") as on_progress:
        choices, lineage = list_event_choices(data, on_progress)
    if as_json:
        records = [describe_choice(choice) for choice in choices]
        print_records(records, lineage, title="events that can be run", as_json=True)
        return
    console = make_console()
    able = [choice for choice in choices if not choice.reason]
    title = f"{len(able)} of {len(choices)} events can be run: monazite run --event ID"
    console.print(Text(title, "bold"))
    for choice in able:
        event = choice.event
        needs = f"; needs --set {choice.needs[0]}=LOW,HIGH" if choice.needs else ""
        text = (
            f"{event['event_id']}  {event['effective']} {event['instrument']}, {', '.join(choice.materials)} to "
            f"{str(event['targets']).replace(';', ', ')}{needs}"
        )
        for line in wrap(text, console.width):
            print_line(console, line)
    console.print(Text("\nThe others cannot:", "bold"))
    reasons: dict[str, list[str]] = {}
    for choice in choices:
        if choice.reason:
            reasons.setdefault(choice.reason, []).append(str(choice.event["event_id"]))
    for reason, names in reasons.items():
        for number, line in enumerate(wrap(f"{reason}: {', '.join(names)}", console.width - len(INDENT))):
            print_line(console, line if not number else INDENT + line)
    print_sources(console, lineage)


def describe_choice(choice: EventChoice) -> dict[str, object]:
    """Write a choice as a record; `value` says whether it can be run."""
    event = choice.event
    return {
        "event_id": event["event_id"], "country": event["country"], "instrument": event["instrument"],
        "effective": event["effective"], "materials": ", ".join(choice.materials) or event["materials"],
        "value": not choice.reason, "unit": "can be run", "needs": list(choice.needs),
        "reason": choice.reason or None, "source_ids": event["source_ids"],
    }  # fmt: skip
