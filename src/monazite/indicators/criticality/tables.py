"""What the European method needs beside supply: governance, trade parameters, recycling, substitution, results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.governance import scale_governance
from monazite.snapshot import Snapshot
from monazite.supply_chain import build_governance_estimate
from monazite.vocabulary import group_members, materials

MEMBER_PARAMETER: Final = 0.8
"""
Parameter t of every member of the Union. [unitless]

Source: European Commission, Study on the critical raw materials for the EU 2023, global supply shares, column t.
"""

UNION: Final = "EU27"
UNION_YEAR: Final = 2020
"""Year whose members the study calls the Union; EU27 has one composition for every year."""
OTHERS: Final = "world"
PROXIES = {"rare_earths": "neodymium"}
"""
Whose mixes in the study stand for those of a group: it prints the same for each light rare earth. Parameters are 1 for
every rare earth and supplier outside the Union, so that those of this one stand for all.
"""
FORMS = ("all forms", "as the study counts it")
RISK, IMPORTANCE = "supply risk", "economic importance"
TABLES = (
    "trade_parameters",
    "assessment_shares",
    "sourcing_shares",
    "official_criticality",
    "substitution_indices",
)
PARAMETERS = """
SELECT region, trade_parameter FROM trade_parameters WHERE material = $material AND stage = $stage ORDER BY region
"""
RATES = """
SELECT rate, year, source_id FROM recycling_rates
WHERE material = $material AND measure = 'end-of-life recycling input rate' AND region = 'EU27' AND rate IS NOT NULL
AND NOT isnan(rate) ORDER BY year DESC, source_id LIMIT 1
"""
INDICES = """
SELECT substitution_index, year, source_id FROM substitution_indices
WHERE material = $material AND purpose = $purpose ORDER BY year DESC LIMIT 1
"""
LOWEST = "SELECT min(substitution_index) AS lowest FROM substitution_indices WHERE purpose = $purpose"
OFFICIAL = """
SELECT publisher_material, stage, year, supply_risk, economic_importance, note FROM official_criticality
WHERE material = $material ORDER BY year DESC, publisher_material
"""
WORLD_SHARES = """
SELECT form, country, supply_share, year_start::INT AS first_year, year::INT AS last_year FROM supply_shares
WHERE material = $material AND stage = $stage AND source_id = 'eu_crm_2023' AND country <> 'ROW' UNION ALL
SELECT form, country, supply_share, year_start::INT, year::INT FROM assessment_shares
WHERE material = $material AND stage = $stage ORDER BY form, country
"""
UNION_SHARES = """
SELECT form, country, supply_share, year_start::INT AS first_year, year::INT AS last_year FROM sourcing_shares
WHERE material = $material AND stage = $stage AND importer = 'EU27' ORDER BY form, country
"""


@dataclass(frozen=True)
class Factor:
    """One published factor of the method: value [unitless, NaN: none is carried], its year, its source, a remark."""

    value: float
    year: int = 0
    source_id: str = ""
    note: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is a figure."""
        return bool(np.isfinite(self.value))


@dataclass(frozen=True)
class Official:
    """Result of the Commission for a material: supply risk, economic importance, its stage ("" for all), a remark."""

    name: str
    stage: str
    year: int
    supply_risk: float
    economic_importance: float
    note: str


def check_tables(data: Snapshot) -> None:
    """
    Raise DataError unless a release has the tables of the European method.

    Raises
    ------
    DataError
        If a table is absent; each is named.
    """
    missing = [name for name in TABLES if name not in data.manifest.tables]
    if missing:
        raise DataError(
            f"release {data.manifest.release}",
            "lacks tables of the European method.",
            which=missing,
            expected=", ".join(TABLES),
            fix="take the embedded release, or import your files again on top of it",
        )


def read_scores(data: Snapshot, years: Sequence[int]) -> tuple[xr.DataArray, xr.DataArray]:
    """
    Read the governance score of every country, the mean over some years, and its standard deviation.

    Parameters
    ----------
    data : Snapshot
        An open release.
    years : sequence of int
        Years; a country counts with those in which it is scored.

    Returns
    -------
    scores, sd : DataArray, dims (country)
        Score [unitless, nominally 0 (best) .. 10 (worst)] and its standard deviation [same]: twice the World
        Bank's standard error, which is not made smaller by years that share their sources. A country without an
        estimate is absent.

    Raises
    ------
    DataError
        If no estimate was published in any of the years.

    Notes
    -----
    Political stability stands for the mean of the six dimensions that the Commission takes: the release carries
    that one dimension.
    """
    found: list[xr.DataArray] = []
    for year in years:
        try:
            found.append(scale_governance(build_governance_estimate(data, year)))
        except DataError:
            if len(years) == 1:
                raise
    if not found:
        raise DataError(f"governance {years[0]}-{years[-1]}", "was not published.", expected="1996 to 2024")
    scores = xr.concat(found, dim="year", join="outer").mean("year")
    asked = {"first": min(years), "last": max(years)}
    rows = data.query(
        "SELECT country, avg(political_stability_sd) AS sd FROM governance WHERE year BETWEEN $first AND $last "
        "AND NOT isnan(political_stability_sd) GROUP BY country ORDER BY country",
        asked,
    )
    sd = xr.DataArray(2.0 * rows["sd"], dims="country", coords={"country": rows["country"].astype(str)})
    return scores, sd.reindex(country=scores["country"])


