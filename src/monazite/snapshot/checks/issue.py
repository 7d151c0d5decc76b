"""One doubt about one figure of a release."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "doubt", "note"]
"""
error: a rule of the release is broken, which is a bug of ours. doubt: a published figure that hardly can be right, or
that another publisher contradicts. note: something left out, replaced or missing that a reader should know.
"""

KINDS = {
    "primary_key": "a key that a table declares stands twice, or is empty",
    "row_count": "rows read are not rows kept, corrected and excluded",
    "range": "a number outside what its column allows",
    "share_sum": "shares of one whole do not sum to one",
    "world_total": "countries do not add up to the total of their own publisher",
    "conflict": "publishers differ by more than 20 %",
    "year_on_year": "production of a large producer, or trade in a code, jumps from one year to the next",
    "unit_value": "tonnes of a lane that its value per tonne contradicts; the balance does not trust them",
    "mirror": "a country exports more than it produces and imports",
    "missing_quantity": "value of trade without tonnes, a code and year",
    "correction": "a published figure that was corrected, with the reason",
    "excluded": "rows that were read and left out, with the reason",
    "import": "what an import changed, or could not review",
}
"""Kinds of issues, in the order in which they are listed, and what each means."""


@dataclass(frozen=True, kw_only=True)
class Issue:
    """
    One issue.

    `keys` say which rows, `value` is what stands there and `expected` what the check would expect (in a conflict what
    the other publisher says), both in `unit` (None where there is none). `materials` are those that the rows concern.
    """

    table: str
    kind: str
    severity: Severity
    note: str
    keys: Mapping[str, str | int] = field(default_factory=dict)
    materials: tuple[str, ...] = ()
    value: float | None = None
    expected: float | None = None
    unit: str = ""
    source_ids: tuple[str, ...] = ()


def describe_keys(keys: Mapping[str, str | int]) -> str:
    """
    Write keys as one cell of a table.

    Examples
    --------
    >>> describe_keys({"country": "CHN", "year": 2024})
    'CHN 2024'
    """
    return " ".join(str(value) for value in keys.values() if value != "")
