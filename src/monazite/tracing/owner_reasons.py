"""Why ownership tells nothing of a supply: which mines nobody lists, and which listed ones have no usable output."""

from monazite.errors import DataError
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, read_owner_tables
from monazite.supply_chain.owner_records import explain_silence
from monazite.supply_chain.owners import OwnerTables, build_holding
from monazite.tracing.explain import SAID, percent
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.ways import Answer, Rule
from monazite.vocabulary import country_name, materials

NAMED = 4
"""Number of countries that a reason names."""


def explain_no_owners(data: Snapshot, chain: SupplyChain, rule: Rule, mined: Answer) -> str:
    """
    Say why nearly all owners of a supply are unknown.

    Parameters
    ----------
    data : Snapshot
        For ownership and outputs of sites.
    chain : SupplyChain
        Of the supply.
    rule : str
        What ownership counts as.
    mined : Answer
        The supply by country of extraction.

    Returns
    -------
    str
        A sentence with the unknown origins, the countries without a listed site, those whose sites are listed for the
        group of the material only, and what is wrong with the others.

    Examples
    --------
    Graphite of Mozambique: the output of Balama of 2023 is larger than what the country mined in 2024.
    """
    shares = {
        code: float(share)
        for code, share in zip(mined.countries, mined.shares, strict=True)
        if code != UNKNOWN and share > SAID
    }
    tables, group = _read(data, chain.material), _read_group(data, chain.material)
    unlisted, grouped, others = [], [], []
    for code in sorted(shares, key=lambda code: -shares[code]):
        sites = _count(tables, code)
        if not sites and group is not None and _count(group, code):
            grouped.append(f"{_count(group, code)} in {country_name(code)}")
        elif not sites:
            unlisted.append(country_name(code))
        else:
            others.append(_explain_country(tables, chain, rule, code))
    parts = []
    if float(mined.shares[-1]) > SAID:
        parts.append(f"{percent(float(mined.shares[-1]))} are of unknown mines")
    if unlisted:
        parts.append(f"no site in {_name_some(unlisted)} is in the table of owners")
    if grouped:
        name = str(materials()[chain.material].parent).replace("_", " ")
        parts.append(f"sites are listed for {name} as a whole only, {_name_some(grouped)}")
    return (
        f"nearly all owners of {chain.material.replace('_', ' ')} are unknown: {'; '.join([*parts, *others])}"
    )


def _explain_country(tables: OwnerTables, chain: SupplyChain, rule: Rule, code: str) -> str:
    try:
        holding = build_holding(tables, code, material=chain.material, year=chain.year, rule=rule)
    except DataError as error:
        return str(error).splitlines()[0]
    reason = explain_silence(holding).removeprefix(f"{rule}: ")
    return reason or f"what is known of {country_name(code)} is too little to count"


def _read(data: Snapshot, material: str) -> OwnerTables:
    return read_owner_tables(data, material=material, stage="extraction")


def _read_group(data: Snapshot, material: str) -> OwnerTables | None:
    parent = materials()[material].parent
    return _read(data, parent) if parent else None


def _count(tables: OwnerTables, code: str) -> int:
    """Number of sites of a country that the table of owners has."""
    return len({str(row["facility"]) for row in tables.ownership if row["country"] == code})


def _name_some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
