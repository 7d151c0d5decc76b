"""Policies that do not fit the markets that a scenario builds: all of them at once, by the line of the file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from monazite.errors import ScenarioError
from monazite.scenarios.problems import Place, Problem, compose_error, find_line
from monazite.scenarios.reader import find_scenario
from monazite.scenarios.schema import Market, Scenario
from monazite.scenarios.words import Finding, ScenarioPolicy
from monazite.scenarios.yaml_reader import parse_yaml, read_text
from monazite.simulation import Market as SimulatedMarket
from monazite.simulation.policy_checks import find_misfits

FIX = "name the stage of the market, and countries that make, trade or use some of it in the baseline years"


def check_fit(
    scenario: Scenario, built: Sequence[tuple[Market, SimulatedMarket, Sequence[ScenarioPolicy]]]
) -> None:
    """
    Raise ScenarioError that names every policy that does not fit a market, with its place in the scenario.

    Parameters
    ----------
    scenario : Scenario
        Whose policies they are.
    built : sequence of (Market, Market, sequence of policy)
        Each market as the scenario has it and as it was built, with its policies in the order of `policies_of`.

    Raises
    ------
    ScenarioError
        `findings` has the place and the text of each, for `point_to_lines`.

    Examples
    --------
    A ban on China's graphite to China: "policies.0: natural_graphite: nothing is traded on its lanes in the baseline".
    """
    found: list[Finding] = []
    for market, simulated, policies in built:
        for place, policy in zip(list_policy_places(scenario, market), policies, strict=True):
            for text in find_misfits(simulated, policy):
                where = (*place, "stage") if text.startswith("stage ") else place
                found.append((where, f"{market.label}: {text}"))
    if found:
        error = ScenarioError(
            f"scenario {scenario.name}", f"{len(found)} parts of its policies do not fit their markets.",
            which=[f"{'.'.join(map(str, place))}: {text}" for place, text in found], fix=FIX,
        )  # fmt: skip
        error.findings = tuple(found)
        raise error


def list_policy_places(scenario: Scenario, market: Market) -> list[Place]:
    """List where in a scenario the policies of a market stand, in the order of `policies_of`."""
    shared = [
        number for number, policy in enumerate(scenario.policies) if not scenario.links or market.fits(policy)
    ]
    own = scenario.markets.index(market)
    places: list[Place] = [("policies", number) for number in shared]
    return [*places, *(("markets", own, "policies", number) for number in range(len(market.policies)))]


@contextmanager
def point_to_lines(source: str | Path | None) -> Iterator[None]:
    """
    Say file and line of what a run finds wrong in a scenario that was read from a file.

    Parameters
    ----------
    source : str, Path or None
        As in `read_scenario`; None = the scenario came from no file.

    Raises
    ------
    ScenarioError
        With file and line of every finding.

    Examples
    --------
    "my.yaml:21: policies.0: natural_graphite: nothing is traded on its lanes in the baseline"
    """
    try:
        yield
    except ScenarioError as error:
        if source is None or not error.findings:
            raise
        path = find_scenario(source)
        lines = parse_yaml(read_text(path), path.name).lines
        problems = [Problem(place, find_line(place, lines), text) for place, text in error.findings]
        raise compose_error(path.name, problems, FIX) from error
