"""Write the results of a run into a folder: all of it, or nothing."""

import errno
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.hindcast import ScoreRecord
from monazite.reports.answer_sections import answer_records, name_sources
from monazite.reports.envelope import wrap_records, write_json
from monazite.reports.files import write_text_atomically
from monazite.reports.html import render_report
from monazite.reports.records import run_records, score_records
from monazite.reports.run_page import build_run_page
from monazite.reports.sensitivity import sensitivity_records
from monazite.scenarios import ScenarioResult
from monazite.scenarios.outlook import LEVELS
from monazite.scenarios.sensitivity_indices import Sensitivity
from monazite.simulation import Run
from monazite.simulation.block_store import is_block_file
from monazite.snapshot import Snapshot

REPORT = "report.html"
RECORDS = "results.json"
ARRAYS = ".nc"
FILES = (REPORT, RECORDS)
BLOCKS = "blocks"
"""Folder inside that of a run in which the blocks of draws stand until the report is written."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What the system says when there is no more room."""


def check_folder(folder: Path, *, overwrite: bool, resume: bool = False) -> None:
    """
    Raise DataError unless results may be written to a folder.

    Only a folder that is new, empty, or holds an earlier run and nothing else (and `overwrite` is set) may be
    written to. With `resume` a folder must hold the blocks of a run that was interrupted.
    """
    if resume and not (folder / BLOCKS).is_dir():
        raise DataError(
            str(folder), "holds no interrupted run to go on with.", expected=f"a folder {BLOCKS} in it",
            fix="leave --resume out, or name the folder of that run with --out",
        )  # fmt: skip
    if not folder.exists():
        above = next(path for path in folder.absolute().parents if path.exists())
        if not above.is_dir():
            raise DataError(
                str(above), "is a file.", expected="a folder", fix="name another folder with --out"
            )
        return
    if not folder.is_dir():
        raise DataError(str(folder), "is a file.", expected="a folder", fix="name another folder with --out")
    if folder.resolve() == Path.cwd():
        raise DataError(
            str(folder), "is the folder you are in.", fix="name a new folder inside it with --out"
        )
    names = {path.name for path in folder.iterdir()}
    if not names:
        return
    others = {name for name in names if name not in {*FILES, BLOCKS} and not name.endswith(ARRAYS)}
    others |= list_strangers(folder / BLOCKS)
    is_run = bool(names & {REPORT, BLOCKS})
    if others or not is_run:
        raise DataError(
            str(folder), "holds other files, which a run would replace.", which=sorted(others or names),
            expected="a new folder, or one of an earlier run", fix="name another folder with --out",
        )  # fmt: skip
    if BLOCKS in names and not (overwrite or resume):
        raise DataError(
            str(folder), "holds a run that was interrupted.",
            fix="go on with --resume, start anew with --overwrite, or name another folder with --out",
        )  # fmt: skip
    if not (overwrite or resume):
        raise DataError(
            str(folder), "holds an earlier run.", fix="add --overwrite, or name another folder with --out"
        )


def list_strangers(blocks: Path) -> set[str]:
    """List what stands in a folder of blocks and is not of a run."""
    inside = list(blocks.glob("*/*")) if blocks.is_dir() else []
    files = {str(path.relative_to(blocks.parent)) for path in inside if not is_block_file(path)}
    loose = [path for path in blocks.iterdir() if not path.is_dir()] if blocks.is_dir() else []
    return files | {str(path.relative_to(blocks.parent)) for path in loose}


def write_run(
    result: ScenarioResult,
    scores: Sequence[ScoreRecord],
    data: Snapshot,
    folder: Path,
    *,
    overwrite: bool = False,
    sensitivities: Sequence[Sensitivity] = (),
) -> Path:
    """
    Write report.html, results.json and one NetCDF file a market; the folder appears only when all are there.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    DataError
        If the folder may not be replaced, or cannot be written.
    """
    is_blocks = (folder / BLOCKS).is_dir()  # its own: the figures come from there
    write_folder(
        folder,
        lambda part: _write_files(result, scores, data, part, sensitivities),
        overwrite=overwrite,
        resume=is_blocks,
    )
    return folder / REPORT


def write_folder(
    folder: Path, fill: Callable[[Path], None], *, overwrite: bool, resume: bool = False
) -> None:
    """
    Let `fill` write into a new folder, which takes its name only when all is written.

    Raises
    ------
    DataError
        If the folder may not be replaced, or cannot be written.
    """
    check_folder(folder, overwrite=overwrite, resume=resume)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as temporary:
            part = Path(temporary) / "run"
            part.mkdir()
            fill(part)
            check_folder(folder, overwrite=overwrite, resume=resume)  # another run may have come first
            _put_in_place(part, folder, aside=Path(temporary) / "before")
    except OSError as error:
        raise explain_failure(folder, error, is_kept=resume) from error


