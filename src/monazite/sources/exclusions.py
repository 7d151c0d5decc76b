"""Count what a reader leaves out, by place and reason."""

from collections import Counter

from monazite.sources.table import Exclusion


class Excluded(Counter[tuple[str, str]]):
    """
    Rows that were left out, counted by place and reason.

    Examples
    --------
    >>> left = Excluded()
    >>> left.add("line 3", "withheld")
    >>> left.listed()
    (Exclusion(where='line 3', reason='withheld', rows=1),)
    """

    def add(self, where: str, reason: str, rows: int = 1) -> None:
        """Count rows at a place for a reason."""
        if rows:
            self[where, reason] += rows

    def listed(self) -> tuple[Exclusion, ...]:
        """List places and reasons in the order in which they came."""
        return tuple(Exclusion(where, reason, rows) for (where, reason), rows in self.items())
