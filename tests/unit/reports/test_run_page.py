"""The report of a run and the files beside it, for every shipped scenario with a few draws."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.hindcast import build_forecasts, score_table
from monazite.reports import run_files
from monazite.reports.records import SERIES
from monazite.reports.run_charts import tell_path
from monazite.reports.run_files import write_report, write_run
from monazite.reports.run_page import build_key_figure, build_run_page
from monazite.reports.run_text import (
    FLOORS,
    build_observed_grids,
    build_score_grids,
    describe_place,
    list_findings,
)
from monazite.scenarios import list_scenarios, read_scenario, run_scenario
from monazite.scenarios.outlook import LEVELS, list_places

pytestmark = pytest.mark.slow

DRAWS = 8
NOTES = ["What was imposed", "What the run rests on", "Publications behind the policies"]


@pytest.fixture(scope="module")
def runs(snapshot):
    """Results and scores of every shipped scenario, by name."""
    found = {}
    for name in list_scenarios():
        result = run_scenario(read_scenario(name), snapshot, draws=DRAWS)
        found[name] = result, score_table(build_forecasts(result, snapshot), floors=FLOORS)
    return found


@pytest.fixture(scope="module")
def japan(runs):
    return runs["rare-earths-japan-2010"]


@pytest.fixture(scope="module")
def written(runs, snapshot, tmp_path_factory):
    """The folder of every shipped scenario's run, by name."""
    root = tmp_path_factory.mktemp("runs")
    for name, (result, scores) in runs.items():
        write_run(result, scores, snapshot, root / name)
    return root


