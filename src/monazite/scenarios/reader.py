"""Read scenarios: from a file, or by the name of a shipped one."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from monazite.errors import ScenarioError, nearest_names
from monazite.scenarios.observations import list_observation_tables, read_observations
from monazite.scenarios.problems import Place
from monazite.scenarios.schema import Scenario
from monazite.scenarios.words import Finding, find_unknown_words
from monazite.scenarios.yaml_reader import read_model
from monazite.simulation import read_priors
from monazite.simulation.priors import LIMITS

SCENARIOS = Path(__file__).parents[1] / "data" / "scenarios"
SUFFIXES = (".yaml", ".yml")
FIX = "mend these lines; docs/reference/scenarios.md lists every key"

LATER_KEYS: Mapping[str, object] = {
    "name": None,
    "links": [],
    "split_from": None,
    "unknown_ores": "raise",
    "new_supply": "deposits",
    "announced_day": None,
    "order_lead_months": None,
    "held_share": 0.0,
    "days_at_sea": None,
    "market": None,
    "covered_parts": [],
}
"""Keys of scenario files that came after the first frozen forecast, and their defaults, which change nothing."""


def list_scenarios() -> tuple[str, ...]:
    """List the names of the shipped scenarios, sorted."""
    return tuple(sorted(path.stem for path in SCENARIOS.glob("*.yaml")))


def find_scenario(source: str | Path) -> Path:
    """
    Find the file of a scenario.

    Parameters
    ----------
    source : str or Path
        A Path, or a text that ends in `.yaml` or `.yml`, is a file; other text is the name of a shipped one.

    Raises
    ------
    ScenarioError
        If no scenario has that name; offers the nearest.

    Examples
    --------
    >>> find_scenario("graphite-2023").name
    'graphite-2023.yaml'
    """
    if isinstance(source, Path) or source.endswith(SUFFIXES):
        return Path(source)
    names = list_scenarios()
    if source in names:
        return SCENARIOS / f"{source}.yaml"
    raise ScenarioError(
        "scenario",
        f"there is none named {source!r}.",
        expected="the name of a shipped scenario, or a file that ends in .yaml",
        fix=nearest_names(source, names),
    )


def read_scenario(source: str | Path) -> Scenario:
    """
    Read a scenario.

    Parameters
    ----------
    source : str or Path
        A YAML 1.2 file, or the name of a shipped scenario.

    Returns
    -------
    Scenario
        Frozen. Countries are ISO3 codes, materials ids, groups in a policy their members.

    Raises
    ------
    ScenarioError
        One error that lists every mistake with file, line, place, what was expected and the nearest name.

    Examples
    --------
    >>> scenario = read_scenario("graphite-2023")
    >>> scenario.materials, scenario.policies[0].kind, scenario.end
    (('natural_graphite',), 'licence', '2025-01')
    """
    return read_model(find_scenario(source), Scenario, check=find_unknown_names, fix=FIX)


def scenario_sha256(scenario: Scenario) -> str:
    """
    Hash what a scenario says; comments, `assumed`, order of keys and spelling of countries do not count.

    Two files with the same hash give the same result with the same release and code. A key of `LATER_KEYS` that a file
    does not give leaves its hash as it was before that key existed.
    """
    said = drop_later_keys(scenario.model_dump(mode="json", exclude={"assumed"}))
    content = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def drop_later_keys(content: object) -> object:
    """
    Leave out keys of `LATER_KEYS` at their defaults, at any depth.

    Examples
    --------
    >>> drop_later_keys({"policies": [{"kind": "ban", "held_share": 0.0, "announced_day": 3}]})
    {'policies': [{'kind': 'ban', 'announced_day': 3}]}
    """
    if isinstance(content, dict):
        return {
            key: drop_later_keys(value)
            for key, value in content.items()
            if key not in LATER_KEYS or value != LATER_KEYS[key]
        }
    return [drop_later_keys(value) for value in content] if isinstance(content, list) else content


def scenario_json_schema() -> dict[str, object]:
    """Make the JSON Schema of a scenario file, for editors that check while one types."""
    schema = Scenario.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
    }


def find_unknown_names(content: object) -> list[Finding]:
    """
    Find names in a scenario, as it stands in a file, that nothing known carries.

    Looks at what pydantic cannot know, or would see only once all else is right: countries and stages in
    policies, parameters, the observation table and its series.
    """
    if not isinstance(content, dict):
        return []
    markets = [market if isinstance(market, dict) else {} for market in _items(content.get("markets"))]
    found = [*_policy_findings(content, ()), *_parameter_findings(content, ())]
    for number, market in enumerate(markets):
        found += [
            *_policy_findings(market, ("markets", number)),
            *_parameter_findings(market, ("markets", number)),
        ]
    return [*found, *_observation_findings(content)]


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _policy_findings(part: dict[str, object], place: Place) -> list[Finding]:
    """Find unknown words in the policies of a scenario or a market."""
    return [
        ((*place, "policies", number, *inner), text)
        for number, policy in enumerate(_items(part.get("policies")))
        for inner, text in find_unknown_words(policy)
    ]


def _parameter_findings(part: dict[str, object], place: Place) -> list[Finding]:
    """Find parameters that have no prior, or are given numbers outside of what the model can take."""
    parameters = part.get("parameters")
    names = parameters if isinstance(parameters, dict) else {}
    known = read_priors()
    found: list[Finding] = []
    for name, value in names.items():
        if name not in known:
            found.append(((*place, "parameters", name), f"unknown parameter; {nearest_names(name, known)}"))
            continue
        pair = value if isinstance(value, list) else [value]
        is_plain = all(isinstance(item, int | float) and not isinstance(item, bool) for item in pair)
        low, high = LIMITS[name]
        if is_plain and not all(low <= item <= high for item in pair):
            text = f"expected a number or [low, high] within {low:g}..{high:g}, got {value}"
            found.append(((*place, "parameters", name), text))
    return found


def _observation_findings(content: dict[str, object]) -> list[Finding]:
    """Find an observation table or a series of it that does not exist."""
    part = content.get("observations")
    table = _get(part, "table")
    wanted = [
        (("observations", "comparisons", number, "series"), name)
        for number, entry in enumerate(_items(_get(part, "comparisons")))
        if isinstance(name := _get(entry, "series"), str) and name
    ]
    tables = list_observation_tables()
    if not isinstance(table, str):
        return [(place, "needs observations.table, where the series stands") for place, _ in wanted]
    if table not in tables:
        return [(("observations", "table"), f"there is none named {table!r}; {nearest_names(table, tables)}")]
    known = {row.series for row in read_observations(table)}
    return [
        (place, f"{table} has no series {name!r}; {nearest_names(name, known)}")
        for place, name in wanted
        if name not in known
    ]


def _get(part: object, key: str) -> object:
    return part.get(key) if isinstance(part, dict) else None
