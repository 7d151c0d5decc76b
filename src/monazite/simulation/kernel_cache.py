"""Forgets compiled functions of the kernel when any of its files has changed: Numba looks at a function's own file."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from monazite.simulation.kernel_month import advance_block

STAMP = "kernel.sha256"
"""Name of the file that holds the hash of the sources of what is compiled beside it."""


def hash_sources() -> str:
    """Hash all files of the kernel, in the order of their names."""
    package = files("monazite.simulation")
    sources = sorted((one for one in package.iterdir() if _is_source(one.name)), key=lambda one: one.name)
    return sha256(b"\0".join(one.read_bytes() for one in sources)).hexdigest()


def _is_source(name: str) -> bool:
    return name.startswith("kernel") and name.endswith(".py")


@cache
def forget_stale() -> None:
    """Forget what was compiled from other sources, once in a process, before anything is compiled or loaded."""
    folder = advance_block.stats.cache_path
    if folder is not None:
        clear_folder(Path(folder), hash_sources())


def clear_folder(folder: Path, stamp: str) -> bool:
    """
    Remove what is compiled of the kernel in a folder unless its stamp is this one; says whether it did.

    Two processes may do so at once: at worst one of them compiles again.
    """
    path = folder / STAMP
    if path.exists() and path.read_text(encoding="ascii") == stamp:
        return False
    for compiled in folder.glob("kernel*.nb[ic]"):
        compiled.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(stamp, encoding="ascii")
    return True
