"""Whose the output of a country is: the three rules, each output once, bounds that a reader can recompute."""

import math

import pytest

from monazite.errors import DataError
from monazite.supply_chain.owner_bounds import UNKNOWN
from monazite.supply_chain.owner_records import explain_high, explain_low, holding_records
from monazite.supply_chain.owner_rules import check_rule, weigh_holders
from monazite.supply_chain.owner_sites import build_sites, list_valid
from monazite.supply_chain.owners import OwnerTables, build_holding, owner_shares

PLACE = {
    "country": "COD",
    "material": "cobalt",
    "stage": "extraction",
    "source_id": "curated",
    "source": "report",
}
NAN = float("nan")


def own(facility, country, share=NAN, control="no", **other):
    low, high = share if isinstance(share, tuple) else (share, share)
    row = {
        "facility": facility, "row_kind": "facility", "part_of": "", "relation": "owner", "holder": f"{country} Ltd",
        "holder_country": country, "share_low": low, "share_high": high, "is_controlling": control, "valid_from": "",
        "valid_to": "",
    }  # fmt: skip
    return PLACE | row | other


def made(facility, tonnes, year=2024, kind="production"):
    low, high = tonnes if isinstance(tonnes, tuple) else (tonnes, tonnes)
    return PLACE | {"facility": facility, "year": year, "quantity_kind": kind, "low_t": low, "high_t": high}


def tables(owners, outputs, total=100.0):
    return OwnerTables(owners, outputs, [PLACE | {"year": 2024, "production_t": total}])


def hold(owners, outputs, rule="control", total=100.0):
    return build_holding(tables(owners, outputs, total), "COD", material="cobalt", year=2024, rule=rule)


def test_control_gives_all_to_the_one_who_decides_and_nothing_to_minorities():
    rows = [own("A", "CHN", 0.51, "yes"), own("A", "COD", 0.49)]
    assert weigh_holders(rows, "control") == {"CHN": (1.0, 1.0)}


def test_joint_control_is_open_between_countries_and_settled_within_one():
    two = [own("A", "CHN", 0.5, "joint"), own("A", "AUS", 0.5, "joint")]
    assert weigh_holders(two, "control") == {"AUS": (0.0, 1.0), "CHN": (0.0, 1.0)}
    assert weigh_holders([two[0], two[0]], "control") == {"CHN": (1.0, 1.0)}
    assert weigh_holders([two[0]], "control") == {"CHN": (0.0, 1.0)}


def test_equity_adds_the_holders_of_one_country_and_opens_what_is_not_published():
    rows = [own("A", "CHN", 0.7125, "yes"), own("A", "CHN", 0.2375), own("A", "COD")]
    assert weigh_holders(rows, "equity") == {"CHN": (0.95, 0.95), "COD": (0.0, 1.0)}


def test_offtake_counts_takers_only():
    rows = [own("A", "CHN", 0.8, "yes"), own("A", "JPN", 0.3, relation="offtake")]
    assert weigh_holders(rows, "offtake") == {"JPN": (0.3, 0.3)}
    assert weigh_holders(rows, "equity") == {"CHN": (0.8, 0.8)}


def test_a_group_and_its_members_are_never_added():
    owners = [
        own("Group", "CHN", 0.9, "yes", row_kind="aggregate"),
        own("A", "CHN", 0.9, "yes", part_of="Group"),
        own("B", "CHN", 0.9, "yes", part_of="Group"),
    ]
    both = [made("Group", 70.0), made("A", 30.0), made("B", 40.0)]
    sites = build_sites(owners, both, year=2024, rule="control")
    assert [(site.facility, site.high_t) for site in sites] == [("A", 30.0), ("B", 40.0)]
    # B has no figure of 2024, so the one of the group is nearer than that of A and B together
    sites = build_sites(owners, [both[0], both[1]], year=2024, rule="control")
    assert [(site.facility, site.high_t) for site in sites] == [("Group", 70.0)]


def test_the_owner_of_a_year_is_the_one_at_its_end():
    rows = [
        own("A", "USA", 0.56, "yes", valid_to="2016-11"),
        own("A", "CHN", 0.56, "yes", valid_from="2016-11"),
    ]
    assert [row["holder_country"] for row in list_valid(rows, 2016)] == ["CHN"]
    assert [row["holder_country"] for row in list_valid(rows, 2015)] == ["USA"]
    assert [row["holder_country"] for row in list_valid([own("A", "CAN", valid_to="2016")], 2016)] == ["CAN"]


