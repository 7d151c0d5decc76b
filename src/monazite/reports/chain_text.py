"""What the links of a chain did to one market, in sentences and records."""

import numpy as np

from monazite.reports.rounding import write_figure
from monazite.scenarios import MarketResult
from monazite.scenarios.outlook import Array, band_of
from monazite.vocabulary import country_name

SHOWN = 3
"""Countries that the sentences name. Source: this project."""
LARGE = 0.1
"""Part of all linked output from which a producer is told of. [unitless] Source: this project."""
LEAST = 0.005
"""Part of the planned production below which nothing is said of lost output. [unitless] Source: this project."""
SURPLUS = 0.05
"""Fall of the price inside a producer from which a surplus is told. [unitless] Source: this project."""
RECORDS = {
    "feed_t": "feed",
    "starved_t": "starved_production",
    "bound_t": "bound_production",
}
"""Arrays of a linked market, and the quantity that their records name. [t a month]"""


def describe_links(entry: MarketResult) -> list[tuple[str, str]]:
    """Say whose production lacked its input, and what came out of the ground unasked; each with how sure it is."""
    if "starved_t" not in entry.run.arrays:
        return []
    return [text for code in list_producers(entry) for text in describe_producer(entry, code)]


def list_producers(entry: MarketResult) -> list[str]:
    """List the large producers that a link binds, the largest first."""
    bound = entry.run.arrays["bound_t"].isel(month=0).mean("draw").values
    order = [place for place in np.argsort(-bound, kind="stable") if bound[place] >= LARGE * bound.sum() > 0]
    return [entry.run.market.countries[place] for place in order[:SHOWN]]


def describe_producer(entry: MarketResult, code: str) -> list[tuple[str, str]]:
    """Say how much less a country made for want of input or of ore, and what lay about unwanted."""
    told = [describe_lost_output(entry, code)]
    if "cost_share" not in entry.run.parameters:
        told.append(describe_surplus(entry, code))
    return [text for text in told if text is not None]


def describe_lost_output(entry: MarketResult, code: str) -> tuple[str, str] | None:
    """Say how much less a country made than it planned; None where that is next to nothing."""
    run = entry.run
    starved = read_country(entry, "starved_t", code)
    made = run.market.own_supply[run.market.countries.index(code)]
    low, middle, high = np.quantile(starved.sum(axis=1), [0.05, 0.5, 0.95])
    if middle <= LEAST * made * len(run.months):
        return None
    path = np.median(starved, axis=0)
    worst = int(path.argmax())
    what = "input" if "cost_share" in run.parameters else "ore mined for the other products"
    return (
        f"For want of {what} {country_name(code)} makes {write_figure(middle)} t less {entry.title} than planned, "
        f"most in {run.months[worst]}: {100 * path[worst] / made:.0f} % of its usual output.",
        f"5 to 95 % of the draws: {write_figure(low)} to {write_figure(high)} t.",
    )


def describe_surplus(entry: MarketResult, code: str) -> tuple[str, str] | None:
    """Say what a product of a basket does where more comes out of the ground than is wanted; None if none does."""
    run, name = entry.run, country_name(code)
    held = np.median(read_country(entry, "stock_t", code), axis=0)
    price = np.quantile(read_country(entry, "price_ratio", code), [0.05, 0.5, 0.95], axis=0)
    most, month = int(held.argmax()), int(price[1].argmin())
    if price[1, month] >= 1.0 - SURPLUS:
        return None
    return (
        f"More {entry.title} comes out of the ground of {name} than is wanted: stocks grow to "
        f"{held[most] / held[0]:.2f} times the first month's in {run.months[most]}, and the price there falls to "
        f"{price[1, month]:.2f} of its baseline in {run.months[month]}.",
        f"5 to 95 % of the draws: {price[0, month]:.2f} to {price[2, month]:.2f}.",
    )


def read_country(entry: MarketResult, name: str, code: str) -> Array:
    """One array of a country, dims (draw, month)."""
    values: Array = entry.run.arrays[name].sel(country=code).transpose("draw", "month").values
    return values


def link_records(entry: MarketResult, labels: dict[str, str]) -> list[dict[str, object]]:
    """List by month what later stages used, what lacked its input and what the link made, in the largest countries."""
    records: list[dict[str, object]] = []
    for key, quantity in RECORDS.items():
        if key not in entry.run.arrays:
            continue
        array = entry.run.arrays[key].transpose("draw", "month", "country")
        mean = array.mean(("draw", "month")).values
        order = [place for place in np.argsort(-mean, kind="stable")[:SHOWN] if mean[place] > 0]
        for place in order:
            values: Array = array.values[:, :, place]
            band = band_of(values)
            records += [
                {
                    **labels,
                    "stage": entry.market.baseline.trade_stage,
                    "region": entry.run.market.countries[place],
                    "quantity": quantity,
                    "month": month,
                    "value": float(band.median[k]),
                    "unit": "t a month",
                    "low": float(band.low[k]),
                    "high": float(band.high[k]),
                    "quality": "simulated",
                    "source_ids": entry.run.lineage.source_ids,
                }
                for k, month in enumerate(entry.run.months)
            ]
    return records
