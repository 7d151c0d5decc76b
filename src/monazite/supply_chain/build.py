"""Build a SupplyChain from a release: raw figures, nothing balanced yet, nothing filled without being told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.provenance import ImportedFile, Lineage
from monazite.snapshot import Snapshot
from monazite.sources.import_file import FILE_MARK
from monazite.supply_chain.baskets import ELEMENTS
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.contents import Estimate, describe_estimates, estimate_contents
from monazite.vocabulary import (
    EDITIONS,
    STAGES,
    Product,
    content_of,
    edition_products,
    mixed_share,
    resolve_material,
    stage_at,
)

Unreported = Literal["zero", "missing"]
UnknownContent = Literal["missing", "gross", "estimate"]
Columns = dict[str, np.ndarray]

REST = "ROW"
"""The importer of trade whose destinations nobody published: every country but the exporter, as one."""
PART = "part: "
"""How the form of a production figure starts that covers only a part of the material, such as some of its elements."""

UNREAD = {"published_production", "supply_shares_reported", "trade_monthly"}
"""Tables of imported rows that no chain reads."""

TRADE = """
WITH lanes AS (
    SELECT year, product_code, exporter, importer, value_usd, source_id, quantity_gross_t AS recorded_t,
           CASE WHEN quality = 'doubtful' THEN NULL ELSE quantity_gross_t END AS trusted_t
    FROM trade WHERE edition = $edition AND list_contains($codes, product_code) AND year BETWEEN $year - 1 AND $year + 1
), own AS (
    SELECT product_code, exporter, importer, sum(value_usd) / sum(trusted_t) AS usd_per_t
    FROM lanes WHERE year <> $year AND trusted_t > 0 AND value_usd > 0 GROUP BY ALL
), usual AS (
    SELECT product_code, sum(value_usd) / sum(trusted_t) AS usd_per_t
    FROM lanes WHERE year = $year AND trusted_t > 0 AND value_usd > 0 GROUP BY ALL
)
SELECT product_code, exporter, importer, value_usd, source_id,
       coalesce(lanes.trusted_t, value_usd / coalesce(own.usd_per_t, usual.usd_per_t)) AS trusted_t,
       recorded_t,
       lanes.trusted_t IS NULL AS is_imputed
