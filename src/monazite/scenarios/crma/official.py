"""Official shares where our chains cannot tell: the EU study's sourcing, and published shares of the world's supply."""

import math
from collections.abc import Mapping, Sequence

from monazite.errors import DataError
from monazite.indicators.crma import Interval
from monazite.scenarios.crma.readings import REST, Reading
from monazite.snapshot import Snapshot
from monazite.tracing.published import take_out_own

SOURCING = "sourcing_shares"
DIGITS = 0.005, 0.0005
"""Half a unit of the last digit of a share printed in whole per cent, and in tenths. [1]"""
ALL = 0.995
"""Share of the world's supply from which there is nobody else to buy from. [1]"""
READ_SOURCING = """
SELECT country, supply_share, low, high, form, year_start::INT AS first, year::INT AS last, quality, source_id
FROM sourcing_shares
WHERE material = $material AND stage = $stage AND importer = $region AND year <= $year
  AND year = (SELECT max(year) FROM sourcing_shares
              WHERE material = $material AND stage = $stage AND importer = $region AND year <= $year)
ORDER BY form, country
"""
READ_WORLD = """
SELECT country, supply_share, low, high, form, year_start::INT AS first, year::INT AS last, quality, source_id
FROM supply_shares WHERE material = $material AND stage = $stage AND year <= $year
ORDER BY year DESC, form, source_id, country
"""
Row = Mapping[str, object]


def read_sourcing(
    data: Snapshot, material: str, stage: str, by: str, *, region: str, members: Sequence[str], year: int
) -> Reading:
    r"""
    Read the shares of a region's sourcing that an official study prints.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, stage : str
        Ids.
    by : str
        `imports`: the region's own output is taken out of what is divided; else it stays in.
    region : str
        A group or country; only the Union's sourcing is published.
    members : sequence of str
        Its countries.
    year : int
        The newest study up to this year counts.

    Returns
    -------
    Reading
        Of several forms the first by name. Bounds are what the printed digits allow, and at the most what the table
        leaves out is the country's as well.
        For `territory` an indication, as the study does not trace.

    Raises
    ------
    DataError
        If no study prints them, or they are asked for by owner.

    Notes
    -----
    The study divides what the Union sources, its own output with it: close to its consumption before exports. With s
    the share of a country, d that of listed members and u what is left out:

    .. math:: \underline s \le s_c \le \overline s + u, \quad
              \underline s / (1 - \underline d) \le s_{imports} \le (\overline s + u) / (1 - \overline d)

    Examples
    --------
    Of gallium in 2016-2020 China has 69 %, Germany 2 %, and 4 % are left out, which may be China's: at least
    0.685 / 0.985 = 0.695 of the imports, at most (0.695 + 0.04) / (1 - 0.025) = 0.754.

    >>> round(0.685 / 0.985, 3), round((0.695 + 0.04) / (1 - 0.025), 3)
    (0.695, 0.754)
    """
    where = f"{material}, {stage}"
    if by == "control":
        raise DataError(where, "official shares are by country, not by owner")
    if SOURCING not in data.manifest.tables:
        raise DataError(where, "the release carries no official shares of sourcing.")
    rows = _query(data, READ_SOURCING, material=material, stage=stage, region=region, year=year)
    if not rows:
        raise DataError(where, "no study prints whom it is sourced from")
    rows = [row for row in rows if row["form"] == rows[0]["form"]]
    listed = {str(row["country"]): _interval(row, "supply_share") for row in rows}
    own = {code: share for code, share in listed.items() if code in members}
    shares = {code: share for code, share in listed.items() if code not in members and code != REST}
    domestic = sum(share.mid for share in own.values())
    rest = max(0.0, 1.0 - sum(share.mid for share in listed.values()))
    notes = ["EU study: whom the Union sources from, its own output with it, not traced through re-exports"]
    shares = {code: share._replace(high=min(1.0, share.high + rest)) for code, share in shares.items()}
    unnamed = rest
    if by == "imports":
        shares = {code: Interval(*take_out_own(share, list(own.values()))) for code, share in shares.items()}
        unnamed = min(1.0, rest / max(1e-9, 1 - sum(share.high for share in own.values())))
        notes.append("own output taken out")
    if by == "territory":
        notes.append("an indication of where it was made")
    return _make(
        rows, shares=shares, unnamed=unnamed, domestic=0.0 if by == "imports" else domestic, unknown=rest,
        basis="EU sourcing", notes=tuple(notes), is_indication=by == "territory",
    )  # fmt: skip


