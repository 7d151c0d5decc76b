"""The uses of a run as records: what each misses by month, what it loses, and the products that people name."""

import math
from collections.abc import Sequence

from monazite.scenarios import MarketResult
from monazite.scenarios.answers import Quantiles
from monazite.scenarios.end_uses import EndUse, rank_end_uses
from monazite.scenarios.outlook import Band
from monazite.scenarios.use_outlook import RegionOutlook, UseOutlook
from monazite.simulation import Run

NO_VALUE = "its value added is not on record, and with it its place in the order in which uses give way"
NO_TONNES = "the market does not tell how many tonnes of it the region uses"


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


def _ends(value: Quantiles) -> dict[str, object]:
    return {"value": _plain(value.median), "low": _plain(value.low), "high": _plain(value.high)}


def _plain(number: float) -> float | None:
    """Write a number for a record: None where there is none."""
    return None if math.isnan(number) else float(number)
