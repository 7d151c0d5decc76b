"""Observation tables: what is in them, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.errors import DataError
from monazite.scenarios import list_observation_tables, mean_over, read_observations, total_over
from monazite.scenarios.observations import COLUMNS, parse_observations

HEAD = ",".join(COLUMNS)
ROW = "s,CHN,JPN,ore,trade_gross_t,2010-01,2010-01,5,t,reported,Customs,page 1,"


@pytest.mark.parametrize("table", list_observation_tables())
def test_every_shipped_table_is_as_described(table):
    rows = read_observations(table)
    assert rows
    assert len({(row.series, row.quantity, row.exporter, row.importer, row.product) for row in rows}) == len(
        {row.series for row in rows}
    )


def test_japan_imported_what_its_customs_said():
    # Ministry of Finance of Japan: 2,246, 1,278, 634 and 4,080 t from September to December 2010
    rows = read_observations("rare-earths-japan-2010")
    months = ["2010-09", "2010-10", "2010-11", "2010-12"]
    assert [total_over(rows, "japan_imports_from_china", [month]) for month in months] == [
        2246,
        1278,
        634,
        4080,
    ]
    # 15,072 + 2,246 + 1,278 + 634 + 4,080 = 23,310 t in the year
    year = [f"2010-{month:02d}" for month in range(1, 13)]
    assert total_over(rows, "japan_imports_from_china", year) == 23310
    assert total_over(rows, "japan_imports_from_china", year[:8]) == 15072


def test_graphite_left_china_before_the_licences_and_not_after():
    rows = read_observations("graphite-2023")
    base = [f"2022-{month}" for month in (10, 11, 12)] + [f"2023-0{month}" for month in range(1, 10)]
    # 153,402 t in the twelve months to September 2023 are 12.8 kt a month
    assert round(mean_over(rows, "china_exports_to_world", base) / 1000, 1) == 12.8
    months = ["2023-11", "2023-12", "2024-01", "2024-02", "2024-03"]
    kt = [round(total_over(rows, "china_exports_to_world", [month]) / 1000, 1) for month in months]
    assert kt == [40.5, 2.7, 4.2, 5.1, 10.3]


def test_no_gallium_left_china_in_august_and_september_2023():
    rows = read_observations("gallium-germanium-2023")
    months = ["2023-07", "2023-08", "2023-09", "2023-10", "2023-11", "2023-12"]
    assert [total_over(rows, "china_gallium_exports", [month]) for month in months] == [
        7.58,
        0,
        0,
        0.25,
        1.53,
        7.03,
    ]


def test_graphite_destinations_never_pass_the_total():
    rows = read_observations("graphite-2023")
    names = {row.series for row in rows if row.quantity == "trade_gross_t"} - {"china_exports_to_world"}
    months = {row.period_start for row in rows if row.series == "china_exports_to_korea"}
    assert [
        month
        for month in months
        if sum(total_over(rows, name, [month]) for name in names)
        > total_over(rows, "china_exports_to_world", [month])
    ] == []


def test_a_month_that_nobody_reported_is_missing_and_not_zero():
    rows = read_observations("gallium-germanium-2023")
    assert math.isnan(total_over(rows, "china_gallium_exports", ["2024-02"]))
    assert math.isnan(total_over(rows, "china_gallium_exports", ["2023-12", "2024-02"]))


def test_a_price_is_never_added_up():
    with pytest.raises(DataError, match="do not add up"):
        total_over(read_observations("gallium-germanium-2023"), "europe_gallium_price", ["2023-12"])


def test_an_unknown_series_or_table_offers_the_nearest():
    with pytest.raises(DataError, match="did you mean china_gallium_exports"):
        total_over(read_observations("gallium-germanium-2023"), "china_galium_exports", ["2023-12"])
    with pytest.raises(DataError, match="did you mean graphite-2023"):
        read_observations("graphite-2022")


def test_every_bad_cell_is_told_at_once():
    bad = "s,China,XYZ,,trade_gross_t,2010-02,2010-01,-5,kg,guessed,Customs,page 1,"
    short = "s,CHN,JPN"
    price = "p,CHN,,ore,price,2010-1,2010-01,x,t,derived,Customs,page 1,"
    with pytest.raises(DataError) as caught:
        parse_observations("\n".join([HEAD, ROW, ROW, bad, short, price]), "t.csv")
    assert caught.value.which == (
        "line 4: product is empty",
        "line 4: unit: expected t, got 'kg'",
        "line 4: basis: expected reported or derived, got 'guessed'",
        "line 4: exporter: write CHN for 'China'",
        "line 4: importer: expected ISO3 or a group, got 'XYZ'",
        "line 4: period_end 2010-01 lies before period_start 2010-02",
        "line 4: value: expected a number >= 0, got '-5'",
        "line 5: expected 13 cells",
        "line 6: quantity: expected one of trade_gross_t, trade_usd, price_usd_per_kg, got 'price'",
        "line 6: basis is derived and note is empty; say how",
        "line 6: importer: expected ISO3 or a group, got ''",
        "line 6: period: expected a month as YYYY-MM, got '2010-1'",
        "line 6: value: expected a number, got 'x'",
        "line 3: s 2010-01 2010-01 stands in line 2 already",
    )


def test_other_columns_are_refused():
    with pytest.raises(DataError) as caught:
        parse_observations("a,b\n1,2\n", "t.csv")
    assert str(caught.value) == f"t.csv: has the columns a, b.\n  expected: {', '.join(COLUMNS)}"


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.randoms())
def test_months_add_up_in_any_order(values, random):
    months = [f"2010-{n + 1:02d}" for n in range(len(values))]
    rows = [
        ROW.replace("2010-01,2010-01,5", f"{month},{month},{value}")
        for month, value in zip(months, values, strict=True)
    ]
    random.shuffle(rows)
    random.shuffle(months)
    assert total_over(parse_observations("\n".join([HEAD, *rows]), "t.csv"), "s", months) == sum(values)
