"""Official supply risks of 2017, recomputed from their official, rounded inputs."""

from pathlib import Path

import numpy as np
import pytest

from monazite.indicators import supply_risk
from monazite.indicators.supply_risk_table import compare_supply_risk
from monazite.sources.supply_risk_inputs import read_supply_risk_inputs

TABLE = Path(__file__).parents[2].parent / "shared" / "reference" / "eu_2017_supply_risk.csv"
TOLERANCE = 0.3
"""Inputs are printed with one decimal: at an HHI of 9.2 half a digit in the substitution index moves 0.46 SR."""

# European Commission, Study on the review of the list of critical raw materials, 2017, tables 3 and 18:
# material, import reliance, EoL-RIR, SI_SR, HHI(WGI,t) global and EU, mix, official supply risk
PUBLISHED = [
    ("germanium", 0.64, 0.02, 1.0, 2.9, 1.5, "both", 1.9),
    ("magnesium", 1.00, 0.09, 0.9, 4.4, 5.2, "both", 4.0),
    ("natural graphite", 0.99, 0.03, 1.0, 3.2, 2.9, "both", 2.9),
    ("indium", 0.00, 0.00, 1.0, 2.5, 0.8, "global", 2.4),
    ("silica sand", 0.00, 0.00, 1.0, 0.5, 0.3, "eu", 0.3),
]


@pytest.mark.parametrize(
    ("material", "reliance", "recycled", "substitution", "world", "union", "mix", "official"), PUBLISHED
)
def test_published_rows(material, reliance, recycled, substitution, world, union, mix, official):
    value = supply_risk(
        hhi_wgi_t_global=world,
        hhi_wgi_t_eu=union,
        import_reliance=reliance,
        eol_recycling_input_rate=recycled,
        substitution_index=substitution,
        supply_mix=mix,
    )
    assert float(value) == pytest.approx(official, abs=TOLERANCE), material


@pytest.mark.skipif(
    not TABLE.is_file(), reason="the table of the Commission's study is not beside this folder"
)
def test_every_row_of_the_table_is_within_its_rounding():
    *records, correlation, difference = compare_supply_risk(read_supply_risk_inputs(TABLE))
    assert len(records) == 39
    assert [record["material"] for record in records if record["value"] is None] == []
    assert difference["value"] <= TOLERANCE
    assert correlation["value"] > 0.99
    official = np.array([record["official"] for record in records])
    assert (official + 0.05 >= [record["low"] for record in records]).all()
    assert (official - 0.05 <= [record["high"] for record in records]).all()
