"""The lanes of a chain as flat records: who sells how much to whom, what was reported, how far the balance moved it."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from monazite.supply_chain.balance import BALANCED
from monazite.supply_chain.biproportional import FITTED, is_fitted
from monazite.supply_chain.build import REST
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.newton import Floats
from monazite.supply_chain.planted import find_class
from monazite.supply_chain.records import Record

PARTS = (
    "trade_t", "trade_raw_t", "trade_sd_t", "trade_z", "trade_gross_t", "trade_usd", "imputed_t", "content_sd_t"
)  # fmt: skip
UNKNOWN_CONTENT = "the tonnes of material in what is traded are not known"


def lane_records(chain: SupplyChain, stages: Sequence[str] = ()) -> list[Record]:
    """
    List the lanes of a chain, the largest of each stage first.

    Parameters
    ----------
    chain : SupplyChain
        Raw, or from `reconcile`.
    stages : sequence of str, optional
        Only these; all by default.

    Returns
    -------
    list of records
        Labels material, year, stage, exporter, importer (and `country`, the exporter), quantity `trade_t`; `value`
        [t contained a year], None with a `reason` where the content is unknown; `gross_t` [t], `value_usd` as customs
        recorded them; `quality`: reported, imputed (tonnes from the value, content estimated, or fitted to margins) or
        estimated (known by form only); `weight`: contained, estimated (`content` says how) or gross. Of a reconciled
        stage `before`, `sd` after the balance, `z` of the adjustment, of a raw one None.
        `carried_share` is the lane over all that its exporter has [0..1], `found_share` the share of errors of five
        times on such lanes for which the gross-error test names a balance, `listed_share` that on whose lists the lane
        stands; None where the lane is smaller than any that was tried.

    Examples
    --------
    Of a country that has 100 t and sells 30 to one buyer, that lane carries 0.3.
    """
    arrays = chain.arrays
    names = [str(name) for name in arrays["stage"].values]
    records: list[Record] = []
    for at, stage in enumerate(names):
        if stages and stage not in stages:
            continue
        here = arrays.isel(stage=at).transpose(..., "exporter", "importer")
        records += _stage_lanes(chain, here, stage)
    return records


def _stage_lanes(chain: SupplyChain, here: xr.Dataset, stage: str) -> list[Record]:
    parts = {
        name: here[name].values if name in here else np.full(here["trade_t"].shape, np.nan) for name in PARTS
    }
    parts["carried_share"] = _carried(here)
    is_balanced = "balance_state" in here and str(here["balance_state"].item()) == BALANCED
    trade = parts["trade_t"]
    gross, usd = np.nan_to_num(parts["trade_gross_t"]), np.nan_to_num(parts["trade_usd"])
    common: Record = {
        "material": chain.material, "year": chain.year, "stage": stage, "quantity": "trade_t", "unit": "t",
        "quality": "estimated" if np.isnan(parts["trade_usd"]).all() else "reported",
        "weight": "gross" if "is_gross" in here and bool(here["is_gross"]) else "contained",
        "source_ids": chain.sources(stage, "trade"),
    }  # fmt: skip
    content = str(here["content_basis"].item()) if "content_basis" in here else ""
    wanted = np.argwhere((np.nan_to_num(trade) > 0) | (gross > 0) | (usd > 0))
    rank = np.where(np.isnan(trade), gross, trade)
    codes = chain.countries
    return [
        common
        | {"country": codes[i], "exporter": codes[i], "importer": codes[j]}
        | _describe_lane(parts, (i, j), is_balanced=is_balanced)
        | _describe_quality(parts, (i, j), content)
        | {"note": _note_lane(codes[j], is_estimate=is_fitted(chain, stage))}
        for i, j in sorted(map(tuple, wanted.tolist()), key=lambda lane: (-float(rank[lane]), lane))
    ]


def _describe_lane(parts: Mapping[str, Floats], lane: tuple[int, int], *, is_balanced: bool) -> Record:
    """The figures of a lane, and what the gross-error test would find of an error in it."""
    value, share = _number(parts["trade_t"][lane]), _number(parts["carried_share"][lane])
    found = find_class(share) if is_balanced and share is not None else None
    return {
        "value": value, "before": _number(parts["trade_raw_t"][lane]) if is_balanced else value,
        "sd": _number(parts["trade_sd_t"][lane]) if is_balanced else None,
        "z": _number(parts["trade_z"][lane]) if is_balanced else None,
        "gross_t": _number(parts["trade_gross_t"][lane]), "value_usd": _number(parts["trade_usd"][lane]),
        "carried_share": share, "found_share": found.named_share if found else None,
        "listed_share": found.ten_share if found else None, "reason": UNKNOWN_CONTENT if value is None else None,
    }  # fmt: skip


def _describe_quality(parts: Mapping[str, Floats], lane: tuple[int, int], content: str) -> Record:
    """Say of a lane where tonnes or content were imputed."""
    if parts["content_sd_t"][lane] > 0:
        return {"quality": "imputed", "weight": "estimated", "content": content}
    return {"quality": "imputed"} if parts["imputed_t"][lane] > 0 else {}


def _note_lane(importer: str, *, is_estimate: bool) -> str | None:
    notes = [FITTED] if is_estimate else []
    return "; ".join([*notes, *(["its buyers are not told apart"] if importer == REST else [])]) or None


def _carried(here: xr.Dataset) -> Floats:
    """Each lane over all that its exporter has, before the balance; NaN where production or trade is not known."""
    raw = "trade_raw_t" if "trade_raw_t" in here else "trade_t"
    made = "production_raw_t" if "production_raw_t" in here else "production_t"
    trade = here[raw].values
    has = np.maximum(here[made].values + trade.sum(axis=0), trade.sum(axis=1))[:, None]
    return np.asarray(np.divide(trade, has, out=np.full_like(trade, np.nan), where=has > 0))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
