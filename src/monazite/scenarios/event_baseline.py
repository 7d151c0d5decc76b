"""The market that an event touches: which year, stage and codes of the release it can be simulated on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from monazite.errors import DataError
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, build_supply_chain
from monazite.supply_chain.build import UnknownContent
from monazite.vocabulary import convert_code, edition_products, materials

YEARS_BACK = 4
"""How many years before the announcement are looked at for a baseline, the latest first. Source: this project."""
EDITION = "hs92"


@dataclass(frozen=True)
class FoundMarket:
    """A market of a scenario file for one material, what was assumed in choosing it, and its chain."""

    content: dict[str, object]
    assumed: tuple[str, ...]
    chain: SupplyChain
    stage: str

    @property
    def production_stage(self) -> str:
        """Stage at which production is read."""
        return str(self.content["baseline"]["production_stage"])  # type: ignore[index]

    def exported_t(self, origins: Sequence[str], destinations: Sequence[str] | str) -> float:
        """Exports of some countries to others in the baseline year. [t gross a year]"""
        lanes = self.chain.arrays["trade_gross_t"].sel(stage=self.stage)
        chosen = lanes.sel(exporter=[c for c in origins if c in self.chain.countries])
        if not isinstance(destinations, str):
            chosen = chosen.sel(importer=[c for c in destinations if c in self.chain.countries])
        return float(chosen.sum())

    def largest_importers(self, origins: Sequence[str], count: int) -> list[str]:
        """Name the countries that import most from some exporters, the largest first."""
        lanes = self.chain.arrays["trade_gross_t"].sel(stage=self.stage)
        bought = lanes.sel(exporter=[c for c in origins if c in self.chain.countries]).sum("exporter")
        order = bought.sortby(bought, ascending=False)
        named = zip(order["importer"].values, order.values, strict=True)
        return [str(code) for code, tonnes in named if tonnes > 0 and code != "ROW"][:count]


@dataclass
class MarketFinder:
    """Finds markets in a release, and keeps the chains that it has built."""

    data: Snapshot
    chains: dict[tuple[str, int, tuple[str, ...]], SupplyChain | None] = field(default_factory=dict)

    def find(
        self,
        material: str,
        *,
        before: int,
        codes: Sequence[str] = (),
        origins: Sequence[str] = (),
        years_back: int = YEARS_BACK,
        stage: str = "",
    ) -> FoundMarket:
        """
        Find the market of a material: the latest year before an announcement with production and trade on record.

        Parameters
        ----------
        material : str
            A material; a rare earth without figures of its own is looked for among all rare earths.
        before : int
            The year of the announcement.
        codes : sequence of str
            Codes that the measure names, with their edition; they choose the stage. All codes where none is ours.
        origins : sequence of str
            Who restricts; the stage at which they export most is taken.
        years_back : int, default 4
            How many years are looked at.
        stage : str, optional
            Only this stage of trade.

        Raises
        ------
        DataError
            If no year has both production and trade; the message says what was looked for.
        """
        parent = materials()[material].parent
        for name in dict.fromkeys([material, *([parent] if parent else [])]):
            for year in range(before - 1, before - 1 - years_back, -1):
                found = self._try_year(name, year, _match_codes(name, codes), origins, stage)
                if found:
                    notes = _explain_year(year, before)
                    return FoundMarket(found.content, (*notes, *found.assumed), found.chain, found.stage)
        span = (
            f"year from {before - years_back} to {before - 1}"
            if years_back > 1
            else f"market: not {before - 1}"
        )
        raise DataError(
            "",
            f"no {span} has production and trade of {material} at one place"
            + (f" ({stage})" if stage else ""),
        )

    def _chain(
        self, material: str, year: int, codes: tuple[str, ...] = (), content: UnknownContent = "gross"
    ) -> SupplyChain | None:
        """Build a chain once; None where the release has nothing."""
        key = (material, year, (*codes, content))
        if key not in self.chains:
            try:
                self.chains[key] = build_supply_chain(
                    self.data,
                    material=material,
                    year=year,
                    unknown_content=content,
                    product_codes=codes or None,
                )
            except DataError:
                self.chains[key] = None
        return self.chains[key]

    def _try_year(
        self, material: str, year: int, matched: tuple[str, ...], origins: Sequence[str], only: str
    ) -> FoundMarket | None:
        """Try one material and year; None where production or trade is missing."""
        chain = self._chain(material, year)
        if chain is None:
            return None
        by_code = {p.product_code: p.stage for p in edition_products(EDITION, material)}
        named = self._chain(material, year, matched) if matched else None
        stages = _list_stages(named, "trade_gross_t") if named else []
        stage = _choose_stage(named if named and stages else chain, [only] if only else stages, origins)
        if stage not in _list_stages(chain, "trade_gross_t"):
            return None
        made = _choose_production(chain, stage)
        if not stage or not made:
            return None
        levels = {stage, "processing"} if stage == "extraction" else {stage}
        codes = tuple(code for code in matched if by_code[code] in levels)
        narrowed = self._chain(material, year, codes) if codes else chain
        if narrowed is None or stage not in _list_stages(narrowed, "trade_gross_t"):
            codes, narrowed = (), chain
        strict = self._chain(material, year, codes, content="missing")
        is_known = strict is not None and stage in _list_stages(strict, "trade_t")
        baseline = {
            "years": [year], "production_stage": made, "trade_stage": stage, "product_codes": list(codes),
            "weight": "contained" if is_known else "gross", "unknown_content": "raise" if is_known else "gross",
        }  # fmt: skip
        notes = _explain_market(material, stage, made, is_known=is_known, codes=codes)
        return FoundMarket({"material": material, "baseline": baseline}, tuple(notes), narrowed, stage)


def _match_codes(material: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Write a measure's codes in the edition of the release's trade; those of the material only."""
    known = {p.product_code for p in edition_products(EDITION, material)}
    found: set[str] = set()
    for code in codes:
        try:
            found |= {name for name, _ in convert_code(code, EDITION)}
        except DataError:
            continue  # the concordance carries only codes of our materials
    return tuple(sorted(found & known))


