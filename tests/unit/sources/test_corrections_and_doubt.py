"""Corrections guard themselves; the unit-value test finds a broken year and leaves a market's move alone."""

import numpy as np
import pytest

from monazite.errors import SourceError
from monazite.provenance import Correction
from monazite.sources.corrections import apply_corrections
from monazite.sources.doubt import find_doubtful_quantities


def trade(rows):
    names = ("year", "exporter", "importer", "product_code", "value_usd", "quantity_gross_t")
    columns = {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    for name in ("exporter", "importer"):
        columns[name] = columns[name].astype(object)
    return columns | {name: np.full(len(rows), text, dtype=object) for name, text in
                      {"edition": "hs92", "quality": "reported"}.items()}  # fmt: skip


def correction(**changes):
    fields = {
        "table": "trade", "keys": {"year": 2024, "exporter": "TUR", "importer": "BEN", "product_code": 284690},
        "field": "quantity_gross_t", "action": "drop", "expect_low": 35000, "expect_high": 45000,
        "reason": "53 USD/t", "reported_to": "not yet", "status": "open",
    }  # fmt: skip
    return Correction.model_validate(fields | changes)


OUTLIER = (2024, "TUR", "BEN", 284690, 2.15e6, 40700.0)


def test_a_dropped_figure_is_missing_and_marked_and_the_original_is_untouched():
    table = trade([OUTLIER])
    corrected = apply_corrections(table, [correction()])
    assert np.isnan(corrected["quantity_gross_t"][0])
    assert corrected["quality"][0] == "corrected"
    assert table["quantity_gross_t"][0] == 40700


def test_a_correction_fails_once_the_publisher_has_mended_the_figure():
    with pytest.raises(SourceError, match="1 corrections no longer fit"):
        apply_corrections(trade([(*OUTLIER[:5], 407.0)]), [correction()])


def test_a_correction_without_its_row_fails():
    with pytest.raises(SourceError, match=r"quantity_gross_t is \[\], expected 35000 to 45000"):
        apply_corrections(trade([(2023, *OUTLIER[1:])]), [correction()])


def lanes(dear_exporters):
    """Five exporters sell 100 t a year at 50 kUSD/t; in 2016 some report a sixth of the tonnes."""
    return trade(
        [
            (
                year,
                exporter,
                "CHN",
                260600,
                5e6,
                100.0 / (6 if year == 2016 and exporter in dear_exporters else 1),
            )
            for exporter in ("AUS", "BRA", "GIN", "IND", "MYS")
            for year in (2015, 2016, 2017)
        ]
    )


def test_a_lane_that_breaks_alone_is_doubtful():
    table = lanes({"AUS"})
    found = find_doubtful_quantities(table)
    assert [(table["exporter"][row], table["year"][row]) for row in found] == [("AUS", 2016)]


def test_a_price_rise_of_the_whole_market_is_not_doubtful():
    assert len(find_doubtful_quantities(lanes({"AUS", "BRA", "GIN", "IND", "MYS"}))) == 0


def test_small_lanes_are_not_judged():
    table = lanes({"AUS"})
    table["value_usd"] = table["value_usd"] / 100
    assert len(find_doubtful_quantities(table)) == 0
