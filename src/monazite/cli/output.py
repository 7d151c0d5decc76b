"""Print records: a table for people, or one JSON object and nothing else."""

import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.text import Text

from monazite.cli.layout import Column, count_decimals, print_columns
from monazite.errors import escape_controls
from monazite.provenance import ImportedFile, Lineage
from monazite.reports.envelope import Record, stream_json, wrap_records
from monazite.snapshot import read_origins

NUMBERS = ("value", "low", "high")
ENDS = ("low", "high")
HIDDEN = ("source_ids", "unit", "reason", "note")
WIDTH = 120
"""Columns of a page that is no terminal, unless COLUMNS says how many. [characters]"""
DIGITS = 3
"""Digits of a figure with an interval, however narrow that is; JSON has all."""
EXACT = 1e9
"""From here on a stored number is written without decimals."""
WIDE = 9
"""Columns above which a table leaves out `DETAILS`; JSON has them."""
DETAILS = ("price_usd_per_t", "import_gross_t", "production_t", "unscored_share", "weight")
LONG = 20
"""Rows above which a table leaves out those that cannot be told."""
NAMED = 4
"""Imported files of a source that a table names; JSON has all."""
ALWAYS = ("country", "exporter", "verdict", "table")
CALENDAR = ("year", "month")
"""Whole numbers that are no quantities."""
PLAIN = ("indicator", "material", "year", "stage", "region", "importer")


class SafeConsole(Console):
    """A console that shows control characters of names and cells as escapes, and leaves a closed pipe to `main`."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as rich does, without text that would steer the terminal; lines are rich's own."""
        for segment in super().render(renderable, options):
            is_line = segment.control or segment.text == "\n"
            lines = map(escape_controls, segment.text.split("\n"))
            yield segment if is_line else segment._replace(text="\n".join(lines))

    def on_broken_pipe(self) -> None:
        """Raise what rich caught."""
        raise BrokenPipeError


def print_records(
    records: Sequence[Record], lineage: Lineage, *, title: str, as_json: bool, total: int | None = None,
    is_stored: bool = False,
) -> None:  # fmt: skip
    """
    Print records to stdout.

    With `as_json` stdout holds `{"release", "version", "records", "sources"}`; a number that does not exist is
    null. Without, a table, its sources and its release. `total` and `is_stored` as in `print_table`.
    """
    if as_json:
        sys.stdout.writelines(stream_json(wrap_records(records, lineage)))
        return
    console = make_console()
    print_table(console, records, title, total=total, is_stored=is_stored)
    print_sources(console, lineage)


def make_console() -> Console:
    """Make the console for tables: as wide as the terminal; without one, as COLUMNS says, else 120 columns."""
    if sys.stdout.isatty():
        return SafeConsole()
    columns = os.environ.get("COLUMNS", "")
    return SafeConsole(width=int(columns) if columns.isdecimal() and int(columns) > 0 else WIDTH)


def print_table(
    console: Console, records: Sequence[Record], title: str, numbers: Sequence[str] = NUMBERS,
    *, total: int | None = None, is_stored: bool = False,
) -> None:  # fmt: skip
    """
    Print a title, a table, and the reasons for what cannot be told; rows as blocks where a table breaks words.

    A label that all records share stands in the title, or below it where `total` says that there are more rows
    than are shown. With `is_stored` the records are rows of a table of the release: every column is printed.
    """
    told = [record for record in records if is_stored or not is_untold(record)]
    shown = told if told and len(records) > LONG else records
    columns, labels = build_columns(shown, numbers, is_stored=is_stored)
    is_cut = total is not None and total > len(records)
    console.print(Text(title if is_cut else ", ".join(dict.fromkeys([title, *labels])), "bold"))
    if is_cut and labels:
        console.print(Text(f"in all rows shown: {', '.join(labels)}", "bold"))
    if columns:
        print_columns(console, columns)
    if is_stored:
        return
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


def build_columns(
    records: Sequence[Record], numbers: Sequence[str] = NUMBERS, *, is_stored: bool = False
) -> tuple[list[Column], list[str]]:
    """Build the columns of a table, and the labels that all its records share, which need no column."""
    hidden = () if is_stored else HIDDEN
    filled = [
        name
        for name in dict.fromkeys(name for record in records for name in record)
        if name not in hidden and any(not is_missing(record.get(name)) for record in records)
    ]
    common = {
        name: records[0][name]
        for name in filled
        if (is_stored or name not in (*numbers, *ALWAYS))
        and (len(records) > 1 or (name in PLAIN and not is_stored))
        and len({str(record.get(name, "")) for record in records}) == 1
    }
    names = [name for name in filled if name not in common]
    if len(names) > WIDE and not is_stored:
        names = [name for name in names if name not in DETAILS]
    columns = [build_column(records, name, numbers, is_stored=is_stored) for name in names]
    return columns, [format_label(name, value) for name, value in common.items()]


def build_column(
    records: Sequence[Record], name: str, numbers: Sequence[str], *, is_stored: bool = False
) -> Column:
    """Build one column; numbers, dates, ids and codes never wrap."""
    values = [record.get(name) for record in records]
    is_number = (name in numbers and not is_stored) or any(isinstance(value, float) for value in values)
    is_number = is_number or (name not in CALENDAR and any(type(value) is int for value in values))
    cells = tuple(format_stored(record.get(name)) if is_stored else format_cell(record, name, numbers)
                  for record in records)  # fmt: skip
    is_whole = is_number or all(" " not in cell for cell in cells)
    return Column(name.replace("_", " "), cells, is_number, is_whole)


