"""Imports by customs partner."""

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators import import_share, imports_by_partner

LABELS = ["CHN", "DEU", "FRA", "JPN"]
# exporter (row) to importer (column) [t]: DEU buys 6 from CHN and 4 from FRA, FRA 1 from JPN and 3 from CHN
FLOWS = np.array([[0, 6, 3, 9], [0, 0, 0, 0], [0, 4, 0, 1], [0, 0, 1, 0]], dtype=float)
TRADE = xr.DataArray(
    FLOWS, dims=("exporter", "importer"), coords={"exporter": LABELS, "importer": LABELS}, name="trade_t"
)


def as_dict(array):
    return array.to_series().to_dict()


def test_one_importer_counts_every_partner_but_itself():
    # DEU: 6 of 10 from CHN, 4 of 10 from FRA
    assert as_dict(import_share(TRADE, importer="DEU")) == {"CHN": 0.6, "FRA": 0.4, "JPN": 0.0}


def test_trade_inside_a_group_is_no_import():
    # DEU and FRA together: 6 + 3 from CHN, 1 from JPN; the 4 from FRA to DEU are inside
    assert as_dict(imports_by_partner(TRADE, importers=["DEU", "FRA"])) == {"CHN": 9.0, "JPN": 1.0}
    assert as_dict(import_share(TRADE, importers=["DEU", "FRA"])) == {"CHN": 0.9, "JPN": 0.1}


def test_the_share_differs_from_one_that_keeps_inner_trade_in_the_denominator():
    # with the inner 4 t below the line China would have 9 of 14 = 64.3 % and pass a 65 % rule that it breaks
    ours = float(import_share(TRADE, importers=["DEU", "FRA"]).sel(exporter="CHN"))
    inner = TRADE.sel(importer=["DEU", "FRA"])
    kept = float(inner.sel(exporter="CHN").sum() / inner.sum())
    assert (round(ours, 3), round(kept, 3)) == (0.9, 0.643)


def test_a_country_that_imports_nothing_has_no_shares():
    assert np.isnan(import_share(TRADE, importer="CHN")).all()


def test_japans_rare_earth_imports_of_2008_and_2012():
    # HS 284690, CEPII BACI [t]: from China 10 882 of 11 468 in 2008, 2 209 of 3 303 in 2012
    both = xr.DataArray(
        [[[10882.0], [586.0]], [[2209.0], [1094.0]]],
        dims=("year", "exporter", "importer"),
        coords={"year": [2008, 2012], "exporter": ["CHN", "others"], "importer": ["JPN"]},
    )
    share = import_share(both, importer="JPN").sel(exporter="CHN")
    assert share.values.round(3).tolist() == [0.949, 0.669]


def test_only_the_columns_of_the_importer_are_read():
    holed = TRADE.copy(deep=True)
    holed.loc["CHN", "JPN"] = np.nan
    assert float(import_share(holed, importer="DEU").sel(exporter="CHN")) == 0.6
    with pytest.raises(DataError, match=r"\(CHN, JPN\) = nan"):
        import_share(holed, importer="JPN")


def test_a_draw_dimension_is_kept():
    draws = xr.concat([TRADE, TRADE * 2], dim="draw")
    assert import_share(draws, importer="DEU").sel(exporter="CHN").values.tolist() == [0.6, 0.6]


def test_every_wrong_label_is_named_at_once():
    with pytest.raises(DataError) as error:
        import_share(TRADE, importers=["DEU", "DEU", "FRE", "XXX"])
    assert list(error.value.which) == [
        "FRE: not in the trade array, did you mean FRA?",
        "XXX: not in the trade array, valid: CHN, DEU, FRA, JPN",
        "DEU: given more than once",
    ]


@pytest.mark.parametrize("wrong", [{}, {"importer": "DEU", "importers": ["FRA"]}, {"importers": []}])
def test_one_way_to_name_the_importer_is_needed(wrong):
    with pytest.raises(DataError, match="one of the two is needed, and not both"):
        import_share(TRADE, **wrong)


def test_a_string_is_no_group():
    with pytest.raises(DataError, match="one of the two"):
        import_share(TRADE, importers="DEU")


def test_an_array_that_is_no_trade_is_refused():
    with pytest.raises(DataError, match="has no dimension 'importer'"):
        import_share(TRADE.isel(importer=0), importer="DEU")
