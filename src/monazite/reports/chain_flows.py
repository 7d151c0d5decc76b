"""The flow picture of a chain: who sells to whom at each stage, as a Sankey diagram in a file."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from monazite.errors import DataError
from monazite.reports.charts import Caption, Chart, SankeyFlow, draw_sankey
from monazite.reports.charts.title import add_title
from monazite.reports.files import write_picture
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.biproportional import is_fitted
from monazite.vocabulary import country_name

SELLERS = "{}: sold or kept by"
"""Head of a column of sellers: what they sell on is in it, so that it is more than they make."""


def draw_chain(chain: SupplyChain, stages: tuple[str, ...] = ()) -> Chart:
    """
    Draw the flows of a chain, stage after stage.

    Parameters
    ----------
    chain : SupplyChain
        Raw or reconciled.
    stages : tuple of str, optional
        Only these; all whose trade and production are known by default.

    Returns
    -------
    Chart
        One column of sellers per stage and one of buyers at the end, under a title that names stages whose trade is
        estimated. What a country sells to itself is what it makes, or cannot explain, beyond its exports; what it sells
        on counts once more for it. [t of contained material]

    Raises
    ------
    DataError
        If no stage has flows to draw.

    Examples
    --------
    A country that makes 100 t and exports 60 has a band of 40 t to itself.
    """
    names = [str(name) for name in chain.arrays["stage"].values]
    drawn = [name for name in names if (not stages or name in stages) and _is_known(chain, name)]
    if not drawn:
        raise DataError(
            f"chain {chain.material} {chain.year}", "has no flows to draw.",
            expected="a stage of which both trade and production are known",
            fix="another stage or year, or count gross weight: --unknown-content gross",
        )  # fmt: skip
    flows = [flow for column, stage in enumerate(drawn) for flow in _list_flows(chain, stage, column)]
    heads = [*(SELLERS.format(stage) for stage in drawn), "arrives in"]
    caption = Caption(
        "chain-flows",
        f"{chain.material.replace('_', ' ')} {chain.year}",
        "t",
        "all flows are zero in this year.",
    )
    chart = draw_sankey(flows, heads, caption, names={code: country_name(code) for code in chain.countries})
    guessed = [stage for stage in drawn if is_fitted(chain, stage)]
    words = f"{caption.title}, who sells to whom, t of contained material"
    words += f"; trade at {', '.join(guessed)} estimated, reported by nobody" if guessed else ""
    return replace(chart, svg=add_title(chart.svg, words, caption.chart_id))


def write_chain_flows(chain: SupplyChain, path: Path, stages: tuple[str, ...] = ()) -> None:
    """Draw the flows of a chain into an SVG file."""
    write_picture(path, draw_chain(chain, stages).svg)


def _is_known(chain: SupplyChain, stage: str) -> bool:
    here = chain.arrays.sel(stage=stage)
    return not np.isnan(here["trade_t"].values).any() and not np.isnan(here["production_t"].values).any()


def _list_flows(chain: SupplyChain, stage: str, column: int) -> list[SankeyFlow]:
    """List the lanes of a stage, and what each country keeps of its own."""
    here = chain.arrays.sel(stage=stage).transpose(..., "exporter", "importer")
    trade = here["trade_t"].values
    residual = np.maximum(np.nan_to_num(here["residual_t"].values), 0.0)
    kept = np.maximum(here["production_t"].values + residual - trade.sum(axis=1), 0.0)
    lanes = trade + np.diag(kept)
    return [
        SankeyFlow(chain.countries[i], chain.countries[j], float(lanes[i, j]), column)
        for i, j in np.argwhere(lanes > 0)
    ]
