"""CEPII BACI as CEPII publishes it: a zip of any HS edition, one CSV a year, streamed to sorted Parquet."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Collection, Sequence
from importlib.resources import files
from pathlib import Path

import duckdb

from monazite.errors import SourceError
from monazite.provenance import Correction, Origin, read_corrections
from monazite.sources.archive import list_members, stream_member
from monazite.sources.baci import SOURCE_ID, USD_PER_KUSD
from monazite.sources.baci_checks import check_baci_year, count_rows, drop_own_trade, find_repeated_keys
from monazite.sources.baci_rows import MAX_PADDING, Key, ShapeCheck, find_problems
from monazite.sources.doubt_files import review_quantities
from monazite.sources.import_file import Labels, Part, Written, connect_for_import, quote
from monazite.vocabulary import baci_codes

EDITIONS = ("hs92", "hs96", "hs02", "hs07", "hs12", "hs17", "hs22")
YEAR_FILE = re.compile(r"(?:.*/)?BACI_(HS[0-9]{2})_Y([0-9]{4})_V([A-Za-z0-9]+)\.csv")
PRODUCT_FILE = re.compile(r"(?:.*/)?product_codes_(HS[0-9]{2})_V([A-Za-z0-9]+)\.csv")
ZIP_FILE = re.compile(r"BACI_(HS[0-9]{2})_V([A-Za-z0-9]+)\.zip")
FIRST_YEAR, LAST_YEAR = 1988, 2100
"""The Harmonized System came into force in 1988; the last year is ours."""
PADDED_NA = [" " * width + "NA" for width in range(MAX_PADDING + 1)]
"""BACI pads a missing quantity to the width of the column."""
ZEROS = (
    "quantities are 0.000 and stay zero: less than half a kilogram, for BACI has three decimals of a tonne"
)
CODES = 1000
"""Country codes of BACI have at most three digits."""
QUALITIES = ("reported", "corrected", "doubtful")
TYPES = "{'t': 'USMALLINT', 'i': 'USMALLINT', 'j': 'USMALLINT', 'k': '%s', 'v': 'DOUBLE', 'q': 'DOUBLE'}"
KEY_TYPES = {"exporter": "country", "importer": "country", "edition": "edition"}
ORDER = "ORDER BY product_code, importer, exporter"


class BaciZip:
    """CEPII's zip of one edition, opened by `read_baci_zip`; an `ImportFile`."""

    table = "trade"
    primary_key: tuple[str, ...] = ("edition", "product_code", "year", "importer", "exporter")
    replaces: tuple[str, ...] = ("edition", "year")
    adds_rows = True

    def __init__(
        self, path: Path, edition: str, version: str, members: dict[int, zipfile.ZipInfo],
        codes: tuple[frozenset[int], tuple[str, ...]],
    ) -> None:  # fmt: skip
        self.path, self.edition, self.version, self._members = path, edition, version, members
        self.products, self.letter_codes = codes
        self.parts: tuple[Part, ...] = tuple(
            Part(f"{edition}_{year}", {"edition": edition, "year": year}, members[year].file_size)
            for year in sorted(members)
        )

    def describe(self, origin: Origin) -> Origin:
        """Name the edition, the years and the version in the origin sheet."""
        title = (
            f"BACI: International Trade Database at the Product-Level, {self.edition.upper()}, "
            f"{min(self._members)}-{max(self._members)}, all codes"
        )
        return origin.model_copy(update={"title": title, "date_published": f"V{self.version}"})

    def write(self, part: Part, target: Path, scratch: Path) -> Written:
        """Unpack one year, check its shape on the way, and write it typed, mapped and sorted."""
        year = int(part.labels["year"])
        info = self._members[year]
        where = f"{self.path.name}, {info.filename}"
        file = scratch / "year.csv"
        shape = self._unpack(info, file)
        names = list_countries(year)
        corrections = [entry for entry in baci_corrections() if entry.keys.get("year") == year]

        def diagnose(detail: str, repeated: Collection[Key] = ()) -> SourceError:
            return find_problems(
                file, where, year=year, countries=names, products=self.products, letters=self.letter_codes,
                repeated=repeated, detail=detail,
            )  # fmt: skip

        if not shape.finish():
            raise diagnose("rows are not written as BACI writes them")
        try:
            convert_baci_year(
                file, target, edition=self.edition, year=year, scratch=scratch, corrections=corrections,
                letters=self.letter_codes,
            )  # fmt: skip
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise diagnose(str(error).splitlines()[0]) from error
        rows, corrected = count_rows(target)
        if not shape.rows:
            raise SourceError(
                where, "has no rows, only a header.", expected="the lanes of a year",
                fix="fetch the file again; a year that is left out of the zip stays as it is",
            )  # fmt: skip
        left_out = shape.rows - rows
        problem = check_baci_year(target, year, products=self.products)
        repeated = find_repeated_keys(target)
        if problem or repeated or (left_out and not self.letter_codes):
            codes = {name: code for code, name in enumerate(names)}
            keys = [(product, codes[exporter], codes[importer]) for product, exporter, importer in repeated]
            raise diagnose(problem or f"{left_out} rows were lost", keys)
        file.unlink()
        own, zeros = drop_own_trade(target, scratch)
        unfit = len(corrections) - corrected
        reason = (
            f"{SOURCE_ID}: {part.name}, product codes that are no number ({', '.join(self.letter_codes)})"
        )
        note = f"{part.name}: {unfit} of {len(corrections)} corrections no longer fit CEPII's figures"
        excluded = {reason: left_out, f"{SOURCE_ID}: {part.name}, a country's trade with itself": own}
        notes = ((note,) if unfit else ()) + ((f"{part.name}: {zeros} {ZEROS}",) if zeros else ())
        return Written(rows - own, {why: count for why, count in excluded.items() if count}, notes)

    def _unpack(self, info: zipfile.ZipInfo, target: Path) -> ShapeCheck:
        """Unpack one year through a file, which DuckDB reads twice as fast as a pipe; check its shape on the way."""
        shape = ShapeCheck(self.letter_codes)
        with target.open("wb") as unpacked:
            for block in stream_member(self.path, info):
                unpacked.write(block)
                shape.feed(block)
        return shape

    def review(
        self, part: Part, written: Path, find: Callable[[Labels], Path | None], target: Path, scratch: Path
    ) -> Written | None:
        """Mark doubtful quantities where the years before and after are at hand (docs/decisions/0002)."""
        year = int(part.labels["year"])
        before, after = (find({"edition": self.edition, "year": year + step}) for step in (-1, 1))
        if before is None or after is None:
            return Written(
                0, {}, (f"{part.name}: quantities not reviewed, the year before or after is missing",)
            )
        with connect_for_import(scratch) as connection:
            _create_types(connection, self.edition, list_countries(year))
            rows, doubtful = review_quantities(connection, (before, written, after), target, ORDER)
        return Written(rows, {}, (f"{part.name}: {doubtful} quantities are doubtful",))


