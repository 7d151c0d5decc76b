"""Charts as SVG text: data in, picture and table out; the same input gives the same bytes."""

from monazite.reports.charts.bars import Bar, Limit, draw_bars
from monazite.reports.charts.borders import Borders, Shape, read_borders
from monazite.reports.charts.chart import Caption, Chart, Column, Table
from monazite.reports.charts.fan import FanPanel, PolicyMark, draw_fan
from monazite.reports.charts.heat import HeatCell, draw_heat
from monazite.reports.charts.map import draw_map
from monazite.reports.charts.map_flows import MapFlow
from monazite.reports.charts.sankey import SankeyFlow, draw_sankey

__all__ = [
    "Bar",
    "Borders",
    "Caption",
    "Chart",
    "Column",
    "FanPanel",
    "HeatCell",
    "Limit",
    "MapFlow",
    "PolicyMark",
    "SankeyFlow",
    "Shape",
    "Table",
    "draw_bars",
    "draw_fan",
    "draw_heat",
    "draw_map",
    "draw_sankey",
    "read_borders",
]
