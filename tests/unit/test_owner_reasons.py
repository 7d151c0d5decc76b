"""Why ownership tells nothing of a supply."""

import pytest

from monazite.supply_chain.owner_records import control_records
from monazite.tracing import TraceOptions
from monazite.tracing.compare import compare_ways


def reason(snapshot, material):
    records, _ = compare_ways(
        snapshot, materials=[material], importers=["EU27"], years=[2024],
        options=TraceOptions(unknown_content="estimate", is_raw=True),
    )  # fmt: skip
    return next(one["reason"] for one in records if one["by"] == "control")


def test_a_neighbour_year_s_output_above_the_country_s_is_the_reason(snapshot):
    records, _ = control_records(
        snapshot, materials=["natural_graphite"], countries=["MOZ"], years=[2024], rules=["control"]
    )
    (owner,) = (one for one in records if one["kind"] == "owner")
    # Syrah reports 93,500 to 94,500 t of Balama in 2023; Mozambique made 34,899 t in 2024
    assert "Balama 93,500 t in 2023 would exceed the 34,899 t of the country in 2024" in owner["reason"]


def test_listed_sites_without_an_output_are_named(snapshot):
    text = reason(snapshot, "natural_graphite")
    assert "Balama 93,500 t in 2023 would exceed" in text
    assert "no site in China" in text


@pytest.mark.slow
def test_sites_of_a_group_are_not_called_unlisted(snapshot):
    assert "listed for platinum group metals as a whole only, 5 in South Africa" in reason(
        snapshot, "platinum"
    )
    assert "listed site of GAB is on record (Bembele)" in reason(snapshot, "manganese")