def read_baci_zip(path: Path) -> BaciZip:
    """
    Open CEPII's zip of one HS edition (`BACI_HS17_V202601.zip`).

    Parameters
    ----------
    path : Path
        The zip: `BACI_HS17_Y2024_V202601.csv` for every year (header t,i,j,k,v,q: year, exporter, importer, HS
        code, thousand USD, tonnes; numbers padded with blanks, `NA` for a missing quantity) and
        `product_codes_HS17_V202601.csv`.

    Returns
    -------
    BaciZip
        One part per year. Rows are written as the table `trade`: year, exporter and importer (ISO3), edition,
        product_code (int), value_usd [USD], quantity_gross_t [t gross; missing = not reported, never zero],
        quality, source_id; sorted by product code, importer, exporter.

    Raises
    ------
    SourceError
        If it is no zip that can be unpacked safely, mixes editions or versions, has no year, or no list of the
        product codes.

    References
    ----------
    .. [1] G. Gaulier and S. Zignago, "BACI: International Trade Database at the Product-Level," CEPII WP 2010-23;
       file `Readme.txt` of the releases.
    """
    members = list_members(path)
    years = [(found, info) for name, info in members.items() if (found := YEAR_FILE.fullmatch(name))]
    lists = [(found, info) for name, info in members.items() if (found := PRODUCT_FILE.fullmatch(name))]
    labels = {(found[1], found[2 if found.re is PRODUCT_FILE else 3]) for found, _ in (*years, *lists)}
    named = ZIP_FILE.fullmatch(path.name)
    problems = [] if years else ["no file BACI_HS.._Y...._V....csv"]
    problems += [] if len(lists) == 1 else [f"{len(lists)} files product_codes_HS.._V....csv instead of one"]
    if len(labels) > 1:
        problems.append(f"editions or versions are mixed: {', '.join(sorted(' V'.join(x) for x in labels))}")
    elif named and labels and named.groups() != next(iter(labels)):
        problems.append(
            f"the zip is named {' V'.join(named.groups())}, its files {' V'.join(next(iter(labels)))}"
        )
    problems += [f"{name} is no HS edition" for name, _ in sorted(labels) if name.lower() not in EDITIONS]
    twice = [found[2] for found, _ in years]
    problems += [
        f"the year {year} is not in {FIRST_YEAR} to {LAST_YEAR}"
        for year in sorted(set(twice)) if not FIRST_YEAR <= int(year) <= LAST_YEAR
    ]  # fmt: skip
    problems += [f"the year {year} stands twice" for year in sorted(set(twice)) if twice.count(year) > 1]
    if problems:
        raise SourceError(
            path.name, "is not CEPII's zip of BACI.", which=problems,
            expected="BACI_HS17_V202601.zip with one CSV a year and product_codes_HS17_V202601.csv",
            fix="fetch it from the page that `monazite data get baci` names",
        )  # fmt: skip
    ((edition, version),) = labels
    codes = _read_product_codes(path, lists[0][1])
    return BaciZip(path, edition.lower(), version, {int(found[2]): info for found, info in years}, codes)


