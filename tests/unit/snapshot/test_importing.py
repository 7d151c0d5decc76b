"""Imports into a user release: what gives way, what is kept, and that nothing is ever half done."""

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from monazite.errors import DataError, ModelError, SnapshotError, SourceError
from monazite.provenance import hash_file
from monazite.snapshot import commit, importing, open_snapshot, read_manifest
from monazite.snapshot import folder as folder_module
from monazite.snapshot.importing import import_files, locate_target
from monazite.snapshot.work import work_folder
from monazite.sources import baci_zip
from monazite.sources.registry import import_sources, plain_source

pytestmark = pytest.mark.slow

BACI = import_sources()["baci"]
SRC = Path(__file__).parents[3] / "src"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The user's releases lie in the test's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MONAZITE_DATA", raising=False)
    monkeypatch.setattr("sys.platform", "linux")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "releases" / "mine"


def hashes(path):
    """Every file of a release but the list of hashed files, with its hash."""
    return {file.name: hash_file(file) for file in path.iterdir() if file.name != "verified.json"}


def trade(path, where):
    found = open_snapshot(path).query(
        f"SELECT year, exporter, importer, quantity_gross_t AS t, quality FROM trade WHERE {where} ORDER BY ALL"
    )
    return [tuple(row) for row in zip(*(column.tolist() for column in found.values()), strict=True)]


# What an import does


def test_an_import_makes_a_release_that_has_all_of_its_base_and_the_new_rows(
    make_baci_zip, three_years, target
):
    manifest = import_files(BACI, [make_baci_zip(three_years)], target)
    base = open_snapshot("2026.1").manifest
    assert (manifest.release, manifest.base, manifest.base_sha256) == ("mine", "2026.1", base.sha256)
    assert manifest == read_manifest(target) == open_snapshot(target).manifest
    assert manifest.tables["trade"].rows == base.tables["trade"].rows + 9
    assert {name: entry for name, entry in manifest.tables.items() if name != "trade"} == {
        name: entry for name, entry in base.tables.items() if name != "trade"
    }
    assert [part.labels for part in manifest.tables["trade"].files] == [
        {}, *({"edition": "hs17", "year": year} for year in (2021, 2022, 2023)),
    ]  # fmt: skip


def test_a_quantity_that_breaks_from_both_neighbours_is_marked(make_baci_zip, three_years, target):
    manifest = import_files(BACI, [make_baci_zip(three_years)], target)
    assert trade(target, "edition = 'hs17' AND year = 2022") == [
        (2022, "CHN", "DEU", 200.0, "reported"),
        (2022, "CHN", "JPN", 20.0, "doubtful"),
        (2022, "CHN", "USA", 200.0, "reported"),
    ]
    assert [note for record in manifest.imports for note in record.notes] == [
        "hs17_2021: quantities not reviewed, the year before or after is missing",
        "hs17_2022: 1 quantities are doubtful",
        "hs17_2023: quantities not reviewed, the year before or after is missing",
    ]


def test_the_review_finds_neighbours_that_were_imported_before(make_baci_zip, three_years, target):
    import_files(BACI, [make_baci_zip({y: three_years[y] for y in (2021, 2023)})], target)
    manifest = import_files(BACI, [make_baci_zip({2022: three_years[2022]})], target)
    assert manifest.imports[-1].notes == ("hs17_2022: 1 quantities are doubtful",)


def test_every_import_keeps_the_origin_of_its_file(make_baci_zip, three_years, target):
    path = make_baci_zip(three_years)
    record = import_files(BACI, [path], target).imports[1]
    origin = record.origin
    assert (origin.source_id, origin.carrier, origin.sha256) == ("baci", path.name, hash_file(path))
    assert (origin.bytes, origin.date_published) == (path.stat().st_size, "V202601")
    assert (record.table, record.labels) == ("trade", {"edition": "hs17", "year": 2022})
    assert (record.rows, record.replaced_rows, record.excluded) == (3, 0, {})
    assert read_manifest(target).built_from[path.name] == hash_file(path)


