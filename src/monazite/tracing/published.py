"""Where no trade is on record: shares of supply that a publisher gives, and what can be traced from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain
from monazite.tracing.foreign_ore import read_ore_limits, widen_for_ore
from monazite.tracing.makers import STAGE, Makers, label_mixes, makers_mixes, read_makers
from monazite.tracing.mixing import Floats
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.stages import StageFlows, describe_assumptions, mix_stages, read_stage
from monazite.tracing.ways import CONTROLLED, Answer, Rule, answer_by_owner, hides_foreign_ore, read_owners

TABLE = "sourcing_shares"
LISTED = 0.01
"""Least share that the study lists; a country that is not listed has less. [1, of all supply]"""
SHARES = """
SELECT form, country, year_start, year, supply_share, low, high, source_id, source FROM sourcing_shares
WHERE material = $material AND stage = $stage AND importer = $importer ORDER BY form, year DESC, country
"""


@dataclass(frozen=True)
class Published:
    """
    What a publisher says of the supply of a group.

    Attributes
    ----------
    material, importer, form : str
        What is supplied, to whom.
    year_start, year : int
        The mean of these years.
    shares : mapping of country outside the group to (share, low, high)
        Of what comes from outside. [1] Low and high: what the printed digits allow.
    members_share : float
        What members of the group supply themselves. [1, of all supply]
    listed : frozenset of str
        Countries that the publisher names, and members of the group.
    makers : Makers
        Countries that are known to make the product.
    source_id, source : str
        Who published it.
    """

    material: str
    importer: str
    form: str
    year_start: int
    year: int
    shares: Mapping[str, tuple[float, float, float]]
    members_share: float
    listed: frozenset[str]
    makers: Makers
    source_id: str
    source: str

    @property
    def vintage(self) -> str:
        """The years of the mean, as text."""
        return f"{self.year_start}-{self.year}"


def read_published(data: Snapshot, material: str, importer: str, members: Sequence[str]) -> Published | None:
    r"""
    Read the published shares of a group's supply in processed form; None where there are none.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, importer : str
        Id of the material; name of the group, such as EU27.
    members : sequence of str
        Its countries.

    Returns
    -------
    Published or None
        Shares of what comes from outside, so that they compare with shares of imports.

    Notes
    -----
    The publisher's shares s count the members' own production m too, and leave out small suppliers:

    .. math:: w_c = s_c / (1 - m), \quad w_{unknown} = 1 - \sum_c w_c

    Shares that sum to more than one, by rounding, are divided by their sum.

    Examples
    --------
    Silicon metal: members make 38 % themselves and Norway supplies 33 %, so 53 % of what comes from outside.

    >>> round(0.33 / (1 - 0.38), 2)
    0.53
    """
    if TABLE not in data.manifest.tables:
        return None
    rows = data.query(SHARES, {"material": material, "stage": STAGE, "importer": importer})
    if not len(rows["country"]):
        return None
    first = np.flatnonzero((rows["form"] == rows["form"][0]) & (rows["year"] == rows["year"][0]))
    listed = {
        str(rows["country"][k]): tuple(float(rows[name][k]) for name in ("supply_share", "low", "high"))
        for k in first
    }
    total = max(1.0, sum(share for share, _, _ in listed.values()))
    own = sum(share for code, (share, _, _) in listed.items() if code in members) / total
    outside = {
        code: cast(
            "tuple[float, float, float]", tuple(min(1.0, number / total / (1 - own)) for number in numbers)
        )
        for code, numbers in listed.items()
        if code not in members
    }
    year_start = int(rows["year_start"][0])
    return Published(
        material, importer, str(rows["form"][0]), year_start, int(rows["year"][0]), outside, own,
        frozenset({*listed, *members}),
        read_makers(data, material, year_start),
        str(rows["source_id"][0]), str(rows["source"][0]),
    )  # fmt: skip


def published_mixes(published: Published, by: str, chain: SupplyChain | None) -> xr.DataArray:
    """
    Give what each outside supplier ships, by origin.

    Parameters
    ----------
    published : Published
        The suppliers.
    by : {"processing", "extraction"}
        A supplier that is known to make the product ships its own; one that is not ships goods of unknown origin.
        By extraction, what it makes has the mix of the ore that it has in the chain's year.
    chain : SupplyChain, optional
        Of the material; needed by extraction.

    Returns
    -------
    DataArray, dims (importer, origin)
        `importer` holds the suppliers. [1, rows sum to one]

    Raises
    ------
    DataError
        By extraction: if there is no chain, or it has no production to trace to.

    Examples
    --------
    A supplier of gallium that is not known to make any ships goods of unknown origin.
    """
    suppliers = list(published.shares)
    if by == "processing":
        return makers_mixes(suppliers, published.makers.countries)
    origins = sorted({*suppliers, *(chain.countries if chain else ())})
    rows = np.zeros((len(suppliers), len(origins) + 1))
    mixes = _mix_ores(published, chain)
    for k, code in enumerate(suppliers):
        found = mixes.get(code) if code in published.makers.countries else None
        if found is None:
            rows[k, -1] = 1.0
        else:
            for origin, share in found.items():
                rows[k, -1 if origin == UNKNOWN else origins.index(origin)] += share
    return label_mixes(rows, suppliers, origins)


def _mix_ores(published: Published, chain: SupplyChain | None) -> dict[str, dict[str, float]]:
    """Mix of what every country processes by country of extraction, without trade in what is processed."""
    if chain is None:
        raise DataError(
            f"{published.material}", "the release has no chain of it in this year.", fix="another year"
        )
    if not float(chain.production_t.sel(stage="extraction").sum()) > 0:
        raise DataError(f"chain {chain.material} {chain.year}", "no source gives extraction by country.")
    ore, metal = read_stage(chain, "extraction"), read_stage(chain, STAGE)
    none = np.zeros((len(chain.countries), len(chain.countries)))
    mix = mix_stages([ore, StageFlows(STAGE, metal.production_t, none, metal.yield_share)])
    names = [*chain.countries, UNKNOWN]
    return {
        code: dict(zip(names, map(float, mix.shares[k]), strict=True))
        for k, code in enumerate(chain.countries)
        if np.isfinite(mix.shares[k]).all()
    }


def answer_published(
    data: Snapshot, published: Published, by: str, chain: SupplyChain | None, rule: Rule = "control"
) -> Answer:
    """
    Answer one way from published shares of supply.

    Parameters
    ----------
    data : Snapshot
        For the owners of mines.
    published : Published
        Whose supply.
    by : str
        partner, extraction, processing or control.
    chain : SupplyChain, optional
        Of the material in the year asked for; needed by extraction and control.
    rule : str
        What ownership counts as, by control.

    Returns
    -------
    Answer
        `low` and `high` hold the printed digits and, but by partner, that what is unknown may be anybody's.

    Raises
    ------
    DataError
        As `published_mixes` and `owner_shares`.

    Examples
    --------
    A half comes from a maker and a quarter from a country that makes none: the maker has 50 to 100 %.
    """
    share, low, high = np.array(list(published.shares.values()) or np.zeros((0, 3))).reshape(-1, 3).T
    rest = max(0.0, 1.0 - float(share.sum()))
    if by == "partner":
        return _by_partner(published, chain, rest)
    mixes = published_mixes(published, "processing" if by == "processing" else "extraction", chain)
    names = tuple(str(code) for code in mixes["origin"].values)
    shares, least, most = (_weigh(mixes.values, weights, rest) for weights in (share, low, high))
    most = np.minimum(most + shares[-1], 1.0)
    least[-1] = most[-1] = shares[-1]
    if by == "processing" or chain is None:
        return Answer(names, shares, least, most, float("nan"), _say(published))
    columns, found, owners = names, shares, None
    if by == "control":
        owners = read_owners(data, chain, rule)
        digits = _weigh(mixes.values, high - share, 0.0)
        _, _, lowest, _ = answer_by_owner(names, np.append(least[:-1], shares[-1]), owners)
        columns, found, _, highest = answer_by_owner(names, shares, owners)
        listed = [names.index(str(code)) for code in owners["origin"].values]
        least, most = lowest, np.minimum(highest + digits[listed] @ owners["high"].values, 1.0)
    said = (*_say(published), *((CONTROLLED,) if owners is not None else ()))
    if hides_foreign_ore(chain, STAGE, by):
        limits = read_ore_limits(data, published.material, chain)
        least, most = widen_for_ore(limits, names, shares, columns, (least, most), owners=owners)
        said = (*said, *describe_assumptions([read_stage(chain, "extraction"), read_stage(chain, STAGE)]),
                *limits.explain(names, shares))  # fmt: skip
    return Answer(columns, found, least, most, float("nan"), said)


def _by_partner(published: Published, chain: SupplyChain | None, rest: float) -> Answer:
    """Give the shares as published; a country that is not listed has less than the least share listed."""
    share, low, high = np.array(list(published.shares.values()) or np.zeros((0, 3))).reshape(-1, 3).T
    others = [code for code in (chain.countries if chain else ()) if code not in published.listed]
    none = np.zeros(len(others))
    most = none + min(rest, LISTED / (1 - published.members_share))
    return Answer(
        (*published.shares, *others, UNKNOWN),
        np.concatenate([share, none, [rest]]),
        np.concatenate([low, none, [rest]]),
        np.concatenate([high, most, [rest]]),
        float("nan"),
        _say(published),
    )


def _weigh(mixes: Floats, weights: Floats, rest: float) -> Floats:
    found = np.asarray(weights @ mixes, dtype=float)
    found[-1] += rest
    return found


def _say(published: Published) -> tuple[str, ...]:
    return (
        f"shares of supply as published ({published.source}), mean of {published.vintage}, of what comes from outside: "
        f"members supply {100 * published.members_share:.0f} % themselves",
    )
