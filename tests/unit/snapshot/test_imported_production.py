"""Imported figures of production and shares count: production and conflicts are chosen anew."""

import csv
import io
import json
from dataclasses import asdict

import pytest

from monazite.errors import SnapshotError
from monazite.indicators.measure import measure
from monazite.provenance import Lineage, hash_file
from monazite.snapshot import commit, derived, open_snapshot
from monazite.snapshot.checks import find_issues
from monazite.snapshot.derived import REPORTS
from monazite.snapshot.importing import import_files
from monazite.snapshot.work import work_folder
from monazite.sources.curated import read_curated
from monazite.sources.production_choice import KEYS, build_production
from monazite.sources.registry import PRODUCTION, import_sources
from monazite.sources.usgs import HEADER
from monazite.supply_chain import build_supply_chain

pytestmark = pytest.mark.slow

USGS = import_sources()["usgs"]
BGS = import_sources()["bgs"]
EU = import_sources()["eu_crm_2023"]
ROW = {
    "MCS chapter": "", "Section": "World Production and Capacity", "Statistics": "Production", "Year": "2026",
    "Unit": "metric tons", "Notes": "", "Is critical mineral 2025": "Yes", "Other notes": "",
}  # fmt: skip
GALLIUM = ROW | {"Commodity": "Gallium", "Statistics_detail": "Primary production"}
CHROMITE = ROW | {"Commodity": "Chromium", "Statistics_detail": "Mine production"}
TITANIUM = ROW | {"Commodity": "Titanium Mineral Concentrates"}
ILMENITE = TITANIUM | {"Statistics_detail": "Mine production: Ilmenite"}
RUTILE = TITANIUM | {"Statistics_detail": "Mine production: Rutile"}


