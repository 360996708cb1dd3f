"""Results as text and as plain data."""

from isacplan.report.frame import FrameReport, frame_report
from isacplan.report.frame_curves import FrameCurves, frame_curves
from isacplan.report.frame_text import frame_text
from isacplan.report.simulate import SimulationReport, simulation_text
from isacplan.report.split import SplitReport, split_report
from isacplan.report.split_text import split_text

__all__ = [
    "FrameCurves",
    "FrameReport",
    "SimulationReport",
    "SplitReport",
    "frame_curves",
    "frame_report",
    "frame_text",
    "simulation_text",
    "split_report",
    "split_text",
]
