"""UN Comtrade: bulk files and answers of the API, in the columns in which they are handed out."""

import gzip
import json

import pytest

from monazite.errors import SourceError
from monazite.sources.comtrade import read_comtrade, read_comtrade_monthly
from monazite.sources.comtrade_countries import country_from_comtrade, excluded_areas
from monazite.vocabulary import countries

# The columns of a bulk file of final data, in its order.
HEADER = [
    "typeCode", "freqCode", "refPeriodId", "refYear", "refMonth", "period", "reporterCode", "flowCode",
    "partnerCode", "partner2Code", "classificationCode", "classificationSearchCode", "isOriginalClassification",
    "cmdCode", "customsCode", "mosCode", "motCode", "qtyUnitCode", "qty", "isQtyEstimated", "altQtyUnitCode",
    "altQty", "isAltQtyEstimated", "netWgt", "isNetWgtEstimated", "grossWgt", "isGrossWgtEstimated", "CIFValue",
    "FOBValue", "primaryValue", "legacyEstimationFlag", "isReported", "isAggregate",
]  # fmt: skip
# China exports 1.5 t of HS 811292 to Japan for 2500.5 USD in 2024
CHINA_TO_JAPAN = {
    "typeCode": "C", "freqCode": "A", "refPeriodId": "20240101", "refYear": "2024", "refMonth": "52",
    "period": "2024", "reporterCode": "156", "flowCode": "X", "partnerCode": "392", "partner2Code": "0",
    "classificationCode": "H6", "classificationSearchCode": "HS", "cmdCode": "811292", "customsCode": "C00",
    "motCode": "0", "netWgt": "1500", "isNetWgtEstimated": "false", "primaryValue": "2500.5",
    "isReported": "true", "isAggregate": "false",
}  # fmt: skip


def row(**changes):
    cells = {**CHINA_TO_JAPAN, **changes}
    return "\t".join(str(cells.get(name, "")) for name in HEADER)


def write(tmp_path, *rows, header=HEADER, pack=True):
    text = "\n".join(["\t".join(header), *rows, ""]).encode()
    path = tmp_path / ("C_A_156_2024_H6.txt" + (".gz" if pack else ""))
    path.write_bytes(gzip.compress(text) if pack else text)
    return path


def lanes(reading, *names):
    return list(zip(*(reading.table[name].tolist() for name in names), strict=True))


def error(path, read=read_comtrade):
    with pytest.raises(SourceError) as caught:
        read(path)
    return caught.value


@pytest.mark.parametrize("pack", [True, False])
def test_an_export_is_a_lane_in_tonnes_and_dollars(tmp_path, pack):
    table = read_comtrade(write(tmp_path, row(), pack=pack)).table
    assert {name: column.tolist() for name, column in table.items()} == {
        "year": [2024],
        "exporter": ["CHN"],
        "importer": ["JPN"],
        "edition": ["hs22"],
        "product_code": [811292],
        "value_usd": [2500.5],
        "quantity_gross_t": [1.5],
        "quality": ["reported"],
        "reported_by": ["exporter"],
        "source_id": ["comtrade"],
    }


def test_the_importers_report_is_kept_unless_told_otherwise(tmp_path):
    japan = row(reporterCode="392", flowCode="M", partnerCode="156", netWgt="1400", primaryValue="2600")
    path = write(tmp_path, row(), japan)
    names = ("exporter", "importer", "quantity_gross_t", "value_usd", "reported_by")
    assert lanes(read_comtrade(path), *names) == [("CHN", "JPN", 1.4, 2600.0, "importer")]
    assert lanes(read_comtrade(path, prefer="exporter"), *names) == [("CHN", "JPN", 1.5, 2500.5, "exporter")]
    assert read_comtrade(path).excluded == (
        ("both reports", "the report of the importer is kept of two of the same trade", 1),
    )


