"""Whose the output of a country is: the three rules, each output once, bounds that a reader can recompute."""

import math

import pytest

from monazite.errors import DataError
from monazite.supply_chain.owner_records import explain_high, explain_low, holding_records
from monazite.supply_chain.owner_rules import check_rule, weigh_holders
from monazite.supply_chain.owner_sites import build_sites, list_valid
from monazite.supply_chain.owners import UNKNOWN, OwnerTables, build_holding, owner_shares

PLACE = {"country": "COD", "material": "cobalt", "stage": "extraction", "source": "report"}
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
    assert explain_high(control, "CHN") == "(100 - 20 - 5) / 100"
    assert (control.low["CHE"], control.high["CHE"]) == (0.2, 0.22)
    assert (control.low["KAZ"], control.high["KAZ"]) == (0.0, 0.05)
    # 1 - 0.5 - 0.2 - 0
    assert control.high[UNKNOWN] == pytest.approx(0.3)
    equity = hold(owners, outputs, "equity")
    # 50 x 0.8; plus 25 left x 0.6
    assert equity.low["CHN"] == pytest.approx(0.4)
    assert equity.high["CHN"] == pytest.approx(0.55)
    assert explain_high(equity, "CHN") == "(50 x 0.8 + 25 x 0.6 left) / 100"


def test_the_lower_bound_takes_the_larger_total_and_the_upper_the_one_that_makes_most():
    outputs = [made("A", 50.0), made("all", 125.0, kind="national_total")]
    holding = hold([own("A", "CHN", 1.0, "yes")], [o | {"source": o["facility"]} for o in outputs])
    # 50 / 125, 50 / 100
    assert (holding.low["CHN"], holding.high["CHN"]) == (0.4, 0.5)


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
