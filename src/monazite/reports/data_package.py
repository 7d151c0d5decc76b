"""The descriptor of a Data Package (`datapackage.json`), after versions 1 and 2 of the specification."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from monazite.provenance import Lineage, Origin, hash_file
from monazite.reports.export_target import PACKAGE_PREFIX
from monazite.reports.table_columns import Column, list_columns
from monazite.snapshot import Snapshot, read_origins
from monazite.snapshot.rows import find_sheet, has_missing_keys

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
Json = dict[str, object]


def write_descriptor(data: Snapshot, files: Mapping[str, Path], folder: Path, where: str = "") -> str:
    """
    Write the descriptor of tables that stand as CSV in a folder, as JSON text.

    Parameters
    ----------
    data : Snapshot
        The release that the tables are from.
    files : mapping of str to Path
        Table -> its file, somewhere below `folder`.
    folder : Path
        Folder of the descriptor.
    where : str, default ""
        The condition that the rows meet; it goes into the description.

    Returns
    -------
    str
        A package with one resource a table: schema, primary key, unit (a property of our own) and description of
        every column, licences, sources, length and sha256.

    References
    ----------
    .. [1] Open Knowledge Foundation, "Data Package", version 2.0, datapackage.org/standard/data-package.
    """
    release = data.manifest.release
    ids = sorted({source for table in files for source in data.manifest.tables[table].source_ids})
    rows = f" Rows that meet: {where}." if where else ""
    package = {
        "$schema": PROFILE,
        "profile": "tabular-data-package",
        "name": PACKAGE_PREFIX + "".join(c if c.isalnum() or c in "-._" else "-" for c in release.lower()),
        "title": f"Monazite data release {release}",
        "description": f"Tables of release {release}, sha256 {data.manifest.sha256}.{rows} Every row has a source.",
        "version": release,
        "licenses": _licences(ids),
        "sources": _sources(ids, data.lineage),
        "resources": [_describe_table(data, table, file, folder) for table, file in files.items()],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _describe_table(data: Snapshot, table: str, file: Path, folder: Path) -> Json:
    entry = data.manifest.tables[table]
    sheet = find_sheet(table)
    resource: Json = {
        "name": table.replace("_", "-"),
        "path": file.relative_to(folder).as_posix(),
        "type": "table",
        "profile": "tabular-data-resource",
        "title": sheet.title if sheet else table.replace("_", " ").capitalize(),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "bytes": file.stat().st_size,
        "hash": f"sha256:{hash_file(file)}",
        "licenses": _licences(entry.source_ids),
        "sources": _sources(entry.source_ids, data.lineage),
        "schema": _describe_schema(data, table),
    }  # fmt: skip
    return {**resource, "description": sheet.description} if sheet else resource


def _describe_schema(data: Snapshot, table: str) -> Json:
    """Describe the columns; a key with missing parts is no primary key of the specification."""
    key = data.manifest.tables[table].primary_key
    is_whole = not has_missing_keys(data, table)
    schema: Json = {
        "fields": [_describe_field(c, is_key=is_whole and c.name in key) for c in list_columns(data, table)],
        "missingValues": [""],
    }
    return {**schema, "primaryKey": list(key)} if is_whole else schema


def _describe_field(column: Column, *, is_key: bool) -> Json:
    limits: Json = {"required": True} if is_key else {}
    if column.type != "string":
        limits |= {"minimum": column.minimum} if column.minimum is not None else {}
        limits |= {"maximum": column.maximum} if column.maximum is not None else {}
    elif column.choices:
        limits["enum"] = list(column.choices)
    field: Json = {"name": column.name, "type": column.type}
    field |= {"description": column.description} if column.description else {}
    field |= {"unit": column.unit} if column.unit else {}
    return {**field, "constraints": limits} if limits else field


def _origins(source_ids: Sequence[str]) -> list[Origin]:
    known = read_origins()
    return [known[source_id] for source_id in source_ids]


def _licences(source_ids: Sequence[str]) -> list[Json]:
    """List the licences of the sources, each once."""
    found = {(o.licence.name, o.licence.url): None for o in _origins(source_ids)}
    return [{"title": name, "path": url} for name, url in found]


def _sources(source_ids: Sequence[str], lineage: Lineage) -> list[Json]:
    """List the sources, each with the user's files that rows of it come from."""
    found: list[Json] = []
    for origin in _origins(source_ids):
        has_page = origin.url_main.startswith(("https://", "http://"))
        page = {"path": origin.url_main} if has_page else {}
        files = lineage.files_of(origin.source_id)
        titles = dict.fromkeys([origin.title, *(f"{file.title}, file {file.file}" for file in files)])
        found.append({"title": f"{origin.producer}: {'; '.join(titles)}", **page})
    return found
