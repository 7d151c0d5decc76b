"""Print records: a table for people, or one JSON object and nothing else."""

import math
import sys
from collections.abc import Callable, Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from monazite.provenance import ImportedFile, Lineage
from monazite.reports.envelope import Record, wrap_records, write_json
from monazite.snapshot import read_origins

NUMBERS = ("value", "low", "high")
ENDS = ("low", "high")
HIDDEN = ("source_ids", "unit", "reason", "note")
WIDE = 9
"""Columns above which a table leaves out `DETAILS`; JSON has them."""
DETAILS = ("price_usd_per_t", "import_gross_t", "production_t", "unscored_share", "weight")
LONG = 20
"""Rows above which a table leaves out those that cannot be told."""
NAMED = 4
"""Imported files of a source that a table names; JSON has all."""
ALWAYS = ("country", "exporter", "verdict", "table")
PLAIN = ("indicator", "material", "year", "stage", "region", "importer")


def print_records(records: Sequence[Record], lineage: Lineage, *, title: str, as_json: bool) -> None:
    """
    Print records to stdout.

    With `as_json` stdout holds `{"release", "version", "records", "sources"}`; a number that does not exist is
    null. Without, a table, its sources and its release.
    """
    if as_json:
        sys.stdout.write(write_json(wrap_records(records, lineage)))
        return
    console = make_console()
    print_table(console, records, title)
    print_sources(console, lineage)


def make_console() -> Console:
    """Make the console for tables: as wide as the terminal, 120 columns where there is none."""
    return Console() if sys.stdout.isatty() else Console(width=120)


def print_table(
    console: Console, records: Sequence[Record], title: str, numbers: Sequence[str] = NUMBERS
) -> None:
    """Print a title that holds what all records share, the table, and the reasons for what cannot be told."""
    told = [record for record in records if not is_untold(record)]
    shown = told if told and len(records) > LONG else records
    table, words = build_table(shown, title, numbers)
    console.print(Text(words, "bold"))
    console.print(table)
    for note in dict.fromkeys(str(record["note"]) for record in records if record.get("note")):
        console.print(Text(f"note: {note}"))
    if len(shown) < len(records):
        console.print(
            Text(
                f"left out: {len(records) - len(shown)} of {len(records)} that cannot be told (--json has them)"
            )
        )
    for reason in dict.fromkeys(str(record["reason"]) for record in records if record.get("reason")):
        console.print(Text(f"cannot tell: {reason}"))


def is_untold(record: Record) -> bool:
    """Whether a record has neither a value nor bounds."""
    return all(record.get(name) is None for name in NUMBERS) and "value" in record


def print_sources(console: Console, lineage: Lineage) -> None:
    """Print who published the figures, and which release and code they went through."""
    for source_id in lineage.source_ids:
        origin = read_origins()[source_id]
        files = lineage.files_of(source_id)
        title = "; ".join(dict.fromkeys(entry.title for entry in files)) or origin.title
        text = f"{source_id}: {origin.producer}, {title} ({origin.licence.name}){format_files(files)}"
        console.print(Text(text, "dim"))
    release = f"release {lineage.release} ({lineage.release_sha256[:12]}), monazite {lineage.code_version}"
    console.print(Text(release, "dim"))


def format_files(files: Sequence[ImportedFile]) -> str:
    """
    Name the user's files that the rows of a source come from, the first few.

    Examples
    --------
    >>> one = ImportedFile("usgs", "", "MCS2026.csv", "", "", "2026-11-24", (), ())
    >>> format_files([one]), format_files([])
    (', imported from MCS2026.csv (2026-11-24)', '')
    """
    if not files:
        return ""
    named = ", ".join(f"{entry.file} ({entry.date_accessed})" for entry in files[:NAMED])
    return f", imported from {named}" + (
        f" and {len(files) - NAMED} more files" if len(files) > NAMED else ""
    )


def build_table(records: Sequence[Record], title: str, numbers: Sequence[str] = NUMBERS) -> tuple[Table, str]:
    """Build a table and its title; a label that all records share goes into the title, not into a column."""
    filled = [
        name
        for name in dict.fromkeys(name for record in records for name in record)
        if name not in HIDDEN and any(record.get(name) not in (None, "") for record in records)
    ]
    common = {
        name: records[0][name]
        for name in filled
        if name not in (*numbers, *ALWAYS)
        and (name in PLAIN or len(records) > 1)
        and len({str(record.get(name, "")) for record in records}) == 1
    }
    names = [name for name in filled if name not in common]
    if len(names) > WIDE:
        names = [name for name in names if name not in DETAILS]
    words = [title, *(format_label(name, value) for name, value in common.items())]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in names:
        is_number = name in numbers or any(isinstance(record.get(name), float) for record in records)
        table.add_column(name.replace("_", " "), justify="right" if is_number else "left", overflow="fold")
    for record in records:
        table.add_row(*(Text(format_cell(record, name, numbers)) for name in names))
    return table, ", ".join(dict.fromkeys(words))


def format_label(name: str, value: object) -> str:
    """
    Write a label that all records share.

    Examples
    --------
    >>> format_label("year", 2024), format_label("total_t", 398008.0)
    ('2024', '398,008 t in all')
    """
    if name in PLAIN:
        return str(value)
    if isinstance(value, float) and name.startswith(("total", "import")):
        return f"{format_number(value, '')} t{' gross' if 'gross' in name else ''} in all"
    if isinstance(value, float):
        return f"{name.replace('_', ' ')} {format_number(value, '')}"
    return f"{name.replace('_', ' ')} {value}"


def format_cell(record: Record, name: str, numbers: Sequence[str] = NUMBERS) -> str:
    """Format one cell: three digits for numbers, percent for shares, words for what is missing."""
    value = record.get(name)
    if name in ENDS and value is None:
        return ""
    if name in numbers and name in record:
        return format_number(value, str(record.get("unit", "")))
    if isinstance(value, float):
        return format_number(value, "")
    return "" if value is None else str(value)


def format_number(value: object, unit: str) -> str:
    """
    Format a number with no more digits than it deserves.

    Examples
    --------
    >>> format_number(0.6784, "share"), format_number(270000.0, "t"), format_number(None, "t")
    ('67.8 %', '270,000', 'cannot tell')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "cannot tell"
    if not isinstance(value, int | float):
        return str(value)
    if unit == "share":
        return f"{100 * value:.1f} %"
    if value and abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def make_progress(title: str) -> tuple[Progress | None, Callable[[int, int], None]]:
    """Make a progress bar on a terminal, one line per 10 % otherwise; both on stderr."""
    console = Console(stderr=True)
    if console.is_terminal:
        bar = Progress(
            TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        task = bar.add_task(title, total=None)
        return bar, lambda done, total: bar.update(task, completed=done, total=total)
    printed = -1

    def print_line(done: int, total: int) -> None:
        nonlocal printed
        tenth = 10 * done // max(total, 1)
        if tenth > printed:
            printed = tenth
            sys.stderr.write(f"{title}: {10 * tenth} % ({done}/{total})\n")

    return None, print_line


def split_list(words: Iterable[str]) -> list[str]:
    """
    Split options that take a list: repeated, or separated by commas.

    Examples
    --------
    >>> split_list(["cobalt,nickel", "gallium"])
    ['cobalt', 'nickel', 'gallium']
    """
    return [part.strip() for word in words for part in word.split(",") if part.strip()]
