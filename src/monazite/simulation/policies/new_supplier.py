"""New supplier: a country with a deposit or an idle mine, which comes when the price stays high."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from monazite.simulation.policies.policy import Array, CountryInstrument, Share


class NewSupplier(CountryInstrument):
    r"""
    Capacity that a country could build on its deposits, or restart, beyond what it has in the baseline.

    Notes
    -----
    With the most q a year that it could build, the share z of it that this country builds at a high price, the lasting
    log price m (that of the country itself, or of the other importers where it does not trade) and the price ratio p
    at which all of it is wanted, it wants

    .. math:: W = \frac{z q}{12} \min\left(1, \frac{\max(m, 0)}{\ln p}\right)

    The largest W so far is decided; it comes through six stages of a sixth of the lead time each, so that a twelfth
    runs at half the lead time and a half shortly before its end. Ratio and lead time are the parameters
    `entry_price_ratio` and `entry_lead_months`, or `restart_price_ratio` and `restart_lead_months`. Without a higher
    price nothing is built. Source: this project, docs/reference/simulation.md, equation 13b.

    Examples
    --------
    1,200 t a year, half of it built, at a lasting price of 2 where all is wanted at 4: 50 t a month x ln 2 / ln 4.

    >>> supplier = NewSupplier(country="VNM", stage="extraction", effective="2025-01", capacity_t_per_year=1200,
    ...                        way="entry", unit="contained")
    >>> supplier.wanted_t(np.array([0.5]), np.log([2.0]), np.array([4.0])).round(12).tolist()
    [25.0]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("built_share",)

    kind: Literal["new_supplier"] = "new_supplier"
    """Which instrument."""
    way: Literal["entry", "restart"]
    """A new mine or plant, or one that stands idle."""
    capacity_t_per_year: float = Field(gt=0, le=1e12)
    """The most that can come [t a year in `unit`]."""
    unit: Literal["gross", "contained"]
    """What the tonnes count."""
    built_share: Share = (0.0, 1.0)
    """Share of it that is built at a high price; every draw takes its own."""
    basis: str = ""
    """What the tonnes rest on: a reserve, an earlier output, a project, with its publisher."""

    def wanted_t(self, built: Array, lasting: Array, price_ratio: Array) -> Array:
        """Capacity wanted at a lasting log price, dims (draw,). [t a month in `unit`]"""
        return wanted_capacity(built * self.capacity_t_per_year / 12.0, lasting, price_ratio)

    def force(self, numbers: NDArray[np.int64]) -> Array:
        """Share of each month in which it may build, dims (1, month). [unitless, 0..1]"""
        return self.force_share(numbers)


def wanted_capacity(most: Array, lasting: Array, price_ratio: Array) -> Array:
    """
    Capacity wanted at a lasting log price, of the most that can come. Equation 13b.

    Examples
    --------
    >>> wanted_capacity(np.array([50.0]), np.log([2.0]), np.array([4.0])).round(12).tolist()
    [25.0]
    """
    wanted: Array = most * np.minimum(np.maximum(lasting, 0.0) / np.log(price_ratio), 1.0)
    return wanted