FROM lanes LEFT JOIN own USING (product_code, exporter, importer) LEFT JOIN usual USING (product_code)
WHERE year = $year
ORDER BY product_code, exporter, importer
"""
PRODUCTION = """
SELECT stage, country, production_t, quality, source_id, form, note FROM production
WHERE material = $material AND year = $year ORDER BY stage, country
"""
PRODUCED_BY = "SELECT DISTINCT source FROM production WHERE material = $material AND year = $year"
EDITIONS_WITH_TRADE = """
SELECT edition, product_code, bool_or(source_id = 'baci') AS is_whole FROM trade WHERE year = $year GROUP BY ALL
"""
TRADE_BY_FORM = """
SELECT stage, exporter, importer, trade_t, source_id FROM trade_by_form
WHERE material = $material AND year = $year ORDER BY stage, exporter, importer
"""


def build_supply_chain(
    data: Snapshot,
    *,
    material: str,
    year: int,
    unreported: Unreported = "zero",
    unknown_content: UnknownContent = "missing",
    product_codes: Sequence[str] | None = None,
) -> SupplyChain:
    """
    Join production and trade of one material and year.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material : str
        Id or name of the material.
    year : int
        Calendar year.
    unreported : {"zero", "missing"}, default "zero"
        What a country without a figure counts as, at a stage where other countries have one. Trade lanes that
        BACI does not list are no trade in either case: BACI lists every reported flow.
    unknown_content : {"missing", "gross", "estimate"}, default "missing"
        What to do where no source gives the content of the material in a traded product: leave `trade_t`
        missing, count the gross weight as content (an upper bound; `trade_gross_t` has it in any case), or count
        an estimate of ours (`estimate_contents`; `content_basis` says how, `content_sd_t` how far it may be off).
    product_codes : sequence of str, optional
        Only these codes of one edition, such as "hs92:284690". By default all codes of the material, in the
        newest edition of the Harmonized System with trade in them that year; BACI comes before UN Comtrade.

    Returns
    -------
    SupplyChain
        Arrays with dims (stage, country | exporter, importer) [t contained material a year].

    Raises
    ------
    DataError
        If the material or a code is unknown, or the release has nothing for that material and year.

    Notes
    -----
    Quantities that BACI lacks (2 to 14 % of a year's rows) or that fail the unit-value test are imputed as value
    over the lane's own unit value in the years beside it, else over the year's mean unit value of the code;
    `imputed_t` holds them, so that their weight can be seen. Where there is no unit value either, as in the rare
    earths of 1995-1998 of which nobody's tonnes are published, `trade_t` and `imputed_t` are missing.
    `trade_gross_t` is what customs recorded, doubted or not, and nothing else: where they recorded a value without
    tonnes, only `trade_usd` has it (docs/decisions/0002).
    What an exporter ships that mines and does not refine is traded at the stage of what is mined (`stage_at`).
    A code that mixes materials counts with the documented share of this one, where there is one for the exporter
    and year; where there is none its content is unknown.
    What a country exports beyond production and imports is `residual_t`, shown and never spread:

    .. math:: U_c = \\max(0, P_c + M_c - X_c), \\quad R_c = \\max(0, X_c - P_c - M_c)
    """
    material = resolve_material(material)
    edition = _choose_edition(data, material, year, product_codes)
    chosen = _choose_products(material, year, edition, product_codes)
    production = data.query(PRODUCTION, {"material": material, "year": year})
    by_form = data.query(TRADE_BY_FORM, {"material": material, "year": year})
    codes = [product.code for product in chosen]
    trade = data.query(TRADE, {"year": year, "codes": codes, "edition": edition})
    if not len(production["stage"]) and not len(by_form["stage"]) and not len(trade["exporter"]):
        raise DataError(
            f"{material} {year}",
            f"release {data.manifest.release} has neither production nor trade.",
            expected=_describe_years(data, material, codes),
            fix=f"monazite data elements --element {material} splits the mining of rare earths"
            if material in ELEMENTS
            else "monazite data show production lists what there is",
        )
    arrays = _empty_arrays(_countries(production, trade, by_form))
    _fill_production(arrays, production, unreported)
    estimates = (
        estimate_contents(data, material=material, year=year, edition=edition, products=chosen)
        if unknown_content == "estimate"
        else {}
    )
    _fill_trade(arrays, trade, chosen, year, estimates, 1.0 if unknown_content == "gross" else np.nan)
    _fill_trade_by_form(arrays, by_form)
    sources = {*production["source_id"], *by_form["source_id"], *trade["source_id"]}
    lineage = _name_imports(data, material, year, edition).with_sources(*map(str, sources))
    return SupplyChain(material, year, balance_residual(arrays), lineage)


def balance_residual(arrays: xr.Dataset) -> xr.Dataset:
    """
    Compute use and residual where production and trade are known and speak of the same thing; NaN elsewhere.

    Production that covers only a part of the material (`is_part`) does not balance with trade in all of it.

    Examples
    --------
    A country that mines 5, imports 10 and exports 20 has a residual of 20 - 15 = 5 and uses nothing.
    """
    imports = arrays["trade_t"].sum("exporter", skipna=False).rename(importer="country")
    exports = arrays["trade_t"].sum("importer", skipna=False).rename(exporter="country")
    net = arrays["production_t"] + imports - exports
    if "is_part" in arrays:
        net = net.where(~arrays["is_part"])
    return arrays.assign(
        apparent_consumption_t=net.clip(min=0).transpose("stage", "country"),
        residual_t=(-net).clip(min=0).transpose("stage", "country"),
    )


def _name_imports(data: Snapshot, material: str, year: int, edition: str) -> Lineage:
    """Leave out of the lineage the user's files of which the chain has neither production nor trade."""
    if not data.lineage.imports:
        return data.lineage
    rows = data.query(PRODUCED_BY, {"material": material, "year": year})
    named = {str(source).partition(FILE_MARK)[2] for source in rows["source"]}

    def was_read(file: ImportedFile) -> bool:
        if "production_reports" in file.tables:
            return file.file in named
        return bool(set(file.tables) - UNREAD) and (not file.editions or edition in file.editions)

    return data.lineage.keep_imports(was_read)


def _choose_edition(data: Snapshot, material: str, year: int, product_codes: Sequence[str] | None) -> str:
    """
    Choose the edition of the codes asked for, else the newest with trade in the material's codes of that year.

    Editions in which CEPII reconciled the trade of all countries come first: single reports to UN Comtrade leave out
    whoever did not report.
    """
    asked = {code.partition(":")[0] for code in product_codes or ()} & set(EDITIONS)
    if not asked:
        rows = data.query(EDITIONS_WITH_TRADE, {"year": year})
        names = [name for name in EDITIONS if name in set(rows["edition"])]
        codes = {
            name: {p.code for p in edition_products(name, material) if is_evidence(p, year)} for name in names
        }
        lines = zip(*(rows[name].tolist() for name in ("edition", "product_code", "is_whole")), strict=True)
        found = {(name, whole) for name, code, whole in lines if code in codes.get(name, ())}
        asked = {name for name, whole in found if whole} or {name for name, _ in found}
    return max(asked, key=EDITIONS.index, default=EDITIONS[0])


def _choose_products(
    material: str, year: int, edition: str, product_codes: Sequence[str] | None
) -> tuple[Product, ...]:
    known = {p.product_code: p for p in edition_products(edition, material) if is_evidence(p, year)}
    if product_codes is None:
        return tuple(known.values())
    wrong = [code for code in product_codes if code not in known]
    if wrong:
        raise DataError(
            f"product codes of {material} in {year}",
            "are unknown, or ended before.",
            which=wrong,
            expected=", ".join(sorted(known)) or f"none: no code of that year holds {material}",
        )
    return tuple(known[code] for code in product_codes)


def _describe_years(data: Snapshot, material: str, codes: Sequence[int]) -> str:
    found = data.query(
        "SELECT DISTINCT year FROM production WHERE material = $material UNION "
        "SELECT DISTINCT year FROM trade WHERE list_contains($codes, product_code) ORDER BY year",
        {"material": material, "codes": list(codes)},
    )["year"]
    return (
        f"a year of {found.min()} to {found.max()}"
        if len(found)
        else "another material: it has no year of this one"
    )


def _countries(*tables: Columns) -> list[str]:
    names = {
        str(code)
        for table in tables
        for key in ("country", "exporter", "importer")
        for code in table.get(key, [])
    }
    return sorted(names)


def _empty_arrays(countries: list[str]) -> xr.Dataset:
    names, n = list(STAGES), len(countries)
    lanes, cells = (len(names), n, n), (len(names), n)
    dims = ("stage", "exporter", "importer")
    return xr.Dataset(
        {
            "production_t": (("stage", "country"), np.full(cells, np.nan)),
            "quality": (("stage", "country"), np.full(cells, "missing", dtype="<U10")),
            **{
                name: (("stage",), np.full(len(names), "", dtype=object))
                for name in ("form", "production_source", "trade_source", "content_basis")
            },
            "is_gross": (("stage",), np.zeros(len(names), dtype=bool)),
            "is_part": (("stage",), np.zeros(len(names), dtype=bool)),
            "is_rest_trade": (("stage",), np.zeros(len(names), dtype=bool)),
            **{
                name: (dims, np.full(lanes, np.nan))
                for name in ("trade_t", "trade_gross_t", "trade_usd", "imputed_t", "content_sd_t")
            },
        },
        coords={"stage": names, "country": countries, "exporter": countries, "importer": countries},
    )


def _fill_production(arrays: xr.Dataset, production: Columns, unreported: Unreported) -> None:
    index = {code: i for i, code in enumerate(arrays["country"].values)}
    for stage in dict.fromkeys(production["stage"]):
        at = list(arrays["stage"].values).index(stage)
        if unreported == "zero":
            arrays["production_t"].values[at] = 0.0
        rows = np.flatnonzero(production["stage"] == stage)
        for row in rows:
            where = at, index[production["country"][row]]
            arrays["production_t"].values[where] = production["production_t"][row]
            arrays["quality"].values[where] = production["quality"][row]
        arrays["form"].values[at] = "; ".join(dict.fromkeys(production["form"][rows]))
        arrays["is_part"].values[at] = any(str(form).startswith(PART) for form in production["form"][rows])
        arrays["production_source"].values[at] = "; ".join(sorted(set(production["source_id"][rows])))


def _fill_trade(
    arrays: xr.Dataset,
    trade: Columns,
    chosen: Sequence[Product],
    year: int,
    estimates: Mapping[tuple[str, str], Estimate],
    fallback: float,
) -> None:
    """
    Sum the products of each stage; where no source gives a content, the estimate counts, else the fallback.

    A lane is NaN in `trade_t` if the content or the tonnes of one of its products are unknown.
    """
    index = {code: i for i, code in enumerate(arrays["country"].values)}
    for product, stage, rows in _rows_by_stage(trade, chosen):
        at = list(arrays["stage"].values).index(stage)
        exporter = np.array([index[code] for code in trade["exporter"][rows]])
        importer = np.array([index[code] for code in trade["importer"][rows]])
        sellers = [str(code) for code in trade["exporter"][rows]]
        known = {code: _content(product, code, year) for code in set(sellers)}
        guessed = {
            code: estimates[product.product_code, code]
            for code, factor in known.items()
            if factor is None and (product.product_code, code) in estimates
        }
        factor = {code: value if value is not None else fallback for code, value in known.items()} | {
            code: estimate.factor for code, estimate in guessed.items()
        }
        content = np.array([factor[code] for code in sellers])
        spread = np.array([guessed[code].relative_sd if code in guessed else 0.0 for code in sellers])
        trusted = trade["trusted_t"][rows]
        for name, tonnes in {
            "trade_gross_t": np.nan_to_num(trade["recorded_t"][rows]),
            "trade_usd": trade["value_usd"][rows],
            "imputed_t": trusted * trade["is_imputed"][rows],
            "trade_t": trusted * content,
            "content_sd_t": trusted * content * spread,
        }.items():
            _add(arrays[name].values[at], exporter, importer, tonnes)
        _join_text(arrays["trade_source"], at, map(str, trade["source_id"][rows]))
        _join_text(arrays["content_basis"], at, describe_estimates(product, guessed))
        if fallback == 1.0:
            arrays["is_gross"].values[at] |= None in known.values()


def _rows_by_stage(trade: Columns, chosen: Sequence[Product]) -> Iterator[tuple[Product, str, np.ndarray]]:
    """Yield the rows of every product, apart by the stage of what its exporters ship."""
    for product in chosen:
        rows = np.flatnonzero(trade["product_code"] == product.code)
        stages = np.array([stage_at(product, str(code)) for code in trade["exporter"][rows]])
        for stage in dict.fromkeys(stages.tolist()):
            yield product, stage, rows[stages == stage]


def _join_text(array: xr.DataArray, at: int, words: Iterable[str]) -> None:
    """Add words to those that a stage has, each once, in order."""
    seen = {*str(array.values[at]).split("; "), *words} - {""}
    array.values[at] = "; ".join(sorted(seen))


def is_evidence(product: Product, year: int) -> bool:
    """
    Whether trade under a code says anything in a year: some codes ended while reports under them went on.

    HS92 811230 (germanium) ended with HS 2007; what is reported under it since is no evidence.
    """
    return (product.valid_from or year) <= year <= (product.valid_to or year)


def _content(product: Product, exporter: str, year: int) -> float | None:
    """Tonnes of material per gross tonne; None where no source gives it, nor a split of a code that mixes some."""
    factor = content_of(product, exporter).factor
    return mixed_share(product.product_code, product.material, exporter, year) if factor is None else factor


def _add(target: np.ndarray, exporter: np.ndarray, importer: np.ndarray, amount: np.ndarray) -> None:
    """Add lanes to an (exporter, importer) array, which is NaN as a whole until its first product."""
    if np.isnan(target).all():
        target[...] = 0.0
    np.add.at(target, (exporter, importer), amount)


def _fill_trade_by_form(arrays: xr.Dataset, by_form: Columns) -> None:
    """Trade of one form that no HS code separates; only where the codes gave nothing at that stage."""
    index = {code: i for i, code in enumerate(arrays["country"].values)}
    for stage in dict.fromkeys(by_form["stage"]):
        at = list(arrays["stage"].values).index(stage)
        rows = np.flatnonzero(by_form["stage"] == stage)
        exporter = np.array([index[code] for code in by_form["exporter"][rows]])
        importer = np.array([index[code] for code in by_form["importer"][rows]])
        if np.isnan(arrays["trade_t"].values[at]).all():
            for name in ("trade_t", "trade_gross_t"):
                _add(arrays[name].values[at], exporter, importer, by_form["trade_t"][rows])
            arrays["trade_source"].values[at] = "; ".join(sorted(set(by_form["source_id"][rows])))
            arrays["is_rest_trade"].values[at] = REST in by_form["importer"][rows]
