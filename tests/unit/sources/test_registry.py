"""Readers of whole tables, through the import, into a release."""

import json

import pytest
from publisher_files import write_xlsx

from monazite.snapshot import open_snapshot
from monazite.snapshot.importing import import_files
from monazite.sources.registry import import_sources

CHINA_TO_JAPAN = {
    "typeCode": "C", "freqCode": "A", "refPeriodId": 20240101, "refYear": 2024, "refMonth": 52, "period": "2024",
    "reporterCode": 156, "flowCode": "X", "partnerCode": 392, "partner2Code": 0, "classificationCode": "H6",
    "classificationSearchCode": "HS", "cmdCode": "811292", "customsCode": "C00", "mosCode": "0", "motCode": 0,
    "netWgt": 1500, "isNetWgtEstimated": False, "primaryValue": 2500.5, "isReported": True, "isAggregate": False,
}  # fmt: skip


@pytest.mark.slow
def test_rows_of_comtrade_join_the_table_of_trade_lane_by_lane(tmp_path):
    rows = [CHINA_TO_JAPAN, CHINA_TO_JAPAN | {"partnerCode": 276, "netWgt": 0}]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"data": rows}), encoding="utf-8")
    manifest = import_files(import_sources()["comtrade"], [path], tmp_path / "mine")
    found = open_snapshot(tmp_path / "mine").query(
        "SELECT importer, value_usd, quantity_gross_t AS t FROM trade WHERE source_id = 'comtrade' ORDER BY 1"
    )
    assert found["importer"].tolist() == ["DEU", "JPN"]
    assert str(found["t"].tolist()) == "[nan, 1.5]"  # a weight of 0 is none that was reported
    assert manifest.tables["trade"].source_ids == ("baci", "comtrade")
    assert manifest.tables["trade"].rows == open_snapshot("2026.1").manifest.tables["trade"].rows + 2


@pytest.mark.slow
def test_a_workbook_of_the_wgi_renews_the_years_that_it_has(tmp_path):
    head = ["Economy (name)", "Economy (code)", "Year", "Governance estimate (approx. -2.5 to +2.5)",
            "Standard error (gov. estimate)", "Governance score (0-100)", "Standard error (gov. score)"]  # fmt: skip
    path = write_xlsx(tmp_path / "wgi.xlsx", {"pv": [head, ["Namibia", "NAM", 2024, 0.25, 0.2, 60, 5]]})
    manifest = import_files(import_sources()["wgi"], [path], tmp_path / "mine")
    sql = "SELECT year, political_stability AS s FROM governance WHERE country = 'NAM' AND year >= 2023 ORDER BY 1"
    new, old = (open_snapshot(one).query(sql) for one in (tmp_path / "mine", "2026.1"))
    assert new["year"].tolist() == [2023, 2024]
    assert new["s"].tolist() == [old["s"][0], 0.25]
    assert manifest.imports[0].replaced_rows == 1
