"""`monazite measure supply-risk` and `economic-importance`: the European method from chains or from a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from rich.text import Text

from monazite.cli.measure_tables import print_inputs_of_supply_risk
from monazite.cli.options import Json, Release, Stages, check_draw_count, read_years, resolve_words
from monazite.cli.output import (
    format_cell,
    format_interval,
    make_console,
    print_records,
    print_sources,
    print_table,
    split_list,
    tell_progress,
)
from monazite.cli.pictures import check_picture
from monazite.errors import UsageError
from monazite.indicators.criticality.assess import STAGES, measure_supply_risk
from monazite.indicators.criticality.comparison import compare_economic_importance, compare_own_supply_risk
from monazite.indicators.criticality.importance import measure_economic_importance
from monazite.provenance import Lineage
from monazite.reports.envelope import Record
from monazite.reports.risk_chart import write_risk_chart
from monazite.snapshot import Snapshot, open_snapshot
from monazite.supply_chain import list_act_materials, list_materials

ALL, STRATEGIC, CRITICAL = "all", "strategic", "critical"
EuMaterials = Annotated[
    list[str] | None,
    Parameter(
        name="--material",
        help="Material, several, strategic or critical (the lists of the Act), or all; critical by default.",
        negative="",
    ),
]
Draws = Annotated[
    int,
    Parameter(
        help="Monte Carlo draws for intervals and ranks; 200 give two digits.",
        validator=check_draw_count,
    ),
]
Seed = Annotated[int, Parameter(help="Seed of the draws.", validator=validators.Number(gte=0))]
Compare = Annotated[
    bool,
    Parameter(name=("--compare", "--official"), help="Beside the official figures of 2023, differences explained.",
              negative=""),
]  # fmt: skip
Picture = Annotated[
    Path | None,
    Parameter(help="Draw supply risk against economic importance into this SVG file."),
]
Inputs = Annotated[
    Path | None,
    Parameter(
        help="CSV table of official inputs instead; docs/reference/indicators.md says with which columns."
    ),
]
SHOWN = 10
"""Explanations below a table; JSON has the same."""


def measure_eu_supply_risk(
    *,
    material: EuMaterials = None,
    year: Annotated[str | None, Parameter(help="Year, list or range: 2020, 2018-2024.")] = None,
    stage: Stages | None = None,
    draws: Draws = 0,
    seed: Seed = 0,
    compare: Compare = False,
    picture: Picture = None,
    inputs: Inputs = None,
    release: Release = None,
    json: Json = False,
) -> None:
    """Compute the EU's supply risk from reconciled chains; or recompute it from a table of official inputs."""
    if inputs is not None:
        given = {"--material": material, "--year": year, "--stage": stage, "--draws": draws, "--compare": compare,
                 "--release": release}  # fmt: skip
        _refuse("--inputs", given, "computes from the table alone")
        check_picture(picture)
        print_inputs_of_supply_risk(inputs, picture, as_json=json)
        return
    if compare:
        _refuse(
            "--compare", {"--year": year, "--stage": stage}, "takes 2016-2020 and the newest year, all stages"
        )
    years = () if compare else _read_needed_years(year)
    check_picture(picture)
    if picture is not None and len(years) > 1:
        raise UsageError("--picture", f"draws one year, not {len(years)}.", expected="one year, or --compare")
    data = open_snapshot(release)
    names = read_materials(data, material)
    stages = resolve_words("stage", "--stage", stage) if stage else STAGES
    with tell_progress("supply risk") as progress:
        if compare:
            records, lineage = compare_own_supply_risk(
                data, materials=names, draws=draws, seed=seed, progress=progress
            )
        else:
            records, lineage = measure_supply_risk(
                data, materials=names, stages=stages, years=years, draws=draws, seed=seed, progress=progress
            )
    if picture is not None:
        importance, more = compare_economic_importance(data, materials=names, draws=draws, seed=seed)
        lineage = lineage.with_sources(*more.source_ids)
        write_risk_chart(records, importance, picture)
    if json:
        print_records(records, lineage, title="supply-risk", as_json=True)
    elif compare:
        print_comparison(records, lineage, "supply-risk")
    else:
        print_risks(records, lineage)


