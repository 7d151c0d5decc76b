"""The pictures of a scenario's report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from monazite.hindcast import ScoreRecord, ScoreSummary
from monazite.hindcast.compare import simulate_quantity
from monazite.reports.charts import (
    Bar,
    Caption,
    Chart,
    FanPanel,
    MapFlow,
    PolicyMark,
    SankeyFlow,
    draw_bars,
    draw_fan,
    draw_map,
    draw_sankey,
    read_borders,
)
from monazite.reports.page import Section
from monazite.reports.run_text import NAIVE_NAMES, list_summaries
from monazite.scenarios import MarketResult, ScenarioResult
from monazite.scenarios.answers import list_spans
from monazite.scenarios.outlook import (
    SHORT,
    Band,
    band_of,
    duty_share,
    list_places,
    list_restricting,
    price_ratio,
    shortage_share,
)
from monazite.simulation import Run
from monazite.vocabulary import country_name

FEW_LANES = 3
"""With fewer lanes than this a sentence says what a picture would."""
PHONE = 358.0
DESK = 960.0


def draw_trade(result: ScenarioResult, entry: MarketResult, scores: Sequence[ScoreRecord]) -> list[Section]:
    """Draw how the trade of a market moves, where use is not served, and who ships to whom."""
    return [*draw_lanes(result, entry, scores), draw_shortage_map(entry), draw_flows(entry)]


def draw_shortage_and_price(result: ScenarioResult, entry: MarketResult) -> Section:
    """Shortage and price of every watched place, month by month."""
    run, panels = entry.run, []
    for place in list_places(result, entry):
        name = place.words[0].upper() + place.words[1:]
        panels += [
            build_panel(f"{name}: use not served", "share", run, band_of(shortage_share(run, place.members))),
            build_panel(
                f"{name}: price over baseline", "times", run, band_of(price_ratio(run, place.members))
            ),
        ]
    caption = make_caption(entry, "path", tell_path(result, entry), "", "the run has no month to show")
    return make_section(
        f"Who runs short of {words(entry)}, and at what price",
        ("The line is the median of the draws, the bands hold 50 and 90 % of them.",),
        caption,
        lambda own, width: draw_fan(panels, list_marks(run), own, width=width),
    )


def tell_path(result: ScenarioResult, entry: MarketResult) -> str:
    """Say in a title how often the first place runs short, how short and how dear, with the figures of the findings."""
    run, place = entry.run, list_places(result, entry)[0]
    short, price = shortage_share(run, place.members), price_ratio(run, place.members)
    often = float((short.max(axis=1) > SHORT).mean())
    band = np.quantile(price, [0.05, 0.5, 0.95], axis=0)
    month = int(band[1].argmax())
    peak = band[:, month]
    middle, worst = np.quantile(short, [0.5, 0.95], axis=0)
    deepest = int(middle.argmax() if middle.max() > SHORT / 2 else worst.argmax())
    name = place.words[0].upper() + place.words[1:]
    depth = f", by up to {100 * worst[deepest]:.0f} % of its use in {run.months[deepest]}"
    depth = depth if worst[deepest] >= SHORT / 2 else ""
    runs = f"runs short in {100 * often:.0f} % of the draws{depth}" if often > 0 else "runs short in no draw"
    taxed = ", before duty" if duty_share(run, place.members) is not None else ""
    return (
        f"{name} {runs}; its price peaks at {peak[1]:.1f} times the baseline{taxed} [{peak[0]:.1f} to {peak[2]:.1f}] "
        f"in {run.months[month]}"
    )


def list_exporters(result: ScenarioResult, entry: MarketResult) -> list[str]:
    """List who restricts, then the other countries whose exports the scenario watches, where they export anything."""
    run = entry.run
    exporting = {
        code for code, export in zip(run.market.countries, run.market.exports, strict=True) if export > 0
    }
    codes = dict.fromkeys([*list_restricting(run), *result.scenario.watch.exporters])
    return [code for code in codes if code in exporting]


def tell_lanes(entry: MarketResult, exporters: Sequence[str]) -> str:
    """Say in a title how far the exports of the first exporter fall, and when."""
    run = entry.run
    if not exporters:
        return f"Trade in {words(entry)}"
    code = exporters[0]
    export = run.arrays["export_t"].sel(country=code).transpose("draw", "month").values
    usual = float(run.market.exports[run.market.countries.index(code)])
    median = np.median(export, axis=0)
    low = int(median.argmin())
    return (
        f"{country_name(code)}'s exports are lowest in {run.months[low]}: {100 * median[low] / usual:.0f} % of the "
        "baseline in the median"
    )


def draw_lanes(result: ScenarioResult, entry: MarketResult, scores: Sequence[ScoreRecord]) -> list[Section]:
    """What arrives on the watched lanes and leaves the exporters, month by month, beside history; or nothing."""
    run, panels = entry.run, draw_history(result, entry, scores)
    arrivals = run.arrays["arrival_t"]
    kept = {str(code) for code in arrivals["exporter"].values}
    for exporter, importer in result.scenario.watch.lanes:
        if exporter in kept and importer in run.market.countries:
            lane = arrivals.sel(exporter=exporter, importer=importer).transpose("draw", "month").values
            title = f"{country_name(exporter)} to {country_name(importer)}"
            panels.append(build_panel(title, "t a month", run, band_of(lane)))
    exporters = list_exporters(result, entry)
    for code in exporters:
        export = run.arrays["export_t"].sel(country=code).transpose("draw", "month").values
        panels.append(build_panel(f"{country_name(code)}: exports", "t a month", run, band_of(export)))
    if not panels:
        return []
    caption = make_caption(entry, "lanes", tell_lanes(entry, exporters), "t", "the scenario watches no lane")
    text = f"Tonnes a month of {run.market.weight} weight; lanes are counted on arrival, exports at shipment."
    section = make_section(
        f"How trade in {words(entry)} moves",
        (text,),
        caption,
        lambda own, width: draw_fan(panels, list_marks(run), own, width=width),
    )
    return [section]


def draw_history(
    result: ScenarioResult, entry: MarketResult, scores: Sequence[ScoreRecord]
) -> list[FanPanel]:
    """One panel for each flow that was observed by month, with all its observations."""
    observations = result.scenario.observations
    panels: dict[tuple[object, ...], FanPanel] = {}
    for comparison in observations.comparisons if observations else ():
        market = result.scenario.market_of(comparison)
        if market.label != entry.market.label or not comparison.months:
            continue
        ends = (*comparison.exporters, *comparison.importers)
        flow = (ends, comparison.base_months, comparison.quantity)
        own = {
            s.period: s.observed for s in scores if s.quantity == comparison.name and not np.isnan(s.observed)
        }
        if flow in panels:
            panels[flow] = replace(panels[flow], observed={**panels[flow].observed, **own})
            continue
        values = simulate_quantity(comparison, entry.run, entry.run.months)
        unit = "t" if comparison.quantity.endswith("_t") else "times earlier months"
        lane = [country_name(code) if code != "world" else "all countries" for code in ends]
        panels[flow] = build_panel(" to ".join(lane), unit, entry.run, band_of(values), own)
    return list(panels.values())


def draw_shortage_map(entry: MarketResult) -> Section:
    """Share of the use wanted that is not served, by country, in the worst twelve months of the world."""
    run = entry.run
    shares = {code: shortage_share(run, [code]).mean(axis=0) for code in run.market.countries}
    world = shortage_share(run, run.market.countries).mean(axis=0)
    span = min(12, len(world))
    first = int(np.convolve(world, np.ones(span), mode="valid").argmax())
    used = dict(zip(run.market.countries, run.market.use, strict=True))
    values = {
        code: float(share[first : first + span].mean()) for code, share in shares.items() if used[code] > 0
    }
    flows = list_trade(run, run.market.trade * 12)
    period = f"{run.months[first]} to {run.months[first + span - 1]}"
    caption = make_caption(
        entry, "map", "Use wanted but not served", "share", "no country uses this material in the baseline"
    )
    borders = read_borders()
    return make_section(
        f"Where use of {words(entry)} is not served",
        (
            tell_map(values),
            f"Mean of all draws over {period}, the worst {span} months for the world. Arrows: trade in the "
            f"baseline ({', '.join(map(str, run.market.years))}), tonnes a year. Countries that the market does not "
            "name are part of the rest of the world.",
        ),
        caption,
        lambda own, width: draw_map(
            values,
            flows,
            own,
            borders,
            names=list_names(run),
            width=width,
            breaks=(0.001, 0.01, 0.05, 0.1, 0.2),
        ),
    )


def tell_map(values: Mapping[str, float]) -> str:
    """Say who is short most."""
    worst = sorted(values, key=lambda code: -values[code])[:3]
    if not worst or values[worst[0]] < 0.0005:
        return "No country lacks as much as 0.1 % of the use it wants."
    names = ", ".join(
        f"{country_name(code)} {100 * values[code]:.1f} %" for code in worst if values[code] >= 0.0005
    )
    return f"Short most: {names}."


def draw_flows(entry: MarketResult) -> Section:
    """Who ships to whom, in the baseline; in words where there are too few lanes for a picture."""
    run = entry.run
    flows = [SankeyFlow(f.exporter, f.importer, f.quantity) for f in list_trade(run, run.market.trade * 12)]
    heading = f"Who ships {words(entry)} to whom"
    text = (
        f"Tonnes a year of {run.market.weight} weight, baseline of {', '.join(map(str, run.market.years))}."
    )
    if len(flows) < FEW_LANES:
        lanes = "; ".join(
            f"{country_name(f.source)} to {country_name(f.target)} {f.quantity:,.0f} t" for f in flows
        )
        return Section(heading, (text, f"{lanes or 'Nothing is traded'}."))
    largest = flows[0]
    share = 100 * largest.quantity / sum(flow.quantity for flow in flows)
    title = (
        f"Trade in {words(entry)} in the baseline: the largest lane, {country_name(largest.source)} to "
        f"{country_name(largest.target)}, carries {share:.0f} %"
    )
    caption = make_caption(entry, "flows", title, "t", "nothing is traded")
    return make_section(
        heading,
        (text,),
        caption,
        lambda own, width: draw_sankey(
            flows, ("exporter", "importer"), own, names=list_names(run), width=width,
            top_nodes=8 if width > PHONE else 6,
        ),
    )  # fmt: skip


def draw_errors(scores: Sequence[ScoreRecord]) -> list[Section]:
    """Mean |ln error| of the run beside the naive forecasts; nothing where nothing is compared with history."""
    summaries = list_summaries(scores)
    if not summaries:
        return []
    bars = []
    for summary in summaries:
        bars.append(Bar(f"{summary.group}: this run", summary.mean_absolute_log_error))
        bars += [
            Bar(f"{summary.group}: {NAIVE_NAMES[name]}", value)
            for name, value in summary.naive_log_error.items()
        ]
    caption = Caption("errors", tell_errors(summaries), "", "nothing was scored")
    held = "; ".join(f"{s.group}: {s.hits} of {s.records} observations in the band" for s in summaries)
    section = make_section(
        "How far this is from history",
        (f"0.1 is about 10 % off, 0.7 a factor of two. {held[0].upper()}{held[1:]}.",),
        caption,
        lambda own, width: draw_bars(bars, own, width=width),
    )
    return [section]


def tell_errors(summaries: Sequence[ScoreSummary]) -> str:
    """Say in a title in how many groups the run is nearer to history than the best naive forecast."""
    better = sum(summary.skill > 0 for summary in summaries)
    return (
        f"Mean |ln error| against history; by CRPS nearer than the best naive forecast in {better} of "
        f"{len(summaries)} groups of figures"
    )


def make_section(
    heading: str, text: tuple[str, ...], caption: Caption, draw: Callable[[Caption, float], Chart]
) -> Section:
    """Draw a chart for the desk and one for the phone."""
    phone = Caption(f"{caption.chart_id}-phone", caption.title, caption.unit, caption.why_empty)
    return Section(heading, text, draw(caption, DESK), draw(phone, PHONE))


def make_caption(entry: MarketResult, name: str, title: str, unit: str, why_empty: str) -> Caption:
    """Make the words around a chart; the id is unique in the report."""
    return Caption(f"{name}-{entry.title.replace(' ', '-')}", title, unit, why_empty)


def build_panel(
    title: str, unit: str, run: Run, band: Band, observed: Mapping[str, float] | None = None
) -> FanPanel:
    """Turn a band into a panel."""
    return FanPanel(
        title=title,
        unit=unit,
        months=run.months,
        median=tuple(band.median.tolist()),
        low50=tuple(band.low_quartile.tolist()),
        high50=tuple(band.high_quartile.tolist()),
        low90=tuple(band.low.tolist()),
        high90=tuple(band.high.tolist()),
        observed=dict(observed or {}),
    )


def list_marks(run: Run) -> list[PolicyMark]:
    """List when each policy takes effect, in order; one that waited, in the median; a plant at its first output."""
    marks = set()
    for span in list_spans(run):
        month, words = (
            (span.outputs[1], f"{span.name}: first output") if span.outputs else (span.start, span.name)
        )
        if span.start and month in run.months:
            marks.add((month, words))
    return [PolicyMark(month, label) for month, label in sorted(marks)]


def list_trade(run: Run, trade_t: np.ndarray) -> list[MapFlow]:
    """List the lanes of a matrix of trade, the largest first."""
    names = run.market.countries
    lanes = [(float(trade_t[i, j]), names[i], names[j]) for i, j in np.argwhere(trade_t > 0)]
    return [MapFlow(exporter, importer, tonnes) for tonnes, exporter, importer in sorted(lanes, reverse=True)]


def list_names(run: Run) -> dict[str, str]:
    """Names of the countries of a market."""
    return {code: country_name(code) for code in run.market.countries}


def words(entry: MarketResult) -> str:
    """The material in words."""
    return entry.title
