"""What became of the figures of a source: counted without its reader, so that no reader can drop one unseen."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from monazite.errors import SourceError
from monazite.provenance import ReadRows
from monazite.sources.sqlite import MISSING, read_sqlite_rows
from monazite.sources.table import Columns


def count_figures(
    path: Path, table: str, columns: Sequence[str], *, only: tuple[str, str] | None = None
) -> int:
    """
    Count the cells of some columns of an SQLite table that hold a figure.

    Parameters
    ----------
    path : Path
        The file.
    table : str
        Its table.
    columns : sequence of str
        Columns with figures, such as one a year.
    only : (str, str), optional
        Count only rows with this word in this column.

    Returns
    -------
    int
        Cells that are neither empty nor a mark for missing.

    Raises
    ------
    SourceError
        If the file cannot be read, or lacks the table or a column.
    """
    label, word = only or (columns[0], "")
    rows = read_sqlite_rows(path, table, [label, *columns])
    return sum(
        cell is not None and str(cell).strip() not in MISSING
        for name, *cells in rows
        if only is None or str(name).strip() == word
        for cell in cells
    )


def balance_figures(source_id: str, read: int, table: Columns, excluded: Mapping[str, int]) -> ReadRows:
    """
    Account for the figures of one source.

    Parameters
    ----------
    source_id : str
        Its sheet.
    read : int
        Figures in its files.
    table : Columns
        The table of the release that holds them, with `source_id`; `quality` "corrected" marks corrected ones.
    excluded : mapping of str to int
        Figures left out, by reason; those of this source start with its `source_id` and a colon.

    Returns
    -------
    ReadRows
        How many were read, kept, corrected and excluded.

    Raises
    ------
    SourceError
        If they do not add up: some were dropped, or counted twice.

    Examples
    --------
    >>> table = {"source_id": np.array(["wgi", "wgi", "usgs"], dtype=object)}
    >>> balance_figures("wgi", 3, table, {"wgi: stands twice": 1}).kept
    2
    """
    own = table["source_id"] == source_id
    corrected = int((own & (table.get("quality", np.full(len(own), "")) == "corrected")).sum())
    left_out = sum(count for reason, count in excluded.items() if reason.startswith(f"{source_id}: "))
    counts = ReadRows(read=read, kept=int(own.sum()) - corrected, corrected=corrected, excluded=left_out)
    if not counts.is_balanced:
        raise SourceError(
            source_id,
            f"{read:,} figures were read, and {counts.kept:,} kept, {corrected:,} corrected and {left_out:,} excluded.",
            expected="every figure kept, corrected or excluded with a reason",
            fix="find what the reader dropped, and list it in tools/build_release.py",
        )
    return counts
