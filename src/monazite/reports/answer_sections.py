"""The sections of a run's report that answer: measures in time, cover, prices, both sides' losses, uses at risk."""

import math
from collections.abc import Callable, Sequence

from monazite.provenance import Lineage
from monazite.reports.charts import Bar, Caption, Chart, Column, FanPanel, Table, draw_bars, draw_fan
from monazite.reports.loss_text import tell_balances, tell_winner
from monazite.reports.market_lines import join_markets
from monazite.reports.page import Section
from monazite.reports.rounding import round_digits, write_span
from monazite.reports.run_text import Grid
from monazite.reports.timeline_chart import draw_timeline, tell_outputs
from monazite.reports.use_records import use_records
from monazite.reports.use_sections import (
    build_stop_grid,
    draw_use_sections,
    list_outlooks,
    list_shown,
    name_material,
    tell_uses,
)
from monazite.scenarios import MarketResult, ScenarioResult
from monazite.scenarios.answers import (
    OTHERS,
    RESTRICTING,
    Balance,
    Quantiles,
    Span,
    list_balances,
    list_sides,
    list_spans,
    months_of_cover,
)
from monazite.scenarios.outlook import Band, band_of, list_places, list_restricting, price_ratio
from monazite.scenarios.use_outlook import list_use_sources
from monazite.simulation import Run
from monazite.snapshot import Snapshot
from monazite.vocabulary import country_name

DESK, PHONE = 960.0, 358.0
MOST_COUNTRIES = 10
"""Bars and rows shown; the JSON has all."""
LEAST_T = 0.005
"""Tonnes below this are written as 0. [t]"""
CARGO, WORTH = ("sales_change_t", "use_lost_t"), "t at baseline prices"
"""Records in tonnes of goods; the others are money: 100 t are worth what 100 t cost in the baseline."""
MOST_SHARE = 2.0
"""A change of more than this share of a small baseline is given in tonnes alone. [unitless]"""


def draw_measures(result: ScenarioResult) -> list[Section]:
    """Draw the measures of all markets on one time line; nothing where a scenario imposes none."""
    spans = list(dict.fromkeys(span for entry in result.markets for span in list_spans(entry.run)))
    if not spans:
        return []
    months = result.markets[0].run.months
    return [
        _make(
            "What happens when",
            tuple(tell_answers(spans)),
            Caption("timeline", tell_order(spans), "", "no measure"),
            lambda own, width: draw_timeline(spans, months, own, width=width),
        )
    ]


def tell_order(spans: Sequence[Span]) -> str:
    """
    Say in a title how many measures there are, from when on, and how many answer another.

    Examples
    --------
    >>> tell_order([Span("Quota", "quota", ("CHN",), "2010-07", "2010-07", "2011-01", False)])
    'One measure, in force from 2010-07'
    """
    starts = [span.start for span in spans if span.start]
    answers = sum(span.is_answer for span in spans)
    count = "One measure" if len(spans) == 1 else f"{len(spans)} measures"
    since = (
        f", in force from {min(starts)}" if len(spans) == 1 else f", the first in force from {min(starts)}"
    )
    more = f"; {answers} of them answer{'s' if answers == 1 else ''} another" if answers else ""
    return f"{count}{since if starts else ', none in force in the median draw'}{more}"


def tell_answers(spans: Sequence[Span]) -> list[str]:
    """Say of each measure that waits for another in how many of the draws it is set off."""
    return [
        f"“{span.name}” {f'answers “{span.after}” and ' if span.after else ''}is set off in "
        f"{100 * span.fired_share:.0f} % of the draws"
        + (f"; it stands where it starts in the median, {span.start}" if span.start else "")
        + (f", the decision; first output {tell_outputs(span)}." if span.start and span.outputs else ".")
        for span in spans
        if span.is_answer
    ]


def draw_answers(result: ScenarioResult, entry: MarketResult, data: Snapshot) -> list[Section]:
    """Draw which uses give way, cover and prices inside and outside, and what both sides lose."""
    return [
        *draw_use_sections(entry, list_outlooks(entry, data, list_places(result, entry))),
        draw_cover(result, entry),
        draw_losses(entry),
    ]


