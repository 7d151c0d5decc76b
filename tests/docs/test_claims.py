"""The page of claims: every figure is recomputed from the release."""

import importlib.util
import re
from pathlib import Path

import pytest

from monazite.vocabulary import resolve_region

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "claims.md"


def build_claims():
    spec = importlib.util.spec_from_file_location("build_claims", ROOT / "tools" / "build_claims.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_page_equals_a_fresh_build(snapshot):
    built = build_claims().build_page(snapshot)
    page = PAGE.read_text(encoding="utf-8")
    different = [
        pair for pair in zip(page.splitlines(), built.splitlines(), strict=False) if pair[0] != pair[1]
    ]
    assert different == [], "run python tools/build_claims.py, and look at what changed"
    assert page == built


def test_congo_s_share_of_the_world_s_cobalt_is_that_of_the_table(snapshot):
    rows = snapshot.query(
        "SELECT country, production_t FROM production "
        "WHERE material = 'cobalt' AND stage = 'extraction' AND year = 2024",
        {},
    )
    mined = dict(zip(rows["country"], rows["production_t"], strict=True))
    share = 100 * mined["COD"] / sum(mined.values())
    page = PAGE.read_text(encoding="utf-8")
    assert f"Congo mined {mined['COD']:,.0f} of {sum(mined.values()):,.0f} t in 2024, {share:.1f} %" in page


def test_customs_have_china_s_share_of_rare_earths_near_half(snapshot):
    # without balance: oxides of 284610 x 0.382, 284690 x 0.754 and 280530 x 1.1664 that members buy from outside
    rows = snapshot.query(
        "SELECT exporter, coalesce(sum(quantity_gross_t * CASE product_code WHEN 284610 THEN 0.382 "
        "WHEN 284690 THEN 0.754 ELSE 1.1664 END), 0) AS t FROM trade "
        "WHERE year = 2024 AND edition = 'hs92' AND quality <> 'doubtful' "
        "AND product_code IN (284610, 284690, 280530) AND list_contains($members, importer) "
        "AND NOT list_contains($members, exporter) GROUP BY exporter",
        {"members": list(resolve_region("EU27", 2024))},
    )
    bought = dict(zip(rows["exporter"], rows["t"], strict=True))
    china = 100 * bought["CHN"] / sum(bought.values())
    (said,) = re.findall(
        r"by customs partner ([0-9.]+) % \((\d+) to (\d+) %\)", PAGE.read_text(encoding="utf-8")
    )
    assert float(said[1]) - 3 < china < float(said[2]) + 3
