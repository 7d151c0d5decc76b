"""Where the blocks of an ensemble are kept: in memory, or in a folder from which an interrupted run goes on."""

import errno
import json
import shutil
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from monazite.errors import DataError
from monazite.simulation.blocks import MEAN, Part, Results

HEADER = "run.json"
JOURNAL = "done.jsonl"
ENDING = ".bin"
CHUNK = 1 << 24
"""Bytes that are read at once when a kept block is checked. [B]"""
SHOWN = 40
"""Characters of a part of an identity that are shown; a hash is known by fewer. [characters]"""
Shapes = Mapping[str, tuple[tuple[int, ...], np.dtype]]
"""Shape and type of every array that is kept; the first dimension is the draw, of `trade_mean_t` the block."""


class Store(Protocol):
    """Keeps the arrays of the blocks that are done."""

    def list_done(self, parts: Sequence[Part]) -> set[int]:
        """Numbers of the blocks that are kept whole."""

    def keep(self, part: Part, results: Results) -> None:
        """Keep the results of one block."""

    def read(self) -> dict[str, np.ndarray]:
        """All arrays, by name."""


def choose_rows(name: str, part: Part) -> slice:
    """Rows of an array that a block fills."""
    return slice(part.number, part.number + 1) if name.endswith(MEAN) else part.draws


class MemoryStore:
    """Keeps the blocks in memory."""

    def __init__(self, shapes: Shapes) -> None:
        self.arrays = {name: np.zeros(shape, kind) for name, (shape, kind) in shapes.items()}

    def list_done(self, parts: Sequence[Part]) -> set[int]:
        """Nothing is done before the run begins."""
        return set()

    def keep(self, part: Part, results: Results) -> None:
        """Keep the results of one block."""
        for name, values in results.items():
            self.arrays[name][choose_rows(name, part)] = values

    def read(self) -> dict[str, np.ndarray]:
        """All arrays, by name."""
        return self.arrays


class FolderStore:
    """
    Keeps the blocks in a folder, one file an array, and writes down which blocks are whole.

    A block counts once its line stands in the journal, which is written last and holds a checksum of the block; one
    that was cut off is computed again. Memory does not grow with the number of draws: `read` maps the files.

    Parameters
    ----------
    folder : Path
        Folder of this run alone.
    shapes : mapping
        What is kept.
    identity : mapping of str to str
        What must be the same for a run to go on: release, scenario, seed, version, ...
    resume : bool
        Go on with the blocks in the folder; otherwise they are removed.

    Raises
    ------
    DataError
        If there is nothing to go on with, the blocks are of another run, or the folder cannot be written.
    """

    def __init__(self, folder: Path, shapes: Shapes, identity: Mapping[str, str], *, resume: bool) -> None:
        self.folder, self.shapes = folder, shapes
        self.header = {**identity, "arrays": {name: list(shape) for name, (shape, _) in shapes.items()}}
        try:
            if resume and (folder / HEADER).exists():
                check_identity(folder, self.header)
            else:
                self._start()
        except OSError as error:
            raise self._explain(error) from error

    def _start(self) -> None:
        """Make the folder and its empty files; the header comes last."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        for name, (shape, kind) in self.shapes.items():
            with self._path(name).open("wb") as file:
                file.truncate(int(np.prod(shape)) * kind.itemsize)
        (self.folder / JOURNAL).touch()
        (self.folder / HEADER).write_text(json.dumps(self.header, indent=1), encoding="utf-8")

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{ENDING}"

    def list_done(self, parts: Sequence[Part]) -> set[int]:
        """Numbers of the blocks whose line stands in the journal and whose bytes have the checksum of that line."""
        noted = {}
        for line in (self.folder / JOURNAL).read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                noted[int(entry["block"])] = int(entry["crc32"])
            except (ValueError, KeyError, TypeError):
                continue  # a line that was cut off when the disk was full or the run was stopped
        return {part.number for part in parts if noted.get(part.number) == self._sum_up(part)}

    def _sum_up(self, part: Part) -> int:
        """Checksum of the bytes of a block on the disk."""
        total = 0
        for name, (shape, kind) in self.shapes.items():
            rows = choose_rows(name, part)
            row = int(np.prod(shape[1:])) * kind.itemsize
            with self._path(name).open("rb") as file:
                file.seek(rows.start * row)
                left = (rows.stop - rows.start) * row
                while left > 0 and (piece := file.read(min(left, CHUNK))):
                    total = zlib.crc32(piece, total)
                    left -= len(piece)
        return total

    def keep(self, part: Part, results: Results) -> None:
        """Write the results of one block, then its line in the journal."""
        total = 0
        try:
            for name, (shape, kind) in self.shapes.items():
                values = np.ascontiguousarray(results[name], kind)
                total = zlib.crc32(values.tobytes(), total)
                with self._path(name).open("r+b") as file:
                    row = int(np.prod(shape[1:])) * kind.itemsize
                    file.seek(choose_rows(name, part).start * row)
                    file.write(values.tobytes())
            with (self.folder / JOURNAL).open("a", encoding="utf-8") as journal:
                journal.write("\n" + json.dumps({"block": part.number, "crc32": total}) + "\n")
        except OSError as error:
            raise self._explain(error) from error

    def read(self) -> dict[str, np.ndarray]:
        """All arrays, by name, mapped from the files."""
        return {
            name: np.memmap(self._path(name), kind, "r", shape=shape)
            if np.prod(shape)
            else np.zeros(shape, kind)
            for name, (shape, kind) in self.shapes.items()
        }

    def _explain(self, error: OSError) -> DataError:
        """Put a failure to write into words."""
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        size = sum(int(np.prod(shape)) * kind.itemsize for shape, kind in self.shapes.values())
        return DataError(
            str(self.folder),
            "the disk is full." if is_full else f"cannot be used: {error.strerror or error}.",
            expected=f"room for {size / 1e6:,.0f} MB" if is_full else "a folder that may be written to",
            fix="make room; the blocks that are done are kept, go on with --resume"
            if is_full
            else "check the folder and its rights, or name another one with --out",
        )


def is_block_file(path: Path) -> bool:
    """
    Whether a file has a name that `FolderStore` gives.

    Examples
    --------
    >>> is_block_file(Path("blocks/cobalt/stock_t.bin")), is_block_file(Path("blocks/cobalt/letter.txt"))
    (True, False)
    """
    return path.name in {HEADER, JOURNAL} or path.suffix == ENDING


def check_identity(folder: Path, header: Mapping[str, object]) -> None:
    """Raise DataError, with both sides, if the blocks in a folder are of another run."""
    try:
        there = json.loads((folder / HEADER).read_text(encoding="utf-8"))
    except ValueError:
        there = {}
    here = json.loads(json.dumps(header))
    names = sorted({*there, *here})
    other = [name for name in names if there.get(name) != here.get(name)]
    wrong = [
        f"{name}: {str(there.get(name))[:SHOWN]} there, {str(here.get(name))[:SHOWN]} now"
        for name in other
        if name != "arrays" or len(other) == 1
    ]
    if wrong:
        raise DataError(
            str(folder), "holds the blocks of another run.", which=wrong,
            expected="the same scenario, draws, seed, design, release and version",
            fix="repeat the command of that run with --resume, or start anew with --overwrite",
        )  # fmt: skip