def test_imported_rows_replace_those_of_the_base_for_the_same_edition_and_year(make_baci_zip, target):
    rows = ["2024,156,392,284690,1.0,0.5"]
    path = make_baci_zip({2024: rows}, edition="HS92", name="BACI_HS92_V202601.zip")
    data = open_snapshot("2026.1")
    sql = "SELECT count(*) AS n FROM trade WHERE edition = 'hs92' AND year = 2024"
    before = int(data.query(sql)["n"][0])
    manifest = import_files(BACI, [path], target)
    assert manifest.imports[0].replaced_rows == before > 1000
    assert trade(target, "year = 2024") == [(2024, "CHN", "JPN", 0.5, "reported")]
    assert manifest.tables["trade"].rows == data.manifest.tables["trade"].rows - before + 1


def test_a_second_import_adds_its_years_and_leaves_the_first(make_baci_zip, three_years, target):
    import_files(BACI, [make_baci_zip({2021: three_years[2021]})], target)
    first = hashes(target)
    import_files(BACI, [make_baci_zip({2023: three_years[2023]})], target)
    kept = {
        name: digest for name, digest in hashes(target).items() if name in first and name != "manifest.json"
    }
    assert set(first) - set(kept) == {"manifest.json"}
    assert len(trade(target, "edition = 'hs17'")) == 6


def test_what_was_imported_before_is_replaced_only_with_overwrite(make_baci_zip, three_years, target):
    import_files(BACI, [make_baci_zip({2021: three_years[2021], 2022: three_years[2022]})], target)
    before = hashes(target)
    again = make_baci_zip({2022: three_years[2022][:1], 2023: three_years[2023]})
    with pytest.raises(SnapshotError) as caught:
        import_files(BACI, [again], target)
    assert str(caught.value) == (
        "release mine: 1 parts were imported before.\n"
        "  which:    trade hs17, 2022, from BACI_HS17_V202601.zip\n"
        "  expected: parts that it does not have yet\n"
        "  fix:      use --overwrite, or import into another release"
    )
    assert hashes(target) == before
    manifest = import_files(BACI, [again], target, overwrite=True)
    assert [len(trade(target, f"edition = 'hs17' AND year = {year}")) for year in (2021, 2022, 2023)] == [
        3,
        1,
        3,
    ]
    assert [record.labels["year"] for record in manifest.imports] == [2021, 2022, 2023]
    assert {path.name for path in target.glob("*.parquet")} == {
        part.file for entry in manifest.tables.values() for part in entry.files
    }


def test_the_same_file_gives_the_same_bytes(make_baci_zip, three_years, target):
    path = make_baci_zip(three_years)
    import_files(BACI, [path], target)
    import_files(BACI, [path], target.with_name("mine2"))
    first, second = (
        {name: digest for name, digest in hashes(one).items() if name != "manifest.json"}
        for one in (target, target.with_name("mine2"))
    )
    assert first == second


def test_a_large_release_is_read_where_it_lies_and_its_files_count_as_hashed(
    make_baci_zip, three_years, target, monkeypatch
):
    monkeypatch.setattr(folder_module, "LARGE_BYTES", 1_000_000)
    import_files(BACI, [make_baci_zip(three_years)], target)
    hashed = []
    monkeypatch.setattr(folder_module, "check_file", lambda path, file: hashed.append(file.file) or "")
    assert len(trade(target, "edition = 'hs17'")) == 9
    assert "governance.parquet" in hashed
    assert not any(name.startswith(("trade.", "baci")) for name in hashed)


def test_progress_counts_writing_and_reviewing_of_every_part(make_baci_zip, three_years, target):
    steps = []
    import_files(
        BACI, [make_baci_zip(three_years)], target, progress=lambda done, total: steps.append((done, total))
    )
    assert steps == [(step, 6) for step in range(1, 7)]


# Nothing half done


def test_a_fault_in_any_year_leaves_no_release_and_names_all_years(make_baci_zip, three_years, target):
    bad = {2021: ["2021,156,392,284690,x,1.0"], 2022: three_years[2022], 2023: ["2023,1,392,284690,1.0,1.0"]}
    with pytest.raises(SourceError) as caught:
        import_files(BACI, [make_baci_zip(bad)], target)
    assert "2 files: cannot be imported." in str(caught.value)
    assert "BACI_HS17_Y2021_V202601.csv" in str(caught.value) and "'x' is no number" in str(caught.value)
    assert "BACI_HS17_Y2023_V202601.csv" in str(caught.value) and "1 is no country code" in str(caught.value)
    assert not target.exists()


