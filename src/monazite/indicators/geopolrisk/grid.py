"""What GeoPolRisk adds up: the places, regions and members of a request, and sums of trade over them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from monazite.errors import DataError
from monazite.indicators.geopolrisk.score import governance_risk
from monazite.snapshot import Snapshot
from monazite.supply_chain import build_governance_estimate, list_countries
from monazite.vocabulary import resolve_region

Columns = dict[str, np.ndarray]
WORLD = "world"


@dataclass(frozen=True)
class Grid:
    """
    The cells of a request: every (material, stage), year and region.

    `members` has dims (year, region, country); `refused` says why a region of a year has no members.
    """

    places: tuple[tuple[str, str], ...]
    years: tuple[int, ...]
    regions: tuple[str, ...]
    countries: tuple[str, ...]
    members: np.ndarray
    refused: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Count places, years and regions."""
        return len(self.places), len(self.years), len(self.regions)

    def year_index(self, year: np.ndarray) -> np.ndarray:
        """Find the position of each year, all of which are in the grid."""
        order = np.argsort(self.years)
        return order[np.searchsorted(np.asarray(self.years)[order], year)]

    def add_up(self, cell: np.ndarray, amount: np.ndarray) -> np.ndarray:
        """Sum amounts by cell, dims (place, year, region)."""
        return np.bincount(cell, weights=amount, minlength=int(np.prod(self.shape))).reshape(self.shape)


@dataclass(frozen=True)
class Purchases:
    """
    Lanes by the region that buys: one row per lane and region, as positions in a grid.

    `row` is the lane, `cell` the (place, year, region), `is_inside` tells that the seller is a member too.
    """

    row: np.ndarray
    cell: np.ndarray
    is_inside: np.ndarray

    def outside(self) -> "Purchases":
        """Leave out the trade inside a region."""
        keep = ~self.is_inside
        return Purchases(self.row[keep], self.cell[keep], self.is_inside[keep])


def build_grid(
    data: Snapshot, places: Sequence[tuple[str, str]], regions: Sequence[str], years: Sequence[int]
) -> Grid:
    """
    Lay out the cells of a request; a region without members in a year is kept, with the reason.

    Raises
    ------
    DataError
        If nothing is asked for, or a place, region or year repeats.
    """
    for name, asked in {"materials x stages": places, "regions": regions, "years": years}.items():
        if not asked or len(set(asked)) < len(asked):
            raise DataError(name, "nothing is asked for." if not asked else "labels repeat.", which=asked)
    countries = list_countries(data, years)
    position = {code: index for index, code in enumerate(countries)}
    members = np.zeros((len(years), len(regions), len(countries)), dtype=bool)
    refused: dict[tuple[int, int], str] = {}
    for y, year in enumerate(years):
        for r, region in enumerate(regions):
            codes, reason = _find_members(region, year)
            known = [position[code] for code in codes if code in position]
            members[y, r, known] = True
            if not known:
                refused[y, r] = (
                    reason or f"{region} neither trades nor produces anything on record in {year}."
                )
    return Grid(tuple(places), tuple(years), tuple(regions), countries, members, refused)


def assign_buyers(grid: Grid, lanes: Columns, place: np.ndarray) -> Purchases:
    """
    Repeat each lane for every region that its importer belongs to.

    Parameters
    ----------
    grid : Grid
        The cells.
    lanes : Columns
        `year`, and `exporter` and `importer` as positions in the countries of the grid.
    place : ndarray
        Position of each lane's material and stage.
    """
    y = grid.year_index(lanes["year"])
    _, _, region_of = np.nonzero(grid.members.transpose(0, 2, 1))  # sorted by year and country
    count = grid.members.sum(axis=1).ravel()
    key = y * len(grid.countries) + lanes["importer"]
    times = count[key]
    row = np.repeat(np.arange(len(key)), times)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    region = region_of[np.repeat((np.cumsum(count) - count)[key], times) + nth]
    cell = np.ravel_multi_index((place[row], y[row], region), grid.shape)
    return Purchases(row, cell, grid.members[y[row], region, lanes["exporter"][row]])


def read_risks(data: Snapshot, grid: Grid) -> np.ndarray:
    """Read the governance risk of every country, dims (year, country); NaN where none was published."""
    risks = np.full((len(grid.years), len(grid.countries)), np.nan)
    for y, year in enumerate(grid.years):
        try:
            estimate = build_governance_estimate(data, year)
        except DataError:
            continue  # not published in that year: every score is missing, and the records say so
        risks[y] = governance_risk(estimate).reindex(country=list(grid.countries)).values
    return risks


def _find_members(region: str, year: int) -> tuple[tuple[str, ...], str]:
    """List the members of a region, or say why there are none."""
    if region == WORLD:
        return (), "the world imports from nobody."
    try:
        return resolve_region(region, year), ""
    except DataError as error:
        return (), " ".join([error.what, *map(str, error.which[:3])])
