"""The sections of a run's report that answer: measures in time, cover, prices, both sides' losses, uses at risk."""

import math
from collections.abc import Callable, Sequence

from monazite.provenance import Lineage
from monazite.reports.charts import Bar, Caption, Chart, Column, FanPanel, Table, draw_bars, draw_fan
from monazite.reports.page import Section
from monazite.reports.timeline_chart import draw_timeline
from monazite.scenarios import MarketResult, ScenarioResult
from monazite.scenarios.answers import (
    REGION,
    Balance,
    Quantiles,
    UseAtRisk,
    list_balances,
    list_spans,
    list_uses,
    months_of_cover,
)
from monazite.scenarios.outlook import Band, band_of, list_places, list_restricting, price_ratio
from monazite.simulation import Run
from monazite.snapshot import Snapshot
from monazite.vocabulary import country_name

DESK, PHONE = 960.0, 358.0
MOST_USES, MOST_COUNTRIES = 12, 10
"""Bars and rows shown; the JSON has all."""
BILLION = 1e9
NO_VALUE = "the release has no value added of its sector"


def draw_measures(result: ScenarioResult) -> list[Section]:
    """Draw the measures of all markets on one time line; nothing where a scenario imposes none."""
    spans = list(dict.fromkeys(span for entry in result.markets for span in list_spans(entry.run)))
    if not spans:
        return []
    months = result.markets[0].run.months
    return [
        _make(
            "What happens when",
            ("Measures as they are known, take force and end; what follows from another is an answer.",),
            Caption("timeline", "Measures in time", "", "no measure"),
            lambda own, width: draw_timeline(spans, months, own, width=width),
        )
    ]


def draw_answers(result: ScenarioResult, entry: MarketResult, data: Snapshot) -> list[Section]:
    """Draw cover and prices inside and outside, list both sides' losses, and rank the uses at risk."""
    return [
        draw_cover(result, entry),
        list_losses(entry),
        draw_uses(entry, data),
    ]


def draw_cover(result: ScenarioResult, entry: MarketResult) -> Section:
    """Months that stocks last, and the price inside and outside the countries that restrict."""
    run, panels = entry.run, []
    for place in list_places(result, entry):
        cover = months_of_cover(run, place.members)
        if not math.isnan(float(cover[0, 0])):
            name = place.label[0].upper() + place.label[1:]
            panels.append(_panel(f"{name}: months of cover left", "months", run, band_of(cover)))
    inside = list_restricting(run)
    outside = [code for code in run.market.countries if code not in inside]
    for label, codes in (("Inside, where exports are restricted", inside), ("Outside", outside)):
        if inside and codes:
            panels.append(
                _panel(f"{label}: price over baseline", "times", run, band_of(price_ratio(run, codes)))
            )
    name = _words(entry)
    return _make(
        f"How long stocks of {name} last, and what is paid inside and outside",
        ("Cover: the country's stock over its use in the baseline; goods on their way are not in it.",),
        Caption(f"cover-{_slug(entry)}", f"Cover and prices of {name}", "", "no place uses this material"),
        lambda own, width: draw_fan(panels, [], own, width=width),
    )


def list_losses(entry: MarketResult) -> Section:
    """List what who restricts loses, who gains, and whose use falls."""
    balances = list_balances(entry.run)
    months = len(entry.run.months)
    half = MOST_COUNTRIES // 2
    cut = f", first and last {half} of {len(balances)}" if len(balances) > MOST_COUNTRIES else ""
    title = f"Change over {months} months, t: median [5 to 95 % of the draws]; worths in t at baseline prices{cut}"
    columns = (
        Column("Country"), Column("Exports"), Column("Revenue by exports"), Column("Import bill"),
        Column("Net gain"), Column("Use lost"),
    )  # fmt: skip
    shown = balances if len(balances) <= MOST_COUNTRIES else [*balances[:half], *balances[-half:]]
    rows = tuple(
        (name_country(b), *(write_span(q) for q in (b.sales_t, b.revenue_t, b.bill_t, b.net_t, b.use_lost_t)))
        for b in shown
    )
    return Section(
        f"Who loses and who gains in {_words(entry)}",
        tell_balances(balances),
        tables=(Table(title, columns, rows),),
    )


