"""Published net import reliance against the same figure recomputed from the printed rows."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from monazite.indicators.reliance import net_import_reliance

Columns = Mapping[str, np.ndarray]
Record = dict[str, object]

TOLERANCE = 0.02
"""Recomputed and published reliance agree within this. [unitless, 2 percentage points; source: this project]"""

HALF_PERCENT = 0.005
"""Published reliance is a whole percent. [unitless; U.S. Geological Survey, Mineral Commodity Summaries 2026]"""


def compare_net_import_reliance(flows: Columns) -> list[Record]:
    r"""
    Recompute net import reliance for every commodity and year and compare it with the published one.

    Parameters
    ----------
    flows : Columns
        From `select_reliance_flows`: production, import, export and stock_draw with bounds, in one unit a row.

    Returns
    -------
    list of records
        Per commodity and year: `value` recomputed [share, <= 1; None where a flow is only bounded or not known],
        `low` and `high` from the rounding of the printed figures, `official` (None where USGS prints a bound or
        that the country is a net exporter) and `official_text`, `difference`, `verdict`: "met" within 2
        percentage points of the published figure or bound, "not met", "cannot tell"; `reason` for the last two.
        Then, by `quantity`: "commodities_judged", those with a verdict in any year, "share_within_tolerance" of the
        judged (`compared`) and "commodities_in_every_year", those that could be judged in all years.

    Notes
    -----
    Net import reliance rises with net imports; with production it falls for a net importer and rises for a net
    exporter. Its extremes are the smallest and the largest over both ends of production:

    .. math:: low = \min_P NIR(P, I_{low}, E_{high}, D_{low}), \quad high = \max_P NIR(P, I_{high}, E_{low}, D_{high})

    A flow that is only bounded is judged by both extremes: "met" needs both within the tolerance, "not met" both beyond
    it on one side, or a published figure, +- 0.5 points for its own rounding, outside of what they span.

    References
    ----------
    .. [1] Source: this project, docs/reference/indicators.md.

    Examples
    --------
    >>> row = dict(material="alumina", year=2022, unit="kt", production=920.0, official=0.65, official_low=0.645,
    ...            official_high=0.655, official_text="65", basis="rows", note="", reason="", stock_draw=8.0,
    ...            stock_draw_low=7.0, stock_draw_high=9.0, production_low=915.0, production_high=925.0,
    ...            export=174.0, export_low=173.5, export_high=174.5, **{"import": 1880.0, "import_low": 1875.0,
    ...            "import_high": 1885.0})
    >>> record = compare_net_import_reliance({name: np.array([value]) for name, value in row.items()})[0]
    >>> round(record["value"], 3), record["verdict"]
    (0.651, 'met')
    """
    value = _recompute(flows, "", "", "")
    low = np.minimum(*(_recompute(flows, made, "_high", "_low") for made in ("_low", "_high")))
    high = np.maximum(*(_recompute(flows, made, "_low", "_high") for made in ("_low", "_high")))
    records = [_compare_one(flows, k, (value[k], low[k], high[k])) for k in range(len(value))]
    return records + _summarise(records)


def _recompute(flows: Columns, made: str, less: str, more: str) -> np.ndarray:
    """Compute the reliance with production at end `made`, exports at `less`, imports and stock draw at `more`."""
    with_ends = {"production": made, "export": less, "import": more, "stock_draw": more}
    arrays = {
        f"{name}_t": xr.DataArray(np.asarray(flows[f"{name}{end}"], dtype=float), dims="row")
        for name, end in with_ends.items()
    }
    arrays = {name: array.where(np.isfinite(array)) for name, array in arrays.items()}
    return np.asarray(
        net_import_reliance(
            production_t=arrays["production_t"],
            import_t=arrays["import_t"],
            export_t=arrays["export_t"],
            stock_draw_t=arrays["stock_draw_t"],
        ).values,
        dtype=float,
    )


def _compare_one(flows: Columns, k: int, found: tuple[float, float, float]) -> Record:
    """Compose the record of one commodity and year."""
    value, low, high = found
    reason = str(flows["reason"][k])
    verdict = "cannot tell" if reason else _judge(flows, k, found)
    official = float(flows["official"][k])
    record: Record = {
        "indicator": "net-import-reliance",
        "material": str(flows["material"][k]),
        "region": "USA",
        "year": int(flows["year"][k]),
        "value": None if reason else _known(value),
        "unit": "share",
        "low": None if reason else _known(low),
        "high": None if reason else _known(high),
        "official": _known(official),
        "official_text": str(flows["official_text"][k]),
        "difference": None if reason else _known(value - official),
        "basis": str(flows["basis"][k]),
        "verdict": verdict,
    }
    if verdict != "met":
        record["reason"] = f"{record['material']} {record['year']}: {reason or _explain(flows, k, found)}"
    return record


def _official_range(flows: Columns, k: int) -> tuple[float, float]:
    """What the published figure says: a number, or both ends of a bound."""
    official = float(flows["official"][k])
    if np.isfinite(official):
        return official, official
    return float(flows["official_low"][k]), float(flows["official_high"][k])


def _judge(flows: Columns, k: int, found: tuple[float, float, float]) -> str:
    """Compare the number, or where there is none both of its bounds, with the published figure or bound."""
    value, low, high = found
    least, most = (value, value) if np.isfinite(value) else (low, high)
    lowest, highest = _official_range(flows, k)
    if least >= lowest - TOLERANCE - 1e-12 and most <= highest + TOLERANCE + 1e-12:
        return "met"
    if least > highest + TOLERANCE or most < lowest - TOLERANCE:
        return "not met"
    is_known = np.isfinite(low) and np.isfinite(high)
    return "not met" if is_known and not _is_allowed((low, high), (lowest, highest)) else "cannot tell"


def _is_allowed(found: tuple[float, float], official: tuple[float, float]) -> bool:
    """Whether a published figure or bound, itself rounded, overlaps what the rounding of its rows allows."""
    (low, high), (lowest, highest) = found, official
    return low <= highest + HALF_PERCENT and high >= lowest - HALF_PERCENT


def _explain(flows: Columns, k: int, found: tuple[float, float, float]) -> str:
    """Write why a figure differs or cannot be told: rounding, or the note of its rows."""
    _, low, high = found
    if not (np.isfinite(low) and np.isfinite(high)):
        return "a printed figure is only a bound, or consumption may be zero"
    band = f"the rounding of the printed figures allows {100 * low:.0f} to {100 * high:.0f} %"
    if _is_allowed((low, high), _official_range(flows, k)):
        return band
    note = str(flows["note"][k])
    return f"{band} only; {note}" if note else f"{band} only; the printed rows do not explain the rest"


def _summarise(records: list[Record]) -> list[Record]:
    """Count over all records: how many agree of those that can be judged, how many commodities in every year."""
    judged = [record for record in records if record["verdict"] != "cannot tell"]
    years = {record["year"] for record in records}
    materials = [record["material"] for record in judged]
    complete = [name for name in dict.fromkeys(materials) if materials.count(name) == len(years)]
    labels = {"indicator": "net-import-reliance", "material": "all", "compared": len(judged)}
    met = sum(record["verdict"] == "met" for record in judged)
    agreement: Record = {
        **labels, "quantity": "share_within_tolerance", "value": met / len(judged) if judged else None,
        "unit": "share",
    }  # fmt: skip
    if not judged:
        agreement["reason"] = "nothing could be compared"
    some: Record = {
        **labels, "quantity": "commodities_judged", "value": len(dict.fromkeys(materials)), "unit": "count",
    }  # fmt: skip
    count = {"quantity": "commodities_in_every_year", "value": len(complete), "unit": "count"}
    return [some, agreement, {**labels, **count}]


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
