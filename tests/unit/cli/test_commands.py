"""The command line: help, one JSON object, exit codes, and words instead of tracebacks."""

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from command_line import run_command

from monazite.cli.data import COMMANDS as DATA_COMMANDS
from monazite.cli.main import COMMANDS
from monazite.scenarios import find_scenario
from monazite.snapshot import open_snapshot

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[2] / "golden" / "cli"
PAGES = (
    "",
    *COMMANDS,
    "data list",
    "data show",
    "data verify",
    *(f"data {name}" for name in DATA_COMMANDS),
    "measure control",
    "measure crma",
    "measure economic-importance",
    "measure hosts",
    "measure supply-risk",
)
ENVELOPE = {"release", "version", "scenario_sha256", "seed", "records", "sources"}
HHI = ["measure", "hhi", "--material", "rare_earths", "--stage", "extraction", "--year", "2024"]


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run the command line in an empty folder; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("MONAZITE_DATA", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return partial(run_command, monkeypatch, capsys)


# Help


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page or "monazite")
def test_help_is_word_for_word_what_was_looked_at(call, page):
    code, out, _ = call(*page.split(), "--help")
    assert code == 0
    path = GOLDEN / f"{page.replace(' ', '-') or 'monazite'}.txt"
    text = "\n".join(line.rstrip() for line in out.splitlines()) + "\n"
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.name} was missing and is written now: look at it, then commit it")
    assert text == path.read_text(encoding="utf-8"), "look at both; delete the file to renew it"