@pytest.fixture
def target(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MONAZITE_DATA", raising=False)
    return tmp_path / "mine"


def write_usgs(folder, *rows, name="MCS2027_Commodities_Data.csv"):
    """Write rows (base, country, tonnes[, year]) in the layout of the data release of 2026."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for base, country, tonnes, *year in rows:
        row = base | {"Country": country, "Value": tonnes} | ({"Year": str(year[0])} if year else {})
        writer.writerow([row[column] for column in HEADER])
    path = folder / name
    path.write_bytes(out.getvalue().encode("cp1252"))
    return path


def write_bgs(folder, commodity, *rows, name):
    """Write rows (country, year, tonnes) of one commodity as the features interface gives them."""
    names = ("bgs_statistic_type_trans", "bgs_commodity_trans", "bgs_sub_commodity_trans", "country_trans", "year",
             "quantity", "units", "sdmx_code", "concat_figure_notes_text", "yearbook_table_trans")  # fmt: skip
    lines = [
        (
            "Production",
            commodity,
            "",
            country,
            f"{year}-01-01",
            str(tonnes),
            "tonnes (metric)",
            "A",
            "",
            "table",
        )
        for country, year, tonnes in rows
    ]
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *lines])
    return path


def production(release, material, stage, year):
    found = open_snapshot(release).query(
        "SELECT country, production_t, source_id, form FROM production "
        "WHERE material = $material AND stage = $stage AND year = $year ORDER BY country",
        {"material": material, "stage": stage, "year": year},
    )
    return [tuple(row) for row in zip(*(column.tolist() for column in found.values()), strict=True)]


def hashes(path):
    return {file.name: hash_file(file) for file in path.iterdir() if file.name != "verified.json"}


# Figures that count


def test_a_measure_uses_the_imported_figures_of_a_newer_year(target, tmp_path):
    import_files(USGS, [write_usgs(tmp_path, (GALLIUM, "China", "900"), (GALLIUM, "Japan", "100"))], target)
    records, lineage = measure(
        open_snapshot(target), "top-share", materials=["gallium"], stages=["processing"], regions=[], years=[2026]
    )  # fmt: skip
    # 900 of 1000 t
    assert [(one["country"], one["value"]) for one in records] == [("CHN", 0.9), ("JPN", 0.1)]
    assert [(one.file, one.source_id) for one in lineage.imports] == [
        ("MCS2027_Commodities_Data.csv", "usgs")
    ]


def test_imported_rows_replace_those_of_the_same_source_material_stage_and_year(target, tmp_path):
    import_files(USGS, [write_usgs(tmp_path, (GALLIUM, "China", "950", 2025))], target)
    assert production(target, "gallium", "processing", 2025) == [("CHN", 950.0, "usgs", "primary gallium")]
    # other years and other materials of the same source are as before
    for place in (("gallium", "processing", 2024), ("silicon", "processing", 2025)):
        assert production(target, *place) == production("2026.1", *place) != []


def test_figures_without_content_are_kept_beside_and_counted(target, tmp_path):
    file = write_usgs(tmp_path, (GALLIUM, "China", "900"), (CHROMITE, "South Africa", "20,000"))
    none = write_usgs(tmp_path, (CHROMITE, "South Africa", "20,000", 2027), name="none.csv")
    manifest = import_files(USGS, [file], target)
    import_files(USGS, [none], target)
    chain = build_supply_chain(open_snapshot(target), material="gallium", year=2026)
    assert [one.file for one in chain.lineage.imports] == [file.name]
    assert [(one.table, one.rows) for one in manifest.imports] == [(REPORTS, 1), ("published_production", 1)]
    assert "1 figures whose content nobody gives stay in published_production and do not count" in " ".join(
        manifest.imports[0].notes
    )
    assert production(target, "chromium", "extraction", 2026) == []


def test_products_that_are_all_of_a_material_together_are_added_up(target, tmp_path):
    rows = [(ILMENITE, "South Africa", "1,000"), (RUTILE, "South Africa", "100"), (ILMENITE, "Norway", "200")]
    import_files(USGS, [write_usgs(tmp_path, *rows)], target)
    # 1100 and 200 t of TiO2 at 0.599349 t Ti/t
    assert production(target, "titanium", "extraction", 2026) == [
        ("NOR", pytest.approx(119.8698), "usgs", "ilmenite and rutile"),
        ("ZAF", pytest.approx(659.2839), "usgs", "ilmenite and rutile"),
    ]
    checked = open_snapshot(target).query(
        f"SELECT checked FROM {REPORTS} WHERE material = 'titanium' AND year = 2026 ORDER BY country"
    )["checked"]
    assert checked.tolist() == ["publisher", "derived"]


def test_a_product_beside_the_main_one_never_becomes_production(target, tmp_path):
    alumina = ROW | {"Commodity": "Alumina", "Statistics_detail": "Alumina, refinery production"}
    file = write_usgs(tmp_path, (alumina, "China", "100", 2025))
    import_files(USGS, [file], target)
    assert production(target, "aluminium", "processing", 2025) == production(
        "2026.1", "aluminium", "processing", 2025
    )


def test_conflicts_are_listed_anew(target, tmp_path):
    rows = [("China", year, 400.0) for year in (2023, 2024)]
    import_files(BGS, [write_bgs(tmp_path, "gallium, primary", *rows, name="gallium.csv")], target)
    sql = (
        "SELECT other_source_id, other_t FROM conflicts WHERE material = 'gallium' AND year = 2024 "
        "AND region = 'CHN' AND other_source_id = 'bgs'"
    )
    assert len(open_snapshot("2026.1").query(sql)["other_t"]) == 0
    assert open_snapshot(target).query(sql)["other_t"].tolist() == [400.0]  # WMD counts 974 t


def test_another_publisher_that_counts_now_is_told(target, tmp_path):
    known = production("2026.1", "gallium", "processing", 2023)
    rows = [("China", year, 700.0) for year in range(2000, 2024)]
    manifest = import_files(BGS, [write_bgs(tmp_path, "gallium, primary", *rows, name="gallium.csv")], target)
    # 24 years of BGS are a longer run than the 7 of World Mining Data (docs/decisions/0007)
    assert {source for _, _, source, _ in known} == {"world_mining_data"}
    assert {source for _, _, source, _ in production(target, "gallium", "processing", 2023)} == {"bgs"}
    notes = "\n".join(manifest.imports[0].notes)
    assert "production, new: gallium processing 2000-2017 (bgs)" in notes
    assert "production, another source: gallium processing 2018-2023 (bgs for world_mining_data)" in notes
    assert notes in "\n".join(issue.note for issue in find_issues(open_snapshot(target), kind="import"))


def test_a_file_that_has_a_few_of_the_countries_is_doubted(target, tmp_path):
    manifest = import_files(USGS, [write_usgs(tmp_path, (GALLIUM, "China", "950", 2025))], target)
    assert manifest.imports[0].notes[-1] == (
        "few countries; is the file a part of what is published? gallium processing 2025 "
        "(usgs: 1 countries instead of 5)"
    )


# What gives way


def test_files_of_one_publisher_stand_beside_each_other(target, tmp_path):
    cobalt = write_bgs(tmp_path, "cobalt, mine", ("Finland", 1990, 5.0), name="cobalt.csv")
    nickel = write_bgs(tmp_path, "nickel, mine", ("Finland", 1990, 7.0), name="nickel.csv")
    tin = write_bgs(tmp_path, "tungsten, mine", ("Finland", 1990, 9.0), name="tungsten.csv")
    import_files(BGS, [cobalt, nickel], target)
    manifest = import_files(BGS, [tin], target)
    assert [one.origin.carrier for one in manifest.imports if one.table == REPORTS] == [
        "cobalt.csv", "nickel.csv", "tungsten.csv",
    ]  # fmt: skip
    assert [production(target, name, "extraction", 1990)[0][1] for name in ("cobalt", "nickel", "tungsten")] == [
        5.0, 7.0, 9.0,
    ]  # fmt: skip


def test_rows_of_an_earlier_file_give_way_only_with_overwrite(target, tmp_path):
    import_files(USGS, [write_usgs(tmp_path, (GALLIUM, "China", "900"))], target)
    before = hashes(target)
    other = write_usgs(tmp_path, (GALLIUM, "China", "910"), name="older.csv")
    with pytest.raises(SnapshotError) as caught:
        import_files(USGS, [other], target)
    assert str(caught.value) == (
        "release mine: rows that another file brought would give way; nothing was imported.\n"
        "  which:    production_reports: 1 rows, from MCS2027_Commodities_Data.csv\n"
        "  expected: years and materials that it does not have yet\n"
        "  fix:      use --overwrite if this file is the newer one, or import into another release"
    )
    assert hashes(target) == before
    import_files(USGS, [other], target, overwrite=True)
    assert production(target, "gallium", "processing", 2026)[0][1] == 910.0


def test_two_files_of_one_import_that_share_rows_are_refused(target, tmp_path):
    files = [
        write_bgs(tmp_path, "cobalt, mine", ("Finland", 1990, tonnes), name=f"{tonnes}.csv")
        for tonnes in (1, 2)
    ]
    with pytest.raises(SnapshotError, match=r"1 keys would stand twice(.|\n)*--overwrite"):
        import_files(BGS, files, target)
    assert not target.exists()


# Whole or not at all


def test_the_same_figures_give_the_same_bytes_and_the_embedded_release_stays(target, tmp_path):
    embedded = open_snapshot("2026.1").path
    before = hashes(embedded)
    file = write_usgs(tmp_path, (GALLIUM, "China", "900"), (ILMENITE, "Norway", "200"))
    first, second = (import_files(USGS, [file], target.with_name(name)).tables for name in ("one", "two"))
    assert {name: first[name].sha256 for name in KEYS} == {name: second[name].sha256 for name in KEYS}
    assert hashes(embedded) == before
    assert open_snapshot(target.with_name("one"), is_full_check=True).manifest.tables == first


@pytest.mark.parametrize("module, step", [(derived, "build_production"), (commit, "replace_text")])
def test_a_fault_on_the_way_leaves_the_old_release(target, tmp_path, monkeypatch, module, step):
    import_files(USGS, [write_usgs(tmp_path, (GALLIUM, "China", "900"))], target)
    before = hashes(target)
    file = write_usgs(tmp_path, (GALLIUM, "China", "910", 2027), name="next.csv")

    def fail(*arguments, **options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, step, fail)
        with pytest.raises(SnapshotError, match="the disk is full"):
            import_files(USGS, [file], target)
    assert hashes(target) == before
    import_files(USGS, [file], target)
    assert production(target, "gallium", "processing", 2027)[0][1] == 910.0
    assert not work_folder(target).exists()


def test_a_release_without_reports_takes_none(target, tmp_path):
    base = open_snapshot("2026.1")
    small = tmp_path / "small"
    small.mkdir()
    for entry in base.manifest.tables.values():
        (small / entry.file).write_bytes((base.path / entry.file).read_bytes())
    tables = {name: entry for name, entry in base.manifest.tables.items() if name != REPORTS}
    text = base.manifest.model_copy(update={"tables": tables}).model_dump_json()
    (small / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(
        SnapshotError, match=r"cannot take reports of production(.|\n)*no table production_reports"
    ):
        import_files(USGS, [write_usgs(tmp_path, (GALLIUM, "China", "900"))], target, base=small)


# The tables that decide


def rows_of(table, names):
    """The rows of a table in no order; sums are the same to nine digits whatever their order."""
    columns = [
        [f"{cell:.9g}" if isinstance(cell, float) else str(cell) for cell in table[name].tolist()]
        for name in names
    ]
    return set(zip(*columns, strict=True))


def test_choosing_anew_from_the_reports_of_the_embedded_release_changes_nothing(snapshot):
    tables = build_production(
        snapshot.query(f"SELECT * FROM {REPORTS}"), read_curated("production_preferences")
    )
    for name in ("production", "conflicts"):
        shipped = snapshot.query(f"SELECT * FROM {name}")
        assert rows_of(tables[name], shipped) == rows_of(shipped, shipped)


def test_every_commodity_covers_what_the_embedded_reports_of_its_form_cover(snapshot):
    found = snapshot.query(f"SELECT DISTINCT source_id, material, stage, form, covers FROM {REPORTS}")
    shipped = {
        tuple(row[:4]): row[4] for row in zip(*(column.tolist() for column in found.values()), strict=True)
    }
    maps = {"usgs": "usgs_commodities", "bgs": "bgs_commodities", "iea": "iea_minerals",
            "world_mining_data": "wmd_commodities"}  # fmt: skip
    assert set(maps) == set(PRODUCTION)
    for source, name in maps.items():
        table = read_curated(name)
        for row in range(len(table["material"])):
            key = source, *(str(table[column][row]) for column in ("material", "stage", "form"))
            assert shipped.get(key, table["covers"][row]) == table["covers"][row], key


def test_a_source_covers_all_of_a_material_and_stage_in_one_form():
    for name in ("usgs_commodities", "bgs_commodities", "iea_minerals", "wmd_commodities"):
        table = read_curated(name)
        forms = {}
        for row in range(len(table["material"])):
            if table["covers"][row] in ("all", "part") and table["content_factor"][row] > 0:
                place = table["material"][row], table["stage"][row]
                forms.setdefault(place, set()).add(table["form"][row])
        # strontium is published gross since 2026, by content before: never both in one file
        assert [place for place, found in forms.items() if len(found) > 1] in (
            [],
            [("strontium", "extraction")],
        )


# Shares of the EU study


def test_imported_shares_of_world_supply_count_and_the_rest_is_kept(target, tmp_path):
    world = tmp_path / "global_supply_shares_t.csv"
    world.write_text(
        "Material,Stage,Country,Share,t\nHafnium,P,France,51%,1.0\nHafnium,P,China,<0.1%,1.0\n",
        encoding="utf-8",
    )
    ours = tmp_path / "eu_supply_shares_t.csv"
    ours.write_text("Material,Stage,Country,Share,t\nHafnium,P,France,80%,1.0\n", encoding="utf-8")
    manifest = import_files(EU, [world, ours], target)
    assert [(one.table, one.origin.carrier, one.rows, one.replaced_rows) for one in manifest.imports] == [
        ("supply_shares", world.name, 1, 5),
        ("supply_shares", ours.name, 0, 0),
        ("supply_shares_reported", world.name, 1, 0),
        ("supply_shares_reported", ours.name, 1, 0),
    ]
    records, lineage = measure(
        open_snapshot(target), "top-share", materials=["hafnium"], stages=["processing"], regions=[], years=[2018]
    )  # fmt: skip
    assert [(one["country"], one["value"], one["low"], one["high"]) for one in records] == [
        ("FRA", 0.51, 0.505, 0.515)
    ]
    assert [one.file for one in lineage.imports] == [world.name]


def test_a_lineage_takes_its_imported_files_back_from_json(target, tmp_path):
    import_files(USGS, [write_usgs(tmp_path, (GALLIUM, "China", "900"))], target)
    lineage = open_snapshot(target).lineage.with_sources("usgs")
    assert [one.tables for one in lineage.imports] == [(REPORTS,)]
    read = json.loads(json.dumps(asdict(lineage)))
    assert Lineage(**read | {"source_ids": tuple(read["source_ids"])}) == lineage
