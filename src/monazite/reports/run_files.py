"""Write the results of a run into a folder: all of it, or nothing."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.hindcast import ScoreRecord
from monazite.reports.envelope import wrap_records, write_json
from monazite.reports.files import write_text_atomically
from monazite.reports.html import render_report
from monazite.reports.records import run_records, score_records
from monazite.reports.run_page import build_run_page
from monazite.scenarios import ScenarioResult
from monazite.scenarios.outlook import LEVELS
from monazite.simulation import Run
from monazite.snapshot import Snapshot

REPORT = "report.html"
RECORDS = "results.json"
ARRAYS = ".nc"
FILES = (REPORT, RECORDS)


def check_folder(folder: Path, *, overwrite: bool) -> None:
    """
    Raise DataError unless results may be written to a folder.

    Only a folder that is new, empty, or holds an earlier run and nothing else (and `overwrite` is set) may be
    written to.
    """
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
    others = {name for name in names if name not in FILES and not name.endswith(ARRAYS)}
    if others or REPORT not in names:
        raise DataError(
            str(folder), "holds other files, which a run would replace.", which=sorted(others or names),
            expected="a new folder, or one of an earlier run", fix="name another folder with --out",
        )  # fmt: skip
    if not overwrite:
        raise DataError(
            str(folder), "holds an earlier run.", fix="add --overwrite, or name another folder with --out"
        )


def write_run(
    result: ScenarioResult,
    scores: Sequence[ScoreRecord],
    data: Snapshot,
    folder: Path,
    *,
    overwrite: bool = False,
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
    write_folder(folder, lambda part: _write_files(result, scores, data, part), overwrite=overwrite)
    return folder / REPORT


def write_folder(folder: Path, fill: Callable[[Path], None], *, overwrite: bool) -> None:
    """
    Let `fill` write into a new folder, which takes its name only when all is written.

    Raises
    ------
    DataError
        If the folder may not be replaced, or cannot be written.
    """
    check_folder(folder, overwrite=overwrite)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as temporary:
            part = Path(temporary) / "run"
            part.mkdir()
            fill(part)
            check_folder(folder, overwrite=overwrite)  # another run may have come first
            _put_in_place(part, folder, aside=Path(temporary) / "before")
    except OSError as error:
        raise DataError(
            str(folder), "cannot be written.", which=[error.strerror or str(error)],
            expected="a folder that may be written to, with room for about 10 MB", fix="name another folder with --out",
        ) from error  # fmt: skip


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


def _write_files(result: ScenarioResult, scores: Sequence[ScoreRecord], data: Snapshot, folder: Path) -> None:
    (folder / REPORT).write_text(render_report(build_run_page(result, scores, data)), encoding="utf-8")
    envelope = wrap_records([*run_records(result), *score_records(scores)], result.lineage)
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
        arrays.to_netcdf(folder / f"{entry.market.material}{ARRAYS}", engine="scipy")


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
            values = np.quantile(array.transpose("draw", "month", "country").values, LEVELS, axis=0)
            arrays[name] = (("quantile", "month", "country"), values.astype(np.float32), array.attrs)
    mean = run.arrays["trade_mean_t"]
    arrays["trade_mean_t"] = (mean.dims, mean.values.astype(np.float32), mean.attrs)
    coords = {name: run.arrays[name].values for name in ("month", "country", "origin_country", "importer")}
    return xr.Dataset(
        arrays, coords={"quantile": list(LEVELS), **coords}, attrs={"weight": run.market.weight}
    )
