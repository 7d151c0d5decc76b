"""
Every error that Monazite raises on purpose.

The text of each one answers, in this order: where, what, which, expected, fix
(docs/explanation/conventions.md, section 1).
"""

import difflib
from collections.abc import Iterable, Sequence

CONTROLS = {
    code: chr(code).encode("unicode_escape").decode()
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0x2028,
        0x2029,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
}
"""Characters that would steer a terminal or turn the direction of writing -> how they are shown."""


class MonaziteError(Exception):
    """
    Base of all our errors.

    Parameters
    ----------
    where : str
        File, table, field or argument that is at fault.
    what : str
        What is wrong with it, in one sentence.
    which : sequence of str
        The offending rows, labels or values; the first five are printed, the rest counted.
    expected : str
        What would have been accepted.
    fix : str
        What the reader can do about it.
    """

    exit_code = 1

    def __init__(
        self,
        where: str,
        what: str,
        *,
        which: Sequence[object] = (),
        expected: str = "",
        fix: str = "",
    ) -> None:
        self.where, self.what, self.which, self.expected, self.fix = where, what, tuple(which), expected, fix
        super().__init__(compose_message(where, what, which, expected, fix))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts, so that an error crosses a process boundary whole."""
        return (_rebuild, (type(self), self.where, self.what, self.which, self.expected, self.fix))


class SourceError(MonaziteError):
    """A raw file is not as its publisher describes it."""


class SnapshotError(MonaziteError):
    """A release cannot be opened: hash, version or table."""


class DataError(MonaziteError):
    """A value or a label is not usable."""


class ScenarioError(MonaziteError):
    """
    The user's scenario is not usable; lists every problem at once.

    `findings` has the place in the scenario and the text of each problem, for who knows the lines of its file.
    """

    findings: Sequence[tuple[tuple[str | int, ...], str]] = ()


class UsageError(MonaziteError):
    """The command line is not usable."""

    exit_code = 2


class ModelError(MonaziteError):
    """A law of ours is broken: a bug in Monazite."""


class InfeasibleError(MonaziteError):
    """No solution exists; names the rules that conflict."""

    exit_code = 3


def _rebuild(
    kind: type[MonaziteError], where: str, what: str, which: Sequence[object], expected: str, fix: str
) -> MonaziteError:
    return kind(where, what, which=which, expected=expected, fix=fix)


INDENT = " " * 12
"""Before the further lines of a part of a message."""


def compose_message(where: str, what: str, which: Sequence[object], expected: str, fix: str) -> str:
    """
    Write the text of an error; a name or a cell in it cannot steer the terminal or begin a new line.

    Examples
    --------
    >>> print(compose_message("trade.csv, column q", "1 of 3 rows has no quantity.", ["(COD, CHN)"], "t", ""))
    trade.csv, column q: 1 of 3 rows has no quantity.
      which:    (COD, CHN)
      expected: t
    """
    where = escape_controls(where)
    what, expected, fix = (escape_lines(text) for text in (what, expected, fix))
    lines = [f"{where}: {what}"]
    if which:
        shown = [escape_lines(str(item)) for item in which[:5]]
        more = f" ... {len(which) - 5} more" if len(which) > 5 else ""
        separator = "\n            " if any(len(item) > 30 for item in shown) else ", "
        lines.append(f"  which:    {separator.join(shown)}{more}")
    if expected:
        lines.append(f"  expected: {expected}")
    if fix:
        lines.append(f"  fix:      {fix}")
    return "\n".join(lines)


def escape_controls(text: str) -> str:
    r"""
    Show control characters as escapes.

    Examples
    --------
    >>> print(escape_controls("a\x1b[31mb\nc"))
    a\x1b[31mb\nc
    """
    return text.translate(CONTROLS)


def escape_lines(text: str) -> str:
    """Show control characters as escapes, and keep the ends of lines, but let no line after the first start bare."""
    first, *more = map(escape_controls, text.split("\n"))
    return "\n".join([first, *(line if line[:1] in ("", " ") else f"{INDENT}{line}" for line in more)])


def nearest_names(word: str, names: Iterable[str], count: int = 3) -> str:
    """
    Offer the valid names nearest to a wrong one, as words for a message.

    Examples
    --------
    >>> nearest_names("cobolt", ["cobalt", "nickel"])
    'did you mean cobalt?'
    >>> nearest_names("xyz", ["cobalt", "nickel"])
    'valid: cobalt, nickel'
    """
    known = sorted(names)
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), folded, n=count, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(folded[name] for name in close)}?"
    tail = f" ... {len(known) - 12} more" if len(known) > 12 else ""
    return f"valid: {', '.join(known[:12])}{tail}"
