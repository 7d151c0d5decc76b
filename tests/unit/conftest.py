"""A zip like CEPII's, written by the test."""

import zipfile

import pytest

CODES = ("010121", "284690", "850511")
HEADER = "t,i,j,k,v,q"


def baci_row(year, exporter, importer, code, value, quantity):
    """One row as CEPII writes it: figures padded to twelve places, NA too."""
    figures = (figure if isinstance(figure, str) else f"{figure:.3f}" for figure in (value, quantity))
    return ",".join([str(year), str(exporter), str(importer), code, *(f"{figure:>12}" for figure in figures)])


@pytest.fixture
def make_baci_zip(tmp_path):
    """Write BACI_HS17_V202601.zip; `years` maps a year to its rows, or to the bytes of its file."""

    def make(years, *, name="BACI_HS17_V202601.zip", edition="HS17", version="202601", codes=CODES, more=()):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for year, rows in years.items():
                text = rows if isinstance(rows, bytes) else "\n".join([HEADER, *rows, ""])
                archive.writestr(f"BACI_{edition}_Y{year}_V{version}.csv", text)
            listed = "".join(f'{code},"Product {code}, of a kind"\n' for code in codes)
            archive.writestr(f"product_codes_{edition}_V{version}.csv", f"code,description\n{listed}")
            archive.writestr(
                f"country_codes_V{version}.csv",
                "country_code,country_name,country_iso2,country_iso3\n156,China,CN,CHN\n",
            )
            for member, content in more:
                archive.writestr(member, content)
        return path

    return make


@pytest.fixture
def three_years():
    """
    China (156) sells 284690 to Japan (392), Germany (276) and the USA (842), 2 million USD each, in 2021-2023.

    Unit values: 10,000 USD/t everywhere, but 2022 to Japan 2 million USD on 20 t, ten times dearer.
    """
    tonnes = {2021: (200.0, 200.0, 200.0), 2022: (20.0, 200.0, 200.0), 2023: (200.0, 200.0, 200.0)}
    return {
        year: [
            baci_row(year, 156, importer, "284690", 2000.0, quantity)
            for importer, quantity in zip((392, 276, 842), row, strict=True)
        ]
        for year, row in tonnes.items()
    }
