"""The generated pages: nomenclature and curated tables."""

import importlib.util
from pathlib import Path

from monazite.vocabulary import all_products, fields, groups, materials

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "nomenclature.md"


def build_docs():
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "tools" / "build_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_generated_page_equals_a_fresh_build():
    pages = build_docs().build_pages()
    stale = [
        page.name for page, text in pages.items() if not page.is_file() or page.read_text("utf-8") != text
    ]
    assert stale == [], "run make docs"
    assert {page.name for page in (PAGE.parent / "tables").iterdir()} == {p.name for p in pages} - {
        PAGE.name,
        "parameters.md",
    }


def test_the_page_names_every_word():
    page = PAGE.read_text(encoding="utf-8")
    codes = [product.product_code for product in all_products()]
    assert [word for word in (*fields(), *materials(), *groups(), *codes) if f"`{word}`" not in page] == []
