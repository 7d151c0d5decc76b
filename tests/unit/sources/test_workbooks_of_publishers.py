"""World Mining Data, WGI and IEA: workbooks in the layouts of their publishers."""

import pytest
from publisher_files import write_xlsx

from monazite.errors import SourceError
from monazite.sources.governance_xlsx import read_governance_xlsx
from monazite.sources.iea import SHEET, read_iea_supply
from monazite.sources.world_mining_data_xlsx import read_world_mining_data_xlsx

WMD_HEADER = ["Country", "unit", "2020", "2021", "2022", "2023", "2024", "data source"]
LITHIUM = [
    ["Lithium (Li2O)"],
    WMD_HEADER,
    ["Chile", "metr. t", "100", "110", "120", "130", "140", "r"],
    ["Congo, D.R.", "metr. t", None, None, None, "-", "60", "e"],
    ["Total", "metr. t", "100", "110", "120", "130", "200", None],
]


def rows(reading, *names):
    return list(zip(*(reading.table[name].tolist() for name in names), strict=True))


def error(read, path):
    with pytest.raises(SourceError) as caught:
        read(path)
    return caught.value


def test_world_mining_data_is_read_in_contained_tonnes(tmp_path):
    path = write_xlsx(tmp_path / "6.4.xlsx", {"Lithium (Li2O)": LITHIUM})
    reading = read_world_mining_data_xlsx(path)
    # Li2O holds 2 x 6.94 / 29.879 = 0.46454 of lithium: 140 t are 65.04 t, 60 t are 27.87 t
    assert rows(reading, "country", "year", "published", "quality")[-2:] == [
        ("CHL", 2024, 140.0, "reported"),
        ("COD", 2024, 60.0, "estimated"),
    ]
    assert reading.table["production_t"][-2:].tolist() == pytest.approx([65.0356, 27.8724])
    assert len(reading.table["year"]) == 6
    assert reading.excluded == (("sheet Lithium (Li2O), row Total", "sum of the countries, checked", 5),)


def test_a_sheet_in_kilograms_and_a_sheet_of_a_volume(tmp_path):
    gold = [
        ["Gold"],
        WMD_HEADER,
        ["Ghana", "kg", "5", "5", "5", "5", "2000", "r"],
        ["Total", "kg", *"5555", "2000"],
    ]
    gas = [["Natural Gas"], WMD_HEADER, ["Norway", "Mio m3", "1", "1", "1", "1", "1", "r"]]
    reading = read_world_mining_data_xlsx(
        write_xlsx(tmp_path / "6.4.xlsx", {"Gold": gold, "Natural Gas": gas})
    )
    assert reading.table["production_t"].tolist()[-1] == 2.0
    assert ("sheet Natural Gas", "not mapped to a material (Mio m3)", 5) in reading.excluded


def test_all_problems_of_world_mining_data_come_at_once(tmp_path):
    sheet = [row[:] for row in LITHIUM]
    sheet[2] = ["Chili", "tons", "100", "110", "n.a.", "130", "-140", "x"]
    headless = [["Cobalt"], ["Land", "unit", "2020", "data source"]]
    path = write_xlsx(tmp_path / "6.4.xlsx", {"Lithium (Li2O)": sheet, "Cobalt": headless})
    assert [problem.split(" (did")[0] for problem in error(read_world_mining_data_xlsx, path).which] == [
        "Lithium (Li2O), row 3, unit: 'tons' is not a known unit.",
        "Lithium (Li2O), row 3, data source: 'x' (valid: e, p, r)",
        "Lithium (Li2O), row 3, Country: Chili",
        "Lithium (Li2O), row 3, 2022: 'n.a.' is no number",
        "Lithium (Li2O), row 3, 2024: -140 is negative",
        "Cobalt: no header Country, unit, years, data source in its first 5 rows",
    ]


def test_half_a_sheet_is_noticed_by_its_total(tmp_path):
    path = write_xlsx(tmp_path / "6.4.xlsx", {"Lithium (Li2O)": LITHIUM[:-1]})
    assert error(read_world_mining_data_xlsx, path).which == ("Lithium (Li2O): no row Total; half a sheet?",)
    lost = [*LITHIUM[:2], *LITHIUM[3:]]
    path = write_xlsx(tmp_path / "6.4.xlsx", {"Lithium (Li2O)": lost})
    assert error(read_world_mining_data_xlsx, path).which[-1] == (
        "Lithium (Li2O), 2024: the countries add up to 60, Total is 200"
    )


