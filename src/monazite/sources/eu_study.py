"""European Commission, Study on the critical raw materials for the EU 2023: shares of supply by country."""

import re
from pathlib import Path
from typing import Literal

from monazite.errors import SourceError
from monazite.sources.curated import read_curated
from monazite.sources.delimited import raise_problems, read_delimited, read_number
from monazite.sources.exclusions import Excluded
from monazite.sources.published_production import find_country
from monazite.sources.table import Reading, columns_from_rows

SOURCE_ID = "eu_crm_2023"
HEADER = ("Material", "Stage", "Country", "Share", "t")
COLUMNS = (
    "scope", "material", "stage", "form", "country", "year_start", "year", "share", "low", "high",
    "trade_parameter", "quality", "source_id", "source", "note",
)  # fmt: skip
STAGES = {"E": "extraction", "P": "processing"}
YEARS = (2016, 2020)
SHARE = re.compile(r"(<?)(\d+(?:\.(\d+))?) ?%")
PLAIN = re.compile(r"\d+(\.\d+)?")
"""A number without %: whether it is one of percent is not said."""
HIGHEST_T = 2.0
SPELT = {
    "Brasilia": "Brazil",
    "Brasil": "Brazil",
    "Turkyie": "Türkiye",
    "Libanon": "Lebanon",
    "Surinam": "Suriname",
}
"""Slips of the study; each is told in the column note."""
CITED = "European Commission, Study on the critical raw materials for the EU 2023, annexes"
Scope = Literal["world", "EU27"]


def read_eu_study_shares(path: Path, *, scope: Scope | None = None, encoding: str = "") -> Reading:
    """
    Read a table of supply shares of the EU study of 2023.

    Parameters
    ----------
    path : Path
        CSV with Material, Stage (E, P), Country, Share (`4%`, `<0.1%`) and t: the tables of global supply and of EU
        sourcing in the annexes of the study, one row per country.
    scope : "world" or "EU27", optional
        Whose supply the shares divide. By default as the file is named: `global_...` or `eu_...`.
    encoding : str, optional
        UTF-8, else cp1252, unless told.

    Returns
    -------
    Reading
        `supply_shares`; primary key: scope, material, stage, form, country. share [0 to 1; NaN where only a bound is
        printed], low and high [0 to 1, from the last printed digit], trade_parameter [the study's t, 0.8
        to 1.5]; the mean of year_start to year, 2016 to 2020. Excluded: materials that are none of
        ours, and shares without `%`.

    Raises
    ------
    SourceError
        Once: a column is missing, a share or t that cannot be read, an unknown stage or country, or a key twice.

    References
    ----------
    .. [1] European Commission, "Study on the critical raw materials for the EU 2023 - Final report," 2023,
       doi:10.2873/725585, annexes on global and EU supply.

    Notes
    -----
    A share of 4 % lies between 3.5 and 4.5 %; below 0.1 % it lies between 0 and 0.1 %.
    """
    scope = scope or _scope(path)
    table = read_curated("eu_study_materials")
    forms = {
        name: (material, form)
        for name, material, form in zip(
            table["publisher_material"], table["material"], table["form"], strict=True
        )
    }
    problems: list[str] = []
    excluded = Excluded()
    rows: list[tuple[object, ...]] = []
    lines: dict[tuple[object, ...], int] = {}
    for line, row in read_delimited(path, HEADER, encoding=encoding or _encoding(path)):
        if row["Material"] not in forms:
            excluded.add(row["Material"], "not mapped to a material")
            continue
        if PLAIN.fullmatch(row["Share"]):
            excluded.add(
                f"line {line}: {row['Material']}, {row['Country']}, {row['Share']}", "share without %"
            )
            continue
        parsed = (scope, *_parse(row, *forms[row["Material"]], f"line {line}", problems))
        key = parsed[:5]
        if lines.setdefault(key, line) != line:
            problems.append(f"line {line}: {', '.join(map(str, key[1:]))} repeats line {lines[key]}")
        rows.append(parsed)
    raise_problems(path.name, problems, "E or P; a country; a share such as 4% or <0.1%; t from 0 to 2")
    return Reading(columns_from_rows(COLUMNS, rows), excluded.listed())


def parse_share(text: str) -> tuple[float, float, float] | None:
    """
    Parse a printed share: value, least and most; None where it is none from 0 to 100 %.

    Examples
    --------
    >>> parse_share("4%"), parse_share("<0.1%")
    ((0.04, 0.035, 0.045), (nan, 0.0, 0.001))
    """
    found = SHARE.fullmatch(text)
    if not found:
        return None
    below, number, digits = found.groups()
    value = round(float(number) / 100, 9)
    if value > 1:
        return None
    if below:
        return float("nan"), 0.0, value
    half = 0.005 / 10 ** len(digits or "")
    return value, round(max(value - half, 0.0), 9), round(min(value + half, 1.0), 9)


def _parse(
    row: dict[str, str], material: str, form: str, where: str, problems: list[str]
) -> tuple[object, ...]:
    name = SPELT.get(row["Country"], row["Country"])
    country = find_country(name, f"{where}, Country", problems)
    share = parse_share(row["Share"])
    if share is None:
        problems.append(f"{where}, Share: {row['Share']!r} is no share")
        share = (float("nan"),) * 3
    if row["Stage"] not in STAGES:
        problems.append(f"{where}, Stage: {row['Stage']!r} is no stage")
    trade = read_number(row["t"], f"{where}, t", problems)
    if trade > HIGHEST_T:
        problems.append(f"{where}, t: {trade:g} is no trade parameter")
    note = "" if name == row["Country"] else f"printed as {row['Country']}"
    stage = STAGES.get(row["Stage"], "")
    return (material, stage, form, country, *YEARS, *share, trade, "estimated", SOURCE_ID, CITED, note)


def _scope(path: Path) -> Scope:
    for start, scope in (("global", "world"), ("eu", "EU27")):
        if path.name.casefold().startswith(start):
            return "world" if scope == "world" else "EU27"
    raise SourceError(
        path.name,
        "does not say whose supply its shares divide.",
        expected="a file named global_... or eu_...",
        fix='rename it, or read it with scope="world" or scope="EU27"',
    )


def _encoding(path: Path) -> str:
    """Choose UTF-8 where the whole file is that, else cp1252: the study's names need one of them."""
    try:
        path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SourceError(path.name, f"cannot be read: {error.strerror}.", fix="check the path") from error
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
