"""GeoPolRisk factors as Brightway methods, read back with Brightway."""

import os

import pytest

from monazite.errors import DataError
from monazite.indicators.geopolrisk.records import measure_geopolrisk
from monazite.reports.lca.factors import collect_factors

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def brightway(tmp_path_factory):
    """Brightway makes folders where it is imported: here, of its own for the test."""
    before = os.environ.get("BRIGHTWAY2_DIR")
    os.environ["BRIGHTWAY2_DIR"] = str(tmp_path_factory.mktemp("brightway"))
    try:
        bw2data = pytest.importorskip("bw2data", reason="the extra lca is not installed")
        bw2data.projects.change_base_directories(tmp_path_factory.mktemp("projects"), update=False)
        yield pytest.importorskip("monazite.reports.lca.brightway"), bw2data
    finally:
        if before is None:
            del os.environ["BRIGHTWAY2_DIR"]
        else:
            os.environ["BRIGHTWAY2_DIR"] = before


@pytest.fixture(scope="module")
def factors(snapshot):
    return collect(snapshot, [2022])


def collect(snapshot, years, materials=("aluminium", "baryte")):
    records, lineage = measure_geopolrisk(
        snapshot, materials=materials, stages=["extraction", "processing"], regions=["JPN", "EU27"], years=years,
        method="geopolrisk-py",
    )  # fmt: skip
    return collect_factors(records, lineage)


def test_every_factor_is_read_back_by_flow_region_and_year(brightway, factors):
    bridge, bw2data = brightway
    written = bridge.write_brightway(factors, project="read back")
    assert bw2data.projects.current == written.project == "read back"
    found = {
        (name[2], node["code"], name[3]): value
        for name in written.methods
        for node, value in bw2data.Method(name)
    }
    expected = {(str(f.year), f"{f.material}-{f.stage}", f.region): f.value for f in factors.factors}
    assert found == expected
    # geopolrisk-py 2.0.1, year 2022: 1.154995 kg Cu-eq/kg for aluminium in Japan
    assert found["2022", "aluminium-processing", "JPN"] == pytest.approx(1.154995, abs=1e-4)


def test_methods_carry_unit_and_description_and_flows_are_in_kilogram(brightway, factors):
    bridge, bw2data = brightway
    written = bridge.write_brightway(factors, project="described")
    method = bw2data.Method(written.methods[0])
    assert method.metadata["unit"] == "kg Cu-eq"
    assert "Release 2026.1" in method.metadata["description"]
    nodes = list(bw2data.Database(written.database))
    assert {node["unit"] for node in nodes} == {"kilogram"}
    assert {node["type"] for node in nodes} == {"natural resource"}
    assert bw2data.methods[written.methods[0]]["num_cfs"] == len(method.load())


def test_methods_that_exist_give_way_only_when_told_and_later_years_leave_the_flows_alone(
    brightway, snapshot, factors
):
    bridge, bw2data = brightway
    first = bridge.write_brightway(factors, project="again")
    with pytest.raises(DataError, match="of these methods exist"):
        bridge.write_brightway(factors, project="again")
    before = {node["code"]: node.id for node in bw2data.Database(first.database)}
    bridge.write_brightway(collect(snapshot, [2021], ("aluminium", "baryte", "cobalt")), project="again")
    bridge.write_brightway(factors, project="again", overwrite=True)
    after = {node["code"]: node.id for node in bw2data.Database(first.database)}
    assert {code: after[code] for code in before} == before
    assert "cobalt-processing" in set(after) - set(before)
    assert len(bw2data.Method(first.methods[0]).load()) > 0
