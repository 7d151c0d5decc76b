"""Whether a trade flow broke from its counterfactual, when and how strongly."""

from monazite.detection.detect import FALSE_ALARM_SHARE, Break, Detection, detect_breaks
from monazite.detection.panel import WORLD, FlowPanel, panel_from_release, sum_importers
from monazite.detection.placebo import Placebos, read_placebos

__all__ = [
    "FALSE_ALARM_SHARE",
    "WORLD",
    "Break",
    "Detection",
    "FlowPanel",
    "Placebos",
    "detect_breaks",
    "panel_from_release",
    "read_placebos",
    "sum_importers",
]
