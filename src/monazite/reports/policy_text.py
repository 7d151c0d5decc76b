"""A policy in words."""

from math import isinf

from monazite.simulation.calendar import month_label
from monazite.simulation.policies import (
    EquipmentControl,
    ImportInstrument,
    Instrument,
    LaneInstrument,
    Leakage,
    OutsideMeasure,
    TransportCut,
    Trigger,
)
from monazite.vocabulary import country_name

SAID = {
    "kind", "name", "origin", "destination", "country", "by", "stage", "announced", "effective", "end", "months",
    "after", "when", "above", "policy", "market",
}  # fmt: skip
"""Fields that the sentence has words for; the others are listed as settings."""
FIGURES = {
    "price_ratio": "the price passes {above:g} times its baseline",
    "unmet_share": "{above:.0%} of the use is not served",
}


def describe_policy(policy: Instrument) -> str:
    """
    Say what a policy imposes, with every setting that is not the usual one.

    Parameters
    ----------
    policy : Instrument
        Any instrument.

    Returns
    -------
    str
        One sentence, as "Export quota 2009: quota by China, announced 2008-12, in force from 2009-01 to before
        2010-01; quota t per year 50,145 (2009), unit gross."
    """
    if isinstance(policy, Trigger):
        return describe_trigger(policy)
    until = "" if isinf(policy.end_number) else f" to before {month_label(int(policy.end_number))}"
    told = f"announced {policy.announced}, " if policy.announced else ""
    when = f"{told}in force from {policy.effective}{until}"
    kind = policy.kind.replace("_", " ")
    return f"{policy.name or kind}: {kind}{describe_place(policy)}, {when}; {list_settings(policy)}."


def describe_trigger(policy: Trigger) -> str:
    """Say what a trigger waits for, and what it sets off."""
    figure = FIGURES.get(policy.when or "", "").format(above=policy.above or 0.0)
    where = f" in {country_name(policy.country)}" if policy.country else ""
    market = f" in the market {policy.market}" if policy.market else ""
    met = f"{policy.after} is in force{market}" if policy.after else f"{figure}{where}{market}"
    later = write_setting(policy.delay_months)
    inner = policy.policy
    kind = inner.kind.replace("_", " ")
    length = f" for {inner.months} months" if inner.months is not None else ""
    return (
        f"{policy.name or 'trigger'}: once {met}, {later} months later {kind}{describe_place(inner)}{length}; "
        f"{list_settings(inner)}."
    )


def describe_place(policy: Instrument) -> str:
    """Say who imposes a policy, and on whom or where."""
    if isinstance(policy, LaneInstrument):
        by, on = ("from", "to") if isinstance(policy, TransportCut | Leakage) else ("by", "against")
        target = "" if isinstance(policy.destination, str) else f" {on} {list_names(policy.destination)}"
        return f" {by} {list_names(policy.origin)}{target}"
    if isinstance(policy, ImportInstrument):
        on = "" if isinstance(policy.origin, str) else f" against {list_names(policy.origin)}"
        return f" by {list_names(policy.destination)}{on}"
    where = f" in {list_names(policy.countries)}" if policy.countries else ""
    if isinstance(policy, EquipmentControl | OutsideMeasure):
        return f"{where} by {list_names(policy.by)}"
    return where


def list_names(codes: tuple[str, ...] | list[str]) -> str:
    """Write the names of countries."""
    return ", ".join(country_name(code) for code in codes)


def list_settings(policy: Instrument) -> str:
    """List the settings of a policy that are not the usual ones."""
    given = policy.model_dump(exclude_defaults=True)
    numbers = [
        f"{key.replace('_', ' ')} {write_setting(value)}" for key, value in given.items() if key not in SAID
    ]
    return ", ".join(numbers) or "in full"


def write_setting(value: object) -> str:
    """
    Write a number, a range or numbers by year.

    Examples
    --------
    >>> write_setting((0.63, 1)), write_setting({2010: 22282.0}), write_setting("gross")
    ('0.63 to 1', '22,282 (2010)', 'gross')
    """
    if isinstance(value, dict):
        return ", ".join(f"{write_setting(number)} ({year})" for year, number in value.items())
    if isinstance(value, tuple | list):
        return " to ".join(map(write_setting, value))
    return f"{value:,g}" if isinstance(value, int | float) and abs(value) < 1e6 else str(value)
