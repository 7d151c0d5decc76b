"""GeoPolRisk factors as openLCA JSON-LD, read back with the library of openLCA's makers."""

import zipfile

import pytest

from monazite.errors import DataError
from monazite.indicators.geopolrisk.records import measure_geopolrisk
from monazite.reports.lca.factors import collect_factors, describe_factors, name_goods

olca = pytest.importorskip("olca_schema", reason="the extra lca is not installed")
zipio = pytest.importorskip("olca_schema.zipio")
openlca = pytest.importorskip("monazite.reports.lca.openlca")


@pytest.fixture(scope="module")
def factors(snapshot):
    records, lineage = measure_geopolrisk(
        snapshot, materials=["aluminium", "baryte", "cobalt"], stages=["extraction", "processing"],
        regions=["JPN", "USA", "EU27"], years=[2021, 2022], method="geopolrisk-py",
    )  # fmt: skip
    return collect_factors(records, lineage)


@pytest.fixture(scope="module")
def package(factors, tmp_path_factory):
    return openlca.write_openlca(factors, tmp_path_factory.mktemp("lca") / "factors.zip")


def read_all(path, kind):
    with zipio.ZipReader(path) as reader:
        return [reader.read(kind, uid) for uid in reader.ids_of(kind)]


def test_every_factor_is_read_back_with_its_goods_location_and_unit(factors, package):
    places = {location.id: location.code for location in read_all(package, olca.Location)}
    flows = {flow.id: flow.name for flow in read_all(package, olca.Flow)}
    found = {
        (int(category.name.split()[-1]), flows[factor.flow.id], places[factor.location.id]): factor.value
        for category in read_all(package, olca.ImpactCategory)
        for factor in category.impact_factors
    }
    codes = {"JPN": "JP", "USA": "US", "EU27": "EU27"}
    expected = {(f.year, name_goods(f.material, f.stage), codes[f.region]): f.value for f in factors.factors}
    assert found == expected
    # Koyamparambath et al., geopolrisk-py 2.0.1, year 2022: 1.154995 kg Cu-eq/kg for aluminium in Japan
    assert found[2022, "Aluminium, traded products of processing", "JP"] == pytest.approx(1.154995, abs=1e-4)


def test_the_method_holds_a_category_for_each_year_in_copper_equivalents(package):
    (method,) = read_all(package, olca.ImpactMethod)
    categories = {category.id: category for category in read_all(package, olca.ImpactCategory)}
    assert [ref.name for ref in method.impact_categories] == ["GeoPolRisk 2021", "GeoPolRisk 2022"]
    assert {ref.id for ref in method.impact_categories} == set(categories)
    assert {category.ref_unit for category in categories.values()} == {"kg Cu-eq"}
    assert {category.direction for category in categories.values()} == {olca.Direction.INPUT}


def test_mass_and_kilogram_are_those_that_openlca_ships_and_flows_are_in_them(package):
    (mass,) = read_all(package, olca.FlowProperty)
    (group,) = read_all(package, olca.UnitGroup)
    assert mass.id == "93a60a56-a3c8-11da-a746-0800200b9a66"
    assert [unit.id for unit in group.units] == ["20aadc24-a391-41cf-b340-3e4529f44bde"]
    for flow in read_all(package, olca.Flow):
        assert flow.flow_type == olca.FlowType.ELEMENTARY_FLOW
        (factor,) = flow.flow_properties
        assert (factor.flow_property.id, factor.is_ref_flow_property, factor.conversion_factor) == (
            mass.id,
            True,
            1,
        )


def test_countries_have_the_identifiers_of_openlca(package):
    # the United States as in the data of the US Federal LCA Commons
    ids = {location.code: location.id for location in read_all(package, olca.Location)}
    assert ids["US"] == "0b3b97fa-6688-3c56-88ee-4ae80ec0c3c2"
    assert len(ids) == 3


def test_publishers_release_and_what_has_no_factor_are_said(factors, package):
    sources = {source.text_reference for source in read_all(package, olca.Source)}
    assert any("BACI" in text for text in sources)
    text = describe_factors(factors)
    assert "release 2026.1" in text.lower() and "which is not 0" in text and "geopolrisk-py" in text
    assert sum(factors.left_out.values()) + len(factors.factors) == 3 * 2 * 3 * 2


def test_the_same_factors_give_the_same_entities(factors, package, tmp_path):
    again = openlca.write_openlca(factors, tmp_path / "again.zip")
    with zipfile.ZipFile(package) as first, zipfile.ZipFile(again) as second:
        assert first.namelist() == second.namelist()
        assert all(first.read(name) == second.read(name) for name in first.namelist())


def test_an_older_file_gives_way_only_when_told(factors, tmp_path):
    path = tmp_path / "factors.zip"
    openlca.write_openlca(factors, path)
    with pytest.raises(DataError, match=r"exists\."):
        openlca.write_openlca(factors, path)
    size = path.stat().st_size
    openlca.write_openlca(factors, path, overwrite=True)
    assert path.stat().st_size == size  # replaced, not added to


def test_a_request_without_any_factor_is_refused(snapshot):
    records, lineage = measure_geopolrisk(
        snapshot, materials=["copper", "baryte"], stages=["extraction"], regions=["EU27"], years=[2022]
    )
    bare = [record | {"characterisation_factor": None} for record in records]
    with pytest.raises(DataError, match="no combination has a characterisation factor"):
        collect_factors(bare, lineage)
