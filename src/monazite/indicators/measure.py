"""Measures over any set of materials, stages, regions and years, as flat records."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
import xarray as xr

from monazite.errors import DataError, nearest_names
from monazite.indicators.concentration import herfindahl_hirschman_index, top_suppliers
from monazite.indicators.dependence import imports_by_partner
from monazite.indicators.geopolrisk.records import measure_geopolrisk
from monazite.indicators.geopolrisk.scores import Method
from monazite.indicators.governance import governance_weighted_hhi, scale_governance
from monazite.indicators.production_notes import add_notes
from monazite.indicators.published_shares import list_published_shares
from monazite.indicators.single_source import single_source_test
from monazite.provenance import ImportedFile, Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, build_governance_estimate, build_supply_chain
from monazite.vocabulary import resolve_region

Record = dict[str, object]
REST = "ROW"
MAX_GAP = 0.01
"""Widest gap between the bounds of an index at which their middle is given. [of the lower; source: this project]"""
CUSTOMS_READING = (
    "the test as it is mostly quoted: the largest customs partner in imports. Art. 5(1)(b) of Regulation (EU) "
    "2024/1252 compares with the Union's consumption of each strategic material at each stage"
)
Measure = Callable[[Snapshot, SupplyChain, str, str], list[Record]]


def measure(
    data: Snapshot,
    indicator: str,
    *,
    materials: Sequence[str],
    stages: Sequence[str],
    regions: Sequence[str],
    years: Sequence[int],
    product_codes: Sequence[str] | None = None,
    method: Method | None = None,
) -> tuple[list[Record], Lineage]:
    """
    Compute one indicator for every combination.

    Parameters
    ----------
    data : Snapshot
        An open release.
    indicator : str
        A name of `NAMES`.
    materials, stages, regions, years : sequences
        Resolved names; `regions` counts only for the indicators of imports.
    product_codes : sequence of str, optional
        Only trade in these codes, such as "hs92:284690"; not for `geopolrisk`.
    method : {"monazite", "geopolrisk-py"}, optional
        Whose rules, for `geopolrisk` only; "monazite" by default.

    Returns
    -------
    records, lineage
        One or more records per combination: labels, then value, unit, low, high, quality, source_ids. Where
        the release has no figure the value is None and `reason` says why.

    Raises
    ------
    DataError
        If the indicator is unknown, an option is not for it, or no combination at all has a figure.
    """
    check_options(indicator, method=method, product_codes=product_codes)
    if indicator == GEOPOLRISK:
        return measure_geopolrisk(
            data,
            materials=materials,
            stages=stages,
            regions=regions,
            years=years,
            method=method or "monazite",
        )
    compute, needs_region = INDICATORS[indicator]
    records: list[Record] = []
    failures: list[DataError] = []
    lineage = data.lineage
    imports: set[ImportedFile] = set()
    places = [*product(stages, regions)] if needs_region else [(stage, "") for stage in stages]
    for material, year in product(materials, years):
        try:
            chain = build_supply_chain(data, material=material, year=year, product_codes=product_codes)
        except DataError as error:
            failures.append(error)
            key = indicator, material, year
            for stage, region in places:
                found = _told_shares(data, key, stage) or [_missing(stage, region, error)]
                lineage = lineage.with_sources(*_sources(found))
                records += [_complete(key, record) for record in found]
            continue
        imports |= set(chain.lineage.imports)
        for stage, region in places:
            used = chain.sources(stage, *KINDS[indicator])
            lineage = lineage.with_sources(
                *used, *(["wgi"] if indicator == "governance-weighted-hhi" else [])
            )
            try:
                found = compute(data, chain, stage, region)
                if not needs_region:
                    found = add_notes(data, found, chain.material, stage, year)
            except DataError as error:
                failures.append(error)
                key = indicator, chain.material, year
                found = _told_shares(data, key, stage) or [_missing(stage, region, error)]
                lineage = lineage.with_sources(*_sources(found))
            key = indicator, chain.material, year
            records += [_complete(key, {"source_ids": used} | record) for record in found]
    if failures and all(record["value"] is None for record in records):
        raise failures[0]
    return records, lineage.keep_imports(lambda file: file in imports or "supply_shares" in file.tables)


def measure_hhi(data: Snapshot, chain: SupplyChain, stage: str, region: str) -> list[Record]:
    """
    Concentration of production by country, 0..1.

    Where a source names some producers and gives the others as one sum (`ROW`), `value` and `high` count that sum as
    one supplier and `low` as infinitely many.
    """
    production_t = _production(chain, stage)
    hhi = _number(herfindahl_hirschman_index(production_t))
    rest = _rest_share(production_t)
    bounds = {"low": hhi - rest**2, "high": hhi} if rest and hhi is not None else {}
    return [{"stage": stage, "value": hhi, "unit": "1", **_production_labels(chain, stage), **bounds}]


def measure_governance_weighted_hhi(
    data: Snapshot, chain: SupplyChain, stage: str, region: str
) -> list[Record]:
    """
    Concentration of production, each share squared times the score of political stability 0..10.

    A producer without a score, or a sum of others (`ROW`), counts from 0 to 10: `low` and `high`. Where they differ
    by more than 1 %, there is no `value`.
    """
    production_t = _production(chain, stage)
    producers = production_t[production_t.values > 0]
    score = scale_governance(build_governance_estimate(data, chain.year)).reindex(
        country=producers["country"].values
    )
    missing = [str(code) for code in producers["country"].values[score.isnull().values]]
    low, high = (_number(governance_weighted_hhi(producers, score.fillna(end))) for end in (0.0, 10.0))
    labels = {
        "stage": stage,
        "unit": "1",
        **_production_labels(chain, stage),
        "governance": "political stability",
    }
    if not missing or low is None or high is None:
        return [{"value": low, **labels}]
    words = f"no governance score for {', '.join(missing)}"
    value = (low + high) / 2 if high - low <= MAX_GAP * low else None
    reason = {} if value else {"reason": words}
    return [{"value": value, **labels, "low": low, "high": high, **reason, "note": words}]


def measure_top_share(
    data: Snapshot, chain: SupplyChain, stage: str, region: str, n: int = 5
) -> list[Record]:
    """Shares of the five largest producers that a source names; a sum of others (`ROW`) comes last, unranked."""
    production_t = _production(chain, stage)
    rest = _rest_share(production_t)
    ranked = top_suppliers(production_t, n=n + 1)
    ranked = ranked.isel(rank=np.flatnonzero(ranked["supplier"].values != REST)[:n])
    ranked = ranked.assign_coords(rank=np.arange(1, ranked.sizes["rank"] + 1))
    labels = _production_labels(chain, stage)
    quality = chain.quality.sel(stage=stage)
    return [
        {
            "stage": stage, "rank": int(rank), "country": str(ranked["supplier"].sel(rank=rank).item()),
            "value": _number(ranked["share"].sel(rank=rank)), "unit": "share", **labels,
            "quality": str(quality.sel(country=ranked["supplier"].sel(rank=rank).item()).item()),
        }
        for rank in ranked["rank"].values
        if float(ranked["share"].sel(rank=rank)) > 0
    ] + [
        {"stage": stage, "rank": None, "country": REST, "value": rest, "unit": "share", **labels}
        for _ in range(rest > 0)
    ]  # fmt: skip


def measure_import_share(
    data: Snapshot, chain: SupplyChain, stage: str, region: str, n: int = 5
) -> list[Record]:
    """Shares of the five largest customs partners in a region's imports, by gross weight."""
    import_t = _imports(chain, stage, region)
    ranked = top_suppliers(import_t, over="exporter", n=n)
    return [
        {
            "stage": stage, "region": region, "by": "imports", "rank": int(rank),
            "exporter": str(ranked["supplier"].sel(rank=rank).item()),
            "value": _number(ranked["share"].sel(rank=rank)), "unit": "share", "weight": "gross",
            "import_gross_t": round(float(import_t.sum()), 1),
        }
        for rank in ranked["rank"].values
        if float(ranked["share"].sel(rank=rank)) > 0
    ]  # fmt: skip


