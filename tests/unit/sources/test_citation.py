"""A citation names a body or author, a year or number, and something to look for."""

import pytest

from monazite.sources.citation import citation_problem


@pytest.mark.parametrize(
    "text",
    [
        "U.S. Geological Survey, Mineral Commodity Summaries 2026 data release, chapter Gallium",
        "Government of Zimbabwe, Statutory Instrument 213 of 2022",
        "Kelly et al., Resources, Conservation and Recycling 174, 2021, 105762",
        "Reuters, 13 October 2025",
        "MOFCOM Announcement No 46 of 2024",
        "State Council of China, Decree No 785",
        "World Mining Data 2026, Rare Earths (REO)",
        "Global Trade Alert, intervention 16118",
        "tategurutv.com, 2022, on Chengxin Lithium at Sabi Star",
        "WTO, WT/DS431/R and WT/DS431/AB/R",
    ],
)
def test_a_whole_citation_has_no_problem(text):
    assert citation_problem(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "own knowledge, unverified",
        "computed from (2.85 + 0.19 Mt) / 1.78 Mt",
        "derived from Engels et al. 2022 chain",
        "Reuters, report on the event",
        "github.com/somebody/something, 2026",
    ],
)
def test_words_that_nobody_can_look_up_are_no_citation(text):
    assert citation_problem(text) == "cannot be looked up"


@pytest.mark.parametrize(
    "text",
    [
        "Statutory Instrument 213 of 2022",
        "Executive order, Feb 2025",
        "Cabinet statement 25 June 2025",
        "Government Gazette 6 Sep 2024",
        "",
    ],
)
def test_a_kind_of_text_without_its_body_is_no_citation(text):
    assert citation_problem(text) == "names no body or author"


@pytest.mark.parametrize(
    "text",
    [
        "World Mining Data",
        "ARECOMS",
        "IEA, Policies database",
        "Strategic and Precious Metals Processing, Sohar",
        "Government of Guinea; Reuters",
    ],
)
def test_a_body_without_year_or_number_is_no_citation(text):
    assert citation_problem(text) == "has no year and no number"


@pytest.mark.parametrize(
    "text",
    [
        "Huang et al. 2023",
        "Deng and Kendall 2019, table 2",
        "Reuters, Sept 2023",
        "Natural Resources Canada, 2026",
        "Lynas via MINING.COM, 2011",
    ],
)
def test_a_body_and_a_year_alone_are_no_citation(text):
    assert citation_problem(text) == "has no title, day or number beside the year"
