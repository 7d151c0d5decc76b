"""Sentences that say why a country's share differs from that by customs partner."""

import math
from collections.abc import Mapping

import numpy as np
import xarray as xr

from monazite.tracing.origins import UNKNOWN
from monazite.tracing.ways import Answer
from monazite.vocabulary import country_name

APART = 0.10
"""Shares that differ by more want a sentence. [1]"""
SAID = 0.02
"""Share of the imports below which a part of the difference is left unsaid. [1]"""


def share_of(found: Answer, country: str) -> tuple[float, float, float]:
    """Give the share of a country with its interval; without a column it has at most what is unknown."""
    if country not in found.countries:
        return 0.0, 0.0, float(found.high[-1])
    k = found.countries.index(country)
    return float(found.shares[k]), float(found.low[k]), float(found.high[k])


def is_range(record: Mapping[str, object]) -> bool:
    """
    Whether of a share only the bounds say something: by control, or if more is unknown than is known to be its own.

    Parameters
    ----------
    record : mapping
        With `by`, `value`, `low`, `high` and `unknown`. [1]

    Examples
    --------
    No part of a supply is known to be of a country, and three quarters are of unknown origin: it has 0 to 75 %.

    >>> is_range({"by": "extraction", "value": 0.0, "low": 0.0, "high": 0.75, "unknown": 0.75})
    True
    >>> is_range({"by": "extraction", "value": 0.54, "low": 0.35, "high": 0.7, "unknown": 0.16})
    False
    """
    value, low, high = (record.get(name) for name in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return False
    width = float(str(high)) - float(str(low))
    if record["by"] == "control":
        return width > 0
    is_dark = float(str(record["unknown"])) > float(str(value))
    return record["by"] != "partner" and width > APART and is_dark


def write_share(found: Answer, way: str, country: str) -> str:
    """Write a share by a way as in the table: in whole per cent, or only its bounds (`is_range`)."""
    share, low, high = share_of(found, country)
    ends = {name: None if math.isnan(end) else end for name, end in (("low", low), ("high", high))}
    if is_range({"by": way, "value": share, "unknown": float(found.shares[-1])} | ends):
        return f"{100 * low:.0f} to {percent(high)}"
    return f"at least {percent(share)}" if way == "control" and math.isnan(low) else percent(share)


def is_apart(told: Mapping[str, Answer], way: str, country: str) -> bool:
    """Whether a country's share by a way differs from that by partner by more than ten points."""
    if "partner" not in told or way == "partner":
        return False
    seen, share = (share_of(told[name], country)[0] for name in ("partner", way))
    return abs(share - seen) > APART


def open_sentence(told: Mapping[str, Answer], way: str, country: str) -> str:
    """Begin the sentence with both figures."""
    share, seen = (write_share(told[name], name, country) for name in (way, "partner"))
    return f"{country_name(country)} has {share} by {way} and {seen} by partner"


def explain_between(told: Mapping[str, Answer], way: str, country: str) -> list[str]:
    """
    Say why a country's share by a way differs from that by the ways of production before it, by more than ten points.

    Examples
    --------
    China processes 27 % of what the Union buys of cobalt and mines next to none of it.
    """
    sentences = []
    for other in ("extraction", "processing"):
        if other == way or way not in ("processing", "control") or not {other, way} <= set(told):
            continue
        share, before = (share_of(told[name], country)[0] for name in (way, other))
        if abs(share - before) <= APART:
            continue
        why = _REASONS[way, other, share > before]
        here, there = (write_share(told[name], name, country) for name in (way, other))
        sentences.append(f"{country_name(country)} has {here} by {way} and {there} by {other}: {why}")
    if sentences:
        lost, who = ("extraction", "mines") if way == "processing" else ("control", "owners")
        sentences.append(f"{percent(float(told[lost].shares[-1]))} of the {who} are unknown")
    return sentences


_REASONS = {
    (
        "processing",
        "extraction",
        True,
    ): "it processes ore that others mine, or of which the mine is not known",
    ("processing", "extraction", False): "what it mines is processed in other countries",
    ("control", "extraction", True): "its owners control mines in other countries",
    ("control", "extraction", False): "few of the mines in it are documented to be owned from it",
    ("control", "processing", True): "its owners control more mines than the ore of its plants",
    (
        "control",
        "processing",
        False,
    ): "control counts who owns the mines, and its plants run on ore of mines of others",
}


def explain_mix(
    told: Mapping[str, Answer], way: str, country: str, bought: Mapping[str, float], mixes: xr.DataArray
) -> str:
    r"""
    Say why a share by production differs from that by partner.

    Parameters
    ----------
    told : mapping of way to Answer
        With `partner` and the way.
    way, country : str
        What is explained.
    bought : mapping of partner to quantity
        What is bought from outside, in any one unit.
    mixes : DataArray, dims (importer, origin)
        What each partner ships, by origin.

    Returns
    -------
    str
        A sentence.

    Notes
    -----
    With the imports :math:`w_i` from partner i and the mix :math:`M_{ic}` of what it sells, exactly

    .. math:: S_c - w_c = \sum_{i \ne c} w_i M_{ic} - w_c (1 - M_{cc})

    so the sentence names what of the country's goods comes through others, and what of its shipments is not its own.

    Examples
    --------
    Of 40 t, 10 come from CCC, two thirds of them made in AAA: 16.7 % are of AAA but come through CCC.

    >>> round(10 / 40 * 2 / 3, 3)
    0.167
    """
    total = sum(bought.values())
    through = {
        code: mass / total * float(mixes.sel(importer=code, origin=country))
        for code, mass in bought.items()
        if code != country
    }
    parts = []
    if sum(through.values()) > SAID:
        top = max(through, key=lambda code: through[code])
        parts.append(
            f"{percent(sum(through.values()))} of the imports are of it but come through others, most through "
            f"{country_name(top)}"
        )
    if country in bought:
        parts += _not_its_own(mixes.sel(importer=country), bought[country] / total, country)
    opening = open_sentence(told, way, country)
    return f"{opening}: {'; '.join(parts)}" if parts else opening


def explain_control(told: Mapping[str, Answer], country: str, owners: xr.Dataset) -> str:
    """Say why a share by owner differs from that by partner: mines abroad, mines at home, owners not known."""
    opening = open_sentence(told, "control", country)
    parts = []
    if "extraction" in told and country in [str(name) for name in owners["owner"].values]:
        held = {
            str(origin): share_of(told["extraction"], str(origin))[0]
            * float(owners["share"].sel(origin=origin, owner=country))
            for origin in owners["origin"].values
        }
        abroad = {origin: share for origin, share in held.items() if origin != country and share > SAID}
        if abroad:
            top = max(abroad, key=lambda origin: abroad[origin])
            parts.append(
                f"{percent(sum(abroad.values()))} come from mines abroad that its owners control, most in "
                f"{country_name(top)}"
            )
    if "extraction" in told and is_apart(told, "extraction", country):
        parts.append(f"{percent(share_of(told['extraction'], country)[0])} are mined in it")
    parts.append(f"{percent(float(told['control'].shares[-1]))} of the owners are unknown")
    return f"{opening}: {'; '.join(parts)}"


def _not_its_own(mix: xr.DataArray, weight: float, country: str) -> list[str]:
    """Say what of a partner's shipments is of other origin, and what of unknown."""
    parts = []
    unknown = float(mix.sel(origin=UNKNOWN))
    others = mix.drop_sel(origin=[UNKNOWN, country])
    if weight * float(others.sum()) > SAID:
        top = str(others["origin"].values[int(np.argmax(others.values))])
        parts.append(
            f"{percent(float(others.sum()))} of what it ships is of others, most of {country_name(top)}"
        )
    if weight * unknown > SAID:
        parts.append(f"{percent(unknown)} of what it ships is of unknown origin")
    return parts


def percent(share: float) -> str:
    """
    Write a share as a whole percentage.

    Examples
    --------
    >>> percent(0.545)
    '55 %'
    """
    return f"{100 * share:.0f} %"
