"""Whether a trade flow broke from its counterfactual, when and how strongly."""

from monazite.detection.detect import FALSE_ALARM_SHARE, Break, Detection, detect_breaks
from monazite.detection.panel import WORLD, FlowPanel, panel_from_release, panel_from_series, sum_importers
from monazite.detection.placebo import Placebos, read_placebos
from monazite.detection.records import DetectedFlow, detect_flow

__all__ = [
    "FALSE_ALARM_SHARE",
    "WORLD",
    "Break",
    "DetectedFlow",
    "Detection",
    "FlowPanel",
    "Placebos",
    "detect_breaks",
    "detect_flow",
    "panel_from_release",
    "panel_from_series",
    "read_placebos",
    "sum_importers",
]