def read_trade_parameters(
    data: Snapshot, material: str, stage: str, suppliers: Sequence[str]
) -> tuple[xr.DataArray, bool]:
    """
    Read the parameter t of every supplier, and whether the Commission published any for the material and stage.

    Returns
    -------
    parameters : DataArray, dims (country)
        t [unitless]. Members of the Union 0.8; others as published, else 1.
    is_published : bool
        False where the study did not assess the material at that stage: then every other supplier has 1.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> t, known = read_trade_parameters(open_snapshot("2026.1"), "cobalt", "extraction", ["COD", "AUS", "FIN"])
    >>> t.values.tolist(), known
    ([1.1, 1.0, 0.8], True)
    """
    known = materials().get(material)
    is_rare_earth = material in PROXIES or (known is not None and known.parent in PROXIES)
    asked = PROXIES["rare_earths"] if is_rare_earth else material
    found = data.query(PARAMETERS, {"material": asked, "stage": stage})
    told = dict(zip(found["region"].tolist(), found["trade_parameter"].tolist(), strict=True))
    members = set(union_members())
    other = float(told.get(OTHERS, 1.0))
    values = [MEMBER_PARAMETER if code in members else float(told.get(code, other)) for code in suppliers]
    coords = {"country": list(suppliers)}
    return xr.DataArray(np.array(values, dtype=float), dims="country", coords=coords), bool(told)


def read_recycling(data: Snapshot, material: str) -> Factor:
    """Read the newest end-of-life recycling input rate of a material, else that of the group it belongs to."""
    return _read_factor(data, RATES, "rate", material, {})


def read_substitution(data: Snapshot, material: str, purpose: str) -> Factor:
    """Read the newest substitution index of a material for a purpose: "supply risk" or "economic importance"."""
    found = data.query(INDICES, {"material": material, "purpose": purpose})
    if not len(found["year"]):
        return Factor(float("nan"))
    return Factor(float(found["substitution_index"][0]), int(found["year"][0]), str(found["source_id"][0]))


def lowest_substitution(data: Snapshot, purpose: str) -> float:
    """Give the lowest substitution index that the release carries for a purpose. [unitless, 0..1]"""
    return float(data.query(LOWEST, {"purpose": purpose})["lowest"][0])


def read_official(data: Snapshot, material: str, stage: str = "") -> Official | None:
    """Read the newest official result of a material; where its forms are assessed apart, that of the stage."""
    found = data.query(OFFICIAL, {"material": material})
    rows = [
        Official(str(name), str(place or ""), int(year), float(risk), float(importance), str(note or ""))
        for name, place, year, risk, importance, note in zip(*found.values(), strict=True)
    ]
    fitting = [row for row in rows if row.stage in ("", stage)]
    return fitting[0] if fitting else None


def read_study_shares(data: Snapshot, material: str, stage: str, scope: str) -> xr.DataArray | None:
    """
    Read the supply mix of the world or of the Union on which the Commission's result of 2023 rests.

    Returns
    -------
    DataArray, dims (country), or None
        Shares as printed [unitless, 0..1]; small ones are left out, so that the sum may be below 1. Of several
        forms the one that covers all. None where the study has none.
    """
    found = data.query(
        UNION_SHARES if scope == UNION else WORLD_SHARES,
        {"material": PROXIES.get(material, material), "stage": stage},
    )
    forms = list(dict.fromkeys(map(str, found["form"])))
    if not forms:
        return None
    form = next((name for name in FORMS if name in forms), forms[0])
    rows = found["form"] == form
    codes = found["country"][rows].astype(str)
    return xr.DataArray(found["supply_share"][rows].astype(float), dims="country", coords={"country": codes})


def union_members() -> tuple[str, ...]:
    """List the members of the Union as the study counts them."""
    return group_members(UNION, UNION_YEAR)


def _read_factor(data: Snapshot, query: str, column: str, material: str, more: dict[str, object]) -> Factor:
    """Read a factor of a material, or of its group with a remark."""
    known = materials().get(material)
    parent = known.parent if known else ""
    for name in filter(None, (material, parent)):
        found = data.query(query, {"material": name, **more})
        if len(found["year"]):
            note = f"that of {name}" if name != material else ""
            return Factor(float(found[column][0]), int(found["year"][0]), str(found["source_id"][0]), note)
    return Factor(float("nan"))
