"""A report as one HTML file: no script, no request to anywhere, readable on a phone and on paper."""

import re
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from monazite.errors import DataError
from monazite.reports.charts.chart import Table
from monazite.reports.charts.palette import write_dark_rules
from monazite.reports.charts.words import SHARE, format_value
from monazite.reports.page import KeyFigure, ReportPage

CHART_ID = re.compile(r'<svg [^>]*?\bid="([^"]+)"')
KEY_HEADS = ("Quantity", "Observed", "Median", "5 to 95 %", "Verdict")
SYMBOLS = {"hit": "✓", "missed": "✗"}  # beside the words, never instead of them


def render_report(page: ReportPage) -> str:
    """
    Write a report as one self-contained HTML file; the same page gives the same bytes.

    Raises
    ------
    DataError
        If two charts share an id: their labels and hatchings would mix.
    """
    check_ids(page)
    environment = Environment(
        loader=PackageLoader("monazite.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["svg"] = Markup
    environment.filters["csv_link"] = write_csv_link
    environment.filters["slug"] = write_slug
    environment.filters["hold"] = hold_together
    template = environment.get_template("report.html.j2")
    return template.render(
        page=page,
        style=Markup(read_style()),
        key_rows=build_key_rows(page.key_figures),
        key_heads=[*KEY_HEADS, *(f"Naive: {name}" for name in list_naive_names(page.key_figures))],
        lineage=build_lineage(page),
    )


def check_ids(page: ReportPage) -> None:
    """Raise where two charts of a page have one id."""
    found = Counter(match[1] for chart in page.list_charts() if (match := CHART_ID.search(chart.svg)))
    twice = sorted(chart_id for chart_id, count in found.items() if count > 1)
    if twice:
        raise DataError(
            f"report {page.title!r}",
            "two charts share an id.",
            which=twice,
            expected="one id per chart, also for the phone layout",
            fix="give each Caption its own chart_id",
        )


def read_style() -> str:
    """The style sheet, with the dark colours of charts put in."""
    sheet = (files("monazite.reports") / "templates" / "style.css").read_text(encoding="utf-8")
    return sheet.replace("/* dark colours of charts */", write_dark_rules())


def write_csv_link(table: Table) -> str:
    """Write a table as the target of a link, so that it can be saved without a server."""
    return f"data:text/csv;charset=utf-8,{quote(table.write_csv())}"


def write_slug(words: str) -> str:
    """
    Make an id or a file name of words.

    Examples
    --------
    >>> write_slug("Mine production, 2010 [t]")
    'mine-production-2010-t'
    """
    return re.sub(r"[^\w]+", "-", words.casefold()).strip("-")


def hold_together(cell: str) -> str:
    """
    Join the words of an interval and of a percentage, so that a narrow cell breaks between them.

    Examples
    --------
    >>> hold_together("-5 [-9 to 3], 2 %").replace("\u00a0", "_")
    '-5 [-9_to_3], 2_%'
    """
    joined = re.sub(r"\[[^\]]*\]", lambda found: found[0].replace(" ", "\u00a0"), cell)
    return joined.replace(" %", "\u00a0%")


def list_naive_names(figures: Sequence[KeyFigure]) -> list[str]:
    """Names of all naive forecasts, in the order of their first use."""
    return list(dict.fromkeys(name for figure in figures for name in figure.naive))


def build_key_rows(figures: Sequence[KeyFigure]) -> list[dict[str, object]]:
    """Write the key figures for people; a forecast that does not apply is a dash."""
    return [build_key_row(figure, list_naive_names(figures)) for figure in figures]


def build_key_row(figure: KeyFigure, names: Sequence[str]) -> dict[str, object]:
    """Write one key figure; shares are percentages, so their unit stands in the cells."""
    kind = figure.verdict.split(":")[0]
    unit = SHARE if figure.unit == SHARE else ""
    return {
        "name": figure.name,
        "unit": "" if unit else figure.unit,
        "observed": format_value(figure.observed, unit),
        "median": format_value(figure.median, unit),
        "band": f"{format_value(figure.low, unit)} to {format_value(figure.high, unit)}",
        "verdict": figure.verdict,
        "symbol": SYMBOLS.get(kind, ""),
        "kind": kind.replace(" ", "-"),
        "naive": [format_value(figure.naive[name], unit) if name in figure.naive else "–" for name in names],
    }


def build_lineage(page: ReportPage) -> list[tuple[str, str]]:
    """What the report was computed from, name by name."""
    lineage = page.lineage
    return [
        ("Release", lineage.release),
        ("Release sha256", lineage.release_sha256),
        ("Code version", lineage.code_version),
        ("Scenario sha256", lineage.scenario_sha256 or "no scenario"),
        ("Seed", "none" if lineage.seed is None else str(lineage.seed)),
        ("Draws", "none" if page.draws is None else format_value(page.draws)),
        ("Sources", ", ".join(lineage.source_ids) or "none named"),
    ]
