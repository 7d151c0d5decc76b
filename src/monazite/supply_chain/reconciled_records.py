"""A reconciliation as flat records: what was reported, what balances, and which balances are doubtful."""

import numpy as np
import xarray as xr

from monazite.supply_chain.balance import BALANCED
from monazite.supply_chain.reconcile import Reconciliation
from monazite.supply_chain.records import Record, chain_records

LINKED = ("input_t", "use_t")
"""Quantities that only a stage has which is linked to the one before it, or ends a chain of such."""
WITH_SD = ("production_t", "residual_t", *LINKED)


def reconciled_records(found: Reconciliation) -> list[Record]:
    """
    List what a reconciled chain knows, per stage, country and quantity, then what is doubtful in it.

    Returns
    -------
    list of records
        As `chain_records`, with `value` balanced [t] and beside it: `before`, `sd` (after) and `z` (of the
        adjustment), None where a quantity has none; `balance_state`, why a stage keeps its raw figures. Quantities
        `input_t` and `use_t` stand where stages are linked. Records with the quantity `gap_t` come last, one per
        balance that its reports contradict: `value` is what they leave open, `z` that over its standard deviation,
        `reports` the few that could be to blame, the likeliest first, each with value before and after.
    """
    arrays = found.chain.arrays
    raw = _raw_quantities(arrays)
    states = dict(
        zip(map(str, arrays["stage"].values), map(str, arrays["balance_state"].values), strict=True)
    )
    records: list[Record] = []
    for record in chain_records(found.chain):
        records.append(_compare(record, arrays, raw, states))
        if record["quantity"] == "residual_t":
            records += [
                _compare(record | {"quantity": name, "note": None}, arrays, raw, states, name)
                for name in LINKED
                if _has_links(arrays) and not np.isnan(_cell(arrays, name, record))
            ]
    return records + [_describe_doubt(found, number) for number in range(len(found.doubts))]


def _raw_quantities(arrays: xr.Dataset) -> dict[str, xr.DataArray]:
    """Production, imports and exports as they were reported."""
    trade = arrays["trade_raw_t"]
    return {
        "production_t": arrays["production_raw_t"],
        "import_t": trade.sum("exporter", skipna=False).rename(importer="country"),
        "export_t": trade.sum("importer", skipna=False).rename(exporter="country"),
    }


def _has_links(arrays: xr.Dataset) -> bool:
    return bool(arrays["yield_share"].notnull().any())


def _cell(arrays: xr.Dataset, name: str, record: Record) -> float:
    return float(arrays[name].sel(stage=record["stage"], country=record["country"]))


def _compare(
    record: Record,
    arrays: xr.Dataset,
    raw: dict[str, xr.DataArray],
    states: dict[str, str],
    taken: str = "",
) -> Record:
    """Add to a record what was reported, and how far off the balanced value may be."""
    name, is_balanced = str(record["quantity"]), states[str(record["stage"])] == BALANCED
    value = _cell(arrays, taken, record) if taken else record["value"]
    root = name.removesuffix("_t")
    sd = _cell(arrays, f"{root}_sd_t", record) if name in WITH_SD else np.nan
    z = _cell(arrays, f"{root}_z", record) if f"{root}_z" in arrays else np.nan
    reported = (
        float(raw[name].sel(stage=record["stage"], country=record["country"])) if name in raw else np.nan
    )
    is_shown = is_balanced and value is not None
    return record | {
        "value": value,
        "before": _number(reported if record["value"] is not None else np.nan),
        "sd": _number(sd if is_shown else np.nan),
        "z": _number(z if is_shown else np.nan),
        "balance_state": states[str(record["stage"])],
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _describe_doubt(found: Reconciliation, number: int) -> Record:
    doubt, chain = found.doubts[number], found.chain
    note = (
        "no source gives production there, which may be all that is missing" if doubt.is_unreported else None
    )
    return {
        "material": chain.material, "year": chain.year, "stage": doubt.stage, "country": doubt.country,
        "quantity": "gap_t", "value": doubt.gap_t, "unit": "t", "quality": None, "note": note,
        "source_ids": chain.lineage.source_ids, "z": doubt.z,
        "reports": [{"report": words, "before": before, "value": after} for words, before, after in doubt.reports],
        "balance_state": BALANCED,
    }  # fmt: skip