def explain_failure(folder: Path, error: OSError, *, is_kept: bool) -> DataError:
    """
    Say why a folder was not written, and how to go on.

    Parameters
    ----------
    folder : Path
        Where it should have been.
    error : OSError
        What the system said.
    is_kept : bool
        Whether the draws of the run are still there, in `BLOCKS`.

    Examples
    --------
    >>> print(explain_failure(Path("runs/a"), OSError(errno.ENOSPC, "No space left on device"), is_kept=True))
    runs/a: the report cannot be written: the disk is full.
      expected: room for about 10 MB beside that folder
      fix:      make room and run the same command with --resume, without --overwrite: all draws are kept
    """
    kept = "run the same command with --resume, without --overwrite: all draws are kept"
    if error.errno in FULL:
        return DataError(
            str(folder), "the report cannot be written: the disk is full.",
            expected="room for about 10 MB beside that folder",
            fix=f"make room and {kept}" if is_kept else "make room, or name another folder with --out",
        )  # fmt: skip
    return DataError(
        str(folder), "cannot be written.", which=[error.strerror or str(error)],
        expected="a folder that may be written to",
        fix=f"mend that and {kept}" if is_kept else "name another folder with --out",
    )  # fmt: skip


def write_report(
    result: ScenarioResult, scores: Sequence[ScoreRecord] = (), *, data: Snapshot, path: str | Path
) -> Path:
    """
    Write the report of a run as one self-contained HTML file.

    Parameters
    ----------
    result : ScenarioResult
        From `run_scenario`.
    scores : sequence of ScoreRecord, optional
        From `score_table`, for a scenario that happened.
    data : Snapshot
        The release of the run.
    path : str or Path
        The file; an older one stays whole until the new one is.

    Returns
    -------
    Path
        The file.
    """
    target = Path(path)
    write_text_atomically(target, render_report(build_run_page(result, scores, data)))
    return target


def _put_in_place(part: Path, folder: Path, aside: Path) -> None:
    """Rename the new folder to its name; an older one steps aside, and comes back if that fails."""
    if folder.exists():
        folder.rename(aside)
    try:
        part.rename(folder)
    except OSError:
        if aside.exists():
            aside.rename(folder)
        raise


def _write_files(
    result: ScenarioResult,
    scores: Sequence[ScoreRecord],
    data: Snapshot,
    folder: Path,
    sensitivities: Sequence[Sensitivity],
) -> None:
    page = build_run_page(result, scores, data, sensitivities)
    (folder / REPORT).write_text(render_report(page), encoding="utf-8")
    records = [
        *run_records(result), *answer_records(result, data), *score_records(scores),
        *sensitivity_records(result, sensitivities),
    ]  # fmt: skip
    envelope = wrap_records(records, name_sources(result, data))
    (folder / RECORDS).write_text(write_json(envelope), encoding="utf-8")
    for entry in result.markets:
        arrays = build_quantiles(entry.run).assign_attrs(
            material=entry.market.material,
            release=result.lineage.release,
            release_sha256=result.lineage.release_sha256,
            scenario_sha256=result.lineage.scenario_sha256,
            code_version=result.lineage.code_version,
            seed=str(result.lineage.seed),
        )
        arrays.to_netcdf(folder / f"{entry.market.label}{ARRAYS}", engine="scipy")


def build_quantiles(run: Run) -> xr.Dataset:
    """
    Reduce a run to quantiles over the draws, dims (quantile, month, country), and the mean trade of every lane.

    Returns
    -------
    Dataset
        The 5, 25, 50, 75 and 95 % of every array by country, as float32, each with its unit and meaning.
    """
    arrays: dict[str, object] = {}
    for key, array in run.arrays.items():
        name = str(key)
        if set(array.dims) == {"draw", "month", "country"}:
            turned = array.transpose("month", "draw", "country")
            values = np.stack([np.quantile(month.values, LEVELS, axis=0) for month in turned], axis=1)
            arrays[name] = (("quantile", "month", "country"), values.astype(np.float32), array.attrs)
    mean = run.arrays["trade_mean_t"]
    arrays["trade_mean_t"] = (mean.dims, mean.values.astype(np.float32), mean.attrs)
    coords = {name: run.arrays[name].values for name in ("month", "country", "origin_country", "importer")}
    return xr.Dataset(
        arrays, coords={"quantile": list(LEVELS), **coords}, attrs={"weight": run.market.weight}
    )
