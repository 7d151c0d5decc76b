"""Synthetic control: the mix of other lanes that followed a lane before a date, and how far they part after it."""

from dataclasses import dataclass

import numpy as np

from monazite.detection.contrasts import Floats
from monazite.detection.panel import FlowPanel
from monazite.detection.placebo import rank_p_value
from monazite.detection.scan import Bools

MIN_DONORS = 5
MAX_DONORS = 40
"""The largest ones are taken."""
FIT_FLOOR = 0.02
"""A fit before the date is not believed to be better than this [share of the mean]. Source: this project."""
STEPS = 400  # of accelerated projected gradient; more change no weight by more than 1e-4
PERIODS_BEFORE = {False: 12, True: 36}
"""Whether periods are months -> longest span that is fitted."""


@dataclass(frozen=True)
class SyntheticControl:
    """
    A lane against its synthetic control.

    Attributes
    ----------
    share : float
        Flow after the date over that of the control, less one. [share, >= -1]
    p_value : float
        Rank of the ratio of the errors after and before among the donors, each treated the same way. [0..1]
    donors : int
        How many lanes the control is mixed from.
    kind : str
        `unrelated` where no donor shares an end with the lane, else `related`.
    """

    share: float
    p_value: float
    donors: int
    kind: str


def fit_weights(target: Floats, donors: Floats) -> Floats:
    r"""
    Fit the weights of donors, >= 0 and with sum 1, for many targets at once.

    Parameters
    ----------
    target : array, dims (target, period)
        Flows before the date, over their mean. [1]
    donors : array, dims (target, donor, period)
        Flows of the donors of each target, over their mean. [1]

    Returns
    -------
    array, dims (target, donor)
        Weights. [unitless, 0..1, each row sums to 1]

    Notes
    -----
    Accelerated projected gradient on the simplex.

    .. math:: \min_w \sum_t \left( y_t - \sum_d w_d x_{dt} \right)^2, \quad w_d \ge 0, \; \sum_d w_d = 1

    References
    ----------
    .. [1] A. Abadie, A. Diamond, J. Hainmueller, "Synthetic control methods for comparative case studies,"
       J. Am. Stat. Assoc., vol. 105, no. 490, pp. 493-505, 2010, doi:10.1198/jasa.2009.ap08746.

    Examples
    --------
    The target is half of each donor.

    >>> fit_weights(np.array([[1.5, 0.5]]), np.array([[[2.0, 0.0], [1.0, 1.0]]])).round(3).tolist()
    [[0.5, 0.5]]
    """
    gram = donors @ donors.swapaxes(1, 2)
    pull = (donors @ target[..., None])[..., 0]
    step = 1.0 / np.maximum(np.linalg.norm(gram, axis=(1, 2)), 1e-12)[:, None]
    weights = np.full(pull.shape, 1.0 / pull.shape[1])
    ahead, momentum = weights, 1.0
    for _ in range(STEPS):
        slope = (gram @ ahead[..., None])[..., 0] - pull
        moved = project_on_simplex(ahead - step * slope)
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + (momentum - 1) / faster * (moved - weights)
        weights, momentum = moved, faster
    return weights


def project_on_simplex(points: Floats) -> Floats:
    """
    Find the nearest point with parts >= 0 and sum 1, row by row.

    Examples
    --------
    >>> project_on_simplex(np.array([[0.6, 0.6], [2.0, 0.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    ordered = -np.sort(-points, axis=1)
    excess = np.cumsum(ordered, axis=1) - 1.0
    count = np.arange(1, points.shape[1] + 1)
    last = (ordered - excess / count > 0).sum(axis=1)
    shift = excess[np.arange(len(points)), last - 1] / last
    return np.asarray(np.maximum(points - shift[:, None], 0.0))


def compare_with_synthetic(panel: FlowPanel, lane: int, start: int, stop: int) -> SyntheticControl | None:
    """
    Compare a lane with its synthetic control from one period to another.

    Parameters
    ----------
    panel : FlowPanel
        All lanes of the product.
    lane : int
        Position of the lane.
    start, stop : int
        First period after the date, and the one after the last that is compared.

    Returns
    -------
    SyntheticControl or None
        None where the lane is not known throughout, or fewer than five donors are.

    Notes
    -----
    Donors share no end with the lane, since a restriction reaches the exporter's other lanes and a shortage the
    importer's; only where fewer than five such lanes are complete do related ones stand in.

    References
    ----------
    .. [1] Abadie, Diamond and Hainmueller (2010), see `fit_weights`; the ratio of root mean squared prediction
       errors after and before is that of their section 3.4.
    """
    first = max(0, start - PERIODS_BEFORE[panel.is_monthly])
    window = panel.trusted_t[:, first:stop]
    before = start - first
    complete: Bools = np.asarray(np.isfinite(window).all(axis=1) & (window[:, :before] > 0).all(axis=1))
    touches: Bools = np.asarray(panel.exporters == panel.exporters[lane])
    touches = touches | np.asarray(panel.importers == panel.importers[lane])
    chosen, kind = complete & ~touches, "unrelated"
    if chosen.sum() < MIN_DONORS:
        chosen, kind = complete & touches, "related"
        chosen[lane] = False
    if not complete[lane] or chosen.sum() < MIN_DONORS or before < MIN_DONORS:
        return None
    rows = np.flatnonzero(chosen)
    size = window[rows, :before].mean(axis=1)
    rows = rows[np.argsort(-size, kind="stable")][:MAX_DONORS]
    scaled = window[[lane, *rows]] / window[[lane, *rows], :before].mean(axis=1, keepdims=True)
    count = len(scaled)
    others = np.array([[k for k in range(1, count) if k != i][: count - 2] for i in range(count)])
    controls = scaled[others]  # dims (target, donor, period); the lane is a donor of none
    weights = fit_weights(scaled[:, :before], controls[..., :before])
    fitted = (weights[:, None, :] @ controls)[:, 0]
    squares = (scaled - fitted) ** 2
    errors = [np.sqrt(part.mean(axis=1)) for part in (squares[:, :before], squares[:, before:])]
    ratio = errors[1] / np.maximum(errors[0], FIT_FLOOR)
    after = fitted[0, before:].sum()
    share = float(scaled[0, before:].sum() / after - 1) if after > 0 else float("nan")
    return SyntheticControl(share, rank_p_value(float(ratio[0]), ratio[1:]), count - 1, kind)
