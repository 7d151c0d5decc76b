"""A run and its scores as flat records."""

from collections.abc import Sequence
from dataclasses import asdict

from monazite.hindcast import ScoreRecord
from monazite.reports.chain_text import link_records
from monazite.reports.forecast_section import forecast_records
from monazite.scenarios import ScenarioResult
from monazite.scenarios.outlook import band_of, list_places, price_ratio, shortage_share, unserved_use

SERIES = {
    "shortage_share": (shortage_share, "share"),
    "use_lost_share": (unserved_use, "share"),
    "price_ratio": (price_ratio, "1"),
}


def run_records(result: ScenarioResult) -> list[dict[str, object]]:
    """
    List the months of a run for every place that the scenario watches.

    Returns
    -------
    list of records
        Labels episode, material, stage, region, quantity, month; `value` is the median over the draws, `low`
        and `high` its 5 and 95 %. What to know of policies that overlap is the quantity `note`, without a value and
        with the note as `reason`; what the scenario assumes is the quantity `assumption`, likewise.
    """
    records: list[dict[str, object]] = [
        {
            "episode": result.scenario.name,
            "quantity": "assumption",
            "value": None,
            "reason": text,
            "quality": "assumed",
        }
        for text in result.scenario.assumed
    ]
    for entry in result.markets:
        labels = {"episode": result.scenario.name, "material": entry.market.material}
        labels |= {"market": entry.market.name} if entry.market.name else {}
        records += link_records(entry, labels)
        records += [{**labels, "quantity": "note", "value": None, "reason": note} for note in entry.run.notes]
        for place in list_places(result, entry):
            for quantity, (compute, unit) in SERIES.items():
                band = band_of(compute(entry.run, place.members))
                records += [
                    {
                        **labels,
                        "stage": entry.market.baseline.trade_stage,
                        "region": place.label,
                        "quantity": quantity,
                        "month": month,
                        "value": float(band.median[k]),
                        "unit": unit,
                        "low": float(band.low[k]),
                        "high": float(band.high[k]),
                        "quality": "simulated",
                        "source_ids": entry.run.lineage.source_ids,
                    }
                    for k, month in enumerate(entry.run.months)
                ]
    return [*records, *forecast_records(result)]


def score_records(scores: Sequence[ScoreRecord]) -> list[dict[str, object]]:
    """List the comparisons with history; `value` is the median over the draws."""
    records = []
    for score in scores:
        fields = asdict(score)
        fields["year" if len(score.period) == 4 else "month"] = fields.pop("period")
        records.append({**fields, "value": fields.pop("median"), "quality": "hindcast"})
    return records
