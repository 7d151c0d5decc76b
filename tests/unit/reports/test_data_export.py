"""Export of tables: what is written reads back the same, in every format, or nothing is written."""

import csv
import hashlib
import json
import os
import re
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.cli.data import app
from monazite.errors import DataError, SnapshotError
from monazite.reports.data_export import export_tables
from monazite.reports.sdmx_csv import arrange_columns, write_header, write_observations
from monazite.reports.table_columns import Column, list_columns
from monazite.snapshot.rows import describe_columns, save_parquet, stream_rows

pytestmark = pytest.mark.slow


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def rows_of(data, table, where=""):
    return [row for batch in stream_rows(data, table, where) for row in batch]


def as_text(cell):
    return "" if cell is None else str(cell)


def test_csv_reads_back_the_same(snapshot, tmp_path):
    export_tables(snapshot, "production", "csv", tmp_path / "p.csv")
    header, *lines = read_csv(tmp_path / "p.csv")
    kinds = describe_columns(snapshot, "production")
    assert header == list(kinds)
    rows = rows_of(snapshot, "production")
    assert lines == [[as_text(cell) for cell in row] for row in rows]
    at = header.index("production_t")
    assert [float(line[at]) for line in lines] == [row[at] for row in rows]


def test_csv_is_rfc_4180_in_utf_8(snapshot, tmp_path):
    export_tables(snapshot, "trade_by_form", "csv", tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_bytes()
    assert text.count(b"\r\n") == text.count(b"\n") == 3  # the header and two rows
    assert text.startswith(b"material,")
    assert b'"General Administration of Customs of China, gallium' in text  # a comma inside: quoted


def test_a_missing_number_is_an_empty_cell_and_not_zero(snapshot, tmp_path):
    where = "product_code = 284690 AND year = 2024 AND exporter = 'TUR' AND importer = 'BEN'"
    export_tables(snapshot, "trade", "csv", tmp_path / "t.csv", where=where)
    header, row = read_csv(tmp_path / "t.csv")
    assert row[header.index("quantity_gross_t")] == ""


@pytest.mark.parametrize("table", ["production", "governance", "trade_by_form"])
def test_parquet_reads_back_the_same_with_its_types(snapshot, tmp_path, table):
    path = tmp_path / "t.parquet"
    export_tables(snapshot, table, "parquet", path)
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet($path)", {"path": str(path)})
        assert {str(c[0]): str(c[1]) for c in found.description} == describe_columns(snapshot, table)
        assert found.fetchall() == rows_of(snapshot, table)


def test_a_missing_year_stays_missing_and_whole_in_parquet_and_csv(snapshot, tmp_path):
    # material intensities have years that nobody gives: no 2020.0 and no 0 may come of them
    export_tables(snapshot, "material_intensities", "parquet", tmp_path / "t.parquet")
    export_tables(snapshot, "material_intensities", "csv", tmp_path / "t.csv")
    rows = rows_of(snapshot, "material_intensities")
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM read_parquet('{tmp_path / 't.parquet'}')").fetchall()
    assert found == rows
    header, *lines = read_csv(tmp_path / "t.csv")
    years = {line[header.index("year")] for line in lines}
    assert all(re.fullmatch(r"(\d{4})?", year) for year in years)
    assert "" in years


# Data Package


TYPES = {"string": str, "integer": int, "number": float}
NAME = re.compile(r"[-a-z0-9._/]+")


def check_package(folder):
    """Check a package against what versions 1 and 2 of the specification require of it."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert package["profile"] == "tabular-data-package"
    assert NAME.fullmatch(package["name"])
    assert package["resources"]
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names)
    for part in (package, *package["resources"]):
        assert all({"name", "path"} & set(licence) for licence in part["licenses"])
        assert all(source["title"] for source in part["sources"])
        for listed in (*part["licenses"], *part["sources"]):
            assert listed.get("path", "https://").startswith(("https://", "http://"))
    for resource in package["resources"]:
        check_resource(folder, resource)
    return package


def check_resource(folder, resource):
    assert NAME.fullmatch(resource["name"])
    path = Path(resource["path"])
    assert not path.is_absolute()
    assert ".." not in path.parts
    file = folder / path
    assert (resource["type"], resource["profile"]) == ("table", "tabular-data-resource")
    assert (resource["format"], resource["mediatype"], resource["encoding"]) == ("csv", "text/csv", "utf-8")
    assert resource["bytes"] == file.stat().st_size
    assert resource["hash"] == "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()
    schema = resource["schema"]
    fields = schema["fields"]
    header, *lines = read_csv(file)
    assert [field["name"] for field in fields] == header
    assert schema["missingValues"] == [""]
    for i, field in enumerate(fields):
        limits = field.get("constraints", {})
        cells = [line[i] for line in lines]
        filled = [TYPES[field["type"]](cell) for cell in cells if cell]
        assert not limits.get("required") or len(filled) == len(cells)
        assert "enum" not in limits or set(filled) <= set(limits["enum"])
        assert "minimum" not in limits or min(filled, default=limits["minimum"]) >= limits["minimum"]
        assert "maximum" not in limits or max(filled, default=limits["maximum"]) <= limits["maximum"]
    key = [header.index(name) for name in schema.get("primaryKey", [])]
    if key:
        keys = [tuple(line[i] for i in key) for line in lines]
        assert len(set(keys)) == len(keys)
        assert all(cell for line in keys for cell in line)


@pytest.mark.slow
def test_a_data_package_of_all_tables_fits_the_specification(snapshot, tmp_path):
    export_tables(snapshot, "all", "frictionless", tmp_path / "package")
    package = check_package(tmp_path / "package")
    assert {r["name"].replace("-", "_") for r in package["resources"]} == set(snapshot.manifest.tables)


def test_a_data_package_of_one_table_fits_the_specification(snapshot, tmp_path):
    files = export_tables(snapshot, "governance", "frictionless", tmp_path / "package")
    assert files["governance"].path == tmp_path / "package" / "data" / "governance.csv"
    (resource,) = check_package(tmp_path / "package")["resources"]
    assert resource["schema"]["primaryKey"] == ["country", "year"]
    (year,) = [field for field in resource["schema"]["fields"] if field["name"] == "year"]
    assert (year["type"], year["constraints"]) == ("integer", {"required": True})


def test_a_key_with_empty_parts_is_no_primary_key_of_a_package(snapshot, tmp_path):
    export_tables(snapshot, "material_intensities", "frictionless", tmp_path / "package")
    (resource,) = check_package(tmp_path / "package")["resources"]
    assert "primaryKey" not in resource["schema"]


def test_every_column_of_the_release_is_described_with_its_unit(snapshot):
    lacking = [
        f"{table}.{column.name}"
        for table in snapshot.manifest.tables
        for column in list_columns(snapshot, table)
        if not column.description or (column.name.endswith("_gross_t") and column.unit != "t")
    ]
    assert lacking == []


# SDMX-CSV


def test_sdmx_has_a_line_an_observation_with_time_unit_and_status(snapshot, tmp_path):
    where = "material = 'gallium' AND year = 2024 AND country = 'CHN'"
    export_tables(snapshot, "production", "sdmx", tmp_path / "p.csv", where=where)
    header, *lines = read_csv(tmp_path / "p.csv")
    assert header[:9] == [
        "STRUCTURE", "STRUCTURE_ID", "ACTION", "MATERIAL", "STAGE", "COUNTRY", "MEASURE", "TIME_PERIOD", "OBS_VALUE",
    ]  # fmt: skip
    row = dict(zip(header, lines[0], strict=True))
    assert row["STRUCTURE"] == "dataflow"
    assert row["STRUCTURE_ID"] == "MONAZITE:PRODUCTION(2026.1.0)"
    assert (row["ACTION"], row["MEASURE"], row["TIME_PERIOD"]) == ("I", "PRODUCTION_T", "2024")
    assert (float(row["OBS_VALUE"]), row["UNIT_MEASURE"]) == (974, "t")  # World Mining Data: 974 t


def test_sdmx_keeps_a_missing_value_as_an_observation_with_its_status(snapshot, tmp_path):
    where = "product_code = 284690 AND year = 2024 AND exporter = 'TUR' AND importer = 'BEN'"
    export_tables(snapshot, "trade", "sdmx", tmp_path / "t.csv", where=where)
    header, *lines = read_csv(tmp_path / "t.csv")
    found = {line[header.index("MEASURE")]: line for line in lines}
    assert set(found) == {"VALUE_USD", "QUANTITY_GROSS_T"}
    assert found["QUANTITY_GROSS_T"][header.index("OBS_VALUE")] == ""
    assert found["QUANTITY_GROSS_T"][header.index("OBS_STATUS")] == "O"


def test_a_table_without_a_number_says_that_its_rows_are_there():
    columns = [Column(name="country", type="string"), Column(name="note", type="string")]
    layout = arrange_columns(columns, ["country"])
    (line,) = write_observations(layout, "MONAZITE:X(1.0.0)", [("CHN", "a quota")])
    assert dict(zip(write_header(layout), line, strict=True))["OBS_VALUE"] == 1


@given(
    values=st.lists(
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=4
    )
)
def test_sdmx_writes_every_cell_once_and_as_wide_as_its_header(values):
    columns = [Column(name="country", type="string"), Column(name="year", type="integer")] + [
        Column(name=f"m{i}_t", type="number", unit="t") for i in range(len(values))
    ]
    layout = arrange_columns(columns, ["country", "year"])
    header = write_header(layout)
    lines = list(write_observations(layout, "MONAZITE:X(1.0.0)", [("CHN", 2020, *values)]))
    assert [line[header.index("OBS_VALUE")] for line in lines] == values
    assert {len(line) for line in lines} == {len(header)}


# Files


def test_an_older_file_stays_unless_it_is_to_be_replaced(snapshot, tmp_path):
    out = tmp_path / "t.csv"
    out.write_text("mine")
    with pytest.raises(DataError) as caught:
        export_tables(snapshot, "trade_by_form", "csv", out)
    assert (
        str(caught.value) == f"{out}: exists.\n  fix:      add --overwrite, or name another path with --out"
    )
    assert out.read_text() == "mine"
    export_tables(snapshot, "trade_by_form", "csv", out, overwrite=True)
    assert out.read_text().startswith("material,")


def test_a_folder_with_other_files_is_never_replaced(snapshot, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.docx").write_text("mine")
    with pytest.raises(DataError, match=r"thesis\.docx"):
        export_tables(snapshot, "governance", "frictionless", tmp_path / "folder", overwrite=True)
    assert (tmp_path / "folder" / "thesis.docx").read_text() == "mine"


def test_an_older_package_is_replaced_whole(snapshot, tmp_path):
    out = tmp_path / "package"
    export_tables(snapshot, "governance", "frictionless", out)
    export_tables(snapshot, "trade_by_form", "frictionless", out, overwrite=True)
    assert [path.name for path in (out / "data").iterdir()] == ["trade_by_form.csv"]


def test_an_export_that_breaks_leaves_the_old_file_and_nothing_else(snapshot, tmp_path):
    out = tmp_path / "t.csv"
    out.write_text("mine")

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_tables(snapshot, "governance", "csv", out, overwrite=True, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    assert out.read_text() == "mine"


def test_a_path_of_the_wrong_sort_or_without_a_parent_is_refused(snapshot, tmp_path):
    with pytest.raises(DataError, match="is a folder"):
        export_tables(snapshot, "governance", "csv", tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        export_tables(snapshot, "governance", "csv", tmp_path / "no" / "t.csv")


def test_a_condition_that_is_no_condition_is_refused(snapshot, tmp_path):
    for where in ("year ===", "1=1) UNION SELECT (1", "nobody = 1", "true); DROP TABLE trade; --"):
        with pytest.raises(SnapshotError, match="is no SQL condition"):
            export_tables(snapshot, "governance", "csv", tmp_path / "t.csv", where=where)
    with pytest.raises(DataError, match="is for one table"):
        export_tables(snapshot, "all", "csv", tmp_path / "all", where="year = 2024")
    assert list(tmp_path.iterdir()) == []


def test_progress_ends_at_the_number_of_rows(snapshot, tmp_path):
    seen = []
    export_tables(
        snapshot,
        "governance",
        "sdmx",
        tmp_path / "g.csv",
        progress=lambda done, total: seen.append((done, total)),
    )
    rows = snapshot.manifest.tables["governance"].rows
    assert seen[-1] == (rows, rows)


def test_the_command_says_what_it_wrote(tmp_path, capsys):
    out = tmp_path / "g.csv"
    app(
        ["export", "governance", "--out", str(out), "--where", "country = 'CHN'", "--json"],
        result_action="return_value",
    )
    (record,) = json.loads(capsys.readouterr().out)["records"]
    lines = read_csv(out)
    assert (record["table"], record["file"], record["value"]) == ("governance", str(out), len(lines) - 1)
    assert record["bytes"] == out.stat().st_size


def test_a_folder_keeps_whatever_has_no_name_of_an_export(snapshot, tmp_path):
    for name in ("my.csv", "data/my.parquet", "datapackage.json", "data/sub/production.csv"):
        out = tmp_path / name.replace("/", "-")
        (out / name).parent.mkdir(parents=True)
        (out / name).write_text('{"name": "thesis"}')
        with pytest.raises(DataError, match="holds files that no export wrote"):
            export_tables(snapshot, "governance", "frictionless", out, overwrite=True)
        assert (out / name).read_text() == '{"name": "thesis"}'


def test_a_device_or_a_pipe_is_never_replaced(snapshot, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(DataError, match="is a device or a pipe"):
        export_tables(snapshot, "governance", "csv", pipe, overwrite=True)
    assert pipe.is_fifo()


def test_a_link_stays_and_its_file_is_written(snapshot, tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    export_tables(snapshot, "trade_by_form", "csv", tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert len(read_csv(tmp_path / "real.csv")) == 3  # the header and two rows


def test_the_folder_one_stands_in_can_be_the_target(snapshot, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    for table in ("trade_by_form", "governance"):
        export_tables(snapshot, table, "frictionless", Path(), overwrite=True)
        assert [path.name for path in Path("data").iterdir()] == [f"{table}.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_rows_are_counted_as_they_are_written_not_before(snapshot, tmp_path):
    for kind in ("csv", "parquet", "sdmx"):
        out = tmp_path / f"t.{kind}"
        written = export_tables(snapshot, "governance", kind, out, where="random() < 0.5")["governance"]
        if kind == "parquet":
            with duckdb.connect() as connection:
                found = connection.execute(f"SELECT count(*) FROM read_parquet('{out}')").fetchone()[0]
        else:
            header, *lines = read_csv(out)
            keys = [
                header.index(name) for name in header if name in ("country", "year", "COUNTRY", "TIME_PERIOD")
            ]
            found = len({tuple(line[i] for i in keys) for line in lines})
        assert written.rows == found


def test_a_large_table_is_copied_with_its_types_and_its_condition(snapshot, tmp_path, monkeypatch):
    where = "year = 2024 AND exporter IN (SELECT country FROM production WHERE material = 'gallium')"
    kept = save_parquet(snapshot, "trade", tmp_path / "small.parquet", where)
    monkeypatch.setattr("monazite.snapshot.rows.is_large", lambda entry: True)
    assert save_parquet(snapshot, "trade", tmp_path / "large.parquet", where) == kept > 0
    with duckdb.connect() as connection:
        small, large = (
            connection.execute(f"SELECT * FROM '{tmp_path / name}.parquet' ORDER BY ALL").fetchnumpy()
            for name in ("small", "large")
        )
    assert {name: column.dtype for name, column in small.items()} == {n: c.dtype for n, c in large.items()}
    assert all(np.ma.allequal(small[name], large[name]) for name in small)
