"""The forecast of a scenario as it was first made, with its date, beside what the present code and data say."""

import math

from monazite.reports.charts import Caption, FanPanel, draw_fan
from monazite.reports.page import Section
from monazite.scenarios import ScenarioResult
from monazite.scenarios.forecast import (
    Forecast,
    ForecastSeries,
    build_forecast,
    largest_change,
    read_forecast,
)
from monazite.simulation.calendar import month_number
from monazite.vocabulary import countries, country_name

DESK, PHONE = 960.0, 358.0
SAME = 0.005
"""Change of a median up to which two runs say the same. [share or ratio] Source: this project."""
TITLES = {"shortage_share": "use not served", "price_ratio": "price over baseline", "arrival_t": "arrivals"}
UNITS = {"shortage_share": "share", "price_ratio": "times", "arrival_t": "t"}


def list_first_forecast(result: ScenarioResult) -> list[Section]:
    """Show the forecast as first made; nothing for a scenario that was never forecast."""
    first = read_forecast(result.scenario.name)
    if first is None:
        return []
    panels = [build_panel(series) for series in first.series]
    title = f"Forecast made on {first.made_on}: {result.scenario.title}"
    charts = [
        draw_fan(
            panels, [], Caption(f"first-forecast{end}", title, "", "The forecast has no month."), width=width
        )
        for end, width in (("", DESK), ("-phone", PHONE))
    ]
    return [
        Section(
            f"The forecast as first made, on {first.made_on}",
            tell_forecast(first, result),
            charts[0],
            charts[1],
        )
    ]


def tell_forecast(first: Forecast, result: ScenarioResult) -> tuple[str, ...]:
    """
    Say when and with what a forecast was made, and how far the present run is from it.

    A run with other draws or another seed is not held against it.
    """
    made = (
        f"Made on {first.made_on} with release {first.release}, code {first.code_version}, {first.draws} draws, seed "
        f"{first.seed}; left as it was. Lines are medians, bands hold 50 and 90 % of the draws."
    )
    is_same_run = (first.draws, first.seed) == (result.scenario.draws, result.scenario.seed)
    if not is_same_run:
        return (
            made,
            "The pictures above are of a run with other draws or another seed, by the present model.",
        )
    change = largest_change(first, build_forecast(result, first.made_on))
    if math.isnan(change):
        return (made, "The present scenario shares no series with it.")
    if change <= SAME:
        return (made, "The run above, with the present code and data, says the same.")
    text = (
        f"The run above, with the present code and data, differs: a median moved by up to {change:.2g} (shares and "
        "price ratios; arrivals over their largest month)."
    )
    return (made, text)


def build_panel(series: ForecastSeries) -> FanPanel:
    """Turn a series into a panel."""
    ends = series.region.split("-") if series.quantity == "arrival_t" else [series.region]
    where = " to ".join(country_name(code) if code in countries() else code for code in ends)
    return FanPanel(
        title=f"{series.material.replace('_', ' ').capitalize()}, {where}: {TITLES[series.quantity]}",
        unit=UNITS[series.quantity],
        months=series.months,
        median=series.median,
        low50=series.low_quartile,
        high50=series.high_quartile,
        low90=series.low,
        high90=series.high,
    )


def forecast_records(result: ScenarioResult) -> list[dict[str, object]]:
    """
    List the forecast as first made as records; `made_on` tells them from those of the run.

    Returns
    -------
    list of records
        Labels episode, material, region, quantity, month, made_on; `value` is the median, `low` and `high` 5 and 95 %.
    """
    first = read_forecast(result.scenario.name)
    if first is None:
        return []
    return [
        {
            "episode": first.scenario, "material": series.material, "region": series.region,
            "quantity": series.quantity, "month": month, "value": series.median[k], "unit": series.unit,
            "low": series.low[k], "high": series.high[k], "quality": "forecast", "made_on": first.made_on,
        }
        for series in first.series
        for k, month in sorted(enumerate(series.months), key=lambda pair: month_number(pair[1]))
    ]  # fmt: skip
