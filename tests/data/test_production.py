"""Checks on production in the shipped release: both stages, one source each, world totals, conflicts, gaps."""

import pytest

from monazite.indicators.measure import measure
from monazite.supply_chain import list_act_materials, list_coverage

# Published figures; each test says by whom.


def rows(snapshot, sql):
    found = snapshot.query(sql)
    return [tuple(row) for row in zip(*(column.tolist() for column in found.values()), strict=True)]


def leader(snapshot, material, stage, year):
    records, _ = measure(
        snapshot, "top-share", materials=[material], stages=[stage], regions=(), years=[year]
    )
    first = records[0]
    return first["country"], round(first["value"], 3), first["source_ids"]


@pytest.mark.parametrize(
    ("material", "stage", "year", "country", "share", "source"),
    [
        # World Mining Data 2026: 974 of 987 t; 200,306 of 268,755 t
        ("gallium", "processing", 2024, "CHN", 0.987, "world_mining_data"),
        ("cobalt", "extraction", 2024, "COD", 0.745, "world_mining_data"),
        # USGS 2026: 953 of 1,084 kt of magnesium, 4,800 of 5,487 kt of silicon metal
        ("magnesium", "processing", 2024, "CHN", 0.879, "usgs"),
        ("silicon", "processing", 2024, "CHN", 0.875, "usgs"),
        # IEA: 73.8 of 80.8 kt of magnet elements; 94 % of sintered permanent magnets
        ("rare_earths", "processing", 2024, "CHN", 0.913, "iea"),
        ("rare_earths", "manufacturing", 2024, "CHN", 0.94, "iea"),
        # association of China's producers: 1.472 of 1.608 Mt of polysilicon
        ("silicon", "manufacturing", 2023, "CHN", 0.915, "curated"),
        # EU study 2023, processing, means of 2016-2020
        ("dysprosium", "processing", 2020, "CHN", 1.0, "eu_crm_2023"),
        ("neodymium", "processing", 2020, "CHN", 0.849, "eu_crm_2023"),
        ("hafnium", "processing", 2020, "FRA", 0.493, "eu_crm_2023"),
        ("tungsten", "processing", 2020, "CHN", 0.855, "eu_crm_2023"),
    ],
)
def test_the_leading_country_and_its_share(snapshot, material, stage, year, country, share, source):
    assert leader(snapshot, material, stage, year) == (country, pytest.approx(share, abs=0.0011), (source,))


def test_the_magnet_elements_that_china_refines(snapshot):
    # IEA, 2024: 73.8 of 80.8 kt
    ((china, world),) = rows(
        snapshot,
        "SELECT sum(production_t) FILTER (country = 'CHN'), sum(production_t) FROM production "
        "WHERE material = 'rare_earths' AND stage = 'processing' AND year = 2024",
    )
    assert (round(china / 1000, 1), round(world / 1000, 1)) == (73.8, 80.8)


def test_heavy_rare_earths_are_refined_in_china_alone_and_light_ones_to_85_percent(snapshot):
    # European Commission, study of 2023, stage P
    found = dict(
        rows(
            snapshot,
            "SELECT material, supply_share FROM supply_shares WHERE source_id = 'eu_crm_2023' AND country = 'CHN' "
            "AND stage = 'processing'",
        )
    )
    light = ("lanthanum", "cerium", "praseodymium", "neodymium", "samarium")
    heavy = (
        "europium", "gadolinium", "terbium", "dysprosium", "holmium", "erbium", "thulium", "ytterbium", "lutetium",
        "yttrium",
    )  # fmt: skip
    assert {found[name] for name in light} == {0.849}
    assert {found[name] for name in heavy} == {1.0}


def test_a_quota_is_no_production(snapshot):
    # separation quotas of China: 243,850 t in 2023, 254,000 t in 2024
    assert (
        rows(
            snapshot,
            "SELECT * FROM production_reports WHERE material = 'rare_earths' AND (published_t IN (243850, 254000) "
            "OR lower(form || note) LIKE '%quota%')",
        )
        == []
    )


