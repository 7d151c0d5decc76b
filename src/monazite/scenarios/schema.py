"""What a scenario file may hold; `docs/reference/scenarios.md` is made from it."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from monazite.scenarios.problems import Place
from monazite.scenarios.words import (
    Country,
    Finding,
    Material,
    Month,
    Region,
    ScenarioPolicy,
    Stage,
    raise_findings,
)
from monazite.simulation.calendar import month_label, month_number
from monazite.simulation.policies import EquipmentControl, Outage, Trigger
from monazite.simulation.trigger_order import find_trigger_faults

CODE = r"hs(92|96|02|07|12|17|22):[0-9]{6}"
NAME = r"[a-z0-9]+([-_][a-z0-9]+)*"
MAX_NAME = 80
"""Longest name. [characters] Source: this project; it becomes a file's name."""
FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Years that a scenario may name. Source: this project; the oldest table starts in the 1970s."""


def _check_unlike(values: tuple[object, ...]) -> tuple[object, ...]:
    """Refuse a list that names a thing twice."""
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands twice; keep one")
    return values


def _check_range(value: float | tuple[float, float]) -> float | tuple[float, float]:
    """Refuse a range whose low end is above its high end."""
    if isinstance(value, tuple) and value[0] > value[1]:
        raise ValueError(f"expected [low, high] with low <= high, got {list(value)!r}")
    return value


def _check_code(text: str) -> str:
    """Refuse a product code without its edition."""
    if not re.fullmatch(CODE, text):
        raise ValueError(f"expected an HS edition and six digits, as hs92:284690, got {text!r}")
    return text


def _check_name(text: str) -> str:
    """Refuse a name that could not be a file's."""
    if not re.fullmatch(NAME, text) or len(text) > MAX_NAME:
        raise ValueError(f"expected lower-case words joined by hyphens, as graphite-2023, got {text!r}")
    return text


Unlike = AfterValidator(_check_unlike)
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
Years = Annotated[tuple[Year, ...], Unlike]
ProductCode = Annotated[str, AfterValidator(_check_code), Field(json_schema_extra={"pattern": f"^{CODE}$"})]
Name = Annotated[str, AfterValidator(_check_name), Field(json_schema_extra={"pattern": f"^{NAME}$"})]
Words = Annotated[str, Field(min_length=1)]
Range = Annotated[float | tuple[float, float], AfterValidator(_check_range)]
"""A number, or [low, high] from which every draw takes a value."""


class Part(BaseModel):
    """A part of a scenario: frozen, unknown keys and numbers that are not finite refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Baseline(Part):
    """The undisturbed market: mean flows of one or several years."""

    years: Annotated[Years, Field(min_length=1)]
    """Calendar years whose mean is the baseline; before the announcement, no recession, no stock building."""
    capacity_years: Years = ()
    """Years whose largest output is the capacity; none = the baseline years."""
    production_stage: Stage
    """Stage whose production feeds the market."""
    trade_stage: Stage
    """Stage whose product is traded."""
    product_codes: Annotated[tuple[ProductCode, ...], Unlike] = ()
    """Codes of the traded product, as `hs92:284690`; none = every code of the material at that stage."""
    weight: Literal["gross", "contained"]
    """Whether trade is counted by gross weight or by contained material."""
    unknown_content: Literal["raise", "gross", "estimate"] = "raise"
    """What to do with a code whose content is not known: refuse, count its gross weight, or an estimate of ours."""
    split_from: Material | None = None
    """For one rare earth: the material whose production and trade are split by what the ores hold."""
    unknown_ores: Literal["raise", "mean"] = "raise"
    """What an ore without an analysis counts as when a material is split: refuse, or the mean of the analysed ores."""
    new_supply: Literal["deposits", "none"] = "deposits"
    """Who may enter when the price stays high: countries with deposits, idle works or projects, or nobody."""


class Market(Part):
    """One material's market."""

    name: Name | None = None
    """Name in the results and in links; none = the material. Needed where a material has several markets."""
    material: Material
    """Id or name of the material."""
    baseline: Baseline
    """The market before anything happens."""
    policies: tuple[ScenarioPolicy, ...] = ()
    """Policies that touch this market only."""
    parameters: dict[str, Range] = {}
    """Priors that differ from the shipped ones: a number or [low, high]."""
    covered_parts: Annotated[tuple[Material, ...], Unlike] = ()
    """Parts that the measures cover, as dysprosium of rare_earths: only their uses are told; none = all."""

    @property
    def label(self) -> str:
        """Name in the results: the given one, or the material."""
        return self.name or self.material

    def fits(self, policy: ScenarioPolicy) -> bool:
        """Whether a policy is for this stage: of the production for what stops that, else of the trade."""
        acting = policy.policy if isinstance(policy, Trigger) else policy
        made = isinstance(acting, Outage | EquipmentControl)
        stage = self.baseline.production_stage if made else self.baseline.trade_stage
        return bool(acting.stage == stage)