def measure_eu_importance(
    *,
    material: EuMaterials = None,
    draws: Draws = 0,
    seed: Seed = 0,
    compare: Compare = False,
    release: Release = None,
    json: Json = False,
) -> None:
    """Compute the EU's economic importance from end uses and the value added of their sectors."""
    data = open_snapshot(release)
    function = compare_economic_importance if compare else measure_economic_importance
    records, lineage = function(data, materials=read_materials(data, material), draws=draws, seed=seed)
    if json:
        print_records(records, lineage, title="economic-importance", as_json=True)
    elif compare:
        print_comparison(records, lineage, "economic-importance")
    else:
        print_importance(records, lineage)


def read_materials(data: Snapshot, words: Sequence[str] | None) -> tuple[str, ...]:
    """
    Resolve --material, with the lists of the Act: strategic is Annex I, critical Annex II; their elements too.

    Raises
    ------
    UsageError
        Once, with every word that is not understood.
    """
    listed = split_list(words) if words else [CRITICAL]
    sets = {
        ALL: tuple(dict.fromkeys((*list_materials(data), *list_act_materials(CRITICAL)))),
        STRATEGIC: list_act_materials(STRATEGIC),
        CRITICAL: list_act_materials(CRITICAL),
    }
    named = [word for word in listed if word not in sets]
    found = [name for word in listed for name in sets.get(word, ())]
    found += resolve_words("material", "--material", named) if named else ()
    return tuple(dict.fromkeys(found))


def print_risks(records: Sequence[Record], lineage: Lineage) -> None:
    """Print the chosen stage (E extraction, P processing) of every material, the highest risk first."""
    console = make_console()
    chosen = [r for r in records if r.get("is_chosen") and _is_told(r)]
    chosen.sort(key=lambda r: (r["year"], -_size(r)))
    print_table(console, [_shorten_risk(r) for r in chosen], f"supply-risk, EU27{_method(chosen)}")
    _print_counts(chosen, records, "a supply risk of 1")
    _print_lines("note", [r for r in records if r.get("is_chosen")], "note")
    missing = sorted({str(r["material"]) for r in records} - {str(r["material"]) for r in chosen})
    if missing:
        _print_text(f"cannot tell (--json says why): {', '.join(missing)}")
    print_sources(console, lineage)


def print_importance(records: Sequence[Record], lineage: Lineage) -> None:
    """Print importance, the highest first, and what cannot be told."""
    told = [r for r in records if _is_told(r)]
    told.sort(key=lambda r: -_size(r))
    rows = [
        {"material": r["material"], "importance": _figure(r), "uses": _number(r["use_share_sum"]),
         "SI": _number(r["substitution_index"]), **(_rank(r) if any(one.get("rank") for one in told) else {}),
         "2.8": r["threshold"]}
        for r in told
    ]  # fmt: skip
    console = make_console()
    print_table(console, rows, "economic-importance, EU27, end uses of 2016-2020")
    _print_counts(told, records, "an importance of 2.8")
    _print_lines("note", told, "note")
    _print_lines("no single value", told, "reason")
    missing = sorted({str(r["material"]) for r in records} - {str(r["material"]) for r in told})
    if missing:
        _print_text(f"cannot tell, no end uses in the release: {', '.join(missing)}")
    print_sources(console, lineage)


def print_comparison(records: Sequence[Record], lineage: Lineage, title: str) -> None:
    """Print ours beside the official figures, the largest differences in words, and rank correlations."""
    console = make_console()
    told = [r for r in records if r.get("difference") is not None]
    rows = [
        {"material": r["material"], "stage": str(r.get("stage") or "")[:1].upper(), "years": r.get("period"),
         "ours": _figure(r), "official": f"{r['official']:.1f}", "difference": f"{r['difference']:+.2f}",
         **({str(r["latest_year"]): _number(r["latest"])} if r.get("latest_year") else {})}
        for r in told
    ]  # fmt: skip
    print_table(console, rows, f"{title}, EU27, beside the official figures of 2023")
    for r in [r for r in told if r.get("explanation")][:SHOWN]:
        _print_text(f"{r['material']}: {r['explanation']}")
    summary = [
        {"quantity": r["quantity"], "years": r.get("period", ""), "materials": r["compared"], "value": r["value"]}
        for r in records if r.get("quantity")
    ]  # fmt: skip
    print_table(console, summary, "over all that can be compared")
    _print_lines("cannot compare", [r for r in records if r.get("reason")], "reason")
    _print_text("all notes: --json")
    print_sources(console, lineage)


