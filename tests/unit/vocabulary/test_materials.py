"""Materials and stages."""

import pytest

from monazite.errors import DataError
from monazite.vocabulary import (
    STAGES,
    material,
    materials,
    resolve_all,
    resolve_country,
    resolve_material,
    resolve_region,
    resolve_stage,
)
from monazite.vocabulary.tables import fold, read_table


def test_the_act_lists_17_strategic_and_34_critical_raw_materials():
    # Annex I, Section 1 runs from (a) to (q), Annex II, Section 1 from (a) to (ah): 26 + 8 letters
    strategic = {entry.annex_i for entry in materials().values() if entry.is_strategic}
    critical = {
        letter for entry in materials().values() if entry.is_critical for letter in entry.annex_ii.split(";")
    }
    assert (len(strategic), len(critical)) == (17, 34)


def test_every_strategic_material_is_critical():
    assert [
        entry.material for entry in materials().values() if entry.is_strategic and not entry.is_critical
    ] == []


def test_seven_rare_earths_are_strategic():
    strategic = {
        entry.symbol for entry in materials().values() if entry.parent == "rare_earths" and entry.is_strategic
    }
    assert strategic == {"Nd", "Pr", "Tb", "Dy", "Gd", "Sm", "Ce"}


def test_a_parent_is_a_material_without_a_parent():
    for entry in materials().values():
        assert not entry.parent or materials()[entry.parent].parent == ""


def test_every_entry_of_the_act_has_its_source():
    for entry in materials().values():
        assert bool(entry.source) == entry.is_critical


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Rare Earths (REO)", "rare_earths"),
        ("Lithium (Li2O)", "lithium"),
        ("Boron Minerals", "boron"),
        ("Graphite", "natural_graphite"),
        ("Bauxite", "aluminium"),
        ("silicon metal", "silicon"),
        ("PGM", "platinum_group_metals"),
    ],
)
def test_the_spellings_of_our_sources_are_known(word, name):
    assert resolve_material(word) == material(word).material == name


def test_no_accepted_word_means_two_materials():
    meanings = {}
    for row in read_table("materials"):
        for word in (row["material"], row["name"], *filter(None, row["aliases"].split(";"))):
            assert meanings.setdefault(fold(word), row["material"]) == row["material"], word


def test_an_unknown_material_is_answered_with_the_nearest_names():
    with pytest.raises(DataError) as caught:
        resolve_material("cobolt", where="--material")
    assert str(caught.value) == (
        "--material: 1 word is not known.\n"
        "  which:    cobolt (did you mean cobalt?)\n"
        "  expected: a material of docs/reference/nomenclature.md, such as rare_earths or cobalt\n"
        "  fix:      correct the spelling; docs/reference/nomenclature.md lists what is known"
    )


def test_the_stages_stand_in_their_order():
    assert tuple(row["stage"] for row in read_table("stages")) == STAGES
    assert [resolve_stage(word) for word in ("Mining", "smelting", "USE")] == [
        "extraction",
        "processing",
        "use",
    ]


def test_an_unknown_stage_is_answered_with_all_of_them():
    with pytest.raises(DataError) as caught:
        resolve_stage("extracton")
    assert str(caught.value) == (
        "stage: 1 word is not known.\n"
        "  which:    extracton (did you mean extraction?)\n"
        "  expected: one of extraction, processing, manufacturing, use, collection, recycling\n"
        "  fix:      correct the spelling; docs/reference/nomenclature.md lists what is known"
    )


def test_all_wrong_words_are_named_at_once():
    with pytest.raises(DataError) as caught:
        resolve_all("material", ["cobolt", "nickel", "galium"], where="scenario.yaml, materials")
    assert str(caught.value) == (
        "scenario.yaml, materials: 2 words are not known.\n"
        "  which:    cobolt (did you mean cobalt?)\n"
        "            galium (did you mean gallium or gadolinium or palladium?)\n"
        "  expected: a material of docs/reference/nomenclature.md, such as rare_earths or cobalt\n"
        "  fix:      correct the spelling; docs/reference/nomenclature.md lists what is known"
    )


def test_words_resolve_in_their_order():
    assert resolve_all("country", ["Japan", "de"]) == ("JPN", "DEU")
    assert resolve_all("region", ["OECD", "Korea, South"]) == ("OECD", "KOR")
    assert resolve_all("stage", ["use", "mining"]) == ("use", "extraction")
    assert resolve_all("country", []) == ()


def test_an_unknown_kind_of_word_is_refused():
    with pytest.raises(DataError, match="kind of word: 'materiel' is not known"):
        resolve_all("materiel", ["cobalt"])


@pytest.mark.parametrize("resolve", [resolve_country, resolve_material, resolve_stage])
def test_an_empty_word_is_refused(resolve):
    with pytest.raises(DataError, match=r"\(empty\)"):
        resolve("  ")


def test_an_empty_region_is_refused():
    with pytest.raises(DataError, match=r"\(empty\)"):
        resolve_region("", 2024)