def test_a_country_that_stands_twice_is_named(tmp_path):
    twice = [*LITHIUM[:3], ["Chile", "metr. t", *"00000", "r"], *LITHIUM[3:]]
    path = write_xlsx(tmp_path / "6.4.xlsx", {"Lithium (Li2O)": twice})
    assert error(read_world_mining_data_xlsx, path).which[0] == (
        "lithium, extraction, mine output, CHL, 2020: 100 and 0"
    )


def test_another_workbook_of_world_mining_data_is_refused(tmp_path):
    path = write_xlsx(tmp_path / "6.5.xlsx", {"Share of World Production": [["Rank", "Country", "Share"]]})
    assert error(read_world_mining_data_xlsx, path).what == "has no sheet of a known commodity."


# World Bank

SHEET_2025 = ["Economy (name)", "Economy (code)", "Year", "Governance estimate (approx. -2.5 to +2.5)",
              "Standard error (gov. estimate)", "Governance score (0-100)", "Standard error (gov. score)"]  # fmt: skip
LONG = ["code", "countryname", "year", "indicator", "estimate", "stddev", "nsource", "pctrank"]
GOVERNANCE = ("country", "year", "political_stability", "political_stability_sd")


def test_the_edition_of_2025_has_a_sheet_per_dimension(tmp_path):
    pv = [
        SHEET_2025,
        ["Namibia", "NAM", 2024, 0.5, 0.2, 60, 5],
        ["Congo, Dem. Rep.", "COD", 2024, "-2.1", "0.3", 9, 5],
    ]
    path = write_xlsx(
        tmp_path / "wgi.xlsx", {"va": [SHEET_2025, ["Namibia", "NAM", 2024, 1, 1, 1, 1]], "pv": pv}
    )
    reading = read_governance_xlsx(path)
    assert rows(reading, *GOVERNANCE) == [("NAM", 2024, 0.5, 0.2), ("COD", 2024, -2.1, 0.3)]
    assert reading.excluded == (("sheet va", "another dimension", 1),)


def test_the_error_of_the_score_is_not_taken_for_that_of_the_estimate(tmp_path):
    header = [name for name in SHEET_2025 if name != "Standard error (gov. estimate)"]
    pv = [header, ["Namibia", "NAM", 2024, 0.5, 60, 5]]
    reading = read_governance_xlsx(write_xlsx(tmp_path / "wgi.xlsx", {"pv": pv}))
    assert str(reading.table["political_stability_sd"].tolist()) == "[nan]"


def test_the_long_sheet_of_2023_and_2024(tmp_path):
    sheet = [LONG, ["ZAR", "Congo, Dem. Rep.", 2023, "pv", "-2.1", "0.3", "9", "5"],
             ["KSV", "An unknown spelling", 2023, "pv", "-0.2", "0.3", "9", "5"],
             ["ABW", "Aruba", 1996, "pv", "..", "..", "..", ".."],
             ["ABW", "Aruba", 2023, "cc", "1.0", "0.3", "9", "5"]]  # fmt: skip
    reading = read_governance_xlsx(write_xlsx(tmp_path / "wgi.xlsx", {"Sheet1": sheet}))
    assert rows(reading, *GOVERNANCE) == [("COD", 2023, -2.1, 0.3), ("XKX", 2023, -0.2, 0.3)]
    assert [(entry.reason, entry.rows) for entry in reading.excluded] == [
        ("another dimension", 1),
        ("no estimate for the economy and year", 1),
    ]


def test_the_wide_sheets_until_2022(tmp_path):
    six = ["Estimate", "StdErr", "NumSrc", "Rank", "Lower", "Upper"]
    sheet = [["Political Stability"], *([None] for _ in range(12)),
             [None, None, *[2021] * 6, *[2022] * 6],
             ["Country/Territory", "Code", *six, *six],
             ["Chile", "CHL", 0.1, 0.2, 9, 50, 40, 60, "#N/A", "#N/A", None, None, None, None]]  # fmt: skip
    path = write_xlsx(
        tmp_path / "wgi.xlsx", {"Introduction": [["x"]], "Political StabilityNoViolence": sheet}
    )
    assert rows(read_governance_xlsx(path), *GOVERNANCE) == [("CHL", 2021, 0.1, 0.2)]


