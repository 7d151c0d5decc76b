"""Reconcile many material-years: in parallel, resumable, each kept under a hash of all it was computed from."""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from monazite.errors import DataError, MonaziteError
from monazite.snapshot import Snapshot, open_snapshot
from monazite.supply_chain.balance import BALANCED
from monazite.supply_chain.biproportional import fill_missing_trade
from monazite.supply_chain.build import UnknownContent, build_supply_chain, is_evidence
from monazite.supply_chain.host_bounds import add_hosts
from monazite.supply_chain.pedigree import read_deviations
from monazite.supply_chain.reconcile import Reconciliation, reconcile
from monazite.supply_chain.reconciled_file import read_reconciliation, write_reconciliation
from monazite.vocabulary import EDITIONS, edition_products

HERE = Path(__file__).parent
Record = dict[str, object]
Progress = Callable[[int, int], None]
Job = tuple[str, int]
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class ReconcileOptions:
    """How chains are built and reconciled; the fields are those of `build_supply_chain` and `reconcile`."""

    unknown_content: UnknownContent = "missing"
    product_codes: tuple[str, ...] = ()
    yields: Mapping[str, float] = field(default_factory=dict)
    draws: int = 0
    seed: int = 0
    method: Literal["weighted_least_squares"] = "weighted_least_squares"

    def text(self) -> str:
        """Write the options as text that is the same whenever they are."""
        return json.dumps(
            [
                self.unknown_content, list(self.product_codes), sorted(self.yields.items()), self.draws, self.seed,
                self.method,
            ]
        )  # fmt: skip


DEFAULTS = ReconcileOptions()


def reconcile_material(
    data: Snapshot, material: str, year: int, options: ReconcileOptions = DEFAULTS
) -> Reconciliation:
    """
    Build the chain of one material and year, and reconcile it.

    What the hosts of a by-product allow is put in (`add_hosts`), and trade that nobody reports is estimated where
    margins are known (`fill_missing_trade`).

    Raises
    ------
    DataError
        As `build_supply_chain` and `reconcile`.
    """
    raw = build_supply_chain(
        data, material=material, year=year, unknown_content=options.unknown_content,
        product_codes=options.product_codes or None,
    )  # fmt: skip
    with_hosts = add_hosts(data, raw, read_deviations())
    filled = fill_missing_trade(with_hosts, yields=options.yields)
    return reconcile(filled, yields=options.yields, draws=options.draws, seed=options.seed)


def reconcile_cached(
    data: Snapshot, material: str, year: int, options: ReconcileOptions = DEFAULTS, folder: Path | None = None
) -> Reconciliation:
    """
    Reconcile one material-year, or read it where it has been done: same release, code, tables and options.

    Parameters
    ----------
    folder : Path, optional
        Of the cache; `cache_folder()` by default.

    Returns
    -------
    Reconciliation
        The same whether read or computed.
    """
    path = locate(data, material, year, options, folder)
    if path.is_file():
        try:
            return read_reconciliation(path)
        except DataError:
            path.unlink()
    found = reconcile_material(data, material, year, options)
    write_reconciliation(found, path)
    return found


