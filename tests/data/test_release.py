"""Checks on the shipped release: keys, codes, sources, gaps, corrections, world totals."""

import csv
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

from monazite.provenance import read_corrections
from monazite.snapshot import read_origins
from monazite.sources.citation import citation_problem
from monazite.supply_chain import build_supply_chain
from monazite.vocabulary import (
    STAGES,
    all_products,
    contained_factor,
    countries,
    group_members,
    materials,
    molar_mass,
    resolve_material,
)

TABLES = ("governance", "production", "trade", "trade_by_form")
QUALITIES = {
    "trade": {"reported", "doubtful", "corrected"},
    "trade_by_form": {"reported", "estimated"},
    "production": {"reported", "estimated", "corrected"},
}
COUNTRY_COLUMNS = {
    "trade": ("exporter", "importer"),
    "trade_by_form": ("exporter", "importer"),
    "production": ("country",),
    "governance": ("country",),
}
UNMAPPED = {250830, 250840}  # fireclay and other clays: traded in the carrier, no material of ours


def rows(snapshot, sql):
    found = snapshot.query(sql)
    return [tuple(row) for row in zip(*(column.tolist() for column in found.values()), strict=True)]


def test_the_release_has_the_four_tables_that_a_chain_needs(snapshot):
    assert set(TABLES) <= set(snapshot.manifest.tables)


def test_no_row_of_any_table_is_without_a_citable_source(snapshot):
    # tables of one publisher name it in source_id; all others cite publication and table in `source` as well
    for table in snapshot.manifest.tables:
        columns = set(snapshot.query(f"SELECT * FROM {table} LIMIT 0"))
        assert "source_id" in columns, table
        unnamed = "coalesce(source_id, '') = ''" + (
            " OR coalesce(source, '') = ''" if "source" in columns else ""
        )
        assert rows(snapshot, f"SELECT * FROM {table} WHERE {unnamed}") == [], table
        found = {source for (source,) in rows(snapshot, f"SELECT DISTINCT source_id FROM {table}")}
        assert found - set(read_origins()) == set(), table
        if "source" in columns:
            cited = [source for (source,) in rows(snapshot, f"SELECT DISTINCT source FROM {table}")]
            assert [source for source in cited if citation_problem(source)] == [], table


def test_a_quoted_figure_says_where_it_was_read(snapshot):
    for table in snapshot.manifest.tables:
        columns = set(snapshot.query(f"SELECT * FROM {table} LIMIT 0"))
        if "checked" in columns:
            unread = "checked = 'quoted' AND coalesce(read_in, '') = ''"
            assert rows(snapshot, f"SELECT * FROM {table} WHERE {unread}") == [], table


@pytest.mark.parametrize("table", TABLES)
def test_every_primary_key_is_unique_and_the_manifest_counts_the_rows(snapshot, table):
    entry = snapshot.manifest.tables[table]
    key = ", ".join(entry.primary_key)
    ((count, distinct),) = rows(
        snapshot,
        f"SELECT count(*)::INT, (SELECT count(*)::INT FROM (SELECT DISTINCT {key} FROM {table})) FROM {table}",
    )
    assert count == distinct == entry.rows


@pytest.mark.parametrize("table", TABLES)
def test_every_country_is_in_the_vocabulary(snapshot, table):
    for column in COUNTRY_COLUMNS[table]:
        found = {code for (code,) in rows(snapshot, f"SELECT DISTINCT {column} FROM {table}")}
        assert found - {*countries(), "ROW"} == set()  # ROW: countries that a publisher does not name


@pytest.mark.parametrize("table", TABLES)
def test_every_row_names_a_source_with_an_origin_sheet(snapshot, table):
    found = {source for (source,) in rows(snapshot, f"SELECT DISTINCT source_id FROM {table}")}
    assert found == set(snapshot.manifest.tables[table].source_ids)
    assert found - set(read_origins()) == set()


@pytest.mark.parametrize("table", sorted(QUALITIES))
def test_every_row_has_a_quality_of_the_list(snapshot, table):
    found = {quality for (quality,) in rows(snapshot, f"SELECT DISTINCT quality FROM {table}")}
    assert found - QUALITIES[table] == set()


def test_curated_rows_say_where_the_figure_stands(snapshot):
    assert (
        rows(snapshot, "SELECT * FROM production WHERE coalesce(source, '') = '' OR coalesce(form, '') = ''")
        == []
    )
    assert rows(snapshot, "SELECT * FROM trade_by_form WHERE coalesce(source, '') = ''") == []


