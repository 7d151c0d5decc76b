"""A workbook is looked at before it is opened."""

import io
import zipfile

import pytest
from publisher_files import write_xlsx

from monazite.errors import SourceError
from monazite.sources.excel import read_workbook


def test_every_sheet_is_read_with_its_blank_rows_and_columns(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"One": [[None], [None, " text ", 2.5]], "Two": [["x"]]})
    assert read_workbook(path) == {"One": [[None, None, None], [None, "text", 2.5]], "Two": [["x"]]}


def test_the_one_workbook_in_a_zip_is_read(tmp_path):
    inner = write_xlsx(tmp_path / "a.xlsx", {"One": [["x"]]})
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(inner, "folder/a.xlsx")
    assert read_workbook(tmp_path / "a.zip") == {"One": [["x"]]}


@pytest.mark.parametrize("content", [b"", b"<html>not here</html>", b"PK\x03\x04 half of a zip"])
def test_a_file_that_is_no_zip_is_no_workbook(tmp_path, content):
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(SourceError, match=r"a\.xlsx: is no workbook"):
        read_workbook(tmp_path / "a.xlsx")


def test_a_zip_without_a_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(SourceError, match="is no workbook"):
        read_workbook(tmp_path / "a.xlsx")


def test_half_a_workbook_is_refused(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"One": [["x" * 50] * 50]})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceError, match="is no workbook"):
        read_workbook(path)


def test_a_workbook_with_a_flipped_byte_is_refused(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"One": [[f"cell {n}" for n in range(200)]]})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    content[part.header_offset + 30 + len(part.filename) + part.compress_size // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(SourceError, match="damaged|no workbook"):
        read_workbook(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"One": [["x"]]}, {"xl/media/bomb.xml": b"0" * (30 << 20)})
    with pytest.raises(SourceError, match=r"would unpack to 31,4.* bytes") as caught:
        read_workbook(path)
    assert "xl/media/bomb.xml" in caught.value.which[0]


def test_a_bomb_inside_the_zip_of_a_workbook_is_not_unpacked(tmp_path):
    inner = write_xlsx(tmp_path / "a.xlsx", {"One": [["x"]]}, {"xl/media/bomb.xml": b"0" * (30 << 20)})
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(inner, "a.xlsx")
    with pytest.raises(SourceError, match="would unpack"):
        read_workbook(tmp_path / "a.zip")


def test_a_workbook_over_the_limit_is_not_opened(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"One": [["x"] * 100]})
    with pytest.raises(SourceError, match="at most 100 bytes"):
        read_workbook(path, unpacked_limit=100)


def test_parts_outside_the_workbook_are_refused(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"One": [["x"]]}, {"../../etc/passwd": b"root"})
    with pytest.raises(SourceError, match="parts outside itself"):
        read_workbook(path)
