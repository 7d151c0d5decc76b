"""The uses of a run: which stops first, what each misses by month, and what value added is at risk, ranked."""

import math
from collections.abc import Callable, Sequence

from monazite.reports.charts import Bar, Caption, Chart, Column, Table, draw_bars
from monazite.reports.market_lines import join_words
from monazite.reports.page import Section
from monazite.reports.place_text import FEW, share_of_draws
from monazite.reports.rounding import round_digits, write_figure, write_span
from monazite.reports.run_text import Grid
from monazite.reports.use_chart import draw_uses
from monazite.scenarios import MarketResult
from monazite.scenarios.answers import Quantiles
from monazite.scenarios.end_uses import EndUse, rank_end_uses
from monazite.scenarios.outlook import Place
from monazite.scenarios.use_outlook import STOP, RegionOutlook, UseOutlook, list_use_outlooks
from monazite.snapshot import Snapshot

DESK, PHONE = 960.0, 358.0
MOST = 12
"""Uses that the pictures and the table show; the records have all."""
BILLION = 1e9
LISTED, TERMINAL = 8, 5
"""Uses that the table of the report and the terminal list."""
SEEN = 0.005
"""A use that misses less than this share of its need in 95 % of the draws is not drawn. [unitless]"""
HOW = (
    "How a shortage falls on the uses is drawn anew in each draw, between every use missing the same share and the "
    "uses with least value added by tonne giving way first: judgement of this project, as no publication measures it."
)
UPPER = (
    "Value added of the sectors that use it, weighted by their share of the use and by what of their output is lost in "
    "the months of the run: an upper end, as a whole sector is taken to need the material."
)


def list_outlooks(entry: MarketResult, data: Snapshot, places: Sequence[Place]) -> list[RegionOutlook]:
    """List the uses of every region of a market, and the watched places whose uses are unknown."""
    return list_use_outlooks(entry.run, data, places, entry.market.covered_parts)


def draw_use_sections(entry: MarketResult, outlooks: Sequence[RegionOutlook]) -> list[Section]:
    """Draw which use stops first and what is at risk, for each region whose uses can be told; say why not elsewhere."""
    sections: list[Section] = []
    for outlook in outlooks:
        if outlook.uses:
            sections += [draw_stops(entry, outlook), draw_value(entry, outlook)]
    unknown = [
        f"Cannot tell for {outlook.region}: {outlook.reason}." for outlook in outlooks if outlook.reason
    ]
    if not sections:
        return [Section(f"Which use of {name_material(entry)} stops first", tuple(unknown))]
    if unknown:
        first = sections[0]
        sections[0] = Section(
            first.heading, (*first.text, *unknown), first.chart, first.phone_chart, first.tables
        )
    return sections


def draw_stops(entry: MarketResult, outlook: RegionOutlook) -> Section:
    """Draw what each use misses by month, and list which stops first, when, and how sure that is."""
    months = entry.run.months
    shown = list_shown(outlook)
    text = [*([_capital(f"{outlook.note}.")] if outlook.note else []), tell_first_stop(outlook, entry), HOW]
    stocks = {use.use: (use.own_stock_months, use.own_stock_source) for use in outlook.uses}
    text += [
        f"{name} first live on {months[0]:g} to {months[1]:g} months of own stock, which is not filled up again "
        f"({source}; taken for the whole region by judgement of this project)."
        for name, (months, source) in stocks.items()
        if months
    ]
    heading = f"Which use of {name_material(entry)} stops first in {outlook.region}"
    if not shown:
        return Section(
            heading, (*text, "In 95 % of the draws no use misses as much as 0.5 % of its need in a month.")
        )
    names = [use_label(use, entry) for use in shown]
    caption = Caption(
        f"uses-{_slug(entry, outlook)}", tell_worst(shown, names, months), "", "no use misses anything"
    )
    return Section(
        heading, tuple(text), draw_uses(shown, names, months, caption, width=DESK),
        draw_uses(shown, names, months, _for_phone(caption), width=PHONE),
        (build_stop_table(shown, names, months, outlook),),
    )  # fmt: skip


def tell_first_stop(outlook: RegionOutlook, entry: MarketResult) -> str:
    """Say which use stops first, in how many of the draws and when, or that none does; no median of few draws."""
    able = [use for use in outlook.uses if use.is_ordered]
    first = max(able, key=lambda use: (use.first_share, use.stop_share, -use.use_share))
    draws = entry.run.arrays.sizes["draw"]
    none = share_of_draws(round(draws * outlook.none_stops_share), draws)
    rest = f"In {none} no use loses {100 * STOP:.0f} % of its output in a month"
    if first.first_share <= 0:
        return "No use stops in any draw: none loses half of its output in a month."
    even = [
        use for use in able if use.first_share == first.first_share and use.stop_month == first.stop_month
    ]
    names = join_words([use_label(use, entry) for use in even[:3]])
    more = f" and {len(even) - 3} more" if len(even) > 3 else ""
    verb = "stops" if len(even) == 1 else "stop"
    count = round(draws * first.first_share)
    when = f", where it happens in the median in {first.stop_month}" if count >= FEW else ""
    return f"{names}{more} {verb} first, in {share_of_draws(count, draws)}{when}. {rest}."


