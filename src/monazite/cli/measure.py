"""`monazite measure`: indicators over materials, stages, regions and years."""

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter, validators

from monazite.cli.measure_geopolrisk import (
    ContentOption,
    Names,
    PriceOption,
    SupplyOption,
    check_price,
    print_supplies,
    read_names,
    read_regions,
    read_supplies,
    score_supplies,
)
from monazite.cli.options import (
    Json,
    Products,
    Regions,
    Release,
    Stages,
    Years,
    as_usage,
    check_draw_count,
    read_years,
    resolve_words,
)
from monazite.cli.output import print_records, split_list, tell_progress
from monazite.errors import UsageError, nearest_names
from monazite.indicators.geopolrisk.prices import price_by_market
from monazite.indicators.geopolrisk.scores import METHODS, Method
from monazite.indicators.measure import ABOUT_IMPORTS, NAMES, check_options
from monazite.indicators.measure import measure as compute
from monazite.indicators.measure_draws import check_draws, measure_draws
from monazite.reports.envelope import Record
from monazite.snapshot import open_snapshot
from monazite.supply_chain import list_materials

Draws = Annotated[
    int,
    Parameter(
        help="Monte Carlo draws of reconciled chains, for 5-95 % intervals and ranks; 200 give two digits.",
        validator=check_draw_count,
    ),
]
Seed = Annotated[int, Parameter(help="Seed of the draws.", validator=validators.Number(gte=0))]
BOTH_STAGES = ("extraction", "processing")
"""What --stage stands for when it is left out."""
MethodOption = Annotated[
    Method | None,
    Parameter(help=f"Whose rules, for geopolrisk: {' or '.join(METHODS)}; {METHODS[0]} by default."),
]

app = App(name="measure", help="Compute concentration, dependence and the 65 % test.")
COMMANDS = {
    "control": (
        "monazite.cli.measure_control:measure_control",
        "Say by owner country who has what a country produces, as a range with its arithmetic.",
    ),
    "crma": (
        "monazite.cli.measure_crma:measure_crma",
        "Put the benchmarks of the Critical Raw Materials Act: 65 %, and 10, 40, 25 %.",
    ),
    "economic-importance": (
        "monazite.cli.measure_eu:measure_eu_importance",
        "Compute the EU's economic importance from end uses and value added.",
    ),
    "expected-loss": (
        "monazite.cli.measure_loss:measure_loss",
        "Take one supplier after the other away: what would be lacking, times how likely that is.",
    ),
    "hosts": (
        "monazite.cli.measure_hosts:measure_hosts",
        "Say what the output of hosts would allow of by-products, and what is recovered.",
    ),
    "import-sources": (
        "monazite.cli.measure_sources:measure_sources",
        "Name the largest partners of a region in each material; compare with the import sources of USGS.",
    ),
    "lca-factors": (
        "monazite.cli.measure_lca:measure_lca",
        "Write GeoPolRisk factors for life cycle assessment: openLCA JSON-LD or Brightway methods.",
    ),
    "leverage": (
        "monazite.cli.measure_leverage:measure_leverage_command",
        "Ban each exporter's goods to each importer in the simulator: the loss caused, less the loss borne.",
    ),
    "net-import-reliance": (
        "monazite.cli.measure_tables:measure_net_import_reliance",
        "Recompute the USGS's net import reliance from its own rows and compare.",
    ),
    "supply-risk": (
        "monazite.cli.measure_eu:measure_eu_supply_risk",
        "Compute the EU's supply risk from our chains, or from a table of its inputs.",
    ),
}
"""Indicators with a command of their own -> where it is, help."""


@app.default
def measure(
    indicator: Annotated[str, Parameter(help=f"One of {', '.join(NAMES)}.")],
    *,
    material: Names,
    year: Years,
    stage: Stages | None = None,
    region: Regions | None = None,
    method: MethodOption = None,
    supply: SupplyOption = None,
    price: PriceOption = None,
    unknown_content: ContentOption = None,
    product: Products = None,
    draws: Draws = 0,
    seed: Seed = 0,
    release: Release = None,
    json: Json = False,
) -> None:
    """Compute an indicator for every combination of materials, stages, regions and years."""
    codes = split_list(product) if product else None
    check_indicator(indicator, region)
    as_usage(lambda: check_options(indicator, method=method, product_codes=codes))
    supplies = read_supplies(supply, indicator, method)
    check_price(price, indicator, draws=draws, supplies=supplies, method=method)
    if unknown_content is not None and not supplies:
        raise UsageError("--unknown-content", "is for --supply reconciled and traced.", fix="add --supply")
    if draws:
        as_usage(lambda: check_draws(indicator, draws, method=method, product_codes=codes))
    years = read_years(year)
    data = open_snapshot(release)
    request: dict[str, Any] = {
        "materials": read_names(material) or list_materials(data),
        "stages": resolve_words("stage", "--stage", stage or BOTH_STAGES),
        "regions": read_regions(region) if region else (),
        "years": years,
    }
    if supplies:
        records, lineage = score_supplies(data, supplies, request, unknown_content)
    elif draws:
        with tell_progress(indicator) as progress:
            records, lineage = measure_draws(
                data, indicator, draws=draws, seed=seed, progress=progress, **request
            )  # fmt: skip
    else:
        records, lineage = compute(data, indicator, product_codes=codes, method=method, **request)
    if price == "market":
        records, lineage = price_by_market(data, records, lineage)
    if supplies and not json:
        print_supplies(records, lineage)
        return
    shown = records if json or not draws else [shorten_drawn(record) for record in records]
    title = f"{indicator}, {draws} draws" if draws else indicator
    print_records(shown, lineage, title=title, as_json=json)


def check_indicator(indicator: str, regions: Sequence[str] | None) -> None:
    """
    Refuse an indicator that does not exist, one of imports without --region, and --region for one of production.

    Raises
    ------
    UsageError
        If so.
    """
    if indicator not in NAMES:
        raise UsageError(
            "measure",
            f"there is no indicator {indicator!r}.",
            fix=nearest_names(indicator, [*NAMES, *COMMANDS]),
        )
    if indicator in ABOUT_IMPORTS and not regions:
        raise UsageError(
            "--region",
            f"is missing; {indicator} is about imports.",
            expected="a country or group, such as JPN or EU27",
        )
    if regions and indicator not in ABOUT_IMPORTS:
        raise UsageError(
            "--region", f"{indicator} looks at the production of the whole world.", which=regions,
            expected="no region", fix=f"leave it out, or measure {' or '.join(ABOUT_IMPORTS)}",
        )  # fmt: skip


def shorten_drawn(record: Record) -> Record:
    """Put a rank, its range and how often it holds into one column, `2 (1-3) 64%`; JSON has them apart."""
    hidden = {name for name in record if name.startswith("rank")} | {"draws", "indicator"}
    kept = {name: value for name, value in record.items() if name not in hidden}
    if "figures" in kept:
        kept["balanced"] = "yes" if kept.pop("figures") == "reconciled" else "no"
    if record.get("rank") is None:
        return kept
    ends, holds = f"{record['rank_low']}-{record['rank_high']}", float(str(record["rank_holds"]))
    return kept | {"rank": f"{record['rank']} ({ends}) {holds:.0%}"}


for _name, (_place, _help) in COMMANDS.items():
    app.command(_place, name=_name, help=_help)