def measure_single_source(data: Snapshot, chain: SupplyChain, stage: str, region: str) -> list[Record]:
    """The 65 % test by customs partner: share, verdict and tonnes to move."""
    test = single_source_test(_imports(chain, stage, region))
    return [
        {
            "stage": stage, "region": region, "by": "imports", "exporter": str(test["supplier"].item()),
            "value": _number(test["share"]), "unit": "share", "verdict": str(test["verdict"].item()),
            "weight": "gross", "numerator_t": _number(test["numerator_t"]),
            "denominator_t": _number(test["denominator_t"]), "move_t": _number(test["move_t"]),
            "note": CUSTOMS_READING,
        }
    ]  # fmt: skip


INDICATORS: Mapping[str, tuple[Measure, bool]] = {
    "hhi": (measure_hhi, False),
    "governance-weighted-hhi": (measure_governance_weighted_hhi, False),
    "top-share": (measure_top_share, False),
    "import-share": (measure_import_share, True),
    "single-source": (measure_single_source, True),
}
"""Name on the command line -> function, and whether it needs a region."""

GEOPOLRISK = "geopolrisk"
NAMES = (*INDICATORS, GEOPOLRISK)
"""Every indicator; those of `INDICATORS` look at one chain at a time, GeoPolRisk at all of them at once."""

