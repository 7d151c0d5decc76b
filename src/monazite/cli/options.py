"""Options that several commands share, and how their words become names."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from cyclopts import Parameter, Token

from monazite.cli.output import split_list
from monazite.errors import DataError, UsageError, nearest_names
from monazite.snapshot import Snapshot
from monazite.vocabulary import EDITIONS, edition_products, resolve_all, resolve_years

Result = TypeVar("Result")

Release = Annotated[
    str | None, Parameter(help="Name or folder of a release; MONAZITE_DATA or the embedded one by default.")
]
Json = Annotated[bool, Parameter(name="--json", negative="", help="One JSON object on stdout, nothing else.")]
Materials = Annotated[
    list[str],
    Parameter(name="--material", help="Material, or several: cobalt,nickel.", negative=""),
]
Stages = Annotated[
    list[str], Parameter(name="--stage", help="extraction or processing, or both.", negative="")
]
Regions = Annotated[
    list[str], Parameter(name="--region", help="Country or group: JPN, Germany, EU27, OECD, G7.", negative="")
]
Importers = Annotated[
    list[str], Parameter(name="--importer", help="Country or group that uses: JPN, EU27.", negative="")
]
Years = Annotated[str, Parameter(name="--year", help="Year, list or range: 2024, 2018,2020 or 2018-2024.")]
LEAST_DRAWS, MOST_DRAWS = 20, 100_000
"""Draws of an indicator, where any are made: one at each end of a 5-95 % interval; more would not be waited for."""
Products = Annotated[
    list[str] | None, Parameter(name="--product", help="Only these HS codes: hs92:284690.", negative="")
]


def read_whole(_: object, tokens: Sequence[Token]) -> int:
    """Read a whole number; a fraction is refused and not rounded."""
    token = tokens[0]
    try:
        return int(token.value)
    except ValueError as error:
        raise UsageError(
            token.keyword or "a number",
            f"{token.value!r} is no whole number.",
            expected="a whole number, as 200",
        ) from error


def resolve_words(kind: str, option: str, words: Sequence[str]) -> tuple[str, ...]:
    """
    Resolve every word of an option: kind is country, region, material or stage.

    Raises
    ------
    UsageError
        Once, with every word that is not understood.
    """
    listed = split_list(words)
    if not listed:
        raise UsageError(option, "is empty.")
    return as_usage(lambda: tuple(dict.fromkeys(resolve_all(kind, listed, option))))


def read_stage(option: str, word: str | None) -> str | None:
    """Read an option that takes one stage, or was left out."""
    if word is None:
        return None
    stages = resolve_words("stage", option, [word])
    if len(stages) > 1:
        raise UsageError(option, f"names {len(stages)} stages.", which=stages, expected="one stage")
    return stages[0]


def read_products(words: Sequence[str] | None, materials: Sequence[str]) -> tuple[str, ...]:
    """
    Read --product: codes that are mapped to one of the materials, in any edition.

    Raises
    ------
    UsageError
        Once, with every code that is not.
    """
    listed = tuple(dict.fromkeys(word.lower() for word in split_list(words or ())))
    if not listed:
        return ()
    known = {
        product.product_code
        for edition in EDITIONS
        for name in materials
        for product in edition_products(edition, name)
    }
    wrong = [code for code in listed if code not in known]
    if wrong:
        oldest = sorted(code for code in known if code.startswith(f"{EDITIONS[0]}:"))
        noun = "code is" if len(wrong) == 1 else "codes are"
        raise UsageError(
            "--product", f"{len(wrong)} {noun} not mapped to {', '.join(materials)}.",
            which=[f"{code} ({nearest_names(code, sorted(known))})" for code in wrong],
            expected=f"edition and six digits: {', '.join(oldest)}, or its heir in a newer edition"
            if oldest
            else f"no code of {', '.join(materials)} is mapped",
        )  # fmt: skip
    return listed


def read_importers(words: Sequence[str]) -> tuple[str, ...]:
    """Read --importer: countries, groups, and ROW, which some trade is recorded against."""
    listed = split_list(words)
    rest = tuple("ROW" for word in listed if word.upper() == "ROW")[:1]
    named = [word for word in listed if word.upper() != "ROW"]
    return (*(resolve_words("region", "--importer", named) if named or not rest else ()), *rest)


def read_years(text: str) -> tuple[int, ...]:
    """Read --year; a word that is no year is a usage error."""
    return as_usage(lambda: resolve_years(text, "--year"))


def check_draw_count(kind: object, draws: int) -> None:
    """
    Refuse a number of draws that leaves no interval, or that would never end; 0 is none at all.

    Raises
    ------
    ValueError
        If it is neither 0 nor from 20 to 100,000; the command line puts the option before it, as a usage error.

    Examples
    --------
    >>> check_draw_count(int, 0), check_draw_count(int, 20)
    (None, None)
    """
    if draws and not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise ValueError(f"Expected 0 for none, or {LEAST_DRAWS} to {MOST_DRAWS:,}, for a 5-95 % interval.")


def check_table(data: Snapshot, table: str, option: str = "TABLE") -> None:
    """Refuse a table that the release has not; a wrong word is a usage error."""
    if table not in data.manifest.tables:
        raise UsageError(
            option, f"release {data.manifest.release} has no table {table!r}.",
            expected=", ".join(sorted(data.manifest.tables)), fix=nearest_names(table, data.manifest.tables),
        )  # fmt: skip


def as_usage(read: Callable[[], Result]) -> Result:
    """Turn a DataError about a word on the command line into a UsageError (exit 2)."""
    try:
        return read()
    except DataError as error:
        raise UsageError(
            error.where, error.what, which=error.which, expected=error.expected, fix=error.fix
        ) from error
