"""The flow picture of a trace: mined in, processed in, bought from, used by, as a Sankey diagram in a file."""

from dataclasses import replace
from pathlib import Path

from monazite.reports.charts import Caption, Chart, SankeyFlow, draw_sankey
from monazite.reports.charts.title import add_title
from monazite.reports.files import write_picture
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.biproportional import is_fitted
from monazite.tracing.flows import trace_flows
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.records import is_estimated
from monazite.tracing.ways import Question
from monazite.vocabulary import country_name

NAMED = 10
"""Countries that have a box of their own in a column; the others share one."""


def draw_trace(chain: SupplyChain, question: Question) -> Chart:
    """
    Draw what an importer buys from outside, back to where it was mined.

    Parameters
    ----------
    chain, question
        As `trace_flows`.

    Returns
    -------
    Chart
        A column each for miners, makers and partners, and the importer. `unknown origin` has a box like the countries.
        [t of contained material a year]

    Raises
    ------
    DataError
        As `trace_flows`.

    Examples
    --------
    Of 30 t from a country that only sells on, a band of 30 t leads from it to the country that made them.
    """
    traced = trace_flows(chain, question)
    material = chain.material.replace("_", " ")
    importer = country_name(question.name) if question.name in chain.countries else question.name
    caption = Caption(
        "trace-flows",
        f"{material} {chain.year}, what {importer} buys from outside",
        "t",
        "nothing is bought.",
    )
    names = {code: country_name(code) for code in chain.countries}
    names |= {UNKNOWN: "unknown origin", question.name: importer}
    flows = [SankeyFlow(one.source, one.target, one.mass_t, one.column) for one in traced.flows]
    chart = draw_sankey(flows, traced.heads, caption, names=names, top_nodes=NAMED)
    words = f"{caption.title}, {question.stage}"
    if is_estimated(chain, question.stage):
        words += ", contents estimated"
    if is_fitted(chain, question.stage):
        words += ", trade estimated"
    return replace(chart, svg=add_title(chart.svg, words, caption.chart_id))


def write_trace_flows(chain: SupplyChain, question: Question, path: Path) -> None:
    """Draw the flows of a trace into an SVG file."""
    write_picture(path, draw_trace(chain, question).svg)