def test_a_weight_of_zero_is_not_reported_and_an_estimated_one_says_so(tmp_path):
    path = write(tmp_path, row(netWgt="0"), row(cmdCode="250410", netWgt=""),
                 row(cmdCode="280530", isNetWgtEstimated="true"))  # fmt: skip
    assert str(lanes(read_comtrade(path), "product_code", "quantity_gross_t", "quality")) == str(
        [(250410, float("nan"), "reported"), (280530, 1.5, "estimated"), (811292, float("nan"), "reported")]
    )


@pytest.mark.parametrize(
    ("code", "iso3"),
    [(699, "IND"), (842, "USA"), (251, "FRA"), (757, "CHE"), (579, "NOR"), (490, "TWN"), (516, "NAM")],
)
def test_codes_that_are_not_m49_and_namibia(tmp_path, code, iso3):
    assert lanes(read_comtrade(write(tmp_path, row(partnerCode=code))), "importer") == [(iso3,)]


def test_an_area_that_is_no_country_has_no_iso3_code_that_the_reader_would_use():
    codes = excluded_areas()
    assert 490 not in codes
    assert 0 in codes
    assert not {code for code in codes if country_from_comtrade(code, 2024)} & {156, 392, 842}


def test_every_country_of_today_has_a_code_but_those_without_m49():
    known = {country_from_comtrade(code, 2024) for code in range(1000)}
    missing = {iso3 for iso3, c in countries().items() if c.status == "current" and c.m49} - known
    assert missing == set()


def test_every_row_is_kept_or_counted_with_a_reason(tmp_path):
    rows = [
        row(),
        row(partnerCode="0"),
        row(partnerCode="899"),
        row(partnerCode="156"),
        row(freqCode="M", period="202401"),
        row(motCode="2100"),
        row(customsCode="C04"),
        row(partner2Code="344"),
        row(flowCode="RX"),
        row(flowCode="DX"),
        row(cmdCode="TOTAL"),
        row(cmdCode="8112"),
        row(cmdCode="999999"),
        row(classificationCode="S4", cmdCode="68998"),
        row(reporterCode="97"),
    ]
    reading = read_comtrade(write(tmp_path, *rows))
    assert len(reading.table["year"]) + sum(entry.rows for entry in reading.excluded) == len(rows)
    assert [entry.reason for entry in reading.excluded] == [
        "partner World: total of all partners",
        "partner Areas, not elsewhere specified: area not specified",
        "reporter and partner are one country: goods that come back",
        "frequency M, read by another reader",
        "part of a total: mode of transport",
        "part of a total: customs procedure",
        "part of a total: second partner",
        "re-exports, which X holds already",
        "domestic exports, which X holds already",
        "total of several six-digit codes",
        "code 99: goods that are not specified",
        "classification S4 is not the Harmonized System",
        "reporter European Union: group of countries",
    ]


def test_months_have_a_reader_of_their_own(tmp_path):
    path = write(
        tmp_path, row(), *(row(freqCode="M", period=f"2024{m:02d}", netWgt=m * 1000) for m in (1, 12))
    )
    reading = read_comtrade_monthly(path)
    assert lanes(reading, "year", "month", "quantity_gross_t") == [
        (2024, "2024-01", 1.0),
        (2024, "2024-12", 12.0),
    ]
    assert [entry.rows for entry in reading.excluded] == [1]


def test_an_answer_of_the_api_is_read_like_a_bulk_file(tmp_path):
    cells = {**CHINA_TO_JAPAN, "reporterCode": 156, "partnerCode": 392, "partner2Code": 0, "motCode": 0,
             "netWgt": None, "isNetWgtEstimated": False, "primaryValue": 2500.5, "cmdDesc": None}  # fmt: skip
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"elapsedTime": "0.1 secs", "count": 1, "data": [cells], "error": ""}))
    table = read_comtrade(path).table
    assert table["importer"].tolist() == ["JPN"]
    assert str(table["quantity_gross_t"].tolist()) == "[nan]"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("<html>", "is no JSON: Expecting value: line 1 column 1 (char 0)."),
        ('{"data": [], "error": "no key"}', "has no rows."),
        ('{"data": [{"freqCode": "A"}]}', "lacks 13 cells."),
    ],
)
def test_an_answer_without_rows_says_what_the_api_said(tmp_path, content, what):
    path = tmp_path / "answer.json"
    path.write_text(content)
    assert error(path).what == what


