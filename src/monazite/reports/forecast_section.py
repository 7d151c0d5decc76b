"""The forecast of a scenario as it was first made, with its date, beside what the present code and data say."""

from collections.abc import Mapping

from monazite.reports.charts import Caption, FanPanel, draw_fan
from monazite.reports.page import Section
from monazite.reports.rounding import write_figure
from monazite.scenarios import ScenarioResult
from monazite.scenarios.forecast import (
    Forecast,
    ForecastSeries,
    build_forecast,
    list_changes,
    read_forecast,
    read_forecast_notes,
)
from monazite.simulation.calendar import month_number
from monazite.vocabulary import countries, country_name

DESK, PHONE = 960.0, 358.0
SAME = 0.005
"""Change of a median up to which two runs say the same. [share or ratio] Source: this project."""
TITLES = {"shortage_share": "use not served", "price_ratio": "price over baseline", "arrival_t": "arrivals"}
UNITS = {"shortage_share": "share", "price_ratio": "times", "arrival_t": "t"}
MOVED = {
    "shortage_share": ("the share of use not served", 100.0, " percentage points"),
    "price_ratio": ("the price", 1.0, " times the baseline price"),
    "arrival_t": ("arrivals", 100.0, " % of their largest month"),
}
"""How the change of a median is told: of what, times what, in which unit."""


def list_first_forecast(result: ScenarioResult) -> list[Section]:
    """Show the forecast as first made; nothing for a scenario that was never forecast."""
    first = read_forecast(result.scenario.name)
    if first is None:
        return []
    panels = [build_panel(series) for series in first.series]
    notes = read_forecast_notes(first.scenario)
    known = f", from what was known until {notes.known_until}" if notes else ""
    title = f"Forecast made on {first.made_on}{known}: {result.scenario.title}"
    charts = [
        draw_fan(
            panels, [], Caption(f"first-forecast{end}", title, "", "The forecast has no month."), width=width
        )
        for end, width in (("", DESK), ("-phone", PHONE))
    ]
    return [
        Section(
            f"The forecast as first made, on {first.made_on}{known}",
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
    notes = read_forecast_notes(first.scenario)
    known = f" from {notes.known_words}" if notes else ""
    made = (
        f"Made on {first.made_on}{known}, with release {first.release}, code {first.code_version}, {first.draws} "
        f"draws, seed {first.seed}; left as it was. Lines are medians, bands hold 50 and 90 % of the draws."
    )
    caveats = notes.caveats if notes else ()
    is_same_run = (first.draws, first.seed) == (result.scenario.draws, result.scenario.seed)
    if not is_same_run:
        drift = "The pictures above are of a run with other draws or another seed, by the present model."
    else:
        drift = tell_drift(list_changes(first, build_forecast(result, first.made_on)))
    return (*caveats, made, drift)


def tell_drift(changes: Mapping[str, float]) -> str:
    """
    Say how far the medians of a run are from the forecast, quantity by quantity.

    Examples
    --------
    >>> tell_drift({"price_ratio": 0.43, "arrival_t": 0.001}).partition(": ")[2]
    'a median of the price moved by up to 0.43 times the baseline price; no median of arrivals moved.'
    """
    if not changes:
        return "The present scenario shares no series with it."
    moved = {name: change for name, change in changes.items() if change > SAME}
    if not moved:
        return "The run above, with the present code and data, says the same."
    told = []
    for name, change in moved.items():
        words, scale, unit = MOVED[name]
        told.append(f"a median of {words} moved by up to {write_figure(scale * change)}{unit}")
    still = [MOVED[name][0] for name in changes if name not in moved]
    told += [f"no median of {' or '.join(still)} moved"] if still else []
    return f"The run above, with the present code and data, differs: {'; '.join(told)}."


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
        Labels episode, material, region, quantity, month, made_on, known_until; `value` is the median,
        `low` and `high` 5 and 95 %. A fault found later is the quantity `note` with the fault as `reason`.
    """
    first = read_forecast(result.scenario.name)
    if first is None:
        return []
    notes = read_forecast_notes(first.scenario)
    known = {"known_until": notes.known_until} if notes else {}
    stated: list[dict[str, object]] = [
        {
            "episode": first.scenario,
            "quantity": "note",
            "value": None,
            "reason": text,
            "made_on": first.made_on,
            **known,
        }
        for text in (notes.caveats if notes else ())
    ]
    return stated + [
        {
            "episode": first.scenario, "material": series.material, "region": series.region,
            "quantity": series.quantity, "month": month, "value": series.median[k], "unit": series.unit,
            "low": series.low[k], "high": series.high[k], "quality": "forecast", "made_on": first.made_on, **known,
        }
        for series in first.series
        for k, month in sorted(enumerate(series.months), key=lambda pair: month_number(pair[1]))
    ]  # fmt: skip
