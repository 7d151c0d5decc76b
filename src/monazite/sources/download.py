"""Fetch a file from its publisher: retried, resumed, checked and put in place whole or not at all."""

import errno
import json
import os
import socket
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError, URLError

from monazite.errors import SourceError
from monazite.provenance import Download, hash_file
from monazite.sources.http import MOVED_TOO_OFTEN, RefusedAddress, open_url

ATTEMPTS = 6
OFFLINE_ATTEMPTS = 2
"""Attempts where the publisher's name or network cannot be found at all: waiting longer does not help."""
UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
TIMEOUT_S = 30.0
BLOCK = 1 << 18
RETRIED = (408, 425, 429, 500, 502, 503, 504)
PART = ".part"
STATE = ".part.json"
MAGIC = {".zip": b"PK", ".xlsx": b"PK", ".gz": b"\x1f\x8b"}
"""First bytes of a file by its suffix; anything else under that name is an answer of a web server."""
PAGE = (b"<!doctype", b"<html", b"<?xml")

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and those that there will be (None: the server does not say)."""


class Fetched(NamedTuple):
    """A file that was fetched, with what a later check needs."""

    path: Path
    url: str
    bytes: int
    sha256: str
    attempts: int


class _Cut(Exception):
    """The connection ended before the file did, or the server asked to come again; `wait_s` is its wish."""

    def __init__(self, reason: str, wait_s: float = 0.0, *, is_offline: bool = False) -> None:
        super().__init__(reason)
        self.wait_s, self.is_offline = wait_s, is_offline


def fetch_file(
    file: Download,
    folder: Path,
    *,
    overwrite: bool = False,
    progress: Progress = lambda done, total: None,
    sleep: Callable[[float], None] = time.sleep,
    attempts: int = ATTEMPTS,
) -> Fetched:
    """
    Fetch one file of a publisher into a folder.

    Parameters
    ----------
    file : Download
        Address, name, and sha256 where it is known.
    folder : Path
        Where to put it; made if it is not there. An unfinished file lies beside its name with `.part` and is
        resumed, also by a later call.
    overwrite : bool, default False
        Replace a file of that name.
    progress : callable
        Called with the bytes so far and in all.
    sleep : callable
        Waits between attempts: 1, 2, 4 ... s, at most 60, or as the server asks (Retry-After).
    attempts : int, default 6
        Attempts in all, each of which goes on where the one before it was cut.

    Returns
    -------
    Fetched
        Path, address, length and sha256. The hash also stands in `<file>.sha256`, as sha256sum writes it.

    Raises
    ------
    SourceError
        If the file is there already, the publisher cannot be reached or refuses, sends a web page instead of the
        file, redirects too often or to an address without https, the length or the hash is wrong, or the disk
        fills up. Nothing is left under the file's name.
    """
    target = folder / file.file
    if target.exists() and not overwrite:
        raise SourceError(
            str(target),
            "is there already.",
            fix="take --overwrite to replace it, or another folder with --to",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tried = _try_often(file, target, progress, sleep, attempts)
        found = _check(file, target)
        _put_in_place(target, found)
    except OSError as error:
        raise SourceError(
            str(target),
            f"cannot be written: {error.strerror or error}.",
            fix="make room or choose another folder with --to; what is there will be resumed",
        ) from error
    return Fetched(target, file.url, target.stat().st_size, found, tried)


def _try_often(
    file: Download, target: Path, progress: Progress, sleep: Callable[[float], None], attempts: int
) -> int:
    """Fetch until the file is whole; return how many attempts it took."""
    reasons: list[str] = []
    attempt = 0
    while attempt < attempts:
        attempt += 1
        try:
            _fetch_once(file, target, progress)
            return attempt
        except _Cut as cut:
            reasons.append(f"attempt {attempt}: {cut}")
            attempts = min(attempts, OFFLINE_ATTEMPTS) if cut.is_offline else attempts
            wait_s = max(FIRST_WAIT_S * 2 ** (attempt - 1), cut.wait_s)
            if attempt < attempts:
                sleep(min(wait_s, LONGEST_WAIT_S))
    raise SourceError(
        file.url,
        f"could not be fetched in {attempt} attempt{'s' if attempt > 1 else ''}.",
        which=list(dict.fromkeys(reasons)),
        fix="check the network and call again: it goes on where it stopped; offline, fetch the file in a browser "
        "elsewhere and read it with `monazite data import`",
    )


def _fetch_once(file: Download, target: Path, progress: Progress) -> None:
    """Send one request, and append what comes to the unfinished file."""
    part, state = _beside(target, PART), _beside(target, STATE)
    known = _read_state(state, file.url)
    start = part.stat().st_size if part.exists() and known else 0
    headers = {"Range": f"bytes={start}-", "If-Range": known} if start else {}
    try:
        with open_url(file.url, headers, TIMEOUT_S) as answer:
            start = start if answer.status == 206 and _starts_at(answer) == start else 0
            if answer.status == 206 and start == 0:
                part.unlink(missing_ok=True)
                raise _Cut("the server sent another part than was asked for")
            total = _length(answer, start)
            _write_state(state, file.url, answer)
            _append(file, answer, part, start=start, total=total, progress=progress)
    except HTTPError as error:
        _refused(file, error, part)
    except RefusedAddress as error:
        raise SourceError(
            file.url, "redirects to where we do not follow.", which=[str(error)],
            expected=f"https, and at most {MOVED_TOO_OFTEN} redirects", fix="look at the publisher's page",
        ) from error  # fmt: skip
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        is_offline = isinstance(reason, socket.gaierror) or getattr(reason, "errno", None) in UNREACHABLE
        raise _Cut(f"{reason}", is_offline=is_offline) from error


def _append(
    file: Download, answer: HTTPResponse, part: Path, *, start: int, total: int | None, progress: Progress
) -> None:
    """Write the answer behind the first `start` bytes; refuse a page, and notice where the answer is cut."""
    done = start
    with part.open("r+b" if start else "wb") as out:
        out.truncate(start)
        out.seek(start)
        while block := answer.read(BLOCK):
            if done == 0:
                _check_first(file, block, answer.headers.get("Content-Type", ""))
            out.write(block)
            done += len(block)
            progress(done, total)
        out.flush()
        os.fsync(out.fileno())
    if total is not None and done != total:
        raise _Cut(f"cut after {done:,} of {total:,} bytes")
    if done == 0:
        raise _Cut("an empty answer")


def _refused(file: Download, error: HTTPError, part: Path) -> None:
    """Come again where the server says so, start anew where the part does not fit, else give up."""
    with error:
        if error.code == 416:
            part.unlink(missing_ok=True)
            raise _Cut("the part that was there does not fit; starting anew") from error
        if error.code in RETRIED:
            wish = error.headers.get("Retry-After", "")
            wait_s = float(wish) if wish.isdecimal() else 0.0
            raise _Cut(f"{error.code} {error.reason}", wait_s) from error
        raise SourceError(
            file.url,
            f"the publisher answers {error.code} {error.reason}.",
            fix="the file may have moved: look at the publisher's page and fetch it in a browser",
        ) from error


def _check_first(file: Download, block: bytes, kind: str) -> None:
    magic = MAGIC.get(Path(file.file).suffix, b"")
    is_page = block[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(PAGE)
    if is_page or not block.startswith(magic):
        raise SourceError(
            file.url,
            f"sends {'a web page' if is_page else 'something else'}, not {file.file}.",
            which=[f"{kind}: {block[:60]!r}"],
            expected=f"a file that starts with {magic!r}" if magic else "text with data",
            fix="open the publisher's page in a browser: it may ask for a form, or the file has moved",
        )


def _check(file: Download, target: Path) -> str:
    """Compare the hash with the known one; a wrong file is not kept."""
    part = _beside(target, PART)
    found = hash_file(part)
    if file.sha256 and found != file.sha256:
        part.unlink()
        _beside(target, STATE).unlink(missing_ok=True)
        raise SourceError(
            file.url,
            "has another sha256 than its sheet says.",
            which=[found],
            expected=file.sha256,
            fix="fetch it again; if it stays so, the publisher has changed the file: check it, then mend the sheet",
        )
    return found


def _put_in_place(target: Path, sha256: str) -> None:
    _beside(target, ".sha256").write_text(f"{sha256}  {target.name}\n", encoding="utf-8")
    _beside(target, PART).replace(target)
    _beside(target, STATE).unlink(missing_ok=True)


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(target.name + suffix)


def _starts_at(answer: HTTPResponse) -> int:
    """Read where a part starts: `bytes 500-999/1000`; -1 where the server does not say."""
    words = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(words) if words.isdecimal() else -1


def _length(answer: HTTPResponse, start: int) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return start + int(length) if length.isdecimal() else None


def _write_state(state: Path, url: str, answer: HTTPResponse) -> None:
    """Keep what marks this version of the file: without such a mark it cannot be resumed."""
    tag = answer.headers.get("ETag", "")
    mark = tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")
    state.write_text(json.dumps({"url": url, "mark": mark}), encoding="utf-8")


def _read_state(state: Path, url: str) -> str:
    """Read the mark of the version that the part belongs to; "" where there is none."""
    try:
        known = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    same = isinstance(known, dict) and known.get("url") == url
    return str(known.get("mark", "")) if same else ""
