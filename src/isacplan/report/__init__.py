"""Results as text and as plain data."""

from isacplan.report.frame import FrameCurves, FrameReport, frame_curves, frame_json, frame_report
from isacplan.report.frame_text import frame_text
from isacplan.report.simulate import simulation_json, simulation_text

__all__ = [
    "FrameCurves",
    "FrameReport",
    "frame_curves",
    "frame_json",
    "frame_report",
    "frame_text",
    "simulation_json",
    "simulation_text",
]