def convert_baci_year(
    source: Path, target: Path, *, edition: str, year: int, scratch: Path, is_sorted: bool = True,
    corrections: Sequence[Correction] = (), letters: Sequence[str] = (),
) -> None:  # fmt: skip
    """
    Write the CSV of one year as Parquet: typed, countries mapped, sorted, corrections applied.

    Parameters
    ----------
    source, target : Path
        The CSV, unpacked, and the Parquet file.
    edition : str
        Edition of the Harmonized System (`hs17`).
    year : int
        Calendar year; decides which country a code of BACI is.
    scratch : Path
        Folder for what does not fit into memory.
    is_sorted : bool, default True
        Sort by product code, importer and exporter.
    corrections : sequence of Correction
        Changes to the figures of this year; each applies only where its figure is still as expected.
    letters : sequence of str
        Product codes with letters, whose rows are left out; without any, such a code is an error.

    Raises
    ------
    duckdb.Error
        If a cell cannot be read; `find_problems` then says which.
    """
    names = list_countries(year)
    listed = "([" + ", ".join("NULL" if name is None else quote(name) for name in names) + "]::country[])"
    kind = "VARCHAR" if letters else "UINTEGER"
    nulls = ", ".join(map(quote, PADDED_NA))
    fields = {
        "value_usd": f"v * {USD_PER_KUSD}",
        "quantity_gross_t": "q",
        "quality": "'reported'::quality",
    }
    for entry in corrections:
        fields = _apply(entry, fields)
    figures = ", ".join(f"{sql} AS {name}" for name, sql in fields.items() if name != "quality")
    rows = (
        f"SELECT *, {listed}[i + 1] AS exporter, {listed}[j + 1] AS importer, k::INTEGER AS product_code "
        f"FROM read_csv({quote(source)}, columns = {TYPES % kind}, header = true, delim = ',', quote = '', "
        f"escape = '', auto_detect = false, nullstr = [{nulls}]) "
        + (f"WHERE trim(k) NOT IN ({', '.join(map(quote, letters))})" if letters else "")
    )
    with connect_for_import(scratch) as connection:
        _create_types(connection, edition, names)
        connection.execute(
            f"COPY (SELECT t::SMALLINT AS year, exporter, importer, {quote(edition)}::edition AS edition, "
            f"product_code, {figures}, {fields['quality']} AS quality, {quote(SOURCE_ID)}::source AS source_id "
            f"FROM ({rows}) {ORDER if is_sorted else ''}) TO {quote(target)} (FORMAT parquet, COMPRESSION zstd)"
        )


