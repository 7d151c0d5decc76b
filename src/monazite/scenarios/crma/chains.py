"""Readings from our own chains: by the Act's words, by customs partner, by traced territory, by owner."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast, get_args

import numpy as np

from monazite.errors import DataError
from monazite.indicators.crma import Interval, gross_share
from monazite.scenarios.crma.gaps import name_gaps, name_main_gap
from monazite.scenarios.crma.owners import share_owners
from monazite.scenarios.crma.partners import range_consumption, share_consumption
from monazite.scenarios.crma.readings import Reading, sort_answer
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.build import UnknownContent
from monazite.supply_chain.draws import draw_chains
from monazite.tracing.records import TraceOptions, ask, open_chain, used_sources
from monazite.tracing.ways import Question, answer, list_imports
from monazite.vocabulary import STAGES, products, resolve_region

ESTIMATE = "estimate"
"""Word of `unknown_content` for estimated contents, where this version has them."""
SMALL = 0.01
"""Share of the largest stage's trade below which a stage is no answer: boron is traded as borates, not as metal. [1]"""
NOBODY = 0.995
"""Share of unknown owners above which ownership tells nothing. [1]"""
NO_TRADE = "our data have no trade in it"
NO_OUTPUT = "our data have no output of that stage"
NOT_TRADED = "our data have trade of earlier stages only"
PARTIAL = "only what exporters without refineries ship is told apart at this stage: an indication"
GROSS = (
    "the content of what is traded is unknown, and gross weight cannot be set against contained production"
)


@dataclass(frozen=True)
class RegionChain:
    """
    The chain of a material with the countries of a region, and what its tonnes are.

    `weight` is `contained`, `estimated` (contents of ours) or `gross`; `drawn` are chains that the reports allow as
    well.
    """

    chain: SupplyChain
    region: str
    members: tuple[str, ...]
    weight: str
    drawn: tuple[SupplyChain, ...]

    def where(self, stage: str) -> str:
        """Name the place for messages."""
        return f"chain {self.chain.material} {self.chain.year}, stage {stage}"

    def is_traded(self, stage: str) -> bool:
        """Whether anything is recorded as traded at a stage."""
        return float(self.chain.arrays["trade_gross_t"].sel(stage=stage).sum()) > 0 or (
            float(self.chain.trade_t.sel(stage=stage).sum()) > 0
        )

    def is_gross(self, stage: str) -> bool:
        """Whether the trade of a stage is counted by gross weight."""
        return bool(self.chain.arrays["is_gross"].sel(stage=stage))

    def is_partial(self, stage: str) -> bool:
        """Whether no code is of this stage alone, so that only some exporters' goods are told to be of it."""
        return self.is_traded(stage) and not products(self.chain.material, stage)

    def own_output_t(self, stage: str) -> float:
        """Output of the region at a stage [t contained a year]; NaN where no source gives it for the whole material."""
        arrays = self.chain.arrays.sel(stage=stage)
        if bool(arrays["is_part"]):
            return float("nan")
        return float(arrays["production_t"].sel(country=list(self.members)).sum(skipna=False))

    def last_traded(self) -> str:
        """Name the last stage up to processing with trade worth naming; raise DataError where there is none."""
        stages = [str(name) for name in self.chain.arrays["stage"].values]
        tonnes = {
            name: float(self.chain.trade_t.sel(stage=name).sum())
            for name in stages
            if STAGES.index(name) <= STAGES.index("processing")
        }
        traded = [name for name, mass_t in tonnes.items() if mass_t > SMALL * max(tonnes.values())]
        if not traded:
            raise DataError(f"chain {self.chain.material} {self.chain.year}", NO_TRADE)
        return traded[-1]


