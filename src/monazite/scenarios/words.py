"""Words of a scenario file that the vocabulary knows: countries, regions, materials, stages and months."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from monazite.errors import DataError
from monazite.scenarios.problems import FINDING, Place
from monazite.simulation.calendar import month_number, read_month
from monazite.simulation.policies import Policy
from monazite.simulation.policies.policy import find_date_faults
from monazite.vocabulary import region_name, resolve_country, resolve_material, resolve_region, resolve_stage

Finding = tuple[Place, str]
"""A mistake: where, counted from the thing under test, and what was expected."""


LISTS = ("origin", "destination", "country", "by")
"""Fields of a policy that may hold a list of countries and groups."""
NO_COUNTRY = ("all", "ROW")
"""What the field `country` of a policy may hold beside a country: all, or what the market does not name."""


def ask(resolve: Callable[[str], str], text: str) -> str:
    """
    Resolve a word, and say a failure in one line.

    Raises
    ------
    ValueError
        If the vocabulary does not know the word; pydantic turns it into a finding.

    Examples
    --------
    >>> ask(resolve_country, "Japan")
    'JPN'
    """
    try:
        return resolve(text)
    except DataError as error:
        raise ValueError(say(error, text)) from error


def say(error: DataError, text: str) -> str:
    """Say in one line that a word is not known, with the nearest valid names."""
    if not error.which:
        return f"{error.what.removesuffix('.')}; expected {error.expected}"
    hint = str(error.which[0]).partition(" (")[2].removesuffix(")")
    wish = f"expected {error.expected}, got {text!r}"
    return f"{wish}; {hint}" if hint else wish


def raise_findings(findings: Sequence[Finding]) -> None:
    """
    Raise findings so that pydantic reports each at its own place; do nothing if there are none.

    Raises
    ------
    ValidationError
        With one entry for each finding.
    """
    if findings:
        details = [
            InitErrorDetails(
                type=PydanticCustomError(FINDING, "{text}", {"text": text}), loc=place, input=None
            )
            for place, text in findings
        ]
        raise ValidationError.from_exception_data("scenario", details)


def find_unknown_words(policy: object) -> list[Finding]:
    """
    Find the countries, regions and stages that nobody knows, and dates in no order, in a policy as it stands in a file.

    Examples
    --------
    >>> find_unknown_words({"kind": "ban", "origin": ["Japn"], "destination": "all"})[0][0]
    ('origin', 0)
    """
    if not isinstance(policy, dict):
        return []
    found: list[Finding] = []
    country = policy.get("country")
    words: list[tuple[Place, object, Callable[[str], str]]] = [
        (("country",), None if country in NO_COUNTRY else country, resolve_country),
        (("stage",), policy.get("stage"), resolve_stage),
    ]
    for field in LISTS:
        codes = policy.get(field)
        if isinstance(codes, list):
            words += [((field, place), code, region_name) for place, code in enumerate(codes)]
    for place, word, resolve in words:
        if isinstance(word, str):
            try:
                resolve(word)
            except DataError as error:
                found.append((place, say(error, word)))
    found += [((), text) for text in find_wrong_dates(policy)]
    return [*found, *((("policy", *place), text) for place, text in find_unknown_words(policy.get("policy")))]


def find_wrong_dates(policy: dict[str, object]) -> list[str]:
    """Say what is wrong with the order of a policy's months; nothing where one of them cannot be read."""
    effective = policy.get("effective")
    dates = (policy.get("announced") or effective, effective, policy.get("end") or effective)
    try:
        announced, first, last = (read_month(value) for value in dates)
    except ValueError:
        return []
    problems = find_date_faults(announced, first, last if policy.get("end") else None)
    return ["; ".join(problems)] if problems else []


def resolve_policy(policy: Any) -> Any:
    """
    Write a policy's countries as ISO3 codes; a group becomes its members in the year the policy takes effect.

    Raises
    ------
    ValidationError
        If the vocabulary does not know a word.
    """
    raise_findings(find_unknown_words(policy.model_dump()))
    year = month_number(policy.effective) // 12
    changes: dict[str, object] = {"stage": resolve_stage(policy.stage)}
    country = getattr(policy, "country", None)
    if isinstance(country, str) and country not in NO_COUNTRY:
        changes["country"] = resolve_country(country)
    if hasattr(policy, "policy"):
        changes["policy"] = resolve_policy(policy.policy)
    for field in LISTS:
        codes = getattr(policy, field, "all")
        if isinstance(codes, list | tuple):
            changes[field] = type(codes)(dict.fromkeys(_members(field, codes, year)))
    return policy.model_copy(update=changes)


def _members(field: str, codes: Sequence[str], year: int) -> Iterator[str]:
    """List the countries of regions in a year."""
    for number, code in enumerate(codes):
        try:
            yield from resolve_region(code, year)
        except DataError as error:
            raise_findings([((field, number), say(error, code))])


def _country(text: str) -> str:
    return ask(resolve_country, text)


def _region(text: str) -> str:
    return ask(region_name, text)


def _material(text: str) -> str:
    return ask(resolve_material, text)


def _stage(text: str) -> str:
    return ask(resolve_stage, text)


Country = Annotated[str, AfterValidator(_country)]
"""A country by any of its names; kept as ISO3."""
Region = Annotated[str, AfterValidator(_region)]
"""A country or a group; kept as ISO3 or the group's name."""
Material = Annotated[str, AfterValidator(_material)]
"""A material by any of its names; kept as its id."""
Stage = Annotated[str, AfterValidator(_stage)]
"""A stage of the chain."""
Month = Annotated[str, AfterValidator(read_month)]
"""A calendar month, YYYY-MM."""
ScenarioPolicy = Annotated[Policy, AfterValidator(resolve_policy)]
"""A policy instrument whose words the vocabulary knows."""
