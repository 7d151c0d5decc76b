"""Observation tables: what customs counted during an episode, one figure a row with its publisher."""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from monazite.errors import DataError, nearest_names
from monazite.scenarios.yaml_reader import read_text
from monazite.simulation.calendar import month_label, month_number, read_month
from monazite.vocabulary import region_name

EPISODES = Path(__file__).parents[1] / "data" / "episodes"
TABLE = "observations.csv"
Quantity = Literal["trade_gross_t", "trade_usd", "price_usd_per_kg"]
UNITS: Mapping[str, str] = {"trade_gross_t": "t", "trade_usd": "USD", "price_usd_per_kg": "USD/kg"}
"""Quantity of a row -> its unit."""
BASES = ("reported", "derived")
"""`derived`: worked out from a figure and a percentage that were both reported; the note says how."""


@dataclass(frozen=True)
class Observation:
    """
    One observed figure.

    Attributes
    ----------
    series : str
        Name of the series; one quantity, one product, one exporter, one importer.
    exporter, importer : str
        ISO3, a group, or `world`; the importer is empty for a price.
    product : str
        What is counted, in words, with its code where it has one.
    quantity : str
        `trade_gross_t`, `trade_usd` or `price_usd_per_kg`.
    period_start, period_end : str
        First and last month, YYYY-MM.
    value : float
        Total over the period, or mean price. [t, USD or USD/kg, as `unit` says]
    unit : str
        The unit, in words of the table.
    basis : str
        `reported`, or `derived` from a reported percentage.
    source, where : str
        The original publisher, and where its figure was printed.
    note : str
        What to mind.
    """

    series: str
    exporter: str
    importer: str
    product: str
    quantity: Quantity
    period_start: str
    period_end: str
    value: float
    unit: str
    basis: str
    source: str
    where: str
    note: str

    @property
    def months(self) -> tuple[str, ...]:
        """Every month of the period."""
        first, last = month_number(self.period_start), month_number(self.period_end)
        return tuple(month_label(number) for number in range(first, last + 1))


COLUMNS = tuple(Observation.__dataclass_fields__)


def list_observation_tables() -> tuple[str, ...]:
    """List the episodes that ship with an observation table, sorted."""
    return tuple(sorted(path.parent.name for path in EPISODES.glob(f"*/{TABLE}")))


def read_observations(table: str) -> tuple[Observation, ...]:
    """
    Read an observation table.

    Parameters
    ----------
    table : str
        Name of a shipped episode, or the path of a file that ends in `.csv`.

    Returns
    -------
    tuple of Observation
        The rows in the order of the file.

    Raises
    ------
    DataError
        If there is no such table, or a row is not as described; lists every such row.
    """
    if table.endswith(".csv"):
        return parse_observations(read_text(Path(table), "CSV"), Path(table).name)
    return _read_shipped(table)


@cache
def _read_shipped(table: str) -> tuple[Observation, ...]:
    """Read a table that ships with the package, once."""
    names = list_observation_tables()
    if table not in names:
        raise DataError(
            "observation table", f"there is none named {table!r}.", fix=nearest_names(table, names)
        )
    return parse_observations(read_text(EPISODES / table / TABLE, "CSV"), f"{table}/{TABLE}")


def parse_observations(text: str, name: str) -> tuple[Observation, ...]:
    """
    Parse the text of an observation table.

    Parameters
    ----------
    text : str
        CSV with the columns of `Observation`, in that order.
    name : str
        Name of the file, for messages.

    Raises
    ------
    DataError
        If a column is missing, a row is not as described, or a series has two figures for one period.
    """
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != COLUMNS:
        got = ", ".join(reader.fieldnames or ()) or "nothing"
        raise DataError(name, f"has the columns {got}.", expected=", ".join(COLUMNS))
    rows = [(reader.line_num, row) for row in reader]
    problems = [f"line {line}: {text}" for line, row in rows for text in _row_problems(row)]
    seen: dict[tuple[str, str, str], int] = {}
    for line, row in rows:
        key = (row["series"], row["period_start"], row["period_end"])
        if key in seen:
            problems.append(f"line {line}: {' '.join(key)} stands in line {seen[key]} already")
        seen.setdefault(key, line)
    if problems:
        raise DataError(
            name, f"{len(problems)} cells are not as described.", which=problems, fix="mend the rows"
        )
    return tuple(_build_row(row) for _, row in rows)


