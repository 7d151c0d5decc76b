"""Small charts of made-up numbers, checkable by hand."""

import math

import pytest

from monazite.reports.charts import (
    Bar,
    Borders,
    Caption,
    FanPanel,
    HeatCell,
    Limit,
    MapFlow,
    PolicyMark,
    SankeyFlow,
    Shape,
    draw_bars,
    draw_fan,
    draw_heat,
    draw_map,
    draw_sankey,
)

NAMES = {"AAA": "Aland & Co", "BBB": "Borland", "CCC": "Corland"}


@pytest.fixture
def square_world():
    """Two square countries and one that is a dot, on a sheet of 1000 by 400 file units."""
    return Borders(
        "Borders of a made-up world.",
        1000.0,
        400.0,
        {
            "AAA": Shape(path="M100 100l100 0 0 100-100 0z", centroid=(150.0, 150.0), is_dot=False),
            "BBB": Shape(path="M800 100l100 0 0 100-100 0z", centroid=(850.0, 150.0), is_dot=False),
            "CCC": Shape(path="", centroid=(500.0, 300.0), is_dot=True),
        },
        ("M300 300l10 0 0 10z",),
    )


@pytest.fixture
def caption():
    return Caption("sample", "Mine production", "t", "nobody reports a figure.")


@pytest.fixture
def names():
    return NAMES


@pytest.fixture
def panel():
    """Four months; the band holds the first observation (10 in 8..14) and misses the second (30 above 24)."""
    return FanPanel(
        "Imports",
        "t a month",
        ("2010-08", "2010-09", "2010-10", "2010-11"),
        median=(10.0, 12.0, math.nan, 16.0),
        low50=(9.0, 10.0, math.nan, 14.0),
        high50=(12.0, 14.0, math.nan, 18.0),
        low90=(8.0, 9.0, math.nan, 10.0),
        high90=(14.0, 18.0, math.nan, 24.0),
        observed={"2010-08": 10.0, "2010-11": 30.0},
        naive={"no change": (10.0, 10.0, 10.0, 10.0)},
    )


@pytest.fixture
def samples(square_world, caption, names, panel):
    """One chart of each kind at desk and phone width, by name."""
    flows = [MapFlow("AAA", "BBB", 60.0), MapFlow("AAA", "CCC", 30.0), MapFlow("CCC", "AAA", 10.0)]
    links = [SankeyFlow("AAA", "BBB", 60.0), SankeyFlow("AAA", "CCC", 30.0), SankeyFlow("CCC", "BBB", 10.0)]
    bars = [Bar("China", 0.949, 0.9, 0.97), Bar("Nowhere", math.nan), Bar("Estonia", 0.05, note="estimated")]
    marks = [PolicyMark("2010-09", "Shipments stop")]
    shares = Caption("sample", "Share of imports", "share", "nothing is imported.")
    cells = {
        ("tin, mined", "Act"): HeatCell(0.85, "not met", "CHN", 0.8, 0.9, "2024", "from customs"),
        ("tin, mined", "by owner"): HeatCell(math.nan, "cannot tell", note="no owner is known"),
        ("zinc, refined", "Act"): HeatCell(0.2, "met", "PER", 0.1, 0.3, "2016-20"),
        ("zinc, refined", "by owner"): HeatCell(0.7, "cannot tell", "AUS", 0.6, 0.8),
        ("lead, refined", "Act"): HeatCell(math.nan, "met", "USA", 0.0, 0.13),
    }
    charts = {}
    for suffix, width in (("desk", 960.0), ("phone", 390.0)):
        values = {"AAA": 120.0, "BBB": 5.0, "CCC": math.nan, "ROW": 3.0}
        charts |= {
            f"map-{suffix}": draw_map(values, flows, caption, square_world, names=names, width=width),
            f"sankey-{suffix}": draw_sankey(
                links, ["Exporter", "Importer"], caption, names=names, width=width
            ),
            f"fan-{suffix}": draw_fan([panel], marks, caption, width=width),
            f"heat-{suffix}": draw_heat(cells, shares, width=width, limit=Limit(0.65, "limit 65 %")),
            f"bars-{suffix}": draw_bars(bars, shares, width=width, limit=Limit(0.65, "65 %")),
        }
    return charts
