"""What to mind of a market of a scenario: parts that are covered, an old baseline, countries left out, few draws."""

from collections.abc import Sequence

from monazite.errors import ScenarioError
from monazite.scenarios.schema import Market
from monazite.scenarios.words import ScenarioPolicy
from monazite.vocabulary import materials

LONG_YEARS = 5
"""A baseline that lies further before the start is told. [years] Source: this project."""
LEAST_DRAWS = 20
"""Fewest draws of which 5 and 95 % are quantiles and not the ends. Source: arithmetic, 1 / 0.05."""


def check_covered_parts(markets: Sequence[Market]) -> None:
    """
    Raise ScenarioError that names every covered part that is no part of the material of its market.

    Examples
    --------
    `covered_parts: [dysprosium]` of rare_earths passes; `[cobalt]` does not.
    """
    wrong = [
        f"market {market.label}: {part} is no part of {market.material}"
        for market in markets
        for part in market.covered_parts
        if materials()[part].parent != market.material
    ]
    if wrong:
        raise ScenarioError(
            "covered_parts", "do not belong to their markets.", which=wrong,
            expected="parts of the material, as dysprosium of rare_earths", fix="leave them out",
        )  # fmt: skip


def describe_market(market: Market, start: str) -> list[str]:
    """Say what of a market differs from what the measures cover, or from the time of the run."""
    return [note for note in (describe_covered(market), describe_age(market, start)) if note]


def describe_covered(market: Market) -> str:
    """
    Say that a market is of more than the measures cover; empty where it is not.

    Examples
    --------
    >>> from monazite.scenarios.schema import Baseline
    >>> baseline = Baseline(years=(2024,), production_stage="processing", trade_stage="processing", weight="gross")
    >>> describe_covered(Market(material="rare_earths", baseline=baseline))
    ''
    """
    if not market.covered_parts:
        return ""
    whole = market.material.replace("_", " ")
    return (
        f"the measures cover {', '.join(market.covered_parts)}, but no trade code holds these apart: all {whole} "
        "are simulated as covered, so who runs short, prices and tonnes are those of a measure on all of them"
    )


def describe_age(market: Market, start: str) -> str:
    """
    Say that a baseline lies long before, or after, the first simulated month; empty where it does not.

    Examples
    --------
    >>> from monazite.scenarios.schema import Baseline
    >>> baseline = Baseline(years=(2024,), production_stage="processing", trade_stage="processing", weight="gross")
    >>> describe_age(Market(material="cobalt", baseline=baseline), "2090-01")
    'the baseline of 2024 stands for 2090 as it is: 66 years in between, and nothing of them is in the run'
    """
    last, first = max(market.baseline.years), int(start[:4])
    if abs(first - last) <= LONG_YEARS:
        return ""
    return (
        f"the baseline of {last} stands for {first} as it is: {abs(first - last)} years in between, and nothing of "
        "them is in the run"
    )


def list_cautions(policies: Sequence[ScenarioPolicy], countries: Sequence[str], draws: int) -> list[str]:
    """
    Say which countries are left out of a policy, and that few draws carry no interval.

    Examples
    --------
    >>> list_cautions([], ["CHN"], 5)
    ['5 draws are too few for quantiles of 5 and 95 %']
    """
    cautions = []
    for place, policy in enumerate(policies):
        left = [code for code in dict.fromkeys(policy.countries) if code not in countries]
        if left:
            title = f"policy {place} ({policy.kind})"
            cautions.append(f"{title}: leaves out {', '.join(left)}, which neither make nor trade any of it")
    if draws < LEAST_DRAWS:
        cautions.append(
            f"{draws} {'draw is' if draws == 1 else 'draws are'} too few for quantiles of 5 and 95 %"
        )
    return cautions
