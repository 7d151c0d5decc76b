"""Where no trade is on record: shares of supply that a publisher gives, and what can be traced from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
ROUNDING = 1e-9
LISTED = 0.01
"""Least share that the study lists; a country that is not listed has less. [1, of all supply]"""
Share = tuple[float, float, float]
"""A share as printed, and the least and the most that its digits allow. [1]"""
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
    rest_high : float
        Most of what comes from outside that the table leaves out; it may be anybody's. [1]
    total : float
        What the printed shares sum to. [1] More than one by rounding alone.
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
    shares: Mapping[str, Share]
    members_share: float
    rest_high: float
    total: float
    listed: frozenset[str]
    makers: Makers
    source_id: str
    source: str

    @property
    def vintage(self) -> str:
        """The years of the mean, as text."""
        return f"{self.year_start}-{self.year}"


def fit_rounding(shares: Mapping[str, Share]) -> dict[str, Share]:
    r"""
    Lower printed shares that sum to more than one, each by the same part of what its rounding allows.

    Parameters
    ----------
    shares : mapping of country to (share, low, high)
        All that a table prints of one supply. [1]

    Returns
    -------
    dict of country to (share, low, high)
        The bounds stay those of the printed digits. As they are where the sum is not above one.

    Raises
    ------
    DataError
        If the sum is more above one than rounding allows.

    Notes
    -----
    .. math:: s'_c = s_c - \frac{\sum_k s_k - 1}{\sum_k (s_k - \underline s_k)} (s_c - \underline s_c)

    Examples
    --------
    85, 11 and 5 % sum to 101 %: each is lowered by two thirds of half a per cent, to 84.67, 10.67 and 4.67 %.

    >>> printed = {"CHN": (0.85, 0.845, 0.855), "MYS": (0.11, 0.105, 0.115), "IND": (0.05, 0.045, 0.055)}
    >>> [round(share, 4) for share, _, _ in fit_rounding(printed).values()]
    [0.8467, 0.1067, 0.0467]
    """
    surplus = sum(share for share, _, _ in shares.values()) - 1.0
    if surplus <= ROUNDING:
        return dict(shares)
    room = sum(share - low for share, low, _ in shares.values())
    if surplus > room + ROUNDING:
        raise DataError(
            "published shares", f"sum to {1 + surplus:.3f}, more than rounding allows.", which=list(shares),
            expected=f"at most {1 + room:.3f}",
        )  # fmt: skip
    part = min(1.0, surplus / room)
    return {code: (share - part * (share - low), low, high) for code, (share, low, high) in shares.items()}


def take_out_own(share: Share, own: Sequence[Share]) -> Share:
    r"""
    Turn a share of all that is sourced into one of what comes from outside.

    Parameters
    ----------
    share : (share, low, high)
        Of a supplier outside. [1, of all supply]
    own : sequence of (share, low, high)
        What members supply themselves. [1, of all supply]

    Returns
    -------
    (share, low, high)
        [1, of what comes from outside]

    Notes
    -----
    With the members' sum m and its bounds:

    .. math:: s / (1 - m), \quad \underline s / (1 - \underline m), \quad \overline s / (1 - \overline m)

    Examples
    --------
    7 % of all, of which members supply 68 %, is 21.9 % of the rest; 6.5 of 32.5 to 7.5 of 31.5 as rounded:

    >>> [round(number, 3) for number in take_out_own((0.07, 0.065, 0.075), [(0.68, 0.675, 0.685)])]
    [0.219, 0.2, 0.238]
    """
    mid, low, high = (sum(one[k] for one in own) for k in range(3))
    most = 1.0 - high
    return (
        min(1.0, share[0] / (1.0 - mid)),
        min(1.0, share[1] / (1.0 - low)),
        min(1.0, share[2] / most) if most > share[2] else 1.0,
    )


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

    Bounds as in `take_out_own`. Shares that sum to more than one, by rounding, are lowered as in `fit_rounding`.

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
    listed: dict[str, Share] = {
        str(rows["country"][k]): (
            float(rows["supply_share"][k]), float(rows["low"][k]), float(rows["high"][k])
        )
        for k in first
    }  # fmt: skip
    total = sum(share for share, _, _ in listed.values())
    fitted = fit_rounding(listed)
    own = [shares for code, shares in fitted.items() if code in members]
    outside = {code: take_out_own(shares, own) for code, shares in fitted.items() if code not in members}
    rest = max(0.0, 1.0 - total)
    year_start = int(rows["year_start"][0])
    return Published(
        material, importer, str(rows["form"][0]), year_start, int(rows["year"][0]), outside,
        sum(share for share, _, _ in own), take_out_own((rest, rest, rest), own)[2], total,
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
        `low` and `high` hold the printed digits, and that what the table leaves out or is unknown may be anybody's.

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
        np.concatenate([np.minimum(high + published.rest_high, 1.0), most, [rest]]),
        float("nan"),
        _say(published),
    )


def _weigh(mixes: Floats, weights: Floats, rest: float) -> Floats:
    found = np.asarray(weights @ mixes, dtype=float)
    found[-1] += rest
    return found


def _say(published: Published) -> tuple[str, ...]:
    lowered = (
        f"; as printed they sum to {100 * published.total:.1f} %, so each is lowered within its rounding"
        if published.total > 1 + ROUNDING
        else ""
    )
    return (
        f"shares of supply as published ({published.source}), mean of {published.vintage}, of what comes from outside: "
        f"members supply {100 * published.members_share:.0f} % themselves{lowered}",
    )
