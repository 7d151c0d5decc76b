"""A reconciliation as flat records: what was reported, what balances, and which balances are doubtful."""

import numpy as np
import xarray as xr

from monazite.supply_chain.balance import BALANCED
from monazite.supply_chain.lane_records import lane_records
from monazite.supply_chain.planted import TIMES, read_planted
from monazite.supply_chain.reconcile import Reconciliation
from monazite.supply_chain.records import Record, chain_records

FLOWS = ("inflow_t", "outflow_t", "adjustment_t")
"""What comes into and goes out of a balance, and by how much its reports were moved to close it."""
LINKED = ("input_t", "use_t")
"""Quantities that only a stage has which is linked to the one before it, or ends a chain of such."""
MORE = ("recycled", "stock_draw")
WITH_SD = ("production_t", "residual_t", *LINKED)


def reconciled_records(found: Reconciliation) -> list[Record]:
    """
    List what a reconciled chain knows, per stage, country and quantity, then what is doubtful in it.

    Returns
    -------
    list of records
        As `chain_records`, with `value` balanced [t] and beside it: `before`, `sd` (after) and `z` (of the
        adjustment), None where a quantity has none; `balance_state`, why a stage keeps its raw figures, and
        `balance_note`. Production of a by-product has `host`, `host_basis`, `host_allowed_t` with its range, and
        `host_verdict`. Quantities `input_t` and `use_t` stand where stages are linked. Of each balance `inflow_t`
        (production, imports, recycled, stock draw), `outflow_t` (exports, and use or the next stage's input) and
        `adjustment_t`, by how much the reports were moved to close it (`z`: of what they leave open); inflow and
        residual are the outflow. Then come the lanes (`trade_t`, see `lane_records`), and last what is doubtful:

        - `gap_t`, one per balance that its reports contradict: `value` is what they leave open, `z` how unlikely that
          is, `reports` the few that could be to blame, the likeliest first, each with value before and after;
        - `suspect_t`, the ten reports of the other balances that moved furthest: `step` is |adjustment| / sd, `rank`
          from 1; they are the first to look at, which does not make them wrong;
        - `gross_error_test`, one: `value` the statistic of all gaps together, `p_value`, `limit` (z from which a
          balance is named), `balances`, `named`, and `found`: what share of planted errors the test finds, by class
          of lane.
    """
    arrays = _add_flows(found.chain.arrays)
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
            if states[str(record["stage"])] == BALANCED and record["value"] is not None:
                records += [
                    _compare(record | {"quantity": name, "note": None}, arrays, raw, states, name)
                    for name in FLOWS
                ]
    records += lane_records(found.chain)
    records += [_describe_doubt(found, number) for number in range(len(found.doubts))]
    records += [_describe_suspect(found, number) for number in range(len(found.suspects))]
    return records + ([_describe_test(found)] if BALANCED in states.values() else [])


def _add_flows(arrays: xr.Dataset) -> xr.Dataset:
    """Add what comes into and goes out of every balance, as reported and as reconciled."""
    sums = {}
    for name in ("trade_t", "trade_raw_t"):
        trade = arrays[name]
        sums[name] = (
            trade.sum("exporter", skipna=False).rename(importer="country"),
            trade.sum("importer", skipna=False).rename(exporter="country"),
        )
    others = {
        suffix: sum(arrays[f"{name}{suffix}"].fillna(0.0) for name in MORE if f"{name}{suffix}" in arrays)
        for suffix in ("_t", "_raw_t")
    }
    inflow, before = (
        arrays[f"production{suffix}"] + sums[f"trade{suffix}"][0] + others[suffix]
        for suffix in ("_t", "_raw_t")
    )
    exports, exports_before = sums["trade_t"][1], sums["trade_raw_t"][1]
    return arrays.assign(
        inflow_t=inflow, inflow_raw_t=before, outflow_t=exports + arrays["apparent_consumption_t"],
        adjustment_t=(inflow - exports) - (before - exports_before), adjustment_z=arrays["balance_z"],
    )  # fmt: skip