def tell_worst(shown: Sequence[UseOutlook], names: Sequence[str], months: Sequence[str]) -> str:
    """Say in the title of the picture which use is hit worst."""
    worst = max(range(len(shown)), key=lambda k: float(shown[k].missed.high.max()))
    high = shown[worst].missed.high
    peak = int(high.argmax())
    return (
        f"{names[worst]} misses up to {100 * high[peak]:.0f} % of its need, in {months[peak]} "
        "(the worst 1 in 20 of the draws)"
    )


def build_stop_table(
    shown: Sequence[UseOutlook], names: Sequence[str], months: Sequence[str], outlook: RegionOutlook
) -> Table:
    """List which use stops first, when, and how sure."""
    columns = (
        Column("Use"), Column("Share of use", is_number=True), Column("Misses at worst", is_number=True),
        Column("In"), Column("Stops in", is_number=True), Column("First in", is_number=True), Column("Median month"),
    )  # fmt: skip
    rows = []
    for use, name in list(zip(shown, names, strict=True))[:LISTED]:
        peak = int(use.missed.high.argmax())
        low, median, high = (
            100 * float(band[peak]) for band in (use.missed.low, use.missed.median, use.missed.high)
        )
        worst = f"{median:.0f} % [{low:.0f} to {high:.0f}]"
        cells = (
            (_percent(use.stop_share), _percent(use.first_share)) if use.is_ordered else ("cannot tell",) * 2
        )
        rows.append(
            (name, f"{100 * use.use_share:.0f} %", worst, months[peak], *cells, use.stop_month or "-")
        )
    title = (
        f"Uses in {outlook.region}: share of its need that each misses in its worst month, median [5 to 95 % of the "
        "draws], and in how many of the draws it stops, and stops first"
    )
    return Table(title, columns, tuple(rows))


def build_stop_grid(entry: MarketResult, outlook: RegionOutlook) -> Grid:
    """Build the small table for a terminal: which use stops first, when, and how sure that is."""
    shown = list_shown(outlook)[:TERMINAL]
    names = [use_label(use, entry) for use in shown]
    table = build_stop_table(shown, names, entry.run.months, outlook)
    cells = tuple(
        (name, str(row[2]), str(row[3]), str(row[5])) for name, row in zip(names, table.rows, strict=True)
    )
    return Grid(
        f"Uses of {name_material(entry)} in {outlook.region}, in their worst month",
        ("use", "misses of its need", "in", "stops first in"), cells, "median [5-95 % of the draws]",
    )  # fmt: skip


def list_shown(outlook: RegionOutlook) -> list[UseOutlook]:
    """List the uses that miss anything, those that stop first in most draws first."""
    return sorted(
        (use for use in outlook.uses if use.missed.high.max() >= SEEN),
        key=lambda use: (-_sure(use.first_share), -float(use.missed.high.max()), use.use),
    )[:MOST]


def draw_value(entry: MarketResult, outlook: RegionOutlook) -> Section:
    """Rank the uses, and the products that people name, by the value added that a run puts at risk."""
    heading = f"What value added is at risk for want of {name_material(entry)} in {outlook.region}"
    ranked = [use for use in outlook.uses if use.is_ordered and use.at_risk_eur.high > 0]
    table = build_end_use_table(rank_end_uses(outlook))
    if not ranked:
        return Section(heading, ("None in 95 % of the draws.",), tables=(table,))
    bars = [_value_bar(use, entry) for use in ranked[:MOST]]
    first, top = use_label(ranked[0], entry), ranked[0].at_risk_eur
    title = (
        f"{first}: {write_figure(to_billion(top.median))} billion EUR of value added at risk over "
        f"{len(entry.run.months)} months, {write_figure(to_billion(top.low))} to "
        f"{write_figure(to_billion(top.high))} in 5 to 95 % of the draws"
    )
    caption = Caption(f"value-{_slug(entry, outlook)}", title, "billion EUR", "no use at risk")
    text = (*([_capital(f"{outlook.note}.")] if outlook.note else []), UPPER)
    return _make(heading, text, caption, lambda own, width: draw_bars(bars, own, width=width), (table,))


