"""GeoPolRisk as flat records, one per material, stage, region and year."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.geopolrisk.scores import Method, score_geopolrisk
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot

Record = dict[str, object]
TRADE_SOURCES = ("baci", "wgi")
EDITION = "hs92"
"""The only edition of the Harmonized System that the scores read."""
UNIT_VALUE = "imports"
"""What stands in `price_basis`, with the year, where the price is the unit value of the imports."""
NO_PRICE = "no characterisation factor where nothing imported has both a value and tonnes"
NUMBERS = ("value", "low", "high", "hhi", "import_risk", "characterisation_factor", "price_usd_per_t",
           "import_gross_t", "production_t", "published_t", "unscored_share")  # fmt: skip


def measure_geopolrisk(
    data: Snapshot,
    *,
    materials: Sequence[str],
    stages: Sequence[str],
    regions: Sequence[str],
    years: Sequence[int],
    method: Method = "monazite",
) -> tuple[list[Record], Lineage]:
    """
    Score every combination; see `score_geopolrisk` for the parameters.

    Returns
    -------
    records, lineage
        One record per combination. Where there is no score the value is None and `reason` says why; `low` and
        `high` are then an interval, where one can be told.

    Raises
    ------
    DataError
        If a name is unknown, or no combination at all has a score or an interval.
    """
    scores = score_geopolrisk(
        data, materials=materials, stages=stages, regions=regions, years=years, method=method
    )
    if not bool((scores["value"].notnull() | scores["high"].notnull()).any()):
        raise _nothing(scores)
    records = list_scores(scores)
    used = {str(source) for record in records for source in _sources(record)}
    lineage = data.lineage.with_sources(*used)
    return records, lineage.keep_imports(lambda file: not file.editions or EDITION in file.editions)


def list_scores(scores: xr.Dataset) -> list[Record]:
    """List the cells of `score_geopolrisk` as records, by material, stage, year and region."""
    numbers = {
        name: _plain(scores[name].broadcast_like(scores["value"])) for name in NUMBERS if name in scores
    }
    weights, reasons = scores["weight"].values.reshape(-1), scores["reason"].values.reshape(-1)
    materials, stages = scores["material"].values.tolist(), scores["stage"].values.tolist()
    places, years = range(scores.sizes["place"]), scores["year"].values.tolist()
    sources, method = scores.attrs["sources"], scores.attrs["method"]
    records = []
    cells = product(places, enumerate(years), scores["region"].values.tolist())
    for cell, (place, (y, year), region) in enumerate(cells):
        found = {name: values[cell] for name, values in numbers.items()}
        has_figure = found["value"] is not None or found["high"] is not None
        is_unpriced = found["value"] is not None and found["characterisation_factor"] is None
        records.append(
            {"indicator": "geopolrisk", "material": materials[place], "year": year, "stage": stages[place],
             "region": region, "method": method, "unit": "1"}
            | found
            | {"price_basis": f"{UNIT_VALUE} {year}" if found["price_usd_per_t"] is not None else None,
               "weight": weights[cell] if has_figure else None}
            | ({"note": NO_PRICE} if is_unpriced else {})
            | ({"reason": reasons[cell]} if found["value"] is None else {})
            | {"quality": None,
               "source_ids": tuple(sorted({*TRADE_SOURCES, *sources.get((place, y), ())})) if has_figure else ()}
        )  # fmt: skip
    return records


def _plain(array: xr.DataArray) -> list[float | None]:
    """Turn an array into numbers, one per cell; None where it is NaN."""
    values = np.asarray(array.transpose("place", "year", "region").values, dtype=float).reshape(-1)
    return [number if np.isfinite(number) else None for number in values.tolist()]


def _sources(record: Record) -> tuple[str, ...]:
    found = record["source_ids"]
    return found if isinstance(found, tuple) else ()


def _nothing(scores: xr.Dataset) -> DataError:
    """Compose the error for a request without any figure."""
    reasons = list(dict.fromkeys(scores["reason"].values.reshape(-1).tolist()))
    return DataError(
        f"geopolrisk, method {scores.attrs['method']}",
        "no combination has a score.",
        which=reasons,
        expected="a material that is produced and traded at one stage in the years asked for",
        fix="ask for other stages, years or regions; monazite data show production lists what there is",
    )
