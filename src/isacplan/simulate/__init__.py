"""Monte-Carlo checks of the formulas, from the models' own statistics to received signals."""

from isacplan.simulate.additive import AdditiveExperiment
from isacplan.simulate.backend import Backend
from isacplan.simulate.end_to_end import EndToEndExperiment
from isacplan.simulate.engine import Experiment, Outcome, run
from isacplan.simulate.frame import frame_simulation
from isacplan.simulate.intervals import jackknife_interval
from isacplan.simulate.mismatched import MismatchedExperiment
from isacplan.simulate.quantity import Check, Quantity, Simulation, checks
from isacplan.simulate.split import SplitExperiment, split_simulation
from isacplan.simulate.split_curves import ErrorCurve, SplitCurves, split_curves
from isacplan.simulate.store import BlockStore
from isacplan.simulate.validity import ValidityCurves, validity_curves

__all__ = [
    "AdditiveExperiment",
    "Backend",
    "BlockStore",
    "Check",
    "EndToEndExperiment",
    "ErrorCurve",
    "Experiment",
    "MismatchedExperiment",
    "Outcome",
    "Quantity",
    "Simulation",
    "SplitCurves",
    "SplitExperiment",
    "ValidityCurves",
    "checks",
    "frame_simulation",
    "jackknife_interval",
    "run",
    "split_curves",
    "split_simulation",
    "validity_curves",
]
