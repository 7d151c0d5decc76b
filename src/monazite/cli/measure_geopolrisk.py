"""What `monazite measure geopolrisk` does beside the common options: views of supply, and every region at once."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Annotated, Literal, cast

from cyclopts import Parameter

from monazite.cli.options import resolve_words
from monazite.cli.output import is_untold, make_console, make_progress, print_sources, print_table, split_list
from monazite.cli.trace import read_materials
from monazite.errors import UsageError, nearest_names
from monazite.indicators.measure import GEOPOLRISK
from monazite.provenance import Lineage
from monazite.reports.envelope import Record
from monazite.scenarios.geopolrisk_supply import SUPPLIES, Supply, measure_geopolrisk_supply
from monazite.snapshot import Snapshot
from monazite.supply_chain.build import UnknownContent
from monazite.vocabulary import countries

ALL = "all"
GROUPS = ("EU27", "OECD", "G7")
"""What `--region all` adds to the countries of today."""
COLUMNS = {
    "region": "region", "supply": "supply", "value": "value", "low": "low", "high": "high",
    "factor": "characterisation_factor",
}  # fmt: skip
"""Heading of a table for people -> field of a record."""
FACTOR = "factor: kg Cu-eq per kg of what is priced. open: % of supply without a governance score or a known origin."
MANY = 20
"""Rows of a table above which reasons no longer name the region."""
RANGE = "a range: part of the supply is of unknown origin or has no governance score (--json says how much of each)."
Names = Annotated[
    list[str],
    Parameter(
        name="--material",
        help="Material, several, strategic or critical (the lists of the Act), or all: cobalt,nickel.",
        negative="",
    ),
]
SupplyOption = Annotated[
    list[str] | None,
    Parameter(
        name="--supply",
        help="For geopolrisk: what customs recorded, the reconciled chain, or traced to the country of production: "
        f"{', '.join(SUPPLIES)}, or several; customs by default.",
        negative="",
    ),
]
Price = Literal["imports", "market"]
PriceOption = Annotated[
    Price | None,
    Parameter(
        help="For the factors of geopolrisk: imports, the unit value of the region's imports, or market, a published "
        "price of the year; imports by default."
    ),
]


ContentOption = Annotated[
    UnknownContent | None,
    Parameter(
        help="Where the content of a traded product is unknown, for --supply reconciled and traced: refuse (missing), "
        "estimate it and say so, or count gross weight; missing by default."
    ),
]


def check_price(
    price: Price | None, indicator: str, *, draws: int, supplies: Sequence[Supply], method: str | None = None
) -> None:
    """
    Refuse --price for other indicators, market prices for other rules, and --price or --supply with --draws.

    Raises
    ------
    UsageError
        If the options do not go together.
    """
    if price is not None and indicator != GEOPOLRISK:
        raise UsageError("--price", f"{indicator} has no price.", fix=f"measure {GEOPOLRISK}")
    if price == "market" and method == "geopolrisk-py":
        raise UsageError(
            "--price",
            "geopolrisk-py knows the unit value of imports only.",
            fix="leave out --method or --price",
        )
    if draws and (price is not None or supplies):
        option = "--supply" if supplies else "--price"
        raise UsageError(f"--draws, {option}", "do not go together.", fix=f"leave out --draws or {option}")


def read_supplies(words: Sequence[str] | None, indicator: str, method: str | None) -> tuple[Supply, ...]:
    """
    Read --supply; empty where it was left out.

    Raises
    ------
    UsageError
        If a word is unknown, or the indicator or the method does not take it.
    """
    listed = tuple(dict.fromkeys(split_list(words or ())))
    if words is None:
        return ()
    if indicator != GEOPOLRISK:
        raise UsageError("--supply", f"{indicator} has one view of supply.", fix=f"measure {GEOPOLRISK}")
    wrong = [word for word in listed if word not in SUPPLIES]
    if wrong or not listed:
        raise UsageError(
            "--supply", "is not understood." if wrong else "is empty.", which=wrong,
            expected=", ".join(SUPPLIES), fix=nearest_names(wrong[0], SUPPLIES) if wrong else "",
        )  # fmt: skip
    if method == "geopolrisk-py" and listed != ("customs",):
        raise UsageError(
            "--supply", "geopolrisk-py knows customs records only.", fix="leave out --method or --supply"
        )
    return cast(tuple[Supply, ...], listed)


def read_names(words: Sequence[str]) -> tuple[str, ...]:
    """
    Read --material: names, and `strategic` and `critical` for the lists of the Act; empty for `all`.

    Examples
    --------
    >>> read_names(["all"]), read_names(["cobalt,nickel"]), "germanium" in read_names(["strategic"])
    ((), ('cobalt', 'nickel'), True)
    """
    return () if split_list(words) == [ALL] else read_materials(list(words))


def read_regions(words: Sequence[str]) -> tuple[str, ...]:
    """
    Read --region; `all` stands for every country of today and for EU27, OECD and G7.

    Examples
    --------
    >>> len(read_regions(["all"])) > 190, read_regions(["all"])[-3:], read_regions(["Japan,EU27"])
    (True, ('EU27', 'OECD', 'G7'), ('JPN', 'EU27'))
    """
    if split_list(words) != [ALL]:
        return resolve_words("region", "--region", words)
    today = [country.iso3 for country in countries().values() if country.status == "current"]
    return (*sorted(today), *GROUPS)


def score_supplies(
    data: Snapshot,
    supplies: Sequence[Supply],
    request: Mapping[str, Sequence[object]],
    unknown_content: UnknownContent | None = None,
) -> tuple[list[dict[str, object]], Lineage]:
    """Score by every view asked for, with progress where it takes long."""
    is_long = len(request["materials"]) * len(request["years"]) > 1
    bar, progress = make_progress("geopolrisk") if is_long else (None, lambda done, total: None)
    with bar or nullcontext():
        return measure_geopolrisk_supply(
            data, supplies=supplies, progress=progress, unknown_content=unknown_content or "missing",
            **request,  # type: ignore[arg-type]
        )  # fmt: skip


def print_supplies(records: Sequence[Record], lineage: Lineage) -> None:
    """Print the views side by side, a table for each material, stage and year; a line where nothing can be told."""
    console = make_console()
    places: dict[str, list[Record]] = {}
    for record in records:
        title = ", ".join(str(record[name]) for name in ("material", "stage", "year"))
        places.setdefault(title, []).append(record)
    silent: list[str] = []
    for title, rows in places.items():
        if all(is_untold(row) for row in rows):
            reasons = dict.fromkeys(str(row.get("reason")) for row in rows)
            silent.append(f"cannot tell: {title}: {' '.join(reasons)}")
            continue
        price = next((row["price_basis"] for row in rows if row.get("price_basis")), None)
        price = next((row["price_basis"] for row in rows if row.get("price_basis")), None)
        weights = _name_weights(rows)
        shown = [
            {new: row.get(name) for new, name in COLUMNS.items()}
            | {
                "open %": _add_up_open(row), "price": price, "note": row.get("note") or row.get("content") or weights,
                "reason": _name_reason(row, is_long=len(rows) > MANY),
            }
            for row in rows
        ]  # fmt: skip
        print_table(console, shown, f"geopolrisk, {title}")
    for line in silent:
        console.print(line, markup=False, highlight=False)
    console.print(FACTOR, markup=False, highlight=False)
    print_sources(console, lineage)


def _add_up_open(row: Record) -> str:
    """Write the share of the supply without a governance score or a known origin, in percent."""
    open_share = sum(float(str(row.get(name) or 0.0)) for name in ("unscored_share", "unknown_share"))
    return f"{100 * open_share:.2g}" if open_share > 0 else ""


def _name_weights(rows: Sequence[Record]) -> str:
    """Say in a word each what the tonnes of the views count; nothing where all count contained material."""
    found: dict[str, str] = {}
    for row in rows:
        words = str(row.get("weight") or "")
        name = next((word for word in ("estimated", "gross", "contained") if word in words), "")
        if name and found.get(str(row["supply"])) != "contained":
            found[str(row["supply"])] = name
    if set(found.values()) <= {"contained"}:
        return ""
    return f"tonnes: {', '.join(f'{view} {name}' for view, name in found.items())}"


def _name_reason(row: Record, *, is_long: bool) -> str:
    """Say for which region and view a value cannot be told, and why; of many regions only why, in few words."""
    reason = str(row.get("reason") or "")
    if not reason:
        return ""
    if not is_long:
        return f"{row['region']}, {row['supply']}: {reason}"
    return RANGE if row["high"] is not None else reason.replace(str(row["region"]), "a region")
