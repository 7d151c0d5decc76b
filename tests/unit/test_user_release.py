"""A table of several files, large tables that stay in their files, and releases found by name."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from monazite.errors import SnapshotError
from monazite.provenance import hash_file
from monazite.snapshot import TABLES, open_snapshot, read_manifest, releases_folder
from monazite.snapshot import folder as folder_module
from monazite.snapshot.folder import VERIFIED, list_releases

pytestmark = pytest.mark.slow


@pytest.fixture
def split(tmp_path):
    """The four needed tables of the embedded release, governance in two files: until 2010, and from 2011 on."""
    path = Path(shutil.copytree(open_snapshot("2026.1").path, tmp_path / "split"))
    content = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    for name in set(content["tables"]) - set(TABLES):
        (path / content["tables"].pop(name)["file"]).unlink()
    parts = []
    for name, condition in (("governance_old", "year <= 2010"), ("governance_new", "year > 2010")):
        file = path / f"{name}.parquet"
        duckdb.sql(f"COPY (SELECT * FROM '{path}/governance.parquet' WHERE {condition}) TO '{file}'")
        parts.append({"file": file.name, "sha256": hash_file(file), "bytes": file.stat().st_size})
    (path / "governance.parquet").unlink()
    content["tables"]["governance"] |= parts[0] | {"parts": parts[1:]}
    (path / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def small_limit(monkeypatch):
    """Every table above 20 kB counts as large: governance in two files, production, trade."""
    monkeypatch.setattr(folder_module, "LARGE_BYTES", 20_000)


def count(data, table="governance"):
    return int(data.query(f"SELECT count(*) AS n FROM {table}")["n"][0])


def test_a_table_of_two_files_is_one_table(split):
    assert count(open_snapshot(split)) == read_manifest(split).tables["governance"].rows


def test_the_hash_of_a_release_without_parts_does_not_depend_on_the_fields_for_them():
    manifest = open_snapshot("2026.1").manifest
    plain = json.loads(manifest.model_dump_json(exclude_defaults=True))
    assert set(plain) == {"release", "built_from", "tables", "excluded", "corrections", "reads"}


def test_a_large_table_stays_in_its_files_and_gives_the_same_rows(split, small_limit):
    data = open_snapshot(split)
    kinds = duckdb.DuckDBPyConnection.execute(
        data.connection, "SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1"
    ).fetchall()
    assert kinds == [("governance",), ("production",), ("trade",)]
    first = data.show("governance", "country = 'CHN'", 3)
    assert first["year"].tolist() == [1996, 1998, 2000]
    assert count(data) == read_manifest(split).tables["governance"].rows


def test_beside_its_own_files_a_release_of_files_reaches_nothing(split, small_limit, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n", encoding="utf-8")
    data = open_snapshot(split)
    with pytest.raises(SnapshotError, match="is no SQL condition"):
        data.show("trade", f"year IN (SELECT a FROM read_csv('{other}'))")
    with pytest.raises(duckdb.Error, match=r"(?i)permission|disabled|access"):
        data.query(f"SELECT * FROM read_csv('{other}')")


def test_a_large_file_is_hashed_once_and_again_when_it_changes(split, small_limit, monkeypatch):
    hashed = []

    def note(file):
        hashed.append(file.name)
        return hash_file(file)

    monkeypatch.setattr(folder_module, "hash_file", note)
    large = ["governance_new.parquet", "governance_old.parquet", "production.parquet", "trade.parquet"]
    open_snapshot(split)
    assert sorted(hashed) == sorted([*large, "trade_by_form.parquet"])
    hashed.clear()
    open_snapshot(split)
    assert hashed == ["trade_by_form.parquet"]
    hashed.clear()
    open_snapshot(split, is_full_check=True)
    assert sorted(hashed) == sorted([*large, "trade_by_form.parquet"])


def test_a_changed_byte_in_a_large_file_makes_opening_fail(split, small_limit):
    open_snapshot(split)
    file = split / "governance_new.parquet"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    with pytest.raises(
        SnapshotError, match=r"1 of 5 files (.|\n)*governance_new.parquet: its sha256 is another"
    ):
        open_snapshot(split)


def test_a_broken_list_of_hashed_files_means_that_all_are_hashed_again(split, small_limit):
    (split / VERIFIED).write_text("{", encoding="utf-8")
    open_snapshot(split)
    assert set(json.loads((split / VERIFIED).read_text(encoding="utf-8"))) == {
        "governance_new.parquet", "governance_old.parquet", "production.parquet", "trade.parquet",
    }  # fmt: skip


def test_nothing_is_written_into_the_embedded_release(small_limit):
    data = open_snapshot("2026.1")
    assert not (data.path / VERIFIED).exists()


def test_a_release_is_found_by_its_name(split, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.platform", "linux")
    releases_folder().mkdir(parents=True)
    split.rename(releases_folder() / "mine")
    assert open_snapshot("mine").path == tmp_path / "home" / "monazite" / "releases" / "mine"
    assert list_releases() == ("2026.1", "mine")
    monkeypatch.setenv("MONAZITE_DATA", "mine")
    assert open_snapshot().path.name == "mine"
    with pytest.raises(SnapshotError, match="'2026.1', 'mine', or a folder with manifest.json"):
        open_snapshot("yours")
