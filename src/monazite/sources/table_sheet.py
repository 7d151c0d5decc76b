"""Sheets of curated tables (`data/curated/<table>.table.yaml`): what a table holds, column by column."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from monazite.errors import SourceError
from monazite.provenance import Name, Sheet, read_sheets

SUFFIX = ".table.yaml"

Kind = Literal[
    "text", "number", "integer", "year", "date", "boolean", "material", "country", "region", "stage",
    "source_id", "quality", "checked", "source",
]  # fmt: skip
"""
Kind of a column. date: year, year-month or year-month-day. country: ISO3, also ROW (every country that is not named).
region: a country or a group. checked: how a figure was checked, see `CHECKED`. source: a citation.
"""

CHECKED = ("publisher", "quoted", "derived")
"""
publisher: the figure was read in the publisher's own file or text. quoted: it was read where another text quotes the
publisher. derived: it was computed from cited figures, and the note says how.
"""

READ_IN = "read_in"
"""Where a figure was read that is not from the publisher's own file or text; never empty where it is quoted."""

QUALITY = ("reported", "estimated", "corrected", "imputed")


class TableColumn(Sheet):
    """One column of a curated table."""

    name: Name
    kind: Kind = "text"
    unit: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    description: str = Field(min_length=3)


class TableSheet(Sheet):
    """
    What a curated table holds.

    A table of `facts` cites a source in every row, says how each figure was checked and, in `read_in`, where a quoted
    one was read; a `mapping` translates a publisher's words into ours. Tables with `in_release` become a table
    of the release.
    """

    title: str
    description: str
    holds: Literal["facts", "mapping"] = "facts"
    in_release: bool = True
    primary_key: tuple[Name, ...] = Field(min_length=1)
    columns: tuple[TableColumn, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> "TableSheet":
        names = [column.name for column in self.columns]
        problems = [
            f"column {name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})
        ]
        problems += [
            f"primary_key names {name}, which is no column" for name in self.primary_key if name not in names
        ]
        if self.holds == "facts":
            kinds = {column.kind for column in self.columns if column.required}
            problems += [
                f"no required column of kind {kind}"
                for kind in ("source", "source_id", "checked")
                if kind not in kinds
            ]
            problems += [] if READ_IN in names else [f"no column {READ_IN}"]
        if problems:
            raise ValueError("; ".join(problems))
        return self


@cache
def read_table_sheet(table: Path) -> TableSheet:
    """
    Read the sheet of a curated table (`x.csv` -> `x.table.yaml`).

    Raises
    ------
    SourceError
        If there is no sheet, or it is not a sheet; every problem is named.
    """
    path = table.with_suffix(SUFFIX)
    if not path.is_file():
        raise SourceError(
            table.name,
            "has no sheet.",
            expected=path.name,
            fix="describe the columns, as the other tables do",
        )
    try:
        return TableSheet.model_validate(read_sheets(path)[0])
    except ValidationError as error:
        which = [f"{'.'.join(map(str, item['loc'])) or 'sheet'}: {item['msg']}" for item in error.errors()]
        raise SourceError(path.name, "is no sheet of a table.", which=which) from error
