"""The order in which triggers are looked at: one that waits for another comes after it."""

from collections.abc import Sequence

from monazite.simulation.policies import Instrument, Trigger


def find_loops(policies: Sequence[Instrument]) -> list[str]:
    """
    Name every circle of triggers that wait for one another, as `a -> b -> a`.

    Examples
    --------
    >>> find_loops([])
    []
    """
    waits = {policy.name: policy.after for policy in policies if isinstance(policy, Trigger) and policy.name}
    loops: dict[frozenset[str], str] = {}
    for name in waits:
        path = [name]
        while waits.get(path[-1]) in waits and waits[path[-1]] not in path:
            path.append(waits[path[-1]])
        if waits.get(path[-1]) == name:
            loops.setdefault(frozenset(path), " -> ".join([*path, name]))
    return list(loops.values())


def order_triggers(policies: Sequence[Instrument]) -> list[Trigger]:
    """Sort triggers so that each comes after the one that it waits for; circles are refused before."""
    waiting = [policy for policy in policies if isinstance(policy, Trigger)]
    ordered: list[Trigger] = []
    while waiting:
        names = {trigger.name for trigger in waiting if trigger.name}
        ready = [trigger for trigger in waiting if trigger.after not in names]
        chosen = ready or waiting
        ordered += chosen
        waiting = [trigger for trigger in waiting if trigger not in chosen]
    return ordered
