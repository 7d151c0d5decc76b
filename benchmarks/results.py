"""The page benchmarks/RESULTS.md: a head, then sections, each of which one benchmark can renew by itself."""

import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
Row = tuple[str, str, str, str]
HEADER = ("| work | Monazite | peer | target |", "|---|---|---|---|")


def format_table(rows: list[Row]) -> list[str]:
    return [*HEADER, *(f"| {' | '.join(cell or '-' for cell in row)} |" for row in rows)]


def split_sections(text: str) -> dict[str, str]:
    """Split the page by its `## ` headings; what stands before the first is the head, under the title ""."""
    sections: dict[str, list[str]] = {"": []}
    title = ""
    for line in text.splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ").strip()
            sections[title] = []
        else:
            sections[title].append(line)
    return {name: "\n".join(lines).strip() for name, lines in sections.items()}


def replace_section(title: str, lines: list[str], path: Path = RESULTS) -> None:
    """Put lines in place of one section, or at the end of the page; every other section stays as it is."""
    sections = split_sections(path.read_text(encoding="utf-8")) if path.is_file() else {"": "# Benchmarks"}
    sections[title] = "\n".join(lines).strip()
    blocks = [f"## {name}\n\n{text}" if name else text for name, text in sections.items()]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def describe_run() -> str:
    """Say when, with which versions and on what machine the figures were measured."""
    info = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if "model name" in line] if (
        info.is_file()
    ) else []  # fmt: skip
    cpu = names[0] if names else platform.processor()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "xarray", "duckdb"))
    return (
        f"{date.today().isoformat()}, monazite {version('monazite')}. Machine: {cpu}, {os.cpu_count()} processors, "
        f"{memory:.0f} GiB; Python {platform.python_version()}, {packages}"
    )
