"""Fields: the only definition of column names."""

import pytest

from monazite.errors import DataError
from monazite.vocabulary import check_fields, fields

SUFFIXES = {
    "_t": "t",
    "_gross_t": "t",
    "_usd": "USD",
    "_usd_per_t": "USD/t",
    "_t_per_month": "t/month",
    "_months": "month",
}
TABLES = {
    "trade": "year exporter importer product_code edition value_usd quantity_gross_t quality source_id",
    "production": "material stage form country year production_t published_t quality source_id read_in note rule",
    "production_reports": "material stage form covers country year production_t published_t quality read_in note",
    "conflicts": "material stage region year source_id chosen_t other_source_id other_t difference_share rule",
    "supply_shares": "material stage form country year_start year supply_share quality source_id source note",
    "world_totals": "material stage form year total_t rounding_t published published_unit source read_in note",
    "capacity": "material stage country year capacity_t published_gross_t published published_unit source read_in",
    "governance": "country year estimate standard_error source_id",
    "observations": "episode series reporter partner period_start period_end value unit source",
}


def test_the_suffix_of_a_name_is_its_unit():
    for field in fields().values():
        for suffix in sorted(SUFFIXES, key=len, reverse=True):
            if field.name.endswith(suffix):
                assert field.unit == SUFFIXES[suffix], field.name
                break
        if field.name.endswith("_share"):
            assert field.unit == "1"


def test_every_field_says_what_it_means_and_what_missing_means():
    for field in fields().values():
        assert field.meaning and field.allowed and field.missing_means and field.kind, field.name


@pytest.mark.parametrize("table", TABLES)
def test_the_columns_of_the_release_are_defined(table):
    check_fields(TABLES[table].split(), where=table)


def test_an_undefined_column_is_refused():
    with pytest.raises(DataError) as caught:
        check_fields(["exporter", "reporterr"], where="trade.parquet")
    assert str(caught.value) == (
        "trade.parquet: 1 word is not known.\n"
        "  which:    reporterr (did you mean reporter or exporter or importer?)\n"
        "  expected: a name of src/monazite/vocabulary/fields.csv\n"
        "  fix:      correct the spelling; docs/reference/nomenclature.md lists what is known"
    )
