"""A release opens only if every byte is as released."""

import shutil
from pathlib import Path

import duckdb
import pytest

from monazite.errors import SnapshotError
from monazite.snapshot import open_snapshot, read_origins


@pytest.fixture(scope="module")
def release():
    return open_snapshot().path


@pytest.fixture
def copy(release, tmp_path):
    return Path(shutil.copytree(release, tmp_path / "release"))


def test_the_embedded_release_opens_and_every_source_has_an_origin_sheet():
    data = open_snapshot("2026.1")
    named = {source for entry in data.manifest.tables.values() for source in entry.source_ids}
    assert named <= set(read_origins())


def test_one_flipped_byte_makes_opening_fail(copy):
    file = copy / "governance.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(SnapshotError, match=r"governance.parquet: its sha256 is another one"):
        open_snapshot(copy)


def test_a_truncated_and_a_missing_file_are_named_together(copy):
    (copy / "trade.parquet").write_bytes((copy / "trade.parquet").read_bytes()[:1000])
    (copy / "production.parquet").unlink()
    with pytest.raises(SnapshotError) as caught:
        open_snapshot(copy)
    assert "production.parquet: missing" in str(caught.value)
    assert "trade.parquet: 1000 bytes instead of" in str(caught.value)


def test_a_broken_manifest_is_refused(copy):
    (copy / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(SnapshotError, match="is not the manifest of a release"):
        open_snapshot(copy)


def test_a_folder_without_a_release_says_what_is_expected(tmp_path):
    with pytest.raises(SnapshotError, match="or a folder with manifest.json"):
        open_snapshot(tmp_path)


def test_the_environment_names_the_release(copy, monkeypatch):
    monkeypatch.setenv("MONAZITE_DATA", str(copy))
    assert open_snapshot().path == copy


def test_an_unknown_table_offers_the_nearest():
    with pytest.raises(SnapshotError, match=r"did you mean trade"):
        open_snapshot().show("trad")


def test_a_condition_cannot_read_other_files():
    with pytest.raises(SnapshotError, match="is no SQL condition"):
        open_snapshot().show("trade", where="year IN (SELECT count(*) FROM read_text('/etc/hostname'))")


def test_tables_cannot_be_changed_through_a_query():
    with pytest.raises(duckdb.Error, match=r"is not an table|Only table"):
        open_snapshot().query("INSERT INTO trade SELECT * FROM trade")