class LazyChains(Mapping[str, RegionChain | str]):
    """
    Chains by material, opened when they are asked for; only the last stays in memory, as draws are large.

    A material without a chain has the text of why there is none.
    """

    def __init__(
        self, names: Sequence[str], read: Callable[[str], RegionChain], progress: Callable[[int, int], None]
    ) -> None:
        self._names, self._read, self._progress = tuple(names), read, progress
        self._last: tuple[str, RegionChain | str] | None = None

    def __getitem__(self, name: str) -> RegionChain | str:
        if name not in self._names:
            raise KeyError(name)
        if self._last is None or self._last[0] != name:
            self._last = None  # frees the one before
            try:
                self._last = name, self._read(name)
            except DataError as error:
                self._last = name, error.what.rstrip(".")
            self._progress(self._names.index(name) + 1, len(self._names))
        return self._last[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def open_region_chain(
    data: Snapshot, material: str, region: str, year: int, *, draws: int, seed: int
) -> RegionChain:
    """
    Open the chain of a material, with estimated contents or gross weight only where contents are unknown.

    Raises
    ------
    DataError
        If the release has neither production nor trade, or no country of the region has a figure.
    """
    weight, chain = "contained", open_chain(data, material, year, TraceOptions())
    ways: list[tuple[str, str]] = [("estimated", ESTIMATE)] if ESTIMATE in get_args(UnknownContent) else []
    for word, option in [*ways, ("gross", "gross")]:
        if not _lacks_contents(chain):
            break
        how = TraceOptions(unknown_content=cast(UnknownContent, option))
        weight, chain = word, open_chain(data, material, year, how)
    members = tuple(code for code in resolve_region(region, year) if code in chain.countries)
    if not members:
        raise DataError(
            f"chain {material} {year}", f"our data have no figure of {region}", expected="another region"
        )
    drawn = tuple(draw_chains(chain, draws=draws, seed=seed)) if draws else ()
    return RegionChain(chain, region, members, weight, drawn)


def read_chain(data: Snapshot, place: RegionChain, stage: str, by: str) -> Reading:
    """
    Read the shares of third countries at a stage from a chain, by one of the four ways.

    Raises
    ------
    DataError
        If the chain cannot tell; the message says why.
    """
    if by in ("act", "imports"):
        lacking = name_main_gap(place.chain.material, stage)
        if lacking:
            raise DataError(place.where(stage), lacking)
        reading = (_read_act if by == "act" else _read_imports)(data, place, stage)
        if not place.is_partial(stage):
            return reading
        return replace(reading, is_indication=True, notes=(PARTIAL, *reading.notes))
    _check_territory(place, stage)
    if by == "territory":
        return _read_territory(data, place, stage)
    return _read_control(data, place, stage)


def _lacks_contents(chain: SupplyChain) -> bool:
    gross = chain.arrays["trade_gross_t"].fillna(0)
    return bool((chain.trade_t.isnull() & (gross > 0)).any())


def _make(place: RegionChain, stage: str, by: str, **more: object) -> Reading:
    """Fill in what every reading of a chain says of itself."""
    is_imputed = place.weight == "estimated"
    common: dict[str, object] = {
        "vintage": str(place.chain.year),
        "basis": "chain, estimated contents" if is_imputed else "chain",
        "quality": "imputed" if is_imputed else "estimated",
        "source_ids": tuple(sorted(used_sources(place.chain, stage, by))),
        "notes": (),
        "gap": name_gaps(place.chain.material, stage),
        "draws": len(place.drawn),
    }
    return Reading(**(common | more))  # type: ignore[arg-type]


def _read_act(data: Snapshot, place: RegionChain, stage: str) -> Reading:
    if not place.is_traded(stage):
        raise DataError(place.where(stage), NO_TRADE)
    own_t = place.own_output_t(stage)
    if place.is_gross(stage):
        return _bound_by_contents(place, stage, own_t)
    if np.isnan(own_t):
        return _bound_by_imports(data, place, stage)
    found = share_consumption(place.chain, place.members, stage, place.drawn)
    shares, unnamed, domestic, unknown = sort_answer(found, place.members)
    return _make(
        place, stage, stage, shares=shares, unnamed_high=unnamed, domestic=domestic, unknown=unknown,
        total_t=found.used_t, total_range_t=range_consumption(place.members, stage, place.drawn),
    )  # fmt: skip


def _bound_by_imports(data: Snapshot, place: RegionChain, stage: str) -> Reading:
    """Bound shares in consumption by those in imports: own output, which nobody tells, only makes them smaller."""
    bought = _read_imports(data, place, stage)
    shares = {code: Interval(np.nan, 0.0, share.high) for code, share in bought.shares.items()}
    note = "at most the share in imports, as nobody tells the region's own output of the whole material"
    return replace(
        bought, shares=shares, domestic=np.nan, total_t=np.nan, basis="imports, as a bound",
        notes=(note, *bought.notes),
    )  # fmt: skip


def _bound_by_contents(place: RegionChain, stage: str, own_t: float) -> Reading:
    """Bound shares in consumption where imports are known by gross weight, by what the codes say of contents."""
    bought, contents = _imports(place, stage), contents_of(place, stage)
    total = sum(bought.values())
    shares = {code: gross_share(mass_t, total - mass_t, own_t, contents) for code, mass_t in bought.items()}
    note = f"from gross weight: every lane holds {contents[0]:g} to {contents[1]:g} t a tonne by its code"
    return _make(
        place, stage, "partner", shares=shares, unnamed_high=0.0, domestic=0.0 if own_t == 0 else np.nan,
        unknown=0.0, total_t=np.nan, basis="gross weight", quality="imputed", notes=(note,), draws=None,
    )  # fmt: skip


def _imports(place: RegionChain, stage: str) -> dict[str, float]:
    question = Question(name=place.region, members=place.members, suppliers={}, stage=stage, by="partner")
    return list_imports(place.chain, question)


def _read_imports(data: Snapshot, place: RegionChain, stage: str) -> Reading:
    if not place.is_traded(stage):
        raise DataError(place.where(stage), NO_TRADE)
    question = ask(place.chain, place.region, stage, "partner", TraceOptions())
    found = answer(data, place.chain, question, place.drawn)
    shares, unnamed, domestic, unknown = sort_answer(found, place.members)
    is_gross = place.is_gross(stage)
    more = {"basis": "gross weight", "notes": ("shares of gross weight",)} if is_gross else {}
    return _make(
        place, stage, "partner", shares=shares, unnamed_high=unnamed, domestic=domestic, unknown=unknown,
        total_t=np.nan if is_gross else found.used_t, **more,
    )  # fmt: skip


def _check_territory(place: RegionChain, stage: str) -> None:
    """Raise DataError unless goods of the stage or a later one are traded and it is known where they are made."""
    traded = place.last_traded()
    if STAGES.index(stage) > STAGES.index(traded):
        raise DataError(place.where(stage), NOT_TRADED)
    if bool(place.chain.production_t.sel(stage=stage).isnull().all()):
        raise DataError(place.where(stage), NO_OUTPUT)
    if place.is_gross(traded):
        raise DataError(place.where(traded), GROSS)


def _read_territory(data: Snapshot, place: RegionChain, stage: str) -> Reading:
    traded = place.last_traded()
    question = ask(place.chain, place.region, traded, stage, TraceOptions())
    found = answer(data, place.chain, question, place.drawn)
    shares, unnamed, domestic, unknown = sort_answer(found, place.members)
    return _make(
        place, traded, stage, shares=shares, unnamed_high=unnamed, domestic=domestic, unknown=unknown,
        total_t=found.used_t, notes=found.assumptions,
    )  # fmt: skip


def _read_control(data: Snapshot, place: RegionChain, stage: str) -> Reading:
    traded = place.last_traded()
    question = ask(place.chain, place.region, traded, stage, TraceOptions())
    if stage == "extraction":
        found = answer(data, place.chain, replace(question, by="control"), place.drawn)
    else:
        by_place = answer(data, place.chain, question, place.drawn)
        found = share_owners(data, place.chain, by_place, stage)
    shares, unnamed, domestic, unknown = sort_answer(found, place.members)
    if unknown > NOBODY:
        raise DataError(place.where(stage), "no owner of the sites behind it is in the table of owners")
    return _make(
        place, traded, "control", shares=shares, unnamed_high=unnamed, domestic=domestic, unknown=unknown,
        total_t=found.used_t, notes=found.assumptions,
    )  # fmt: skip


def contents_of(place: RegionChain, stage: str) -> tuple[float, float]:
    """Least and most content of the goods of a stage by their codes; 0 and 1 where nothing is known."""
    rows = products(place.chain.material, stage)
    lows = [row.content.low if row.content.low is not None else row.content.factor for row in rows]
    highs = [row.content.high if row.content.high is not None else row.content.factor for row in rows]
    least = min((value for value in lows if value is not None), default=0.0)
    most = max((value for value in highs if value is not None), default=1.0)
    return (0.0 if None in lows else least, 1.0 if None in highs else min(most, 1.0))
