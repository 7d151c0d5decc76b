"""Baselines of an episode's own: the market by hand, and bad rows."""

import numpy as np
import pytest
from episode_writer import FIGURES, write_episode

from monazite.errors import DataError
from monazite.hindcast import read_episode
from monazite.hindcast.baseline import COLUMNS, build_baseline, parse_baseline
from monazite.provenance import Lineage
from monazite.scenarios import read_scenario

HEAD = ",".join(COLUMNS)
LINEAGE = Lineage(release="test", release_sha256="0" * 64)


@pytest.fixture
def entry(tmp_path):
    return read_scenario(write_episode(tmp_path / "one") / "scenario.yaml").markets[0]


def build(entry, figures=FIGURES):
    return build_baseline(parse_baseline(f"{HEAD}\n{figures}", "b.csv")["gallium"], entry, LINEAGE)


def test_rows_become_monthly_means_whatever_their_period(entry):
    # 240 t in 12 months are 20; 120 are 10 to Japan; 30 in 6 months are 5 to the rest; China keeps 5
    market = build(entry)
    assert market.countries == ("CHN", "JPN", "ROW")
    assert market.trade.tolist() == [[0, 10, 5], [0, 0, 0], [0, 0, 0]]
    assert market.production.tolist() == [20, 0, 0]
    assert market.use.tolist() == [5, 10, 5]
    assert market.capacity.tolist() == [20, 0, 0]


def test_capacity_counts_where_it_is_larger_and_unexplained_exports_stand_on_top(entry):
    # Japan ships 2 t a month that it neither makes nor buys beyond 10: 12 - 10 = 2; China could make 30
    more = FIGURES + "gallium,capacity_t,CHN,,metal,2023-01,2023-12,360,reported,Survey,table 1,\n"
    more += "gallium,trade_t,JPN,ROW,metal,2023-01,2023-12,144,reported,Customs,table 1,\n"
    market = build(entry, more)
    assert market.capacity.tolist() == [30, 2, 0]
    assert market.residual.tolist() == [0, 2, 0]
    assert np.allclose(market.own_supply + market.imports, market.exports + market.use)


def test_every_bad_row_is_told_at_once():
    bad = [
        "galium,trade_t,CHN,CHN,metal,2023-01,2023-12,-1,guessed,Customs,,",
        "gallium,production_t,China,JPN,,2023-12,2023-01,inf,derived,Customs,table 1,",
        "gallium,stock_t,CHN",
    ]
    with pytest.raises(DataError) as caught:
        parse_baseline("\n".join([HEAD, *bad, *FIGURES.splitlines(), FIGURES.splitlines()[0]]), "b.csv")
    assert caught.value.which == (
        "line 2: where is empty",
        "line 2: basis: expected reported or derived, got 'guessed'",
        "line 2: material: unknown, got 'galium'",
        "line 2: importer: CHN trades with itself",
        "line 2: value: expected a number >= 0, got '-1'",
        "line 3: product is empty",
        "line 3: basis is derived and note is empty; say how",
        "line 3: importer: expected for trade and for nothing else",
        "line 3: exporter: write CHN for 'China'",
        "line 3: period_end 2023-01 lies before period_start 2023-12",
        "line 3: value: expected a number >= 0, got 'inf'",
        "line 4: expected 12 cells",
        "line 8: gallium production_t CHN  stands in line 5 already; keep one period",
    )


def test_other_columns_are_refused():
    with pytest.raises(DataError) as caught:
        parse_baseline("a,b\n1,2\n", "b.csv")
    assert str(caught.value) == f"b.csv: has the columns a, b.\n  expected: {', '.join(COLUMNS)}"


def test_the_market_of_bauxite_holds_the_ore_that_is_refined_where_it_is_mined(snapshot):
    # BGS: China mined 37,173,800 t in 2011 and 44,052,300 t in 2012, 40,613,050 a year; 50,339,400 t in 2013 is its
    # capacity. In the two years 88,855,594 t arrive and 1,213,963 t leave: 84,433,866 t a year are used.
    loaded = read_episode("bauxite-indonesia-2014")
    market = build_baseline(loaded.baseline["aluminium"], loaded.scenario.markets[0], snapshot.lineage)
    china = market.place("CHN")
    assert 12 * market.production[china] == pytest.approx(40_613_050)
    assert 12 * market.capacity[china] == pytest.approx(50_339_400)
    assert 12 * market.use[china] == pytest.approx(40_613_050 + (88_855_594 - 1_213_963) / 2)
