"""`monazite measure lca-factors`: GeoPolRisk factors for life cycle assessment, to openLCA or Brightway."""

import importlib
import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from monazite.cli.measure_geopolrisk import Names, read_names, read_regions
from monazite.cli.options import Json, Regions, Release, Stages, Years, read_years, resolve_words
from monazite.cli.output import print_records
from monazite.errors import DataError, UsageError
from monazite.indicators.geopolrisk.records import measure_geopolrisk
from monazite.indicators.geopolrisk.scores import Method
from monazite.reports.envelope import Record
from monazite.reports.lca.factors import FactorSet, collect_factors
from monazite.snapshot import open_snapshot
from monazite.supply_chain import list_materials

Target = Literal["openlca", "brightway"]
PACKAGES = {"openlca": "olca_schema", "brightway": "bw2data"}
"""Target -> the package of the extra `lca` that it needs."""
BRIGHTWAY_FOLDER = "BRIGHTWAY2_DIR"
"""Where Brightway looks for the folder of its projects."""
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
"""Colours in what Brightway says."""
FOLDER_TOLD = f"environment variable {BRIGHTWAY_FOLDER}"
"""What Brightway says where it uses the folder that we told it."""
BOTH_STAGES = ("extraction", "processing")


def measure_lca(
    *,
    to: Annotated[Target, Parameter(help="openlca: one zip of JSON-LD. brightway: methods in a project.")],
    material: Names,
    region: Regions,
    year: Years,
    stage: Stages | None = None,
    method: Annotated[Method, Parameter(help="Whose rules.")] = "monazite",
    out: Annotated[
        Path | None,
        Parameter(
            help="openlca: the zip. brightway: folder of its projects, an existing one; its own by default."
        ),
    ] = None,
    project: Annotated[str, Parameter(help="Brightway project, made where it does not exist.")] = "monazite",
    overwrite: Annotated[bool, Parameter(help="Replace an older export.", negative="")] = False,
    release: Release = None,
    json: Json = False,
) -> None:
    """Write characterisation factors per kg of traded goods, by importing region (or all of them) and year."""
    stages = resolve_words("stage", "--stage", stage or BOTH_STAGES)
    regions = read_regions(region)
    names = read_names(material)
    years = read_years(year)
    if to == "openlca" and out is None:
        raise UsageError("--out", "is missing.", expected="the path of a zip file")
    words = PlainWords()
    with redirect_stdout(words):
        writer = load_writer(to, out)
    data = open_snapshot(release)
    records, lineage = measure_geopolrisk(
        data,
        materials=names or list_materials(data),
        stages=stages,
        regions=regions,
        years=years,
        method=method,
    )
    factors = collect_factors(records, lineage)
    with redirect_stdout(words):
        if to == "openlca":
            target = str(writer.write_openlca(factors, out, overwrite=overwrite))
        else:
            target = (
                f"project {writer.write_brightway(factors, project=project, overwrite=overwrite).project}"
            )
    sys.stderr.write(f"Wrote {target}\n")
    print_records(list_written(factors, to, target), lineage, title="lca-factors", as_json=json)


class PlainWords(io.TextIOBase):
    """Pass on to stderr what Brightway says, without colours and without our own word for the folder."""

    is_hidden = False

    def write(self, text: str) -> int:
        """Write one message, or the end of its line, which comes apart."""
        if text != "\n":
            self.is_hidden = FOLDER_TOLD in text
        if not self.is_hidden:
            sys.stderr.write(ESCAPES.sub("", text))
        return len(text)


def load_writer(to: Target, out: Path | None) -> Any:
    """
    Load the writer of a target, whose package may not be installed.

    Raises
    ------
    UsageError
        If the extra `lca` is not installed.
    DataError
        If the folder for Brightway does not exist.
    """
    if to == "brightway" and out is not None:
        if not out.is_dir():
            raise DataError(str(out), "is no folder.", expected="an existing folder", fix=f"make {out} first")
        os.environ[BRIGHTWAY_FOLDER] = str(out.resolve())
    try:
        return importlib.import_module(f"monazite.reports.lca.{to}")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--to {to}", f"needs the package {PACKAGES[to]}, which is not installed.",
            fix="install Monazite with its extra: pip install 'monazite[lca]'",
        ) from error  # fmt: skip


def list_written(factors: FactorSet, to: str, target: str) -> Sequence[Record]:
    """List what was written of each year, and on how many combinations there is no factor and why."""
    rows: list[Record] = [
        {
            "indicator": "lca-factors", "to": to, "target": target, "year": year, "quantity": "factors",
            "goods": len({(f.material, f.stage) for f in factors.of_year(year)}),
            "regions": len({f.region for f in factors.of_year(year)}),
            "value": len(factors.of_year(year)), "unit": "count", "low": None, "high": None, "quality": None,
            "source_ids": factors.lineage.source_ids,
        }
        for year in factors.years
    ]  # fmt: skip
    if factors.left_out:
        reasons = sorted(factors.left_out, key=lambda reason: -factors.left_out[reason])
        common = "; ".join(f"{factors.left_out[reason]} x {reason}" for reason in reasons[:3])
        rows.append(
            {
                "indicator": "lca-factors", "to": to, "target": target, "quantity": "left out",
                "value": sum(factors.left_out.values()), "unit": "count", "low": None, "high": None, "quality": None,
                "note": f"no factor, which is not 0, most of them for these reasons: {common}", "source_ids": (),
            }
        )  # fmt: skip
    return rows
