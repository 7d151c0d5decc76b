"""Elements of a rare-earth basket, balanced with each other: what an ore gives of one it gives of all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from monazite.errors import DataError, nearest_names
from monazite.snapshot import Snapshot
from monazite.supply_chain.baskets import ELEMENTS
from monazite.supply_chain.build import balance_residual
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.deviations import adjusted_deviations
from monazite.supply_chain.elements import ElementProduction, element_production
from monazite.supply_chain.newton import BalanceSystem, Floats, solve_balance
from monazite.supply_chain.pedigree import LEAST, MOST, read_deviations
from monazite.vocabulary import STAGES

UNIFORM = float(np.sqrt(12.0))
"""Width of a uniform distribution over its standard deviation. [1]"""
FREE = 10.0
"""Deviation of a figure that nobody reports, over the rare-earth oxides of its country: so wide that it follows. [1]"""
EXTRACTION = "extraction"
FORM = "oxide, computed from rare-earth oxides and the baskets of their deposits"
TOTALS = ("reo_t", "reo_sd_t", "unknown_t")
RESULTS = ("production_t", "production_sd_t", "before_t", "reported_t")


@dataclass(frozen=True)
class ElementReport:
    """What somebody reports of one element in one country [t oxide a year], with its standard deviation."""

    element: str
    country: str
    production_t: float
    sd_t: float


def reconcile_elements(
    found: ElementProduction, reports: Sequence[ElementReport] = (), *, reo_sd: float | None = None
) -> xr.Dataset:
    r"""
    Balance the elements of each country's rare-earth oxides with each other.

    Parameters
    ----------
    found : ElementProduction
        Rare-earth oxides by country and the baskets behind them, from `element_production`.
    reports : sequence of ElementReport, optional
        What is known of single elements beside that.
    reo_sd : float, optional
        Relative standard deviation of the rare-earth oxides; that of reported production by default.

    Returns
    -------
    Dataset, dims (element, country)
        `production_t` and `production_sd_t` after; `before_t`, what the baskets alone say; `reported_t` [t oxide a
        year]. NaN where neither an analysis nor a report tells the element. With dim (country): `reo_t`, `reo_sd_t` and
        `unknown_t`, oxides of no known element.

    Raises
    ------
    DataError
        If a report names an unknown element or country, or its figures are negative, absurd or given twice; all at
        once.

    Notes
    -----
    With q the oxides of a country and k the share of element e in the deposits that were analysed,

    .. math:: P_e = k_e q + d_e + v_e, \qquad \sum_e P_e + U = q,

    d what the analyses differ by (deviation: their range over the square root of 12), v >= 0 what deposits without an
    analysis may hold (0 +- the unknown oxides of the country), U >= 0 the oxides of no known element. All are moved as
    little as their deviations allow. A report of one element so moves the oxides, and with them every other element:
    one ore cannot give more of one alone.

    Examples
    --------
    1,000 t of oxides, 0.4 of them neodymium and 0.6 cerium, known to 13 %; somebody reports 440 +- 20 t of neodymium.
    The baskets say 400 +- 52 t, so that the oxides rise by 0.4 x 130^2 / (52^2 + 20^2) x 40 = 87 t, and cerium by 52.
    """
    _check_reports(found, reports)
    share = read_deviations()["production", "reported"] if reo_sd is None else reo_sd
    countries = [str(code) for code in found.arrays["country"].values]
    shape = len(ELEMENTS), len(countries)
    cells: dict[str, Floats] = {name: np.full(shape, np.nan) for name in RESULTS}
    cells["before_t"] = found.arrays["production_t"].values.copy()
    for report in reports:
        cells["reported_t"][ELEMENTS.index(report.element), countries.index(report.country)] = (
            report.production_t
        )
    cells |= {name: np.zeros(len(countries)) for name in TOTALS}
    for column, code in enumerate(countries):
        told = [report for report in reports if report.country == code]
        _balance_country(found.arrays.isel(country=column), told, share, cells, column)
    dims = "element", "country"
    return xr.Dataset(
        {name: ("country" if name in TOTALS else dims, values) for name, values in cells.items()},
        coords={"element": list(ELEMENTS), "country": countries},
    )


def build_element_chain(
    data: Snapshot, element: str, year: int, reports: Sequence[ElementReport] = ()
) -> SupplyChain:
    """
    Build the chain of one rare earth: its mining by country, balanced with the other elements of the same ores.

    Parameters
    ----------
    data : Snapshot
        An open release with the tables of baskets and deposit shares.
    element : str
        One of the rare earths of a basket.
    year : int
        Calendar year.
    reports : sequence of ElementReport, optional
        As for `reconcile_elements`.

    Returns
    -------
    SupplyChain
        Production at extraction with `production_sd_t` [t oxide a year], quality imputed; no trade, since customs
        codes do not tell the elements apart. A country of whose ores no analysis tells the element is NaN.

    Raises
    ------
    DataError
        If it is no rare earth of a basket, or the year has no production of rare earths.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> chain = build_element_chain(open_snapshot("2026.1"), "neodymium", 2024)
    >>> round(float(chain.production_t.sel(stage="extraction", country="USA")))  # 45,493 t REO x 0.1204
    5477
    """
    if element not in ELEMENTS:
        raise DataError(
            element, "is no rare earth of a basket.", expected=", ".join(ELEMENTS), fix=nearest_names(element, ELEMENTS)
        )  # fmt: skip
    found = element_production(data, year)
    joint = reconcile_elements(found, reports).sel(element=element)
    countries = [str(code) for code in joint["country"].values]
    cells, lanes = (len(STAGES), len(countries)), (len(STAGES), len(countries), len(countries))
    at = STAGES.index(EXTRACTION)
    made, sd = np.full(cells, np.nan), np.full(cells, np.nan)
    made[at] = joint["production_t"].values
    sd[at] = np.where(made[at] > 0, joint["production_sd_t"].values, np.nan)
    words = {
        name: np.full(len(STAGES), "", dtype=object) for name in ("form", "production_source", "trade_source")
    }
    words["form"][at], words["production_source"][at] = FORM, "; ".join(found.lineage.source_ids)
    dims = ("stage", "country")
    arrays = xr.Dataset(
        {
            "production_t": (dims, made), "production_sd_t": (dims, sd),
            "quality": (dims, np.where(np.isfinite(made), "imputed", "missing").astype("<U10")),
            **{name: ("stage", values) for name, values in words.items()},
            **{name: ("stage", np.zeros(len(STAGES), dtype=bool)) for name in ("is_gross", "is_part", "is_rest_trade")},
            **{
                name: (("stage", "exporter", "importer"), np.full(lanes, np.nan))
                for name in ("trade_t", "trade_gross_t", "trade_usd", "imputed_t")
            },
        },
        coords={"stage": list(STAGES), "country": countries, "exporter": countries, "importer": countries},
    )  # fmt: skip
    return SupplyChain(element, year, balance_residual(arrays), found.lineage)


def _balance_country(
    here: xr.Dataset, told: Sequence[ElementReport], share: float, cells: dict[str, Floats], column: int
) -> None:
    """Balance the elements of one country and write them into their column."""
    reo = float(here["reo_t"])
    by_basket = here["production_t"].values
    if reo <= 0:
        for name in ("production_t", "production_sd_t"):
            cells[name][:, column] = np.where(np.isnan(by_basket), np.nan, 0.0)
        return
    reported = {ELEMENTS.index(report.element): report for report in told}
    rows = [k for k in range(len(ELEMENTS)) if np.isfinite(by_basket[k]) or k in reported]
    cells["reo_t"][column], cells["reo_sd_t"][column] = reo, share * reo
    cells["unknown_t"][column] = float(here["unknown_t"])
    if not rows:
        return
    system = _build_country(here, rows, reported, share)
    solution = solve_balance(system)
    sd, _ = adjusted_deviations(system, solution)
    count = len(rows)
    cells["production_t"][rows, column], cells["production_sd_t"][rows, column] = (
        solution.value[2 : 2 + count], sd[2 : 2 + count]
    )  # fmt: skip
    cells["reo_t"][column], cells["unknown_t"][column] = solution.value[:2]
    cells["reo_sd_t"][column] = sd[0]


def _build_country(
    here: xr.Dataset, rows: Sequence[int], reported: dict[int, ElementReport], share: float
) -> BalanceSystem:
    """Set up the balances of one country: flows q, U, the elements, then what analyses differ by, then what may be."""
    reo, unknown = float(here["reo_t"]), float(here["unknown_t"])
    count = len(rows)
    basket = np.nan_to_num(here["production_t"].values[list(rows)])
    spread = np.nan_to_num((here["high_t"] - here["low_t"]).values[list(rows)]) / UNIFORM
    prior = [
        reo,
        unknown,
        *(reported[k].production_t if k in reported else basket[n] for n, k in enumerate(rows)),
    ]
    sd = [share * reo, FREE * reo, *(reported[k].sd_t if k in reported else FREE * reo for k in rows)]
    entries: list[tuple[int, int, float]] = [(count, 0, 1.0), (count, 1, -1.0)]
    for n in range(count):
        entries += [(n, 0, basket[n] / reo), (n, 2 + n, -1.0), (count, 2 + n, -1.0)]
    bounded = [True] * (2 + count)
    for deviation, is_bounded in ((spread, False), (np.full(count, unknown), True)):
        for place in np.flatnonzero(deviation > 0).tolist():
            entries.append((place, len(prior), 1.0))
            prior.append(0.0)
            sd.append(float(deviation[place]))
            bounded.append(is_bounded)
    at, column, value = zip(*entries, strict=True)
    matrix = csr_array((np.array(value), (np.array(at), np.array(column))), shape=(count + 1, len(prior)))
    return BalanceSystem(matrix, np.zeros(count + 1), np.array(prior), np.array(sd), np.array(bounded))


def _check_reports(found: ElementProduction, reports: Sequence[ElementReport]) -> None:
    countries = [str(code) for code in found.arrays["country"].values]
    problems = []
    for number, report in enumerate(reports):
        where = f"{report.element} of {report.country}"
        if report.element not in ELEMENTS:
            problems.append(f"{where}: no rare earth of a basket, {nearest_names(report.element, ELEMENTS)}")
        if report.country not in countries:
            problems.append(
                f"{where}: no production of rare earths, {nearest_names(report.country, countries)}"
            )
        if not 0 <= report.production_t < np.inf:
            problems.append(f"{where}: {report.production_t:g} t")
        if not LEAST * max(report.production_t, LEAST) <= report.sd_t <= MOST * max(report.production_t, 1.0):
            problems.append(f"{where}: a standard deviation of {report.sd_t:g} t")
        if any((r.element, r.country) == (report.element, report.country) for r in reports[:number]):
            problems.append(f"{where}: given twice")
    if problems:
        raise DataError(
            f"reports of elements, {found.year}", "are not usable.", which=problems,
            expected="tonnes >= 0 with a standard deviation above 0, each element and country once",
        )  # fmt: skip
