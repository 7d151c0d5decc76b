"""How one site counts: three rules that turn owners and takers of output into shares by country."""

from collections.abc import Sequence
from typing import Literal, get_args

from monazite.errors import DataError, nearest_names

Rule = Literal["control", "equity", "offtake"]
RULES: tuple[Rule, ...] = get_args(Rule)
Weights = dict[str, tuple[float, float]]
"""Country of the holder -> lowest and highest share of the site's output."""
Row = dict[str, object]
MAJORITY = 0.5
"""Share of equity above which joint owners of one country decide without others. [share]"""


def check_rule(rule: str) -> Rule:
    """
    Return the rule if it is one.

    Raises
    ------
    DataError
        If it is none of control, equity and offtake; the nearest is offered.

    Examples
    --------
    >>> check_rule("equity")
    'equity'
    """
    for known in RULES:
        if rule == known:
            return known
    raise DataError(
        "rule", f"there is no rule {rule!r}.", expected=", ".join(RULES), fix=nearest_names(rule, RULES)
    )


def weigh_holders(rows: Sequence[Row], rule: Rule) -> Weights:
    r"""
    Shares of one site's output by country of its holders.

    Parameters
    ----------
    rows : sequence of rows
        Rows of `ownership` of one site, valid in the year: relation, holder_country, share_low, share_high [share,
        0..1; NaN = not published], is_controlling (yes, joint, no).
    rule : str
        control: the whole output to the country of the owner who decides; where owners decide jointly, each of their
        countries has 0 to all of it, and all of it if they are of one country and hold more than half; minority
        stakes and off-take count nothing. equity: pro rata to equity, minority stakes included; off-take counts
        nothing. offtake: pro rata to the output that a taker is known to take; equity counts nothing.

    Returns
    -------
    dict of country to (low, high)
        Shares of the output. [share, 0 <= low <= high <= 1] What is not listed is unknown.

    Notes
    -----
    .. math:: w_o = \left[\sum_h \underline{s}_h,\ \min(1, \sum_h \overline{s}_h)\right]

    over the holders h of country o; a share that is not published counts as 0 to 1.

    References
    ----------
    Source: this project, docs/explanation/control.md.

    Examples
    --------
    >>> chinese = {"relation": "owner", "holder_country": "CHN", "share_low": 0.8, "share_high": 0.8}
    >>> congolese = {"relation": "owner", "holder_country": "COD", "share_low": 0.2, "share_high": 0.2}
    >>> rows = [chinese | {"is_controlling": "yes"}, congolese | {"is_controlling": "no"}]
    >>> weigh_holders(rows, "control"), weigh_holders(rows, "equity")
    ({'CHN': (1.0, 1.0)}, {'CHN': (0.8, 0.8), 'COD': (0.2, 0.2)})
    """
    if rule == "control":
        return _weigh_control(rows)
    relation = "owner" if rule == "equity" else "offtake"
    weights: Weights = {}
    for row in rows:
        if row["relation"] == relation:
            country = str(row["holder_country"])
            low, high = weights.get(country, (0.0, 0.0))
            own_low, own_high = float(str(row["share_low"])), float(str(row["share_high"]))
            weights[country] = (
                low + (own_low if own_low == own_low else 0.0),
                min(1.0, high + (own_high if own_high == own_high else 1.0)),
            )
    return {country: (min(low, high), high) for country, (low, high) in weights.items()}


def _weigh_control(rows: Sequence[Row]) -> Weights:
    """The owner who decides has all; owners who decide jointly 0 to all, or all if one country has the majority."""
    owners = [row for row in rows if row["relation"] == "owner"]
    alone = {str(row["holder_country"]) for row in owners if row["is_controlling"] == "yes"}
    if alone:
        return dict.fromkeys(sorted(alone), (1.0 if len(alone) == 1 else 0.0, 1.0))
    joint = [row for row in owners if row["is_controlling"] == "joint"]
    names = sorted({str(row["holder_country"]) for row in joint})
    held = sum(float(str(row["share_low"])) for row in joint)
    return dict.fromkeys(names, (1.0 if len(names) == 1 and held > MAJORITY else 0.0, 1.0))
