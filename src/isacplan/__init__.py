"""Plans radio frames that sense and communicate, and proves that no other plan is better.

Names load with the module that they live in, when they are first used: importing the package
itself loads nothing.
"""

from importlib import import_module

from isacplan._version import __version__ as __version__

# Of typing, which would take most of the time to import this.
TYPE_CHECKING = False

if TYPE_CHECKING:
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
    from isacplan.results import read_result
    from isacplan.sensing import angle_crb
    from isacplan.split import SplitProblem, maximise_capacity, minimise_crb
    from isacplan.sweeps import open_study, sweep

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
    "open_study",
    "optimal_frame",
    "read_result",
    "sweep",
    "uniform_linear",
    "uniform_planar",
]

_HOMES = {
    "array": ("uniform_linear", "uniform_planar"),
    "channel": ("geometric_aging", "jakes_aging", "one_ring_correlation"),
    "comm": ("AdditiveKnowledge", "MismatchedKnowledge"),
    "errors": ("InfeasibleError",),
    "frame": (
        "FrameProblem",
        "FrameSolution",
        "check_certificate",
        "evaluate_frame",
        "optimal_frame",
    ),
    "results": ("read_result",),
    "sensing": ("angle_crb",),
    "split": ("SplitProblem", "maximise_capacity", "minimise_crb"),
    "sweeps": ("open_study", "sweep"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name == home:
            return import_module(f"isacplan.{home}")
        if name in names:
            return getattr(import_module(f"isacplan.{home}"), name)
    raise AttributeError(f"module 'isacplan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_HOMES})
