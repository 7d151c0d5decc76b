"""What can be said of a candidate: its kind, what moved, and the verdict."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from monazite.detection.scan import Candidate

FALSE_ALARM_SHARE = 0.10
"""Share of flows without a restriction that the detector calls broken, at most."""
ALARM_P = 0.05
"""A flow broke at this p-value or less. Lanes differ in their tails and memory, so that up to 7 % of those without a
restriction get there: within the stated share with room (docs/explanation/detection.md)."""
MOVED = 0.5
"""A lane moved with the market where its departures from the others are below this share of that from its past."""
CLEAR = 0.5
"""A lane in which not even a loss of this share would stand out cannot be told. Source: this project."""
SMALL = "no period that was asked for departs by {:.0f} % or more, the least size of a break"
HIDDEN = "{}, but the flow is so restless that a loss of {:.0f} % might hide in it"

Verdict = Literal["broke", "no break", "cannot tell"]


def name_kind(candidate: Candidate, *, is_small: bool) -> str:
    """Name what a candidate is: a departure below the least size is none."""
    if is_small:
        return "none"
    if candidate.signature != "tonnes":
        return "squeeze"
    return "fall" if candidate.departure < 0 else "rise"


def name_scope(parts: Mapping[str, float]) -> str:
    """
    Name what moved, from the departures from each counterfactual.

    Examples
    --------
    The flow fell, and so did what the exporter sends to others, but not what others send:

    >>> name_scope({"own_past": -1.0, "other_exporters": -0.9, "other_importers": -0.1})
    'exporter'
    """
    own = parts.get("own_past", 0.0)
    against = {name: value * np.sign(own) >= MOVED * abs(own) for name, value in parts.items()}
    exporters, importers = against.get("other_exporters"), against.get("other_importers")
    scopes = {
        (True, True): "lane", (True, False): "exporter", (False, True): "importer", (False, False): "market",
        (True, None): "lane or exporter", (False, None): "market", (None, True): "lane or importer",
        (None, False): "exporter or market", (None, None): "not known",
    }  # fmt: skip
    return scopes[exporters, importers]


def decide(p_value: float, scope: str, detectable: float, period: str) -> tuple[Verdict, str]:
    """Give the verdict, and the reason where it is not `broke`."""
    if p_value <= ALARM_P and scope != "market":
        return "broke", ""
    if scope == "market":
        return "no break", "the flow moved with the market: the flows that it is compared with moved alike"
    words = f"the largest departure, {period}, is matched by chance or ordinary change with p = {p_value:.2f}"
    if detectable <= CLEAR:
        return "no break", words
    return (
        "cannot tell",
        f"{words}; only a loss of about {100 * detectable:.0f} % or more would stand out here",
    )


def decide_small(low: float, least: float) -> tuple[Verdict, str]:
    """
    Give the verdict on a departure below the least size: a loss of half might hide in a restless flow.

    Examples
    --------
    >>> decide_small(-0.3, 0.1)[0], decide_small(-0.6, 0.1)[0]
    ('no break', 'cannot tell')
    """
    words = SMALL.format(100 * least)
    if low > -CLEAR:
        return "no break", words
    return "cannot tell", HIDDEN.format(words, -100 * low)
