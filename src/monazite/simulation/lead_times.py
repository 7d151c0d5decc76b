"""Lead times by kind of stage: short where ore is dug at the surface, long where it must be separated."""

import csv
from collections.abc import Mapping
from importlib.resources import files

from monazite.simulation.priors import Prior, Range

ANY = "*"
"""Stands for every material that has no row of its own."""


def read_lead_times() -> dict[str, dict[str, Prior]]:
    """
    Read the table of lead times that ships with the package, by kind of stage and parameter.

    Examples
    --------
    >>> read_lead_times()["surface_ore"]["entry_lead_months"].high
    24.0
    """
    found: dict[str, dict[str, Prior]] = {}
    for row in read_rows("lead_times.csv"):
        texts = {key: row[key] for key in ("parameter", "unit", "meaning", "source", "quality")}
        prior = Prior(**texts, low=float(row["low"]), high=float(row["high"]), distribution="uniform")
        found.setdefault(row["kind"], {})[row["parameter"]] = prior
    return found


def find_kind(material: str, stage: str) -> str:
    """
    Kind of the works that make a material at a stage; empty where no row says.

    Examples
    --------
    >>> find_kind("nickel", "extraction"), find_kind("tungsten", "extraction")
    ('surface_ore', 'mine')
    """
    rows = {(row["material"], row["stage"]): row["kind"] for row in read_rows("lead_kinds.csv")}
    return rows.get((material, stage), rows.get((ANY, stage), ""))


def choose_lead_times(
    material: str, stage: str, given: Mapping[str, float | Range] | None
) -> dict[str, float | Range]:
    """
    Put the lead times of a stage beside the parameters that a caller gives; what he gives holds.

    Parameters
    ----------
    material, stage : str
        What is made, and where in its chain.
    given : mapping, optional
        A number or (low, high) by parameter.

    Returns
    -------
    dict of str to float or (float, float)
        `given`, and (low, high) of `capacity_lead_months`, `entry_lead_months` and `restart_lead_months` of the kind
        of stage [months], and its `capacity_elasticity` [unitless] where one stands. Those of `priors.csv` hold where
        the kind is not known.

    Notes
    -----
    Source: `simulation/lead_times.csv`, a source for each row.

    Examples
    --------
    >>> choose_lead_times("nickel", "extraction", {"capacity_lead_months": 6})["entry_lead_months"]
    (6.0, 24.0)
    """
    priors = read_lead_times().get(find_kind(material, stage), {})
    return {name: (prior.low, prior.high) for name, prior in priors.items()} | dict(given or {})


def read_rows(name: str) -> list[dict[str, str]]:
    """Read the rows of a table beside this module."""
    text = (files("monazite.simulation") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
