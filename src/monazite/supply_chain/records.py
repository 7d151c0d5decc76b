"""A chain as flat records: one per stage, country and quantity."""

import numpy as np
import xarray as xr

from monazite.supply_chain.build import REST
from monazite.supply_chain.chain import SupplyChain

Record = dict[str, object]
FILLED = "where no source gives production, the balance counts it as zero"
QUANTITIES = ("production_t", "import_t", "export_t", "apparent_consumption_t", "residual_t")


def chain_records(chain: SupplyChain) -> list[Record]:
    """
    List what a chain knows, per stage, country and quantity.

    Returns
    -------
    list of records
        Labels material, year, stage, country, quantity; `value` [t contained material a year] is None where
        nobody reported a figure; the balance then counts production as the chain was told to (`unreported`). A
        country that neither produces nor trades at a stage is left out; one whose trade is on record stays,
        also where the contained tonnes are not known. `content` says how contents were estimated, where they were.
    """
    imports = chain.trade_t.sum("exporter", skipna=False).rename(importer="country")
    exports = chain.trade_t.sum("importer", skipna=False).rename(exporter="country")
    arrays = chain.arrays.assign(import_t=imports, export_t=exports)
    on_record = _has_trade(chain)
    records: list[Record] = []
    for stage in map(str, arrays["stage"].values):
        content = str(arrays["content_basis"].sel(stage=stage).item()) if "content_basis" in arrays else ""
        for country in chain.countries:
            cell = arrays.sel(stage=stage, country=country)
            values = {name: float(cell[name]) for name in QUANTITIES}
            if (
                bool(cell["is_rest_trade"])
                and values["import_t"] + values["export_t"] == 0
                and country != REST
            ):
                values |= dict.fromkeys(("import_t", "apparent_consumption_t", "residual_t"), np.nan)
            if not any(value > 0 for value in values.values()) and not on_record.sel(
                stage=stage, country=country
            ):
                continue
            is_filled = str(cell["quality"].item()) == "missing"
            records += [
                {
                    "material": chain.material,
                    "year": chain.year,
                    "stage": stage,
                    "country": country,
                    "quantity": name,
                    "value": None if np.isnan(value) or (name == "production_t" and is_filled) else value,
                    "unit": "t",
                    "quality": str(cell["quality"].item()) if name == "production_t" else None,
                    "note": FILLED if name == "apparent_consumption_t" and is_filled and value > 0 else None,
                    "source_ids": chain.lineage.source_ids,
                    **({"content": content} if content else {}),
                }
                for name, value in values.items()
            ]
    return records


def _has_trade(chain: SupplyChain) -> xr.DataArray:
    """Whether customs recorded tonnes or a value of a country's imports or exports, dims (stage, country)."""
    lanes = (chain.trade_gross_t > 0) | (chain.trade_usd > 0)
    return lanes.any("exporter").rename(importer="country") | lanes.any("importer").rename(exporter="country")
