"""Sweeps: a scenario at every combination of values of its keys, resumable, here or on a cluster.

The function of the same purpose is `isacplan.sweep`.
"""

from isacplan.sweeps.axes import Axis
from isacplan.sweeps.cluster import dask_compute
from isacplan.sweeps.folder import Study, read_study
from isacplan.sweeps.plan import Plan
from isacplan.sweeps.run import run_sweep
from isacplan.sweeps.study import open_study, sweep, sweep_plan

__all__ = [
    "Axis",
    "Plan",
    "Study",
    "dask_compute",
    "open_study",
    "read_study",
    "run_sweep",
    "sweep",
    "sweep_plan",
]