def _row_problems(row: Mapping[str, str]) -> Iterator[str]:
    """Say what is wrong with a row."""
    if None in row or any(value is None for value in row.values()):
        yield f"expected {len(COLUMNS)} cells"
        return
    for column in ("series", "exporter", "product", "source", "where"):
        if not row[column].strip():
            yield f"{column} is empty"
    if row["quantity"] not in get_args(Quantity):
        yield f"quantity: expected one of {', '.join(get_args(Quantity))}, got {row['quantity']!r}"
    elif row["unit"] != UNITS[row["quantity"]]:
        yield f"unit: expected {UNITS[row['quantity']]}, got {row['unit']!r}"
    if row["basis"] not in BASES:
        yield f"basis: expected reported or derived, got {row['basis']!r}"
    if row["basis"] == "derived" and not row["note"]:
        yield "basis is derived and note is empty; say how"
    for column in ("exporter", "importer"):
        yield from _region_problems(row, column)
    yield from _period_problems(row)
    try:
        if not math.isfinite(float(row["value"])) or float(row["value"]) < 0:
            yield f"value: expected a number >= 0, got {row['value']!r}"
    except ValueError:
        yield f"value: expected a number, got {row['value']!r}"


def _region_problems(row: Mapping[str, str], column: str) -> Iterator[str]:
    """Say whether a country or group is known; a price has no importer."""
    if row[column] or (column == "importer" and row["quantity"] != "price_usd_per_kg"):
        try:
            if region_name(row[column]) != row[column]:
                yield f"{column}: write {region_name(row[column])} for {row[column]!r}"
        except DataError:
            yield f"{column}: expected ISO3 or a group, got {row[column]!r}"


def _period_problems(row: Mapping[str, str]) -> Iterator[str]:
    """Say whether the period is two months in order."""
    try:
        if month_number(row["period_end"]) < month_number(row["period_start"]):
            yield f"period_end {row['period_end']} lies before period_start {row['period_start']}"
    except ValueError as error:
        yield f"period: {error}"


def _build_row(row: Mapping[str, str]) -> Observation:
    texts = {column: row[column].strip() for column in COLUMNS if column not in {"value", "quantity"}}
    return Observation(**texts, quantity=cast(Quantity, row["quantity"]), value=float(row["value"]))


def total_over(rows: Sequence[Observation], series: str, months: Sequence[str]) -> float:
    """
    Add up a series over months.

    Parameters
    ----------
    rows : sequence of Observation
        An observation table.
    series : str
        Name of a series of quantities that add up over time (not a price).
    months : sequence of str
        Months without gaps or repeats, YYYY-MM.

    Returns
    -------
    float
        Total over the months. [unit of the series] NaN where the table does not say.

    Raises
    ------
    DataError
        If the table has no such series, or it holds prices.

    Notes
    -----
    Takes the row whose period is exactly these months; otherwise the sum of its single months. Never spreads
    a longer period over its months, and never takes a missing month for zero.

    Examples
    --------
    >>> rows = read_observations("rare-earths-japan-2010")
    >>> total_over(rows, "japan_imports_from_china", ["2010-10", "2010-11"])
    1912.0
    """
    own = [row for row in rows if row.series == series]
    if not own:
        names = {row.series for row in rows}
        raise DataError("observation table", f"has no series {series!r}.", fix=nearest_names(series, names))
    if own[0].quantity == "price_usd_per_kg":
        raise DataError(f"series {series}", "holds prices, which do not add up over time.")
    wanted = tuple(sorted(read_month(month) for month in months))
    by_period = {row.months: row.value for row in own}
    if wanted in by_period:
        return by_period[wanted]
    return math.fsum(by_period.get((month,), math.nan) for month in wanted)


def mean_over(rows: Sequence[Observation], series: str, months: Sequence[str]) -> float:
    """
    Mean of a series over months. [unit of the series a month] NaN where the table does not say.

    Examples
    --------
    15,072 t in the eight months from January to August 2010.

    >>> rows = read_observations("rare-earths-japan-2010")
    >>> mean_over(rows, "japan_imports_from_china", [f"2010-0{month}" for month in range(1, 9)])
    1884.0
    """
    return total_over(rows, series, months) / len(months)