class Link(Part):
    """How one market feeds others, or how one ore yields several."""

    upstream: Name | None = None
    """Market that is used up; none = the products come out of the ground together."""
    downstream: Annotated[tuple[Name, ...], Field(min_length=1), Unlike]
    """Markets that are made of it; several are a basket, which one throughput yields together."""
    input_per_output: Annotated[float, Field(gt=0)] | None = None
    """Tonnes of the upstream in a tonne made; none = the use of the one over the production of the others."""
    value_usd_per_t: dict[str, Annotated[float, Field(gt=0)]] = {}
    """Price of each product of a basket, which its plan weighs with for the throughput."""
    cost_share: Range | None = None
    """Share of the upstream in the price of a product, a number or [low, high]; none = the shipped prior."""


class Watch(Part):
    """What the report shows first."""

    importers: Annotated[tuple[Region, ...], Unlike] = ()
    """Countries or groups whose shortage is shown."""
    exporters: Annotated[tuple[Region, ...], Unlike] = ()
    """Countries or groups whose exports are shown."""
    lanes: Annotated[tuple[tuple[Country, Country], ...], Unlike] = ()
    """Pairs [exporter, importer]."""


class Comparison(Part):
    """One quantity that the simulation says and somebody observed."""

    name: Name
    """Name in the results."""
    title: Words
    """Words for tables and charts."""
    material: Material
    """Of what."""
    market: Name | None = None
    """Name of the market; none = that of the material. Needed where a material has several markets."""
    quantity: Literal["trade_gross_t", "trade_t", "trade_ratio", "unit_value_ratio"]
    """Tonnes a period; or trade, or its unit value (USD per t), over its mean in the base periods."""
    source: Literal["release", "episode"]
    """The trade table of the release, or the scenario's observation table."""
    series: str = ""
    """Series of the observation table; needed when `source` is episode."""
    product_codes: Annotated[tuple[ProductCode, ...], Unlike] = ()
    """Codes that are added up; needed when `source` is release."""
    exporters: Annotated[tuple[Region, ...], Field(min_length=1), Unlike]
    """Countries or groups that ship; `world` = all."""
    exporters_without: Annotated[tuple[Country, ...], Unlike] = ()
    """Countries taken out of `exporters`."""
    importers: Annotated[tuple[Region, ...], Field(min_length=1), Unlike]
    """Countries or groups that receive; `world` = all."""
    recorded_at: Literal["shipment", "arrival"]
    """Whose customs counted: the exporter's at shipment or the importer's at arrival."""
    days_at_sea: Annotated[float, Field(gt=0, le=30)] | None = None
    """For `arrival`: mean days from shipment to arrival; none = everything arrives in the month after it left."""
    years: Years = ()
    """Calendar years compared; give years or months."""
    months: Annotated[tuple[Month, ...], Unlike] = ()
    """Months compared."""
    base_years: Years = ()
    """Years whose mean is the forecast "no change" and the base of a ratio; a twelfth of it for months."""
    base_months: Annotated[tuple[Month, ...], Unlike] = ()
    """Months whose mean is the forecast "no change" and the base of a ratio."""
    is_scored: bool
    """Whether it counts in the score; flows that a policy itself sets do not."""
    reason: str = ""
    """Why it is not scored, or what to mind."""

    @model_validator(mode="after")
    def check_fields_agree(self) -> Self:
        """Refuse a comparison without periods or source, or left out of the score without a reason."""
        findings: list[Finding] = []
        if bool(self.years) == bool(self.months):
            findings.append(((), "give either years or months"))
        if bool(self.base_years) == bool(self.base_months):
            findings.append(((), "give either base_years or base_months"))
        if self.source == "episode" and not self.series:
            findings.append((("series",), "is missing; a comparison with the episode needs it"))
        if self.source == "release" and not self.product_codes:
            findings.append((("product_codes",), "is missing; a comparison with the release needs it"))
        if self.source == "release" and self.months:
            findings.append((("months",), "the release has trade by year; give years, or use the episode"))
        if self.days_at_sea is not None and self.recorded_at != "arrival":
            findings.append((("days_at_sea",), "is given; what is counted at shipment has not been at sea"))
        if not self.is_scored and not self.reason:
            findings.append((("reason",), "is missing; say why this is not scored"))
        raise_findings(findings)
        return self


