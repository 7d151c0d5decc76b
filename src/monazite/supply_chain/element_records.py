"""Production by element as flat records: one per country and element, with what is of no known element."""

from collections.abc import Sequence

import numpy as np

from monazite.supply_chain.baskets import ELEMENTS
from monazite.supply_chain.elements import QUOTA, ElementProduction

Record = dict[str, object]
UNKNOWN = "unknown"
WHOLE = 1 - 1e-9
AT_LEAST = (
    "a covered share below 1 makes the tonnes a lower bound: no analysis of the other deposits can be cited"
)
BY_QUOTA = "China's output is split by its mining quotas, not by measured output"


def element_records(result: ElementProduction, elements: Sequence[str] = ()) -> list[Record]:
    """
    List production by element, the largest producer of rare-earth oxides first.

    Parameters
    ----------
    result : ElementProduction
        From `element_production`.
    elements : sequence of str, optional
        Only these; all, and the total `rare_earths`, by default.

    Returns
    -------
    list of records
        Labels material (an element, `unknown` or `rare_earths`), stage, country, year, quantity; `value`, `low` and
        `high` [t oxide a year]; `covered_share` of the country's REO. A value that cannot be told is None and has a
        `reason`; what is of no known element is always listed.

    Examples
    --------
    A country of 1,000 t REO without a citable basket has neodymium None with a reason, and unknown 1,000.
    """
    order = np.argsort(-result.arrays["reo_t"].values, kind="stable")
    records: list[Record] = []
    for country in (str(result.arrays["country"].values[at]) for at in order):
        records += [_element_record(result, country, element) for element in elements or ELEMENTS]
        totals = {UNKNOWN: "unknown_t"} | ({} if elements else {"rare_earths": "reo_t"})
        for material, name in totals.items():
            value = float(result.arrays[name].sel(country=country))
            records.append(_labels(result, country, material) | {"value": value, "unit": "t"})
    return records


def _labels(result: ElementProduction, country: str, material: str) -> Record:
    return {
        "material": material,
        "stage": "extraction",
        "country": country,
        "year": result.year,
        "quantity": "production_t",
        "quality": "imputed",
        "source_ids": result.lineage.source_ids,
    }


def _element_record(result: ElementProduction, country: str, element: str) -> Record:
    cell = result.arrays.sel(element=element, country=country)
    value, low, high = (_number(float(cell[name])) for name in ("production_t", "low_t", "high_t"))
    covered = float(cell["covered_share"])
    parts = [part for part in result.parts if part.country == country]
    return _labels(result, country, element) | {
        "value": value,
        "unit": "t",
        "low": low,
        "high": high,
        "covered_share": covered,
        "note": _note(covered, [part.basis for part in parts]) if value else None,
        "reason": _reason(element, [part.deposit for part in parts]) if value is None else None,
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _note(covered: float, bases: Sequence[str]) -> str | None:
    notes = [BY_QUOTA] * (QUOTA in bases) + [AT_LEAST] * (covered < WHOLE)
    return "; ".join(notes) or None


def _reason(element: str, deposits: Sequence[str]) -> str:
    """Say why an element cannot be told: no split of the country's output, or no analysis that lists it."""
    if not deposits:
        return "no citable source says which analysed deposit the output comes from"
    return f"no citable analysis of {', '.join(deposits)} gives {element}"
