"""Makers without tonnes: countries that some source lists, where nobody gives production by country."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain
from monazite.tracing.mixing import Floats
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.ways import HIGH, LOW, Answer, Question, list_imports

STAGE = "processing"
RECENT = 5
"""Years before the one asked for from which a country that made something counts as a maker. [years]"""
MAKERS = """
SELECT DISTINCT country, source_id FROM production
WHERE material = $material AND stage = $stage AND production_t > 0 AND year >= $first
UNION SELECT DISTINCT country, source_id FROM supply_shares
WHERE material = $material AND stage = $stage AND supply_share > 0 ORDER BY country, source_id
"""


@dataclass(frozen=True)
class Makers:
    """Countries that some source lists as makers, and the source_ids."""

    countries: frozenset[str]
    sources: frozenset[str]


def read_makers(data: Snapshot, material: str, first: int) -> Makers:
    """
    List the countries that the release has as makers in processed form, by tonnes or by a share of the world's supply.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material : str
        Id of the material.
    first : int
        Tonnes of this year and later count; shares of any year.

    Returns
    -------
    Makers
        Of a release without the table of shares, none.

    Examples
    --------
    South Africa, of whose platinum refining nobody gives tonnes, is a maker by its share in the EU study.
    """
    if "supply_shares" not in data.manifest.tables:
        return Makers(frozenset(), frozenset())
    rows = data.query(MAKERS, {"material": material, "stage": STAGE, "first": first})
    return Makers(frozenset(map(str, rows["country"])), frozenset(map(str, rows["source_id"])))


def makers_mixes(suppliers: Sequence[str], makers: frozenset[str]) -> xr.DataArray:
    """
    Give what suppliers ship where nobody gives tonnes of production: their own if they are listed as makers.

    Parameters
    ----------
    suppliers : sequence of str
        ISO3.
    makers : frozenset of str
        Countries that some source lists as makers.

    Returns
    -------
    DataArray, dims (importer, origin)
        `importer` holds the suppliers, `origin` the same and last `unknown`. [1, rows sum to one]

    Examples
    --------
    >>> makers_mixes(["AAA", "BBB"], frozenset({"AAA"})).values.tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    rows = np.zeros((len(suppliers), len(suppliers) + 1))
    for k, code in enumerate(suppliers):
        rows[k, k if code in makers else -1] = 1.0
    return label_mixes(rows, suppliers, suppliers)


def label_mixes(rows: Floats, suppliers: Sequence[str], origins: Sequence[str]) -> xr.DataArray:
    """Label rows of suppliers by origin, the last of which is unknown."""
    return xr.DataArray(
        rows, dims=("importer", "origin"), coords={"importer": list(suppliers), "origin": [*origins, UNKNOWN]}
    )


def answer_by_makers(
    chain: SupplyChain, question: Question, makers: frozenset[str], drawn: Sequence[SupplyChain] = ()
) -> Answer:
    """
    Answer by processing from customs partners and a list of makers, where no source gives tonnes of production.

    Parameters
    ----------
    chain : SupplyChain
        With trade at the stage asked for.
    question : Question
        Of an importer.
    makers : frozenset of str
        As `read_makers` gives them.
    drawn : sequence of SupplyChain
        For the interval, as for `answer`.

    Returns
    -------
    Answer
        A maker has what it ships itself, and at most that and all that others ship.

    Raises
    ------
    DataError
        If no maker is listed, or the importer buys nothing.

    Examples
    --------
    Of 40 t, 30 come from a maker and 10 from a country that makes none: the maker has 75 to 100 %.
    """
    if not makers:
        raise DataError(f"chain {chain.material} {chain.year}, stage {question.stage}", "no maker is listed.")
    names = (*chain.countries, UNKNOWN)
    found = [_by_makers(one, question, makers) for one in (chain, *drawn)]
    shares = found[0]
    unknown = [one[-1] for one in found[1:]] or [shares[-1]]
    listed = np.array(found[1:] or found)
    low = np.quantile(listed, LOW, axis=0)
    high = np.minimum(np.quantile(listed + np.array(unknown)[:, None], HIGH, axis=0), 1.0)
    high[-1] = np.quantile(unknown, HIGH)
    low, high = np.minimum(low, shares), np.maximum(high, shares)
    text = (
        "no source gives tonnes: a partner listed as a maker ships its own, any other goods of unknown origin"
    )
    return Answer(names, shares, low, high, sum(list_imports(chain, question).values()), (text,))


def _by_makers(chain: SupplyChain, question: Question, makers: frozenset[str]) -> Floats:
    bought = list_imports(chain, question)
    total = sum(bought.values())
    shares = np.array([bought.get(code, 0.0) / total if code in makers else 0.0 for code in chain.countries])
    return np.append(shares, max(0.0, 1.0 - float(shares.sum())))
