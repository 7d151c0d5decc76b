"""How far trade moves without an episode: by hand, and over the release."""

import math

import pytest

from monazite.errors import DataError
from monazite.hindcast import list_episodes, measure_ordinary_years, read_episode
from monazite.hindcast.ordinary_years import measure_changes


def test_no_change_and_the_trend_by_hand():
    # 1, 2, 4, 8, 16 kt and then 16 again: no change is right, growth by ln 2 a year misses by 0.69.
    cells = {(1, "CHN"): dict(zip(range(2000, 2006), [1e3, 2e3, 4e3, 8e3, 16e3, 16e3], strict=True))}
    world = {(1, "all"): cells[1, "CHN"]}
    found = measure_changes("importer", cells, world, 1)
    assert (found.cases, found.mean, found.median) == (1, 0.0, 0.0)
    assert found.trend_mean == pytest.approx(math.log(2))


def test_small_countries_small_years_and_gaps_do_not_count():
    years = dict.fromkeys(range(2000, 2007), 2e3)
    world = {(1, "all"): dict.fromkeys(years, 30e3)}
    gap = {year: tonnes for year, tonnes in years.items() if year != 2003}
    for cells, total in (
        ({(1, "CHN"): years}, world),  # 2 of 30 kt are below a tenth
        ({(1, "CHN"): dict.fromkeys(years, 999.0)}, {(1, "all"): dict.fromkeys(years, 999.0)}),
        ({(1, "CHN"): gap}, {(1, "all"): years}),
    ):
        with pytest.raises(DataError, match="no product has trade of enough years"):
            measure_changes("importer", cells, total, 1)


@pytest.mark.slow
def test_growth_of_the_years_before_does_not_go_on_in_the_release(snapshot):
    found = measure_ordinary_years(snapshot, [read_episode(name) for name in list_episodes()])
    assert [(one.side, one.years_ahead) for one in found] == [
        (side, ahead) for side in ("world", "importer", "exporter") for ahead in (1, 2)
    ]
    for one in found:
        assert one.cases > 1000
        assert one.trend_mean > one.mean > one.median > 0.1