class Observations(Part):
    """What was observed, for a scenario that happened."""

    table: Name | None = None
    """Name of the observation table in `data/episodes/`; none = all comparisons are with the release."""
    status: Literal["development", "held_out"]
    """`development` if the model was changed after its outcome had been seen."""
    comparisons: tuple[Comparison, ...]
    """What is compared with the simulation."""


class Scenario(Part):
    """A scenario: markets, policies, and what to look at."""

    schema_version: Literal[1]
    """Version of this file's layout."""
    name: Name
    """Short name, as in `monazite run NAME`."""
    title: Words
    """Title of the report."""
    story: Words
    """What happened or may happen, in a few sentences."""
    sources: Annotated[tuple[Words, ...], Field(min_length=1), Unlike]
    """Publications that the policies and their dates come from."""
    assumed: Annotated[tuple[Words, ...], Unlike] = ()
    """What is taken for given that no publication says, a sentence each; it changes no number."""
    start: Month
    """First simulated month."""
    months: Annotated[int, Field(ge=1, le=360)]
    """How many months are simulated."""
    draws: Annotated[int, Field(ge=1, le=100_000)]
    """How many draws of the uncertain parameters."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)]
    """Seed of the draws; the same seed gives the same result."""
    markets: Annotated[tuple[Market, ...], Field(min_length=1)]
    """One or several markets, simulated one by one unless links couple them; then from ore to product."""
    links: tuple[Link, ...] = ()
    """Which markets feed which, so that a policy at one stage is felt at the others."""
    policies: tuple[ScenarioPolicy, ...] = ()
    """Policies that touch every market."""
    parameters: dict[str, Range] = {}
    """Priors that differ from the shipped ones in every market: a number or [low, high]."""
    watch: Watch = Watch()
    """What the report shows first."""
    observations: Observations | None = None
    """What was observed; none for a scenario that has not happened."""

    @property
    def end(self) -> str:
        """First month after the simulation, YYYY-MM."""
        return month_label(month_number(self.start) + self.months)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the markets, in the order of the file."""
        return tuple(market.label for market in self.markets)

    @property
    def materials(self) -> tuple[str, ...]:
        """Materials, in the order of the file."""
        return tuple(market.material for market in self.markets)

    def policies_of(self, market: Market) -> tuple[ScenarioPolicy, ...]:
        """List the policies that touch a market: those of the scenario (its stage, if coupled), then its own."""
        shared = [policy for policy in self.policies if not self.links or market.fits(policy)]
        return (*shared, *market.policies)

    def market_of(self, one: Comparison) -> Market:
        """Find the market that a comparison is with."""
        return next(m for m in self.markets if m.material == one.material and one.market in {None, m.label})

    def parameters_of(self, market: Market) -> dict[str, float | tuple[float, float]]:
        """Collect the changed priors of a market; its own stand before those of the scenario."""
        return {**self.parameters, **market.parameters}

    @model_validator(mode="after")
    def check_parts_agree(self) -> Self:
        """Refuse repeated markets, policies and comparisons, and dates outside the simulated months."""
        found = [*self._find_repeats(), *self._find_late_policies(), *self._find_trigger_faults()]
        raise_findings([*found, *self._find_link_faults(), *self._find_stray_comparisons()])
        return self

    def _find_repeats(self) -> list[Finding]:
        """Find markets, policies and comparisons that stand twice."""
        comparisons = self.observations.comparisons if self.observations else ()
        lists: list[tuple[Place, list[object], str]] = [
            (("markets",), list(self.labels), "market"),
            (("policies",), list(self.policies), "policy"),
            (("observations", "comparisons"), [entry.name for entry in comparisons], "comparison"),
        ]
        for number, market in enumerate(self.markets):
            lists.append((("markets", number, "policies"), list(self.policies_of(market)), "policy"))
        found: list[Finding] = []
        for place, entries, kind in lists:
            inner = place[0] == "markets" and len(place) > 1
            skip = len(entries) - len(self.markets[int(place[1])].policies) if inner else 0
            for number in range(skip, len(entries)):
                if entries[number] in entries[:number]:
                    found.append(((*place, number - skip), f"this {kind} stands twice; keep one"))
        return found

    def _find_late_policies(self) -> list[Finding]:
        """Find policies that start after the last simulated month, or are over before the first."""
        places: list[tuple[Place, ScenarioPolicy]] = [
            (("policies", number), policy) for number, policy in enumerate(self.policies)
        ]
        for number, market in enumerate(self.markets):
            places += [(("markets", number, "policies", k), one) for k, one in enumerate(market.policies)]
        span = f"the simulated months {self.start} to before {self.end}"
        late = [
            ((*place, "effective"), f"{policy.effective} lies after {span}")
            for place, policy in places
            if policy.effective >= self.end
        ]
        first = month_number(self.start)
        over = [
            ((*place, "effective"), f"from {policy.effective} on it is over before {span}")
            for place, policy in places
            if policy.start_number < policy.end_number <= first
        ]
        return [*late, *over]

    def _find_trigger_faults(self) -> list[Finding]:
        """Find triggers that wait for no policy of the market they watch, or for one another."""
        chain = {market.label: self.policies_of(market) for market in self.markets} if self.links else None
        found: list[Finding] = []
        for number, market in enumerate(self.markets):
            shared = [at for at, policy in enumerate(self.policies) if not self.links or market.fits(policy)]
            for index, field, text in find_trigger_faults(self.policies_of(market), market.label, chain):
                own: Place = ("markets", number, "policies", index - len(shared))
                place = ("policies", shared[index]) if index < len(shared) else own
                found.append(((*place, field), text))
        return list(dict.fromkeys(found))

    def _find_link_faults(self) -> list[Finding]:
        """Find links that name no market, prices of no product, and policies for a stage that no market has."""
        found: list[Finding] = []
        for number, policy in enumerate(self.policies):
            if self.links and not any(market.fits(policy) for market in self.markets):
                text = f"no market of these links is of the stage {policy.stage}"
                found.append((("policies", number, "stage"), text))
        for number, link in enumerate(self.links):
            place: Place = ("links", number)
            named: list[tuple[Place, str]] = [
                ((*place, "downstream", index), name) for index, name in enumerate(link.downstream)
            ]
            if link.upstream is not None:
                named.append(((*place, "upstream"), link.upstream))
            for where, name in named:
                if name not in self.labels:
                    found.append(
                        (where, f"expected one of the markets ({', '.join(self.labels)}), got {name!r}")
                    )
            if link.value_usd_per_t and set(link.value_usd_per_t) != set(link.downstream):
                text = f"expected a price for each of {', '.join(link.downstream)}"
                found.append(((*place, "value_usd_per_t"), text))
        return found

    def _find_stray_comparisons(self) -> list[Finding]:
        """Find comparisons with no market or with one of several, or with a time that is not simulated."""
        found: list[Finding] = []
        for number, entry in enumerate(self.observations.comparisons if self.observations else ()):
            place = ("observations", "comparisons", number)
            fitting = [market.label for market in self.markets if market.material == entry.material]
            if not fitting:
                text = f"expected one of the markets ({', '.join(self.materials)}), got {entry.material!r}"
                found.append(((*place, "material"), text))
            elif entry.market is None and len(fitting) > 1:
                text = f"is missing; {entry.material} has {' and '.join(fitting)}"
                found.append(((*place, "market"), text))
            elif entry.market not in {None, *fitting}:
                text = f"expected a market of {entry.material} ({', '.join(fitting)}), got {entry.market!r}"
                found.append(((*place, "market"), text))
            span = f"the simulated months {self.start} to before {self.end}"
            for index, year in enumerate(entry.years):
                if not (self.start <= f"{year}-01" and f"{year}-12" < self.end):
                    found.append(((*place, "years", index), f"{year} lies outside {span}"))
            for index, month in enumerate(entry.months):
                if not self.start <= month < self.end:
                    found.append(((*place, "months", index), f"{month} lies outside {span}"))
        return found
