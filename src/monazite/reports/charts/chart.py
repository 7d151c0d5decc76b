"""What every chart takes and gives: a caption, and a picture with the table of the numbers in it."""

import csv
import io
import math
from dataclasses import dataclass

from monazite.errors import DataError
from monazite.reports.charts.palette import SOFT_INK
from monazite.reports.charts.svg import Fragment, frame, text
from monazite.reports.charts.words import NO_DATA, SHARE, format_value, wrap_text

Cell = float | int | str | None
NOTE_SIZE = 11.5
NOTE_LEADING = 16.0
PHONE_WIDTH = 520.0  # below it a chart takes its layout for small screens


@dataclass(frozen=True)
class Caption:
    """
    Words around a chart.

    `chart_id` is the id of the `<svg>` and must be unique on a page; `why_empty` is the sentence that
    stands in place of a chart without a number in it.
    """

    chart_id: str
    title: str
    unit: str
    why_empty: str

    def __post_init__(self) -> None:
        if not self.why_empty.strip() or not self.title.strip() or not self.chart_id.strip():
            raise DataError(
                f"chart {self.chart_id!r}",
                "its caption is not complete.",
                expected="an id, a title, and a sentence that says why the chart would be empty",
                fix="give chart_id, title and why_empty",
            )


@dataclass(frozen=True)
class Column:
    """The head of one column of a table."""

    name: str
    unit: str = ""
    is_number: bool = False

    @property
    def head(self) -> str:
        """Name and unit, as printed."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True)
class Table:
    """The numbers of a chart; NaN and None are missing, never zero."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        wrong = [str(row) for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise DataError(
                f"table {self.title!r}",
                "rows and columns do not match.",
                which=wrong,
                expected=f"{len(self.columns)} cells: {', '.join(column.name for column in self.columns)}",
            )

    def write_csv(self) -> str:
        """Write all digits as CSV; a missing value is an empty cell."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([column.head for column in self.columns])
        writer.writerows([["" if is_missing(cell) else cell for cell in row] for row in self.rows])
        return buffer.getvalue()

    def write_cells(self) -> list[list[str]]:
        """Write the cells for people: rounded, with `no data` where a number is missing."""
        return [
            [write_cell(cell, column.unit) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Chart:
    """A picture and the same numbers as a table; a map has a second table for its flows."""

    svg: str
    table: Table
    more_tables: tuple[Table, ...] = ()


def is_missing(cell: Cell) -> bool:
    """Tell whether a cell holds no number."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def write_cell(cell: Cell, unit: str = "") -> str:
    """Write one cell for people; its unit stands in the head of the column, but shares become percentages."""
    if isinstance(cell, str):
        return cell
    return NO_DATA if cell is None else format_value(float(cell), unit if unit == SHARE else "")


def draw_notes(notes: list[str], x: float, y: float, width: float) -> tuple[Fragment, float]:
    """Draw sentences under a chart, wrapped; returns them and the height they take."""
    lines = [piece for note in notes for piece in wrap_text(note, NOTE_SIZE, width)]
    drawn = [
        text(piece, x, y + NOTE_LEADING * (i + 1), size=NOTE_SIZE, fill=SOFT_INK)
        for i, piece in enumerate(lines)
    ]
    return Fragment("".join(drawn)), NOTE_LEADING * len(lines) + (6 if lines else 0)


def draw_empty(caption: Caption, width: float) -> str:
    """Draw the chart that has nothing to show, and say why."""
    notes, height = draw_notes([f"Nothing to draw: {caption.why_empty}"], 0, 4, width)
    return frame(caption.chart_id, f"{caption.title}. Empty: {caption.why_empty}", width, height + 8, notes)


def check_width(width: float) -> None:
    """Raise unless a chart has room for its labels."""
    if not 280 <= width <= 2000:
        raise DataError("chart", "its width is out of range.", which=[width], expected="280 to 2000 pixels")