def text_of(html):
    return re.sub(r"<[^>]+>", " ", re.sub(r"<(style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL))


# The page


@pytest.mark.parametrize("name", list_scenarios())
def test_a_page_has_every_section_with_a_heading_and_a_picture_where_one_belongs(runs, snapshot, name):
    result, scores = runs[name]
    page = build_run_page(result, scores, snapshot)
    headings = [section.heading for section in page.sections]
    for entry in result.markets:
        material = entry.title
        for heading in (
            f"Who runs short of {material}, and at what price",
            f"How trade in {material} moves",
            f"Where use of {material} is not served",
            f"How long stocks of {material} last, and what is paid inside and outside",
        ):
            section = page.sections[headings.index(heading)]
            assert section.chart is not None and section.phone_chart is not None
            assert section.text[0]
            assert section.source.startswith(f"Source: simulation of this project, {DRAWS} draws")
        # One lane is told in a sentence; a picture of it would be a bar from edge to edge.
        flows = page.sections[headings.index(f"Who ships {material} to whom")]
        assert (flows.chart is None) == (np.count_nonzero(entry.run.market.trade) < 3)
    has_history = result.scenario.observations is not None
    assert ("How far this is from history" in headings) == has_history
    assert [heading for heading in headings[-5:] if heading in NOTES] == NOTES
    assert ("What is assumed, as no publication says it" in headings) == bool(result.scenario.assumed)
    assert "What happens when" in headings
    assert len(headings) == len(set(headings))
    assert sum(heading.startswith("Which use of") for heading in headings) == len(result.markets)
    assert sum(heading.startswith("What each side loses") for heading in headings) == len(result.markets)
    assert len(page.findings) >= len(result.markets)
    assert page.draws == DRAWS


@pytest.mark.parametrize("name", list_scenarios())
def test_key_figures_are_the_scores_and_nothing_else(runs, snapshot, name):
    result, scores = runs[name]
    page = build_run_page(result, scores, snapshot)
    assert len(page.key_figures) == len(scores)
    assert bool(scores) == (result.scenario.observations is not None)
    for figure, score in zip(page.key_figures, scores, strict=True):
        assert (figure.observed, figure.median, figure.low, figure.high) == pytest.approx(
            (score.observed, score.median, score.low, score.high), nan_ok=True
        )
        assert figure.name.startswith(f"{score.title}, {score.period}")
        assert ("not scored" in figure.name) == (not score.is_scored)
        assert (
            figure.verdict.split(":")[0]
            == {"hit": "hit", "miss": "missed", "cannot tell": "not observed"}[score.verdict]
        )


def test_a_naive_forecast_that_does_not_apply_is_left_out(japan):
    score = next(score for score in japan[1] if score.quantity == "unit_value_japan")
    assert np.isnan(score.rerouting)
    assert set(build_key_figure(score).naive) == {"no change", "trend"}


def test_the_page_says_what_was_imposed_and_where_that_stands(japan, snapshot):
    result, scores = japan
    sections = {
        section.heading: section.text for section in build_run_page(result, scores, snapshot).sections
    }
    assert len(sections["What was imposed"]) == len(result.scenario.policies) == 8
    assert (
        "Shipments to Japan stop: ban by China against Japan, announced 2010-09, in force from 2010-09 to before "
        "2010-12; severity 0.5 to 1, start delay months 0.67 to 1, held share 0.5 to 1."
        in (sections["What was imposed"])
    )
    assert sections["Publications behind the policies"] == result.scenario.sources
    assert "a development episode" in " ".join(sections["What the run rests on"])


def test_a_policy_of_one_market_is_listed_too(japan, snapshot):
    result, scores = japan
    entry = result.markets[0]
    own = result.scenario.policies[-1].model_copy(update={"name": "A rule of this market"})
    changed = replace(
        result, markets=(replace(entry, market=entry.market.model_copy(update={"policies": (own,)})),)
    )
    sections = {
        section.heading: section.text for section in build_run_page(changed, scores, snapshot).sections
    }
    assert sections["What was imposed"][-1].startswith("A rule of this market: ban by China")


def test_every_finding_says_how_sure_it_is(runs, snapshot):
    for result, scores in runs.values():
        for text, doubt in list_findings(result, scores, snapshot):
            assert text.endswith(".")
            assert doubt.endswith(".") and re.search(r"\d", doubt)


def test_what_to_know_of_the_run_is_said_with_the_names_of_countries_and_is_no_finding(japan, snapshot):
    result, scores = japan
    entry = result.markets[0]
    notes = (
        "no recorded input: CHN 120, ROW 4 t a year",
        "policies 0 and 1 (quota) meet on CHN -> JPN, by USGS",
    )
    noted = replace(result, markets=(replace(entry, run=replace(entry.run, notes=notes)),))
    page = build_run_page(noted, scores, snapshot)
    told = {section.heading: section.text for section in page.sections}
    assert told["What to know of data, policies and supply"] == (
        "Rare earths: no recorded input: China 120, Rest of world 4 t a year.",
        "Rare earths: policies 0 and 1 (quota) meet on China -> Japan, by USGS.",
    )
    assert not any("no recorded input" in finding.text for finding in page.findings)


def test_the_page_names_its_sources_release_and_seed(japan, snapshot):
    page = build_run_page(*japan, snapshot)
    producers = {
        "CEPII",
        "British Geological Survey",
        "Ministry of Finance of Japan, Trade Statistics of Japan",
        "European Commission",
        "Monazite project",  # single figures: the stock that makers of magnets hold
    }
    assert {source.producer for source in page.sources} == producers
    assert page.lineage.seed == 2010
    assert len(page.lineage.scenario_sha256) == 64
    assert page.lineage.release_sha256 == snapshot.manifest.sha256


def test_a_scenario_that_has_not_happened_has_a_page_without_key_figures(japan, snapshot):
    result, _ = japan
    ahead = replace(result, scenario=result.scenario.model_copy(update={"observations": None}))
    page = build_run_page(ahead, [], snapshot)
    assert page.key_figures == ()
    assert "How far this is from history" not in [section.heading for section in page.sections]


def test_hits_and_misses_stand_in_the_tables_alike(japan):
    grids = build_score_grids(japan[1])
    assert len(grids) == 5
    verdicts = [row[-1] for grid in grids for row in grid.rows]
    assert len(verdicts) == len(japan[1]) == 25
    assert {"hit", "miss"} <= set(verdicts)


# The files


@pytest.mark.parametrize("name", list_scenarios())
def test_a_folder_holds_the_report_the_records_and_one_file_a_market(runs, written, name):
    result, _ = runs[name]
    names = {path.name for path in (written / name).iterdir()}
    assert names == {
        "report.html",
        "results.json",
        *(f"{entry.market.label}.nc" for entry in result.markets),
    }
    assert {path.name for path in written.iterdir()} == set(list_scenarios())  # nothing temporary is left


@pytest.mark.parametrize("name", list_scenarios())
def test_the_report_is_one_file_with_every_heading_and_no_script(written, runs, name):
    html = (written / name / "report.html").read_text(encoding="utf-8")
    words = " ".join(text_of(html).split())
    result, _ = runs[name]
    assert result.lineage.release_sha256 in html
    assert result.lineage.scenario_sha256 in html
    for heading in ("What was found", *NOTES, "Sources", "How this was computed"):
        assert heading in words
    assert not re.search(r"<script|<img|<iframe|@import", html)
    assert "nan" not in re.findall(r"\b[a-z]+\b", words)


@pytest.mark.parametrize("name", ["japan-2026", "rare-earths-japan-2010", "chip-limits-gallium-2023"])
def test_the_titles_of_charts_have_the_figures_of_the_findings(runs, snapshot, name):
    result, _ = runs[name]
    for entry in result.markets:
        text, doubt = describe_place(entry, list_places(result, entry)[0])
        title = tell_path(result, entry)
        peak, month = re.search(r"price peaks at ([\d.]+) times its baseline in ([\d-]+)", text).groups()
        low, high = re.search(r"price ([\d.]+) to ([\d.]+) times", doubt).groups()
        assert f"peaks at {peak} times the baseline [{low} to {high}] in {month}" in title
        depth = re.search(r"to (\d+ %) in ([\d-]+)", doubt)
        told = re.search(r"by up to (\d+ %) of its use in ([\d-]+)", title)
        assert (told and told.groups()) == (depth and depth.groups())


@pytest.mark.parametrize("name", list_scenarios())
def test_the_records_parse_and_match_the_run(written, runs, name):
    result, scores = runs[name]
    found = json.loads((written / name / "results.json").read_text(encoding="utf-8"))
    assert found["seed"] == result.scenario.seed
    assert found["scenario_sha256"] == result.lineage.scenario_sha256
    assert set(found["sources"]) - {"eu_crm_2023", "curated"} == set(result.lineage.source_ids)
    simulated = [
        record for record in found["records"] if record.get("quantity") in SERIES and "made_on" not in record
    ]
    compared = [record for record in found["records"] if record.get("quality") == "hindcast"]
    places = sum(len(list_places(result, entry)) for entry in result.markets)
    assert len(simulated) == places * result.scenario.months * 3
    assert [record["value"] for record in compared] == [
        None if np.isnan(score.median) else score.median for score in scores
    ]
    for record in simulated:
        assert record["low"] <= record["value"] <= record["high"]
        assert record["quantity"] == "price_ratio" or 0 <= record["low"] <= record["high"] <= 1
        assert record["source_ids"]


@pytest.mark.parametrize("name", list_scenarios())
def test_the_arrays_open_in_xarray_with_units_and_lineage(written, runs, name):
    result, _ = runs[name]
    for entry in result.markets:
        with xr.open_dataset(written / name / f"{entry.market.label}.nc", engine="scipy") as arrays:
            assert arrays.attrs["release_sha256"] == result.lineage.release_sha256
            assert arrays.attrs["seed"] == str(result.scenario.seed)
            assert arrays["quantile"].values.tolist() == pytest.approx(LEVELS)
            assert [str(m) for m in arrays["month"].values] == list(entry.run.months)
            assert [str(c) for c in arrays["country"].values] == list(entry.run.market.countries)
            for array in arrays.data_vars.values():
                assert array.attrs["unit"] in {"t", "t a month", "1"}
            assert (arrays["shortfall_t"] >= 0).all()
            shipped = float(arrays["trade_mean_t"].isel(month=0).sum())
            assert shipped == pytest.approx(
                float(entry.run.arrays["trade_mean_t"].isel(month=0).sum()), rel=1e-5
            )


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(snapshot, tmp_path):
    scenario = read_scenario("gallium-germanium-2023")
    content = {}
    for folder, seed in {"first": 7, "again": 7, "other": 8}.items():
        result = run_scenario(scenario, snapshot, draws=DRAWS, seed=seed)
        write_run(result, [], snapshot, tmp_path / folder)
        content[folder] = {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
    assert content["first"] == content["again"]
    assert content["first"]["results.json"] != content["other"]["results.json"]


def test_a_run_that_fails_while_it_is_written_leaves_the_old_folder_whole(
    runs, snapshot, tmp_path, monkeypatch
):
    result, scores = runs["gallium-germanium-2023"]
    folder = tmp_path / "run"
    write_run(result, scores, snapshot, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(*_):
        raise DataError("chart", "cannot be drawn.")

    monkeypatch.setattr(run_files, "render_report", fail)
    for target in (folder, tmp_path / "new"):
        with pytest.raises(DataError, match="cannot be drawn"):
            write_run(result, scores, snapshot, target, overwrite=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_that_cannot_be_put_in_place_brings_the_old_folder_back(runs, snapshot, tmp_path, monkeypatch):
    result, scores = runs["gallium-germanium-2023"]
    folder = tmp_path / "run"
    write_run(result, [], snapshot, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    rename = type(folder).rename

    def fail_on_the_new(self, target):
        if self.name == "run" and self != folder:
            raise OSError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(type(folder), "rename", fail_on_the_new)
    with pytest.raises(DataError, match=r"cannot be written.\n  which:    Permission denied"):
        write_run(result, scores, snapshot, folder, overwrite=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_earlier_run_is_replaced_only_when_asked_and_then_wholly(runs, snapshot, tmp_path):
    result, scores = runs["gallium-germanium-2023"]
    folder = tmp_path / "run"
    write_run(result, scores, snapshot, folder)
    with pytest.raises(DataError, match="holds an earlier run"):
        write_run(result, scores, snapshot, folder)
    other, _ = runs["graphite-2023"]
    assert write_run(other, [], snapshot, folder, overwrite=True) == folder / "report.html"
    assert {path.name for path in folder.iterdir()} == {"report.html", "results.json", "natural_graphite.nc"}


def test_a_folder_with_other_files_is_refused_whatever_is_asked(runs, snapshot, tmp_path):
    result, scores = runs["gallium-germanium-2023"]
    (tmp_path / "letters.txt").write_text("dear reader", encoding="utf-8")
    with pytest.raises(
        DataError, match=r"holds other files, which a run would replace.\n  which:    letters.txt"
    ):
        write_run(result, scores, snapshot, tmp_path, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_report_alone_is_the_page_of_the_folder(japan, snapshot, written, tmp_path):
    path = write_report(*japan, data=snapshot, path=tmp_path / "japan.html")
    assert path.read_bytes() == (written / "rare-earths-japan-2010" / "report.html").read_bytes()
    assert [found.name for found in tmp_path.iterdir()] == ["japan.html"]


@pytest.mark.parametrize("name", ["chip-limits-gallium-2023", "rare-earths-japan-2010"])
def test_a_report_of_a_run_fits_a_desk_and_a_phone_in_a_browser(written, name):
    sync_api = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        for width in (1280, 390):
            tab = browser.new_page(viewport={"width": width, "height": 800})
            said = []
            tab.on("console", lambda message, said=said: said.append(message.text))
            tab.on("pageerror", lambda error, said=said: said.append(str(error)))
            tab.goto((written / name / "report.html").as_uri())
            assert said == []
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            # No word of a chart sticks out of its drawing, beyond a pixel or two of the estimate of its width.
            out = tab.evaluate(
                """() => [...document.querySelectorAll('svg.chart')].filter(s => s.getBoundingClientRect().width)
                .flatMap(s => { const b = s.getBoundingClientRect(); return [...s.querySelectorAll('text')]
                .filter(t => { const r = t.getBoundingClientRect();
                    return r.right > b.right + 3 || r.left < b.left - 3 })
                .map(t => `${s.id}: ${t.textContent}`) })"""
            )
            assert out == []
            # Each card of a stacked table names its figures.
            heads = tab.eval_on_selector_all("table.cards td", "all => all.map(c => c.dataset.head)")
            assert heads
            assert all(heads)
        browser.close()


def test_a_series_that_several_comparisons_hold_is_one_table_by_month(runs):
    # China's exports of graphite are compared in three spans: November 2023, December to March, April to December 2024
    result, _ = runs["graphite-2023"]
    grids = build_observed_grids(result)
    assert len({grid.title for grid in grids}) == len(grids)
    world = next(grid for grid in grids if "to the world" in grid.title)
    assert world.heads == ("month", "observed, t")
    assert [world.rows[0], world.rows[1]] == [("2023-11", "40,518"), ("2023-12", "2,726")]
    assert [row[0] for row in world.rows] == [
        "2023-11",
        "2023-12",
        *(f"2024-{month:02}" for month in range(1, 13)),
    ]


def test_who_runs_short_is_told_first_and_a_market_in_which_nobody_does_in_one_sentence(runs, snapshot):
    # the basket: samarium runs short outside China, neodymium nowhere
    result, _ = runs["rare-earth-basket-2025"]
    texts = [text for text, _ in list_findings(result, [], snapshot)]
    calm = [text for text in texts if "neodymium" in text]
    assert len(calm) == 1
    assert calm[0].startswith(
        "Japan, EU27 and the rest of the world (mostly China) are not short of neodymium in any draw."
    )
    ranks = [0 if " is short of " in text else 2 if " in any draw" in text else None for text in texts]
    known = [rank for rank in ranks if rank is not None]
    assert known == sorted(known) and {0, 2} <= set(known)


def test_a_table_of_history_fits_on_80_columns_with_the_best_of_the_naive_forecasts(japan):
    # 2010 to 2013, observed 13,554, 10,016, 5,181 and 5,585 t: trend 6,089, 3,980, 2,601 and 1,700 errs by 4,992 t in
    # the mean, static share by 2,302 and more
    grid = build_score_grids(japan[1])[0]
    assert len(grid.heads) == 7
    assert "best naive forecast: static share" in grid.note
    widths = [max(len(row[k]) for row in (grid.heads, *grid.rows)) for k in range(len(grid.heads))]
    assert sum(widths) + 2 * len(widths) <= 80
