"""
Write docs/explanation/hindcasts.md from the shipped episodes; run it after a change of the model or of an episode.

    python tools/build_hindcasts_page.py

Every figure on the page comes from the runs that `monazite hindcast --leave-one-out` makes, and a test compares the
page with a fresh build.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from monazite.cli.hindcast import COMMON_SEED  # noqa: E402
from monazite.errors import ModelError  # noqa: E402
from monazite.hindcast import (  # noqa: E402
    EpisodeResult,
    HalvedOut,
    LeftOut,
    OrdinaryChange,
    halve_left_out,
    leave_one_out,
    list_episodes,
    list_misses,
    measure_ordinary_years,
    read_episode,
    run_episodes,
    widen_left_out,
)
from monazite.hindcast.baseline import COLUMNS as BASELINE_COLUMNS  # noqa: E402
from monazite.hindcast.episode import Episode, FirstFigures, FirstScore  # noqa: E402
from monazite.reports.hindcast_text import (  # noqa: E402
    STATUS,
    build_error_grid,
    build_halved_grid,
    build_left_out_grid,
    build_miss_grid,
    build_naive_grid,
    build_ordinary_grid,
    build_summary_grid,
    describe_first,
    list_hindcast_findings,
    list_lacks,
    write_error,
)
from monazite.reports.run_text import Grid  # noqa: E402
from monazite.scenarios.observations import COLUMNS as OBSERVATION_COLUMNS  # noqa: E402
from monazite.snapshot import Snapshot, open_snapshot  # noqa: E402

PROTOTYPE: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...], float], ...] = (
    (
        "graphite-2023", "flows",
        ("china_exports_announced", "china_exports_licensed"), ("2023-11", "2023-12", "2024-01", "2024-02", "2024-03"),
        0.16,
    ),
    (
        "rare-earths-2009-2013", "flows",
        ("china_to_japan", "others_to_japan", "china_to_world"), ("2010", "2011", "2012", "2013"), 0.24,
    ),
    ("rare-earths-2009-2013", "prices", ("unit_value_japan",), ("2010", "2011", "2012", "2013"), 0.52),
    ("nickel-ore-indonesia-2014", "flows", ("philippines_to_world", "china_imports"), ("2014", "2015"), 0.16),
    ("nickel-ore-indonesia-2014", "prices", ("unit_value_china",), ("2014", "2015"), 0.59),
)  # fmt: skip
"""
Episode, kind, quantities, periods, and mean |ln error| of the prototype before this project on them, as measured then.
"""
PAGE = ROOT / "docs" / "explanation" / "hindcasts.md"

INTRODUCTION = """# Hindcasts

Written by `tools/build_hindcasts_page.py` from release {release}; do not edit. `monazite hindcast` prints the same
tables, `monazite hindcast NAME` every figure of an episode, `--json` all of it, `--out DIR` a page with fans.

## What falls short, first
"""

SCORES = """## How it is scored

An episode is run with the market before it, with the policies as each was announced, and with the priors of
`src/monazite/simulation/priors.csv`; nothing that was observed after `known_until` goes in but the dates and the sizes
of the policies. Every figure observed after it is laid beside the median and the 5-95 % of the draws, and beside four
naive forecasts: *no change* from the base period, its *trend* at constant growth, *static share* (each lane shrinks
to the share that the policy leaves open), *rerouting* (importers get what they lose from their other suppliers, in
proportion).

- *ln error*: ln(median / observed). Flows and prices (unit values) are averaged apart, every figure alike. Values under
  a tonne, or 2 % of the base, count as that.
- *CRPS*: the continuous ranked probability score, a proper score that is the absolute error for a single forecast.
- *Skill* of a quantity: 1 - CRPS / CRPS of the best naive forecast. Of an episode: CRPS is divided by the level before
  the episode (the forecast of no change, 1 for ratios), summed over all figures, and compared with the one naive
  forecast that does best on the whole episode; one that says nothing of a quantity, as a static share of a price,
  counts as no change there. `strict_skill` in `--json` lets the rival choose the best naive forecast for each quantity
  in hindsight.
- *In band*: figures within the 5-95 % of the draws. Good 90 % bands hold 80 to 95 %.
- Flows that a policy itself sets are shown, and not scored.
- *Development*: the model was changed after the outcome had been seen. *Held out*: it was not. A *blind* first run is
  one whose structure and priors were chosen without the outcome in sight; only it tests what the model foresees. It is
  *partly blind* where whoever ran it had seen parts of the outcome; the episode says which (`seen`).
