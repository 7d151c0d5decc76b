"""A reconciliation as flat records: what was reported, what balances, and which balances are doubtful."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from monazite.supply_chain.balance import BALANCED
from monazite.supply_chain.lane_records import lane_records
from monazite.supply_chain.planted import TIMES, read_planted
from monazite.supply_chain.reconcile import Reconciliation
from monazite.supply_chain.records import Record, chain_records

FLOWS = ("inflow_t", "outflow_t", "adjustment_t")
"""What comes into and goes out of a balance, and by how much its reports were moved to close it."""
LINKED = ("input_t", "next_input_t", "use_t")
"""Quantities of linked stages: what a stage takes of the one before, what the next takes of it, and what is left."""
CELLS = ("stage", "country")
WORDS = ("balance_state", "balance_note", "content_basis", "host", "host_basis")
GUESSED = "the content of what it trades is estimated"
REPORTED = {
    "production_t": "published_t", "import_t": "import_raw_t", "export_t": "export_raw_t", "inflow_t": "inflow_raw_t",
}  # fmt: skip
"""Where the figure before the reconciliation stands."""
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
        `balance_note`, and `content`, how contents were estimated. Production of a by-product has `host`, `host_basis`,
        `host_allowed_t` with its range, and `host_verdict`. Quantities `input_t`, `next_input_t` and `use_t` stand
        where stages are linked; the last two add up to `apparent_consumption_t`. Of each balance `inflow_t`
        (production, imports, recycled, stock draw), `outflow_t` (exports, use and the next stage's input)
        and `adjustment_t`, by how much the reports were moved to close it (`z`: of what they leave open); inflow and
        residual are the outflow. Then come the lanes (`trade_t`, see `lane_records`), and last
        what is doubtful:

        - `gap_t`, one per balance that its reports contradict, the largest first: `value` is what they leave open, `z`
          how unlikely that is, `reports` the few that could be to blame, the likeliest first, each with value before
          and after;
        - `suspect_t`, the ten reports of the other balances that moved furthest: `step` is |adjustment| / sd, `rank`
          from 1; they are the first to look at, which does not make them wrong;
        - `gross_error_test`, one: `value` the statistic of all gaps together, `p_value`, `limit` (z from which a
          balance is named), `balances`, `named`, and `found`: what share of planted errors the test finds, by class
          of lane.
    """
    cells = _Cells(_add_flows(found.chain.arrays))
    records: list[Record] = []
    for record in chain_records(found.chain):
        records.append(_compare(record, cells))
        if record["quantity"] == "residual_t":
            more = [name for name in LINKED if cells.is_linked and not np.isnan(cells.get(name, record))]
            if cells.state(record) == BALANCED and record["value"] is not None:
                more += FLOWS
            records += [_compare(record | {"quantity": name, "note": None}, cells, name) for name in more]
    records += lane_records(found.chain)
    records += [_describe_doubt(found, number) for number in range(len(found.doubts))]
    records += [_describe_suspect(found, number) for number in range(len(found.suspects))]
    return records + ([_describe_test(found)] if BALANCED in cells.states else [])


class _Cells:
    """The arrays of a chain by stage and country, as plain numbers that are quick to look up."""

    def __init__(self, arrays: xr.Dataset) -> None:
        self._values = {
            str(name): array.transpose(*CELLS).values
            for name, array in arrays.items()
            if set(array.dims) == set(CELLS)
        }
        self._words = {name: list(map(str, arrays[name].values)) for name in WORDS if name in arrays}
        self._stages, self._countries = (
            {str(label): at for at, label in enumerate(arrays[dim].values)} for dim in CELLS
        )
        self.states = self._words["balance_state"]
        self.is_linked = bool(arrays["yield_share"].notnull().any())

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str, record: Record) -> float:
        """Look up a number, NaN where the chain has no such array."""
        return float(self._find(name, record)) if name in self._values else float("nan")

    def word(self, name: str, record: Record) -> str:
        """Look up a word of a cell or of a stage."""
        if name in self._values:
            return str(self._find(name, record))
        return self._words[name][self._stages[str(record["stage"])]] if name in self._words else ""

    def state(self, record: Record) -> str:
        """Say whether the stage of a record balances."""
        return self.word("balance_state", record)

    def _find(self, name: str, record: Record) -> Any:
        return self._values[name][self._stages[str(record["stage"])], self._countries[str(record["country"])]]


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
        next_input_t=arrays["input_t"].transpose(*CELLS).copy(data=_shift_up(arrays["input_t"])),
        inflow_t=inflow, inflow_raw_t=before, outflow_t=exports + arrays["apparent_consumption_t"],
        adjustment_t=(inflow - exports) - (before - exports_before), adjustment_z=arrays["balance_z"],
        import_raw_t=sums["trade_raw_t"][0], export_raw_t=exports_before,
        published_t=arrays.get("production_reported_t", arrays["production_raw_t"]),
    )  # fmt: skip