def _value_bar(use: UseOutlook, entry: MarketResult) -> Bar:
    """Make the bar of one use, in billion EUR, no finer than the draws leave."""
    low, median, high = (
        to_billion(x) for x in (use.at_risk_eur.low, use.at_risk_eur.median, use.at_risk_eur.high)
    )
    return Bar(use_label(use, entry), median, low, high, f"{write_figure(low)} to {write_figure(high)}")


def to_billion(euro: float) -> float:
    """
    Turn EUR into billions, two digits and no finer than a million.

    Examples
    --------
    >>> to_billion(1.234e9), to_billion(21000.0)
    (1.2, 0.0)
    """
    return round(round_digits(euro / BILLION), 3)


def write_billion(value: Quantiles) -> str:
    """
    Write EUR in billions with their ends.

    Examples
    --------
    >>> write_billion(Quantiles(1.234e9, 0.0, 5e9))
    '1.2 [0 to 5]'
    """
    return write_span(to_billion(value.median), to_billion(value.low), to_billion(value.high))


def build_end_use_table(ranked: Sequence[EndUse]) -> Table:
    """List the products that people name, the most at risk first; those that no use holds in one row at the end."""
    columns = (
        Column("Product"),
        Column("Value added at risk, billion EUR", is_number=True),
        Column("As"),
        Column("Because"),
    )
    rows = []
    for use in ranked:
        q = use.at_risk_eur
        if not use.through:
            continue
        figure = "cannot tell" if math.isnan(q.median) else write_billion(q)
        is_none = q.high == 0 or to_billion(q.high) == 0
        told = "none in 95 % of the draws" if is_none else figure if use.is_whole else f"at most {figure}"
        rows.append((use.end_use, told, use.through, use.source))
    unknown = [use.end_use for use in ranked if not use.through]
    if unknown:
        rows.append((", ".join(unknown), "cannot tell", "no use on record holds them", ""))
    title = (
        "Products that people name, ranked: value added at risk, median [5 to 95 % of the draws]. At most = the "
        "product is a part of that use, and nobody says how large a part"
    )
    return Table(title, columns, tuple(rows))


def tell_uses(entry: MarketResult, outlooks: Sequence[RegionOutlook]) -> list[str]:
    """Say in a sentence for each region which use stops first, and what is at risk most."""
    told = []
    for outlook in outlooks:
        if not outlook.uses:
            continue
        note = f" {_capital(outlook.note)}." if outlook.note else ""
        told.append(f"Uses in {outlook.region}: {tell_first_stop(outlook, entry)}{note}")
        ranked = [use for use in outlook.uses if use.is_ordered and use.at_risk_eur.high > 0]
        if ranked and to_billion(ranked[0].at_risk_eur.high) > 0:
            q = ranked[0].at_risk_eur
            spans = write_billion(q)
            told.append(
                f"Value added at risk in {outlook.region}, at most: {use_label(ranked[0], entry)} {spans} billion EUR."
            )
    unknown = [outlook for outlook in outlooks if not outlook.uses]
    if unknown and all(outlook.reason == unknown[0].reason for outlook in unknown):
        names = join_words([outlook.region for outlook in unknown])
        told.append(f"Uses in {names}: cannot tell, {unknown[0].reason}.")
    elif unknown:
        names = join_words([outlook.region for outlook in unknown])
        told.append(
            f"Uses in {names}: cannot tell, as the release lacks the end uses or the value added of each."
        )
    return told


def use_label(use: UseOutlook, entry: MarketResult) -> str:
    """Name a use, with its material where the market is of several."""
    return (
        use.use if use.material == entry.market.material else f"{use.use} ({use.material.replace('_', ' ')})"
    )


def name_material(entry: MarketResult) -> str:
    """Name the material in words."""
    return entry.market.material.replace("_", " ")


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _percent(share: float) -> str:
    """Write a share of the draws; NaN cannot be told."""
    return "cannot tell" if math.isnan(share) else f"{100 * share:.0f} %"


def _sure(share: float) -> float:
    return -1.0 if math.isnan(share) else share


def _slug(entry: MarketResult, outlook: RegionOutlook) -> str:
    return f"{entry.market.material.replace('_', '-')}-{outlook.region.replace(' ', '-')}"


def _for_phone(caption: Caption) -> Caption:
    return Caption(f"{caption.chart_id}-phone", caption.title, caption.unit, caption.why_empty)


def _make(
    heading: str, text: tuple[str, ...], caption: Caption, draw: Callable[[Caption, float], Chart],
    tables: tuple[Table, ...],
) -> Section:  # fmt: skip
    """Draw a chart for the desk and one for the phone."""
    return Section(heading, text, draw(caption, DESK), draw(_for_phone(caption), PHONE), tables)
