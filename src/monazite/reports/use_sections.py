"""The uses of a run: which stops first, what each misses by month, and what value added is at risk, ranked."""

import math
from collections.abc import Callable, Sequence

from monazite.reports.charts import Bar, Caption, Chart, Column, Table, draw_bars
from monazite.reports.page import Section
from monazite.reports.rounding import round_digits, write_figure, write_span
from monazite.reports.run_text import Grid
from monazite.reports.use_chart import draw_uses
from monazite.scenarios import MarketResult
from monazite.scenarios.answers import Quantiles
from monazite.scenarios.end_uses import EndUse, rank_end_uses
from monazite.scenarios.outlook import Band, Place
from monazite.scenarios.use_outlook import STOP, RegionOutlook, UseOutlook, list_use_outlooks
from monazite.simulation import Run
from monazite.snapshot import Snapshot

DESK, PHONE = 960.0, 358.0
MOST = 12
"""Uses that the pictures and the table show; the records have all."""
BILLION = 1e9
TERMINAL = 6
"""Uses that the terminal shows."""
SEEN = 0.005
"""A use that misses less than this share of its need in 95 % of the draws is not drawn. [unitless]"""
NO_VALUE = "its value added is not on record, and with it its place in the order in which uses give way"
NO_TONNES = "the market does not tell how many tonnes of it the region uses"
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
    return list_use_outlooks(entry.run, data, places)


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
    """Say which use stops first, in how many of the draws and when, or that none does."""
    able = [use for use in outlook.uses if use.is_ordered]
    first = max(able, key=lambda use: (use.first_share, use.stop_share, -use.use_share))
    none = _percent(outlook.none_stops_share)
    rest = f"In {none} of the draws no use loses {100 * STOP:.0f} % of its output in a month"
    if first.first_share <= 0:
        return "No use stops in any draw: none loses half of its output in a month."
    even = [
        use for use in able if use.first_share == first.first_share and use.stop_month == first.stop_month
    ]
    names = join_words([use_label(use, entry) for use in even[:3]])
    more = f" and {len(even) - 3} more" if len(even) > 3 else ""
    verb = "stops" if len(even) == 1 else "stop"
    return (
        f"{names}{more} {verb} first, in {_percent(first.first_share)} of the draws, where it happens in the median in "
        f"{first.stop_month}. {rest}."
    )


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
    for use, name in zip(shown, names, strict=True):
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
    cells = tuple(tuple(str(cell) for cell in row) for row in table.rows)
    return Grid(
        f"Uses of {name_material(entry)} in {outlook.region}: what each misses of its need in its worst month",
        tuple(column.name for column in table.columns), cells,
        "median [5-95 % of the draws]; stops in, first in: share of the draws",
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
    """List the products that people name, the most at risk first."""
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
            rows.append((use.end_use, "cannot tell", "no use on record holds it", ""))
            continue
        figure = "cannot tell" if math.isnan(q.median) else write_billion(q)
        rows.append((use.end_use, figure if use.is_whole else f"at most {figure}", use.through, use.source))
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
        told.append(f"Uses in {outlook.region}: {tell_first_stop(outlook, entry)}")
        ranked = [use for use in outlook.uses if use.is_ordered and use.at_risk_eur.high > 0]
        if ranked:
            q = ranked[0].at_risk_eur
            spans = write_billion(q)
            told.append(
                f"Value added at risk in {outlook.region}, at most: {use_label(ranked[0], entry)} {spans} billion EUR."
            )
    unknown = [outlook for outlook in outlooks if not outlook.uses]
    if len(unknown) == 1:
        told.append(f"Uses in {unknown[0].region}: cannot tell, {unknown[0].reason}.")
    elif unknown:
        names = join_words([outlook.region for outlook in unknown])
        told.append(
            f"Uses in {names}: cannot tell, as the release lacks the end uses or the value added of each."
        )
    return told


def use_records(
    entry: MarketResult, outlooks: Sequence[RegionOutlook], labels: dict[str, object]
) -> list[dict[str, object]]:
    """
    List what is told of the uses of a market.

    Returns
    -------
    list of records
        By region, use and month `missed_share` [1] and `use_shortfall_t` [t a month]; by region and use
        `value_added_at_risk` [EUR over the run] with `use_share`, `stop_share`, `first_share`, `stop_month` and
        `own_stock_months`; by product `end_use_at_risk` [EUR over the run] with `is_at_most`. What cannot be told has
        the value None and a `reason`.
    """
    records: list[dict[str, object]] = []
    for outlook in outlooks:
        base = {**labels, "region": outlook.region}
        if not outlook.uses:
            records.append(
                {
                    **base,
                    "quantity": "value_added_at_risk",
                    "unit": "EUR",
                    "value": None,
                    "reason": outlook.reason,
                }
            )
            continue
        sources = tuple(dict.fromkeys((*entry.run.lineage.source_ids, *outlook.source_ids)))
        base |= {"source_ids": sources}
        for use in outlook.uses:
            records += _month_records(entry.run, use, base)
            records.append(_risk_record(use, outlook, base))
        records += [_end_use_record(use, base) for use in rank_end_uses(outlook)]
    return records


def _month_records(run: Run, use: UseOutlook, base: dict[str, object]) -> list[dict[str, object]]:
    """One record a month of what one use misses, as a share and in tonnes."""
    own = {**base, "material": use.material, "use": use.use}
    records = []
    bands: list[tuple[str, str, Band]] = [("missed_share", "1", use.missed)]
    if use.shortfall_t is not None:
        bands.append(("use_shortfall_t", "t", use.shortfall_t))
    else:
        records.append(
            {**own, "quantity": "use_shortfall_t", "unit": "t", "value": None, "reason": NO_TONNES}
        )
    for name, unit, band in bands:
        records += [
            {**own, "quantity": name, "unit": unit, "month": month, "value": float(band.median[k]),
             "low": float(band.low[k]), "high": float(band.high[k])}
            for k, month in enumerate(run.months)
        ]  # fmt: skip
    return records


def _risk_record(use: UseOutlook, outlook: RegionOutlook, base: dict[str, object]) -> dict[str, object]:
    """Write the record of what one use loses over the run."""
    return {
        **base, "material": use.material, "use": use.use, "quantity": "value_added_at_risk", "unit": "EUR",
        **_ends(use.at_risk_eur), "sector_code": use.sector_code or None, "use_share": use.use_share,
        "stop_share": _plain(use.stop_share), "first_share": _plain(use.first_share),
        "stop_month": use.stop_month or None, "own_stock_months": use.own_stock_months,
        "own_stock_source": use.own_stock_source or None,
        "reason": (outlook.note or None) if use.is_ordered else NO_VALUE,
    }  # fmt: skip


def _end_use_record(use: EndUse, base: dict[str, object]) -> dict[str, object]:
    """Write the record of one product that people name."""
    known = not math.isnan(use.at_risk_eur.median)
    why = None if known else NO_VALUE if use.through else "no use on record holds it"
    return {
        **base, "quantity": "end_use_at_risk", "unit": "EUR", "end_use": use.end_use, **_ends(use.at_risk_eur),
        "is_at_most": (not use.is_whole) if use.through else None, "through": use.through or None,
        "basis": use.source or None, "reason": why,
    }  # fmt: skip


def use_label(use: UseOutlook, entry: MarketResult) -> str:
    """Name a use, with its material where the market is of several."""
    return (
        use.use if use.material == entry.market.material else f"{use.use} ({use.material.replace('_', ' ')})"
    )


def join_words(names: Sequence[str]) -> str:
    """
    Join names as in a sentence.

    Examples
    --------
    >>> join_words(["chips", "lamps", "motors"])
    'chips, lamps and motors'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


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


def _ends(value: Quantiles) -> dict[str, object]:
    return {"value": _plain(value.median), "low": _plain(value.low), "high": _plain(value.high)}


def _plain(number: float) -> float | None:
    """Write a number for a record: None where there is none."""
    return None if math.isnan(number) else float(number)


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