def test_all_problems_of_the_wgi_come_at_once(tmp_path):
    sheet = [LONG, ["XYZ", "Atlantis", 2023, "pv", "0.1", "0.3"], ["CHL", "Chile", 2023, "pv", "high", "0.3"],
             ["CHL", "Chile", 2023, "pv", "31", "0.3"], ["CHL", "Chile", "then", "pv", "0.1", "0.3"]]  # fmt: skip
    which = error(read_governance_xlsx, write_xlsx(tmp_path / "wgi.xlsx", {"Sheet1": sheet})).which
    assert which[0].startswith("Sheet1, row 2: Atlantis")
    assert which[1:] == (
        "Sheet1, row 3: 'high' is no estimate within 5",
        "Sheet1, row 4: CHL 2023 repeats Sheet1, row 3",
        "Sheet1, row 4: '31' is no estimate within 5",
        "Sheet1, row 5: 'then' is no year of the WGI",
    )


def test_another_workbook_is_none_of_the_wgi(tmp_path):
    path = write_xlsx(tmp_path / "x.xlsx", {"Data": [["a", "b"]]})
    assert error(read_governance_xlsx, path).which == ("sheet Data: a, b",)


# IEA

IEA = [
    ["Total supply for key minerals (kt)"],
    [None],
    [None, 2024, 2030, None, None, None, None, 2024, 2030],
    ["Cobalt - Mining", None, None, None, None, None, "Cobalt - Refining"],
    ["Democratic Republic of Congo", 180, 200, None, None, None, "China", 196, 250],
    ["Indonesia", 30, 60, None, None, None, "Finland", 20, 20],
    [None],
    ["Rest of world", 40, 60, None, None, None, "Rest of world", 34, 50],
    ["Total", 250, 320, None, None, None, "Total clean technologies", 250, 320],
    ["Top 3 share", 0.84, 0.9, None, None, None, "Top 3 share", 0.9, 0.9],
    [None],
    [
        "Magnet rare earth elements - Mining",
        None,
        None,
        None,
        None,
        None,
        "Magnet rare earth elements - Refining",
    ],
    ["China", 45, 51, None, None, None, "China", 73.7, 81],
    ["Total", 45, 51, None, None, None, "Total", 73.7, 81],
    ["Notes: Supply projections ..."],
]


def test_the_base_year_of_the_iea_is_read_and_projections_are_not(tmp_path):
    reading = read_iea_supply(write_xlsx(tmp_path / "CM_Data_Explorer.xlsx", {SHEET: IEA}))
    cobalt = [
        row
        for row in rows(reading, "material", "stage", "country", "year", "production_t")
        if row[0] == "cobalt"
    ]
    assert cobalt == [
        ("cobalt", "extraction", "COD", 2024, 180_000.0),
        ("cobalt", "extraction", "IDN", 2024, 30_000.0),
        ("cobalt", "extraction", "ROW", 2024, 40_000.0),
        ("cobalt", "processing", "CHN", 2024, 196_000.0),
        ("cobalt", "processing", "FIN", 2024, 20_000.0),
        ("cobalt", "processing", "ROW", 2024, 34_000.0),
    ]
    figures = sum(isinstance(cell, (int, float)) for row in IEA[3:] for cell in row)
    assert len(reading.table["year"]) + sum(entry.rows for entry in reading.excluded) == figures


def test_magnet_rare_earths_are_not_turned_into_oxides_of_all(tmp_path):
    reading = read_iea_supply(write_xlsx(tmp_path / "CM_Data_Explorer.xlsx", {SHEET: IEA}))
    magnet = [row for row in rows(reading, "material", "covers", "production_t") if row[0] == "rare_earths"]
    # 45 kt and 73.7 kt of the four magnet elements: a part of the rare earths, never all of them
    assert magnet == [("rare_earths", "part", 45_000.0), ("rare_earths", "part", 73_700.0)]


def test_a_total_of_the_iea_that_does_not_add_up_is_named(tmp_path):
    wrong = [row[:] for row in IEA]
    wrong[5] = ["Indonesien", "many", 60, None, None, None, "Finland", 25, 20]
    which = error(read_iea_supply, write_xlsx(tmp_path / "x.xlsx", {SHEET: wrong})).which
    assert which[0].startswith("Cobalt - Mining, row 6, Indonesien: Indonesien")
    assert which[1] == "Cobalt - Mining, row 6, Indonesien: 'many' is no number"
    assert which[-1] == "Cobalt - Refining: the countries add up to 255.00, Total is 250.00"


def test_a_workbook_without_the_sheet_of_supply_is_refused(tmp_path):
    path = write_xlsx(tmp_path / "x.xlsx", {"1 Total demand for key minerals": [["x"]]})
    assert error(read_iea_supply, path).expected == SHEET