def test_nothing_is_negative_and_no_quantity_is_a_zero_that_means_missing(snapshot):
    assert rows(snapshot, "SELECT * FROM trade WHERE value_usd < 0 OR quantity_gross_t <= 0") == []
    assert rows(snapshot, "SELECT * FROM production WHERE production_t < 0 OR production_t IS NULL") == []
    assert rows(snapshot, "SELECT * FROM trade_by_form WHERE trade_t <= 0 OR trade_t IS NULL") == []


def test_nobody_trades_with_itself(snapshot):
    assert rows(snapshot, "SELECT * FROM trade WHERE exporter = importer") == []


def test_the_share_of_missing_quantities_is_as_known(snapshot):
    # 13 to 14 % of rows before 2000, 2 to 6 % since
    found = dict(
        rows(snapshot, "SELECT year::INT, avg((quantity_gross_t IS NULL)::INT) FROM trade GROUP BY year")
    )
    assert sorted(found) == list(range(1995, 2025))
    assert all(0.125 < share < 0.14 for year, share in found.items() if year < 2000)
    assert all(0.02 < share < 0.06 for year, share in found.items() if year >= 2000)


def test_a_value_is_missing_only_where_a_correction_withdrew_it(snapshot):
    assert rows(
        snapshot,
        "SELECT year::INT, exporter, importer, product_code::INT, quality FROM trade WHERE value_usd IS NULL",
    ) == [(2016, "CHN", "TWN", 284690, "corrected")]


def test_the_corrections_are_applied(snapshot):
    found = rows(
        snapshot,
        "SELECT year::INT, exporter, importer, value_usd IS NULL, quantity_gross_t IS NULL FROM trade "
        "WHERE quality = 'corrected' ORDER BY year",
    )
    assert found == [(2016, "CHN", "TWN", True, False), (2024, "TUR", "BEN", False, True)]


def test_guyanas_gold_is_not_that_of_french_guiana(snapshot):
    # the carrier's row of Guyana repeats French Guiana's 1,164 kg of 2023; its Total lacks 13,440 - 1,164 kg
    found = rows(
        snapshot,
        "SELECT country, year::INT, production_t, published_t, quality FROM production "
        "WHERE material = 'gold' AND country IN ('GUF', 'GUY') AND year >= 2023 ORDER BY country, year",
    )
    assert found == [
        ("GUF", 2023, 1.164, 1.164, "reported"), ("GUF", 2024, 1.072, 1.072, "reported"),
        ("GUY", 2023, 13.44, 1.164, "corrected"), ("GUY", 2024, 13.501, 1.072, "corrected"),
    ]  # fmt: skip


def test_every_correction_file_is_counted_in_the_manifest(snapshot):
    folder = snapshot.path.parent / "corrections"
    assert sum(len(read_corrections(path)) for path in folder.glob("*.yaml")) == snapshot.manifest.corrections


def test_doubt_hits_chinas_bauxite_of_2016_and_spares_what_moved_with_the_market(snapshot):
    found = dict(
        rows(
            snapshot,
            "SELECT exporter, quality FROM trade WHERE product_code = 260600 AND importer = 'CHN' AND year = 2016",
        )
    )
    assert {found["AUS"], found["GIN"]} == {"doubtful"}
    assert {found["MYS"], found["BRA"], found["IND"]} == {"reported"}


def test_doubt_stays_rare(snapshot):
    ((share,),) = rows(snapshot, "SELECT avg((quality = 'doubtful')::INT) FROM trade")
    assert 0.002 < share < 0.006


def test_doubtful_bauxite_is_imputed_from_its_neighbours(snapshot):
    # Australia sent China 19.6 and 25.5 Mt in 2015 and 2017; 3.4 Mt on record for 2016 is no such year
    chains = {y: build_supply_chain(snapshot, material="aluminium", year=y) for y in (2015, 2016, 2017)}
    lanes = {
        year: float(chain.trade_t.sel(stage="extraction", exporter="AUS", importer="CHN")) / 0.25 / 1e6
        for year, chain in chains.items()
    }
    assert 15 < lanes[2016] < 30
    assert 0.6 < lanes[2016] / (0.5 * (lanes[2015] + lanes[2017])) < 1.6


def test_no_total_is_a_country(snapshot):
    # the countries of World Mining Data add up to its own Total: 398,008 t of rare earths in 2024, not twice that
    assert rows(snapshot, "SELECT DISTINCT country FROM production WHERE length(country) <> 3") == []
    ((world,),) = rows(
        snapshot,
        "SELECT sum(production_t) FROM production WHERE material = 'rare_earths' AND year = 2024 "
        "AND stage = 'extraction'",
    )
    assert world == 398008


