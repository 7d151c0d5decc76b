"""SupplyChain: one material, one year, as labelled arrays in tonnes of contained material."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.errors import DataError, nearest_names
from monazite.provenance import Lineage


@dataclass(frozen=True)
class SupplyChain:
    """
    The supply of one material in one year.

    Attributes
    ----------
    material : str
        Id of the material, as in `vocabulary/materials.csv`.
    year : int
        Calendar year of every flow.
    arrays : Dataset, dims (stage, country, exporter, importer)
        The arrays below; `country`, `exporter` and `importer` hold the same ISO3 codes in the same order.
        NaN means that nobody reported the figure; it never means zero.
    lineage : Lineage
        Release, code version and sources.
    """

    material: str
    year: int
    arrays: xr.Dataset
    lineage: Lineage

    @property
    def production_t(self) -> xr.DataArray:
        """Production, dims (stage, country). [t contained material a year]"""
        return self.arrays["production_t"]

    @property
    def trade_t(self) -> xr.DataArray:
        """Trade in the product of a stage, dims (stage, exporter, importer). [t contained material a year]"""
        return self.arrays["trade_t"]

    @property
    def trade_gross_t(self) -> xr.DataArray:
        """Trade by gross weight, dims (stage, exporter, importer). [t gross a year]"""
        return self.arrays["trade_gross_t"]

    @property
    def trade_usd(self) -> xr.DataArray:
        """Trade by value, dims (stage, exporter, importer). [USD a year]"""
        return self.arrays["trade_usd"]

    @property
    def apparent_consumption_t(self) -> xr.DataArray:
        """Production + imports + residual - exports, dims (stage, country), never negative. [t a year]"""
        return self.arrays["apparent_consumption_t"]

    @property
    def residual_t(self) -> xr.DataArray:
        """Exports that neither production nor imports explain, dims (stage, country). [t a year]"""
        return self.arrays["residual_t"]

    @property
    def quality(self) -> xr.DataArray:
        """Quality of `production_t`, dims (stage, country); `missing` where nobody reported."""
        return self.arrays["quality"]

    def sources(self, stage: str, *kinds: str) -> tuple[str, ...]:
        """Give the source_ids of what a stage knows: of `production`, of `trade`, or both."""
        texts = (str(self.arrays[f"{kind}_source"].sel(stage=stage).item()) for kind in kinds)
        return tuple(sorted({source for text in texts for source in text.split("; ") if source}))

    @property
    def countries(self) -> tuple[str, ...]:
        """ISO3 codes, in the order of the arrays."""
        return tuple(str(code) for code in self.arrays["country"].values)

    def check_stage(self, stage: str, need: str) -> None:
        """
        Raise DataError unless `need` ("production_t" or "trade_t") is known at a stage.

        Raises
        ------
        DataError
            If the stage is not in the chain, or the array has no figure there at all.
        """
        stages = [str(name) for name in self.arrays["stage"].values]
        if stage not in stages:
            raise DataError(
                f"chain {self.material} {self.year}",
                f"has no stage {stage!r}.",
                expected=f"one of {', '.join(stages)}",
                fix=nearest_names(stage, stages),
            )
        if bool(np.isnan(self.arrays[need].sel(stage=stage).values).all()):
            known = [name for name in stages if not np.isnan(self.arrays[need].sel(stage=name).values).all()]
            raise DataError(
                f"chain {self.material} {self.year}, stage {stage}",
                f"the release has no {need} here.",
                expected=f"a stage with {need}: {', '.join(known) or 'none in this year'}",
                fix="another stage (trace: --by) or year; what there is: monazite data show production "
                f"--where \"material = '{self.material}'\"",
            )
