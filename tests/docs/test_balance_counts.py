"""How many material-years balance stands in two places, and is the same."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_front_page_counts_balances_as_the_explanation_does():
    page = " ".join((ROOT / "docs" / "explanation" / "reconciliation.md").read_text("utf-8").split())
    (years,) = re.findall(r"of ([0-9,]+) material-years of 1995-2024 \|", page)
    (balanced,) = re.findall(r"\| balanced \| ([0-9,]+) \|", page)
    (by_gross,) = re.findall(r"By gross weight ([0-9,]+) balance", page)
    front = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert (
        f"only {balanced} of {years} material-years balance as they stand ({by_gross} by gross weight)"
        in front
    )
