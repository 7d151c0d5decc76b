"""Zip files from outside: nothing is unpacked before names, sizes and ratios are known to be harmless."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from monazite.errors import SourceError

MAX_RATIO = 200.0
"""Unpacked over packed length above which a member is taken for a bomb; BACI packs 5 to 10 times. Ours."""
MAX_MEMBER_BYTES = 8 * 2**30
"""A BACI year is 0.3 GB."""
MAX_TOTAL_BYTES = 128 * 2**30
"""30 years of BACI are 10 GB."""
BLOCK = 2**20
ENCRYPTED = 0x1
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Ways of packing that are unpacked; publishers use no other, and the others take more memory."""


def list_members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """
    List the files in a zip by name, and refuse a zip that could do harm.

    Parameters
    ----------
    path : Path
        The zip file.

    Returns
    -------
    dict of str to ZipInfo
        By full name; folders are left out.

    Raises
    ------
    SourceError
        Once, with every member that would land outside its folder, is a link, is encrypted, stands twice, is
        packed otherwise than by deflate, or unpacks to too much; or if the file is missing, no zip, or cut off.
    """
    if not path.is_file():
        raise SourceError(path.name, "does not exist.", expected="a zip file", fix="check the path")
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _broken(path.name, error) from error
    problems = [f"{info.filename}: {problem}" for info in infos for problem in _member_problems(info)]
    names = [info.filename for info in infos]
    problems += [f"{name}: stands twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL_BYTES:
        problems.append(f"all together: unpacks to {total:,} bytes, more than {MAX_TOTAL_BYTES:,}")
    if problems:
        raise SourceError(
            path.name,
            "is no zip that can be unpacked safely.",
            which=problems,
            fix="fetch the publisher's file",
        )
    return {info.filename: info for info in infos}


def stream_member(path: Path, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """
    Unpack one member block by block; its checksum is compared at the end.

    Yields
    ------
    bytes
        At most 1 MiB.

    Raises
    ------
    SourceError
        If the zip is cut off or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(info) as member:
            while block := member.read(BLOCK):
                yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _broken(f"{path.name}, {info.filename}", error) from error


def _member_problems(info: zipfile.ZipInfo) -> Iterator[str]:
    name = info.filename
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    if posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        yield "would be written outside its folder"
    if stat.S_ISLNK(info.external_attr >> 16):
        yield "is a link"
    if info.flag_bits & ENCRYPTED:
        yield "is encrypted"
    if info.compress_type not in METHODS:
        yield "is packed otherwise than by deflate"
    if info.file_size > MAX_MEMBER_BYTES:
        yield f"unpacks to {info.file_size:,} bytes, more than {MAX_MEMBER_BYTES:,}"
    if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > BLOCK:
        yield f"unpacks to {info.file_size / max(info.compress_size, 1):,.0f} times its length: a zip bomb"


def _broken(where: str, error: Exception) -> SourceError:
    return SourceError(
        where, f"is no whole zip file: {error}.", expected="the publisher's zip, to its last byte",
        fix="fetch it again",
    )  # fmt: skip
