"""The base map: who is on it, where disputed places lie, and that no line runs astray."""

import importlib.util
import json
import math
import re
from itertools import pairwise
from pathlib import Path

import pytest

from monazite.errors import DataError
from monazite.provenance import read_origin
from monazite.reports.charts import read_borders

ROOT = Path(__file__).parents[3]
DATA = ROOT / "src" / "monazite" / "data" / "borders"
EU27 = [
    "AUT",
    "BEL",
    "BGR",
    "HRV",
    "CYP",
    "CZE",
    "DNK",
    "EST",
    "FIN",
    "FRA",
    "DEU",
    "GRC",
    "HUN",
    "IRL",
    "ITA",
    "LVA",
    "LTU",
    "LUX",
    "MLT",
    "NLD",
    "POL",
    "PRT",
    "ROU",
    "SVK",
    "SVN",
    "ESP",
    "SWE",
]
G20 = [
    "ARG",
    "AUS",
    "BRA",
    "CAN",
    "CHN",
    "FRA",
    "DEU",
    "IND",
    "IDN",
    "ITA",
    "JPN",
    "MEX",
    "RUS",
    "SAU",
    "ZAF",
    "KOR",
    "TUR",
    "GBR",
    "USA",
]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("build_borders", ROOT / "tools" / "build_borders.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def borders():
    return read_borders()


def read_rings(path):
    """Rings of absolute points from `M x y l dx dy ... z`."""
    rings = []
    for part in re.findall(r"M([^M]*)z", path):
        start, steps = part.split("l")
        x, y = (int(n) for n in re.findall(r"-?\d+", start))
        numbers = [int(n) for n in re.findall(r"-?\d+", steps)]
        ring = [(x, y)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        rings.append(ring)
    return rings


def holds(shape, point):
    """Even-odd rule over all rings of a country."""
    px, py = point
    crossings = 0
    for ring in read_rings(shape.path):
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y0 > py) != (y1 > py) and px < x0 + (py - y0) * (x1 - x0) / (y1 - y0):
                crossings += 1
    return crossings % 2 == 1


@pytest.mark.parametrize(
    ("place", "latitude", "longitude", "country"),
    [
        ("Crimea", 45.0, 34.1, "UKR"),
        ("Western Sahara", 24.5, -13.0, "ESH"),
        ("Northern Cyprus", 35.25, 33.4, "CYP"),
        ("Somaliland", 9.6, 44.5, "SOM"),
        ("Taiwan", 23.8, 121.0, "TWN"),
        ("Kosovo", 42.6, 20.9, "XKX"),
        ("Bayan Obo", 41.8, 110.0, "CHN"),
        ("Mountain Pass", 35.5, -115.5, "USA"),
        ("Chukotka, beyond 180 degrees", 66.5, -175.0, "RUS"),
        ("Kiruna", 67.85, 20.2, "SWE"),
    ],
)
def test_a_place_lies_in_its_country_and_in_no_other(tool, borders, place, latitude, longitude, country):
    point = tool.place(longitude, latitude)
    assert [code for code, shape in borders.countries.items() if holds(shape, point)] == [country]


def test_all_of_the_eu_and_the_g20_are_there(borders):
    assert set(EU27 + G20) <= set(borders.countries)
    assert len(EU27) == 27


def test_small_countries_are_dots_and_territories_without_a_code_are_not_countries(borders):
    assert all(borders.countries[code].is_dot for code in ("MLT", "SGP", "HKG", "MAC"))
    assert not {"CYN", "SOL", "ATC", "IOA", "KAS", "ATA"} & set(borders.countries)
    assert all(re.fullmatch("[A-Z]{3}", code) for code in borders.countries)


def test_no_line_is_longer_than_a_third_of_the_map(borders):
    longest = max(
        math.dist(a, b)
        for shape in borders.countries.values()
        for ring in read_rings(shape.path)
        for a, b in pairwise([*ring, ring[0]])
    )
    assert longest < borders.width / 3


def test_everything_lies_on_the_sheet(borders):
    for shape in borders.countries.values():
        for x, y in [shape.centroid, *(point for ring in read_rings(shape.path) for point in ring)]:
            assert -1 <= x <= borders.width + 1
            assert -20 <= y <= borders.height + 100


def test_an_inner_border_between_merged_parts_is_gone(borders):
    # Somalia with Somaliland is one ring on the mainland; drawn as two it would have two large ones.
    large = [ring for ring in read_rings(borders.countries["SOM"].path) if len(ring) > 20]
    assert len(large) == 1


def test_equal_earth_has_the_published_shape(tool):
    # Savric, Patterson and Jenny 2019: width to height 2.05458.
    height = tool.project(0, -90)[1] - tool.project(0, 90)[1]
    assert tool.WIDTH / height == pytest.approx(2.05458, abs=1e-5)


def test_a_ring_across_the_edge_comes_back_as_two_pieces(tool):
    square = tool.unwrap(
        [(tool.CENTRAL_MERIDIAN + d, lat) for d, lat in ((170, 0), (-170, 0), (-170, 10), (170, 10))]
    )
    pieces = tool.cut(square)
    assert sorted((min(x for x, _ in p), max(x for x, _ in p)) for p in pieces) == [(-180, -170), (170, 180)]


def test_another_tarball_is_refused(tool, tmp_path):
    wrong = tmp_path / "atlas.tgz"
    wrong.write_bytes(b"something else")
    with pytest.raises(SystemExit, match="not the pinned file"):
        tool.read_topology(wrong)


def test_the_origin_sheet_names_the_pinned_file_and_the_map_carries_its_disclaimer(tool, borders):
    origin = read_origin(DATA / "world.origin.yaml")
    assert origin.sha256 == tool.TARBALL_SHA256
    assert "BSD-3-Clause" in origin.licence.name
    assert "no opinion" in borders.disclaimer


def test_the_shipped_map_is_small():
    assert (DATA / "world.json").stat().st_size < 200_000


def test_a_file_that_is_no_map_is_refused_with_its_name(tmp_path):
    wrong = tmp_path / "moon.json"
    wrong.write_text(json.dumps({"craters": []}), encoding="utf-8")
    with pytest.raises(DataError, match=r"moon\.json: is not a map of borders"):
        read_borders(wrong)
    with pytest.raises(DataError, match="cannot be read"):
        read_borders(tmp_path / "none.json")
