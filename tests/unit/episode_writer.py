"""Write a small episode into a folder, with changes: China sells 10 t a month to Japan and 5 to the rest."""

from monazite.hindcast.baseline import COLUMNS as BASELINE
from monazite.scenarios.observations import COLUMNS as OBSERVATIONS

EPISODE = """\
schema_version: 1
name: small
title: A small episode, by month
scenario: scenario.yaml
known_until: 2023-12
known: Everything before 2024.
status: held_out
scored: [china_to_japan, china_to_world]
set_by_policy: [stopped]
lacks: [Everything that happened.]
comparisons:
  - {name: china_to_japan, title: China to Japan, material: gallium, quantity: trade_gross_t, source: episode,
     series: to_japan, exporters: [CHN], importers: [JPN], recorded_at: shipment, months: [2024-01, 2024-02],
     base_months: [2023-11, 2023-12], is_scored: true}
  - {name: china_to_world, title: China to all, material: gallium, quantity: trade_ratio, source: episode,
     series: to_world, exporters: [CHN], importers: [world], recorded_at: shipment, months: [2024-02],
     base_months: [2023-12], is_scored: true}
  - {name: stopped, title: A flow that is set, material: gallium, quantity: trade_gross_t, source: episode,
     series: to_japan, exporters: [CHN], importers: [JPN], recorded_at: shipment, months: [2024-03],
     base_months: [2023-12], is_scored: false, reason: The rule sets it.}
"""
SCENARIO = """\
schema_version: 1
name: small
title: A small scenario
story: Nothing happens.
sources: [Nobody]
start: 2023-11
months: 6
draws: 20
seed: 1
markets:
  - material: gallium
    baseline: {years: [2023], production_stage: processing, trade_stage: processing, weight: gross}
"""
LICENCE = """\
policies:
  - {kind: licence, name: A licence, origin: [CHN], stage: processing, announced: 2024-01, effective: 2024-01,
     delay_months: [1, 2], approval_share: [0.5, 1]}
"""
OBSERVED = "{series},CHN,{importer},gallium,trade_gross_t,{month},{month},{value},t,reported,Customs,page 1,"
TO_JAPAN = {"2023-11": 8, "2023-12": 12, "2024-01": 8, "2024-02": 20, "2024-03": 1}
TO_WORLD = {"2023-12": 30, "2024-02": 15}
FIGURES = """\
gallium,production_t,CHN,,metal,2023-01,2023-12,240,reported,Survey,table 1,
gallium,trade_t,CHN,JPN,metal,2023-01,2023-12,120,reported,Customs,table 1,
gallium,trade_t,CHN,ROW,metal,2023-07,2023-12,30,reported,Customs,table 1,
"""


def observed_rows():
    """The rows of the observation table."""
    rows = [OBSERVED.format(series="to_japan", importer="JPN", month=m, value=v) for m, v in TO_JAPAN.items()]
    return rows + [
        OBSERVED.format(series="to_world", importer="world", month=m, value=v) for m, v in TO_WORLD.items()
    ]


def write_episode(folder, *, episode=EPISODE, scenario=SCENARIO, observed=None, figures=FIGURES, without=()):
    """Write the four files, but those that are named in `without`; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = observed_rows() if observed is None else observed
    files = {
        "episode.yaml": episode,
        "scenario.yaml": scenario,
        "observations.csv": "\n".join([",".join(OBSERVATIONS), *rows, ""]),
        "baseline.csv": ",".join(BASELINE) + "\n" + figures,
    }
    for name, text in files.items():
        if name not in without:
            (folder / name).write_text(text, encoding="utf-8")
    return folder
