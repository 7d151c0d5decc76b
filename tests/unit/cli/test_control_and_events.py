"""`monazite measure control` and `monazite data events`, over the embedded release with today's curated tables."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from command_line import run_command as run

from monazite.provenance import TableEntry, hash_file
from monazite.snapshot import open_snapshot
from monazite.sources.curated import curated_tables, read_curated
from monazite.sources.table_sheet import read_table_sheet

pytestmark = pytest.mark.slow

TABLES = ("ownership", "facility_output", "restriction_events")


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A copy of the embedded release in which the three tables are those of the source tree."""
    embedded = open_snapshot("2026.1")
    folder = tmp_path_factory.mktemp("release")
    shutil.copytree(embedded.path, folder, dirs_exist_ok=True)
    entries = dict(embedded.manifest.tables)
    for name in TABLES:
        file = folder / f"{name}.parquet"
        with duckdb.connect() as connection:
            connection.register("rows", read_curated(name))
            connection.execute(f"COPY (SELECT * FROM rows) TO '{file}' (FORMAT parquet)")
        entries[name] = TableEntry(
            file=file.name, sha256=hash_file(file), bytes=file.stat().st_size, rows=1,
            primary_key=read_table_sheet(curated_tables()[name]).primary_key, source_ids=("curated", "usgs"),
        )  # fmt: skip
    manifest = embedded.manifest.model_copy(update={"tables": entries})
    (folder / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    return str(folder)


CONTROL = ("measure", "control", "--material", "cobalt", "--country", "COD", "--year", "2024")


def test_control_of_congo_is_a_range_with_its_arithmetic(monkeypatch, capsys, release):
    code, out, _ = run(monkeypatch, capsys, *CONTROL, "--rule", "control", "--release", release, "--json")
    found = json.loads(out)
    china = next(r for r in found["records"] if r["kind"] == "owner" and r["owner"] == "CHN")
    assert code == 0
    assert china["value"] is None
    # (114,165 + 681 + 1,617) / 226,000 and (226,000 - 34,700 - 14,700) / 226,000
    assert (china["low"], china["high"]) == pytest.approx((0.51532, 0.78142), abs=1e-4)
    assert china["arithmetic_high"] == "(226,000 - 34,700 - 14,700 of 2023) / 226,000"
    owners = [r for r in found["records"] if r["kind"] == "owner"]
    assert sum(r["low"] for r in owners[:-1]) + owners[-1]["high"] == pytest.approx(1.0)
    assert owners[-1]["owner"] == "unknown"
    # one of the two national totals is that of the U.S. Geological Survey
    assert {"world_mining_data", "usgs"} <= set(found["sources"])


def test_the_second_line_leaves_neighbour_years_out_of_both_bounds(monkeypatch, capsys, release):
    _, out, _ = run(monkeypatch, capsys, *CONTROL, "--rule", "control", "--release", release, "--json")
    found = {(r["kind"], r["owner"]): r for r in json.loads(out)["records"] if "figures" in r}
    # Metalkol made 14,700 t in 2023: 14,700 / 226,000 and nothing; (226,000 - 34,700) / 226,000
    assert found["owner", "KAZ"]["low"] == pytest.approx(0.06504, abs=1e-4)
    assert found["owner_of_year", "KAZ"]["low"] == 0.0
    assert found["owner_of_year", "CHN"]["high"] == pytest.approx(0.84646, abs=1e-4)


@pytest.mark.parametrize(
    ("material", "country", "year"), [("nickel", "IDN", "2023"), ("platinum_group_metals", "ZAF", "2024")]
)
def test_where_no_site_has_an_output_it_cannot_tell(monkeypatch, capsys, release, material, country, year):
    words = ("measure", "control", "--material", material, "--country", country, "--year", year)
    code, out, _ = run(monkeypatch, capsys, *words, "--release", release, "--json")
    owners = [r for r in json.loads(out)["records"] if r["kind"] == "owner"]
    assert code == 0
    assert [(r["owner"], r["verdict"], r["low"], r["high"]) for r in owners] == [
        ("unknown", "cannot tell", None, None)
    ] * 3
    assert f"of any listed site of {country} is on record" in owners[0]["reason"]


def test_the_only_mine_of_a_country_has_all_of_it(monkeypatch, capsys, release):
    words = ("measure", "control", "--material", "rare_earths", "--country", "USA", "--year", "2023")
    _, out, _ = run(monkeypatch, capsys, *words, "--rule", "control", "--release", release, "--json")
    found = json.loads(out)
    assert (found["records"][0]["owner"], found["records"][0]["value"]) == ("USA", 1.0)
    assert found["records"][0]["arithmetic_low"] == "1: Mountain Pass is the only site of the country"
    assert "usgs" in found["sources"]


def test_graphite_of_mozambique_is_nearly_all_of_one_mine(monkeypatch, capsys, release):
    words = ("measure", "control", "--material", "natural_graphite", "--country", "MOZ", "--year", "2023")
    _, out, _ = run(monkeypatch, capsys, *words, "--rule", "control", "--release", release, "--json")
    first = json.loads(out)["records"][0]
    # 93,500 to 94,500 t of 97,346 t
    assert first["owner"] == "AUS"
    assert (first["low"], first["high"]) == pytest.approx((0.96049, 0.97076), abs=1e-4)


def test_people_see_sites_sources_and_all_three_rules(monkeypatch, capsys, release):
    code, out, _ = run(monkeypatch, capsys, *CONTROL, "--release", release)
    assert code == 0
    assert "site source: CMOC Group, filing of 6 January 2025" in out
    assert "published by others" in out
    assert "51.5 %" in out and "78.1 %" in out
    assert [rule for rule in ("control", "equity", "offtake") if rule not in out] == []


def test_an_unknown_rule_is_a_usage_error(monkeypatch, capsys, release):
    code, _, err = run(monkeypatch, capsys, *CONTROL, "--rule", "contol", "--release", release)
    assert code == 2
    assert "did you mean control?" in err


def test_a_country_without_output_is_an_error(monkeypatch, capsys, release):
    words = [word if word != "COD" else "DEU" for word in CONTROL]
    code, _, err = run(monkeypatch, capsys, *words, "--release", release)
    assert code == 1
    assert "no output of DEU is on record" in err


def events(monkeypatch, capsys, release, *words):
    code, out, _ = run(monkeypatch, capsys, "data", "events", *words, "--release", release, "--json")
    assert code == 0
    return json.loads(out)["records"]


def test_events_are_a_time_line(monkeypatch, capsys, release):
    found = events(monkeypatch, capsys, release)
    dates = [r["announced"] or r["effective"] for r in found]
    assert dates == sorted(dates)
    assert len(found) == len(read_curated("restriction_events")["event_id"])


def test_events_of_a_country_and_material_on_a_day(monkeypatch, capsys, release):
    gallium = ("--country", "China", "--material", "gallium", "--on")
    before = events(monkeypatch, capsys, release, *gallium, "2023-07-31")
    after = events(monkeypatch, capsys, release, *gallium, "2025-01-15")
    assert before == []
    # the ban on all dual-use goods for military users lists no material: `reach` says that it covers goods in general
    assert {r["event_id"]: r["reach"] for r in after} == {
        "CHN-GAGE-2023": "listed materials",
        "CHN-USA-GAGESB-2024": "listed materials",
        "CHN-USA-MIL-2024": "all dual-use goods",
    }


def test_events_as_a_table_and_of_a_body_that_is_no_country(monkeypatch, capsys, release):
    code, out, _ = run(monkeypatch, capsys, "data", "events", "--country", "WTO,IND", "--release", release)
    assert code == 0
    assert out.startswith("2 restriction events")


def test_in_force_and_on_exclude_each_other_and_a_day_is_a_day(monkeypatch, capsys, release):
    code, _, err = run(monkeypatch, capsys, "data", "events", "--on", "2024-01-01", "--in-force")
    assert (code, "exclude each other" in err) == (2, True)
    code, _, err = run(monkeypatch, capsys, "data", "events", "--on", "2024-13-01", "--release", release)
    assert (code, "is no day" in err) == (2, True)


def test_a_material_without_events_is_a_usage_error(monkeypatch, capsys, release):
    code, _, err = run(monkeypatch, capsys, "data", "events", "--material", "helium", "--release", release)
    assert code == 2
    assert "no event has this material" in err


def test_a_release_without_the_tables_says_so(monkeypatch, capsys, tmp_path):
    embedded = open_snapshot("2026.1")
    shutil.copytree(embedded.path, tmp_path, dirs_exist_ok=True)
    kept = {name: entry for name, entry in embedded.manifest.tables.items() if name not in TABLES}
    manifest = embedded.manifest.model_copy(update={"tables": kept})
    Path(tmp_path / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    code, _, err = run(monkeypatch, capsys, *CONTROL, "--release", str(tmp_path))
    assert code == 1
    assert "has no table 'ownership'" in err


def test_an_event_is_one_line_with_what_who_and_how_hard_below_it(monkeypatch, capsys, release):
    monkeypatch.setenv("COLUMNS", "90")
    code, out, _ = run(monkeypatch, capsys, "data", "events", "--country", "CHN", "--material", "gallium",
                       "--on", "2024-01-01", "--release", release)  # fmt: skip
    lines = out.splitlines()
    assert code == 0
    at = lines.index("2023-08-01 -          CHN licence gallium, germanium to ALL")
    assert lines[at + 1].startswith("    CHN-GAGE-2023, announced 2023-07-03: export licence for 8 gallium")
    assert "    severity: 0 t of gallium exported in August 2023" in lines
    assert any(line.startswith("    source: Ministry of Commerce (MOFCOM) and General") for line in lines)
    assert max(map(len, lines)) <= 90


def test_ninety_nine_events_take_few_lines_and_no_day_breaks(monkeypatch, capsys, release):
    _, out, _ = run(monkeypatch, capsys, "data", "events", "--release", release)
    days = {r["effective"] for r in events(monkeypatch, capsys, release) if r["effective"]}
    assert len(out.splitlines()) < 6 * len(read_curated("restriction_events")["event_id"])
    assert [day for day in days if f"\n{day} " not in out and f"\n{day:<10} " not in out] == []
