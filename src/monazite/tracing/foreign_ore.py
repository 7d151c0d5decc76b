"""Foreign ore that trade does not show: countries that process more of the world's supply than they mine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain
from monazite.tracing.mixing import Floats

WORLD = """
SELECT stage, country, min(supply_share) AS least, max(supply_share) AS most FROM supply_shares
WHERE material = $material AND stage IN ('extraction', 'processing')
  AND (year = $year OR $material IN (SELECT material FROM supply_shares WHERE stage = 'extraction'))
GROUP BY stage, country ORDER BY stage, country
"""
"""Shares of both stages, which are means of the same years; or those of what is processed in the year itself."""
SOURCES = """
SELECT DISTINCT source_id FROM supply_shares
WHERE material = $material AND stage IN ('extraction', 'processing') ORDER BY source_id
"""
SAID = 0.02
"""Share of a supply below which foreign ore is not worth a sentence. [1]"""


@dataclass(frozen=True)
class OreLimits:
    """
    How much of what a country processes can be of its own ore.

    Attributes
    ----------
    own_share : mapping of country to number
        Share of the world mined there over share of the world processed there, at most 1. [1] A country that is not
        named may have all of its own.
    world : mapping of country to (mined, processed)
        The two shares. [1]
    sources : tuple of str
        The source_ids.
    """

    own_share: Mapping[str, float]
    world: Mapping[str, tuple[float, float]]
    sources: tuple[str, ...] = ()

    def explain(self, origins: Sequence[str], shares: Floats) -> tuple[str, ...]:
        """Say what is foreign in the shares by origin; nothing where it is little."""
        parts = [
            f"{code} mines {100 * mined:.0f} and processes {100 * processed:.0f} % of the world's"
            for code, (mined, processed) in self.world.items()
            if code in origins
            and float(shares[list(origins).index(code)]) * (1 - self.own_share[code]) > SAID
        ]
        if not parts:
            return ()
        return (f"{', '.join(parts)}: whose ore the rest is nobody says, and the interval allows for it",)


def read_ore_limits(data: Snapshot, material: str, chain: SupplyChain) -> OreLimits:
    r"""
    Compare what countries mine and process of the world's supply, as published.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material : str
        Whose shares; an element has its own.
    chain : SupplyChain
        Its production stands in where nobody published shares of what is mined, beside what is processed in its
        year.

    Returns
    -------
    OreLimits
        Empty where the release has no shares of what is processed.

    Notes
    -----
    With the least published share mined :math:`m_c` and the largest processed :math:`p_c`:

    .. math:: k_c = \min(1, m_c / p_c)

    A country that the publisher does not list as a miner has :math:`m_c = 0`.

    Examples
    --------
    China mined 68.3 % and separated 84.9 % of the world's neodymium: at most 80 % of its oxide can be of its own ore.

    >>> round(0.683 / 0.849, 2)
    0.8
    """
    if "supply_shares" not in data.manifest.tables:
        return OreLimits({}, {})
    rows = data.query(WORLD, {"material": material, "year": chain.year})
    found: dict[str, dict[str, tuple[float, float]]] = {"extraction": {}, "processing": {}}
    for stage, country, least, most in zip(*(rows[name].tolist() for name in rows), strict=True):
        found[stage][country] = (float(least), float(most))
    if not found["processing"]:
        return OreLimits({}, {})
    mined = {code: least for code, (least, _) in found["extraction"].items()} or _mined_shares(chain)
    world = {
        code: (mined.get(code, 0.0), most) for code, (_, most) in found["processing"].items() if most > 0
    }
    sources = data.query(SOURCES, {"material": material})["source_id"].tolist()
    own = {code: min(1.0, made / processed) for code, (made, processed) in world.items()}
    return OreLimits(own, world, tuple(map(str, sources)))


def _mined_shares(chain: SupplyChain) -> dict[str, float]:
    made = np.nan_to_num(np.asarray(chain.production_t.sel(stage="extraction").values, dtype=float))
    total = float(made.sum())
    return (
        {code: float(tonnes) / total for code, tonnes in zip(chain.countries, made, strict=True)}
        if total
        else {}
    )


def widen_for_ore(
    limits: OreLimits,
    origins: Sequence[str],
    shares: Floats,
    columns: Sequence[str],
    bounds: tuple[Floats, Floats],
    *,
    owners: xr.Dataset | None = None,
) -> tuple[Floats, Floats]:
    r"""
    Widen bounds by what may be of foreign ore, and then anybody's.

    Parameters
    ----------
    limits : OreLimits
        As read.
    origins, shares
        The supply by country of extraction, where all that a country processes counts as its own ore. [1]
    columns : sequence of str
        Of the bounds: the origins, or owner countries.
    bounds : (low, high)
        [1]
    owners : Dataset, optional
        Shares of owners in what the origins mine, if the columns are owners.

    Returns
    -------
    low, high
        [1]

    Notes
    -----
    With :math:`f_c = S_c (1 - k_c)` that may be foreign, and the owners' bounds w (one and zero by origin):

    .. math:: L_o - \sum_c f_c \underline w_{co}, \qquad H_o + \sum_c f_c (1 - \overline w_{co})

    Examples
    --------
    AAA ships 80 % but can have mined only half of what it processes: it has 40 to 80 %, BBB 20 to 60 %.

    >>> limits = OreLimits({"AAA": 0.5}, {"AAA": (0.4, 0.8)})
    >>> shares = np.array([0.8, 0.2])
    >>> low, high = widen_for_ore(limits, ["AAA", "BBB"], shares, ["AAA", "BBB"], (shares, shares))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.4, 0.2], [0.8, 0.6])
    """
    low, high = (np.array(bound, dtype=float) for bound in bounds)
    for code, own in limits.own_share.items():
        if code not in origins:
            continue
        foreign = float(shares[list(origins).index(code)]) * (1 - own)
        if owners is None:
            least = most = np.array([float(column == code) for column in columns])
        elif code in owners["origin"].values:
            least, most = (owners[name].sel(origin=code).values for name in ("low", "high"))
        else:
            continue
        low, high = low - foreign * least, high + foreign * (1 - most)
    return np.clip(low, 0.0, None), np.clip(high, None, 1.0)