def _shift_up(inputs: xr.DataArray) -> NDArray[np.float64]:
    """Give each stage the input of the one after it; the last has none."""
    values = inputs.transpose(*CELLS).values
    return np.concatenate([values[1:], np.full_like(values[:1], np.nan)])


def _compare(record: Record, cells: _Cells, taken: str = "") -> Record:
    """Add to a record what was reported, and how far off the balanced value may be."""
    name, state = str(record["quantity"]), cells.state(record)
    value = cells.get(taken, record) if taken else record["value"]
    root = name.removesuffix("_t")
    sd = cells.get(f"{root}_sd_t", record) if name in WITH_SD else np.nan
    reported = cells.get(REPORTED.get(name, ""), record)
    is_told = value is not None
    return (
        record
        | _host_fields(cells, record)
        | {
            "value": value,
            "before": _number(reported if record["value"] is not None else np.nan),
            "sd": _number(sd if is_told else np.nan),
            "z": _number(cells.get(f"{root}_z", record) if is_told and state == BALANCED else np.nan),
            "balance_state": state,
            "balance_note": cells.word("balance_note", record) or None,
            "content": cells.word("content_basis", record) or None,
        }
    )


def _host_fields(cells: _Cells, record: Record) -> Record:
    """What the host of a by-product allows, beside its production."""
    is_told = record["quantity"] == "production_t" and "host_verdict" in cells
    if not is_told or not cells.word("host_verdict", record):
        return {}
    ends = {
        f"host_allowed{end}_t": _number(cells.get(f"host_allowed{end}_t", record))
        for end in ("", "_low", "_high")
    }
    return ends | {name: cells.word(name, record) for name in ("host", "host_basis", "host_verdict")}


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
    if _is_guessed(chain.arrays, doubt.stage, doubt.country):
        note = "; ".join(filter(None, [note, GUESSED]))
    return {
        "material": chain.material, "year": chain.year, "stage": doubt.stage, "country": doubt.country,
        "quantity": "gap_t", "value": doubt.gap_t, "unit": "t", "quality": None, "note": note,
        "source_ids": chain.lineage.source_ids, "z": doubt.z,
        "reports": [{"report": words, "before": before, "value": after} for words, before, after in doubt.reports],
        "balance_state": BALANCED,
    }  # fmt: skip


def _is_guessed(arrays: xr.Dataset, stage: str, country: str) -> bool:
    """Whether the content of what a country trades is estimated; its lanes then share one error."""
    if "content_sd_t" not in arrays:
        return False
    here = arrays["content_sd_t"].sel(stage=stage)
    return bool((here.sel(exporter=country) > 0).any() or (here.sel(importer=country) > 0).any())


def _describe_suspect(found: Reconciliation, number: int) -> Record:
    suspect, chain = found.suspects[number], found.chain
    return {
        "material": chain.material, "year": chain.year, "stage": suspect.stage, "country": suspect.country,
        "exporter": suspect.country if suspect.importer else None, "importer": suspect.importer or None,
        "quantity": "suspect_t", "value": suspect.after, "unit": "t", "quality": None, "note": None,
        "before": suspect.before, "step": suspect.step, "rank": number + 1, "report": suspect.report,
        "balance_state": BALANCED, "source_ids": chain.lineage.source_ids,
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
