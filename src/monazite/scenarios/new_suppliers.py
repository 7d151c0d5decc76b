"""Find who may become a new supplier: countries with deposits, idle works or announced projects."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from monazite.simulation import Market, NewSupplier
from monazite.simulation.extend_market import mean_content
from monazite.simulation.market import REST
from monazite.snapshot import Snapshot

Way = Literal["entry", "restart"]
TABLE = "deposits"
LEAST_SHARE = 0.005
"""Smallest supplier that is looked at, over world supply. [unitless] Source: decision 0017."""
SHOWN = 6
"""Suppliers that a note names; all stand in the table of deposits. Source: this project."""
RESERVES = """
SELECT country, quantity, '' AS since, source FROM deposits
WHERE material = $material AND stage = $stage AND measure = 'reserves' AND quantity > 0 ORDER BY country"""
PAST = """
SELECT country, quantity, left(known_from, 4) AS since, source FROM deposits
WHERE material = $material AND stage = $stage AND measure = 'past_output' AND left(known_from, 4)::INT < $first
ORDER BY country"""
MADE = """
SELECT country, sum(production_t) AS quantity, year::VARCHAR AS since, any_value(source) AS source FROM production
WHERE material = $material AND stage = $stage AND year < $first AND form NOT LIKE 'part:%' AND production_t > 0
GROUP BY country, year ORDER BY country, year"""
PROJECTS = """
SELECT country, quantity, left(known_from, 4) AS since, source FROM deposits
WHERE material = $material AND stage = $stage AND measure = 'project' AND left(known_from, 7) <= $start
ORDER BY country, known_from"""
LISTED = """
SELECT country, capacity_high_t AS quantity, left(status_date, 4) AS since, source FROM projects
WHERE materials = $material AND list_contains(string_split(stages, ';'), $stage) AND capacity_high_t > 0
AND length(status_date) >= 4 AND left(status_date || '-12', 7) <= $start AND length(country) = 3
ORDER BY country, project_id"""
"""What the release says of new supply, by country."""


@dataclass(frozen=True)
class Deposit:
    """What could be made in a country: a share of the world's reserves, or tonnes a year, and whose word it is."""

    country: str
    quantity: float
    basis: str


@dataclass(frozen=True)
class Deposits:
    """
    What the release knows of new supply of a material at a stage, before a month.

    Attributes
    ----------
    reserve_shares : tuple of Deposit
        Share of a country in the reserves that are listed. [unitless, 0..1]
    past_output : tuple of Deposit
        Best year of a country. [t contained a year]
    projects : tuple of Deposit
        Sum of what was announced. [t contained a year]
    note : str
        Why nothing can be said; empty where something can.
    """

    reserve_shares: tuple[Deposit, ...] = ()
    past_output: tuple[Deposit, ...] = ()
    projects: tuple[Deposit, ...] = ()
    note: str = ""

    @property
    def countries(self) -> tuple[str, ...]:
        """Every country that is named."""
        every = (*self.reserve_shares, *self.past_output, *self.projects)
        return tuple(dict.fromkeys(entry.country for entry in every if entry.country != REST))


def read_deposits(
    data: Snapshot, *, material: str, stage: str, baseline_years: Sequence[int], start: str
) -> Deposits:
    """
    Read what is known of new supply before a run.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material : str
        Id.
    stage : str
        Where it is made.
    baseline_years : sequence of int
        Output of earlier years may stand idle; that of these years is in the baseline.
    start : str
        First month of the run, YYYY-MM: what is announced later does not count. Reserves count whenever they were
        listed: the ore was there.

    Returns
    -------
    Deposits
        With a note where no table says anything of the material: then nobody enters, which is not to say that nobody
        could.
    """
    if TABLE not in data.manifest.tables:
        return Deposits(
            note=f"New suppliers: cannot tell, the release has no table {TABLE!r}; nobody enters."
        )
    labels: dict[str, object] = {"material": material, "stage": stage}
    first: dict[str, object] = {"first": min(baseline_years)}
    reserves = _read(data, RESERVES, labels, "reserves")
    total = sum(entry.quantity for entry in reserves)
    past = [*_read(data, PAST, labels | first, "output of"), *_read(data, MADE, labels | first, "output of")]
    projects = [
        entry
        for sql in (PROJECTS, LISTED)
        for entry in _read(data, sql, labels | {"start": start}, "project of")
    ]
    found = Deposits(
        reserve_shares=tuple(replace(entry, quantity=entry.quantity / total) for entry in reserves),
        past_output=tuple(_best(past)),
        projects=tuple(_sum(projects)),
    )
    if found.reserve_shares or found.projects:
        return found
    name = material.replace("_", " ")
    text = f"New suppliers of {name} at {stage}: cannot tell, no table of deposits or projects holds any"
    return replace(
        found, note=f"{text}{'; idle works may restart' if found.past_output else '; nobody enters'}."
    )


def _read(data: Snapshot, sql: str, labels: Mapping[str, object], word: str) -> list[Deposit]:
    """Read country, quantity, year and source of every row."""
    columns = data.query(sql, labels)
    names = ("country", "quantity", "since", "source")
    rows = zip(*(columns[name].tolist() for name in names), strict=True)
    return [
        Deposit(str(country), float(quantity), f"{word} {since}, {source}" if since else f"{word}, {source}")
        for country, quantity, since, source in rows
    ]


def _best(entries: Sequence[Deposit]) -> list[Deposit]:
    """Keep the largest of each country."""
    best: dict[str, Deposit] = {}
    for entry in entries:
        if entry.country not in best or entry.quantity > best[entry.country].quantity:
            best[entry.country] = entry
    return [best[name] for name in sorted(best)]