def draw_cover(result: ScenarioResult, entry: MarketResult) -> Section:
    """Months that stocks last, and the price inside and outside the countries that restrict."""
    run, panels = entry.run, []
    for place in list_places(result, entry):
        cover = months_of_cover(run, place.members)
        if not math.isnan(float(cover[0, 0])):
            name = place.words[0].upper() + place.words[1:]
            panels.append(_panel(f"{name}: months of cover left", "months", run, band_of(cover)))
    inside = list_restricting(run)
    outside = [code for code in run.market.countries if code not in inside]
    for label, codes in (("inside", inside), ("outside", outside)):
        if inside and codes:
            panels.append(
                _panel(f"Price {label}, over baseline", "times", run, band_of(price_ratio(run, codes)))
            )
    name = _words(entry)
    return _make(
        f"How long stocks of {name} last, and what is paid inside and outside",
        (
            "Cover: the country's stock over its use in the baseline; goods on their way are not in it."
            + (" Inside: the countries that restrict their exports." if inside else ""),
        ),
        Caption(f"cover-{_slug(entry)}", tell_cover(result, entry), "", "no place uses this material"),
        lambda own, width: draw_fan(panels, [], own, width=width),
    )


def tell_cover(result: ScenarioResult, entry: MarketResult) -> str:
    """Say how low the cover of the first place falls, and how far prices inside and outside part."""
    run, place = entry.run, list_places(result, entry)[0]
    cover = band_of(months_of_cover(run, place.members)).median
    told = []
    if not math.isnan(float(cover[0])):
        low = int(cover.argmin())
        name = _capital(place.words)
        if f"{cover[0]:.1f}" == f"{cover[low]:.1f}":
            told.append(f"{name}: stocks stay at or above {cover[0]:.1f} months of use, in the median")
        else:
            told.append(
                f"{name}: stocks fall from {cover[0]:.1f} to {cover[low]:.1f} months of use by {run.months[low]}"
            )
    inside = list_restricting(run)
    outside = [code for code in run.market.countries if code not in inside]
    if inside and outside:
        peaks = [float(band_of(price_ratio(run, codes)).median.max()) for codes in (inside, outside)]
        told.append(
            f"the mean price of all who do not restrict peaks at {peaks[1]:.1f} times its baseline, inside at "
            f"{peaks[0]:.1f}"
        )
    return "; ".join(told) or f"Cover and prices of {_words(entry)}"


def draw_losses(entry: MarketResult) -> Section:
    """Draw what each country gains or loses, and list both sides beside it."""
    balances, sides = list_balances(entry.run), list_sides(entry.run)
    half = MOST_COUNTRIES // 2
    shown = balances if len(balances) <= MOST_COUNTRIES else [*balances[:half], *balances[-half:]]
    bars = [
        Bar(
            name_country(b),
            round_digits(b.net_t.median),
            round_digits(b.net_t.low),
            round_digits(b.net_t.high),
        )
        for b in shown
    ]
    months, name = len(entry.run.months), _words(entry)
    cut = f", first and last {half} of {len(balances)}" if len(balances) > MOST_COUNTRIES else ""
    of = f" {entry.counted_as}" if entry.counted_as else ""
    title = f"Over {months} months, t{of}, median [5 to 95 % of the draws]; share of the baseline"
    tables = (build_loss_table(sides, f"What each side loses. {title}"),
              build_loss_table(shown, f"What countries lose. {title}{cut}"))  # fmt: skip
    caption = Caption(
        f"losses-{_slug(entry)}",
        tell_winner(balances, name),
        f"worth, over {months} months, of so many t at baseline prices",
        "nobody's trade or use changes",
    )
    text = (
        *tell_balances(balances, months, entry.counted_as),
        "Net gain: what its exports earn more at the prices of the run, less what its imports cost more, in all months "
        "of the run. It is worth, not cargo, in tonnes at baseline prices: 100 t are worth what 100 t cost before. "
        "What industries lose for want of the material is not in it; the tonnes of use lost stand in the table.",
    )
    return _make(
        f"What each side loses, and who gains, in {name}", text, caption,
        lambda own, width: draw_bars(bars, own, width=width), tables,
    )  # fmt: skip


def build_loss_table(balances: Sequence[Balance], title: str) -> Table:
    """List exports, net gain and use lost, with the shares of the baseline."""
    columns = (
        Column("Side" if balances and balances[0].country in (RESTRICTING, OTHERS) else "Country"),
        Column("Exports", is_number=True), Column("Net gain, worth", is_number=True),
        Column("Use lost", is_number=True),
    )  # fmt: skip
    rows = tuple(
        (name_country(b), _of_baseline(b.sales_t, b.exports_t), _span(b.net_t), _of_baseline(b.use_lost_t, b.use_t))
        for b in balances
    )  # fmt: skip
    return Table(title, columns, rows)


