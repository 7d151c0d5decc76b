"""A release opens only if every byte is as released."""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

from monazite.errors import SnapshotError
from monazite.provenance import hash_file
from monazite.snapshot import open_snapshot, read_origins

pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO trade SELECT * FROM trade",
        "CREATE OR REPLACE VIEW production AS SELECT 1",
        "SELECT 1; COPY (SELECT 1) TO 'x.csv'",
    ],
)
def test_a_query_is_one_select(sql):
    with pytest.raises(SnapshotError, match="is not one SELECT"):
        open_snapshot().query(sql)


def test_a_condition_cannot_carry_a_second_statement(copy):
    where = f"year = 2024 LIMIT 1; COPY (SELECT 1) TO '{copy}/governance.parquet'; SELECT 1 LIMIT $limit --"
    with pytest.raises(SnapshotError, match="is no SQL condition"):
        open_snapshot(copy).show("production", where)
    assert open_snapshot(copy).manifest.release == "2026.1"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda m: m["tables"].update({"x AS SELECT 1; --": m["tables"]["trade"]}), "tables"),
        (lambda m: m["tables"]["trade"].update(file="../trade.parquet"), "tables.trade.file"),
        (lambda m: m["tables"]["trade"].update(file="p'); COPY (SELECT 1) TO 'x'; --"), "tables.trade.file"),
        (lambda m: m["tables"]["trade"].update(rows=-5), "tables.trade.rows"),
        (lambda m: m["tables"]["trade"].update(rows=2**63), "tables.trade.rows"),
        (lambda m: m.update(excluded={"usgs: x": 10**400}), "excluded.usgs: x"),
        (lambda m: m["tables"]["trade"].update(primary_key=["year; --"]), "tables.trade.primary_key"),
    ],
)
def test_a_manifest_with_names_that_are_no_names_is_refused(copy, change, place):
    content = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    change(content)
    (copy / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SnapshotError, match=f"is not the manifest of a release(.|\n)*{place}"):
        open_snapshot(copy)


def test_a_manifest_without_a_needed_table_or_with_an_unknown_source_is_refused(copy):
    content = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    del content["tables"]["governance"]
    content["tables"]["trade"]["source_ids"] = ["nobody"]
    (copy / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SnapshotError, match="no table governance, no origin sheet for nobody"):
        open_snapshot(copy)


def test_a_file_that_is_no_parquet_is_refused_even_with_its_right_hash(copy):
    (copy / "governance.parquet").write_bytes(b"not parquet")
    content = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    content["tables"]["governance"] |= {"bytes": 11, "sha256": hashlib.sha256(b"not parquet").hexdigest()}
    (copy / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SnapshotError, match="governance.parquet: is no Parquet file"):
        open_snapshot(copy)


@pytest.mark.parametrize("path", ["~nosuchuser/x", "x" * 5000])
def test_a_path_that_cannot_be_looked_up_is_refused(path):
    with pytest.raises(SnapshotError, match="is no release"):
        open_snapshot(path)


def test_a_primary_key_that_names_no_column_is_refused(copy):
    content = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    content["tables"]["conflicts"]["primary_key"] = ["material", "month"]
    (copy / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(
        SnapshotError,
        match=r"other columns than this version reads(.|\n)*conflicts, primary key: no column month",
    ):
        open_snapshot(copy)


def test_a_needed_table_with_other_columns_is_refused(copy):
    file = copy / "governance.parquet"
    rows = f"SELECT country, year::VARCHAR AS year, source_id FROM '{copy}/old.parquet'"
    file.rename(copy / "old.parquet")
    duckdb.sql(f"COPY ({rows}) TO '{file}' (FORMAT parquet)")
    content = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    content["tables"]["governance"] |= {"sha256": hash_file(file), "bytes": file.stat().st_size}
    (copy / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SnapshotError) as caught:
        open_snapshot(copy)
    assert caught.value.which == (
        "governance: no column political_stability", "governance, year: VARCHAR instead of number",
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices")
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_file_that_is_a_pipe_or_a_device_does_not_stop_the_program(copy, kind):
    file = copy / "governance.parquet"
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("/dev/zero")
    content = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    content["tables"]["governance"]["bytes"] = 0
    (copy / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"governance.parquet: no file"):
        open_snapshot(copy)


def test_a_condition_cannot_bring_rows_that_the_table_has_not():
    where = "false) UNION ALL SELECT * REPLACE ('XXX' AS country) FROM governance ORDER BY country LIMIT $limit --"
    with pytest.raises(SnapshotError, match="is no SQL condition"):
        open_snapshot().show("governance", where=where)


def test_a_table_may_have_a_word_of_sql_for_a_name(copy):
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["tables"]["select"] = manifest["tables"].pop("searches")
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert len(open_snapshot(copy).show("select", limit=2)["material"]) == 2
    with pytest.raises(SnapshotError, match="a condition on"):
        open_snapshot(copy).show("select", where="nobody = 1")


def test_more_rows_than_sql_can_count_are_refused_as_a_limit():
    with pytest.raises(SnapshotError, match=r"^table trade, limit: is 99999999999999999999\."):
        open_snapshot().show("trade", limit=99999999999999999999)


def test_missing_text_is_none_and_a_missing_number_nan():
    found = open_snapshot().query("SELECT * FROM (VALUES ('a', 1.5), (NULL, NULL)) AS t(word, number)")
    assert found["word"].tolist() == ["a", None]
    assert np.isnan(found["number"]).tolist() == [False, True]
