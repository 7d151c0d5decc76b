"""Supply shares of the EU study, as two tables: shares of world supply count, the rest is kept beside them."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

from monazite.sources.eu_study import read_eu_study_shares
from monazite.sources.plain_import import PlainFile, name_file
from monazite.sources.table import Columns, Reading

TITLE = "Study on the critical raw materials for the EU 2023, annexes: supply shares"
SHARES = "supply_shares"
UNCOUNTED = "supply_shares_reported"
COLUMNS = (
    "material", "stage", "form", "country", "year_start", "year", "supply_share", "low", "high", "quality",
    "source_id", "source", "read_in", "checked", "note",
)  # fmt: skip
KEY = ("material", "stage", "form", "country", "year_start", "year", "source_id")
UNCOUNTED_KEY = ("scope", "material", "stage", "form", "country", "year")


def open_eu_study(path: Path) -> tuple[PlainFile, PlainFile]:
    """
    Open a table of supply shares of the EU study as two tables of the release.

    Parameters
    ----------
    path : Path
        See `read_eu_study_shares`.

    Returns
    -------
    tuple of PlainFile
        First `supply_shares`: shares of world supply; they replace those of the study for the same material, stage
        and years. Then `supply_shares_reported`: shares of which only a bound is printed, and shares of EU sourcing.
    """
    read = cache(_read_named)
    series = ("source_id", "material", "stage", "year_start", "year")
    return (
        PlainFile(path, partial(_read_shares, read=read), SHARES, KEY, series, adds_rows=True, title=TITLE),
        PlainFile(
            path,
            partial(_read_rest, read=read),
            UNCOUNTED,
            UNCOUNTED_KEY,
            UNCOUNTED_KEY,
            adds_rows=True,
            title=TITLE,
        ),
    )


def share_table(reported: Columns) -> Columns:
    """
    Take the shares of world supply out of what the study reports.

    Parameters
    ----------
    reported : Columns
        From `read_eu_study_shares`.

    Returns
    -------
    Columns
        The table `supply_shares`: supply_share, low and high [1, 0 to 1]; `checked` is "publisher".

    Examples
    --------
    >>> one = {"scope": "world", "material": "gallium", "stage": "processing", "form": "", "country": "CHN",
    ...        "year_start": 2016, "year": 2020, "share": 0.94, "low": 0.935, "high": 0.945, "trade_parameter": 1.0,
    ...        "quality": "estimated", "source_id": "eu_crm_2023", "source": "", "note": ""}
    >>> both = [one, one | {"country": "KOR", "share": float("nan")}]
    >>> share_table({name: np.array([row[name] for row in both]) for name in one})["supply_share"].tolist()
    [0.94]
    """
    rows = _is_counted(reported)
    named = {
        **reported,
        "supply_share": reported["share"],
        "read_in": np.full(len(rows), "", dtype=object),
        "checked": np.full(len(rows), "publisher", dtype=object),
    }
    return {name: named[name][rows] for name in COLUMNS}


def _is_counted(reported: Columns) -> np.ndarray:
    counted: np.ndarray = (reported["scope"] == "world") & np.isfinite(reported["share"].astype(float))
    return counted


def _read_named(path: Path) -> Reading:
    """Read the file, and name it in the source of every row."""
    reading = read_eu_study_shares(path)
    return reading._replace(table=name_file(reading.table, path))


def _read_shares(path: Path, *, read: Callable[[Path], Reading]) -> Reading:
    reading = read(path)
    rest = int((~_is_counted(reading.table)).sum())
    note = f"{path.name}: {rest} shares without a figure, or of EU sourcing, stay in {UNCOUNTED} and do not count"
    return Reading(share_table(reading.table), reading.excluded, (note,) if rest else ())


def _read_rest(path: Path, *, read: Callable[[Path], Reading]) -> Reading:
    table = read(path).table
    return Reading({name: column[~_is_counted(table)] for name, column in table.items()}, ())