ABOUT_IMPORTS = (*(name for name, (_, needs_region) in INDICATORS.items() if needs_region), GEOPOLRISK)
"""Indicators that need a region."""

KINDS = {
    name: ("trade",) if needs_region else ("production",) for name, (_, needs_region) in INDICATORS.items()
}
"""Name -> which figures of a chain it uses, for the sources of its records."""


def check_options(indicator: str, *, method: str | None, product_codes: Sequence[str] | None) -> None:
    """
    Raise DataError unless the indicator is known and takes the options that are given.

    Raises
    ------
    DataError
        If the indicator is unknown, or `method` or `product_codes` is not for it.
    """
    if indicator not in NAMES:
        raise DataError("indicator", f"{indicator!r} is unknown.", fix=nearest_names(indicator, NAMES))
    if product_codes is not None and indicator not in ABOUT_IMPORTS:
        raise DataError(
            "product_codes", f"{indicator} looks at production, not at trade.", fix="leave them out"
        )
    if indicator == GEOPOLRISK and product_codes is not None:
        raise DataError("product_codes", f"{indicator} takes all codes of a material and stage.")
    if indicator != GEOPOLRISK and method is not None:
        raise DataError(
            "method", f"{indicator} has one method.", fix=f"leave it out, or measure {GEOPOLRISK}"
        )


def explain(error: DataError) -> str:
    """Write why a record has no value, in one line."""
    return " ".join([error.what, *map(str, error.which[:3])])


def _production(chain: SupplyChain, stage: str) -> xr.DataArray:
    chain.check_stage(stage, "production_t")
    return chain.production_t.sel(stage=stage)


def _rest_share(production_t: xr.DataArray) -> float:
    """Share of what a source gives only as a sum of other countries; 0 where it names them all."""
    if REST not in production_t["country"].values or not float(production_t.sum()) > 0:
        return 0.0
    return float(production_t.sel(country=REST) / production_t.sum())


def _production_labels(chain: SupplyChain, stage: str) -> Record:
    quality = {str(mark) for mark in chain.quality.sel(stage=stage).values} - {"missing"}
    return {
        "by": "country",
        "form": str(chain.arrays["form"].sel(stage=stage).item()),
        "quality": ", ".join(sorted(quality)),
        "total_t": round(float(chain.production_t.sel(stage=stage).sum()), 1),
    }


def _imports(chain: SupplyChain, stage: str, region: str) -> xr.DataArray:
    chain.check_stage(stage, "trade_gross_t")
    if region == "world":
        raise DataError(
            "region", "the world imports from nobody.", expected="a country or group, such as JPN or EU27"
        )
    members = [code for code in resolve_region(region, chain.year) if code in chain.countries]
    if not members:
        raise DataError(f"{chain.material} {chain.year}, {stage}", f"{region} trades nothing here.")
    import_t = imports_by_partner(chain.trade_gross_t.sel(stage=stage), importers=members)
    if not float(import_t.sum()) > 0:
        raise DataError(
            f"{chain.material} {chain.year}, {stage}", f"{region} has no imports with recorded tonnes."
        )
    return import_t


def _number(value: object) -> float | None:
    number = float(np.asarray(value))
    return number if np.isfinite(number) else None


def _complete(key: tuple[str, str, int], record: Record) -> Record:
    """Put the labels that every record has before, and the fields of uncertainty after."""
    ends = {"low": None, "high": None, "quality": None, "source_ids": ()}
    return (
        dict(zip(("indicator", "material", "year"), key, strict=True))
        | record
        | {name: record.get(name, value) for name, value in ends.items()}
    )


def _told_shares(data: Snapshot, key: tuple[str, str, int], stage: str) -> list[Record]:
    """Shares that a source publishes without tonnes, for `top-share`; none for other indicators."""
    indicator, material, year = key
    return list_published_shares(data, material, stage, year) if indicator == "top-share" else []


def _sources(records: Sequence[Record]) -> set[str]:
    return {str(source) for record in records for source in record.get("source_ids", ()) or ()}  # type: ignore[attr-defined]


def _missing(stage: str, region: str, error: DataError) -> Record:
    place = {"stage": stage, "region": region} if region else {"stage": stage}
    return place | {"value": None, "reason": explain(error)}
