"""The policy that a row of the events table stands for, and what is assumed where the row is silent."""

import calendar
import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from monazite.errors import DataError
from monazite.simulation.calendar import month_label, month_number
from monazite.supply_chain.events import Record, split
from monazite.vocabulary import region_name, resolve_region

KINDS = {
    "ban": "ban",
    "export_suspension": "ban",
    "licence": "licence",
    "quota": "quota",
    "export_tax": "export_tax",
    "tariff": "tariff",
    "production_halt": "outage",
    "entity_list": "entity_list",
}
"""The instrument of the simulator for each instrument of the events table; the others limit no trade in tonnes."""
NEEDED = {"entity_list": "user_share", "outage": "capacity_share_lost"}
"""The field that no row and no prior gives, by kind."""
UNRUNNABLE = {
    "equipment_control": "it limits machines, not a material; a scenario with outside_measure and trigger can hold "
    "what answers it, as chip-limits-gallium-2023",
    "border_closure": "the row does not say which way trade stops; write a scenario with a transport_cut",
    "suspension": "it lifts earlier measures; their rows end with it",
}
"""Why an instrument cannot be run, where that needs more words."""
GROUPS = {"EU": "EU27"}
"""Our names of bodies in the events table."""
MIDDLE = 15
"""Last day of the month on which an end still belongs to that month's start. [day] Source: this project."""

Value = float | tuple[float, float] | str


@dataclass(frozen=True)
class EventPolicy:
    """
    A policy as it would stand in a scenario file, and what of it no publication says.

    `missing` names the fields that must be given before it can be run.
    """

    content: Mapping[str, object]
    assumed: tuple[str, ...]
    missing: tuple[str, ...]


def build_event_policy(event: Record, stage: str, settings: Mapping[str, Value]) -> EventPolicy:
    """
    Turn a row of restriction_events into the policy that it stands for.

    Parameters
    ----------
    event : record
        A row of the table restriction_events.
    stage : str
        Stage of the product that is traded.
    settings : mapping of str to number, pair or text
        Fields that the user gives; they come before the row and before the priors.

    Returns
    -------
    EventPolicy
        Ready for a scenario file; `assumed` has a sentence for each field that neither the row nor the user gives,
        with the prior and its source.

    Raises
    ------
    DataError
        If the row stands for no policy of the simulator; the message says why.

    Examples
    --------
    >>> row = {"event_id": "X", "country": "CHN", "targets": "ALL", "instrument": "ban", "announced": "2024-12-03",
    ...        "effective": "2024-12-03", "ended": "", "severity": 100.0, "severity_unit": "percent of ore",
    ...        "officially_denied": "no"}
    >>> policy = build_event_policy(row, "extraction", {})
    >>> policy.content["severity"], policy.content["effective"], policy.content["start_delay_months"]
    (1.0, '2024-12', 0.0645)
    """
    kind = KINDS.get(str(event["instrument"]), "")
    why = find_obstacle(event)
    if why:
        raise DataError("", why)
    content: dict[str, object] = {
        "kind": kind, "name": str(event["event_id"]), "stage": stage, **_who(event, kind), **_when(event, kind)
    }  # fmt: skip
    content |= {
        name: value for name, value in read_severity(event, kind, content).items() if name not in settings
    }
    content |= settings
    assumed = []
    for prior in read_event_priors():
        when = "denied" if str(event["officially_denied"]) in {"yes", "partly"} else ""
        if prior["kind"] == kind and prior["when"] in {"", when} and prior["field"] not in content:
            low, high = float(prior["low"]), float(prior["high"])
            content[prior["field"]] = low if low == high else [low, high]
            span = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            assumed.append(
                f"{event['event_id']}: {prior['field']} {span} ({prior['meaning']}). {_end(prior['source'])}"
            )
    if kind not in {"outage"} and "exempt_share" not in content:
        assumed.append(
            f"{event['event_id']}: exempt_share 0: every form of the goods under the market's codes is covered. The "
            "row names no share that is not."
        )
    assumed += _date_notes(event)
    if event["ended"] and content.get("end") != _when(event, kind).get("end") and "end" not in settings:
        assumed.append(
            f"{event['event_id']}: it ends before {content['end']}, as the row's tonnes are of one year."
        )
    needed = NEEDED.get(kind, "")
    missing = [needed] if needed and needed not in content else []
    return EventPolicy(content, tuple(assumed), (*missing, *_lacking_numbers(kind, content)))


def find_obstacle(event: Record) -> str:
    """
    Say why a row stands for no policy of the simulator; empty where it does.

    Examples
    --------
    >>> find_obstacle({"instrument": "reporting"})
    'a row of the kind reporting limits no trade in tonnes'
    """
    instrument = str(event["instrument"])
    if instrument in UNRUNNABLE:
        return UNRUNNABLE[instrument]
    if instrument not in KINDS:
        return f"a row of the kind {instrument} limits no trade in tonnes"
    if not event["effective"]:
        return "it has not taken effect, or the day was not read"
    if str(event.get("end_kind", "")) == "abolition" and event["ended"] == event["effective"]:
        return "it abolishes an earlier measure, whose row ends with it"
    if str(event["country"]) == "WTO":
        return "the WTO restricts no trade"
    if KINDS[instrument] == "tariff" and str(event["targets"]) == "ALL":
        return "its rate differs by country of origin; write a scenario with a tariff for each"
    return ""