def reconcile_all(
    data: Snapshot,
    materials: Sequence[str],
    years: Sequence[int],
    *,
    options: ReconcileOptions = DEFAULTS,
    workers: int | None = None,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> list[Record]:
    """
    Reconcile every material and year that the release knows anything of.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, years : sequences
        Ids of materials; calendar years.
    options : ReconcileOptions
        Of every chain.
    workers : int, optional
        Processes; as many as processors by default. Results do not depend on it.
    progress : callable, optional
        Called with what is done and what there is to do.
    folder : Path, optional
        Of the cache. What is there already is not computed again, so that a run that was stopped goes on.

    Returns
    -------
    list of records
        One per material and year, sorted: `balanced` (stages), `states` (why the others are not), `imbalance`
        [1, the largest of any country, relative to the flow through it], `residual_t` and `residual_share` (of
        production and imports of balanced stages), `doubts`, `statistic`, `balances`, `p_value`, `error` (the text
        where a chain was refused, else None).

    Raises
    ------
    DataError
        If the number of workers is below 1.
    """
    if workers is not None and workers < 1:
        raise DataError("workers", f"is {workers}.", expected="1 or more")
    jobs = list_chains(data, materials, years)
    report = progress or (lambda done, total: None)
    report(0, len(jobs))
    records: dict[Job, Record] = {}
    for job, record in _run(data, jobs, options, workers or os.cpu_count() or 1, folder):
        records[job] = record
        report(len(records), len(jobs))
    return [records[job] for job in jobs]


def list_chains(data: Snapshot, materials: Sequence[str], years: Sequence[int]) -> list[Job]:
    """List the material-years of which the release has production or trade, sorted."""
    wanted = set(years)
    found: set[Job] = set()
    for table in ("production", "trade_by_form"):
        rows = data.query(f"SELECT DISTINCT material, year FROM {table}")
        found |= {(str(m), int(y)) for m, y in zip(rows["material"], rows["year"], strict=True)}
    rows = data.query("SELECT DISTINCT edition, product_code AS code, year FROM trade")
    codes: dict[int, dict[str, set[int]]] = {}
    for edition, code, year in zip(rows["edition"], rows["code"], rows["year"], strict=True):
        codes.setdefault(int(year), {}).setdefault(str(edition), set()).add(int(code))
    for year in sorted(wanted & set(codes)):
        newest = max(codes[year], key=EDITIONS.index)  # as build_supply_chain chooses
        for material in materials:
            items = edition_products(newest, material)
            if any(item.code in codes[year][newest] and is_evidence(item, year) for item in items):
                found.add((material, year))
    return sorted(job for job in found if job[0] in set(materials) and job[1] in wanted)


def summarise(found: Reconciliation, material: str, year: int) -> Record:
    """Describe a reconciliation in one record, as `reconcile_all` returns."""
    arrays = found.chain.arrays
    stages = [str(name) for name in arrays["stage"].values]
    states = {name: str(arrays["balance_state"].sel(stage=name).item()) for name in stages}
    balanced = [name for name in stages if states[name] == BALANCED]
    here = arrays.sel(stage=balanced)
    residual = float(np.abs(here["residual_t"]).sum())
    supply = float(here["production_t"].sum() + here["trade_t"].sum())
    return {
        "material": material,
        "year": year,
        "countries": arrays.sizes["country"],
        "balanced": balanced,
        "states": {
            name: state for name, state in states.items() if name not in balanced and state != "no figures"
        },
        "imbalance": measure_imbalance(here),
        "residual_t": residual,
        "residual_share": residual / supply if supply > 0 else None,
        "doubts": len(found.doubts),
        "statistic": found.statistic,
        "balances": found.balances,
        "p_value": found.p_value,
        "error": None,
    }


def measure_imbalance(arrays: xr.Dataset) -> float:
    """
    Give the largest imbalance of any stage and country, relative to the flow through it; NaN counts as 1.

    Examples
    --------
    A country that makes 10 t and uses 9 is off by 0.1.
    """
    trade = arrays["trade_t"].transpose(..., "stage", "exporter", "importer").values
    cells = {
        name: arrays[name].transpose("stage", "country").values
        for name in ("production_t", "residual_t", "apparent_consumption_t")
    }
    inside = cells["production_t"] + trade.sum(axis=1)
    out = cells["apparent_consumption_t"] + trade.sum(axis=2)
    for name in ("recycled_t", "stock_draw_t"):
        if name in arrays:
            inside = inside + np.nan_to_num(arrays[name].transpose("stage", "country").values)
    size = np.maximum(np.abs(inside) + np.abs(cells["residual_t"]), np.abs(out))
    gap = np.abs(inside + cells["residual_t"] - out)
    relative = np.divide(gap, size, out=np.zeros_like(gap), where=size != 0)
    return float(np.where(np.isnan(relative), 1.0, relative).max(initial=0.0))


def cache_folder() -> Path:
    """Give the folder of the cache: XDG_CACHE_HOME or ~/.cache, then `monazite`; it is made when first written to."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / "monazite"


def locate(
    data: Snapshot, material: str, year: int, options: ReconcileOptions, folder: Path | None = None
) -> Path:
    """Name the file of a material-year: its hash covers release, code, tables and options."""
    content = "\n".join([data.manifest.sha256, hash_code(), material, str(year), options.text()])
    name = f"{material}-{year}-{hashlib.sha256(content.encode()).hexdigest()[:24]}.npz"
    return (folder or cache_folder()) / "reconciled" / name


@cache
def hash_code() -> str:
    """Hash the code and tables that a reconciliation depends on: this folder and the vocabulary."""
    digest = hashlib.sha256()
    for path in sorted(
        path
        for folder in (HERE, HERE.parent / "vocabulary")
        for path in folder.glob("*")
        if path.suffix in (".py", ".csv")
    ):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _run(
    data: Snapshot, jobs: Sequence[Job], options: ReconcileOptions, workers: int, folder: Path | None
) -> Iterator[tuple[Job, Record]]:
    """Yield jobs as they are done; one worker means this process."""
    if workers == 1 or len(jobs) < 2:
        for job in jobs:
            yield job, _do(data, job, options, folder)
        return
    context = multiprocessing.get_context("spawn")
    with (
        _one_thread_each(),
        ProcessPoolExecutor(workers, context, initializer=_open, initargs=(data.path,)) as pool,
    ):
        waiting = {pool.submit(_do_there, job, options, folder): job for job in jobs}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start here do linear algebra in one thread: with several, they wait for each other."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_OPENED: list[Snapshot] = []
"""The release of a worker process, opened once by its initializer."""


def _open(path: Path) -> None:
    _OPENED[:] = [open_snapshot(path)]


def _do_there(job: Job, options: ReconcileOptions, folder: Path | None) -> Record:
    return _do(_OPENED[0], job, options, folder)


def _do(data: Snapshot, job: Job, options: ReconcileOptions, folder: Path | None) -> Record:
    """Reconcile one material-year; a chain that is refused gives its reason."""
    try:
        return summarise(reconcile_cached(data, *job, options, folder), *job)
    except MonaziteError as error:
        return {"material": job[0], "year": job[1], "balanced": [], "error": _write_line(error)}


def _write_line(error: MonaziteError) -> str:
    """Write an error as one line, for a cell of a table."""
    return "; ".join(" ".join(line.split()) for line in str(error).splitlines())
