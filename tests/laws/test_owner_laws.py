"""Laws of owner shares: rows sum to one, bounds in order, unit-free, control and equity agree for whole owners."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.supply_chain.owner_bounds import UNKNOWN
from monazite.supply_chain.owner_rules import RULES
from monazite.supply_chain.owners import OwnerTables, build_holding, owner_shares

PLACE = {
    "country": "COD",
    "material": "cobalt",
    "stage": "extraction",
    "source_id": "curated",
    "source": "report",
}
OWNERS = ("CHN", "CHE", "KAZ", "COD")


@st.composite
def mines(draw):
    """Up to five mines with one to three owners each, an output of the year, of a neighbour year, or none."""
    owners, outputs, total = [], [], draw(st.floats(0, 50))
    for name in "ABCDE"[: draw(st.integers(1, 5))]:
        left = 1.0
        for i in range(draw(st.integers(1, 3))):
            share = draw(st.floats(0, left))
            left -= share
            owners.append(
                PLACE
                | {"facility": name, "row_kind": "facility", "part_of": "", "holder": "x"}
                | {"share_low": share, "share_high": share, "valid_from": "", "valid_to": ""}
                | {
                    "relation": draw(st.sampled_from(["owner", "owner", "offtake"])),
                    "holder_country": draw(st.sampled_from(OWNERS)),
                    "is_controlling": "yes" if i == 0 else draw(st.sampled_from(["no", "joint"])),
                }
            )
        year = draw(st.sampled_from([2024, 2023, None]))
        if year:
            low = draw(st.floats(1, 100))
            high = low + draw(st.floats(0, 10))
            total += high
            outputs.append(
                PLACE
                | {
                    "facility": name,
                    "year": year,
                    "quantity_kind": "production",
                    "low_t": low,
                    "high_t": high,
                }
            )
    return OwnerTables(owners, outputs, [PLACE | {"year": 2024, "production_t": total + 1.0}])


@given(mines(), st.sampled_from(RULES))
def test_lows_and_unknown_sum_to_one_and_no_low_exceeds_its_high(tables, rule):
    holding = build_holding(tables, "COD", material="cobalt", year=2024, rule=rule)
    known = [owner for owner in holding.low if owner != UNKNOWN]
    assert sum(holding.low[o] for o in known) + holding.high[UNKNOWN] == pytest.approx(1.0)
    for owner in holding.low:
        assert 0.0 <= holding.low[owner] <= holding.high[owner] <= 1.0 + 1e-12
    shares = owner_shares(tables, "cobalt", 2024, rule)
    assert shares.share.sum("owner").values.tolist() == pytest.approx([1.0])


@pytest.mark.slow
@given(mines(), st.sampled_from(RULES), st.floats(0.01, 1000))
def test_shares_do_not_depend_on_the_unit(tables, rule, factor):
    scaled = OwnerTables(
        tables.ownership,
        [row | {"low_t": row["low_t"] * factor, "high_t": row["high_t"] * factor} for row in tables.outputs],
        [row | {"production_t": row["production_t"] * factor} for row in tables.production],
    )
    first = build_holding(tables, "COD", material="cobalt", year=2024, rule=rule)
    second = build_holding(scaled, "COD", material="cobalt", year=2024, rule=rule)
    assert second.low == pytest.approx(first.low)
    assert second.high == pytest.approx(first.high)


@given(mines())
def test_control_and_equity_agree_where_every_site_has_one_whole_owner(tables):
    first = {row["facility"]: row for row in reversed(tables.ownership)}
    whole = [
        row | {"relation": "owner", "share_low": 1.0, "share_high": 1.0, "is_controlling": "yes"}
        for row in first.values()
    ]
    both = [
        build_holding(
            OwnerTables(whole, tables.outputs, tables.production),
            "COD",
            material="cobalt",
            year=2024,
            rule=rule,
        )
        for rule in ("control", "equity")
    ]
    assert both[0].low == pytest.approx(both[1].low)
    assert both[0].high == pytest.approx(both[1].high)
