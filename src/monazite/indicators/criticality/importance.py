"""Economic importance in the Union from the end uses and the value added that the release carries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.criticality.draws import INDEX_ROUNDING, mix_seed
from monazite.indicators.criticality.tables import (
    IMPORTANCE,
    Factor,
    check_tables,
    lowest_substitution,
    read_substitution,
)
from monazite.indicators.draw_ranks import rank_draws
from monazite.indicators.supply_risk import (
    ECONOMIC_IMPORTANCE_THRESHOLD,
    LARGEST_SECTOR_SCORE,
    USE_SHARE_TOLERANCE,
    economic_importance,
)
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot

Record = dict[str, object]
INDICATOR = "economic-importance"
SOURCE = "eu_crm_2023"
SHARE_ROUNDING = 0.005
"""Half of the last digit of a printed use share: whole percent. [unitless]"""
EXACT = 1e-9
SPREAD = 0.1
"""
Widest gap between the bounds at which their middle is given. [unitless]

Source: European Commission, study of 2023: importance is printed to one decimal.
"""
LOW, HIGH = 0.05, 0.95
USES = """
SELECT use, use_share, coalesce(use_shares.sector_code, '') AS sector_code, value_added_million_eur AS value_added,
       use_shares.first_year::INT AS first_year, use_shares.last_year::INT AS last_year
