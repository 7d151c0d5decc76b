"""The order of the layers, and what each may import."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "monazite"
LAYERS = [
    {"cli"},
    {"dashboard"},
    {"reports"},
    {"hindcast"},
    {"scenarios"},
    {"indicators", "tracing", "detection", "footprint", "simulation", "planning", "exposure"},
    {"supply_chain"},
    {"snapshot"},
    {"sources"},
    {"provenance"},
    {"vocabulary"},
    {"errors"},
]
RANK = {name: i for i, row in enumerate(LAYERS) for name in row}
ONLY_IN = {
    "cyclopts": {"cli"},
    "rich": {"cli"},
    "jinja2": {"reports", "dashboard"},
    "typst": {"reports"},
    "xlsxwriter": {"reports"},
    "fastapi": {"dashboard"},
    "uvicorn": {"dashboard"},
    "numba": {"simulation"},
    "distributed": {"simulation"},
    "dask": {"simulation"},
    "SALib": {"scenarios"},
    "linopy": {"planning"},
    "highspy": {"planning", "supply_chain"},
    "duckdb": {"sources", "snapshot"},
    "bw2data": {"reports"},
    "olca_schema": {"reports"},
    "ruamel": {"provenance", "scenarios"},
}


def imported_names(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(SRC.rglob("*.py")):
        yield path.relative_to(SRC).parts[0].removesuffix(".py"), path


def upward_imports() -> Iterator[str]:
    for home, path in modules():
        if home not in RANK:
            continue
        for line, name in imported_names(path):
            top, target = (*name.split("."), "")[:2]
            if top == "monazite" and target != home and RANK.get(target, -1) <= RANK[home]:
                yield f"{path.relative_to(ROOT)}:{line}: {home} must not import {target or top}"


def test_a_layer_imports_only_layers_below_it():
    assert list(upward_imports()) == []


def test_every_top_level_module_has_a_layer():
    assert {home for home, _ in modules()} - set(RANK) == {"__init__", "__main__"}


def test_third_party_packages_stay_in_their_layers():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name} belongs in {sorted(ONLY_IN[name.split('.')[0]])}"
        for home, path in modules()
        for line, name in imported_names(path)
        if home not in ONLY_IN.get(name.split(".")[0], {home})
    ]
    assert wrong == []


def test_the_package_itself_imports_nothing_of_ours():
    assert [name for _, name in imported_names(SRC / "__init__.py")] == ["importlib"]


def test_the_drawing_of_the_architecture_equals_the_layers():
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    drawing = re.search(r"```layers\n(.*?)```", page, re.DOTALL)
    assert drawing, "docs/explanation/architecture.md has no ```layers block"
    rows = [set(re.split(r"[\s|]+", row.strip(" >"))) for row in re.split(r"\n|>", drawing[1]) if row.strip()]
    assert rows == LAYERS


def test_import_does_no_work(tmp_path):
    code = (
        "import sys; before = set(sys.modules); import monazite; "
        "heavy = {'numpy', 'xarray', 'duckdb', 'pydantic', 'scipy', 'pandas', 'rich'} & set(sys.modules); "
        "print(sorted(heavy), sorted(m for m in sys.modules if m.startswith('monazite.')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[] []"
    assert list(tmp_path.iterdir()) == []