def _shorten_risk(record: Record) -> dict[str, object]:
    """Take the columns of the table for people: ranks where there are draws, else the terms."""
    labels: dict[str, object] = {"material": record["material"], "year": record["year"],
                      "stage": str(record["stage"])[0].upper(), "risk": _figure(record)}  # fmt: skip
    if record.get("rank") is not None or record.get("draws"):
        return labels | _rank(record) | {"lacks": _letters(record)}
    return labels | {
        "world": _number(record["hhi_wgi_t_global"]), "EU": _number(record["hhi_wgi_t_eu"]),
        "IR": _number(record["import_reliance"]), "lacks": _letters(record),
    }  # fmt: skip


def _figure(record: Record) -> str:
    """
    Write a figure with its interval.

    Examples
    --------
    >>> _figure({"value": 1.527, "low": 1.27, "high": 1.93, "unit": "1"})
    '1.5 (1.3-1.9)'
    """
    interval = format_interval(record)
    if record["value"] is None:
        return interval
    return f"{format_cell(record, 'value')} ({interval})" if interval else format_cell(record, "value")


def _letters(record: Record) -> str:
    """Abbreviate what is left out: S substitution, R recycling."""
    return " ".join(word[0].upper() for word in str(record.get("left_out") or "").split(", ") if word)


def _method(records: Sequence[Record]) -> str:
    lacks = "; lacks S substitution, R recycling" if any(r.get("left_out") for r in records) else ""
    return f", stage E extraction, P processing{lacks}"


def _number(value: object) -> str:
    return "" if value is None else f"{float(str(value)):.2f}"


def _rank(record: Record) -> dict[str, object]:
    """Write a rank, its range and how often it holds."""
    if record.get("rank") is None:
        return {"rank": "", "range": "", "holds": ""}
    return {
        "rank": str(record["rank"]), "range": f"{record['rank_low']}-{record['rank_high']}",
        "holds": f"{float(str(record['rank_holds'])):.0%}",
    }  # fmt: skip


def _size(record: Record) -> float:
    value = record["value"] if record["value"] is not None else record.get("high")
    return float(str(value)) if value is not None else 0.0


def _is_told(record: Record) -> bool:
    return record.get("value") is not None or record.get("high") is not None


def _print_counts(told: Sequence[Record], records: Sequence[Record], name: str) -> None:
    """Count how many reach the threshold."""
    counts = {
        word: sum(r["threshold"] == word for r in told) for word in ("reached", "not reached", "cannot tell")
    }
    _print_text(
        f"{counts['reached']} reach {name}, {counts['not reached']} do not, {counts['cannot tell']} cannot be told"
    )


def _print_lines(head: str, records: Sequence[Record], name: str) -> None:
    """Print the notes or reasons of records, each once, with the materials that share it behind it."""
    shared: dict[str, list[str]] = {}
    for record in records:
        for part in filter(None, str(record.get(name) or "").split("; ")):
            label, _, rest = part.removesuffix(".").partition(": ")
            is_own = bool(rest) and label.split(" ")[0] == record["material"]
            names = shared.setdefault(rest if is_own else part.removesuffix("."), [])
            if is_own:
                names.append(str(record["material"]))
    for words, names in shared.items():
        _print_text(f"{head}: {words}{': ' if names else ''}{', '.join(dict.fromkeys(names))}")


def _print_text(words: str) -> None:
    make_console().print(Text(words))


def _read_needed_years(year: str | None) -> tuple[int, ...]:
    if year is None:
        raise UsageError(
            "--year", "is missing.", expected="a year, list or range; or --compare, or --inputs TABLE.csv"
        )
    return read_years(year)


def _refuse(option: str, given: Mapping[str, object], why: str) -> None:
    """Raise UsageError where an option stands beside others that it does not go with."""
    wrong = [name for name, value in given.items() if value]
    if wrong:
        raise UsageError(option, f"{why}.", which=wrong, fix="leave one of the two out")
