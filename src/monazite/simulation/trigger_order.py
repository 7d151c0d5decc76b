"""The order in which triggers are looked at: one that waits for another comes after it."""

from collections import Counter
from collections.abc import Sequence

from monazite.errors import nearest_names
from monazite.simulation.policies import Instrument, Trigger


def find_trigger_faults(policies: Sequence[Instrument]) -> list[tuple[int, str]]:
    """
    Find triggers that wait for a policy that is not there, is named twice, or waits for them.

    Parameters
    ----------
    policies : sequence of Instrument
        All policies of a market.

    Returns
    -------
    list of (int, str)
        Position of the trigger among the policies, and what is wrong with it; a circle is said at its first.

    Examples
    --------
    >>> find_trigger_faults([])
    []
    """
    names = Counter(policy.name for policy in policies if policy.name)
    loops = find_loops(policies)
    wrong = []
    for place, policy in enumerate(policies):
        if not isinstance(policy, Trigger) or not policy.after:
            continue
        if policy.after not in names:
            wrong.append(
                (place, f"no policy is named {policy.after!r}; {nearest_names(policy.after, names)}")
            )
        elif names[policy.after] > 1:
            wrong.append((place, f"{names[policy.after]} policies are named {policy.after!r}"))
        elif policy.name in loops:
            wrong.append((place, f"triggers wait for one another: {loops[policy.name]}"))
    return wrong


def find_loops(policies: Sequence[Instrument]) -> dict[str, str]:
    """
    Name every circle of triggers that wait for one another, as `a -> b -> a`, by the first of its triggers.

    Examples
    --------
    >>> find_loops([])
    {}
    """
    waits = {policy.name: policy.after for policy in policies if isinstance(policy, Trigger) and policy.name}
    loops: dict[frozenset[str], tuple[str, str]] = {}
    for name in waits:
        path = [name]
        while waits.get(path[-1]) in waits and waits[path[-1]] not in path:
            path.append(waits[path[-1]])
        if waits.get(path[-1]) == name:
            loops.setdefault(frozenset(path), (name, " -> ".join([*path, name])))
    return dict(loops.values())


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