def tell_balances(balances: Sequence[Balance]) -> tuple[str, ...]:
    """Say in a sentence each what who restricts loses, and who gains most."""
    told = []
    for b in balances:
        if b.is_restricting:
            share = f" ({100 * b.sales_t.median / b.exports_t:+.0f} %)" if b.exports_t > 0 else ""
            more = "less" if b.revenue_t.median < 0 else "more"
            told.append(
                f"{country_name(b.country)} restricts: its exports change by {b.sales_t.median:+,.0f} t{share}. At the "
                f"prices of the run it earns {abs(b.revenue_t.median):,.0f} t {more} by them, in t at baseline prices."
            )
    gains = [b for b in balances if not b.is_restricting and b.net_t.low > 0][:3]
    if gains:
        names = ", ".join(f"{country_name(b.country)} ({b.net_t.median:,.0f} t)" for b in gains)
        told.append(f"In nearly all draws these gain, after what their own imports cost: {names}.")
    else:
        told.append("Nobody gains in nearly all draws.")
    return tuple(told)


def draw_uses(entry: MarketResult, data: Snapshot) -> Section:
    """Rank the end uses in the European Union by value added at risk, and say which stops first."""
    name = _words(entry)
    uses, why, _ = list_uses(entry.run, data)
    ranked = [use for use in uses if not math.isnan(use.at_risk_eur.median)]
    heading = f"Which uses of {name} in the European Union are at risk"
    if not ranked:
        return Section(
            heading, (f"Cannot tell: {why or f'no sector of its uses has value added in {REGION}'}.",)
        )
    bars = [
        Bar(use_label(use, entry), use.at_risk_eur.median / BILLION, use.at_risk_eur.low / BILLION,
            use.at_risk_eur.high / BILLION, f"{100 * use.use_share:.0f} % of use")
        for use in ranked[:MOST_USES]
    ]  # fmt: skip
    text = (
        *((f"{why[0].upper()}{why[1:]}.",) if why else ()),
        "Value added of the sectors that use it, weighted by their share of the use and by the shortage of the months, "
        "over the whole run: an upper end, as a whole sector is taken to need the material. Every use is taken to miss "
        "the same share.",
        tell_first_stop(ranked, entry),
    )
    caption = Caption(
        f"uses-{_slug(entry)}", f"Value added at risk by end use of {name}", "billion EUR", "no use at risk"
    )
    return _make(heading, text, caption, lambda own, width: draw_bars(bars, own, width=width))


def tell_first_stop(uses: Sequence[UseAtRisk], entry: MarketResult) -> str:
    """Say which use stops first if those with least value added by tonne give way first."""
    able = [use for use in uses if not math.isnan(use.stop_share)]
    first = max(able, key=lambda use: (use.stop_share, -use.value_added_eur), default=None)
    if first is None or first.stop_share <= 0:
        return "If the uses with least value added by tonne give way first, none stops for a whole month in any draw."
    when = f", in the median in {first.stop_month}" if first.stop_month else ""
    return (
        f"If the uses with least value added by tonne give way first, {use_label(first, entry)} stops first: in "
        f"{100 * first.stop_share:.0f} % of the draws{when}."
    )


def name_sources(result: ScenarioResult, data: Snapshot) -> Lineage:
    """Lineage of a run with the sources of the end uses that its answers rest on."""
    found = [list_uses(entry.run, data)[2] for entry in result.markets]
    return result.lineage.with_sources(*(code for codes in found for code in codes))


def list_answers(result: ScenarioResult, data: Snapshot) -> list[str]:
    """List in a sentence each who loses, who gains and which use stops first, for the terminal."""
    told: list[str] = []
    for entry in result.markets:
        name = _words(entry)[0].upper() + _words(entry)[1:]
        told += [f"{name}: {text}" for text in tell_balances(list_balances(entry.run))]
        told += [f"{name}: {text}" for text in draw_uses(entry, data).text[-1:]]
    return told


