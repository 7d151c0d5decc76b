"""Official supply risks against the same figures recomputed from official inputs."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from monazite.indicators.ranks import rank_correlation
from monazite.indicators.supply_risk import (
    ECONOMIC_IMPORTANCE_THRESHOLD,
    SUPPLY_RISK_THRESHOLD,
    supply_risk,
)

Columns = Mapping[str, np.ndarray]
Record = dict[str, object]

INPUTS = {
    "hhi_wgi_t_global": ("hhi_wgi_t_global", 0.05, 30.0),
    "hhi_wgi_t_eu": ("hhi_wgi_t_eu", 0.05, 30.0),
    "import_reliance": ("import_reliance", 0.005, 1.0),
    "eol_recycling_input_rate": ("eol_recycling_input_rate", 0.005, 1.0),
    "substitution_index": ("substitution_index_sr", 0.05, 1.0),
}
"""
Argument of `supply_risk` -> column, half of its last printed digit, largest value. [unitless]

Source: European Commission, study of 2017, table 18: one decimal, whole percent.
"""

NEEDED = {
    "both": tuple(INPUTS),
    "global": ("hhi_wgi_t_global", "eol_recycling_input_rate", "substitution_index"),
    "eu": ("hhi_wgi_t_eu", "eol_recycling_input_rate", "substitution_index"),
}
"""Supply mix -> arguments that it reads."""


def compare_supply_risk(table: Columns) -> list[Record]:
    r"""
    Recompute the supply risk of every material of a table and compare it with the official one.

    Parameters
    ----------
    table : Columns
        From `read_supply_risk_inputs`: shares in 0..1, NaN where there is no figure.

    Returns
    -------
    list of records
        Per material: `value` recomputed, `low` and `high` what it may be given that the inputs are rounded,
        `official`, `difference` (recomputed less official), `thresholds`: "reached" if supply risk
        (recomputed) and economic importance (official) both reach theirs, "not reached", or "cannot tell".
        Where an input is missing `value` is None and `reason` names it. Then two records over all of them: `quantity`
        "rank_correlation" (Spearman) and "largest_difference" over the `compared` materials with both figures.

    Notes
    -----
    Supply risk rises with both HHI and the substitution index and falls with recycling; in import reliance it is
    linear. So its extremes lie at the corners of the rounding box.

    .. math:: low = \min_{IR \pm} SR(HHI - h, RIR + h, SI - h), \quad high = \max_{IR \pm} SR(HHI + h, RIR - h, SI + h)

    References
    ----------
    .. [1] Source: this project, docs/reference/indicators.md.

    Examples
    --------
    >>> row = dict(material="natural_graphite", stage="extraction", supply_mix="both", official_supply_risk=2.9,
    ...            official_economic_importance=2.9, import_reliance=0.99, eol_recycling_input_rate=0.03,
    ...            substitution_index_sr=1.0, hhi_wgi_t_global=3.2, hhi_wgi_t_eu=2.9)
    >>> record = compare_supply_risk({name: np.array([value]) for name, value in row.items()})[0]
    >>> round(record["value"], 6), round(record["difference"], 6), record["thresholds"]
    (2.957045, 0.057045, 'reached')
    """
    value = _recompute(table)
    low, high = _rounding_range(table)
    records = [_compare_one(table, k, value[k], (low[k], high[k])) for k in range(len(value))]
    official = np.asarray(table["official_supply_risk"], dtype=float)
    both = np.isfinite(value) & np.isfinite(official)
    labels = {"indicator": "supply-risk", "material": "all", "compared": int(both.sum())}
    difference = float(np.abs(value - official)[both].max()) if both.any() else float("nan")
    correlation = rank_correlation(value[both], official[both])
    for quantity, number in (("rank_correlation", correlation), ("largest_difference", difference)):
        record: Record = {**labels, "quantity": quantity, "value": _known(number), "unit": "1"}
        if not np.isfinite(number):
            record["reason"] = f"{quantity}: too few materials have both figures"
        records.append(record)
    return records


def _compare_one(table: Columns, k: int, value: float, bounds: tuple[float, float]) -> Record:
    """Compose the record of one material."""
    official = float(table["official_supply_risk"][k])
    importance = float(table["official_economic_importance"][k])
    record: Record = {
        "indicator": "supply-risk",
        "material": str(table["material"][k]),
        "stage": str(table["stage"][k]),
        "supply_mix": str(table["supply_mix"][k]),
        "value": _known(value),
        "unit": "1",
        "low": _known(bounds[0]),
        "high": _known(bounds[1]),
        "official": _known(official),
        "difference": _known(value - official),
        "economic_importance": _known(importance),
        "thresholds": _judge(value, importance),
    }
    missing = _missing_inputs(table, k)
    if missing:
        record["reason"] = f"{record['material']}: no figure for {', '.join(missing)}"
    elif not np.isfinite(official):
        record["reason"] = f"{record['material']}: no official supply risk to compare with"
    return record


def _judge(risk: float, importance: float) -> str:
    """Say whether both thresholds are reached: one that is not reached decides alone."""
    reached = [(risk, SUPPLY_RISK_THRESHOLD), (importance, ECONOMIC_IMPORTANCE_THRESHOLD)]
    if any(value < threshold for value, threshold in reached):
        return "not reached"
    return "reached" if all(value >= threshold for value, threshold in reached) else "cannot tell"


def _missing_inputs(table: Columns, k: int) -> list[str]:
    """List the columns that the supply mix of a row needs and that are NaN."""
    columns = [INPUTS[name][0] for name in NEEDED[str(table["supply_mix"][k])]]
    return [column for column in columns if not np.isfinite(float(table[column][k]))]


def _recompute(table: Columns, shift: Mapping[str, float] | None = None) -> np.ndarray:
    """Compute supply risk with every input moved by `shift` times half of its last digit, within its range."""
    moved = {
        name: xr.DataArray(
            np.clip(
                np.asarray(table[column], dtype=float) + (shift or {}).get(name, 0.0) * half, 0.0, highest
            ),
            dims="material",
        )
        for name, (column, half, highest) in INPUTS.items()
    }
    mix = xr.DataArray(np.asarray(table["supply_mix"], dtype=object), dims="material")
    return np.asarray(
        supply_risk(
            hhi_wgi_t_global=moved["hhi_wgi_t_global"],
            hhi_wgi_t_eu=moved["hhi_wgi_t_eu"],
            import_reliance=moved["import_reliance"],
            eol_recycling_input_rate=moved["eol_recycling_input_rate"],
            substitution_index=moved["substitution_index"],
            supply_mix=mix,
        ).values,
        dtype=float,
    )


def _rounding_range(table: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Compute the lowest and the highest supply risk that the rounded inputs allow."""
    corners = {
        side: [
            _recompute(
                table,
                {
                    "hhi_wgi_t_global": side,
                    "hhi_wgi_t_eu": side,
                    "eol_recycling_input_rate": -side,
                    "substitution_index": side,
                    "import_reliance": reliance,
                },
            )
            for reliance in (-1.0, 1.0)
        ]
        for side in (-1.0, 1.0)
    }
    return np.minimum(*corners[-1.0]), np.maximum(*corners[1.0])


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
