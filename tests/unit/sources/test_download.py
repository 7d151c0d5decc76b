"""Fetching from a server on this machine that also misbehaves."""

import errno
import hashlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError

import pytest

from monazite.errors import SourceError
from monazite.provenance import Download
from monazite.sources import download
from monazite.sources.download import fetch_file
from monazite.sources.http import RefusedAddress, check_address

CONTENT = b"PK" + bytes(range(256)) * 4000
HASH = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2


class Server(ThreadingHTTPServer):
    """Answers each request with the next behaviour; the last one again and again."""

    daemon_threads = True

    def __init__(self, *behaviours):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = list(behaviours)
        self.asked = []

    def handle_error(self, request, client_address):
        """Stay silent: connections that break are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        behaviour = server.behaviours.pop(0) if len(server.behaviours) > 1 else server.behaviours[0]
        behaviour(self)

    def log_message(self, *_):
        """Stay silent."""

    def answer(self, status, content=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length != "none":
            self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()
        self.close_connection = True


def good(handler):
    """Send the file, or the part that is asked for."""
    start = handler.headers.get("Range")
    if start and handler.headers.get("If-Range") == '"one"':
        first = int(start.removeprefix("bytes=").rstrip("-"))
        span = f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}"
        handler.answer(206, CONTENT[first:], ETag='"one"', Content_Range=span)
    else:
        handler.answer(200, CONTENT, ETag='"one"')


def cut(handler):
    handler.answer(200, CONTENT[:HALF], length=len(CONTENT), ETag='"one"')


def cut_unmarked(handler):
    handler.answer(200, CONTENT[:HALF], length=len(CONTENT))


def too_short(handler):
    handler.answer(200, CONTENT, length=HALF, ETag='"one"')


def hang_up(handler):
    handler.connection.close()


def broken(handler):
    handler.answer(500)


def busy(handler):
    handler.answer(429, Retry_After="7")


def page(handler):
    handler.answer(200, b"<!DOCTYPE html><html>Please log in</html>", Content_Type="text/html")


def gone(handler):
    handler.answer(404)


def loop(handler):
    handler.answer(302, Location=handler.path + "x")


def to_plain_http(handler):
    handler.answer(302, Location="http://example.org/file.zip")


def once_elsewhere(handler):
    handler.answer(302, Location="/moved/file.zip")


def no_length(handler):
    handler.answer(200, CONTENT, length="none")


def does_not_fit(handler):
    handler.answer(416)


def new_version(handler):
    handler.answer(200, CONTENT, ETag='"two"')


@pytest.fixture
def fetch(tmp_path):
    servers = []

    def run(*behaviours, sha256="", name="file.zip", **options):
        server = Server(*behaviours)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/file.zip"
        file = Download.model_construct(name="one", url=url, file=name, sha256=sha256)
        run.server = server
        run.waits = []
        return fetch_file(file, tmp_path, sleep=run.waits.append, **options)

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_put_in_place_with_its_hash(fetch, tmp_path):
    told = []
    found = fetch(good, sha256=HASH, progress=lambda done, total: told.append((done, total)))
    assert found.path.read_bytes() == CONTENT
    assert (found.bytes, found.sha256, found.attempts) == (len(CONTENT), HASH, 1)
    assert names(tmp_path) == ["file.zip", "file.zip.sha256"]
    assert (tmp_path / "file.zip.sha256").read_text() == f"{HASH}  file.zip\n"
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_a_cut_connection_is_resumed_where_it_was_cut(fetch):
    found = fetch(cut, good, sha256=HASH)
    assert found.attempts == 2
    assert fetch.server.asked[1] == ("/file.zip", f"bytes={HALF}-", '"one"')
    assert fetch.waits == [1.0]


def test_a_part_is_resumed_by_a_later_call(fetch, tmp_path):
    server = Server(cut, good)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/file.zip"
    file = Download.model_construct(name="one", url=url, file="file.zip", sha256=HASH)
    with pytest.raises(SourceError, match="could not be fetched in 1 attempt"):
        fetch_file(file, tmp_path, attempts=1)
    assert names(tmp_path) == ["file.zip.part", "file.zip.part.json"]
    assert fetch_file(file, tmp_path).sha256 == HASH
    assert server.asked[1][1] == f"bytes={HALF}-"
    server.shutdown()
    server.server_close()


def test_a_part_of_another_version_is_not_continued(fetch):
    assert fetch(cut, new_version, sha256=HASH).attempts == 2


def test_a_part_without_a_mark_of_its_version_is_not_continued(fetch):
    fetch(cut_unmarked, good, sha256=HASH)
    assert fetch.server.asked[1][1] is None


def test_a_part_that_does_not_fit_is_thrown_away(fetch):
    assert fetch(cut, does_not_fit, good, sha256=HASH).attempts == 3
    assert fetch.server.asked[2][1] is None


def test_errors_of_the_server_are_retried_with_longer_and_longer_waits(fetch):
    assert fetch(broken, hang_up, broken, broken, good).attempts == 5
    assert fetch.waits == [1.0, 2.0, 4.0, 8.0]


def test_the_server_may_ask_for_a_longer_wait(fetch):
    fetch(busy, good)
    assert fetch.waits == [7.0]


def test_after_some_attempts_it_gives_up_and_says_why(fetch, tmp_path):
    with pytest.raises(SourceError) as caught:
        fetch(broken, attempts=3)
    assert caught.value.what == "could not be fetched in 3 attempts."
    assert caught.value.which == (
        "attempt 1: 500 Internal Server Error",
        "attempt 2: 500 Internal Server Error",
        "attempt 3: 500 Internal Server Error",
    )
    assert "offline" in caught.value.fix
    assert names(tmp_path) == []


def test_a_publisher_that_cannot_be_reached(tmp_path):
    server = Server(good)
    url = f"http://127.0.0.1:{server.server_port}/file.zip"
    server.server_close()
    file = Download.model_construct(name="one", url=url, file="file.zip", sha256="")
    with pytest.raises(SourceError) as caught:
        fetch_file(file, tmp_path, sleep=lambda _: None, attempts=2)
    assert "refused" in caught.value.which[0]


def test_offline_it_does_not_wait_for_long(tmp_path, monkeypatch):
    def nowhere(*_):
        raise URLError(socket.gaierror(-2, "Name or service not known"))

    monkeypatch.setattr(download, "open_url", nowhere)
    file = Download(name="one", url="https://publisher.example/file.zip", file="file.zip")
    waits = []
    with pytest.raises(SourceError) as caught:
        fetch_file(file, tmp_path, sleep=waits.append)
    assert str(caught.value) == (
        "https://publisher.example/file.zip: could not be fetched in 2 attempts.\n"
        "  which:    attempt 1: [Errno -2] Name or service not known\n"
        "            attempt 2: [Errno -2] Name or service not known\n"
        "  fix:      check the network and call again: it goes on where it stopped; offline, fetch the file in a "
        "browser elsewhere and read it with `monazite data import`"
    )
    assert waits == [1.0]


def test_a_wrong_length_is_noticed_by_the_hash(fetch, tmp_path):
    with pytest.raises(SourceError, match="has another sha256 than its sheet says"):
        fetch(too_short, sha256=HASH)
    assert names(tmp_path) == []


def test_a_wrong_hash_leaves_nothing_behind(fetch, tmp_path):
    with pytest.raises(SourceError) as caught:
        fetch(good, sha256="0" * 64)
    assert (caught.value.which, caught.value.expected) == ((HASH,), "0" * 64)
    assert names(tmp_path) == []


def test_a_file_without_a_length_is_taken_as_it_comes(fetch):
    assert fetch(no_length, sha256=HASH).bytes == len(CONTENT)


def test_a_web_page_is_not_taken_for_a_file(fetch, tmp_path):
    with pytest.raises(SourceError) as caught:
        fetch(page)
    assert caught.value.what == "sends a web page, not file.zip."
    assert len(fetch.server.asked) == 1
    assert "file.zip" not in names(tmp_path)


def test_a_web_page_is_not_taken_for_a_csv_either(fetch):
    with pytest.raises(SourceError, match=r"sends a web page, not file\.csv"):
        fetch(page, name="file.csv")


def test_what_does_not_start_like_a_zip_is_none(fetch):
    with pytest.raises(SourceError, match=r"sends something else, not file\.gz"):
        fetch(good, name="file.gz")


def test_a_file_that_is_gone_is_not_asked_for_again(fetch):
    with pytest.raises(SourceError, match="the publisher answers 404 Not Found"):
        fetch(gone)
    assert len(fetch.server.asked) == 1


def test_a_redirect_is_followed(fetch):
    assert fetch(once_elsewhere, good, sha256=HASH).attempts == 1
    assert [path for path, *_ in fetch.server.asked] == ["/file.zip", "/moved/file.zip"]


def test_a_loop_of_redirects_ends(fetch):
    with pytest.raises(SourceError, match="redirects to where we do not follow"):
        fetch(loop)
    assert len(fetch.server.asked) == 6


def test_a_redirect_to_an_address_without_https_is_not_followed(fetch):
    with pytest.raises(SourceError) as caught:
        fetch(to_plain_http)
    assert caught.value.which == ("http://example.org/file.zip is not https",)


@pytest.mark.parametrize(
    "url", ["http://example.org/a", "ftp://example.org/a", "file:///etc/passwd", "http://127.1.example.org/a"]
)
def test_addresses_without_https_are_not_opened(url):
    with pytest.raises(RefusedAddress):
        check_address(url)


def test_a_file_that_is_there_is_not_replaced_unless_told(fetch, tmp_path):
    (tmp_path / "file.zip").write_bytes(b"mine")
    with pytest.raises(SourceError, match="is there already"):
        fetch(good)
    assert (tmp_path / "file.zip").read_bytes() == b"mine"
    assert fetch(good, overwrite=True).path.read_bytes() == CONTENT


def test_a_failed_fetch_leaves_the_old_file_alone(fetch, tmp_path):
    (tmp_path / "file.zip").write_bytes(b"mine")
    with pytest.raises(SourceError):
        fetch(good, overwrite=True, sha256="0" * 64)
    assert (tmp_path / "file.zip").read_bytes() == b"mine"


def test_a_disk_that_fills_up_is_told_and_the_part_stays(fetch, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download.os, "fsync", full)
    with pytest.raises(SourceError, match="cannot be written: No space left on device"):
        fetch(good)
    assert "file.zip" not in names(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    entry = Download.model_construct(name="one", url="http://127.0.0.1:1/x", file="x.zip", sha256="")
    with pytest.raises(SourceError, match="cannot be written"):
        fetch_file(entry, Path(tmp_path / "file" / "folder"))
