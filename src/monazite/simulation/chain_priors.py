"""The prior of a link: what share of a product's price its input is."""

import csv
from importlib.resources import files

from monazite.errors import DataError
from monazite.simulation.priors import Prior, Range

NAME = "cost_share"


def read_chain_prior() -> Prior:
    """
    Read the one row of `chain_priors.csv`.

    Raises
    ------
    DataError
        If the table does not hold that row.

    Examples
    --------
    >>> read_chain_prior().quality
    'judgement'
    """
    text = (files("monazite.simulation") / "chain_priors.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["parameter"] == NAME]
    if len(rows) != 1:
        raise DataError(
            "simulation/chain_priors.csv", f"holds {len(rows)} rows of {NAME}.", expected="one row"
        )
    row = rows[0]
    words = {key: row[key] for key in ("parameter", "unit", "distribution", "meaning", "source", "quality")}
    return Prior(**words, low=float(row["low"]), high=float(row["high"]))


def read_cost_share() -> Range:
    """
    Read the prior range of the cost share. [unitless]

    Examples
    --------
    >>> read_cost_share()
    (0.2, 0.8)
    """
    prior = read_chain_prior()
    return prior.low, prior.high