def test_all_wrong_cells_come_at_once_with_row_and_column(tmp_path):
    rows = [
        row(),
        row(partnerCode="1234"),
        row(primaryValue="-3", cmdCode="250410"),
        row(netWgt="heavy", cmdCode="8112AB"),
        row(flowCode="Q", cmdCode="280530"),
        row(period="24", cmdCode="280610"),
        row(classificationCode="HS", cmdCode="280611"),
    ]
    assert list(error(write(tmp_path, *rows)).which) == [
        "row 6, period: 24",
        "row 2, partnerCode: 1234",
        "row 3, primaryValue: -3",
        "row 4, netWgt: heavy",
        "row 5, flowCode: Q",
        "row 4, cmdCode: 8112AB",
        "row 7, classificationCode: HS",
    ]


def test_a_million_wrong_cells_are_counted_and_twenty_are_named(tmp_path):
    found = error(write(tmp_path, *(row(primaryValue="x", cmdCode=f"2504{n:02d}") for n in range(10, 60))))
    assert found.what == "50 cells cannot be used."
    assert found.which[19:21] == ("row 20, primaryValue: x", "...")
    assert len(found.which) == 50


def test_a_key_that_repeats_is_named_with_its_rows(tmp_path):
    assert error(write(tmp_path, row(), row(cmdCode="250410"), row())).which == (
        "rows 1 and 3: 811292 CHN to JPN 2024",
    )


def test_a_missing_column_is_named(tmp_path):
    path = write(tmp_path, header=[name for name in HEADER if name != "netWgt"])
    assert error(path).what == "lacks 1 of 14 columns."


def test_a_file_separated_by_commas_is_refused(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text(",".join(HEADER) + "\n")
    assert error(path).what == "is separated by comma, not by tab."


def test_a_packed_file_that_was_cut_is_refused(tmp_path):
    path = write(tmp_path, *(row(cmdCode=f"2504{n:02d}") for n in range(10, 90)))
    path.write_bytes(path.read_bytes()[:-20])
    assert "ended before the end-of-stream" in error(path).what


def test_a_packed_file_that_is_damaged_inside_is_refused(tmp_path):
    path = write(tmp_path, *(row(partnerCode=str(code)) for code in range(100, 900)))
    content = bytearray(path.read_bytes())
    content[10:200] = b"\xff" * 190
    path.write_bytes(content)
    assert "cannot be read: " in str(error(path))


@pytest.mark.parametrize("text", ["[" * 100_000, "[" + "1" * 5000 + "]", "\x00"])
def test_json_that_python_cannot_read_is_refused(tmp_path, text):
    path = tmp_path / "answer.json"
    path.write_text(text, encoding="utf-8")
    assert "is no JSON: " in str(error(path))


def test_a_text_that_was_cut_in_a_row_is_refused(tmp_path):
    path = write(tmp_path, row(), row(cmdCode="250410"), pack=False)
    path.write_bytes(path.read_bytes()[:-60])
    assert "a short last row means half a file" in error(path).fix


def test_a_packed_file_that_unpacks_to_nothing_but_zeros_is_refused(tmp_path):
    path = tmp_path / "bomb.txt.gz"
    path.write_bytes(gzip.compress(b"0" * (8 << 20)))
    assert error(path).what == "unpacks to more than 200 times its size."


@pytest.mark.parametrize("content", [b"", b"<html><body>Please log in</body></html>", b"\xff\xfe\x00\x01"])
def test_what_is_no_file_of_comtrade_is_refused(tmp_path, content):
    path = tmp_path / "file.txt"
    path.write_bytes(content)
    assert error(path).what.startswith(("is empty", "is a web page", "cannot be read"))
