"""A release may have trade in several editions of the Harmonized System."""

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.provenance import Manifest
from monazite.snapshot import open_snapshot
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
    )
]


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
        "trade": columns_from_rows(TRADE, ROWS),
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
