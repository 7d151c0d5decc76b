"""The base map: outlines of countries, read from `data/borders/world.json` (tools/build_borders.py)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from monazite.errors import DataError


class Shape(BaseModel):
    """One country: its outline, the centroid of its largest ring, and whether it is drawn as a dot."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    centroid: tuple[float, float]
    is_dot: bool


class BorderFile(BaseModel):
    """The borders as stored; lengths are file units."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    disclaimer: str
    projection: str
    width: float
    height: float
    countries: dict[str, Shape]
    unassigned: tuple[str, ...]


@dataclass(frozen=True)
class Borders:
    """A base map: country code (ISO 3166-1 alpha-3) to shape, in file units `width` times `height`."""

    disclaimer: str
    width: float
    height: float
    countries: Mapping[str, Shape]
    unassigned: tuple[str, ...]


def read_borders(path: Path | None = None) -> Borders:
    """
    Read a base map; the shipped one unless another file of the same form is named.

    Raises
    ------
    DataError
        If the file is missing or not of the form that tools/build_borders.py writes.
    """
    source = files("monazite") / "data" / "borders" / "world.json" if path is None else path
    try:
        stored = BorderFile.model_validate(json.loads(source.read_text(encoding="utf-8")))
    except OSError as error:
        raise DataError(
            str(source), "cannot be read.", which=[error.strerror], fix="name an existing file"
        ) from error
    except (ValidationError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(
            source.name,
            "is not a map of borders.",
            which=str(error).splitlines(),
            expected="a file written by tools/build_borders.py",
        ) from error
    return Borders(stored.disclaimer, stored.width, stored.height, stored.countries, stored.unassigned)
