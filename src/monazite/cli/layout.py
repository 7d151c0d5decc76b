"""Fit cells on a page: a table where no word has to break, one block per row where there is no room for it."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

EDGE, GAP, WIDE_GAP = 2, 2, 3
"""Blanks around a table, between two of its columns, and between them where nothing has to wrap. [characters]"""
MIN_TEXT = 10
"""A column of text is never narrower than this, unless its cells are. [characters]"""
INDENT = "    "
NORMAL_WIDTH, MOST_DECIMALS = 3.29, 6
"""Standard deviations between 5 and 95 % of a normal distribution; digits after the point at most."""


@dataclass(frozen=True)
class Column:
    """One column: heading and cells; one that is `whole` (numbers, dates, ids, codes) never wraps."""

    head: str
    cells: tuple[str, ...]
    is_number: bool = False
    is_whole: bool = False

    @property
    def most(self) -> int:
        """Width at which nothing wraps. [characters]"""
        return max(map(len, (self.head, *self.cells)))

    @property
    def least(self) -> int:
        """Width at which no word breaks. [characters]"""
        texts = (self.head, *(() if self.is_whole else self.cells))
        words = [len(word) for text in texts for word in text.split()]
        cells = [len(cell) for cell in self.cells] if self.is_whole else []
        return max([*words, *cells, min(self.most, 1 if self.is_whole else MIN_TEXT)])


def fit_widths(columns: Sequence[Column], width: int) -> list[int] | None:
    """
    Share the width of a page among columns: each at least its longest word, then first those that lack least.

    Returns
    -------
    list of int or None
        Width of each column [characters]; None where the columns do not fit without breaking a word.

    Examples
    --------
    Two words of 4 and 6 letters, in cells of 9 and 20, on a page of 30: 2 at the edges, 2 between, 26 for both.

    >>> columns = [Column("a", ("four four",)), Column("b", ("sixsix sixsix sixsix",))]
    >>> fit_widths(columns, 30), fit_widths(columns, 34), fit_widths(columns, 20)
    ([9, 17], [9, 20], None)
    """
    room = width - EDGE - GAP * (len(columns) - 1)
    widths = [column.least for column in columns]
    if sum(widths) > room:
        return None
    short = [at for at, column in enumerate(columns) if widths[at] < column.most]
    for _ in range(room - sum(widths)):
        if not short:
            break
        widths[min(short, key=lambda at: columns[at].most - widths[at])] += 1
        short = [at for at in short if widths[at] < columns[at].most]
    return widths


def count_decimals(low: float, high: float) -> int | None:
    """
    Count the decimals that an interval leaves a figure: to one digit of its standard deviation.

    Parameters
    ----------
    low, high : float
        5 and 95 % of a figure. [any unit]

    Returns
    -------
    int or None
        Decimals, at most 6; negative: rounded to tens, hundreds and so on. None where the interval is empty.

    Notes
    -----
    .. math:: d = -\\lfloor \\log_{10} ((high - low) / 3.29) \\rfloor

    3.29 standard deviations lie between 5 and 95 % of a normal distribution.

    Examples
    --------
    An interval of 0.66 is that of a deviation of 0.2; one of 1,000,000 that of 300,000:

    >>> count_decimals(1.27, 1.93), count_decimals(23.5e6, 24.5e6), count_decimals(2.0, 2.0)
    (1, -5, None)
    """
    spread = (high - low) / NORMAL_WIDTH
    return min(MOST_DECIMALS, -math.floor(math.log10(spread))) if spread > 0 else None


def print_columns(console: Console, columns: Sequence[Column]) -> None:
    """Print columns as a table, or row by row as blocks where a table would break words."""
    widths = fit_widths(columns, console.width)
    if widths is None:
        for line in write_blocks(columns, console.width):
            print_line(console, line)
        print_line(console, "")
        return
    is_roomy = EDGE + sum(column.most + WIDE_GAP for column in columns) - WIDE_GAP <= console.width
    gap = WIDE_GAP if is_roomy else GAP
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, gap - GAP))
    for column, width in zip(columns, widths, strict=True):
        side: JustifyMethod = "right" if column.is_number else "left"
        table.add_column(column.head, justify=side, width=width, overflow="fold")
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, row))
    console.print(table)


def write_blocks(columns: Sequence[Column], width: int) -> list[str]:
    """
    Write every row as lines `column: value`, without the empty ones; a blank line stands before each row.

    Examples
    --------
    >>> write_blocks([Column("year", ("2024",)), Column("remark", ("rounded to tens",))], 20)
    ['', 'year: 2024', 'remark: rounded to', '    tens']
    """
    lines: list[str] = []
    for cells in zip(*(column.cells for column in columns), strict=True):
        lines.append("")
        for column, cell in zip(columns, cells, strict=True):
            lines += wrap(f"{column.head}: {cell}", width) if cell else []
    return lines


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """
    Wrap text between words; what follows the first line is indented, and a word that is too long stays whole.

    Examples
    --------
    >>> wrap("see www.example.org/a/long/address", 12)
    ['see', '    www.example.org/a/long/address']
    """
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent + INDENT,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def print_line(console: Console, line: str, style: str = "") -> None:
    """Print one line as it is: never cut, never wrapped by letters."""
    console.print(Text(line, style), no_wrap=True, overflow="ignore", crop=False)
