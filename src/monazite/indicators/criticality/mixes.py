"""Who supplies the world and the Union with a material at one stage, from our own chains."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from monazite.indicators.criticality.tables import union_members
from monazite.indicators.dependence import imports_by_partner
from monazite.provenance import ImportedFile
from monazite.supply_chain import SupplyChain

REST = "ROW"
SMALL = "small supplier"
"""How the suppliers are called into which shares that are not printed are divided."""
DRAW = "draw"
NO_PRODUCTION = "nobody reports production at this stage"
NO_TRADE = "nobody reports trade at this stage whose tonnes can be told"
NO_SUPPLY = "the Union neither produces nor imports any on record"


@dataclass(frozen=True)
class Mixes:
    """
    Supply at one stage, in tonnes of contained material unless `weight` is gross.

    `world_t` and `union_t` have dims (..., country) and are None where a mix is not known; `production_t`, `import_t`
    and `export_t` are those of the Union, dims (...), NaN where unknown. `lacks` says why a mix is unknown; `years`
    are those that all of it is the mean of, `imports` the user's files that it may come from.
    """

    material: str
    stage: str
    world_t: xr.DataArray | None
    union_t: xr.DataArray | None
    production_t: xr.DataArray
    import_t: xr.DataArray
    export_t: xr.DataArray
    weight: str = "contained"
    is_balanced: bool = False
    is_part: bool = False
    lacks: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    imports: tuple[ImportedFile, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether at least one mix is known."""
        return self.world_t is not None or self.union_t is not None


def build_mixes(chain: SupplyChain, stage: str) -> Mixes:
    r"""
    Take the supply of the world and of the Union at one stage from a chain.

    Parameters
    ----------
    chain : SupplyChain
        Built with `unknown_content="gross"`, so that goods of unknown content count with their weight (`weight`).
    stage : str
        Stage of the product.

    Returns
    -------
    Mixes
        Production by country for the world; for the Union what its members produce, by member, and what they import
        from outside, by customs partner. A lane whose tonnes are not known leaves the mix of the Union unknown.

    Notes
    -----
    .. math:: q^{EU}_c = P_c \; (c \in EU), \quad q^{EU}_c = \sum_{j \in EU} x_{cj} \; (c \notin EU)

    References
    ----------
    .. [1] European Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526 (EU sourcing: domestic production and imports).

    Examples
    --------
    Of 10 t from FIN and 30 t bought from COD the Union has a quarter from itself.
    """
    arrays = chain.arrays.sel(stage=stage)
    members = [code for code in union_members() if code in chain.countries]
    made = chain.production_t.sel(stage=stage)
    is_made = not bool(np.isnan(made.values).all())
    missing = xr.DataArray(np.nan)
    production_t = made.sel(country=members).sum("country") if is_made else missing
    trade = chain.trade_t.sel(stage=stage)
    bought, sold = _outside(trade, members)
    is_traded = bought is not None and bool(np.isfinite(bought.values).all())
    is_traded = is_traded and not hides_importers(chain, stage, members)
    lacks = [] if is_made else [NO_PRODUCTION]
    lacks += [] if is_traded else [NO_TRADE]
    union = None
    if is_traded and bought is not None:
        union = bought.rename(exporter="country")
        if is_made:
            union = xr.concat([made.sel(country=members), union], dim="country")
        if not bool((union.sum("country") > 0).all()):
            union, lacks = None, [*lacks, NO_SUPPLY]
    return Mixes(
        chain.material,
        stage,
        made.drop_vars("stage", errors="ignore") if is_made and float(made.sum()) > 0 else None,
        union.drop_vars("stage", errors="ignore") if union is not None else None,
        production_t.drop_vars("stage", errors="ignore"),
        bought.sum("exporter").drop_vars("stage", errors="ignore") if bought is not None else missing,
        sold.drop_vars("stage", errors="ignore") if sold is not None else missing,
        weight="gross" if bool(arrays["is_gross"]) else "contained",
        is_balanced="balance_state" in arrays and str(arrays["balance_state"].item()) == "balanced",
        is_part=bool(arrays["is_part"]),
        lacks=tuple(lacks),
        source_ids=chain.sources(stage, "production", "trade"),
        years=(chain.year,),
        imports=chain.lineage.imports,
    )


def average_mixes(years: Sequence[Mixes]) -> Mixes:
    """
    Take the mean over years: those with production if there are any, and of these for the Union those with trade.

    A year without production would make the Union buy all that it uses, so it does not count beside years that have it.

    Examples
    --------
    A country with 10 t in one year and none on record in the other counts with 5 t.
    """
    used = [one for one in years if NO_PRODUCTION not in one.lacks] or list(years)
    told = [one for one in used if one.union_t is not None] or used
    world = [one.world_t for one in used if one.world_t is not None]
    union = [one.union_t for one in told if one.union_t is not None]
    return replace(
        used[0], world_t=_mean(world) if world else None, union_t=_mean(union) if union else None,
        production_t=_mean([one.production_t for one in told]), import_t=_mean([one.import_t for one in told]),
        export_t=_mean([one.export_t for one in told]),
        lacks=tuple(reason for reason in used[0].lacks if all(reason in one.lacks for one in told)),
        weight="gross" if any(one.weight == "gross" for one in told) else "contained",
        is_balanced=all(one.is_balanced for one in used), is_part=any(one.is_part for one in used),
        source_ids=tuple(sorted({source for one in used for source in one.source_ids})),
        years=tuple(sorted({year for one in used for year in one.years})),
        imports=tuple(dict.fromkeys(file for one in used for file in one.imports)),
    )  # fmt: skip


def _mean(years: Sequence[xr.DataArray]) -> xr.DataArray:
    """Mean over years; a supplier of only some of them supplies nothing in the others."""
    return xr.concat(years, dim="year", join="outer", fill_value=0.0).mean("year", skipna=False)


def hides_importers(chain: SupplyChain, stage: str, members: Sequence[str]) -> bool:
    """Whether trade of a stage is known by exporter only, so that no imports of the members are on record."""
    if not bool(chain.arrays["is_rest_trade"].sel(stage=stage)):
        return False
    return not float(chain.trade_t.sel(stage=stage, importer=list(members)).sum()) > 0


def _outside(trade: xr.DataArray, members: Sequence[str]) -> tuple[xr.DataArray | None, xr.DataArray | None]:
    """Imports of the members by partner outside, and their exports to the outside; None where tonnes are unknown."""
    if not members or bool(np.isnan(trade.values).all()):
        return None, None
    outside = [code for code in trade["exporter"].values if code not in members]
    lanes = trade.sel(importer=members, exporter=outside)
    sold = trade.sel(exporter=members, importer=outside)
    if bool(np.isnan(lanes.values).any()) or bool(np.isnan(sold.values).any()):
        return None, None
    return imports_by_partner(trade, importers=list(members)), sold.sum(["exporter", "importer"])