def _raw_quantities(arrays: xr.Dataset) -> dict[str, xr.DataArray]:
    """Production, imports and exports as they were reported."""
    trade = arrays["trade_raw_t"]
    return {
        "production_t": arrays.get("production_reported_t", arrays["production_raw_t"]),
        "import_t": trade.sum("exporter", skipna=False).rename(importer="country"),
        "export_t": trade.sum("importer", skipna=False).rename(exporter="country"),
        "inflow_t": arrays["inflow_raw_t"],
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
    return (
        record
        | _host_fields(arrays, record)
        | {
            "value": value,
            "before": _number(reported if record["value"] is not None else np.nan),
            "sd": _number(sd if value is not None else np.nan),
            "z": _number(z if is_shown else np.nan),
            "balance_state": states[str(record["stage"])],
            "balance_note": str(arrays["balance_note"].sel(stage=record["stage"]).item()) or None,
        }
    )


def _host_fields(arrays: xr.Dataset, record: Record) -> Record:
    """What the host of a by-product allows, beside its production."""
    if record["quantity"] != "production_t" or "host_verdict" not in arrays:
        return {}
    cell = arrays.sel(stage=record["stage"], country=record["country"])
    if not str(cell["host_verdict"].item()):
        return {}
    ends = {
        f"host_allowed{end}_t": _number(float(cell[f"host_allowed{end}_t"])) for end in ("", "_low", "_high")
    }
    return ends | {
        "host": str(cell["host"].item()), "host_basis": str(cell["host_basis"].item()),
        "host_verdict": str(cell["host_verdict"].item()),
    }  # fmt: skip


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _describe_doubt(found: Reconciliation, number: int) -> Record:
    doubt, chain = found.doubts[number], found.chain
    note = (
        "no source gives production there, which may be all that is missing" if doubt.is_unreported else None
    )
    if note and "host_allowed_high_t" in chain.arrays:
        allowed = float(chain.arrays["host_allowed_high_t"].sel(stage=doubt.stage, country=doubt.country))
        note += (
            f"; its host allows up to {allowed:.3g} t"
            if np.isfinite(allowed)
            else "; no host is on record there"
        )
    return {
        "material": chain.material, "year": chain.year, "stage": doubt.stage, "country": doubt.country,
        "quantity": "gap_t", "value": doubt.gap_t, "unit": "t", "quality": None, "note": note,
        "source_ids": chain.lineage.source_ids, "z": doubt.z,
        "reports": [{"report": words, "before": before, "value": after} for words, before, after in doubt.reports],
        "balance_state": BALANCED,
    }  # fmt: skip


def _describe_suspect(found: Reconciliation, number: int) -> Record:
    suspect, chain = found.suspects[number], found.chain
    return {
        "material": chain.material, "year": chain.year, "stage": suspect.stage, "country": suspect.exporter or None,
        "exporter": suspect.exporter or None, "importer": suspect.importer or None, "quantity": "suspect_t",
        "value": suspect.after, "unit": "t", "quality": None, "note": None, "before": suspect.before,
        "step": suspect.step, "rank": number + 1, "report": suspect.report, "balance_state": BALANCED,
        "source_ids": chain.lineage.source_ids,
    }  # fmt: skip


def _describe_test(found: Reconciliation) -> Record:
    chain = found.chain
    return {
        "material": chain.material, "year": chain.year, "quantity": "gross_error_test", "value": found.statistic,
        "unit": "1", "p_value": found.p_value, "limit": found.limit, "balances": found.balances,
        "named": len(found.doubts), "factor": TIMES,
        "found": [
            {
                "share_low": row.share_low, "share_high": min(row.share_high, 1.0), "found_share": row.named_share,
                "listed_share": row.ten_share, "trials": row.trials,
            }
            for row in read_planted()
            if row.factor == TIMES
        ],
        "source_ids": chain.lineage.source_ids,
    }  # fmt: skip
