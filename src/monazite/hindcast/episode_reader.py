"""Read an episode's folder, and name every mistake in its files at once."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from monazite.errors import MonaziteError, ScenarioError
from monazite.hindcast.baseline import BaselineRow, parse_baseline
from monazite.hindcast.episode import (
    BASELINE,
    EPISODE,
    OBSERVATIONS,
    SCENARIO,
    Episode,
    LoadedEpisode,
    find_episode,
)
from monazite.hindcast.episode_checks import find_faults
from monazite.scenarios import (
    Observation,
    Observations,
    Scenario,
    read_model,
    read_observations,
    read_scenario,
)
from monazite.scenarios.problems import MAX_SHOWN, Place, find_line
from monazite.scenarios.yaml_reader import parse_yaml, read_text

FIX = "mend these files; docs/explanation/hindcasts.md describes the folder"
LINE = re.compile(r"^line (\d+): ")
Result = TypeVar("Result")


def read_episode(source: str | Path) -> LoadedEpisode:
    """
    Read an episode: `episode.yaml`, its scenario, `observations.csv` and `baseline.csv` where there are any.

    Parameters
    ----------
    source : str or Path
        The name of a shipped episode, or a folder.

    Returns
    -------
    LoadedEpisode
        With the comparisons that the episode names.

    Raises
    ------
    ScenarioError
        One error with every mistake of every file: missing files, text that is not UTF-8, cells, unknown
        quantities and series, figures that lie before the cut-off.

    Examples
    --------
    >>> loaded = read_episode("graphite-2023")
    >>> loaded.episode.known_until, loaded.episode.quantities[0]
    ('2023-10', 'china_exports_announced')
    """
    folder = find_episode(source)
    problems: list[str] = []
    episode = collect(problems, lambda: read_model(folder / EPISODE, Episode), folder / EPISODE)
    observations: tuple[Observation, ...] | None = ()
    if (folder / OBSERVATIONS).exists():
        table = folder / OBSERVATIONS
        observations = collect(problems, lambda: read_observations(str(table)), table)
    baseline: dict[str, tuple[BaselineRow, ...]] | None = {}
    if (folder / BASELINE).exists():
        figures = folder / BASELINE
        baseline = collect(problems, lambda: parse_baseline(read_text(figures, "CSV"), BASELINE), figures)
    scenario = _read_scenario(folder, episode, problems) if episode else None
    if episode is None or scenario is None:
        raise compose(folder, problems)
    loaded = _put_together(folder, episode, scenario, observations, baseline or {})
    lines = parse_yaml(read_text(folder / EPISODE), EPISODE).lines
    found = find_faults(loaded, is_own=(folder / OBSERVATIONS).exists(), is_read=observations is not None)
    problems += [f"{where(place, file, lines)}: {text}" for file, place, text in found]
    if problems:
        raise compose(folder, problems)
    return loaded


def _read_scenario(folder: Path, episode: Episode, problems: list[str]) -> Scenario | None:
    """Read the scenario that an episode names: the file in its folder, or a shipped one."""
    if episode.scenario == SCENARIO:
        return collect(problems, lambda: read_scenario(folder / SCENARIO), folder / SCENARIO)
    if episode.scenario.endswith((".yaml", ".yml")):
        problems.append(f"{EPISODE}: scenario: expected {SCENARIO} or a shipped scenario's name")
        return None
    return collect(problems, lambda: read_scenario(episode.scenario))


def _put_together(
    folder: Path,
    episode: Episode,
    scenario: Scenario,
    observations: tuple[Observation, ...] | None,
    baseline: dict[str, tuple[BaselineRow, ...]],
) -> LoadedEpisode:
    """Give the scenario the comparisons of the episode, and choose the table that they are in."""
    own = scenario.observations
    table = str(folder / OBSERVATIONS) if (folder / OBSERVATIONS).exists() else ""
    if episode.comparisons:
        parts = Observations(status=episode.status, comparisons=episode.comparisons)
        scenario = scenario.model_copy(update={"observations": parts})
    elif own and own.table:
        table = own.table
        observations = read_observations(table)
    comparisons = scenario.observations.comparisons if scenario.observations else ()
    by_name = {entry.name: entry for entry in comparisons}
    chosen = tuple(by_name[name] for name in episode.quantities if name in by_name)
    return LoadedEpisode(episode, folder, scenario, chosen, table, observations or (), baseline)


def collect(problems: list[str], read: Callable[[], Result], file: Path | None = None) -> Result | None:
    """Read one file; note what is wrong with it and give nothing back."""
    if file is not None and not file.exists():
        problems.append(f"{file.name}: is missing")
        return None
    try:
        return read()
    except MonaziteError as error:
        problems += split(error)
    except csv.Error as error:
        problems.append(f"{file.name if file else 'a table'}: cannot be read as CSV, {error}")
    return None


def split(error: MonaziteError) -> list[str]:
    """
    Take an error that lists mistakes apart, one line a mistake, each with its file.

    Examples
    --------
    >>> from monazite.errors import DataError
    >>> split(DataError("a.csv", "2 cells are wrong.", which=["line 2: no year", "line 3: no unit"]))
    ['a.csv:2: no year', 'a.csv:3: no unit']
    """
    first, *more = error.what.split("\n")
    if more:
        return [line.strip() for line in more]
    if error.which:
        return [
            f"{error.where}:{LINE.sub(lambda match: f'{match[1]}: ', str(item))}"
            if LINE.match(str(item))
            else f"{error.where}: {item}"
            for item in error.which
        ]
    wish = f" Expected: {error.expected}." if error.expected else ""
    return [f"{error.where}: {first}{wish}"]


def where(place: Place, file: str, lines: dict[Place, int]) -> str:
    """Write where a mistake is: file, line of episode.yaml, keys."""
    keys = ".".join(map(str, place))
    head = f"{file}:{find_line(place, lines)}" if file == EPISODE else file
    return f"{head}: {keys}" if keys else head


def compose(folder: Path, problems: list[str]) -> ScenarioError:
    """Make one error of all mistakes."""
    name = f"episode {folder.name}"
    unlike = list(dict.fromkeys(problems))
    if len(unlike) == 1:
        return ScenarioError(name, unlike[0], fix=FIX)
    hidden = [f"... {len(unlike) - MAX_SHOWN} more"] if len(unlike) > MAX_SHOWN else []
    listed = "".join(f"\n  {line}" for line in [*unlike[:MAX_SHOWN], *hidden])
    return ScenarioError(name, f"has {len(unlike)} mistakes.{listed}", fix=FIX)
