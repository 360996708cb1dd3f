"""Plans radio frames that sense and communicate, and proves that no other plan is better."""

__version__ = "0.1.0"

from isacplan.array import uniform_linear, uniform_planar
from isacplan.channel import geometric_aging, jakes_aging, one_ring_correlation
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.errors import InfeasibleError
from isacplan.frame import (
    FrameProblem,
    FrameSolution,
    check_certificate,
    evaluate_frame,
    optimal_frame,
)
from isacplan.sensing import angle_crb
from isacplan.split import SplitProblem, maximise_capacity, minimise_crb

__all__ = [
    "AdditiveKnowledge",
    "FrameProblem",
    "FrameSolution",
    "InfeasibleError",
    "MismatchedKnowledge",
    "SplitProblem",
    "angle_crb",
    "check_certificate",
    "evaluate_frame",
    "geometric_aging",
    "jakes_aging",
    "maximise_capacity",
    "minimise_crb",
    "one_ring_correlation",
    "optimal_frame",
    "uniform_linear",
    "uniform_planar",
]
