"""An import touches its own files only: no link is followed, and no file of the user's is removed."""

import json
import os
import sqlite3
import sys

import pytest

from monazite.errors import SnapshotError, SourceError
from monazite.provenance import hash_file
from monazite.snapshot.importing import import_files, locate_target
from monazite.snapshot.stops import explain_stops
from monazite.snapshot.work import replace_text, work_folder
from monazite.sources.registry import import_sources

pytestmark = pytest.mark.slow

BACI = import_sources()["baci"]
ROW = "2021,156,392,284690,1.0,1.0"
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The user's releases lie in the test's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MONAZITE_DATA", raising=False)


@pytest.fixture
def target(tmp_path):
    (tmp_path / "releases").mkdir()
    return tmp_path / "releases" / "mine"


@needs_links
def test_a_link_in_the_place_of_the_work_folder_is_refused_and_what_it_points_to_stays(
    make_baci_zip, target, tmp_path
):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine", encoding="utf-8")
    work_folder(target).symlink_to(tmp_path / "thesis")
    with pytest.raises(SnapshotError, match=r"is not the work of an earlier one(.|\n)*it is a link"):
        import_files(BACI, [make_baci_zip({2021: [ROW]})], target)
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


@pytest.mark.parametrize("name", ["chapter.txt", "trade_0123456789ab.parquet", "scratch"])
def test_a_folder_of_the_users_in_the_place_of_the_work_folder_is_refused_and_stays(
    make_baci_zip, target, name
):
    work_folder(target).mkdir()
    (work_folder(target) / name).write_text("mine", encoding="utf-8")
    with pytest.raises(SnapshotError, match="is not the work of an earlier one"):
        import_files(BACI, [make_baci_zip({2021: [ROW]})], target)
    assert (work_folder(target) / name).read_text(encoding="utf-8") == "mine"
    assert not target.exists()


@needs_links
def test_text_is_never_written_through_a_link(tmp_path):
    (tmp_path / "other").write_text("mine", encoding="utf-8")
    (tmp_path / "manifest.json.draft").symlink_to(tmp_path / "other")
    replace_text(tmp_path / "manifest.json", "new")
    assert (tmp_path / "other").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "manifest.json").read_text(encoding="utf-8") == "new"


@needs_links
def test_the_note_of_who_imports_is_never_written_through_a_link(make_baci_zip, target, tmp_path):
    (tmp_path / "other").write_text("mine", encoding="utf-8")
    (target.parent / ".mine.lock.json").symlink_to(tmp_path / "other")
    import_files(BACI, [make_baci_zip({2021: [ROW]})], target)
    assert (tmp_path / "other").read_text(encoding="utf-8") == "mine"


def test_a_file_of_the_users_that_is_named_like_ours_stays(make_baci_zip, target):
    import_files(BACI, [make_baci_zip({2021: [ROW]})], target)
    own = target / "backup_0123456789ab.parquet"
    own.write_bytes(b"mine")
    import_files(BACI, [make_baci_zip({2021: [ROW]})], target, overwrite=True)
    assert own.read_bytes() == b"mine"


def test_another_file_under_the_name_of_a_new_one_stops_the_import(make_baci_zip, target):
    path = make_baci_zip({2021: [ROW]})
    manifest = import_files(BACI, [path], target.with_name("first"))
    name = manifest.tables["trade"].files[-1].file
    import_files(BACI, [make_baci_zip({2020: [ROW.replace("2021", "2020")]})], target)
    (target / name).write_bytes(b"mine")
    before = hash_file(target / "manifest.json")
    with pytest.raises(SnapshotError, match=f"{name}: is in the way"):
        import_files(BACI, [make_baci_zip({2021: [ROW]})], target)
    assert (target / name).read_bytes() == b"mine"
    assert hash_file(target / "manifest.json") == before


def test_a_failed_import_leaves_no_unpacked_file(make_baci_zip, target):
    with pytest.raises(SourceError):
        import_files(BACI, [make_baci_zip({2021: ["2021,1,392,284690,1.0,1.0"]})], target)
    assert [path.name for path in work_folder(target).iterdir()] == ["journal.json"]


def test_a_journal_cannot_name_a_file_outside_the_release(make_baci_zip, target):
    import_files(BACI, [make_baci_zip({2020: [ROW.replace("2021", "2020")]})], target)
    work_folder(target).mkdir()
    (target.parent / "other.parquet").write_bytes(b"mine")
    content = {"code_version": "1", "finished": {}, "announced": ["../other.parquet"]}
    (work_folder(target) / "journal.json").write_text(json.dumps(content), encoding="utf-8")
    import_files(BACI, [make_baci_zip({2021: [ROW]})], target)
    assert (target.parent / "other.parquet").read_bytes() == b"mine"


# Where it goes, and what stops it


@pytest.mark.parametrize(
    ("into", "text"),
    [
        ("{}/2026.1", "is the embedded release, which never changes"),
        ("{}/a\nb", "cannot be the name of a release"),
        ("{}/a\x1b[31m", "cannot be the name of a release"),
        ("{}/..", "cannot be the name of a release"),
        ("~nosuchuser", "is no folder: "),
        (os.devnull, "is no folder."),
    ],
)
def test_what_cannot_be_a_release_is_refused_before_anything_is_written(tmp_path, into, text):
    with pytest.raises(SnapshotError, match=text):
        locate_target(into.format(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_lock_is_told_and_stays(make_baci_zip, target):
    lock = target.parent / ".mine.lock"
    lock.write_bytes(b"no database, but a file of the user's " * 100)
    with pytest.raises(SnapshotError, match=r"cannot be locked: file is not a database"):
        import_files(BACI, [make_baci_zip({2021: [ROW]})], target)
    assert lock.read_bytes().startswith(b"no database")


def test_a_lock_that_cannot_be_opened_is_told(make_baci_zip, target):
    (target.parent / ".mine.lock").mkdir()
    with pytest.raises(SnapshotError, match=r"cannot be locked: unable to open database file"):
        import_files(BACI, [make_baci_zip({2021: [ROW]})], target)


def test_room_is_asked_for_only_where_the_disk_is_full(tmp_path):
    with pytest.raises(SnapshotError) as caught, explain_stops(tmp_path / "mine"):
        (tmp_path / ("x" * 300)).mkdir()
    assert str(caught.value) == (
        f"{tmp_path}/{'x' * 300}: the import stopped: File name too long; the release is untouched.\n"
        "  fix:      import into a folder with a shorter name"
    )


def test_the_lock_is_free_after_an_import(make_baci_zip, target):
    import_files(BACI, [make_baci_zip({2021: [ROW]})], target)
    with sqlite3.connect(target.parent / ".mine.lock", timeout=0, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
    other.close()
