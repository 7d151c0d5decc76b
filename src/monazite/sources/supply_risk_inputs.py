"""Inputs and results of the European Commission's criticality assessment, one material a row."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from monazite.errors import SourceError
from monazite.sources.delimited import read_own_table
from monazite.sources.table import Columns, columns_from_rows
from monazite.vocabulary.tables import fold

NUMBERS: Mapping[str, tuple[str, float, float]] = {
    "supply_risk": ("official_supply_risk", 1.0, 30.0),
    "economic_importance": ("official_economic_importance", 1.0, 10.0),
    "import_reliance_pct": ("import_reliance", 0.01, 100.0),
    "eol_rir_pct": ("eol_recycling_input_rate", 0.01, 100.0),
    "si_ei": ("substitution_index_ei", 1.0, 1.0),
    "si_sr": ("substitution_index_sr", 1.0, 1.0),
    "hhi_wgi_t_global": ("hhi_wgi_t_global", 1.0, 30.0),
    "hhi_wgi_t_eu": ("hhi_wgi_t_eu", 1.0, 30.0),
}
"""Column of the file -> our name, factor to our unit, largest value that the column of the file may hold."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "stage": {"extraction": "extraction", "processing": "processing"},
    "supply_used": {"GS + EUS": "both", "GS only": "global", "EUS only": "eu"},
}
"""Column of the file -> its words -> our words."""

PERCENT = ("import_reliance_pct", "eol_rir_pct")
MISSING = ("", "N/A", "NA", "-")
MARKS = "- _ , . ' ( ) / &"
NAME = re.compile(r"\w[\w ',.()/&-]*")
"""Names of materials; a spreadsheet's formula is none."""
NAMES = (
    "material", "name", "stage", "supply_mix", *(name for name, _, _ in NUMBERS.values()), "line",
)  # fmt: skip


def read_supply_risk_inputs(path: Path) -> Columns:
    """
    Read a table of official inputs and results.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with the columns material, stage, supply_risk, economic_importance, import_reliance_pct,
        eol_rir_pct (both in percent), supply_used (`GS + EUS`, `GS only`, `EUS only`), si_ei, si_sr,
        hhi_wgi_t_global, hhi_wgi_t_eu. `N/A` or an empty cell is a missing number.

    Returns
    -------
    Columns
        material (snake case), name (as in the file), stage, supply_mix ("both", "global", "eu"),
        official_supply_risk, official_economic_importance, import_reliance, eol_recycling_input_rate [0..1],
        substitution_index_ei, substitution_index_sr, hhi_wgi_t_global, hhi_wgi_t_eu, line (of the file).

    Raises
    ------
    SourceError
        Once, with row and column of every problem: wrong columns, no number, below zero, above the range, percent
        columns that hold shares, unknown words, a material twice or with other signs than names have.
    """
    rows = read_own_table(path, partial(_check_header, path.name))
    if not rows:
        raise SourceError(path.name, "has no rows.", expected="one material a row")
    problems: list[str] = []
    parsed = [_parse_row(row, line, problems) for line, row in rows]
    seen = Counter((row[0], row[2]) for row in parsed)
    problems += [
        f"row {row[-1]}, material: {row[1]!r} stands twice" for row in parsed if seen[row[0], row[2]] > 1
    ]
    problems += [problem for column in PERCENT for problem in _find_shares([row for _, row in rows], column)]
    if problems:
        raise SourceError(
            path.name,
            f"{len(problems)} {'cell' if len(problems) == 1 else 'cells'} cannot be used.",
            which=problems,
            expected="import reliance and recycling 0..100 percent, substitution indices 0..1, HHI(WGI,t) 0..30; "
            "N/A where there is no figure",
            fix="a net exporter has import reliance 0, as in the Commission's tables",
        )
    return columns_from_rows(NAMES, parsed)


def _check_header(where: str, header: Sequence[str]) -> None:
    """Refuse other columns, all of them at once."""
    columns = {"material", *WORDS, *NUMBERS}
    if set(header) != columns:
        raise SourceError(
            where,
            "has other columns than expected.",
            which=[
                f"{name} ({'missing' if name in columns else 'not expected'})"
                for name in sorted(set(header) ^ columns)
            ],
            expected=", ".join(["material", *WORDS, *NUMBERS]),
        )


def _parse_row(row: Mapping[str, str], line: int, problems: list[str]) -> list[object]:
    """Parse one row; every cell that cannot be used goes to `problems`."""
    if not row["material"]:
        problems.append(f"row {line}, material: empty")
    elif not NAME.fullmatch(row["material"]):
        problems.append(
            f"row {line}, material: {row['material']!r} is no name: letters, digits, spaces and {MARKS}"
        )
    words = []
    for column, known in WORDS.items():
        folded = {word.casefold(): ours for word, ours in known.items()}
        if row[column].casefold() not in folded:
            problems.append(f"row {line}, {column}: {row[column]!r} is none of {', '.join(known)}")
        words.append(folded.get(row[column].casefold(), ""))
    numbers = [_parse_number(row, column, line, problems) for column in NUMBERS]
    return ["_".join(fold(row["material"]).split()), row["material"], *words, *numbers, line]


def _parse_number(row: Mapping[str, str], column: str, line: int, problems: list[str]) -> float:
    """Parse one cell into our unit; NaN where there is no figure, and where there is a problem."""
    _, factor, highest = NUMBERS[column]
    text = row[column]
    if text.upper() in MISSING:
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if 0 <= value <= highest:
        return value * factor
    why = "is no number" if value != value else "is negative" if value < 0 else f"is above {highest:g}"
    problems.append(f"row {line}, {column}: {text!r} {why}")
    return float("nan")


def _find_shares(rows: list[dict[str, str]], column: str) -> list[str]:
    """Find a percent column that holds shares: nothing above 1, and something between 0 and 1."""
    values = []
    for row in rows:
        try:
            values.append(float(row[column]))
        except ValueError:
            continue
    if values and max(values) <= 1 and any(0 < value < 1 for value in values):
        return [f"column {column}: holds shares (largest {max(values):g}), percent is expected"]
    return []
