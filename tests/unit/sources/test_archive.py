"""No zip from outside may do harm: names, sizes, ratios and damage are checked before anything is unpacked."""

import random
import stat
import struct
import zipfile

import pytest

from monazite.errors import SourceError
from monazite.sources import archive as archive_module
from monazite.sources.archive import list_members, stream_member


def write_zip(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_members_are_listed_without_folders(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("x/", ""), ("x/a.csv", "1"), ("b.csv", "2")])
    assert list(list_members(path)) == ["x/a.csv", "b.csv"]


def test_a_member_is_unpacked_whole(tmp_path):
    content = random.Random(1).randbytes(2_500_000)
    path = write_zip(tmp_path / "a.zip", [("a.csv", content)])
    assert b"".join(stream_member(path, list_members(path)["a.csv"])) == content


def test_every_path_outside_the_folder_is_named_at_once(tmp_path):
    names = ["../a.csv", "/etc/b.csv", "C:\\c.csv", "x/../../d.csv", "..\\e.csv"]
    path = write_zip(tmp_path / "a.zip", [(name, "1") for name in names])
    with pytest.raises(SourceError) as caught:
        list_members(path)
    assert str(caught.value) == (
        "a.zip: is no zip that can be unpacked safely.\n"
        "  which:    ../a.csv: would be written outside its folder\n"
        "            /etc/b.csv: would be written outside its folder\n"
        "            C:\\c.csv: would be written outside its folder\n"
        "            x/../../d.csv: would be written outside its folder\n"
        "            ..\\e.csv: would be written outside its folder\n"
        "  fix:      fetch the publisher's file"
    )


def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked(tmp_path):
    path = write_zip(tmp_path / "bomb.zip", [("a.csv", b"0" * 20_000_000)])
    with pytest.raises(SourceError, match=r"a.csv: unpacks to \d,?\d+ times its length: a zip bomb"):
        list_members(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_packed_otherwise_than_by_deflate_is_refused(tmp_path, method):
    path = write_zip(tmp_path / "a.zip", [("a.csv", "1")], method)
    with pytest.raises(SourceError, match="a.csv: is packed otherwise than by deflate"):
        list_members(path)


def test_a_zip_is_refused_by_the_length_of_one_member_and_of_all(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "MAX_MEMBER_BYTES", 100)
    monkeypatch.setattr(archive_module, "MAX_TOTAL_BYTES", 150)
    path = write_zip(tmp_path / "a.zip", [("a.csv", "0" * 101), ("b.csv", "0" * 60)], zipfile.ZIP_STORED)
    with pytest.raises(SourceError) as caught:
        list_members(path)
    assert caught.value.which == (
        "a.csv: unpacks to 101 bytes, more than 100", "all together: unpacks to 161 bytes, more than 150",
    )  # fmt: skip


def test_a_member_that_unpacks_to_more_than_it_says_stops_at_what_it_says(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("a.csv", b"7" * 5000)])
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.index(mark) + offset
        content[place : place + 4] = struct.pack("<I", 10)
    path.write_bytes(content)
    with pytest.raises(SourceError, match="is no whole zip file"):
        list(stream_member(path, list_members(path)["a.csv"]))


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_zip_is_refused(tmp_path, share):
    path = write_zip(tmp_path / "a.zip", [("a.csv", bytes(range(256)) * 100)])
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(SourceError, match=r"a.zip: is no whole zip file(.|\n)*fix: +fetch it again"):
        list_members(path)


def test_a_damaged_member_is_refused_by_its_checksum(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("a.csv", b"1234567890" * 100)], zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"a.zip, a.csv: is no whole zip file: Bad CRC-32"):
        list(stream_member(path, list_members(path)["a.csv"]))


def test_links_and_members_that_stand_twice_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("b.csv", "1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("b.csv", "2")
    with pytest.raises(SourceError) as caught:
        list_members(path)
    assert caught.value.which == ("link: is a link", "b.csv: stands twice")


def test_an_encrypted_member_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("a.csv", "1")])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(SourceError, match="a.csv: is encrypted"):
        list_members(path)


def test_a_file_that_is_no_zip_or_is_not_there_is_refused(tmp_path):
    (tmp_path / "a.zip").write_text("t,i,j,k,v,q", encoding="utf-8")
    with pytest.raises(SourceError, match="is no whole zip file: File is not a zip file"):
        list_members(tmp_path / "a.zip")
    with pytest.raises(SourceError, match="b.zip: does not exist"):
        list_members(tmp_path / "b.zip")
