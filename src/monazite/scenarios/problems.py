"""The mistakes of a configuration file in words: pydantic's findings with lines and nearest valid names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monazite.errors import ScenarioError, nearest_names

Place = tuple[str | int, ...]
"""Where in a file: keys and list positions, outermost first."""
FINDING = "finding"
"""Type of the errors that our own checks raise with a place and a text."""
MAX_SHOWN = 50
"""Mistakes printed in one message; the rest is counted. Source: this project."""


@dataclass(frozen=True)
class Problem:
    """One mistake: its place, its line counted from 1, and what was expected."""

    place: Place
    line: int
    text: str


def compose_error(name: str, problems: Sequence[Problem], fix: str) -> ScenarioError:
    """
    Make one error of all mistakes, in the order of the file.

    Examples
    --------
    >>> print(compose_error("a.yaml", [Problem(("months",), 4, "expected a valid integer, got 'six'")], ""))
    a.yaml:4: months: expected a valid integer, got 'six'
    """
    ordered = sorted(
        dict.fromkeys(problems), key=lambda problem: (problem.line, [str(part) for part in problem.place])
    )
    lines = [f"{_where(name, problem)}: {problem.text}" for problem in ordered]
    if len(ordered) == 1:
        return ScenarioError(_where(name, ordered[0]), ordered[0].text, fix=fix)
    hidden = [f"... {len(lines) - MAX_SHOWN} more"] if len(lines) > MAX_SHOWN else []
    listed = "".join(f"\n  {line}" for line in [*lines[:MAX_SHOWN], *hidden])
    return ScenarioError(name, f"has {len(lines)} mistakes.{listed}", fix=fix)


def _where(name: str, problem: Problem) -> str:
    place = ".".join(str(part) for part in problem.place)
    return f"{name}:{problem.line}: {place}" if place else f"{name}:{problem.line}"


def describe_mistakes(
    error: ValidationError, model: type[BaseModel], content: object, lines: Mapping[Place, int]
) -> list[Problem]:
    """
    Turn pydantic's findings into problems with lines.

    Parameters
    ----------
    error : ValidationError
        What pydantic found.
    model : type of BaseModel
        The model that was asked for; its JSON Schema gives the valid names.
    content : object
        The plain content of the file.
    lines : mapping of Place to int
        Line of every place in the file, counted from 1.

    Returns
    -------
    list of Problem
        One for each place; the branches of a choice ("a number or a list") are joined.
    """
    schema = model.model_json_schema()
    found: dict[Place, list[str]] = {}
    branches: set[Place] = set()
    for details in error.errors(include_url=False):
        if details["type"] == "too_short" and len(details["input"]) >= details["ctx"]["min_length"]:
            continue  # pydantic counts only right entries; the wrong ones have findings of their own
        place, is_branch = _locate(content, details)
        if is_branch:
            branches.add(place)
        texts = found.setdefault(place, [])
        text = _words(details, place, schema, content)
        if text not in texts:
            texts.append(text)
    deeper = {place[:n] for place in found for n in range(len(place))}
    return [
        Problem(place, find_line(place, lines), _join(texts, _value_at(content, place)))
        for place, texts in found.items()
        if not (place in branches and place in deeper)
    ]


def _locate(content: object, details: ErrorDetails) -> tuple[Place, bool]:
    """Translate pydantic's location to a place in the file; names of union branches drop out."""
    place: Place = ()
    node = content
    dropped = False
    for part in details["loc"]:
        if isinstance(node, list) and isinstance(part, int) and part < len(node):
            place, node, dropped = (*place, part), node[part], False
        elif isinstance(node, dict) and str(part) in node:
            place, node, dropped = (*place, str(part)), node[str(part)], False
        else:
            dropped = True
    if details["type"] == "missing" or (details["type"] == FINDING and dropped):
        return (*place, details["loc"][-1]), False
    if details["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return (*place, details["ctx"]["discriminator"].strip("'")), False
    return place, dropped


def find_line(place: Place, lines: Mapping[Place, int]) -> int:
    """Find the line of a place in a file, or of the nearest thing around it, counted from 1."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _value_at(content: object, place: Place) -> object:
    """Read the value at a place; None where there is none."""
    for part in place:
        if isinstance(content, dict):
            content = content.get(part)
        else:
            content = content[part] if isinstance(content, list) and isinstance(part, int) else None
    return content


def _words(details: ErrorDetails, place: Place, schema: Mapping[str, object], content: object) -> str:
    """Say one finding in our words; a text that starts with "expected" gets "got ..." added later."""
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return f"unknown key; {nearest_names(str(place[-1]), _known_keys(schema, content, place[:-1]))}"
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        if kind == "union_tag_not_found":
            return "is missing"
        names = [name.strip(" '") for name in context["expected_tags"].split(",")]
        return f"expected {_either(names)}, got {context['tag']!r}; {nearest_names(context['tag'], names)}"
    if kind == "too_short":
        return f"expected at least {context['min_length']} entry, got {context['actual_length']}"
    if kind == "literal_error" and isinstance(details["input"], str):
        names = [name.strip(" '") for name in context["expected"].replace(" or ", ",").split(",")]
        hint = nearest_names(details["input"], names)
        return f"expected {_either(names)}, got {details['input']!r}; {hint}"
    text = " ".join(details["msg"].removeprefix("Value error, ").split())
    for long, short in _SHORTER.items():
        text = text.replace(long, short)
    text = text.removesuffix(" after validation")
    if details["loc"][-1:] == ("[key]",):
        return f"{text.replace('expected ', 'expected a key that is ')}, got {_short(details['input'])}"
    return text[:1].lower() + text[1:] if text.startswith(("Value", "List", "Tuple", "String")) else text


_SHORTER = {
    "Input should be ": "expected ",
    "a valid dictionary or object to extract fields from": "a mapping",
    "a valid dictionary": "a mapping",
    "an object": "a mapping",
    "a valid array": "a list",
    "a valid list": "a list",
    "a valid tuple": "a list",
    "a valid string": "text",
    ", unable to parse string as an integer": "",
    ", unable to parse string as a number": "",
    ", got a number with a fractional part": "",
}


def _join(texts: Sequence[str], value: object) -> str:
    """Join the findings at one place, and add what stood there."""
    expected = [text.removeprefix("expected ") for text in texts if text.startswith("expected ")]
    others = [text for text in texts if not text.startswith("expected ")]
    if expected:
        wish = f"expected {_either(expected)}"
        others.insert(0, wish if ", got " in wish else f"{wish}, got {_short(value)}")
    return "; ".join(others)


def _either(names: Sequence[str]) -> str:
    """Write a choice: a, b or c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _short(value: object) -> str:
    """Print a value in at most 60 characters."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _known_keys(schema: Mapping[str, object], content: object, place: Place) -> list[str]:
    """List the keys that the schema knows at a place; the discriminator of a union picks its branch."""
    nodes = [schema]
    values = [content]
    for part in place:
        values.append(_value_at(values[-1], (part,)))
        nodes = [inner for node in nodes for inner in _step(node, part, schema, values[-2])]
    keys = [
        key for node in nodes for branch in _branches(node, schema, values[-1]) for key in _properties(branch)
    ]
    return sorted(set(keys))


def _properties(node: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    properties = node.get("properties", {})
    return properties if isinstance(properties, Mapping) else {}


def _step(
    node: Mapping[str, object], part: str | int, schema: Mapping[str, object], value: object
) -> Iterator[Mapping[str, object]]:
    """Step from a schema node to what it says of one key or item."""
    for branch in _branches(node, schema, value):
        inner = branch.get("items") if isinstance(part, int) else _properties(branch).get(str(part))
        inner = branch.get("additionalProperties") if inner is None and isinstance(part, str) else inner
        if isinstance(inner, Mapping):
            yield inner


def _branches(
    node: Mapping[str, object], schema: Mapping[str, object], value: object
) -> Iterator[Mapping[str, object]]:
    """Follow references and choices down to plain nodes."""
    reference = node.get("$ref")
    choices = node.get("oneOf") or node.get("anyOf")
    if isinstance(reference, str):
        definitions = schema["$defs"]
        target = definitions[reference.rsplit("/", 1)[-1]] if isinstance(definitions, Mapping) else {}
        yield from _branches(target, schema, value)
    elif isinstance(choices, list):
        tag = node.get("discriminator")
        chosen = _chosen(tag, value) if isinstance(tag, Mapping) else None
        for choice in [chosen] if chosen is not None else choices:
            yield from _branches(choice, schema, value)
    else:
        yield node


def _chosen(tag: Mapping[str, object], value: object) -> Mapping[str, object] | None:
    """Pick the branch that the discriminator in the file names; None where it names none."""
    mapping = tag["mapping"]
    named = value.get(str(tag["propertyName"])) if isinstance(value, dict) else None
    reference = mapping.get(str(named)) if isinstance(mapping, Mapping) else None
    return None if reference is None else {"$ref": reference}
