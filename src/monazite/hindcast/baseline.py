"""Baselines of an episode's own: production and trade before it, for what the release has no figures of."""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.scenarios import Market as MarketEntry
from monazite.scenarios.observations import BASES
from monazite.simulation import Market
from monazite.simulation.calendar import month_number
from monazite.vocabulary import resolve_country, resolve_material

REST = "ROW"
QUANTITIES = ("production_t", "trade_t", "capacity_t")


@dataclass(frozen=True)
class BaselineRow:
    """
    One figure of a baseline.

    Attributes
    ----------
    material : str
        Id of the material; one market of the scenario.
    quantity : str
        `production_t`, `trade_t` or `capacity_t`.
    exporter, importer : str
        ISO3, or ROW for all that the table does not name; the importer is empty but for trade.
    product : str
        What is counted, in words.
    period_start, period_end : str
        First and last month, YYYY-MM.
    value : float
        Total over the period. [t, gross or contained as the scenario's `weight` says]
    basis : str
        `reported`, or `derived` with a note that says how.
    source, where, note : str
        The original publisher, where its figure was printed, and what to mind.
    """

    material: str
    quantity: str
    exporter: str
    importer: str
    product: str
    period_start: str
    period_end: str
    value: float
    basis: str
    source: str
    where: str
    note: str

    @property
    def monthly(self) -> float:
        """
        Mean over the months of the period. [t a month]

        Examples
        --------
        120 t in 2024 are 10 t a month.

        >>> BaselineRow("gallium", "trade_t", "CHN", "ROW", "metal", "2024-01", "2024-12", 120.0, "reported",
        ...             "customs", "table 1", "").monthly
        10.0
        """
        return self.value / (month_number(self.period_end) - month_number(self.period_start) + 1)


COLUMNS = tuple(BaselineRow.__dataclass_fields__)


def parse_baseline(text: str, name: str) -> dict[str, tuple[BaselineRow, ...]]:
    """
    Parse the text of a baseline table.

    Parameters
    ----------
    text : str
        CSV with the columns of `BaselineRow`, in that order.
    name : str
        Name of the file, for messages.

    Returns
    -------
    dict of str to tuple of BaselineRow
        By material.

    Raises
    ------
    DataError
        If a column is missing, a row is not as described, or a figure stands twice; lists every such row.
    """
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != COLUMNS:
        got = ", ".join(reader.fieldnames or ()) or "nothing"
        raise DataError(name, f"has the columns {got}.", expected=", ".join(COLUMNS))
    rows = [(reader.line_num, row) for row in reader]
    problems = [f"line {line}: {text}" for line, row in rows for text in _row_problems(row)]
    seen: dict[tuple[str | None, ...], int] = {}
    for line, row in rows:
        key = tuple(row[column] for column in ("material", "quantity", "exporter", "importer"))
        if key in seen:
            problems.append(
                f"line {line}: {' '.join(map(str, key))} stands in line {seen[key]} already; keep one period"
            )
        seen.setdefault(key, line)
    if problems:
        raise DataError(
            name, f"{len(problems)} cells are not as described.", which=problems, fix="mend the rows"
        )
    read = [_build_row(row) for _, row in rows]
    return {
        m: tuple(row for row in read if row.material == m) for m in dict.fromkeys(r.material for r in read)
    }


def _row_problems(row: Mapping[str, str]) -> Iterator[str]:
    """Say what is wrong with a row."""
    if None in row or any(value is None for value in row.values()):
        yield f"expected {len(COLUMNS)} cells"
        return
    for column in ("product", "source", "where"):
        if not row[column].strip():
            yield f"{column} is empty"
    if row["quantity"] not in QUANTITIES:
        yield f"quantity: expected one of {', '.join(QUANTITIES)}, got {row['quantity']!r}"
    if row["basis"] not in BASES:
        yield f"basis: expected {' or '.join(BASES)}, got {row['basis']!r}"
    if row["basis"] == "derived" and not row["note"]:
        yield "basis is derived and note is empty; say how"
    yield from _word_problems(row)
    try:
        if month_number(row["period_end"]) < month_number(row["period_start"]):
            yield f"period_end {row['period_end']} lies before period_start {row['period_start']}"
    except ValueError as error:
        yield f"period: {error}"
    try:
        if not math.isfinite(float(row["value"])) or float(row["value"]) < 0:
            yield f"value: expected a number >= 0, got {row['value']!r}"
    except ValueError:
        yield f"value: expected a number, got {row['value']!r}"


def _word_problems(row: Mapping[str, str]) -> Iterator[str]:
    """Say whether material and countries are known, and whether an importer stands where one belongs."""
    try:
        if resolve_material(row["material"]) != row["material"]:
            yield f"material: write {resolve_material(row['material'])} for {row['material']!r}"
    except DataError:
        yield f"material: unknown, got {row['material']!r}"
    is_trade = row["quantity"] == "trade_t"
    if is_trade == (not row["importer"].strip()):
        yield "importer: expected for trade and for nothing else"
    if is_trade and row["importer"] == row["exporter"]:
        yield f"importer: {row['importer']} trades with itself"
    for column in ("exporter", *(("importer",) if row["importer"] else ())):
        try:
            if row[column] != REST and resolve_country(row[column]) != row[column]:
                yield f"{column}: write {resolve_country(row[column])} for {row[column]!r}"
        except DataError:
            yield f"{column}: expected ISO3 or {REST}, got {row[column]!r}"


def _build_row(row: Mapping[str, str]) -> BaselineRow:
    texts = {column: row[column].strip() for column in COLUMNS if column != "value"}
    return BaselineRow(**texts, value=float(row["value"]))


def build_baseline(rows: Sequence[BaselineRow], entry: MarketEntry, lineage: Lineage) -> Market:
    r"""
    Build the undisturbed market from the rows of a baseline.

    Parameters
    ----------
    rows : sequence of BaselineRow
        One material; every country that is named has a place.
    entry : Market of a scenario
        Names stages, weight and the years of the baseline.
    lineage : Lineage
        Release and code version of the run.

    Returns
    -------
    Market
        Monthly means; a lane or an output that no row names is none. Capacity is production, or `capacity_t`
        where it is larger, and the residual on top. A tonne of product counts as a tonne.

    Notes
    -----
    .. math:: R_c = \max(0, X_c - P_c - M_c), \quad C_c = \max(P_c, K_c) + R_c

    Examples
    --------
    120 t a year shipped and 240 made are 10 and 20 t a month; the maker uses the other 10.
    """
    names = dict.fromkeys(code for row in rows for code in (row.exporter, row.importer) if code)
    countries = (*sorted(name for name in names if name != REST), *(REST for name in names if name == REST))
    trade = np.zeros((len(countries), len(countries)))
    made, most = np.zeros(len(countries)), np.zeros(len(countries))
    for row in rows:
        place = countries.index(row.exporter)
        if row.quantity == "trade_t":
            trade[place, countries.index(row.importer)] = row.monthly
        else:
            (made if row.quantity == "production_t" else most)[place] = row.monthly
    residual = np.maximum(trade.sum(axis=1) - trade.sum(axis=0) - made, 0.0)
    return Market(
        material=entry.material,
        production_stage=entry.baseline.production_stage,
        trade_stage=entry.baseline.trade_stage,
        years=entry.baseline.years,
        weight=entry.baseline.weight,
        countries=countries,
        trade=trade,
        production=made,
        capacity=np.maximum(made, most) + residual,
        content_share=np.ones(len(countries)),
        lineage=Lineage(release=lineage.release, release_sha256=lineage.release_sha256),
    )