def test_the_countries_add_up_to_the_world_total_of_their_publisher(snapshot):
    # within the rounding of the total and of the countries, each at most half a unit of the third digit
    found = rows(
        snapshot,
        """
        SELECT t.material, t.stage, t.form, t.year::INT, t.source_id, t.total_t, sum(r.production_t),
               t.rounding_t, count(*)::INT
        FROM world_totals t JOIN production_reports r USING (material, stage, form, year, source_id)
        WHERE r.covers <> 'some' GROUP BY ALL ORDER BY ALL
        """,
    )
    assert len(found) >= 75
    wrong = [
        row
        for *row, total, countries, rounding, _ in found
        if abs(total - countries) > rounding + 0.015 * total
        for row in [(*row, round(total), round(countries))]
    ]
    assert wrong == []


def test_what_is_chosen_is_what_one_source_reports(snapshot):
    assert (
        rows(
            snapshot,
            "SELECT material, stage, form, country, year::INT, source_id, production_t FROM production "
            "EXCEPT SELECT material, stage, form, country, year::INT, source_id, production_t FROM production_reports "
            "WHERE covers IN ('all', 'part')",
        )
        == []
    )
    assert rows(snapshot, "SELECT * FROM production WHERE coalesce(rule, '') = ''") == []


def test_a_part_of_a_material_is_marked_in_its_form(snapshot):
    assert (
        rows(snapshot, "SELECT * FROM production_reports WHERE (covers = 'part') <> (form LIKE 'part: %')")
        == []
    )


def test_every_difference_above_a_fifth_is_listed(snapshot):
    # bismuth 2024, China: USGS 14,000 t refined against 6,000 t of World Mining Data: 8 of 14 is 57 %
    found = rows(
        snapshot,
        "SELECT chosen_t, other_t, round(difference_share, 3), source_id, other_source_id FROM conflicts "
        "WHERE material = 'bismuth' AND region = 'CHN' AND year = 2024",
    )
    assert found == [(14000.0, 6000.0, 0.571, "usgs", "world_mining_data")]
    assert (
        rows(snapshot, "SELECT * FROM conflicts WHERE difference_share <= 0.2 OR coalesce(rule, '') = ''")
        == []
    )
    # gallium 2024, China: 974 t against 839 t of USGS is 13.9 %, no conflict
    assert (
        rows(
            snapshot, "SELECT * FROM conflicts WHERE material = 'gallium' AND year = 2024 AND region = 'CHN'"
        )
        == []
    )


def test_a_derived_figure_says_how(snapshot):
    assert (
        rows(
            snapshot, "SELECT * FROM production_reports WHERE checked = 'derived' AND coalesce(note, '') = ''"
        )
        == []
    )
    ((tonnes, note),) = rows(
        snapshot,
        "SELECT production_t, note FROM production WHERE material = 'tungsten' AND stage = 'processing' "
        "AND country = 'CHN' AND year = 2020",
    )
    assert note.startswith("0.856 x ")
    assert tonnes == pytest.approx(
        0.856 * float(note.split(" x ")[1].split(" t ")[0].replace(",", "")), abs=1
    )


def test_no_strategic_or_critical_material_misses_a_stage_for_want_of_looking(snapshot):
    records = list_coverage(snapshot)
    assert {record["material"] for record in records} == set(list_act_materials())
    for record in records:
        if record["value"] == 0:
            assert record["basis"] in ("no stage", "no public figure")
            assert record["reason"]
        assert "not looked for" not in str(record.get("reason", "")), (record["material"], record["stage"])


def test_every_strategic_material_is_told_at_a_stage_since_2020(snapshot):
    # only osmium, of which nobody publishes anything, is told nowhere
    told = {
        record["material"]
        for record in list_coverage(snapshot, list_act_materials("strategic"))
        if any(year >= "2020" for year in str(record["years"]).replace("-", ", ").split(", ") if year)
    }
    assert set(list_act_materials("strategic")) - told == {"osmium"}