def read_world(
    data: Snapshot, material: str, stage: str, by: str, *, members: Sequence[str], year: int
) -> Reading:
    """
    Read the shares of countries in the world's supply that are published without tonnes.

    Returns
    -------
    Reading
        Of the newest source up to the year, of several the one that names most countries. It is an indication of what
        the region uses, unless one country outside is printed with all of the world's supply: then nobody else can
        have sold more than rounding hides. Bounds are what the printed digits allow.

    Raises
    ------
    DataError
        If no source publishes them, or they are asked for by owner.

    Examples
    --------
    Of dysprosium in 2016-2020 the EU study prints 100 % for CHN: of what the Union used at least 99.5 % was refined
    there, as 99.5 % is printed as 100 %.
    """
    where = f"{material}, {stage}"
    if by == "control":
        raise DataError(where, "official shares are by country, not by owner")
    rows = _query(data, READ_WORLD, material=material, stage=stage, year=year)
    if not rows:
        raise DataError(where, "no source publishes shares of the world's supply")
    newest = [row for row in rows if row["last"] == rows[0]["last"]]
    series: dict[tuple[object, object], list[Row]] = {}
    for row in newest:
        series.setdefault((row["form"], row["source_id"]), []).append(row)
    best = max(series.values(), key=len)
    listed = {str(row["country"]): _round(_interval(row, "supply_share")) for row in best}
    shares = {code: share for code, share in listed.items() if code not in members and code != REST}
    rest = max(0.0, 1.0 - sum(share.mid for share in listed.values()))
    is_all = max((share.mid for share in shares.values()), default=0.0) >= ALL
    note = (
        "printed as 100 % of the world's supply, so that nobody else can have sold more than rounding hides"
        if is_all
        else "shares of the world's supply, not of this region's: an indication"
    )
    unnamed = max(rest, 1 - max(share.low for share in shares.values())) if is_all else rest
    return _make(
        best, shares=shares, unnamed=unnamed, domestic=0.0 if is_all else math.nan, unknown=rest,
        basis="world supply", notes=(f"{best[0]['form']}: {note}",), is_indication=not is_all,
    )  # fmt: skip


def _query(data: Snapshot, sql: str, **names: object) -> list[Row]:
    found = data.query(sql, names)
    return [
        dict(zip(found, row, strict=True)) for row in zip(*(c.tolist() for c in found.values()), strict=True)
    ]


def _interval(row: Row, name: str) -> Interval:
    mid = float(str(row[name]))
    ends = [float(str(row[end])) if row[end] is not None else math.nan for end in ("low", "high")]
    low, high = (mid if math.isnan(value) else value for value in ends)
    return Interval(mid, low, high)


def _round(share: Interval) -> Interval:
    """Widen a share without bounds to what its printed digits allow, in per cent, whole or with tenths."""
    if share.low < share.mid or share.high > share.mid:
        return share
    half = DIGITS[0] if math.isclose(100 * share.mid, round(100 * share.mid), abs_tol=1e-9) else DIGITS[1]
    return Interval(share.mid, max(0.0, share.mid - half), min(1.0, share.mid + half))


def _make(
    rows: Sequence[Row], *, shares: Mapping[str, Interval], unnamed: float, domestic: float, unknown: float,
    basis: str, notes: tuple[str, ...], is_indication: bool = False,
) -> Reading:  # fmt: skip
    first, last = rows[0]["first"], rows[0]["last"]
    return Reading(
        shares=shares, unnamed_high=unnamed, domestic=domestic, unknown=unknown, total_t=math.nan,
        vintage=str(last) if first == last else f"{first}-{last}", basis=basis,
        quality=str(rows[0]["quality"]), source_ids=tuple(sorted({str(row["source_id"]) for row in rows})),
        notes=notes, is_indication=is_indication,
    )  # fmt: skip
