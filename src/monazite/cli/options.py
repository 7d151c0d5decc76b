"""Options that several commands share, and how their words become names."""

from collections.abc import Callable, Sequence
from typing import Annotated

from cyclopts import Parameter

from monazite.cli.output import split_list
from monazite.errors import MonaziteError, UsageError

Release = Annotated[
    str | None, Parameter(help="Name or folder of a release; MONAZITE_DATA or the embedded one by default.")
]
Json = Annotated[bool, Parameter(name="--json", negative="", help="One JSON object on stdout, nothing else.")]
Materials = Annotated[
    list[str], Parameter(name="--material", help="Material, or several: cobalt,nickel.", negative="")
]
Stages = Annotated[list[str], Parameter(name="--stage", help="extraction or processing, or both.", negative="")]
Regions = Annotated[
    list[str], Parameter(name="--region", help="Country or group: JPN, Germany, EU27, OECD, G7.", negative="")
]
Importers = Annotated[
    list[str], Parameter(name="--importer", help="Country or group that uses: JPN, EU27.", negative="")
]
Years = Annotated[str, Parameter(name="--year", help="Year, list or range: 2024, 2018,2020 or 2018-2024.")]
Products = Annotated[
    list[str] | None, Parameter(name="--product", help="Only these HS codes: hs92:284690.", negative="")
]


def resolve_words(option: str, words: Sequence[str], resolve: Callable[[str], str]) -> list[str]:
    """
    Resolve every word of an option.

    Raises
    ------
    UsageError
        Once, with every word that is not understood.
    """
    found: list[str] = []
    problems: list[str] = []
    for word in split_list(words):
        try:
            found.append(resolve(word))
        except MonaziteError as error:
            problems.append(f"{error.what} {error.fix}".strip())
    if problems or not found:
        raise UsageError(option, "is not understood." if problems else "is empty.", which=problems)
    return list(dict.fromkeys(found))
