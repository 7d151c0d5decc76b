"""Restriction events as scenarios: what the row says, what is assumed, and which rows cannot be run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from monazite.errors import DataError, ScenarioError, nearest_names
from monazite.provenance import Lineage
from monazite.scenarios.event_baseline import FoundMarket, MarketFinder
from monazite.scenarios.event_policies import (
    EventPolicy,
    Value,
    build_event_policy,
    find_obstacle,
)
from monazite.scenarios.problems import describe_mistakes
from monazite.scenarios.schema import Scenario
from monazite.simulation.calendar import month_label, month_number, read_month
from monazite.simulation.policies.trigger import ANY_MONTH
from monazite.snapshot import Snapshot
from monazite.supply_chain.events import Record, event_records, split
from monazite.vocabulary import country_name

BEFORE_MONTHS, AFTER_MONTHS = 3, 24
"""Simulated months before the announcement and from the effect on. Source: this project."""
LATE_MONTHS = 12
"""A run starts at the earliest this long before the effect. Source: this project."""
DRAWS, SEED = 300, 2025
"""Draws and seed of a run that names none. Source: this project."""
WATCHED = 3
"""Importers that the report shows where the row names no target. Source: this project."""


@dataclass(frozen=True)
class EventChoice:
    """
    One event of the table, and whether it can be run.

    `reason` is empty where it can; `needs` names the fields that the user has to give.
    """

    event: Record
    reason: str
    needs: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()


def build_event_scenario(
    event_id: str,
    data: Snapshot,
    *,
    materials: Sequence[str] = (),
    settings: Mapping[str, Value] | None = None,
    months: int | None = None,
) -> Scenario:
    """
    Build the scenario of one restriction event from its row of the events table.

    Parameters
    ----------
    event_id : str
        Id in the table, as CHN-REE7-2025; `monazite data events` lists them.
    data : Snapshot
        An open release.
    materials : sequence of str, optional
        Only these of the materials that the row lists; needed where it lists none.
    settings : mapping, optional
        Fields of the policy that the row does not say, such as approval_share: a number or a pair.
    months : int, optional
        Length of the run; by default from three months before the announcement to 24 months from the effect on.

    Returns
    -------
    Scenario
        Its `assumed` says in a sentence each what neither the row nor the user gave.

    Raises
    ------
    ScenarioError
        If there is no such event, it stands for no policy, a field must be given first, or no market of its
        materials is on record; the message lists all of it.
    """
    row = _find_event(event_id, data)
    check_dates(row, settings or {})
    found, refused, policy = _find_parts(row, MarketFinder(data), materials, settings or {})
    if policy is None or not found:
        raise ScenarioError(
            f"event {row['event_id']}", "cannot be run.", which=refused,
            expected="a measure that limits trade, and production and trade of its material on record",
            fix="monazite run --list-events lists those that can be run; --material names materials of your choice",
        )  # fmt: skip
    if policy.missing:
        raise ScenarioError(
            f"event {row['event_id']}", "its row does not say all that the policy needs.", which=policy.missing,
            expected="a number, or low,high", fix=f"add --set {policy.missing[0]}=0.2,0.5 with numbers of your own",
        )  # fmt: skip
    return _compose(row, found, refused, policy, months)


def list_event_choices(
    data: Snapshot, on_progress: Callable[[int, int], None] | None = None
) -> tuple[list[EventChoice], Lineage]:
    """
    List all events with whether they can be run, and why not.

    Parameters
    ----------
    data : Snapshot
        An open release.
    on_progress : callable, optional
        Called with the events done and their number.

    Returns
    -------
    choices, lineage
        In the order of the time line.
    """
    rows, lineage = event_records(data)
    finder, choices = MarketFinder(data), []
    for number, record in enumerate(rows):
        row = _as_row(record)
        found, refused, policy = _find_parts(row, finder, (), {})
        can_run = policy is not None and bool(found)
        choices.append(
            EventChoice(
                record,
                "" if can_run else "; ".join(refused),
                policy.missing if policy is not None and can_run else (),
                tuple(dict.fromkeys(str(market.content["material"]) for market in found)) if can_run else (),
            )
        )
        if on_progress:
            on_progress(number + 1, len(rows))
    return choices, lineage


def _find_event(event_id: str, data: Snapshot) -> Record:
    """Find a row by its id, whatever the case."""
    rows, _ = event_records(data)
    for record in rows:
        if str(record["event_id"]).upper() == event_id.strip().upper():
            return _as_row(record)
    names = [str(record["event_id"]) for record in rows]
    raise ScenarioError(
        "event", f"there is none with the id {event_id!r}.", expected="an id that `monazite data events` lists",
        fix=nearest_names(event_id.upper(), names),
    )  # fmt: skip


def _as_row(record: Record) -> Record:
    """Undo what a record calls the columns of the table."""
    return {**record, "severity": record["value"], "severity_unit": record["unit"]}


def _find_parts(
    row: Record, finder: MarketFinder, materials: Sequence[str], settings: Mapping[str, Value]
) -> tuple[list[FoundMarket], list[str], EventPolicy | None]:
    """Find the markets and the policy of a row, and say what cannot be."""
    why = find_obstacle(row)
    if why:
        return [], [why], None
    listed = sorted(split(row["materials"]))
    strange = [
        name for name in materials if listed and name not in listed and row.get("reach") == "listed materials"
    ]
    if strange:
        return [], [f"the row does not list {name}; it lists {', '.join(listed)}" for name in strange], None
    wanted = list(materials) or listed
    if not wanted:
        return [], ["the row lists no material; name one with --material"], None
    probe = build_event_policy(row, "processing", settings)
    found, refused = [], []
    parts: dict[str, list[str]] = {}
    codes = [f"{row['edition']}:{code}" for code in sorted(split(row["product_codes"])) if len(code) == 6]
    year = int(min(str(row["announced"] or row["effective"]), str(row["effective"]))[:4])
    for material in wanted:
        try:
            market = finder.find(material, before=year, codes=codes, origins=_sellers(probe))
            _check_lanes(market, probe, material)
        except DataError as error:
            refused.append(error.what)
            continue
        found.append(market)
        whole = str(market.content["material"])
        if whole != material and whole not in wanted:
            parts.setdefault(whole, []).append(material)
    found = [_name_parts(market, parts) for market in found]
    policy = build_event_policy(row, _acting_stage(found[0], probe), settings) if found else None
    if policy is not None:
        policy = replace(policy, assumed=(*policy.assumed, *_tell_parts(parts)))
    return found, list(dict.fromkeys(refused)), policy


def _acting_stage(market: FoundMarket, policy: EventPolicy) -> str:
    """Stage that a policy touches: that of trade, or of production where plants stop."""
    return market.production_stage if policy.content["kind"] == "outage" else market.stage


def _name_parts(market: FoundMarket, parts: Mapping[str, Sequence[str]]) -> FoundMarket:
    """Keep with a market which parts of its material the row lists, unless it lists the material itself."""
    whole = str(market.content["material"])
    if whole not in parts:
        return market
    return replace(market, content={**market.content, "covered_parts": list(parts[whole])})


def _tell_parts(parts: Mapping[str, Sequence[str]]) -> list[str]:
    """Say which materials are simulated as a part of a larger one."""
    return [
        f"{', '.join(names)}: simulated as a part of {whole.replace('_', ' ')}, as no trade code holds one alone. "
        "Lanes, shares and tonnes are those of all of them, and all of them are taken to be covered."
        for whole, names in parts.items()
    ]


def _sellers(policy: EventPolicy) -> list[str]:
    """List who sells on the lanes of a policy."""
    named = policy.content.get("origin", policy.content.get("country"))
    return [] if named is None or named == "all" else [named] if isinstance(named, str) else list(named)  # type: ignore[call-overload]


def _check_lanes(market: FoundMarket, policy: EventPolicy, material: str) -> None:
    """Raise DataError if nothing is traded on the lanes that the policy touches."""
    if policy.content["kind"] == "outage":
        return
    origins, destination = _sellers(policy), policy.content["destination"]
    buyers = destination if isinstance(destination, str) else list(destination)  # type: ignore[call-overload]
    if not market.exported_t(origins, buyers) > 0:
        names = ", ".join(origins)
        year = market.chain.year
        raise DataError("", f"no trade in {material} of {names} with the targets is on record for {year}")


def _compose(
    row: Record, found: Sequence[FoundMarket], refused: Sequence[str], policy: EventPolicy, months: int | None
) -> Scenario:
    """Put a scenario together, and check it as a file would be."""
    markets: dict[str, FoundMarket] = {}
    for market in found:
        markets.setdefault(str(market.content["material"]), market)
    start, length = _choose_span(policy)
    stages = {name: _acting_stage(market, policy) for name, market in markets.items()}
    single = len(set(stages.values())) == 1
    parts = [
        {**market.content, "policies": [] if single else [{**policy.content, "stage": stages[name]}]}
        for name, market in markets.items()
    ]
    notes = [note for market in found for note in market.assumed]
    notes += [f"Left out: {text}." for text in refused]
    content = {
        "schema_version": 1,
        "name": str(row["event_id"]).lower(),
        "title": f"{_names(row)}: {str(row['instrument']).replace('_', ' ')}, {row['effective']} ({row['event_id']})",
        "story": _tell(row),
        "sources": [str(row["source"])],
        "start": start,
        "months": length if months is None else months,
        "draws": DRAWS,
        "seed": SEED,
        "markets": parts,
        "policies": [dict(policy.content)] if single else [],
        "watch": _watch(list(markets.values()), policy),
        "assumed": list(dict.fromkeys([*policy.assumed, *notes])),
    }
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        mistakes = describe_mistakes(error, Scenario, content, {})
        which = [f"{mistake.place[-1]}: {mistake.text}" for mistake in mistakes]
        raise ScenarioError(
            f"event {row['event_id']}", "its policy cannot be run as it stands.", which=which,
            expected="fields of the policy, each a number or low,high", fix="mend --set and --months",
        ) from error  # fmt: skip


def check_dates(row: Record, settings: Mapping[str, Value]) -> None:
    """Raise ScenarioError that names every date among the settings of an event that is no month."""
    wrong = []
    for name in ("announced", "effective", "end"):
        try:
            read_month(settings.get(name, ANY_MONTH))
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise ScenarioError(
            f"event {row['event_id']}", "its dates cannot be set like this.", which=wrong, fix="mend --set"
        )


def _choose_span(policy: EventPolicy) -> tuple[str, int]:
    """Choose the first month and the number of months."""
    known, acts = (month_number(str(policy.content[name])) for name in ("announced", "effective"))
    first = max(known, acts - LATE_MONTHS) - BEFORE_MONTHS
    return month_label(first), acts - first + AFTER_MONTHS


def _watch(markets: Sequence[FoundMarket], policy: EventPolicy) -> dict[str, object]:
    """Watch the targets, or the largest importers where the measure names none."""
    origins, destination = _sellers(policy), policy.content.get("destination", "all")
    if policy.content["kind"] == "tariff":
        importers = list(destination)  # type: ignore[call-overload]
    elif destination == "all":
        importers = markets[0].largest_importers(origins, WATCHED)
    else:
        importers = list(destination)[:WATCHED]  # type: ignore[call-overload]
    lanes = [[o, i] for o in origins[:1] for i in importers if len(i) == 3 and i != o]
    return {"importers": importers, "exporters": origins[:WATCHED], "lanes": lanes}


def _names(row: Record) -> str:
    return ", ".join(
        "European Union" if c == "EU" else country_name(c) for c in sorted(split(row["country"]))
    )


def _tell(row: Record) -> str:
    """Tell what the row says, in its own words, with its dates."""
    told = f"Announced {row['announced']}. " if row["announced"] else ""
    until = f" to {row['ended']} ({row['end_kind']})" if row["ended"] else ""
    answer = f" It answers {row['in_answer_to']} ({row['answer_basis']})." if row["in_answer_to"] else ""
    note = f" {row['note'][:1].upper()}{row['note'][1:]}." if row.get("note") else ""  # type: ignore[index]
    text = str(row["description"])
    return f"{text[:1].upper()}{text[1:]}. {told}In force from {row['effective']}{until}.{answer}{note}"
