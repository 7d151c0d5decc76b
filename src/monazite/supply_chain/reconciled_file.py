"""A reconciliation as a file: arrays without their empty lanes, the doubts beside them, the same bytes each time."""

import io
import json
import os
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.reconcile import Doubt, Reconciliation, Suspect

META = "meta"
FAST = 1
"""Level of compression: the files are large and short-lived."""
LANES = ("exporter", "importer")


def write_reconciliation(found: Reconciliation, path: Path) -> None:
    """
    Write a reconciliation under a temporary name, then rename it: a file is whole or not there.

    Raises
    ------
    DataError
        If the folder cannot be written to.
    """
    arrays = found.chain.arrays
    parts: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        _pack(parts, str(name), array)
    meta = {
        "material": found.chain.material,
        "year": found.chain.year,
        "lineage": asdict(found.chain.lineage),
        "coords": {str(name): [str(label) for label in arrays[name].values] for name in arrays.coords},
        "dims": {str(name): [str(dim) for dim in array.dims] for name, array in arrays.items()},
        "doubts": [asdict(doubt) for doubt in found.doubts],
        "test": [found.statistic, found.balances, found.p_value],
        "suspects": [asdict(suspect) for suspect in found.suspects],
        "limit": found.limit,
    }
    parts[META] = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file:
            for name, part in sorted(parts.items()):
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, np.ascontiguousarray(part), allow_pickle=False)
                entry = zipfile.ZipInfo(
                    f"{name}.npy"
                )  # without a time, so that the bytes are the same each time
                file.writestr(entry, buffer.getbuffer(), zipfile.ZIP_DEFLATED, FAST)
        temporary.replace(path)
    except OSError as error:
        raise DataError(
            str(path), "cannot be written.", which=[error.strerror or str(error)],
            expected="a cache folder that may be written to", fix="set XDG_CACHE_HOME to another folder",
        ) from error  # fmt: skip
    finally:
        if temporary.is_file():
            temporary.unlink()


def read_reconciliation(path: Path) -> Reconciliation:
    """
    Read what `write_reconciliation` wrote.

    Raises
    ------
    DataError
        If the file is not whole.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            meta = json.loads(file[META].tobytes())
            coords = meta["coords"]
            variables = {
                name: (dims, _unpack(file, name, tuple(len(coords[dim]) for dim in dims)))
                for name, dims in meta["dims"].items()
            }
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _broken(path, error) from error
    arrays = xr.Dataset(variables, coords=coords)
    lineage = meta["lineage"] | {"source_ids": tuple(meta["lineage"]["source_ids"])}
    chain = SupplyChain(meta["material"], meta["year"], arrays, Lineage(**lineage))
    doubts = tuple(
        Doubt(**{**doubt, "reports": tuple((str(a), float(b), float(c)) for a, b, c in doubt["reports"])})
        for doubt in meta["doubts"]
    )
    suspects = tuple(Suspect(**suspect) for suspect in meta["suspects"])
    statistic, balances, p_value = meta["test"]
    return Reconciliation(chain, doubts, statistic, balances, p_value, suspects, meta["limit"])


def _broken(path: Path, error: Exception) -> DataError:
    return DataError(
        str(path), "is no whole file of a reconciliation.", which=[f"{type(error).__name__}: {error}"],
        fix="delete it; it is computed again",
    )  # fmt: skip


def _pack(parts: dict[str, NDArray[Any]], name: str, array: xr.DataArray) -> None:
    """Add an array: text as text, lanes without the zeros or NaN that fill most of them."""
    values = np.asarray(array.values)
    if values.dtype.kind in "OU":
        parts[name] = values.astype(str)
    elif values.dtype.kind == "f" and set(LANES) <= set(array.dims):
        flat = values.ravel()
        background = np.nan if np.isnan(flat).sum() > flat.size / 2 else 0.0
        differs = ~np.isnan(flat) if np.isnan(background) else flat != 0
        parts[f"{name}.at"] = np.flatnonzero(differs).astype(np.int32)
        parts[f"{name}.value"] = np.append(flat[differs], background)
    else:
        parts[name] = values


def _unpack(file: Any, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Rebuild an array from its parts."""
    if name in file:
        values = np.asarray(file[name])
        return values.astype(object) if values.dtype.kind == "U" else values
    stored = file[f"{name}.value"]
    flat = np.full(int(np.prod(shape)), stored[-1])
    flat[file[f"{name}.at"]] = stored[:-1]
    return flat.reshape(shape)
