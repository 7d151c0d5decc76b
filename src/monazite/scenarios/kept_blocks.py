"""The blocks of draws that an interrupted run of a scenario left: whose they are, and where they stand."""

import json
from collections.abc import Collection
from pathlib import Path

from monazite.errors import DataError
from monazite.scenarios.reader import scenario_sha256
from monazite.scenarios.schema import Scenario
from monazite.simulation.block_store import HEADER

SENSITIVITY = "sensitivity-"
"""Begins the name of a folder that holds the blocks of a sensitivity and not of the run."""


def identify(scenario: Scenario, release_sha256: str) -> dict[str, str]:
    """
    Name what must be the same for a run to go on: what the scenario says beside its draws and seed, and the release.

    Draws and seed stand beside it in the header of the blocks, so that a message can name them.
    """
    plain = scenario.model_copy(update={"draws": 1, "seed": 0})
    return {
        "scenario": f"{scenario.name} {scenario_sha256(plain)[:12]}",
        "release": release_sha256,
    }


def check_same_run(folder: Path, names: Collection[str], identity: dict[str, str]) -> None:
    """
    Raise DataError if the blocks in a folder are of another scenario or release; nothing is written before.

    Parameters
    ----------
    folder : Path
        Where the blocks of a run stand, a folder for each of `names`.
    names : collection of str
        Folders that this run writes.
    identity : dict of str to str
        From `identify`.

    Raises
    ------
    DataError
        That names every folder of another run, and whose it is.
    """
    known = {*names, *(f"{SENSITIVITY}{name}" for name in names)}
    wrong = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        there = read_identity(path)
        differing = [name for name, value in identity.items() if there and there.get(name) != value]
        if differing:
            wrong += [f"{path.name}: {name} {there[name][:40]}" for name in differing if name in there]
        elif path.name not in known:
            wrong.append(f"{path.name}: no market of this scenario")
    if wrong:
        raise DataError(
            str(folder), "holds the blocks of another run.", which=wrong,
            expected=", ".join(f"{name} {value[:40]}" for name, value in identity.items()),
            fix="repeat the command of that run with --resume, or start anew with --overwrite",
        )  # fmt: skip


def read_identity(folder: Path) -> dict[str, str]:
    """Read whose the blocks in a folder are; empty where that is not said, as when a run was cut off at its start."""
    try:
        header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in header.items()} if isinstance(header, dict) else {}
