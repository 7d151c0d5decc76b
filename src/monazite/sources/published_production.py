"""The table `published_production`: a published figure of production a row, as its publisher counts, and contained."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from monazite.errors import DataError, SourceError
from monazite.provenance import Name
from monazite.sources.table import Columns, columns_from_rows
from monazite.vocabulary import resolve_country, tonnes_per_unit

COLUMNS = (
    "material", "stage", "form", "covers", "country", "year", "production_t", "published", "published_unit", "quality",
    "source_id", "source", "note",
)  # fmt: skip
KEY = ("source_id", "material", "stage", "form", "country", "year")


class Commodity(NamedTuple):
    """What a publisher's word for a commodity means here; a NaN factor: the content is not known."""

    material: str
    stage: str
    form: str
    content_factor: float
    note: str
    covers: str = "all"
    """all, part, some, beside (docs/decisions/0007), or addend: with others of its stage it makes up all."""


class Report(NamedTuple):
    """One figure of production as it is published."""

    commodity: Commodity
    country: str
    year: int
    published: float
    published_unit: str
    quality: str
    source: str
    note: str = ""


def index_commodities(table: Columns, keys: Sequence[Name]) -> Mapping[tuple[str, ...], Commodity]:
    """Index a table such as `data/curated/usgs_commodities.csv` by the words of the publisher."""
    rows = zip(
        *(table[name] for name in ("material", "stage", "form", "content_factor", "note", "covers")),
        strict=True,
    )
    words = zip(*(table[name] for name in keys), strict=True)
    return {
        tuple(str(word) for word in key): Commodity(
            str(m), str(s), str(f), float(factor), str(note), str(covers)
        )
        for key, (m, s, f, factor, note, covers) in zip(words, rows, strict=True)
    }


def report_rows(reports: Sequence[Report], source_id: str, where: str) -> Columns:
    r"""
    Turn figures into the table `published_production`.

    Parameters
    ----------
    reports : sequence of Report
        Figures in the publisher's units; every unit is one of mass.
    source_id : str
        Origin sheet of the publisher.
    where : str
        The file, for messages.

    Returns
    -------
    Columns
        Primary key: source_id, material, stage, form, country, year. production_t [t contained material, >= 0]
        is NaN where nobody says how much material a tonne of the form contains; published [published_unit].

    Raises
    ------
    SourceError
        If two figures have the same key.

    Notes
    -----
    .. math:: production = published \cdot t\ per\ unit \cdot content\ factor

    Examples
    --------
    >>> lithia = Commodity("lithium", "extraction", "lithium minerals", 0.4645, "")
    >>> rows = report_rows([Report(lithia, "CHL", 2024, 100.0, "metr. t", "reported", "WMD")], "wmd", "x.xlsx")
    >>> rows["production_t"].tolist()  # 100 t Li2O x 0.4645
    [46.45]
    """
    rows = [
        (
            r.commodity.material, r.commodity.stage, r.commodity.form, r.commodity.covers, r.country, r.year,
            r.published * tonnes_per_unit(r.published_unit, where) * r.commodity.content_factor, r.published,
            r.published_unit, r.quality, source_id, r.source,
            "; ".join(filter(None, (r.note, r.commodity.note))),
        )
        for r in reports
    ]  # fmt: skip
    table = columns_from_rows(COLUMNS, rows)
    seen: dict[tuple[object, ...], int] = {}
    twice = []
    for index, key in enumerate(zip(*(table[name] for name in KEY[1:]), strict=True)):
        if seen.setdefault(key, index) != index:
            pair = f"{rows[seen[key]][7]:g} and {rows[index][7]:g}"
            twice.append(f"{', '.join(map(str, key))}: {pair}")
    if twice:
        raise SourceError(
            where,
            f"{len(twice)} figures stand twice.",
            which=twice,
            expected="one figure per material, stage, form, country and year",
            fix="fetch the file again; if the publisher has two series, map them to two forms",
        )
    return table


def find_country(name: str, where: str, problems: list[str]) -> str:
    """Find the ISO3 code of a publisher's country; an unknown one goes to `problems` and is ""."""
    try:
        return resolve_country(name, where)
    except DataError as error:
        problems.append(f"{where}: {error.which[0]}")
        return ""


def find_unit(unit: str, where: str, problems: list[str]) -> str:
    """Check that a unit is a known one of mass; what is none goes to `problems`."""
    try:
        tonnes_per_unit(unit, where)
    except DataError as error:
        problems.append(f"{where}: {error.what}")
    return unit