def list_countries(year: int) -> tuple[str | None, ...]:
    """
    List ISO3 by country code of BACI in one year; None where BACI has no such code.

    Examples
    --------
    >>> list_countries(2024)[699], list_countries(2024)[58], list_countries(1998)[58]
    ('IND', None, 'BEL')
    """
    names: list[str | None] = [None] * CODES
    for entry in baci_codes().values():
        if (entry.valid_from or 0) <= year <= (entry.valid_to or year):
            names[entry.baci_code] = entry.iso3
    return tuple(names)


def baci_corrections() -> list[Correction]:
    """Read our corrections of BACI (`data/corrections/baci.yaml`)."""
    return read_corrections(Path(str(files("monazite") / "data" / "corrections" / "baci.yaml")))


def _apply(entry: Correction, fields: dict[str, str]) -> dict[str, str]:
    """Wrap the SQL of a field into a correction that holds only while the figure is as expected."""
    keys = [
        f"{name} = {quote(str(key)) + '::' + KEY_TYPES[name] if name in KEY_TYPES else int(key)}"
        for name, key in entry.keys.items() if name != "year"
    ]  # fmt: skip
    old = fields[entry.field]
    fits = " AND ".join([*keys, f"{old} BETWEEN {entry.expect_low!r} AND {entry.expect_high!r}"])
    new = {"drop": "NULL", "flag": old, "override": repr(entry.value), "scale": f"{old} * {entry.value!r}"}
    quality = "doubtful" if entry.action == "flag" else "corrected"
    return fields | {
        entry.field: f"CASE WHEN {fits} THEN {new[entry.action]} ELSE {old} END",
        "quality": f"CASE WHEN {fits} THEN '{quality}'::quality ELSE {fields['quality']} END",
    }


def _create_types(connection: duckdb.DuckDBPyConnection, edition: str, names: Sequence[str | None]) -> None:
    """Make closed lists of the words that repeat: they are sorted and written as numbers, three times faster."""
    listed = sorted({name for name in names if name})
    words = {"country": listed, "edition": [edition], "quality": QUALITIES, "source": [SOURCE_ID]}
    for name, members in words.items():
        connection.execute(f"CREATE TYPE {name} AS ENUM ({', '.join(map(quote, members))})")


def _read_product_codes(path: Path, info: zipfile.ZipInfo) -> tuple[frozenset[int], tuple[str, ...]]:
    """Read the list of product codes: numbers, and those with letters (`9999AA`, not specified)."""
    where = f"{path.name}, {info.filename}"
    try:
        text = b"".join(stream_member(path, info)).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        codes = [str(row["code"]).strip() for row in rows]
    except (UnicodeDecodeError, csv.Error, KeyError) as error:
        raise SourceError(
            where, f"cannot be read: {error}.", expected="CSV in UTF-8 with a column code"
        ) from error
    wrong = [code for code in codes if not re.fullmatch(r"[0-9]{5,6}|[0-9]{4}[A-Z]{2}", code)]
    if wrong or not codes:
        raise SourceError(
            where, f"{len(wrong)} of {len(codes)} codes are none.", which=wrong, expected="010121"
        )
    return (
        frozenset(int(code) for code in codes if code.isdigit()),
        tuple(code for code in codes if not code.isdigit()),
    )
