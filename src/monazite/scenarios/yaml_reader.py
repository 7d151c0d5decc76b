"""Read a YAML 1.2 file into a pydantic model, with every mistake named at once by its line."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.nodes import ScalarNode

from monazite.errors import ScenarioError
from monazite.scenarios.problems import Place, Problem, compose_error, describe_mistakes, find_line

MAX_BYTES = 1_000_000
"""Largest file read. [byte] Source: this project; a scenario takes some 5 kB."""
MAX_DEPTH = 20
"""Deepest nesting read. [levels] Source: this project; a scenario needs six."""

Model = TypeVar("Model", bound=BaseModel)
Check = Callable[[object], Iterable[tuple[Place, str]]]


@dataclass
class Document:
    """The content of one file, the line of each place in it, and what was wrong with it so far."""

    content: object = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def note(self, place: Place, line: int, text: str) -> None:
        """Note a mistake, at a line counted from 1."""
        self.problems.append(Problem(place, line, text))


def read_model(path: Path, model: type[Model], *, check: Check | None = None, fix: str = "") -> Model:
    """
    Read a YAML 1.2 file into a frozen pydantic model.

    Parameters
    ----------
    path : Path
        A UTF-8 file of at most 1 MB that holds one mapping, without anchors, aliases and tags.
    model : type of BaseModel
        What the file shall hold. Values are taken strictly: a quoted number is text, not a number.
    check : callable, optional
        Looks at the plain content and returns more mistakes, as (place, text); for what the model would see
        only after everything else is right.
    fix : str, optional
        What the reader can do about a mistake; the last line of the message.

    Returns
    -------
    BaseModel
        An instance of `model`.

    Raises
    ------
    ScenarioError
        If anything is wrong; one error that lists every mistake with file, line, place and what was expected.
    """
    document = parse_yaml(read_text(path), path.name)
    if document.content is None:
        raise compose_error(path.name, document.problems, fix)
    for place, text in check(document.content) if check else ():
        document.note(place, find_line(place, document.lines), text)
    checked: Model | None = None
    try:
        checked = model.model_validate_json(to_json(document.content), strict=True)
    except ValidationError as error:
        noted = {problem.place for problem in document.problems}
        found = describe_mistakes(error, model, document.content, document.lines)
        document.problems += [problem for problem in found if problem.place not in noted]
    if document.problems or checked is None:
        raise compose_error(path.name, document.problems, fix)
    return checked


def read_text(path: Path, kind: str = "YAML 1.2") -> str:
    """
    Read a UTF-8 text file of at most 1 MB; `kind` names its format in messages.

    Raises
    ------
    ScenarioError
        If the file cannot be opened, is too large or is not UTF-8.
    """
    if path.exists() and not path.is_file():
        raise ScenarioError(
            str(path), "is no ordinary file.", expected=f"a {kind.split()[0]} file", fix="check the path"
        )
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise ScenarioError(str(path), f"cannot be opened: {reason}.", fix="check the path") from error
    if size > MAX_BYTES:
        raise ScenarioError(
            path.name, f"has {size} bytes.", expected=f"a {kind.split()[0]} file of at most {MAX_BYTES} bytes"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ScenarioError(
            f"{path.name}:{line}",
            f"is not UTF-8 text (byte 0x{raw[error.start]:02x} at position {error.start}).",
            expected=f"{kind} in UTF-8",
            fix="save the file as UTF-8",
        ) from error


def parse_yaml(text: str, name: str) -> Document:
    """
    Turn YAML 1.2 text into plain values, with the line of each.

    Repeated keys, anchors, aliases, tags, numbers that are not finite and a second document are mistakes,
    noted in `problems`. Dates stay text. Aliases are refused: a few nested ones make a small file huge.

    Parameters
    ----------
    text : str
        Text of the file.
    name : str
        Name of the file, for messages.

    Returns
    -------
    Document
        Its `content` is None where the text cannot be read as a mapping; then `problems` says why.

    Raises
    ------
    ScenarioError
        If the nesting is deeper than 20 levels.

    Examples
    --------
    >>> parse_yaml("country: NO\\nmonths: 6", "a.yaml").content
    {'country': 'NO', 'months': 6}
    """
    document = Document()
    yaml = YAML(typ="safe", pure=True)
    try:
        builder = _Builder(document, yaml, name, iter(yaml.parse(text)))
        document.content = builder.build_document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.content = None
        document.note((), mark.line + 1 if mark else 1, _syntax_words(error))
    except YAMLError as error:
        document.note((), 1, f"is not YAML 1.2 text: {str(error).splitlines()[0]}")
    return document


def _syntax_words(error: MarkedYAMLError) -> str:
    """Say a syntax error in words; a tab gets its own."""
    problem = str(error.problem or error.context)
    if "'\\t'" in problem:
        return "a tab stands where spaces are expected; indent with spaces"
    context = f" {error.context}" if error.context and error.problem else ""
    return f"is not YAML 1.2: {problem}{context}"


@dataclass
class _Builder:
    """Build plain values from parser events; `depth` guards the stack."""

    document: Document
    yaml: YAML
    name: str
    events: Iterator[Event]

    def build_document(self) -> object:
        """Build the one document of the file; anything but a mapping is a mistake."""
        content: object = None
        documents = 0
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if event.version not in {None, (1, 2)}:
                    self._note((), event, "expected YAML 1.2, got a %YAML line of another version")
                if documents == 2:
                    self._note((), event, "a second document starts here; expected one")
            elif not isinstance(event, DocumentEndEvent | StreamEndEvent) and isinstance(event, NodeEvent):
                built = self._build(event, (), 0)
                content = built if documents == 1 else content
        if documents == 0:
            self.document.note((), 1, "is empty; expected a mapping of keys and values")
        elif not isinstance(content, dict):
            self.document.note((), 1, f"expected a mapping of keys and values, got {_kind(content)}")
            content = None
        return content

    def _note(self, place: Place, event: Event, text: str) -> None:
        self.document.note(place, event.start_mark.line + 1, text)

    def _build(self, event: Event, place: Place, depth: int) -> object:
        """Build the value that starts with this event."""
        if depth > MAX_DEPTH:
            self._note(place[:3], event, f"is nested more than {MAX_DEPTH} levels deep")
            raise compose_error(self.name, self.document.problems, "")
        self.document.lines.setdefault(place, event.start_mark.line + 1)
        if isinstance(event, AliasEvent):
            self._note(place, event, f"alias *{event.anchor} is not allowed; write the value out")
            return None
        if isinstance(event, NodeEvent) and event.anchor:
            self._note(
                place, event, f"anchor &{event.anchor} is not allowed; write the value where it is used"
            )
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag:
            self._note(place, event, f"tag {event.tag} is not allowed; leave it out")
        if isinstance(event, MappingStartEvent):
            return self._build_mapping(place, depth)
        if isinstance(event, SequenceStartEvent):
            return self._build_sequence(place, depth)
        return self._build_scalar(event, place) if isinstance(event, ScalarEvent) else None

    def _build_sequence(self, place: Place, depth: int) -> list[object]:
        """Build a list, up to its end event."""
        items: list[object] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._build(event, (*place, len(items)), depth + 1))
        return items

    def _build_mapping(self, place: Place, depth: int) -> dict[str, object]:
        """Build a mapping, up to its end event; a key keeps its text, so 2010 becomes "2010"."""
        entries: dict[str, object] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            if isinstance(event, ScalarEvent):
                key = str(event.value)
            else:
                self._note(place, event, "expected a key that is a word or a number, got a list or a mapping")
                self._build(event, (*place, "?"), depth + 1)
                key = "?"
            inside = (*place, key)
            if key in entries and key != "?":
                first = self.document.lines[inside]
                self._note(inside, event, f"stands twice, first in line {first}; keep one")
            self.document.lines.setdefault(inside, event.start_mark.line + 1)
            value = self._build(next(self.events), inside, depth + 1)
            if key != "?":
                entries.setdefault(key, value)
        return entries

    def _build_scalar(self, event: ScalarEvent, place: Place) -> object:
        """Build a number, a truth value, nothing or text, by the YAML 1.2 core schema; dates stay text."""
        tag = self.yaml.resolver.resolve(ScalarNode, event.value, event.implicit)
        if str(tag).rsplit(":", 1)[-1] not in {"int", "float", "bool", "null"}:
            return str(event.value)
        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        try:
            value: object = self.yaml.constructor.construct_object(node)
        except ValueError:
            value = math.nan
        if isinstance(value, float) and not math.isfinite(value):
            self._note(place, event, f"expected a finite number, got {str(event.value)[:40]}")
            return None
        return value


def _kind(content: object) -> str:
    """Name the kind of a value in plain words."""
    return "a list" if isinstance(content, list) else "nothing" if content is None else f"{content!r}"[:60]