def test_what_was_left_out_is_listed(snapshot):
    # 62 tables of 7 years have a Total each; Guyana has two rows of 26 years
    left_out = {
        "world_mining_data: figures of the rows `Total`, checked and left out": 434,
        "world_mining_data: figures of Diamonds (Gem), published in carats": 161,
        "world_mining_data: figures of Diamonds (Ind), published in carats": 154,
        "world_mining_data: figures of Natural Gas, published in million cubic metres": 663,
        "wgi: figures of Guyana, which stands twice with different ones": 52,
    }
    assert left_out.items() <= snapshot.manifest.excluded.items()
    assert rows(snapshot, "SELECT * FROM governance WHERE country = 'GUY'") == []


def test_every_figure_that_was_read_is_kept_corrected_or_excluded_with_a_reason(snapshot):
    reads = snapshot.manifest.reads
    assert set(reads) == {"baci", "wgi", "world_mining_data"}
    assert all(counts.is_balanced for counts in reads.values())
    assert reads["baci"].read == snapshot.manifest.tables["trade"].rows == 1_264_888
    for source_id, counts in reads.items():
        reasons = {
            why: n for why, n in snapshot.manifest.excluded.items() if why.startswith(f"{source_id}: ")
        }
        assert sum(reasons.values()) == counts.excluded


def read_commodities():
    path = Path(str(files("monazite"))) / "data" / "curated" / "wmd_commodities.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["wmd_table"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("table", "published"),
    [
        ("Arsenic", "As2O3"), ("Chromium (Cr2O3)", "Cr2O3"), ("Lithium (Li2O)", "Li2O"),
        ("Niobium (Nb2O5)", "Nb2O5"), ("Phosphate Rock (P2O5)", "P2O5"), ("Potash (K2O)", "K2O"),
        ("Rare Earths (REO)", "REO"), ("Tantalum (Ta2O5)", "Ta2O5"), ("Titanium (TiO2)", "TiO2"),
        ("Uranium (U3O8)", "U3O8"),
    ],
)  # fmt: skip
def test_an_oxide_is_counted_as_the_material_by_stoichiometry(table, published):
    row = read_commodities()[table]
    wanted = materials()[row["material"]].contained_as
    assert float(row["content_factor"]) == pytest.approx(contained_factor(published, wanted), rel=1e-5)
    assert row["content_basis"].startswith(f"published as {published}")


def test_the_factor_of_boron_minerals_is_the_midpoint_of_tincal_and_kernite():
    # B2O3 in Na2B4O7 with n H2O: 2 B2O3 over the mineral, 0.3651 with n = 10 and 0.5095 with n = 4
    b2o3, borax, water = (molar_mass(formula) for formula in ("B2O3", "Na2B4O7", "H2O"))
    middle = sum(2 * b2o3 / (borax + n * water) for n in (10, 4)) / 2
    assert float(read_commodities()["Boron Minerals"]["content_factor"]) == pytest.approx(middle, abs=1e-4)


def test_every_commodity_is_one_material_at_one_stage():
    table = read_commodities()
    places = [(row["material"], row["stage"]) for row in table.values()]
    assert len(set(places)) == len(places) == 62
    assert {material for material, _ in places} - set(materials()) == set()
    assert {stage for _, stage in places} == {"extraction", "processing"}
    assert [name for name in table if resolve_material(name) != table[name]["material"]] == []


@pytest.mark.parametrize(
    ("material", "stage", "country", "published", "contained"),
    [
        # 2022: 149,800 t Li2O x 0.46454; 4,330 t of concentrate x 4 %; kg of gold and rhenium as tonnes
        ("lithium", "extraction", "AUS", 149_800, 69_588), ("beryllium", "extraction", "USA", 4_330, 173.2),
        ("gold", "extraction", "AUS", 302.642, 302.642), ("rhenium", "extraction", "CHL", 32.303, 32.303),
        ("aluminium", "extraction", "GUY", 705_631, 176_407.75),
    ],
)  # fmt: skip
def test_production_is_contained_tonnes_beside_what_was_published(
    snapshot, material, stage, country, published, contained
):
    ((production_t, published_t),) = rows(
        snapshot,
        f"SELECT production_t, published_t FROM production WHERE material = '{material}' "
        f"AND stage = '{stage}' AND country = '{country}' AND year = 2022",
    )
    assert (production_t, published_t) == (pytest.approx(contained, rel=1e-5), pytest.approx(published))


