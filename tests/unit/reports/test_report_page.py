"""The report: one file, everything in it, nothing from outside."""

import itertools
import math
import re
from dataclasses import replace
from urllib.parse import unquote

import pytest

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.reports.charts import Caption, PolicyMark, draw_fan
from monazite.reports.files import write_text_atomically
from monazite.reports.html import render_report
from monazite.reports.page import Finding, KeyFigure, ReportPage, Section, SourceLine


@pytest.fixture
def page(panel):
    marks = [PolicyMark("2010-09", "Shipments stop")]
    desk, phone = (
        draw_fan([panel], marks, Caption(chart_id, "Imports", "", "nothing."), width=width)
        for chart_id, width in (("fan-desk", 960), ("fan-phone", 358))
    )
    return ReportPage(
        title="A test <of> a report",
        subtitle="Made-up numbers.",
        findings=(Finding("Imports fall.", "90 % of draws: by 10 to 30 %."),),
        key_figures=(
            KeyFigure("Imports", "t", 10.0, 9.0, 8.0, 14.0, {"no change": 12.0}),
            KeyFigure("Price", "USD", 30.0, 16.0, 10.0, 24.0),
            KeyFigure("Share", "share", math.nan, 0.5, 0.4, 0.6),
        ),
        sections=(
            Section("Month by month", ("What the chart shows.",), desk, phone),
            Section("Words only", ("Text.",)),
        ),
        sources=(
            SourceLine(
                "CEPII", "BACI", "Etalab 2.0", "https://example.org/l", "https://example.org/", "2024"
            ),
        ),
        lineage=Lineage(release="test", release_sha256="0" * 64, code_version="0.0", seed=7),
        draws=500,
    )


def test_the_same_page_gives_the_same_bytes(page):
    assert render_report(page) == render_report(page)


def test_nothing_is_fetched_and_no_script_runs(page):
    html = render_report(page)
    assert not re.search(r"<script|<img|<iframe|@import|url\(\s*['\"]?http", html)
    assert re.findall(r'<link[^>]*href="([^"]*)"', html) == ["data:,"]


def test_words_from_data_are_escaped(page):
    assert "<h1>A test &lt;of&gt; a report</h1>" in render_report(page)


def test_a_hit_a_miss_and_a_figure_nobody_observed_are_told_in_words(page):
    html = render_report(page)
    verdicts = re.findall(
        r'<span class="verdict [^"]*">(?:<span aria-hidden="true">.</?[^>]*>)?(.*?)</span></td>', html
    )
    assert [re.sub(r"<.*?>|.&nbsp;", "", words) for words in verdicts] == [
        "hit",
        "missed: observed is above",
        "not observed",
    ]


@pytest.mark.parametrize(
    ("observed", "verdict"),
    [(7.9, "missed: observed is below"), (8.0, "hit"), (14.0, "hit"), (14.1, "missed: observed is above")],
)
def test_the_ends_of_the_band_belong_to_it(observed, verdict):
    assert KeyFigure("x", "t", observed, 9.0, 8.0, 14.0).verdict == verdict


def test_a_figure_without_a_band_is_not_a_hit():
    assert KeyFigure("x", "t", 5.0, math.nan, math.nan, math.nan).verdict == "not simulated"


def test_the_csv_link_holds_the_table_of_the_chart(page):
    link = re.search(
        r'download="imports.csv" href="data:text/csv;charset=utf-8,([^"]*)"', render_report(page)
    )
    assert unquote(link[1]) == page.sections[0].chart.table.write_csv()


def test_a_report_prints_its_lineage_and_its_sources(page):
    html = render_report(page)
    for words in ("0" * 64, "<dd>7</dd>", "<dd>500</dd>", "CEPII", "Etalab 2.0", "no scenario"):
        assert words in html


def test_two_charts_with_one_id_are_refused(page):
    section = page.sections[0]
    with pytest.raises(DataError) as caught:
        render_report(replace(page, sections=(replace(section, phone_chart=section.chart),)))
    assert str(caught.value) == (
        "report 'A test <of> a report': two charts share an id.\n"
        "  which:    fan-desk\n"
        "  expected: one id per chart, also for the phone layout\n"
        "  fix:      give each Caption its own chart_id"
    )


def test_headings_go_down_in_order(page):
    levels = [int(level) for level in re.findall(r"<h(\d)", render_report(page))]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_a_file_is_replaced_whole_and_no_temporary_one_stays(tmp_path):
    path = tmp_path / "report.html"
    write_text_atomically(path, "old")
    write_text_atomically(path, "néw\n")
    assert path.read_text(encoding="utf-8") == "néw\n"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        write_text_atomically(tmp_path / "none" / "report.html", "x")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(DataError, match="cannot be written"):
        write_text_atomically(tmp_path / "folder.html", "x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder.html"]


@pytest.mark.slow
def test_a_report_opens_in_a_browser_without_error_or_request(page, tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    path = tmp_path / "report.html"
    write_text_atomically(path, render_report(page))
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        for shown, width in (("wide", 1280), ("phone", 390)):
            tab = browser.new_page(viewport={"width": width, "height": 800})
            said, asked = [], []
            tab.on("console", lambda message, said=said: said.append(message.text))
            tab.on("pageerror", lambda error, said=said: said.append(str(error)))
            tab.on("request", lambda request, asked=asked: asked.append(request.url))
            tab.goto(path.as_uri())
            assert said == []
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            marks = tab.locator(f'.{shown} .mark[tabindex="0"]')
            assert marks.count() == 7  # two bands, median, naive, one policy date, two observations
            marks.first.focus()
            assert tab.evaluate("document.activeElement.getAttribute('aria-label')")
            assert tab.locator("svg.chart:visible").count() == 1
            levels = tab.eval_on_selector_all("h1, h2, h3", "all => all.map(h => +h.tagName[1])")
            assert levels[0] == 1
            assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        browser.close()
