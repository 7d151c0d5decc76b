"""Write the tables at the end of docs/explanation/supply_risk.md; run it after a change of data or method."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from monazite.indicators.criticality.comparison import (  # noqa: E402
    compare_economic_importance,
    compare_own_supply_risk,
)
from monazite.snapshot import Snapshot, open_snapshot  # noqa: E402
from monazite.vocabulary import materials  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "supply_risk.md"
MARK = "<!-- generated -->\n"
RISK = ("material", "stage", "years", "mixes", "left out", "ours", "official", "difference", "newest year")
IMPORTANCE = ("material", "index", "ours", "official", "difference", "why")


def write_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def number(value: object) -> str:
    """Write a number with two decimals; a missing one is empty."""
    return "" if value is None else f"{float(str(value)):.2f}"


def build_risk(data: Snapshot, names: Sequence[str]) -> str:
    """Write the comparison of supply risk."""
    records, _ = compare_own_supply_risk(data, materials=names)
    told = [record for record in records if record.get("difference") is not None]
    rows = [
        (r["material"], r["stage"], r["period"], r["supply_mix"], r["left_out"] or "", number(r["value"]),
         f"{r['official']:.1f}", f"{r['difference']:+.2f}", number(r["latest"]))
        for r in told
    ]  # fmt: skip
    reasons = "\n".join(f"- {r['material']}: {r['explanation']}" for r in told if r.get("explanation"))
    newest = told[0]["latest_year"]
    return (
        f"{summarise(records, newest)}\n\n{write_table([*RISK[:-1], str(newest)], rows)}\n\n"
        f"The ten largest differences, term by term:\n\n{reasons}\n"
    )


def build_importance(data: Snapshot, names: Sequence[str]) -> str:
    """Write the comparison of economic importance."""
    records, _ = compare_economic_importance(data, materials=names)
    rows = [
        (r["material"], number(r["substitution_index"]), number(r["value"]), f"{r['official']:.1f}",
         f"{r['difference']:+.2f}", r["explanation"])
        for r in records if r.get("difference") is not None
    ]  # fmt: skip
    return f"{summarise(records, None)}\n\n{write_table(IMPORTANCE, rows)}\n"


def summarise(records: Sequence[dict[str, object]], newest: object) -> str:
    """Say how many could be compared, and how well they agree."""
    found = {(r["quantity"], r.get("period")): r for r in records if r.get("quantity")}
    mean = found["rank_correlation", "2016-2020"]
    later = found.get(("rank_correlation", str(newest)))
    words = f"{mean['compared']} materials can be compared. The rank correlation (Spearman) is {mean['value']:.2f}"
    words += f", and {later['value']:.2f} for ours of {newest}" if later else ""
    median, largest = (found[f"{name}_difference", None]["value"] for name in ("median", "largest"))
    return f"{words}; the median difference is {median:.2f}, the largest {largest:.2f}."


def build_page() -> str:
    """Write the whole page: what was written by hand, then the tables."""
    head = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    data = open_snapshot("2026.1")
    names = [name for name, material in materials().items() if material.is_critical]
    return (
        f"{head}{MARK}\n### Supply risk\n\n{build_risk(data, names)}\n"
        f"### Economic importance\n\n{build_importance(data, names)}"
    )


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")