def answer_records(result: ScenarioResult, data: Snapshot) -> list[dict[str, object]]:
    """
    List the answers of a run as records.

    Parameters
    ----------
    result : ScenarioResult
        From `run_scenario`.
    data : Snapshot
        The release of the run.

    Returns
    -------
    list of records
        Quantities months_of_cover (by region and month), sales_change_t, revenue_change_t, import_bill_change_t,
        net_gain_t and use_lost_t (by country over the run; `role` is restricting or other), value_added_at_risk (by
        use over the run, with `stop_share` and `stop_month`) and measure (`from`, `to`, `announced`).
    """
    records: list[dict[str, object]] = []
    for entry in result.markets:
        labels: dict[str, object] = {
            "episode": result.scenario.name, "material": entry.market.material, "quality": "simulated",
            "source_ids": entry.run.lineage.source_ids, **({"market": entry.market.name} if entry.market.name else {}),
        }  # fmt: skip
        run = entry.run
        for place in list_places(result, entry):
            band = band_of(months_of_cover(run, place.members))
            records += [
                {**labels, "region": place.label, "quantity": "months_of_cover", "month": month, "unit": "months",
                 "value": _plain(band.median[k]), "low": _plain(band.low[k]), "high": _plain(band.high[k])}
                for k, month in enumerate(run.months)
            ]  # fmt: skip
        for b in list_balances(run):
            role = "restricting" if b.is_restricting else "other"
            named = {"sales_change_t": b.sales_t, "revenue_change_t": b.revenue_t, "import_bill_change_t": b.bill_t,
                     "net_gain_t": b.net_t, "use_lost_t": b.use_lost_t}  # fmt: skip
            records += [
                {**labels, "country": b.country, "role": role, "quantity": name, "unit": "t", **_ends(q)}
                for name, q in named.items()
            ]
        records += _use_records(entry, data, labels)
        records += [
            {**labels, "quality": "stated", "quantity": "measure", "name": span.name, "kind": span.kind, "value": None,
             "reason": "a measure has dates and no value", "announced": span.announced or None,
             "from": span.start or None, "to": span.end or None, "is_answer": span.is_answer}
            for span in list_spans(run)
        ]  # fmt: skip
    return records


def _use_records(entry: MarketResult, data: Snapshot, labels: dict[str, object]) -> list[dict[str, object]]:
    """List the uses at risk, or why they cannot be told."""
    uses, why, sources = list_uses(entry.run, data)
    base: dict[str, object] = {**labels, "region": REGION, "quantity": "value_added_at_risk", "unit": "EUR"}
    if not uses:
        return [{**base, "value": None, "reason": why}]
    return [
        {**base, "material": use.material, "use": use.use, "sector_code": use.sector_code, **_ends(use.at_risk_eur),
         "use_share": use.use_share, "stop_share": _plain(use.stop_share), "stop_month": use.stop_month or None,
         "reason": (why or None) if not math.isnan(use.at_risk_eur.median) else NO_VALUE,
         "source_ids": (*entry.run.lineage.source_ids, *sources)}
        for use in uses
    ]  # fmt: skip


def use_label(use: UseAtRisk, entry: MarketResult) -> str:
    """Name a use, with its material where the market is of several."""
    return use.use if use.material == entry.market.material else f"{use.use} ({use.material})"


def name_country(balance: Balance) -> str:
    """Name a country, and say if it restricts."""
    return country_name(balance.country) + (" (restricts)" if balance.is_restricting else "")


def write_span(value: Quantiles) -> str:
    """
    Write a median with its ends, in tonnes.

    Examples
    --------
    >>> write_span(Quantiles(-1200.4, -2000.0, 3.0))
    '-1,200 [-2,000 to 3]'
    """
    return f"{_whole(value.median)} [{_whole(value.low)} to {_whole(value.high)}]"


def _whole(number: float) -> str:
    """Write tonnes without a minus before zero."""
    return f"{round(number) + 0:,d}"


def _ends(value: Quantiles) -> dict[str, object]:
    return {"value": _plain(value.median), "low": _plain(value.low), "high": _plain(value.high)}


def _plain(number: float) -> float | None:
    """Write a number for a record: None where there is none."""
    return None if math.isnan(number) else float(number)


def _panel(title: str, unit: str, run: Run, band: Band) -> FanPanel:
    """Turn a band into a panel."""
    return FanPanel(
        title=title, unit=unit, months=run.months, median=tuple(band.median.tolist()),
        low50=tuple(band.low_quartile.tolist()), high50=tuple(band.high_quartile.tolist()),
        low90=tuple(band.low.tolist()), high90=tuple(band.high.tolist()),
    )  # fmt: skip


def _make(
    heading: str, text: tuple[str, ...], caption: Caption, draw: Callable[[Caption, float], Chart]
) -> Section:  # fmt: skip
    """Draw a chart for the desk and one for the phone."""
    phone = Caption(f"{caption.chart_id}-phone", caption.title, caption.unit, caption.why_empty)
    return Section(heading, text, draw(caption, DESK), draw(phone, PHONE))


def _words(entry: MarketResult) -> str:
    return entry.title


def _slug(entry: MarketResult) -> str:
    return entry.title.replace(" ", "-")