def read_event_priors() -> list[dict[str, str]]:
    """Read the table of what is assumed where a row is silent; the first row that fits holds."""
    text = (files("monazite.scenarios") / "event_priors.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def read_severity(event: Record, kind: str, content: Mapping[str, object]) -> dict[str, object]:
    """
    Read the size of a measure from a row: only where its unit says what the field of the policy needs.

    Examples
    --------
    >>> row = {"severity": 7976.0, "severity_unit": "t gross products, half year", "effective": "2010-07-01"}
    >>> read_severity(row, "quota", {"effective": "2010-07"})
    {'quota_t_per_year': {2010: 7976.0}, 'unit': 'gross'}
    """
    size, unit = event["severity"], str(event["severity_unit"] or "")
    value = float(str(size)) if size not in (None, "") else float("nan")
    if value != value:
        return {}
    if kind == "ban" and unit.startswith("percent"):
        return {"severity": value / 100}
    if kind == "ban" and value == 0 and (unit == "t" or unit.startswith(("t;", "licences"))):
        return {"severity": 1.0}
    if kind in {"export_tax", "tariff"} and unit.startswith("percent"):
        return {"rate_share": value / 100}
    if kind == "quota" and re.match(r"t (gross|cobalt)", unit):
        return _quota_years(value, unit, content)
    return {}


def _quota_years(value: float, unit: str, content: Mapping[str, object]) -> dict[str, object]:
    """Tonnes by calendar year; a quota for a part of one year belongs to that year."""
    first = int(str(content["effective"])[:4])
    last = first
    if "per year" in unit and content.get("end"):
        last = (month_number(str(content["end"])) - 1) // 12
    weight = "gross" if "gross" in unit else "contained"
    if last == first and str(content.get("end", "")) > f"{first + 1}-01":
        content = {"end": f"{first + 1}-01"}  # the row's tonnes are those of its first year
    return {
        **({"end": content["end"]} if "end" in content else {}),
        "quota_t_per_year": dict.fromkeys(range(first, last + 1), value),
        "unit": weight,
    }


def _who(event: Record, kind: str) -> dict[str, object]:
    """Say who restricts whose trade; a tariff is levied on what the country buys from the targets."""
    year = int(str(event["effective"])[:4])
    by, targets = (
        [code for name in sorted(split(event[key])) for code in _members(name, year)]
        for key in ("country", "targets")
    )
    if kind == "outage":
        return {"country": by[0]}
    if kind == "tariff":
        return {"destination": by, "origin": targets}
    return {"origin": by, "destination": "all" if targets == ["ALL"] else targets}


def _members(name: str, year: int) -> Sequence[str]:
    """List the countries of a word in the events table."""
    return [name] if name == "ALL" else resolve_region(region_name(GROUPS.get(name, name)), year)


def _when(event: Record, kind: str) -> dict[str, object]:
    """Write the days of a row as months; a ban that starts within a month starts late in it."""
    effective = str(event["effective"])
    start = read_event_month(effective)
    times: dict[str, object] = {"effective": start}
    told = str(event["announced"] or "")
    times["announced"] = min(read_event_month(told), start) if told else start
    if kind == "ban" and len(effective) == 10 and effective[8:] != "01":
        days = calendar.monthrange(int(start[:4]), int(start[5:]))[1]
        times["start_delay_months"] = round((int(effective[8:]) - 1) / days, 4)
    if event["ended"]:
        ended = str(event["ended"])
        end = month_number(read_event_month(ended))
        whole = len(ended) < 10
        end += 12 if len(ended) == 4 else int(whole or int(ended[8:]) > MIDDLE)
        times["end"] = month_label(max(end, month_number(start) + 1))
    return times


def _date_notes(event: Record) -> list[str]:
    """Say what of the dates is assumed."""
    notes = []
    if not event["announced"]:
        notes.append(
            f"{event['event_id']}: announced in the month in which it takes effect; the day was not read."
        )
    if len(str(event["effective"])) < 7:
        notes.append(
            f"{event['event_id']}: in force from January of {event['effective']}; only the year is known."
        )
    if not event["ended"]:
        notes.append(f"{event['event_id']}: it holds to the end of the run; no end was read.")
    return notes


def read_event_month(day: str) -> str:
    """
    Read the month of a day, a month or a year.

    Examples
    --------
    >>> read_event_month("2024-12-03"), read_event_month("2018")
    ('2024-12', '2018-01')
    """
    return f"{day}-01"[:7] if len(day) == 4 else day[:7]


def _lacking_numbers(kind: str, content: Mapping[str, object]) -> Sequence[str]:
    """Name the number that the policy cannot do without."""
    if kind in {"export_tax", "tariff"} and "rate_share" not in content:
        return ["rate_share"]
    limits = ("quota_t_per_year", "quota_t_per_month", "baseline_share")
    if kind == "quota" and not any(name in content for name in limits):
        return ["baseline_share"]
    return []


def _end(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