def _sum(entries: Sequence[Deposit]) -> list[Deposit]:
    """Add up what was announced in each country."""
    total: dict[str, float] = defaultdict(float)
    words: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        total[entry.country] += entry.quantity
        words[entry.country].append(entry.basis)
    return [Deposit(name, total[name], "; ".join(dict.fromkeys(words[name]))) for name in sorted(total)]


def list_suppliers(market: Market, deposits: Deposits, *, start: str) -> tuple[NewSupplier, ...]:
    r"""
    Say who may enter or restart in a market, and with how much at most.

    Parameters
    ----------
    market : Market
        The baseline; it names the countries of the deposits (`extend_market`).
    deposits : Deposits
        What is known.
    start : str
        First month of the run.

    Returns
    -------
    tuple of NewSupplier
        By country, restarts before entries; none below 0.5 % of world supply.

    Notes
    -----
    With world supply Y, capacity C, reserves R, best earlier output B and projects K of a country, in tonnes a year:

    .. math:: restart = \max(0, B - C), \quad
              entry = \max\left(K, \frac{R}{\sum R} Y - C\right) - restart, \text{ at least } 0

    that is: at its largest a country mines its reserves as fast as the world does. Source: this project,
    docs/decisions/0017-new-supply.md.

    Examples
    --------
    World supply of 1,000 t a year; a country with 5 % of the reserves, 10 t of capacity, 30 t in its best year: 20 t
    may restart, and 50 - 10 - 20 = 20 t more may enter.
    """
    world = 12.0 * float(market.own_supply.sum())
    found = []
    for country in deposits.countries:
        for way, (tonnes, basis) in size_country(market, deposits, country).items():
            if tonnes > LEAST_SHARE * world:
                found.append(
                    NewSupplier(
                        name=f"{country}, {way}", country=country, stage=market.production_stage, effective=start,
                        way=way, capacity_t_per_year=tonnes, unit=market.weight, basis=basis,
                    )
                )  # fmt: skip
    return tuple(found)


def describe_suppliers(suppliers: Sequence[NewSupplier], restricting: Sequence[str] = ()) -> str:
    """
    Say who may come, the largest first, and apart whom a restriction holds; empty where nobody may.

    Examples
    --------
    >>> plant = NewSupplier(country="VNM", stage="extraction", effective="2025-01", capacity_t_per_year=1200,
    ...                     way="entry", unit="contained")
    >>> describe_suppliers([plant])
    'New suppliers, at most, if the price stays high: VNM 1,200 t a year (entry).'
    >>> describe_suppliers([plant], ["VNM"])
    'Held back by a measure of the run, may grow for use at home and as far as it lets out: VNM 1,200 t a year (entry).'
    """
    order = sorted(suppliers, key=lambda one: -one.capacity_t_per_year)
    free = [one for one in order if one.country not in restricting]
    bound = [one for one in order if one.country in restricting]
    told = [
        (f"New suppliers, at most, if the price stays high{_weight_of(suppliers)}", free),
        ("Held back by a measure of the run, may grow for use at home and as far as it lets out", bound),
    ]
    return " ".join(f"{head}: {_name_largest(these)}." for head, these in told if these)


def describe_lead(
    suppliers: Sequence[NewSupplier], lead: Mapping[str, tuple[float, float]], months: int
) -> str:
    """
    Say how long new works take beside the length of a run; empty where nobody may come.

    Examples
    --------
    >>> plant = NewSupplier(country="VNM", stage="extraction", effective="2025-01", capacity_t_per_year=1200,
    ...                     way="entry", unit="contained")
    >>> describe_lead([plant], {"entry": (36.2, 119.6)}, 24)
    'New works open after 36 to 120 months (entry), a twelfth at half of that; the run has 24.'
    """
    ways = [way for way in ("restart", "entry") if any(one.way == way for one in suppliers)]
    spans = [f"{lead[way][0]:.0f} to {lead[way][1]:.0f} months ({way})" for way in ways]
    if not spans:
        return ""
    return f"New works open after {' or '.join(spans)}, a twelfth at half of that; the run has {months}."


def _name_largest(order: Sequence[NewSupplier]) -> str:
    """Name the first few suppliers, and add up the others."""
    named = [f"{one.country} {one.capacity_t_per_year:,.0f} t a year ({one.way})" for one in order[:SHOWN]]
    if len(order) > SHOWN:
        rest = sum(one.capacity_t_per_year for one in order[SHOWN:])
        named.append(f"{len(order) - SHOWN} more with {rest:,.0f} t a year together")
    return ", ".join(named)


def _weight_of(suppliers: Sequence[NewSupplier]) -> str:
    """Say that tonnes are gross weight, as they are where the market counts so."""
    return ", gross weight" if any(one.unit == "gross" for one in suppliers) else ""


def size_country(market: Market, deposits: Deposits, country: str) -> dict[Way, tuple[float, str]]:
    """Most that one country could restart and enter with, and what that rests on. [t a year, weight of the market]"""
    content = mean_content(market) if market.weight == "gross" else 1.0
    capacity = 12.0 * float(market.capacity[market.place(country)])
    shares, past, projects = (
        {entry.country: entry for entry in entries}.get(country)
        for entries in (deposits.reserve_shares, deposits.past_output, deposits.projects)
    )
    idle = max(past.quantity / content - capacity, 0.0) if past else 0.0
    mined = shares.quantity * 12.0 * float(market.own_supply.sum()) - capacity if shares else 0.0
    planned = projects.quantity / content if projects else 0.0
    basis = projects if planned > mined else shares
    return {
        "restart": (idle, past.basis if past else ""),
        "entry": (max(mined, planned) - idle, basis.basis if basis else ""),
    }
