"""Governance scores and the weighted index."""

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators import governance_weighted_hhi, herfindahl_hirschman_index, scale_governance


def labelled(**by_country):
    return xr.DataArray(list(by_country.values()), dims="country", coords={"country": list(by_country)})


def test_the_scale_runs_from_0_best_to_10_worst():
    assert scale_governance(labelled(A=2.5, B=0.0, C=-2.5)).values.tolist() == [0.0, 5.0, 10.0]


def test_a_missing_estimate_stays_missing():
    assert np.isnan(scale_governance(labelled(A=np.nan))).all()


def test_an_estimate_outside_the_nominal_range_is_not_cut_off():
    # Somalia 2009: -3.31; (2.5 + 3.31) * 2 = 11.62
    assert scale_governance(labelled(SOM=-3.31)).item() == pytest.approx(11.62)


def test_a_percentile_rank_is_no_estimate():
    with pytest.raises(DataError, match="1 of 2 values are no WGI estimates") as error:
        scale_governance(labelled(CHN=-0.4, AUS=87.0))
    assert list(error.value.which) == ["(AUS) = 87"]


def test_each_squared_share_is_weighted_by_its_score():
    # shares 0.6, 0.4; 0.36 * 7 + 0.16 * 2 = 2.84
    hhi = governance_weighted_hhi(labelled(CHN=60.0, AUS=40.0), labelled(AUS=2.0, CHN=7.0, ZZZ=9.0))
    assert float(hhi) == pytest.approx(2.84)


def test_a_score_of_one_everywhere_gives_the_plain_index():
    supply = labelled(CHN=60.0, AUS=40.0)
    weighted = governance_weighted_hhi(supply, xr.ones_like(supply))
    assert float(weighted) == float(herfindahl_hirschman_index(supply))


def test_suppliers_without_a_score_are_listed_with_their_share():
    # 30 of 100 and 10 of 100 have no score: one is NaN, one is absent
    with pytest.raises(DataError) as error:
        governance_weighted_hhi(labelled(CHN=60.0, TWN=30.0, XKX=10.0), labelled(CHN=6.0, TWN=np.nan))
    assert str(error.value) == (
        "governance_score: suppliers with a share but without a score: 2.\n"
        "  which:    TWN (30.0% of supply), XKX (10.0% of supply)\n"
        "  expected: a score for every supplier with a share above zero\n"
        "  fix:      take a year in which they are scored, or leave them out and state the share left out"
    )


def test_a_country_that_supplies_nothing_needs_no_score():
    assert float(governance_weighted_hhi(labelled(CHN=60.0, TWN=0.0), labelled(CHN=6.0))) == 6.0


def test_nothing_supplied_has_no_index():
    assert np.isnan(governance_weighted_hhi(labelled(CHN=0.0), labelled(CHN=6.0)))


def test_scores_by_draw_give_an_index_by_draw():
    scores = xr.concat([labelled(CHN=6.0), labelled(CHN=7.0)], dim="draw")
    assert governance_weighted_hhi(labelled(CHN=1.0), scores).values.tolist() == [6.0, 7.0]


def test_years_that_do_not_match_are_refused():
    supply = xr.concat([labelled(CHN=1.0)] * 2, dim="year").assign_coords(year=[2020, 2021])
    scores = xr.concat([labelled(CHN=6.0)] * 2, dim="year").assign_coords(year=[2021, 2022])
    with pytest.raises(DataError, match="only in quantity_t: 2020; only in governance_score: 2022"):
        governance_weighted_hhi(supply, scores)


def test_arrays_without_labels_cannot_be_matched():
    with pytest.raises(DataError, match="has no labels along 'country'"):
        governance_weighted_hhi(xr.DataArray([1.0], dims="country"), labelled(CHN=6.0))


def test_a_country_scored_twice_is_refused():
    twice = xr.DataArray([1.0, 2.0], dims="country", coords={"country": ["GUY", "GUY"]})
    with pytest.raises(DataError, match="labels of 'country' repeat"):
        governance_weighted_hhi(labelled(CHN=1.0), twice)
