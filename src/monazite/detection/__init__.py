"""Whether a trade flow broke from its counterfactual, when and how strongly."""

from monazite.detection.contrasts import LEAST_SHARE
from monazite.detection.detect import Break, Detection, detect_breaks
from monazite.detection.panel import WORLD, FlowPanel, panel_from_release, panel_from_series, sum_importers
from monazite.detection.placebo import Placebos, read_placebos
from monazite.detection.records import DetectedFlow, detect_flow
from monazite.detection.verdict import FALSE_ALARM_SHARE

__all__ = [
    "FALSE_ALARM_SHARE",
    "LEAST_SHARE",
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