def _list_stages(chain: SupplyChain, name: str) -> list[str]:
    """List the stages at which an array of a chain is known and not all zero."""
    arrays = chain.arrays[name]
    return [
        str(stage)
        for stage in chain.arrays["stage"].values
        if bool(arrays.sel(stage=stage).notnull().all()) and float(arrays.sel(stage=stage).sum()) > 0
    ]


def _choose_stage(chain: SupplyChain, stages: Sequence[str], origins: Sequence[str]) -> str:
    """Choose the stage at which who restricts exports most, of all that are traded where none is listed."""
    stages = stages or _list_stages(chain, "trade_gross_t")
    named = [code for code in origins if code in chain.countries]
    lanes = chain.arrays["trade_gross_t"]
    chosen = lanes.sel(exporter=named) if named else lanes
    return max(stages, key=lambda stage: float(chosen.sel(stage=stage).sum()), default="")


def _choose_production(chain: SupplyChain, stage: str) -> str:
    """Choose where production is read: at the stage of trade, else at the nearest other one with all of it."""
    order = [str(name) for name in chain.arrays["stage"].values]
    whole = [
        name
        for name in _list_stages(chain, "production_t")
        if not bool(chain.arrays["is_part"].sel(stage=name))
    ]
    return (
        min(whole, key=lambda name: abs(order.index(name) - order.index(stage)), default="") if stage else ""
    )


def _explain_year(year: int, before: int) -> list[str]:
    """Say that the baseline is one year, and how old it is."""
    if year == before - 1:
        return [
            f"The baseline is {year}, the year before the announcement; no stock building is known of or looked for."
        ]
    return [
        f"The baseline is {year}: the release has no production and trade together for {year + 1} to {before - 1}."
    ]


def _explain_market(
    material: str, stage: str, made: str, *, is_known: bool, codes: Sequence[str]
) -> list[str]:
    """Say what was assumed of a market."""
    name, notes = material.replace("_", " "), []
    if made != stage:
        notes.append(
            f"{name}: a tonne made at {made} is a tonne that can be traded at {stage}, in the same country."
        )
    if not is_known:
        notes.append(f"{name}: trade counts by gross weight, as the content of some codes is not known.")
    if not codes:
        notes.append(f"{name}: all trade codes of the material at {stage}; the row names none that is ours.")
    return notes