def is_missing(value: object) -> bool:
    """Whether a cell is empty, None or no number."""
    return value in (None, "") or (isinstance(value, float) and math.isnan(value))


def format_stored(value: object) -> str:
    """
    Write a cell of a table as it is stored; what is missing is empty.

    Examples
    --------
    >>> format_stored(1898.31), format_stored(24125000.0), format_stored(float("nan")), format_stored(0.0865)
    ('1,898.31', '24,125,000', '', '0.0865')
    """
    if is_missing(value):
        return ""
    if not isinstance(value, float):
        return str(value)
    if abs(value) < 1:
        return f"{value:.4g}"
    return f"{value:,.10g}" if abs(value) < EXACT else f"{value:,.0f}"


def format_label(name: str, value: object) -> str:
    """
    Write a label that all records share.

    Examples
    --------
    >>> format_label("year", 2024), format_label("total_t", 398008.0)
    ('2024', '398,008 t in all')
    """
    if name in PLAIN:
        return escape_controls(str(value))
    if isinstance(value, float) and name.startswith(("total", "import")):
        return f"{format_number(value, '')} t{' gross' if 'gross' in name else ''} in all"
    if isinstance(value, float):
        return f"{name.replace('_', ' ')} {format_number(value, '')}"
    return escape_controls(f"{name.replace('_', ' ')} {value}")


def format_cell(record: Record, name: str, numbers: Sequence[str] = NUMBERS) -> str:
    """Format one cell: three digits for numbers, percent for shares, words for what is missing."""
    value = record.get(name)
    if name in ENDS and value is None:
        return ""
    if name in numbers and name in record:
        decimals = find_decimals(record)
        if decimals is not None and isinstance(value, int | float):
            return format_rounded(float(value), decimals, str(record.get("unit", "")))
        return format_number(value, str(record.get("unit", "")))
    if isinstance(value, float):
        return format_number(value, "")
    return "" if value is None else escape_controls(str(value))


def find_decimals(record: Record) -> int | None:
    """
    Find how many decimals the interval of a record leaves its value, of three digits at most; None without interval.

    A share has a whole percentage at least: in tens, 4 % and 0 % would look alike.

    Examples
    --------
    >>> find_decimals({"value": 0.959722, "low": 0.959707, "high": 0.959738})
    3
    """
    ends = [record.get(name) for name in NUMBERS]
    if any(not isinstance(end, int | float) or isinstance(end, bool) for end in ends):
        return None
    is_share = record.get("unit") == "share"
    value, low, high = (float(str(end)) * (100 if is_share else 1) for end in ends)
    decimals = count_decimals(low, high)
    if decimals is None:
        return None
    decimals = max(decimals, 0) if is_share else decimals
    return min(decimals, DIGITS - 1 - math.floor(math.log10(abs(value)))) if value else decimals


def format_rounded(value: float, decimals: int, unit: str) -> str:
    """
    Write a number with the decimals that its interval leaves; a share that rounds to nothing is `<1 %`, not zero.

    Examples
    --------
    >>> format_rounded(0.004, 0, "share"), format_rounded(-0.004, 0, "share"), format_rounded(0.0, 0, "share")
    ('<1 %', '>-1 %', '0 %')
    >>> format_rounded(0.6784, 0, "share"), format_rounded(24125000.0, -5, "t"), format_rounded(1.527, 1, "1")
    ('68 %', '24,100,000', '1.5')
    """
    shown = round(100 * value if unit == "share" else value, decimals)
    if unit == "share" and shown == 0 and value != 0:
        return f"{'<' if value > 0 else '>-'}{10.0**-decimals:.{max(decimals, 0)}f} %"
    return f"{shown:,.{max(decimals, 0)}f}{' %' if unit == 'share' else ''}"


def format_interval(record: Record) -> str:
    """
    Write low and high of a record as one cell, rounded like its value.

    Examples
    --------
    >>> format_interval({"value": 1.527, "low": 1.27, "high": 1.93, "unit": "1"})
    '1.3-1.9'
    >>> format_interval({"value": None, "low": None, "high": 3.517, "unit": "1"})
    'at most 3.52'
    """
    low, high = (record.get(name) for name in ENDS)
    if high is None:
        return ""
    if low is None:
        return f"at most {format_number(high, str(record.get('unit', '')))}"
    first, last = (format_cell({**record, "value": low}, name) for name in ENDS)
    return f"{first} to {last}" if "-" in f"{first}{last}" else f"{first}-{last}"


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


@contextmanager
def tell_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Give a callable that shows what is done: a bar on a terminal, a line per tenth otherwise."""
    bar, report = make_progress(title)
    if bar is None:
        yield report
        return
    with bar:
        yield report


def split_list(words: Iterable[str]) -> list[str]:
    """
    Split options that take a list: repeated, or separated by commas.

    Examples
    --------
    >>> split_list(["cobalt,nickel", "gallium"])
    ['cobalt', 'nickel', 'gallium']
    """
    return [part.strip() for word in words for part in word.split(",") if part.strip()]
