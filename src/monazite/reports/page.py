"""What a report says, as plain data: findings, key figures, sections with charts, sources, lineage."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from monazite.provenance import Lineage
from monazite.reports.charts.chart import Chart, Table


@dataclass(frozen=True)
class Finding:
    """One thing found, in a sentence, and how sure it is, in another."""

    text: str
    uncertainty: str


@dataclass(frozen=True)
class KeyFigure:
    """
    One quantity: observed, simulated, and what naive forecasts say.

    NaN is missing: an `observed` that nobody reported, a forecast that does not apply. `low` and `high`
    are the 5 % and 95 % of the draws.
    """

    name: str
    unit: str
    observed: float
    median: float
    low: float
    high: float
    naive: Mapping[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """
        Where the observation lies, in words.

        Examples
        --------
        >>> KeyFigure("Imports", "t", observed=10.0, median=6.0, low=4.0, high=9.0).verdict
        'missed: observed is above'
        """
        if math.isnan(self.observed):
            return "not observed"
        if math.isnan(self.low) or math.isnan(self.high):
            return "not simulated"
        if self.observed < self.low:
            return "missed: observed is below"
        return "missed: observed is above" if self.observed > self.high else "hit"


@dataclass(frozen=True)
class Section:
    """
    A heading, paragraphs, a chart with its phone layout (the table twin is that of `chart`), and tables on view.

    `source`: the line below the chart that says where its figures come from; "" where there is no chart.
    """

    heading: str
    text: tuple[str, ...] = ()
    chart: Chart | None = None
    phone_chart: Chart | None = None
    tables: tuple[Table, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class SourceLine:
    """One data set that a report rests on."""

    producer: str
    title: str
    licence: str
    licence_url: str
    url: str
    date: str


@dataclass(frozen=True)
class ReportPage:
    """A whole report; `draws` is the size of the ensemble, None where nothing was drawn."""

    title: str
    subtitle: str
    findings: tuple[Finding, ...]
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
    sources: tuple[SourceLine, ...]
    lineage: Lineage
    draws: int | None = None
    language: str = "en"

    def list_charts(self) -> list[Chart]:
        """Every chart on the page, in reading order."""
        return [chart for s in self.sections for chart in (s.chart, s.phone_chart) if chart is not None]