FROM use_shares LEFT JOIN sector_value_added AS added
ON use_shares.sector_code = added.sector_code AND added.region = 'EU27'
WHERE material = $material AND use_shares.region = 'EU27' AND use_shares.source_id = 'eu_crm_2023' ORDER BY use
"""
LARGEST = "SELECT max(value_added_million_eur) AS largest FROM sector_value_added WHERE region = 'EU27'"
WITHOUT_INDEX = (
    "no substitution index is carried, so the value is an upper bound, and low takes the lowest index carried"
)


@dataclass(frozen=True)
class Importance:
    """One material: importance of its uses at most and at least [0..10, before substitution], index, sums, draws."""

    material: str
    years: tuple[int, int]
    low: float
    high: float
    total: float
    placed: float
    substitution: Factor
    lowest: float
    drawn: np.ndarray | None = None

    @property
    def index(self) -> float:
        """SI_EI, or 1 where it is left out. [unitless, 0..1]"""
        return self.substitution.value if self.substitution.is_known else 1.0

    @property
    def value(self) -> float | None:
        """Importance, or None where the uses leave more open than a printed digit. [unitless, 0..10]"""
        return self.index * (self.low + self.high) / 2 if self.high - self.low <= SPREAD else None


def measure_economic_importance(
    data: Snapshot, *, materials: Sequence[str], draws: int = 0, seed: int = 0
) -> tuple[list[Record], Lineage]:
    """
    Compute the economic importance of materials in the Union.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials : sequence of str
        Ids.
    draws, seed : int
        Draws of what the rounding of use shares and of the substitution index hides.

    Returns
    -------
    records, lineage
        Per material `value` [unitless, 0..10], `low` and `high`, `use_share_sum`, `substitution_index`, `threshold`;
        with draws also rank, its range and how often it holds. Shares that do not sum to one within 0.02, or that
        have no sector, leave an interval and no value; `reason` names the sum.

    Raises
    ------
    DataError
        If no material has end uses, or the release lacks the tables of the method.

    Notes
    -----
    .. math:: EI = \\frac{10}{\\max_k V_k} \\sum_s A_s V_s \\; SI_{EI}
    """
    check_tables(data)
    found = {material: assess_importance(data, material, draws=draws, seed=seed) for material in materials}
    if all(one is None for one in found.values()):
        raise DataError(
            INDICATOR, "no material has end uses in the release.", which=list(materials),
            fix="monazite data show use_shares lists what there is",
        )  # fmt: skip
    records = [
        compose_importance(one) if one is not None else _nothing(material) for material, one in found.items()
    ]
    ranked = [(record, one) for record, one in zip(records, found.values(), strict=True)
              if one is not None and one.value is not None and one.drawn is not None]  # fmt: skip
    if ranked:
        values = np.array([one.value for _, one in ranked], dtype=float)
        drawn = np.stack([one.drawn for _, one in ranked if one.drawn is not None])
        for (record, _), rank in zip(ranked, rank_draws(values, drawn), strict=True):
            record.update(rank)
    used = {SOURCE, "european_commission"} if any(one is not None for one in found.values()) else set()
    lineage = data.lineage.with_sources(*used).keep_imports(lambda file: "use_shares" in file.tables)
    return records, replace(lineage, seed=seed if draws else None)


def assess_importance(data: Snapshot, material: str, *, draws: int = 0, seed: int = 0) -> Importance | None:
    """Assess one material; None where the release has no end uses of it."""
    rows = data.query(USES, {"material": material})
    if not len(rows["use"]):
        return None
    largest = float(data.query(LARGEST)["largest"][0])
    share, added = rows["use_share"].astype(float), rows["value_added"].astype(float)
    total, placed = float(share.sum()), float(share[np.isfinite(added)].sum())
    low, high = _bound_uses(share, added, largest)
    one = Importance(
        material, (int(rows["first_year"].min()), int(rows["last_year"].max())), low, high, total, placed,
        read_substitution(data, material, IMPORTANCE), lowest_substitution(data, IMPORTANCE),
    )  # fmt: skip
    if not draws:
        return one
    random = np.random.default_rng(mix_seed(seed, material, INDICATOR))
    known = np.isfinite(added)
    shaken = share[known] + random.uniform(-SHARE_ROUNDING, SHARE_ROUNDING, (draws, int(known.sum())))
    moved = LARGEST_SECTOR_SCORE / largest * (np.clip(shaken, 0.0, 1.0) - share[known]) @ added[known]
    open_share = random.uniform(0.0, 1.0, draws)
    index = np.full(draws, 1.0)
    if one.substitution.is_known:
        wide = one.substitution.value + random.uniform(-INDEX_ROUNDING, INDEX_ROUNDING, draws)
        index = np.clip(wide, 0.0, 1.0)
    drawn = np.clip(low + (high - low) * open_share + moved, 0.0, LARGEST_SECTOR_SCORE) * index
    return replace(one, drawn=drawn)


def compose_importance(one: Importance) -> Record:
    """Compose the record of one material."""
    low, high = one.low * one.index, one.high * one.index
    if one.drawn is not None:
        low, high = (float(end) for end in np.quantile(one.drawn, (LOW, HIGH)))
    low = low if one.substitution.is_known else low * one.lowest
    is_open = high - low > EXACT
    notes = []
    if not one.substitution.is_known:
        notes.append(f"{one.material}: {WITHOUT_INDEX}")
    if abs(one.total - 1) > EXACT and one.value is not None:
        notes.append(f"use shares of {one.material} sum to {one.total:.2f}")
    record: Record = {
        "indicator": INDICATOR, "material": one.material, "year": one.years[1],
        "period": f"{one.years[0]}-{one.years[1]}", "region": "EU27", "value": one.value, "unit": "1",
        "low": low if is_open else None, "high": high if is_open else None, "use_share_sum": round(one.total, 6),
        "substitution_index": one.substitution.value if one.substitution.is_known else None,
        "left_out": None if one.substitution.is_known else "substitution",
        "threshold": judge_importance(one.value, low, high), "quality": None,
        "source_ids": (SOURCE, *(["european_commission"] if one.substitution.is_known else [])),
        "note": "; ".join(notes),
    }  # fmt: skip
    if one.value is None:
        lacking = (
            ""
            if one.total - one.placed <= EXACT
            else f", {one.total - one.placed:.2f} of it without a sector"
        )
        record["reason"] = f"use shares of {one.material} sum to {one.total:.2f}{lacking}"
    return record


def judge_importance(value: float | None, low: float, high: float) -> str:
    """
    Say whether the threshold of economic importance is reached, or that the interval leaves it open.

    Examples
    --------
    >>> judge_importance(3.0, 2.9, 3.1), judge_importance(None, 2.5, 3.1)
    ('reached', 'cannot tell')
    """
    reached = {end >= ECONOMIC_IMPORTANCE_THRESHOLD for end in (value, low, high) if end is not None}
    return "cannot tell" if len(reached) > 1 else "reached" if reached == {True} else "not reached"


def _bound_uses(share: np.ndarray, added: np.ndarray, largest: float) -> tuple[float, float]:
    """Bound the importance before substitution: what has no sector, or is not listed, may be any sector or none."""
    known = np.isfinite(added)
    total = float(share.sum())
    scaled = LARGEST_SECTOR_SCORE / largest * float(share[known] @ added[known])
    if known.all() and abs(total - 1) <= USE_SHARE_TOLERANCE + EXACT:
        uses = {"use": np.arange(len(share)).astype(str)}
        exact = economic_importance(
            xr.DataArray(share, dims="use", coords=uses), xr.DataArray(added, dims="use", coords=uses), 1.0,
            largest_value_added=largest,
        )  # fmt: skip
        return float(exact), float(exact)
    if total > 1:
        return scaled / total, scaled
    return scaled, scaled + LARGEST_SECTOR_SCORE * (1 - float(share[known].sum()))


def _nothing(material: str) -> Record:
    return {
        "indicator": INDICATOR, "material": material, "region": "EU27", "value": None, "unit": "1", "low": None,
        "high": None, "quality": None, "source_ids": (), "reason": f"{material}: the release has no end uses of it",
    }  # fmt: skip