def test_bounds_and_their_sums():
    owners = [
        own("A", "CHN", 0.8, "yes"), own("A", "COD", 0.2), own("B", "CHE", 1.0, "yes"), own("C", "CHN", 0.6, "yes"),
        own("D", "KAZ", 1.0, "yes"),
    ]  # fmt: skip
    outputs = [made("A", 50.0), made("B", (20.0, 22.0)), made("D", 5.0, year=2023)]
    control = hold(owners, outputs)
    # low 50 / 100; high (100 - 20 - 5) / 100, as C has no figure and B and D belong to others
    assert (control.low["CHN"], control.high["CHN"]) == (0.5, 0.75)
    assert explain_low(control, "CHN") == "50 / 100"
    assert explain_high(control, "CHN") == "(100 - 20 - 5 of 2023) / 100"
    assert (control.low["CHE"], control.high["CHE"]) == (0.2, 0.22)
    # a neighbour year counts in both bounds
    assert (control.low["KAZ"], control.high["KAZ"]) == (0.05, 0.05)
    assert explain_low(control, "KAZ") == "5 of 2023 / 100"
    # 1 - 0.5 - 0.2 - 0.05
    assert control.high[UNKNOWN] == pytest.approx(0.25)
    equity = hold(owners, outputs, "equity")
    # 50 x 0.8; plus 25 left x 0.6
    assert equity.low["CHN"] == pytest.approx(0.4)
    assert equity.high["CHN"] == pytest.approx(0.55)
    assert explain_high(equity, "CHN") == "(50 x 0.8 + 25 x 0.6 left) / 100"


def test_without_neighbour_years_neither_bound_counts_them():
    owners = [own("A", "CHN", 1.0, "yes"), own("B", "KAZ", 1.0, "yes"), own("C", "CHN", 1.0, "yes")]
    outputs = [made("A", 50.0), made("B", 10.0, year=2023)]
    of_year = build_holding(
        tables(owners, outputs), "COD", material="cobalt", year=2024, rule="control", neighbours=False
    )
    # China 50 / 100 to all, Kazakhstan nothing to the 50 that no site accounts for
    assert (of_year.low["CHN"], of_year.high["CHN"]) == (0.5, 1.0)
    assert (of_year.low["KAZ"], of_year.high["KAZ"]) == (0.0, 0.5)
    assert explain_high(of_year, "CHN") == "1: no site of others has an output"
    kinds = [(r["kind"], r["figures"]) for r in holding_records(hold(owners, outputs), of_year)[:6]]
    assert kinds == [("owner", "year and neighbours")] * 3 + [("owner_of_year", "year only")] * 3


def test_a_neighbour_year_does_not_stand_for_a_year_in_which_the_country_made_less():
    holding = hold([own("A", "CHN", 1.0, "yes")], [made("A", 101.0, year=2023)])
    assert (holding.low["CHN"], holding.high["CHN"], holding.sites[0].basis) == (0.0, 1.0, "open")


DEPOSIT = {
    "country": "COD", "year": 2024, "deposit": "mine_a", "part_t": 1.0, "total_t": 1.0, "basis": "production",
    "source_id": "usgs", "source": "USGS",
}  # fmt: skip


def hold_deposit(owners, outputs, **other):
    rows = tables(owners, outputs)
    both = OwnerTables(rows.ownership, rows.outputs, rows.production, [DEPOSIT | other])
    return build_holding(both, "COD", material="cobalt", year=2024, rule="equity")


def test_a_site_that_is_the_whole_country_has_all_of_it():
    owners = [own("Mine A", "CHN", (0.6, 0.7), "yes"), own("B", "CHE", 1.0, "yes")]
    holding = hold_deposit(owners, [made("Mine A", 30.0, year=2023)])
    assert [(site.facility, site.basis, site.low_t) for site in holding.sites] == [("Mine A", "whole", 100.0)]
    assert (holding.low["CHN"], holding.high["CHN"]) == (0.6, 0.7)
    # 1 - 0.6
    assert holding.high[UNKNOWN] == pytest.approx(0.4)
    assert explain_low(holding, "CHN") == "0.6: Mine A is the only site of the country"
    assert holding.source_ids == ("curated", "usgs")


@pytest.mark.parametrize("other", [{"basis": "quota"}, {"part_t": 0.5}, {"year": 2023}, {"country": "USA"}])
def test_a_part_a_quota_or_another_year_is_not_the_whole_country(other):
    assert hold_deposit([own("Mine A", "CHN", 1.0, "yes")], [], **other).sites[0].basis == "open"


def test_sources_that_disagree_on_the_only_site_settle_nothing():
    owners = [own("Mine A", "CHN", 1.0, "yes"), own("B", "CHE", 1.0, "yes")]
    assert hold_deposit(owners, [made("B", 5.0)]).low == {"CHE": 0.05, "CHN": 0.0, UNKNOWN: 0.0}


