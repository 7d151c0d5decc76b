"""A release may have trade in several editions of the Harmonized System."""

import zipfile

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.provenance import Manifest
from monazite.snapshot import open_snapshot
from monazite.snapshot.importing import import_files
from monazite.sources.registry import import_sources
from monazite.sources.table import columns_from_rows
from monazite.supply_chain import build_supply_chain

TRADE = ("year", "exporter", "importer", "edition", "product_code", "value_usd", "quantity_gross_t", "quality",
         "source_id")  # fmt: skip
ROWS = [
    (year, exporter, "JPN", edition, code, 1e6, tonnes, "reported", "baci")
    for year, exporter, edition, code, tonnes in (
        (2020, "FIN", "hs92", 282200, 50.0),
        (2020, "FIN", "hs92", 810510, 40.0),
        (2020, "FIN", "hs17", 282200, 50.0),
        (2020, "FIN", "hs17", 810520, 30.0),
        (2020, "FIN", "hs17", 810530, 10.0),  # the waste that 810510 of HS 1992 holds too
        (2019, "FIN", "hs92", 810510, 20.0),
        (2022, "CHN", "hs22", 811292, 100.0),
        (2022, "DEU", "hs22", 811292, 7.0),
        (2021, "FIN", "hs17", 282200, 60.0),
        (2021, "CHN", "hs92", 250410, 500.0),  # graphite, which nobody reported in HS 2017
    )
]
REPORTS = [  # single reports to UN Comtrade
    (year, "FIN", "JPN", "hs22", 282200, 1e6, 8.0, "reported", "comtrade") for year in (2021, 2023)
]


@pytest.fixture
def make_small_zip(tmp_path):
    """Write BACI_HS17_V202601.zip with rows of oxides and metal of cobalt."""

    def make(years):
        path = tmp_path / "BACI_HS17_V202601.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for year, rows in years.items():
                archive.writestr(f"BACI_HS17_Y{year}_V202601.csv", "\n".join(["t,i,j,k,v,q", *rows, ""]))
            archive.writestr(
                "product_codes_HS17_V202601.csv", "code,description\n282200,oxides\n810520,metal\n"
            )
            countries = "country_code,country_name,country_iso2,country_iso3\n392,Japan,JP,JPN\n"
            archive.writestr("country_codes_V202601.csv", countries)
        return path

    return make


@pytest.fixture(scope="module")
def editions(write_table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("editions")
    production = (
        "material",
        "stage",
        "form",
        "country",
        "year",
        "production_t",
        "quality",
        "source_id",
        "note",
    )
    tables = {
        "trade": columns_from_rows(TRADE, ROWS + REPORTS),
        "trade_by_form": columns_from_rows(
            ("material", "stage", "exporter", "importer", "year", "trade_t", "source_id"),
            [("gallium", "processing", "CHN", "ROW", 1999, 1.0, "gacc")],
        ),
        "production": columns_from_rows(
            production, [("cobalt", "extraction", "ore", "COD", 2020, 95.0, "reported", "usgs", "")]
        ),
        "governance": columns_from_rows(
            ("country", "year", "political_stability", "source_id"), [("CHN", 2020, -0.5, "wgi")]
        ),
    }
    manifest = Manifest(
        release="editions", built_from={}, excluded={}, corrections=0,
        tables={name: write_table(folder, name, table) for name, table in tables.items()},
    )  # fmt: skip
    (folder / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    return open_snapshot(folder)


def gross(chain, exporter, stage):
    return float(chain.arrays["trade_gross_t"].sel(stage=stage, exporter=exporter, importer="JPN"))


def test_a_chain_reads_the_newest_edition_of_the_year_and_separates_waste(editions):
    chain = build_supply_chain(editions, material="cobalt", year=2020)
    # HS 2017: oxides 50 and metal 30 are processing, waste 10 is recycling; HS 1992 would give 50 + 40
    assert gross(chain, "FIN", "processing") == 80
    assert gross(chain, "FIN", "recycling") == 10


def test_a_chain_reads_the_old_edition_where_a_year_has_no_other(editions):
    chain = build_supply_chain(editions, material="cobalt", year=2019)
    assert gross(chain, "FIN", "processing") == 20


def test_codes_asked_for_choose_their_edition(editions):
    chain = build_supply_chain(editions, material="cobalt", year=2020, product_codes=["hs92:810510"])
    assert gross(chain, "FIN", "processing") == 40


def test_codes_of_two_editions_are_refused(editions):
    with pytest.raises(DataError, match="hs92:810510"):
        build_supply_chain(
            editions, material="cobalt", year=2020, product_codes=["hs92:810510", "hs17:810520"]
        )


def test_a_mixed_code_counts_with_its_documented_share_and_is_unknown_elsewhere(editions):
    chain = build_supply_chain(editions, material="gallium", year=2022)
    lanes = chain.arrays["trade_t"].sel(stage="processing", importer="JPN")
    # 10.14 % of what China shipped under 811292 in 2022 was gallium; of Germany nobody says
    assert float(lanes.sel(exporter="CHN")) == pytest.approx(10.14)
    assert np.isnan(float(lanes.sel(exporter="DEU")))


def test_a_material_that_the_newest_edition_of_the_year_lacks_is_read_in_an_older_one(editions):
    assert gross(build_supply_chain(editions, material="cobalt", year=2021), "FIN", "processing") == 60
    assert (
        gross(build_supply_chain(editions, material="natural_graphite", year=2021), "CHN", "extraction")
        == 500
    )


def test_single_reports_count_where_nobody_reconciled_the_trade_of_all(editions):
    chain = build_supply_chain(editions, material="cobalt", year=2023)
    assert gross(chain, "FIN", "processing") == 8
    assert chain.sources("processing", "trade") == chain.lineage.source_ids == ("comtrade",)
    # in 2021 BACI has 60 t in HS 2017; the newer edition of a single report gives way, unless it is asked for
    assert build_supply_chain(editions, material="cobalt", year=2021).sources("processing", "trade") == (
        "baci",
    )
    asked = build_supply_chain(editions, material="cobalt", year=2021, product_codes=["hs22:282200"])
    assert gross(asked, "FIN", "processing") == 8


@pytest.mark.slow
def test_a_chain_reads_an_imported_zip_of_a_newer_edition_and_names_it(make_small_zip, tmp_path):
    # 2024, Finland (246) to Japan (392): oxides 20 t and metal 10 t; the embedded release has HS 1992
    path = make_small_zip(
        {
            2024: ["2024,246,392,282200,500.0,20.0", "2024,246,392,810520,300.0,10.0"],
            2023: ["2023,246,392,282200,500.0,20.0"],
        }
    )
    import_files(import_sources()["baci"], [path], tmp_path / "mine")
    data = open_snapshot(tmp_path / "mine")
    chain = build_supply_chain(data, material="cobalt", year=2024)
    assert gross(chain, "FIN", "processing") == 30
    ((file, title),) = [(one.file, one.title) for one in chain.lineage.files_of("baci")]
    assert file == "BACI_HS17_V202601.zip"
    assert title == "BACI: International Trade Database at the Product-Level, HS17, 2023-2024, all codes"
    older = build_supply_chain(data, material="cobalt", year=2022)
    assert older.lineage.files_of("baci") == ()
    assert gross(older, "FIN", "processing") > 1000
