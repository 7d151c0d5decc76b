"""What a release knows of each material and stage, on a small release made by hand."""

from dataclasses import dataclass, field

import duckdb
import numpy as np
import pytest

from monazite.supply_chain import list_act_materials, list_coverage
from monazite.supply_chain.coverage import format_years


@dataclass
class Release:
    """Tables in memory, read like a snapshot."""

    tables: dict = field(default_factory=dict)
    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    @property
    def manifest(self):
        return self

    def query(self, sql):
        found = self.connection.execute(sql).fetchnumpy()
        return {name: np.ma.filled(column) for name, column in found.items()}


def make_release(**tables):
    release = Release()
    for name, values in tables.items():
        release.connection.execute(
            f"CREATE TABLE {name} AS SELECT * FROM (VALUES {values[1]}) t({values[0]})"
        )
        release.tables[name] = None
    return release


PRODUCTION = (
    "material, stage, year, country, production_t, quality, source_id, form",
    "('cobalt','extraction',2022,'COD',60.0,'reported','usgs','ore'), "
    "('cobalt','extraction',2023,'COD',70.0,'reported','usgs','ore'), "
    "('cobalt','extraction',2023,'AUS',5.0,'estimated','usgs','ore'), "
    "('cobalt','extraction',2023,'ROW',25.0,'reported','usgs','ore'), "
    "('rare_earths','extraction',2023,'CHN',9.0,'reported','bgs','ore')",
)
SHARES = (
    "material, stage, year_start, year, country, supply_share, quality, source_id, form",
    "('cobalt','processing',2016,2020,'CHN',0.6,'estimated','iea','metal'), "
    "('cobalt','processing',2016,2020,'FIN',0.1,'estimated','iea','metal')",
)
SEARCHES = (
    "material, stage, kind, place, looked_on, found",
    "('gallium','extraction','none','USGS','2026-11-24','by-product of alumina'), "
    "('tantalum','processing','missing','USGS','2026-11-24','mines only')",
)


@pytest.fixture
def release():
    return make_release(production=PRODUCTION, supply_shares=SHARES, searches=SEARCHES)


def only(release, material, stage):
    (record,) = list_coverage(release, [material], [stage])
    return record


def test_tonnes_give_years_and_the_leader_of_the_last_year(release):
    # 2023: 70 of 70 + 5 + 25; the rest is no country
    record = only(release, "cobalt", "extraction")
    assert (record["value"], record["years"], record["basis"]) == (2, "2022-2023", "tonnes")
    assert (record["leader"], record["leader_share"], record["countries"]) == ("COD", pytest.approx(0.7), 2)
    assert record["leader_year"] == 2023
    assert record["quality"] == "estimated, reported"
    assert "reason" not in record


def test_shares_that_are_the_mean_of_five_years_are_one_figure(release):
    record = only(release, "cobalt", "processing")
    assert (record["value"], record["years"], record["basis"]) == (1, "2016-2020", "shares")
    assert (record["leader"], record["leader_share"], record["leader_year"]) == ("CHN", 0.6, 2020)
    assert record["reason"] == "no tonnes by country; not looked for"


def test_a_stage_that_does_not_exist_is_no_gap(release):
    record = only(release, "gallium", "extraction")
    assert (record["value"], record["basis"], record["reason"]) == (0, "no stage", "by-product of alumina")


def test_a_gap_says_where_was_looked(release):
    record = only(release, "tantalum", "processing")
    assert (record["value"], record["basis"]) == (0, "no public figure")
    assert record["reason"] == "looked on 2026-11-24 in USGS: mines only"


def test_what_nobody_looked_for_says_so(release):
    record = only(release, "nickel", "processing")
    assert (record["basis"], record["reason"]) == ("not looked for", "not looked for")


def test_elements_are_computed_where_an_analysis_of_a_mined_deposit_lists_them(release, snapshot):
    assert only(release, "neodymium", "extraction")["basis"] == "not looked for"
    record = only(snapshot, "neodymium", "extraction")
    assert (record["basis"], record["quality"]) == ("baskets", "imputed")
    assert str(record["years"]).endswith("2018-2024")
    # no citable analysis of a mined deposit lists dysprosium: only the Commission's shares are left
    assert only(snapshot, "dysprosium", "extraction")["basis"] == "shares"


def test_manufacturing_is_listed_only_where_something_is_known(release):
    stages = {record["stage"] for record in list_coverage(release, ["cobalt"])}
    assert stages == {"extraction", "processing"}


def test_by_default_every_material_of_the_act_is_listed(release):
    assert {record["material"] for record in list_coverage(release)} == set(list_act_materials())
    assert set(list_act_materials("strategic")) <= set(list_act_materials("critical"))


def test_years_are_written_as_ranges():
    assert format_years([]) == ""
    assert format_years([2020, 2018, 2019, 2019, 2024]) == "2018-2020, 2024"
