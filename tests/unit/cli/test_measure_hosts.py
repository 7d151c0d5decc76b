"""`monazite measure hosts`: one JSON object, or tables with those of whom no by-product is on record."""

import json

from command_line import run_command


def run(monkeypatch, capsys, *words):
    return run_command(monkeypatch, capsys, "measure", "hosts", *words)


def test_json_has_the_ceiling_of_every_country(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "--material", "gallium", "--year", "2024", "--json")
    found = json.loads(out)
    china = next(r for r in found["records"] if r["country"] == "CHN")
    assert code == 0
    # 85.5 Mt of alumina x 15 g/t
    assert (china["allowed_t"], china["recovered_t"]) == (1282.5, 974.0)
    assert "usgs" in found["sources"]


def test_people_see_who_could_make_more_and_who_has_a_host_but_no_by_product(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "120")
    code, out, _ = run(monkeypatch, capsys, "--material", "gallium", "--year", "2024")
    assert code == 0
    assert "could make more" in out
    assert "hosts of which no by-product is on record" in out and "AUS" in out
    assert "source: Helmholtz-Zentrum Dresden-Rossendorf" in out


def test_a_material_that_is_no_by_product_is_an_error(monkeypatch, capsys):
    code, _, err = run(monkeypatch, capsys, "--material", "lithium", "--year", "2024")
    assert code == 1
    assert "lithium: no host is on record" in err