def test_a_fault_leaves_the_old_release_untouched(make_baci_zip, three_years, target):
    import_files(BACI, [make_baci_zip(three_years)], target)
    before = hashes(target)
    with pytest.raises(SourceError):
        import_files(BACI, [make_baci_zip({2020: ["2020,156,392,284690,x,1.0"]})], target)
    assert hashes(target) == before


def test_a_year_with_a_header_and_no_rows_does_not_wipe_the_year_of_the_base(make_baci_zip, target):
    with pytest.raises(SourceError) as caught:
        import_files(BACI, [make_baci_zip({2024: []})], target)
    assert "has no rows, only a header" in str(caught.value)
    assert not target.exists()


def test_finished_years_are_not_read_again(make_baci_zip, three_years, target, monkeypatch):
    bad = three_years | {2023: ["2023,1,392,284690,1.0,1.0"]}
    path = make_baci_zip(bad)
    with pytest.raises(SourceError):
        import_files(BACI, [path], target)
    converted = []
    whole = baci_zip.convert_baci_year

    def note(source, goal, **options):
        converted.append(options["year"])
        whole(source, goal, **options)

    monkeypatch.setattr(baci_zip, "convert_baci_year", note)
    with pytest.raises(SourceError):
        import_files(BACI, [path], target)
    assert converted == [2023]


@pytest.mark.parametrize("name", ["convert_baci_year", "review_quantities"])
def test_a_full_disk_is_told_in_words_and_the_import_goes_on_later(
    make_baci_zip, three_years, target, monkeypatch, name
):
    first = make_baci_zip({2019: ["2019,156,392,284690,1.0,1.0"]})
    import_files(BACI, [first], target)
    before = hashes(target)
    path = make_baci_zip(three_years)

    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(baci_zip, name, fail)
        with pytest.raises(
            SnapshotError, match="the import stopped: the disk is full(.|\n)*run the same command"
        ):
            import_files(BACI, [path], target)
    assert hashes(target) == before
    import_files(BACI, [path], target)
    assert len(trade(target, "edition = 'hs17'")) == 10
    assert not work_folder(target).exists()


def test_a_full_disk_names_the_release_that_is_written_not_the_file_that_is_read(
    make_baci_zip, three_years, target, monkeypatch
):
    def fail(*arguments, **options):  # as shutil.copyfile does: filename is the file read, filename2 the copy
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "trade.parquet", None, "copy.parquet")

    monkeypatch.setattr(commit, "_bring", fail)
    with pytest.raises(SnapshotError) as caught:
        import_files(BACI, [make_baci_zip(three_years)], target)
    assert str(caught.value).startswith(f"{target}: the import stopped: the disk is full.")


@pytest.mark.parametrize("step", ["_bring", "replace_text"])
def test_a_full_disk_in_the_last_step_leaves_the_old_release(
    make_baci_zip, three_years, target, monkeypatch, step
):
    import_files(BACI, [make_baci_zip({2019: ["2019,156,392,284690,1.0,1.0"]})], target)
    before = hashes(target)

    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(commit, step, fail)
    for folder in (target, target.with_name("new")):
        with pytest.raises(SnapshotError, match="the disk is full"):
            import_files(BACI, [make_baci_zip(three_years)], folder)
    assert hashes(target) == before
    assert not target.with_name("new").exists()


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a tiny disk: Linux, as root")
def test_a_disk_that_really_fills_up(make_baci_zip, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk], capture_output=True
    ).returncode:
        pytest.skip("no right to mount")
    try:
        target = disk / "mine"
        import_files(BACI, [make_baci_zip({2019: ["2019,156,392,284690,1.0,1.0"]})], target)
        before = hashes(target)
        known = [code for code, name in enumerate(baci_zip.list_countries(2024)) if name]
        rows = [
            f"2024,{i},{j},{k},{i * j}.125,{i}.5" for i in known for j in known for k in ("010121", "284690")
        ]
        with pytest.raises(SnapshotError, match="the import stopped: the disk is full"):
            import_files(BACI, [make_baci_zip({2024: rows})], target)
        assert hashes(target) == before
    finally:
        subprocess.run(["umount", disk], check=True)