- The *first run* of an episode is written into its `episode.yaml` and stays. A new episode is run once, with structure
  and priors as they are, before anything is changed because of it.

*Bands with the error of the other episodes*. The draws know only that their parameters are uncertain, and not what
the model lacks; their bands are too narrow. How much is missing is taken from the other episodes, never from the one
that is scored. Each draw is multiplied by exp(b z), z drawn from a Laplace distribution of mean absolute value 1 for
each figure: nine tenths of these errors lie within a factor of exp(2.3 b). For each kind of figure (flows by month,
flows by year, prices), b makes the draws lie as far from their median as what came. With the errors e = ln(observed /
median) and the deviations d = ln(draw / median) of the figures i of the episodes j of all other scenarios E, b solves

    mean over j in E of mean over i of mean over draws of (|d| + b exp(-|d| / b)) = mean over j of mean over i of |e|

and is 0 where the draws lie as far away without it. Laplace and not normal, since the model is mostly near and seldom
far off; that was chosen when both had been seen. Until 25 November 2026 b was the mean of |e| - |d|, which is too
small, as d and b z cancel in part; with it 82 of 103 figures were in band. The run of a scenario shows the draws
alone: read its bands as the least uncertainty.

A year whose tonnes the release marks as doubtful for more than half of the value counts as not observed.

No parameter is fitted: the priors are ranges. *Leave one episode out* asks what a calibration would have been worth.
All episodes are run with one seed, so that draw k takes the same quantile of each parameter everywhere; the tenth of
the draws with the smallest mean |ln error| on the episodes of all other scenarios is kept, and the episode is scored
with it. *Priors calibrated on the other episodes* asks it by parameter: of six parameters, one each for supply,
front-loading, demand, price, new sellers and cover, the half of the prior is taken that lowers the mean of 1 - skill
(CRPS over that of the best naive forecast) of the other episodes most, and then a half of another, as long as it falls.
Neither helps the episode that was left out, so the priors stay whole: what is missed is missing in the structure.
"""

ORDINARY = """A country counts with a tenth of a product's world trade and 1,000 t; years with mostly doubtful tonnes
are left out. The growth is that of the five years up to the last one known.

Two things follow. The aim for flows, 0.15, lies below what trade by year moves without an episode: what an importer
buys of a product changes by more, on average, from one year to the next, for reasons that no model of a measure knows.
And growth before does not go on: carried on, it misses more than no change does, so the demand of the baseline does
not grow here ([decision 0003](../decisions/0003-simulator-priors.md)).
"""

FORMAT = """## An episode of your own

A folder anywhere runs as the shipped ones do: `monazite hindcast PATH`.

- `episode.yaml`: the keys below.
- `scenario.yaml`: market, policies, months, draws, seed ([scenarios](../reference/scenarios.md)); not needed where
  `scenario` names a shipped one.
- `observations.csv`: what was observed, one figure a row with its publisher; needed where a comparison has
  `source: episode`.
- `baseline.csv`: production and trade before the episode, for a market that the release has no figures of.

All mistakes of all files are listed at once: a missing file, an unknown key, quantity or series, a month twice, a
figure that is no number, text that is not UTF-8, a figure that is compared and lies before the cut-off, a base or a
baseline that lies after it.

`src/monazite/data/episodes/magnets-2025` has all four files.
"""

OBSERVED = """Columns of `observations.csv`: {observed}.

`quantity` is `trade_gross_t` (unit `t`), `trade_usd` (`USD`) or `price_usd_per_kg` (`USD/kg`); `period_start` and
`period_end` are months; `basis` is `reported`, or `derived` with a note that says how; `source` is the original
publisher, `where` the place it was read.

Columns of `baseline.csv`: {baseline}.