def test_kosovo_and_new_caledonia_stand_for_themselves(snapshot):
    # the carrier gives Kosovo the code R20 and French Guiana that of Guyana
    found = {
        code
        for (code,) in rows(snapshot, "SELECT DISTINCT country FROM production WHERE material = 'nickel'")
    }
    assert {"XKX", "NCL"} <= found
    assert rows(snapshot, "SELECT DISTINCT country FROM governance WHERE country IN ('XKX', 'GUF')") == []
    ((kosovo,),) = rows(
        snapshot,
        "SELECT production_t FROM production WHERE material = 'nickel' AND country = 'XKX' AND year = 2018",
    )
    assert kosovo == 4790


def test_countries_that_ended_or_began_trade_only_in_their_years(snapshot):
    found = {
        code: (first, last)
        for code, first, last in rows(
            snapshot,
            "SELECT exporter, min(year)::INT, max(year)::INT FROM trade "
            "WHERE exporter IN ('ANT', 'SCG', 'SRB', 'MNE', 'CUW', 'SSD') GROUP BY exporter",
        )
    }
    assert found == {
        "ANT": (1995, 2010), "SCG": (1995, 2005), "SRB": (2006, 2024), "MNE": (2006, 2024), "CUW": (2011, 2024),
        "SSD": (2012, 2024),
    }  # fmt: skip


def test_taiwan_and_the_codes_that_are_not_m49_are_read_right(snapshot):
    # BACI: 842 USA, 251 France, 699 India, 579 Norway, 757 Switzerland, 490 Taiwan; each trades every year
    for code in ("USA", "FRA", "IND", "NOR", "CHE", "TWN", "NAM"):
        ((years,),) = rows(snapshot, f"SELECT count(DISTINCT year)::INT FROM trade WHERE exporter = '{code}'")
        assert years >= (25 if code == "NAM" else 30), code


def test_every_member_of_the_union_trades_and_has_a_governance_estimate(snapshot):
    exporters = {code for (code,) in rows(snapshot, "SELECT DISTINCT exporter FROM trade WHERE year = 2024")}
    rated = {code for (code,) in rows(snapshot, "SELECT DISTINCT country FROM governance WHERE year = 2024")}
    members = set(group_members("EU27", 2024))
    assert members - exporters == set()
    assert members - rated == set()


def test_every_product_code_is_mapped_or_listed_as_unmapped(snapshot):
    traded = {code for (code,) in rows(snapshot, "SELECT DISTINCT product_code::INT FROM trade")}
    mapped = {product.code for product in all_products() if product.edition == "hs92"}
    assert traded - mapped == UNMAPPED
    assert len(traded) == 74


def test_every_material_and_stage_is_of_the_vocabulary(snapshot):
    found = rows(
        snapshot, "SELECT material, stage FROM production UNION SELECT material, stage FROM trade_by_form"
    )
    assert {material for material, _ in found} - set(materials()) == set()
    assert {stage for _, stage in found} - set(STAGES) == set()


def test_world_production_never_jumps_by_a_factor_of_three_from_year_to_year(snapshot):
    totals = rows(
        snapshot,
        "SELECT material, stage, year::INT AS y, sum(production_t) FROM production GROUP BY ALL ORDER BY 1, 2, 3",
    )
    jumps = [
        (material, stage, year, round(tonnes / before, 2))
        for (m, s, y, before), (material, stage, year, tonnes) in pairwise(totals)
        if (m, s, y + 1) == (material, stage, year) and not 1 / 3 < tonnes / before < 3
    ]
    assert jumps == []


def test_one_publisher_covers_a_material_stage_and_year(snapshot):
    assert (
        rows(
            snapshot,
            "SELECT material, stage, year::INT FROM production GROUP BY ALL HAVING count(DISTINCT source_id) > 1",
        )
        == []
    )


def test_governance_estimates_are_on_their_scale_and_have_a_spread(snapshot):
    assert (
        rows(
            snapshot,
            "SELECT * FROM governance WHERE NOT (political_stability BETWEEN -3.5 AND 2.5) "
            "OR political_stability IS NULL OR NOT political_stability_sd > 0",
        )
        == []
    )
    years = {year for (year,) in rows(snapshot, "SELECT DISTINCT year::INT FROM governance")}
    assert years == {1996, 1998, 2000, *range(2002, 2025)}
