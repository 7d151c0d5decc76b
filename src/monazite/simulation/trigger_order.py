"""Which triggers wait for what: faults, circles, and the order in which they are looked at."""

from collections import Counter
from collections.abc import Mapping, Sequence

from monazite.errors import nearest_names
from monazite.simulation.policies import Instrument, Trigger

Markets = Mapping[str, Sequence[Instrument]]
"""The policies of every market of a chain, by its name."""


def find_trigger_faults(
    policies: Sequence[Instrument], own: str = "", chain: Markets | None = None
) -> list[tuple[int, str, str]]:
    """
    Find triggers that watch a market or wait for a policy that is not there, is named twice, or waits for them.

    Parameters
    ----------
    policies : sequence of Instrument
        All policies of a market.
    own : str, default ""
        Name of the market, if it is one of a chain.
    chain : mapping of str to sequence of Instrument, optional
        All policies of every market of the chain, this one included.

    Returns
    -------
    list of (int, str, str)
        Position of the trigger among the policies, the field, and what is wrong with it; a circle is said at its
        first.

    Examples
    --------
    >>> find_trigger_faults([])
    []
    """
    markets = {own: policies} if chain is None else chain
    loops = find_loops(markets)
    wrong = []
    for place, policy in enumerate(policies):
        if not isinstance(policy, Trigger):
            continue
        watched = own if policy.market is None else policy.market
        names = Counter(other.name for other in markets.get(watched, ()) if other.name)
        if policy.market is not None and chain is None:
            wrong.append(
                (place, "market", f"{watched!r}: only markets that links couple can watch one another")
            )
        elif watched not in markets:
            wrong.append((place, "market", f"no market {watched!r}; {nearest_names(watched, markets)}"))
        elif policy.after and policy.after not in names:
            text = f"no policy is named {policy.after!r}; {nearest_names(policy.after, names)}"
            wrong.append((place, "after", text))
        elif policy.after and names[policy.after] > 1:
            wrong.append((place, "after", f"{names[policy.after]} policies are named {policy.after!r}"))
        elif (own, policy.name) in loops:
            wrong.append((place, "after", f"triggers wait for one another: {loops[own, policy.name]}"))
    return wrong


def find_loops(markets: Markets) -> dict[tuple[str, str], str]:
    """
    Name every circle of triggers that wait for one another, as `a -> b -> a`, by market and name of its first.

    Examples
    --------
    >>> find_loops({"ore": []})
    {}
    """
    waits = {
        (market, policy.name): (policy.market or market, policy.after)
        for market, policies in markets.items()
        for policy in policies
        if isinstance(policy, Trigger) and policy.name and policy.after
    }
    loops: dict[frozenset[tuple[str, str]], tuple[tuple[str, str], str]] = {}
    for start in waits:
        path = [start]
        while waits.get(path[-1]) in waits and waits[path[-1]] not in path:
            path.append(waits[path[-1]])
        if waits.get(path[-1]) == start:
            words = [name if len(markets) == 1 else f"{name} ({market})" for market, name in [*path, start]]
            loops.setdefault(frozenset(path), (start, " -> ".join(words)))
    return dict(loops.values())


def order_triggers(policies: Sequence[Instrument]) -> list[Trigger]:
    """Sort triggers so that each comes after the one of its market that it waits for; circles are refused before."""
    waiting = [policy for policy in policies if isinstance(policy, Trigger)]
    ordered: list[Trigger] = []
    while waiting:
        names = {trigger.name for trigger in waiting if trigger.name}
        ready = [trigger for trigger in waiting if trigger.market is not None or trigger.after not in names]
        chosen = ready or waiting
        ordered += chosen
        waiting = [trigger for trigger in waiting if trigger not in chosen]
    return ordered
