"""`monazite data get` and the files that `monazite data import` takes from it."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from monazite.cli import data_get
from monazite.cli.data_get import choose_files, find_origin
from monazite.cli.main import main
from monazite.cli.progress import print_tenths
from monazite.errors import UsageError
from monazite.provenance import Download
from monazite.snapshot import read_origins
from monazite.sources.registry import import_sources

CONTENT = b"country,year\nCHL,2024\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *_):
        """Stay silent."""


@pytest.fixture
def publisher(monkeypatch):
    """A publisher on this machine, in place of USGS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/a.csv"
    file = Download.model_construct(name="one", url=url, file="a.csv", sha256="")
    origin = read_origins()["usgs"].model_copy(update={"downloads": (file,)})
    monkeypatch.setattr(data_get, "read_origins", lambda: {"usgs": origin})
    yield
    server.shutdown()
    server.server_close()


def run(monkeypatch, capsys, *words):
    monkeypatch.setattr("sys.argv", ["monazite", *words])
    code = 0
    try:
        main()
    except SystemExit as leave:
        code = leave.code or 0
    out, err = capsys.readouterr()
    return code, out, err


def test_a_file_is_fetched_and_told_as_one_object(publisher, monkeypatch, capsys, tmp_path):
    code, out, err = run(monkeypatch, capsys, "data", "get", "usgs", "--to", str(tmp_path), "--json")
    (record,) = json.loads(out)["records"]
    assert code == 0
    assert (record["value"], record["unit"], record["verdict"]) == (len(CONTENT), "bytes", "recorded")
    assert (tmp_path / "a.csv").read_bytes() == CONTENT
    assert err == "a.csv: 100 % of 0.0 MB\n"


def test_a_publisher_that_wants_a_login_is_told_with_its_page(monkeypatch, capsys):
    code, out, err = run(monkeypatch, capsys, "data", "get", "iea")
    assert (code, out) == (2, "")
    assert "International Energy Agency asks for a free account" in err
    assert "https://www.iea.org/" in err


def test_an_unknown_source_or_file_offers_the_nearest():
    with pytest.raises(UsageError, match="did you mean baci"):
        find_origin("bacci")
    with pytest.raises(UsageError, match=r"hs18 \(did you mean hs17 or hs12"):
        choose_files(read_origins()["baci"], ["hs18"])


def test_every_source_has_an_address_or_says_what_its_publisher_wants():
    silent = [
        name for name, origin in read_origins().items() if not origin.downloads and not origin.download_needs
    ]
    assert silent == []
    files = [file for origin in read_origins().values() for file in origin.downloads]
    assert len({file.file for file in files}) == len(files)


def test_every_file_that_can_be_imported_has_a_sheet():
    assert {source.source_id for source in import_sources().values()} <= set(read_origins())


def test_baci_can_be_had_in_every_edition():
    names = [file.name for file in read_origins()["baci"].downloads]
    assert names == ["hs92", "hs96", "hs02", "hs07", "hs12", "hs17", "hs22"]


def test_a_line_is_printed_per_tenth_and_not_per_block(capsys):
    tell = print_tenths("a.zip")
    for done in range(0, 1001, 10):
        tell(done * 1000, 1_000_000)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"a.zip: {percent} % of 1.0 MB" for percent in range(10, 101, 10)]


def test_a_length_that_is_not_known_is_told_per_ten_megabytes(capsys):
    tell = print_tenths("a.zip")
    for done in range(0, 25_000_001, 1_000_000):
        tell(done, None)
    assert re.findall(r"[\d.]+ MB", capsys.readouterr().err) == ["10.0 MB", "20.0 MB"]
