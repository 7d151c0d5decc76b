"""`monazite data elements`: mine production of the rare earths by element and country."""

from typing import Annotated

from cyclopts import Parameter

from monazite.cli.options import Json, Release, Years, read_years, resolve_words
from monazite.cli.output import print_records
from monazite.errors import UsageError
from monazite.snapshot import open_snapshot
from monazite.supply_chain.baskets import ELEMENTS
from monazite.supply_chain.element_records import element_records
from monazite.supply_chain.elements import element_production


def elements(
    *,
    year: Years,
    element: Annotated[
        list[str] | None,
        Parameter(
            name="--element",
            help="Rare earth, or several: neodymium,dysprosium; all by default.",
            negative="",
        ),
    ] = None,
    release: Release = None,
    json: Json = False,
) -> None:
    """Split mine production of rare earths into elements, country by country; what no analysis covers is unknown."""
    chosen = resolve_words("material", "--element", element) if element else ()
    wrong = [name for name in chosen if name not in ELEMENTS]
    if wrong:
        raise UsageError(
            "--element", "names no rare earth of a basket.", which=wrong, expected=", ".join(ELEMENTS)
        )
    data = open_snapshot(release)
    records: list[dict[str, object]] = []
    lineage = data.lineage
    for one in read_years(year):
        result = element_production(data, one)
        lineage = lineage.with_sources(*result.lineage.source_ids)
        records += element_records(result, chosen)
    print_records(records, lineage, title="Rare earths by element, t of oxide", as_json=json)