def tell_sides(sides: Sequence[Balance]) -> str:
    """Say in a sentence what each side loses of its use and of its exports."""
    return "; ".join(
        f"{name_country(b)}: use lost {_of_baseline(b.use_lost_t, b.use_t)} t, "
        f"exports {_of_baseline(b.sales_t, b.exports_t)} t"
        for b in sides
    )


def name_sources(result: ScenarioResult, data: Snapshot) -> Lineage:
    """Lineage of a run with the sources of the end uses that its answers rest on."""
    found = [list_use_sources(entry.run, data, entry.market.covered_parts) for entry in result.markets]
    return result.lineage.with_sources(*(code for codes in found for code in codes))


def list_answers(result: ScenarioResult, data: Snapshot) -> list[str]:
    """List in a sentence each who loses, who gains and which use stops first, for the terminal."""
    told: list[tuple[str, str, str]] = []
    for entry in result.markets:
        outlooks = list_outlooks(entry, data, list_places(result, entry))
        texts = (
            *tell_balances(list_balances(entry.run), len(entry.run.months), entry.counted_as),
            *tell_uses(entry, outlooks),
        )
        told += [(_words(entry), name_material(entry), text) for text in texts]
    return join_markets(told)


def list_stop_grids(result: ScenarioResult, data: Snapshot) -> list[Grid]:
    """Build a small table for each market and region in which a use misses anything, for the terminal."""
    return [
        build_stop_grid(entry, outlook)
        for entry in result.markets
        for outlook in list_outlooks(entry, data, list_places(result, entry))
        if list_shown(outlook)
    ]


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
        net_gain_t and use_lost_t (by country, and by `side`, over all `months` of the run; `role` is restricting or
        other; those of money in t at baseline prices), those of `use_records`, and measure (`from`, `to`,
        `announced`, `fired_share`).
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
        for b in (*list_sides(run), *list_balances(run)):
            role = "restricting" if b.is_restricting else "other"
            is_side = b.country in (RESTRICTING, OTHERS)
            where = {"side": b.country} if is_side else {"country": b.country}
            named = {"sales_change_t": b.sales_t, "revenue_change_t": b.revenue_t, "import_bill_change_t": b.bill_t,
                     "net_gain_t": b.net_t, "use_lost_t": b.use_lost_t}  # fmt: skip
            records += [
                {**labels, **where, "role": role, "quantity": name, "unit": "t" if name in CARGO else WORTH,
                 "months": len(run.months), **_ends(q)}
                for name, q in named.items()
            ]  # fmt: skip
        records += use_records(entry, list_outlooks(entry, data, list_places(result, entry)), labels)
        records += [
            {**labels, "quality": "stated", "quantity": "measure", "name": span.name, "kind": span.kind, "value": None,
             "reason": "a measure has dates and no value", "announced": span.announced or None,
             "from": span.start or None, "to": span.end or None, "is_answer": span.is_answer,
             "fired_share": _plain(span.fired_share), "first_output": list(span.outputs) or None}
            for span in list_spans(run)
        ]  # fmt: skip
    return records


def name_country(balance: Balance) -> str:
    """Name a country, and say if it restricts."""
    if balance.country in (RESTRICTING, OTHERS):
        return _capital(balance.country)
    return country_name(balance.country) + (" (restricts)" if balance.is_restricting else "")


def _span(value: Quantiles) -> str:
    """Write tonnes with their ends; what is below `LEAST_T` is rounding."""
    median, low, high = (0.0 if abs(x) < LEAST_T else x for x in (value.median, value.low, value.high))
    return write_span(median, low, high)


def _of_baseline(value: Quantiles, baseline: float) -> str:
    """Write tonnes with their ends, and the median as a share of the baseline."""
    is_told = baseline > 0 and abs(value.median) <= MOST_SHARE * baseline
    share = f", {100 * value.median / baseline:.0f} %" if is_told else ""
    return f"{_span(value)}{share}"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


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
    heading: str, text: tuple[str, ...], caption: Caption, draw: Callable[[Caption, float], Chart],
    tables: tuple[Table, ...] = (),
) -> Section:  # fmt: skip
    """Draw a chart for the desk and one for the phone."""
    phone = Caption(f"{caption.chart_id}-phone", caption.title, caption.unit, caption.why_empty)
    return Section(heading, text, draw(caption, DESK), draw(phone, PHONE), tables)


def _words(entry: MarketResult) -> str:
    return entry.title


def _slug(entry: MarketResult) -> str:
    return entry.title.replace(" ", "-")