KILLED = """
import os, signal, sys
from pathlib import Path
from monazite.snapshot import commit, importing
from monazite.sources import baci_zip
from monazite.sources.registry import import_sources
module, name, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
owner = {"baci_zip": baci_zip, "commit": commit}[module]
whole, calls = getattr(owner, name), []
def die(*arguments, **options):
    calls.append(1)
    if len(calls) == times:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*arguments, **options)
setattr(owner, name, die)
importing.import_files(import_sources()["baci"], [Path(sys.argv[4])], Path(sys.argv[5]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize(
    ("module", "name", "times"),
    [
        ("baci_zip", "convert_baci_year", 3),
        ("baci_zip", "review_quantities", 1),
        ("commit", "_bring", 2),
        ("commit", "replace_text", 1),
        ("commit", "remove_strays", 1),
    ],
)
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "old"])
def test_a_killed_import_leaves_the_old_or_the_new_release_and_can_go_on(
    make_baci_zip, three_years, target, module, name, times, is_new
):
    if not is_new:
        import_files(BACI, [make_baci_zip({2019: ["2019,156,392,284690,1.0,1.0"]})], target)
    before = None if is_new else read_manifest(target).sha256
    path = make_baci_zip(three_years)
    code = subprocess.run(
        [sys.executable, "-c", KILLED, module, name, str(times), path, target],
        env=os.environ | {"PYTHONPATH": str(SRC)}, capture_output=True,
    )  # fmt: skip
    assert code.returncode == -signal.SIGKILL, code.stderr
    is_done = name == "remove_strays"  # killed after the manifest was replaced
    if is_done:
        assert open_snapshot(target).manifest.sha256 != before
    elif is_new:
        assert not (target / "manifest.json").exists()
    else:
        assert open_snapshot(target).manifest.sha256 == before
    assert locate_target(str(target)) == target
    import_files(BACI, [path], target, overwrite=is_done)
    assert len(trade(target, "edition = 'hs17'")) == (9 if is_new else 10)
    manifest = read_manifest(target)
    assert {one.name for one in target.glob("*.parquet")} == {
        part.file for entry in manifest.tables.values() for part in entry.files
    }
    assert not work_folder(target).exists()


def test_an_interrupt_in_duckdb_is_an_interrupt(make_baci_zip, three_years, target, monkeypatch):
    def stop(*arguments, **options):
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(baci_zip, "convert_baci_year", stop)
    with pytest.raises(KeyboardInterrupt):
        import_files(BACI, [make_baci_zip(three_years)], target)


def test_two_imports_at_once_get_a_clear_error(make_baci_zip, three_years, target):
    target.parent.mkdir()
    (target.parent / ".mine.lock.json").write_text(
        json.dumps({"process": 4711, "since": "2026-01-01T00:00:00+00:00"}), encoding="utf-8"
    )
    other = sqlite3.connect(target.parent / ".mine.lock", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SnapshotError) as caught:
        import_files(BACI, [make_baci_zip(three_years)], target)
    other.close()
    assert str(caught.value) == (
        "release mine: another import into it is running.\n"
        "  which:    process 4711, since 2026-01-01T00:00:00+00:00\n"
        "  expected: one import at a time\n"
        "  fix:      wait until it ends, or import into another release"
    )
    import_files(BACI, [make_baci_zip(three_years)], target)  # the other is gone


def test_work_of_another_version_or_of_another_file_is_not_used(make_baci_zip, three_years, target):
    bad = three_years | {2023: ["2023,1,392,284690,1.0,1.0"]}
    with pytest.raises(SourceError):
        import_files(BACI, [make_baci_zip(bad)], target)
    journal = work_folder(target) / "journal.json"
    content = json.loads(journal.read_text(encoding="utf-8"))
    assert [entry["rows"] for entry in content["finished"].values()] == [3, 3]
    journal.write_text(json.dumps(content | {"code_version": "0.0.1"}), encoding="utf-8")
    with pytest.raises(SourceError):
        import_files(BACI, [make_baci_zip({2023: bad[2023]})], target)
    assert list(work_folder(target).glob("*.parquet")) == []


def test_a_file_of_the_users_beside_the_release_is_never_removed(make_baci_zip, three_years, target):
    target.mkdir(parents=True)
    (target / "notes.parquet").write_bytes(b"mine")
    with pytest.raises(SnapshotError, match=r"is no release, and holds other files(.|\n)*notes.parquet"):
        locate_target(str(target))
    (target / "notes.parquet").unlink()
    import_files(BACI, [make_baci_zip({2021: three_years[2021]})], target)
    (target / "notes.parquet").write_bytes(b"mine")
    import_files(BACI, [make_baci_zip({2021: three_years[2021]})], target, overwrite=True)
    assert (target / "notes.parquet").read_bytes() == b"mine"


def test_a_broken_release_takes_no_import(make_baci_zip, three_years, target):
    import_files(BACI, [make_baci_zip({2021: three_years[2021]})], target)
    (target / "governance.parquet").unlink()
    with pytest.raises(
        SnapshotError, match="is not whole; nothing was imported(.|\n)*governance.parquet: missing"
    ):
        import_files(BACI, [make_baci_zip({2022: three_years[2022]})], target)


def test_a_zip_that_is_cut_off_and_one_that_is_not_there_are_named_together(
    make_baci_zip, three_years, target
):
    path = make_baci_zip(three_years)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(SourceError) as caught:
        import_files(BACI, [path, path.with_name("other.zip")], target)
    assert "BACI_HS17_V202601.zip: is no whole zip file" in str(caught.value)
    assert "other.zip: does not exist" in str(caught.value)
    assert not target.exists()


def test_two_files_with_the_same_year_are_refused(make_baci_zip, three_years, target, tmp_path):
    path = make_baci_zip({2021: three_years[2021]})
    copy = path.rename(tmp_path / "first.zip")
    path = make_baci_zip({2021: three_years[2021][:1]})
    with pytest.raises(SourceError, match=r"BACI_HS17_V202601.zip: holds hs17_2021, as first.zip does"):
        import_files(BACI, [copy, path], target)


# Where it goes


def test_without_a_name_it_goes_into_the_release_own_or_where_monazite_data_points(tmp_path, monkeypatch):
    assert locate_target(None) == tmp_path / "home" / "monazite" / "releases" / "own"
    assert locate_target("mine") == tmp_path / "home" / "monazite" / "releases" / "mine"
    assert locate_target(str(tmp_path / "x" / "mine")) == tmp_path / "x" / "mine"
    monkeypatch.setenv("MONAZITE_DATA", "mine")
    assert locate_target(None).name == "mine"


@pytest.mark.parametrize("into", ["2026.1", str(SRC / "monazite" / "data" / "release")])
def test_the_embedded_release_takes_no_import(into):
    with pytest.raises(SnapshotError, match="is the embedded release, which never changes"):
        locate_target(into)


# Readers that hand over a whole table


def governance(rows):
    names = ("country", "year", "political_stability", "political_stability_sd", "source_id")
    table = {name: np.array(column, dtype=object if name in ("country", "source_id") else None)
             for name, column in zip(names, zip(*rows, strict=True), strict=True)}  # fmt: skip
    return plain_source(
        "wgi", lambda path: table, source_id="wgi", file="wgi.csv", table="governance",
        primary_key=("country", "year"), replaces=("country", "year"),
    )  # fmt: skip


def test_a_plain_reader_replaces_row_by_row(target, tmp_path):
    file = tmp_path / "wgi.csv"
    file.write_text("1", encoding="utf-8")
    source = governance([("CHN", 2024, 0.5, 0.1, "wgi"), ("CHN", 2025, 0.6, 0.1, "wgi")])
    manifest = import_files(source, [file], target)
    sql = "SELECT year, political_stability AS s FROM governance WHERE country = 'CHN' AND year >= 2023 ORDER BY year"
    found = open_snapshot(target).query(sql)
    old = open_snapshot("2026.1").query(sql)
    assert found["year"].tolist() == [2023, 2024, 2025]
    assert found["s"].tolist() == [old["s"][0], 0.5, 0.6]
    assert manifest.imports[0].replaced_rows == 1
    assert (
        manifest.tables["governance"].rows == open_snapshot("2026.1").manifest.tables["governance"].rows + 1
    )
    with pytest.raises(SnapshotError, match="1 parts were imported before"):
        import_files(source, [file], target)
    again = import_files(source, [file], target, overwrite=True)
    assert again.imports[0].replaced_rows == 2
    assert again.tables["governance"].rows == manifest.tables["governance"].rows


def test_a_plain_reader_whose_keys_repeat_is_refused(target, tmp_path):
    file = tmp_path / "wgi.csv"
    file.write_text("1", encoding="utf-8")
    with pytest.raises(SourceError, match=r"wgi.csv: 1 keys stand twice(.|\n)*\('CHN', 2024\)"):
        import_files(governance([("CHN", 2024, 0.5, 0.1, "wgi")] * 2), [file], target)


def test_a_plain_reader_with_other_columns_than_the_table_is_refused(target, tmp_path):
    file = tmp_path / "wgi.csv"
    file.write_text("1", encoding="utf-8")
    table = {"country": np.array(["CHN"], dtype=object), "year": np.array([2024]),
             "source_id": np.array(["wgi"], dtype=object)}  # fmt: skip
    source = plain_source(
        "wgi", lambda path: table, source_id="wgi", file="wgi.csv", table="governance",
        primary_key=("country", "year"), replaces=("country", "year"),
    )  # fmt: skip
    with pytest.raises(DataError, match=r"has|have other columns(.|\n)*political_stability DOUBLE"):
        import_files(source, [file], target)
    assert not target.exists()


def test_what_a_reader_left_out_is_counted_in_the_manifest(target, tmp_path):
    file = tmp_path / "wgi.csv"
    file.write_text("1", encoding="utf-8")

    class Entry:
        where, reason, rows = "row 7", "no country", 2

    class Found:
        table = governance([("CHN", 2025, 0.5, 0.1, "wgi")]).open(file)[0]._read(file)
        excluded = (Entry(), Entry())
        notes = ()

    source = plain_source(
        "wgi", lambda path: Found(), source_id="wgi", file="wgi.csv", table="governance",
        primary_key=("country", "year"), replaces=("country",),
    )  # fmt: skip
    manifest = import_files(source, [file], target)
    assert manifest.imports[0].excluded == {"wgi.csv: no country": 4}
    assert open_snapshot(target).query("SELECT year FROM governance WHERE country = 'CHN'")[
        "year"
    ].tolist() == [2025]


def test_a_new_table_is_added(target, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("1", encoding="utf-8")
    table = {"material": np.array(["cobalt"], dtype=object), "source_id": np.array(["usgs"], dtype=object)}
    source = plain_source(
        "x", lambda path: table, source_id="usgs", file="x.csv", table="new_table",
        primary_key=("material",), replaces=("material",),
    )  # fmt: skip
    entry = import_files(source, [file], target).tables["new_table"]
    assert (entry.rows, entry.primary_key, entry.source_ids) == (1, ("material",), ("usgs",))


def test_a_source_cannot_replace_by_what_is_no_key():
    with pytest.raises(ModelError, match="replaces by columns that are no part of the primary key"):
        plain_source(
            "x", lambda path: {}, source_id="usgs", file="x", table="x", primary_key=("a",), replaces=("b",)
        )


@pytest.mark.slow
def test_a_release_of_30_years_is_listed_by_edition_and_year(make_baci_zip, target):
    years = {year: [f"{year},156,392,284690,1.0,1.0"] for year in range(1995, 2025)}
    path = make_baci_zip(years, edition="HS92", name="BACI_HS92_V202601.zip")
    manifest = import_files(BACI, [path], target)
    assert len(manifest.tables["trade"].files) == 30  # nothing is left of the base's file
    assert manifest.tables["trade"].rows == 30
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 32
    assert importing.read_manifest(target).sha256 == manifest.sha256
