"""Checks of any table: its key, its ranges, its rows, the shares that must sum to one."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from monazite.provenance import Correction, read_corrections
from monazite.snapshot.checks.codes import materials_of
from monazite.snapshot.checks.issue import Issue
from monazite.snapshot.release import Snapshot
from monazite.sources.curated import curated_tables, read_curated
from monazite.sources.table_sheet import read_table_sheet

SHARES = {
    "use_shares": ("use_share", ("material", "region", "source_id", "first_year"), ""),
    "supply_shares": ("supply_share", ("material", "stage", "form", "year", "source_id"), ""),
    "element_baskets": ("share", ("basket_id",), "oxide <> 'group'"),
}
"""Tables with shares of one whole: column, what names the whole, and which rows count."""
NEVER_NEGATIVE = ("value_usd", "quantity_gross_t", "production_t", "trade_t")
SHARE_TOLERANCE = 0.05
"""Published shares are rounded to whole percents, and ten of them may sum to 0.95. [unitless]"""


def check_keys(data: Snapshot) -> Iterator[Issue]:
    """List keys that repeat or are empty; there are none in a release that was built whole."""
    sheets = curated_tables()
    for table, entry in data.manifest.tables.items():
        key = ", ".join(f'"{name}"' for name in entry.primary_key)
        found = data.query(f'SELECT {key}, count(*) AS n FROM "{table}" GROUP BY ALL HAVING count(*) > 1')
        for row in range(len(found["n"])):
            yield Issue(
                table=table, kind="primary_key", severity="error", value=float(found["n"][row]), expected=1,
                unit="rows", keys={name: _plain(found[name][row]) for name in entry.primary_key},
                note=f"the key {', '.join(entry.primary_key)} repeats", source_ids=entry.source_ids,
            )  # fmt: skip
        empty = " OR ".join(f'"{name}" IS NULL' for name in entry.primary_key)
        count = int(data.query(f'SELECT count(*) AS n FROM "{table}" WHERE {empty}')["n"][0])
        if count:
            may = table in sheets and any(
                column.name in entry.primary_key and not column.required
                for column in read_table_sheet(sheets[table]).columns
            )
            yield Issue(
                table=table, kind="primary_key", severity="note" if may else "error", value=float(count),
                expected=0, unit="rows", source_ids=entry.source_ids,
                note="a part of the key is empty" + (", as the sheet of the table allows" if may else ""),
            )  # fmt: skip


def check_rows(data: Snapshot) -> Iterator[Issue]:
    """List what was read and left out, and sources whose rows do not add up."""
    for table, entry in data.manifest.tables.items():
        count = int(data.query(f'SELECT count(*) AS n FROM "{table}"')["n"][0])
        if count != entry.rows:
            yield Issue(
                table=table, kind="row_count", severity="error", value=float(count), unit="rows",
                expected=float(entry.rows), note="the table has another number of rows than the manifest says",
            )  # fmt: skip
    for source_id, counts in data.manifest.reads.items():
        if not counts.is_balanced:
            yield Issue(
                table="", kind="row_count", severity="error", value=float(counts.read), unit="rows",
                expected=float(counts.kept + counts.corrected + counts.excluded), keys={"source": source_id},
                note="rows read are not rows kept, corrected and excluded", source_ids=(source_id,),
            )  # fmt: skip
    for reason, rows in data.manifest.excluded.items():
        source_id, _, why = reason.partition(": ")
        yield Issue(
            table="", kind="excluded", severity="note", value=float(rows), unit="rows", note=why or reason,
            keys={"source": source_id if why else ""},
        )  # fmt: skip
    for record in data.manifest.imports:
        for reason, rows in record.excluded.items():
            yield Issue(
                table=record.table, kind="excluded", severity="note", value=float(rows), unit="rows", note=reason,
                keys={"source": record.origin.source_id, **record.labels}, source_ids=(record.origin.source_id,),
            )  # fmt: skip


def check_imports(data: Snapshot) -> Iterator[Issue]:
    """List what the imports into a user release said: rows that gave way, what changed, what was not reviewed."""
    for record in data.manifest.imports:
        source_id = record.origin.source_id
        keys: dict[str, str | int] = {"source": source_id, **record.labels}
        if record.replaced_rows:
            yield Issue(
                table=record.table, kind="import", severity="note", value=float(record.replaced_rows), unit="rows",
                keys=keys, note=f"{record.origin.carrier}: rows that gave way", source_ids=(source_id,),
            )  # fmt: skip
        for note in record.notes:
            yield Issue(
                table=record.table,
                kind="import",
                severity="note",
                keys=keys,
                note=note,
                source_ids=(source_id,),
            )


def check_corrections(data: Snapshot) -> Iterator[Issue]:
    """List every figure that was corrected when the release was built, with the reason."""
    folder = Path(str(files("monazite") / "data" / "corrections"))
    for path in sorted(folder.glob("*.yaml")):
        for entry in read_corrections(path):
            if entry.table not in data.manifest.tables:
                continue
            low, high = entry.expect_low, entry.expect_high
            was = f"{low:,g}" if low == high else f"between {low:,g} and {high:,g}"
            yield Issue(
                table=entry.table, kind="correction", severity="note", keys=entry.keys, expected=entry.value,
                value=low if low == high else None, materials=_corrected_materials(entry),
                source_ids=(path.stem,), note=f"{entry.field}, {was}: {entry.action}. {entry.reason}",
            )  # fmt: skip


def _corrected_materials(entry: Correction) -> tuple[str, ...]:
    """Find which materials a corrected figure is about."""
    if "product_code" in entry.keys:
        return materials_of(str(entry.keys.get("edition", "hs92")), int(entry.keys["product_code"]))
    known = read_curated("wmd_commodities")
    return tuple(map(str, known["material"][known["wmd_table"] == entry.keys.get("wmd_table", "")]))


def check_ranges(data: Snapshot) -> Iterator[Issue]:
    """List numbers outside what the sheet of a curated table allows, and negative weights or values."""
    sheets = curated_tables()
    for table, entry in data.manifest.tables.items():
        limits: dict[str, tuple[float | None, float | None]] = dict.fromkeys(NEVER_NEGATIVE, (0.0, None))
        if table in sheets:
            limits |= {c.name: (c.minimum, c.maximum) for c in read_table_sheet(sheets[table]).columns}
        present = data.query(f'SELECT * FROM "{table}" LIMIT 0')
        for name, (low, high) in limits.items():
            tests = [f'"{name}" < {low}'] * (low is not None) + [f'"{name}" > {high}'] * (high is not None)
            if name not in present or not tests:
                continue
            count = int(data.query(f'SELECT count(*) AS n FROM "{table}" WHERE {" OR ".join(tests)}')["n"][0])
            if count:
                yield Issue(
                    table=table, kind="range", severity="error", value=float(count), expected=0, unit="rows",
                    keys={"column": name}, note=f"{name} is outside {low} to {high}", source_ids=entry.source_ids,
                )  # fmt: skip


def check_share_sums(data: Snapshot) -> Iterator[Issue]:
    """List groups whose shares do not sum to one; a sum below one may mean that the rest was not published."""
    for table, (column, group, where) in SHARES.items():
        if table not in data.manifest.tables:
            continue
        found = data.query(
            f"SELECT {', '.join(group)}, sum({column}) AS total, list(DISTINCT source_id) AS sources "
            f"FROM {table} {f'WHERE {where}' if where else ''} GROUP BY {', '.join(group)} "
            f"HAVING count({column}) = count(*) AND abs(sum({column}) - 1) > {SHARE_TOLERANCE} ORDER BY ALL"
        )
        for row in range(len(found["total"])):
            keys = {name: _plain(found[name][row]) for name in group}
            above = found["total"][row] > 1
            yield Issue(
                table=table, kind="share_sum", severity="doubt" if above else "note",
                value=float(found["total"][row]), expected=1.0, unit="1", keys=keys,
                materials=(str(keys["material"]),) if "material" in keys else (),
                source_ids=tuple(map(str, found["sources"][row])),
                note="shares sum to more than one" if above else "the rest of the whole is not published",
            )  # fmt: skip


def _plain(value: object) -> str | int:
    """Make a key of an array a plain value."""
    return value if isinstance(value, str) else int(str(value))