def test_help_loads_no_command_and_no_numbers():
    code = (
        "import sys; sys.argv = ['monazite', '--help']\n"
        "from monazite.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'xarray', 'duckdb', 'pydantic', 'scipy', 'pandas', 'jinja2'} & set(sys.modules)\n"
        "own = [m for m in sys.modules if m.startswith('monazite.') and m.split('.')[1] != 'errors']\n"
        "sys.stderr.write(f'{sorted(heavy)} {sorted(own)}')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == "[] ['monazite.cli', 'monazite.cli.main']"


def test_without_a_command_the_help_is_shown(call):
    assert call() == call("--help")


# One JSON object


@pytest.mark.parametrize(
    "words",
    [
        ["data", "list"],
        ["data", "show", "production", "--where", "material = 'cobalt' AND year = 2024"],
        ["data", "show", "trade", "--where", "quantity_gross_t IS NULL", "--limit", "2"],
        ["data", "verify"],
        ["chain", "--material", "gallium", "--year", "2022"],
        HHI,
        ["trace", "--material", "rare_earths", "--importer", "DEU", "--year", "2024", "--stage", "processing",
         "--by", "extraction"],
        ["run", "--list"],
    ],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_json_is_one_object_and_nothing_else(call, words):
    code, out, err = call(*words, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert set(found) == ENVELOPE
    assert found["release"]["name"] == "2026.1"
    assert len(found["release"]["sha256"]) == 64
    assert found["records"]
    named = {source for record in found["records"] for source in record.get("source_ids", ())}
    assert named <= set(found["sources"])
    assert all(source["citation"] for source in found["sources"].values())


def test_the_hhi_of_rare_earths_in_2024_with_its_source(call):
    _, out, _ = call(*HHI, "--json")
    found = json.loads(out)
    assert 0.47 < found["records"][0]["value"] < 0.49
    assert list(found["sources"]) == ["world_mining_data"]


def test_a_missing_number_is_null_in_json_and_words_in_a_table(call):
    words = ["measure", "hhi", "--material", "cobalt", "--stage", "processing", "--year", "2019,2024"]
    _, out, _ = call(*words, "--json")
    assert [record["value"] is None for record in json.loads(out)["records"]] == [True, False]
    _, out, _ = call(*words)
    assert "cannot tell: the release has no production_t here." in out


def test_a_run_prints_one_json_object_while_progress_goes_to_stderr(call):
    code, out, err = call("run", "graphite-2023", "--draws", "2", "--json")
    assert code == 0
    found = json.loads(out)
    assert set(found) == ENVELOPE
    assert found["seed"] == 2023
    assert "graphite-2023: 100 %" in err


def test_words_are_understood_as_people_write_them(call):
    # "mining", "Rare Earths" and a range are the same question
    _, exact, _ = call(*HHI, "--json")
    _, loose, _ = call(
        "measure", "hhi", "--material", "Rare Earths", "--stage", "mining", "--year", "2024-2024", "--json"
    )
    assert loose == exact


# Bad input: exit 2 for words on the command line, 1 for what the data do not have

SCALE = ["--material", "cobalt", "--stage", "processing", "--year", "2024"]
BAD = {
    "unknown material": (2, ["measure", "hhi", "--material", "kobalt", "--stage", "mining", "--year", "2024"],
                         "did you mean cobalt or salt?"),
    "unknown country": (2, ["trace", "--material", "cobalt", "--importer", "Germny", "--year", "2024"],
                        "did you mean Germany"),
    "unknown region": (2, ["measure", "import-share", *SCALE, "--region", "EU28"], "did you mean EU27"),
    "unknown stage": (2, ["measure", "hhi", "--material", "cobalt", "--stage", "extraktion", "--year", "2024"],
                      "did you mean extraction?"),
    "unknown indicator": (2, ["measure", "hih", *SCALE], "did you mean hhi?"),
    "no year": (2, ["chain", "--material", "cobalt", "--year", "20x4"], "20x4"),
    "year of another age": (2, ["chain", "--material", "cobalt", "--year", "1066"], "between 1900 and 2100"),
    "year without data": (1, ["chain", "--material", "cobalt", "--year", "1950"], "a year of 1995 to 2025"),
    "material without data": (1, ["chain", "--material", "osmium", "--year", "2020"], "another material"),
    "stage without data": (1, ["measure", "hhi", "--material", "cobalt", "--stage", "use", "--year", "2024"],
                           "a stage with production_t: extraction, processing"),
    "imports of nobody": (2, ["measure", "import-share", *SCALE], "import-share is about imports"),
    "imports of the world": (1, ["measure", "import-share", *SCALE, "--region", "world"],
                             "the world imports from nobody"),
    "unknown product": (2, ["chain", "--material", "cobalt", "--year", "2024", "--product", "hs92:000001"],
                        "hs92:282200"),
    "unknown product to trace": (2, ["trace", "--material", "cobalt", "--importer", "DEU", "--year", "2024",
                                     "--product", "282200"], "did you mean hs"),
    "unknown way": (2, ["trace", "--material", "cobalt", "--importer", "DEU", "--year", "2024", "--by", "bogus"],
                    "partner, control, all, extraction, processing"),
    "yields of raw figures": (2, ["trace", "--material", "cobalt", "--importer", "DEU", "--year", "2024", "--raw",
                                  "--yield", "processing=0.9"], "cannot be given together"),
    "a picture of one way": (2, ["trace", "--material", "cobalt", "--importer", "DEU", "--year", "2024", "--picture",
                                 "ways.svg"], "add --by all"),
    "flows of two years": (2, ["trace", "--material", "lithium", "--importer", "DEU", "--year", "2023,2024", "--flows",
                               "flows.svg"], "2 years"),
    "several stages": (1, ["trace", "--material", "natural_graphite", "--importer", "JPN", "--year", "1995"],
                       "natural_graphite 1995"),
    "unknown table": (2, ["data", "show", "trad"], "did you mean trade?"),
    "unknown table to export": (2, ["data", "export", "trad", "--out", "t.csv"], "did you mean trade?"),
    "a condition on all tables": (2, ["data", "export", "all", "--out", "t", "--where", "year = 2024"], "one table"),
    "issues of no table": (2, ["data", "issues", "--table", "trad"], "did you mean trade?"),
    "issues of no kind": (2, ["data", "issues", "--kind", "spkie"], "spkie"),
    "issues of no material": (2, ["data", "issues", "--material", "cobalt,nikel"], "did you mean nickel?"),
    "no SQL": (1, ["data", "show", "trade", "--where", "yeer = 2024"], "is no SQL condition"),
    "SQL that does more": (1, ["data", "show", "trade", "--where", "1 = 1; DROP VIEW trade"], "is no SQL condition"),
    "SQL that hides the rest": (1, ["data", "show", "trade", "--where", "1 = 1; DROP VIEW trade --"],
                                "is no SQL condition"),
    "no rows wanted": (2, ["data", "show", "trade", "--limit", "0"], "--limit"),
    "no countries wanted": (2, ["trace", "--material", "cobalt", "--importer", "DEU", "--year", "2024", "--top", "0"],
                            "--top"),
    "unknown release": (1, ["data", "list", "--release", "2019.1"], "is no release"),
    "unknown scenario": (1, ["run", "graphite-2024"], "did you mean graphite-2023"),
    "no such file": (1, ["run", "mine.yaml"], "no such file"),
    "no scenario": (2, ["run"], "needs a scenario"),
    "zero draws": (2, ["run", "graphite-2023", "--draws", "0", "--out", "new"], "--draws 0: 1 to 100,000"),
    "negative seed": (2, ["run", "graphite-2023", "--seed", "-1", "--out", "new"], "--seed -1: 0 to"),
    "draws in words": (2, ["run", "graphite-2023", "--draws", "many", "--out", "new"], "--draws"),
    "unknown command": (2, ["mesure"], "mesure"),
    "unknown option": (2, [*HHI, "--jason"], "--jason"),
    "missing option": (2, ["measure", "hhi", "--material", "cobalt", "--stage", "mining"], "--year"),
    "empty option": (2, ["chain", "--material", "", "--year", "2024"], "--material: is empty."),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_message_and_leaves_nothing_behind(call, name, tmp_path):
    expected, words, text = BAD[name]
    code, out, err = call(*words)
    assert (code, out) == (expected, "")
    assert text in " ".join(err.split())
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_several_wrong_words_are_named_together(call):
    _, _, err = call(
        "measure", "hhi", "--material", "kobalt,nikel,copper", "--stage", "mining", "--year", "2024"
    )
    assert err == (
        "UsageError: --material: 2 words are not known.\n"
        "  which:    kobalt (did you mean cobalt or salt?)\n"
        "            nikel (did you mean nickel?)\n"
        "  expected: a material of docs/reference/nomenclature.md, such as rare_earths or cobalt\n"
        "  fix:      correct the spelling; docs/reference/nomenclature.md lists what is known\n"
    )


def test_a_scenario_with_three_mistakes_tells_all_three_with_their_lines(call, tmp_path):
    text = (Path(__file__).parents[3] / "src/monazite/data/scenarios/graphite-2023.yaml").read_text(
        encoding="utf-8"
    )
    lines = text.splitlines()
    numbers = {key: next(n for n, line in enumerate(lines, 1) if line.strip().startswith(key))
               for key in ("months:", "origin:", "seed:")}  # fmt: skip
    lines[numbers["months:"] - 1] = "months: many"
    lines[numbers["origin:"] - 1] = "    origin: [Chna]"
    lines[numbers["seed:"] - 1] = "sead: 1"
    (tmp_path / "mine.yaml").write_text("\n".join(lines), encoding="utf-8")
    code, out, err = call("run", "mine.yaml", "--out", "new")
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    for key, word in {"months:": "many", "origin:": "Chna", "seed:": "sead"}.items():
        assert any(f"mine.yaml:{numbers[key]}:" in line and word in line for line in err.splitlines()), err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


@pytest.mark.parametrize(
    "words",
    [["data", "list"], ["data", "verify"], HHI, ["run", "graphite-2023", "--out", "new"]],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_truncated_release_is_refused_by_every_command(
    call, words, tmp_path_factory, monkeypatch, tmp_path
):
    folder = tmp_path_factory.mktemp("truncated") / "release"
    shutil.copytree(open_snapshot("2026.1").path, folder)
    file = folder / "trade.parquet"
    file.write_bytes(file.read_bytes()[:100_000])
    monkeypatch.setenv("MONAZITE_DATA", str(folder))
    code, out, err = call(*words)
    assert (code, out) == (1, "")
    assert "which:    trade.parquet: 100000 bytes instead of 8857536" in err
    assert (
        "fix:      install the package again, or point --release or MONAZITE_DATA at a whole release" in err
    )
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_run_never_replaces_a_folder_with_other_files(call, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
    (tmp_path / "mine" / "report.html").write_text("an older run", encoding="utf-8")
    code, out, err = call("run", "graphite-2023", "--draws", "2", "--out", "mine", "--overwrite")
    assert (code, out) == (1, "")
    assert err == (
        "DataError: mine: holds other files, which a run would replace.\n"
        "  which:    notes.txt\n"
        "  expected: a new folder, or one of an earlier run\n"
        "  fix:      name another folder with --out\n"
    )
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["notes.txt", "report.html"]


def test_a_run_asks_before_it_replaces_an_earlier_one(call, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "report.html").write_text("an older run", encoding="utf-8")
    code, _, err = call("run", "graphite-2023", "--draws", "2", "--out", "old")
    assert code == 1
    assert "holds an earlier run." in err
    assert "add --overwrite" in err
    assert (tmp_path / "old" / "report.html").read_text(encoding="utf-8") == "an older run"


@pytest.mark.parametrize(
    ("out", "text"), [("file", "is a file."), ("file/new", "is a file."), (".", "you are in")]
)
def test_a_run_refuses_a_place_that_cannot_hold_it_before_it_starts(call, tmp_path, out, text):
    if out != ".":
        (tmp_path / "file").write_text("x", encoding="utf-8")
    before = sorted(path.name for path in tmp_path.iterdir())
    code, _, err = call("run", "graphite-2023", "--draws", "2", "--out", out)
    assert code == 1
    assert text in err
    assert "%" not in err  # no progress: nothing was run
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_debug_shows_where_an_error_was_raised(call):
    with pytest.raises(Exception, match="there is none named 'nope'"):
        call("run", "nope", "--debug")


def test_square_brackets_in_a_scenario_are_printed_and_not_obeyed(call, tmp_path):
    text = Path(find_scenario("nickel-ore-indonesia-2014")).read_text(encoding="utf-8")
    text = text.replace(
        "title: Indonesia's nickel-ore ban of January 2014", 'title: "Ban [red]on[/red] [2014] [/]"'
    )
    (tmp_path / "brackets.yaml").write_text(text, encoding="utf-8")
    code, out, _ = call("run", tmp_path / "brackets.yaml", "--draws", 2)
    assert code == 0
    assert "Ban [red]on[/red] [2014] [/]" in out


def test_what_nobody_published_is_not_traced(call):
    # gallium: one lane, China to the rest of the world
    code, out, err = call("trace", "--material", "gallium", "--importer", "JPN", "--year", "2022")
    assert (code, out) == (1, "")
    assert "nobody published what JPN imports" in err
    code, out, _ = call("trace", "--material", "gallium", "--importer", "ROW", "--year", "2022", "--json")
    shares = {record["country"]: record["value"] for record in json.loads(out)["records"]}
    assert shares["CHN"] == pytest.approx(1.0)


def test_a_trace_is_drawn_as_flows_and_as_ways(call, tmp_path):
    flows, ways = tmp_path / "flows.svg", tmp_path / "ways.svg"
    words = ["trace", "--material", "lithium", "--importer", "DEU", "--year", "2024", "--by", "all", "--raw"]
    code, out, err = call(*words, "--flows", flows, "--picture", ways, "--json")
    assert (code, err) == (0, "")
    records = json.loads(out)["records"]
    assert {record["by"] for record in records} == {"partner", "extraction", "processing", "control"}
    assert "lithium 2024, what Germany buys from outside" in flows.read_text(encoding="utf-8")
    assert "lithium: Chile, by partner" in ways.read_text(encoding="utf-8")


def test_a_yield_links_the_stages_of_a_trace(call):
    words = [
        "trace",
        "--material",
        "lithium",
        "--importer",
        "DEU",
        "--year",
        "2024",
        "--stage",
        "processing",
        "--by",
    ]
    losses = "losses at processing are not counted"
    code, out, _ = call(*words, "extraction", "--draws", "0", "--json")
    assert code == 0
    assert losses in json.loads(out)["records"][0]["note"]
    code, out, _ = call(*words, "extraction", "--draws", "0", "--yield", "processing=0.9", "--json")
    assert code == 0
    assert losses not in json.loads(out)["records"][0]["note"]


def test_a_later_stage_cannot_be_traced_to(call):
    words = ["trace", "--material", "nickel", "--importer", "JPN", "--year", "2023"]
    code, _, err = call(*words, "--stage", "extraction", "--by", "processing")
    assert code == 1 and "processing comes after extraction" in err
    code, _, err = call(*words, "--stage", "extraction,processing")
    assert code == 2 and "names 2 stages" in err


def test_a_production_index_refuses_product_codes(call):
    code, _, err = call("measure", "hhi", *SCALE, "--product", "hs92:260400")
    assert code != 0 and "looks at production" in err


@pytest.mark.parametrize("ending", ["> /dev/full", ">&-", "2>&-"])
def test_a_stream_that_cannot_be_written_gives_no_traceback(ending):
    code = "from monazite.cli.main import main; main()"
    words = f'"{sys.executable}" -c "{code}" data list {ending}'
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, check=False)
    assert done.returncode in {0, 2}
    assert "Traceback" not in done.stderr


def test_names_that_a_stream_cannot_encode_are_escaped():
    code = "from monazite.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "chain", "--material", "nickel", "--year", "2024"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 0 and "New Caledonia" in done.stdout
