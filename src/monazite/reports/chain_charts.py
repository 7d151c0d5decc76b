"""Pictures of what the links of a chain did to a market."""

from monazite.reports.chain_text import list_producers, read_country
from monazite.reports.charts import FanPanel, draw_fan
from monazite.reports.page import Section
from monazite.reports.run_charts import build_panel, list_marks, make_caption, make_section
from monazite.scenarios import MarketResult, ScenarioResult
from monazite.scenarios.outlook import band_of
from monazite.vocabulary import country_name


def draw_links(result: ScenarioResult, entry: MarketResult) -> list[Section]:
    """Draw what the producers of a linked market lacked, or in a basket had too much of; none without a link."""
    if "starved_t" not in entry.run.arrays:
        return []
    is_basket = "cost_share" not in entry.run.parameters
    panels = [
        panel for code in list_producers(entry) for panel in build_panels(entry, code, is_basket=is_basket)
    ]
    heading = (
        f"How {entry.title} comes along with the other products of its ore"
        if is_basket
        else f"What reached the makers of {entry.title}"
    )
    text = (
        "Output is that of the common ore, whatever was planned; what nobody wants goes to stock."
        if is_basket
        else "Output that was planned and lacked its input, and what is left of the usual output."
    )
    what = "stock" if is_basket else "output that lacked its input"
    caption = make_caption(
        entry, "links", f"Output of {entry.title}, and {what}", "", "no producer is linked"
    )
    marks = sorted(
        {mark for one in result.markets for mark in list_marks(one.run)}, key=lambda mark: mark.month
    )
    return [
        make_section(
            heading,
            (text,),
            caption,
            lambda own, width: draw_fan(panels, marks, own, width=width),
        )
    ]


def build_panels(entry: MarketResult, code: str, *, is_basket: bool) -> list[FanPanel]:
    """Output over the usual output of one producer, and beside it what it lacked, or its stock in a basket."""
    run, name = entry.run, country_name(code)
    usual = run.market.own_supply[run.market.countries.index(code)]
    made = (read_country(entry, "production_t", code) + read_country(entry, "residual_t", code)) / usual
    other = read_country(entry, "stock_t" if is_basket else "starved_t", code)
    if is_basket:
        second = build_panel(
            f"{name}: stock over the first month's", "times", run, band_of(other / other[:, :1])
        )
    else:
        second = build_panel(f"{name}: output that lacked its input", "share", run, band_of(other / usual))
    return [build_panel(f"{name}: output over the usual", "times", run, band_of(made)), second]
