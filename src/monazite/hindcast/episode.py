"""Episodes: folders that say what was known before, what is scored, and how the first run did."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from monazite.errors import ScenarioError, nearest_names
from monazite.hindcast.baseline import BaselineRow
from monazite.scenarios import Comparison, Observation, Scenario
from monazite.scenarios.observations import EPISODES
from monazite.scenarios.schema import Name, Part, Unlike, Words
from monazite.scenarios.words import Month

EPISODE, SCENARIO, OBSERVATIONS, BASELINE = (
    "episode.yaml",
    "scenario.yaml",
    "observations.csv",
    "baseline.csv",
)
"""Files of an episode's folder."""
DATE = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
COMMIT = r"^([0-9a-f]{7,40})?$"


class FirstFigures(Part):
    """Scores of one quantity in the first run."""

    records: Annotated[int, Field(ge=0)]
    """Figures that were observed."""
    hits: Annotated[int, Field(ge=0)]
    """Figures within the 5-95 % of the draws."""
    log_error: Annotated[float, Field(ge=0)]
    """Mean of |ln(median / observed)|."""
    crps: Annotated[float, Field(ge=0)]
    """Mean continuous ranked probability score, in the unit of the quantity."""
    naive_crps: dict[
        Literal["no_change", "trend", "static_share", "rerouting"], Annotated[float, Field(ge=0)]
    ]
    """That of every naive forecast that says something of the quantity, in the same unit."""
    level: Annotated[float, Field(gt=0)] | None = None
    """Level before the episode, in that unit, where the unit or the base was changed since; none = as now."""


class FirstScore(Part):
    """The score of the first run, before anything was changed because of it; it stays as it was."""

    date: Annotated[str, Field(pattern=DATE)]
    """Day of the run."""
    commit: Annotated[str, Field(pattern=COMMIT)] = ""
    """State of the model's code; empty for an episode outside this repository."""
    draws: Annotated[int, Field(ge=1)]
    """Draws of that run."""
    seed: Annotated[int, Field(ge=0)]
    """Seed of that run."""
    is_blind: bool = False
    """Whether structure and priors of that run were chosen without this outcome in sight."""
    note: str = ""
    """What to mind when it is compared with a later one."""
    quantities: dict[str, FirstFigures]
    """By name of the quantity."""


class Episode(Part):
    """The file episode.yaml."""

    schema_version: Literal[1]
    """Version of this file's layout."""
    name: Name
    """Short name, as in `monazite hindcast NAME`."""
    title: Words
    """Title in tables and on the page."""
    scenario: Words
    """A shipped scenario's name, or `scenario.yaml` in this folder: market, policies, months."""
    known_until: Month
    """Last month of which the inputs know anything but the policies; whatever is scored lies after it."""
    known: Words
    """What was known by then and what the run takes from later, in a sentence or two."""
    status: Literal["development", "held_out"]
    """`development` if the model was changed after its outcome had been seen."""
    scored: Annotated[tuple[str, ...], Field(min_length=1), Unlike]
    """Names of the quantities that count."""
    set_by_policy: Annotated[tuple[str, ...], Unlike] = ()
    """Names of the quantities that a policy itself sets: shown, not scored."""
    comparisons: tuple[Comparison, ...] = ()
    """The quantities, where the scenario does not describe them; as in `observations.comparisons` of a scenario."""
    lacks: Annotated[tuple[Words, ...], Unlike] = ()
    """What the model lacks for this episode, a sentence each; shown beside the misses."""
    seen: str = ""
    """What of the outcome had been seen before the first run; a run that is blind but for that is partly blind."""
    first_score: FirstScore | None = None
    """Score of the first run; none = this is the first."""

    @property
    def first_sight(self) -> Literal["blind", "partly blind", "seen", ""]:
        """How much of the outcome was in sight when structure and priors of the first run were chosen; "" = no run."""
        if self.first_score is None:
            return ""
        if not self.first_score.is_blind:
            return "seen"
        return "partly blind" if self.seen else "blind"

    @property
    def quantities(self) -> tuple[str, ...]:
        """Every quantity that is compared, those that are scored first."""
        return (*self.scored, *self.set_by_policy)


@dataclass(frozen=True)
class LoadedEpisode:
    """
    An episode with its files read and checked against each other.

    Attributes
    ----------
    episode : Episode
        The file episode.yaml.
    folder : Path
        Where it lies.
    scenario : Scenario
        With the comparisons of the episode; the path of the observation table is in `table`.
    comparisons : tuple of Comparison
        Only those that the episode names, in its order.
    table : str
        Name of a shipped observation table or path of one; empty where all observations are of the release.
    observations : tuple of Observation
        The rows of the table.
    baseline : mapping of str to tuple of BaselineRow
        Rows of baseline.csv by material; empty where the release has the baseline.
    """

    episode: Episode
    folder: Path
    scenario: Scenario
    comparisons: tuple[Comparison, ...]
    table: str
    observations: tuple[Observation, ...]
    baseline: Mapping[str, tuple[BaselineRow, ...]]


def list_episodes() -> tuple[str, ...]:
    """
    List the names of the shipped episodes, sorted.

    Examples
    --------
    >>> list_episodes()[0]
    'bauxite-indonesia-2014'
    """
    return tuple(sorted(path.parent.name for path in EPISODES.glob(f"*/{EPISODE}")))


def find_episode(source: str | Path) -> Path:
    """
    Find the folder of an episode.

    Parameters
    ----------
    source : str or Path
        The name of a shipped episode; else a folder, or the file episode.yaml in it.

    Raises
    ------
    ScenarioError
        If there is neither; offers the nearest names.

    Examples
    --------
    >>> find_episode("graphite-2023").name
    'graphite-2023'
    """
    names = list_episodes()
    if isinstance(source, str) and source in names:
        return EPISODES / source
    path = Path(source)
    if path.is_file() and path.name == EPISODE:
        return path.parent
    if path.is_dir():
        return path
    raise ScenarioError(
        "episode", f"there is none named {str(source)!r}, and no such folder.",
        expected=f"a shipped episode ({', '.join(names)}), or a folder that holds {EPISODE}",
        fix=nearest_names(str(source), names),
    )  # fmt: skip