`quantity` is `production_t`, `trade_t` or `capacity_t`, one row a country or lane, counted as the scenario's `weight`
says; `ROW` stands for all countries that are not named. A lane that no row names is none.
"""


def build_page(data: Snapshot) -> str:
    """Run all episodes, and write the page."""
    loaded = [read_episode(name) for name in list_episodes()]
    results = run_episodes(loaded, data)
    common = run_episodes(loaded, data, seed=COMMON_SEED)
    parts = [
        INTRODUCTION.format(release=data.manifest.release),
        "\n".join(f"- {text} {doubt}".rstrip() for text, doubt in list_hindcast_findings(results)),
        write_grids(results, leave_one_out(common), halve_left_out(common)),
        write_ordinary(measure_ordinary_years(data, loaded)),
        SCORES,
        "## One by one\n",
        *(write_episode(result) for result in results),
        FORMAT,
        write_keys(),
        OBSERVED.format(observed=write_names(OBSERVATION_COLUMNS), baseline=write_names(BASELINE_COLUMNS)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def write_grids(
    results: Sequence[EpisodeResult], left: Sequence[LeftOut], halved: Sequence[HalvedOut]
) -> str:
    """Write the tables that count all episodes."""
    misses = build_miss_grid(results, most=len(list_misses(results)))
    grids = (
        build_summary_grid(results),
        build_error_grid(widen_left_out(results)),
        build_prototype_grid(results),
        misses,
        build_left_out_grid(left),
        build_halved_grid(halved),
    )
    return "\n" + "\n".join(write_grid(grid, 2) for grid in grids)


def write_ordinary(changes: Sequence[OrdinaryChange]) -> str:
    """Write how far trade moves without an episode, and what follows."""
    return f"{write_grid(build_ordinary_grid(changes), 2)}\n{ORDINARY}"


def build_prototype_grid(results: Sequence[EpisodeResult]) -> Grid:
    """Mean |ln error| of the prototype, of the first run and of this one, over the same figures."""
    by_name = {result.name: result for result in results}
    rows = []
    for name, kind, quantities, periods, mark in PROTOTYPE:
        result = by_name[name]
        records = [r for r in result.records if r.quantity in quantities and r.period in periods]
        if len(records) != sum(len(f.periods) for f in result.forecasts if f.quantity in quantities):
            raise ModelError("hindcasts page", f"{name} has other figures than the prototype's table.")
        first = result.loaded.episode.first_score
        early = [first.quantities[quantity] for quantity in quantities] if first else []
        before = (
            sum(f.records * f.log_error for f in early) / sum(f.records for f in early)
            if early
            else float("nan")
        )
        now = float(np.mean([abs(record.log_error) for record in records]))
        cells = (
            write_error(mark),
            write_error(before),
            write_error(now),
            "yes" if round(now, 2) <= mark else "no",
        )
        rows.append((f"{name}: {kind}", str(len(records)), *cells))
    heads = ("episode", "figures", "prototype", "first run", "now", "reproduced or beaten")
    return Grid(
        "Against the prototype",
        heads,
        tuple(rows),
        "mean |ln error| of the same figures; 500 uncalibrated draws, before this project",
    )


def write_episode(result: EpisodeResult) -> str:
    """Write one episode: what was known, the first run, naive forecasts, what is lacking."""
    episode = result.loaded.episode
    lines = [
        f"### {episode.title}\n",
        f"`{episode.name}`, {STATUS[episode.status]}, known until {episode.known_until}. "
        f"{' '.join(episode.known.split())} {describe_first(result)}\n",
        write_grid(build_naive_grid(result), 4),
        "What the model lacks:\n",
        *(f"- {text}" for text in list_lacks(result)),
        "",
    ]
    return "\n".join(lines)


def write_grid(grid: Grid, level: int) -> str:
    """Write a grid as a Markdown table under a heading."""
    rows = [grid.heads, ("---", *["---:"] * (len(grid.heads) - 1)), *grid.rows]
    table = "\n".join(f"| {' | '.join(cell.replace('|', ' ') for cell in row)} |" for row in rows)
    note = grid.note[:1].upper() + grid.note[1:]
    return f"{'#' * level} {grid.title}\n\n{note}.\n\n{table}\n"


def write_keys() -> str:
    """Describe the keys of episode.yaml from their definition."""
    parts: list[tuple[str, type[BaseModel]]] = [
        ("", Episode),
        ("first_score.", FirstScore),
        ("first_score.quantities.NAME.", FirstFigures),
    ]
    rows = [
        f"| `{before}{name}` | {'yes' if field.is_required() else 'no'} | {write_description(field.description)} |"
        for before, model in parts
        for name, field in model.model_fields.items()
    ]
    return "| key of `episode.yaml` | needed | |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def write_description(text: str | None) -> str:
    """Write a description into a cell of a table."""
    return (text or "").replace("|", "\\|")


def write_names(names: Iterable[str]) -> str:
    """Write names of columns."""
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(build_page(open_snapshot()), encoding="utf-8")