def test_without_an_output_or_an_owner_it_cannot_tell_and_says_why():
    silent = holding_records(hold([own("A", "CHN", 1.0, "yes")], []))[0]
    assert (silent["owner"], silent["verdict"], silent["value"], silent["high"]) == (
        UNKNOWN, "cannot tell", None, None,
    )  # fmt: skip
    assert silent["reason"] == (
        "control: no output of 2023 to 2025 of any listed site of COD is on record (A)"
    )
    assert holding_records(hold([], []))[0]["reason"] == ("control: no owner of a site of COD is on record")
    assert holding_records(hold([own("A", "CHN", 1.0, "yes")], [made("A", 5.0)], "offtake"))[0]["reason"] == (
        "offtake: no taker of output of a site of COD is on record"
    )


def test_the_lower_bound_takes_the_larger_total_and_the_upper_the_one_that_makes_most():
    outputs = [made("A", 50.0), made("all", 125.0, kind="national_total")]
    holding = hold([own("A", "CHN", 1.0, "yes")], [o | {"source": o["facility"]} for o in outputs])
    # 50 / 125, 50 / 100
    assert (holding.low["CHN"], holding.high["CHN"]) == (0.4, 0.5)
    # nobody else has a site, so that what China does not have is unknown: 1 - 0.5 to 1 - 0.4
    assert (holding.low[UNKNOWN], holding.high[UNKNOWN]) == (0.5, 0.6)


def test_a_published_share_stands_for_the_country_only_where_no_site_tells():
    country = own("all", "CHN", 0.75, "yes", row_kind="country")
    alone = hold([country, own("A", "CHN", 1.0, "yes")], [])
    assert (alone.low["CHN"], alone.high["CHN"], alone.high[UNKNOWN]) == (0.75, 0.75, 0.25)
    beside = hold([country, own("A", "CHN", 1.0, "yes")], [made("A", 40.0)])
    assert beside.low["CHN"] == 0.4
    assert [row["share_low"] for row in beside.published] == [0.75]


def test_sites_that_make_more_than_their_country_are_refused():
    with pytest.raises(DataError) as caught:
        hold([own("A", "CHN", 1.0, "yes")], [made("A", 101.0)])
    assert (
        str(caught.value).splitlines()[0] == "COD, cobalt 2024: the sites made 101 t, more than the country."
    )
    assert list(caught.value.which) == ["A: 101 t"]


def test_a_country_without_output_is_refused():
    with pytest.raises(DataError, match="no output of COD is on record"):
        build_holding(OwnerTables([], [], []), "COD", material="cobalt", year=2024, rule="control")


def test_an_unknown_rule_is_refused_with_the_nearest():
    with pytest.raises(DataError, match="did you mean equity"):
        check_rule("equty")


def test_the_matrix_has_unknown_countries_and_rows_that_sum_to_one():
    found = owner_shares(
        tables([own("A", "CHN", 1.0, "yes")], [made("A", 60.0)]),
        "cobalt",
        2024,
        "control",
        origins=["COD", "AUS"],
    )
    assert found.share.sum("owner").values.tolist() == [1.0, 1.0]
    assert found.share.sel(origin="AUS", owner=UNKNOWN) == 1.0
    # nothing is known of Australia: China may own none or all of it
    assert (
        float(found.low.sel(origin="AUS", owner="CHN")),
        float(found.high.sel(origin="AUS", owner="CHN")),
    ) == (0, 1)
    assert math.isnan(found.value.sel(origin="AUS", owner="CHN"))
    assert float(found.value.sel(origin="COD", owner="CHN")) == 0.6


def test_records_name_owners_published_shares_and_sites():
    rows = [
        own("A", "CHN", 0.8, "yes"),
        own("B", "CHE", 0.6, "yes"),
        own("all", "CHN", 0.7, row_kind="country"),
    ]
    records = holding_records(hold(rows, [made("A", 50.0)]))
    assert [(r["kind"], r.get("owner") or r.get("facility")) for r in records] == [
        ("owner", "CHN"), ("owner", "CHE"), ("owner", "unknown"), ("published", "CHN"), ("site", "A"), ("site", "B"),
    ]  # fmt: skip
    assert records[0]["value"] is None
    assert records[0]["note"].startswith("no single figure")
    assert (records[5]["low"], records[5]["basis"]) == (None, "open")


def test_a_matrix_without_any_output_is_refused():
    with pytest.raises(DataError, match="no country has an output on record"):
        owner_shares(OwnerTables([], [], []), "cobalt", 2024, "control")
