"""Which assumption matters, as records, as a small table, and as bars."""

import re
from collections.abc import Sequence
from typing import Literal

from monazite.reports.charts import Bar, Caption, draw_bars
from monazite.reports.page import Section
from monazite.reports.run_charts import make_section, words
from monazite.reports.run_text import Grid
from monazite.scenarios import ScenarioResult
from monazite.scenarios.sensitivity import WORLD
from monazite.scenarios.sensitivity_indices import Index, Sensitivity
from monazite.vocabulary import country_name

MOST = 12
"""Assumptions that the picture and the table show; the records have all."""
LEAST = 0.01
"""An assumption whose interval ends below this is left to the records. [unitless]"""
UNTOLD = "cannot tell"
TOO_FEW = "too few runs to say which assumption matters most"
ADVICE = "More runs with --sensitivity-runs narrow it, or a quantity that varies in more of them with --sensitivity-of."
STEADY = "the quantity is the same in every run"


def sensitivity_records(
    result: ScenarioResult, sensitivities: Sequence[Sensitivity]
) -> list[dict[str, object]]:
    """
    List the indices; `order` is first or total, `value` the share of the variance, `low` and `high` its 95 % interval.

    A quantity that does not vary has one record without a value, and the reason; an index that the runs cannot tell
    has no value, and the reason.
    """
    records: list[dict[str, object]] = []
    for entry in sensitivities:
        labels = {
            "episode": result.scenario.name,
            "material": entry.market.market.material,
            "region": entry.region,
            "indicator": "sensitivity",
            "quantity": entry.quantity,
            **({"market": entry.market.market.name} if entry.market.market.name else {}),
        }
        common = {"unit": "1", "quality": "simulated", "source_ids": entry.market.run.lineage.source_ids}
        if not entry.indices:
            records.append({**labels, "value": None, **common, "reason": STEADY})
        for index in entry.indices:
            pairs: dict[Literal["first", "total"], tuple[float, float]] = {
                "first": (index.first, index.first_half), "total": (index.total, index.total_half)
            }  # fmt: skip
            for order, (value, half) in pairs.items():
                why = entry.doubt_of(index, order)
                told: dict[str, object] = {"value": None, "low": None, "high": None, "reason": why}
                if not why:
                    told = {"value": value, "low": value - half, "high": value + half}
                records.append({**labels, "parameter": index.name, "order": order, **told, **common})
    return records


def build_sensitivity_section(entry: Sensitivity) -> Section:
    """Draw the total order of the assumptions that matter most, with the first order beside it."""
    shown = list_shown(entry)
    bars = [build_bar(entry, index) for index in shown if not entry.doubt_of(index)]
    untold = [name_assumption(index.name) for index in shown if entry.doubt_of(index)]
    material = entry.market.title.replace(" ", "-")
    caption = Caption(f"sensitivity-{material}", tell_rank(entry), "", TOO_FEW if shown else STEADY)
    more = (f"Cannot tell for {', '.join(untold)}. {ADVICE}",) if untold else ()
    return make_section(
        f"Which assumption matters for {words(entry.market)}",
        (
            "Each bar: the share of the variance that would remain if everything else were known (total order); "
            "“alone”: the share that would go away if this one were known (first order). Bars may add up to more than "
            f"1, because assumptions act together. {entry.runs:,} runs; mean {entry.mean:,.3g} {unit_of(entry)}, "
            f"standard deviation {entry.deviation:,.3g}.",
            *more,
        ),
        caption,
        lambda own, width: draw_bars(bars, own, width=width, interval="95 % of the bootstrap"),
    )


def tell_rank(entry: Sensitivity) -> str:
    """Say in a title which assumption matters most, or that the runs are too few to tell."""
    outcome = describe_outcome(entry)
    shown = list_shown(entry)
    if not shown:
        return f"Share of the variance of {outcome}"
    if entry.doubt:
        return f"Share of the variance of {outcome}: cannot tell, as {entry.doubt}"
    first = shown[0]
    others = max((index.total for index in shown[1:]), default=0.0)
    if first.total - first.total_half <= others or any(map(entry.doubt_of, entry.indices)):
        return f"Share of the variance of {outcome}: {TOO_FEW}"
    name = name_assumption(first.name).capitalize()
    return f"{name} matters most: {100 * first.total:.0f} % of the variance of {outcome}"


def build_bar(entry: Sensitivity, index: Index) -> Bar:
    """Round the total order and its interval to what the noise leaves."""
    ends = (index.total - index.total_half, index.total + index.total_half)
    value, low, high = (round(number, 2) for number in (index.total, *ends))
    alone = UNTOLD if entry.doubt_of(index, "first") else f"{index.first:.2f}"
    return Bar(name_assumption(index.name), value, low, high, f"alone {alone}")


def build_sensitivity_grid(entry: Sensitivity) -> Grid:
    """Build the table for a terminal."""
    shown = list_shown(entry)
    rows = [
        (
            name_assumption(index.name),
            UNTOLD if entry.doubt_of(index) else write_share(index.total, index.total_half),
            UNTOLD if entry.doubt_of(index, "first") else write_share(index.first, index.first_half),
        )
        for index in shown
    ]
    note = f"{entry.runs:,} runs; share of the variance [95 % of the bootstrap]"
    if any(map(entry.doubt_of, shown)):
        note += f"; {entry.doubt or TOO_FEW}. {ADVICE}"
    return Grid(
        f"Which assumption matters: {describe_outcome(entry)}",
        ("assumption", "total", "alone"),
        tuple(rows),
        note if rows else f"{note}; {STEADY}",
    )


def write_share(value: float, half: float) -> str:
    """
    Write an index with its interval.

    Examples
    --------
    >>> write_share(0.414, 0.05)
    '0.41 [0.36 to 0.46]'
    """
    return f"{value:.2f} [{value - half:.2f} to {value + half:.2f}]".replace("-0.00", "0.00")


def list_shown(entry: Sensitivity) -> list[Index]:
    """List the assumptions that may matter, the largest total order first, at most `MOST`."""
    return [index for index in entry.indices if index.total + index.total_half >= LEAST][:MOST]


def describe_outcome(entry: Sensitivity) -> str:
    """Name the quantity, the material and the place."""
    what = "use served" if entry.quantity == "consumption_t" else entry.quantity.removesuffix("_t")
    what = what.replace("_", " ")
    place = "the world" if entry.region == WORLD else place_name(entry.region)
    verb = "total" if entry.unit == "t" and entry.quantity != "stock_t" else "mean"
    return f"the {verb} {what} of {words(entry.market)}, {place}"


def place_name(region: str) -> str:
    """Name a country in words; a group keeps its name."""
    return country_name(region) if re.fullmatch("[A-Z]{3}", region) else region


def unit_of(entry: Sensitivity) -> str:
    """Unit in words."""
    return "" if entry.unit == "1" else entry.unit


def name_assumption(name: str) -> str:
    """
    Turn the name of a drawn figure into words.

    Examples
    --------
    >>> name_assumption("price_elasticity"), name_assumption("Ban.CHN.exempt_share")
    ('price elasticity', 'ban by CHN: exempt share')
    """
    kind, _, rest = name.partition(".")
    if not rest:
        return name.replace("_", " ")
    who, _, field = rest.rpartition(".")
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    return f"{spaced} by {who.replace('+', ', ')}: {field.replace('_', ' ')}"
