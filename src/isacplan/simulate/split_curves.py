"""Position errors of real signals against their bounds, over SNR and over the split."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isacplan import __version__, _check
from isacplan._threads import few_threads
from isacplan._typing import ArrayLike, Float
from isacplan.errors import InfeasibleError
from isacplan.results import Answer, Record
from isacplan.scenario import Question, SplitScenario
from isacplan.simulate.engine import run
from isacplan.simulate.groups import MIN_BLOCKS
from isacplan.simulate.quantity import Check, Simulation, checks
from isacplan.simulate.split import SplitExperiment, split_simulation
from isacplan.split import SPLITS
from isacplan.units import db_to_linear


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorCurve:
    """Position errors of every split over n points.

    Root mean squares over users and trials [m], by split in the order of
    `isacplan.split.SPLITS`; NaN where a split has no solution.

    Parameters
    ----------
    x : ndarray, shape (n,)
        What is varied.
    rmse, low, high : ndarray, shape (S, n)
        Simulated, with a 95 % interval.
    exact, scenario : ndarray, shape (S, n)
        Roots of the bound of the signal that is sent, and of the scenario's formulas.
    """

    x: Float
    rmse: Float
    low: Float
    high: Float
    exact: Float
    scenario: Float

    @property
    def values(self) -> dict[str, dict[str, Float]]:
        """All but what is varied, by the keys of the table of quantities and by split."""
        columns = {
            "simulated_rmse_m": self.rmse,
            "rmse_low_m": self.low,
            "rmse_high_m": self.high,
            "exact_rmse_m": self.exact,
            "scenario_rmse_m": self.scenario,
        }
        return {key: dict(zip(SPLITS, values, strict=True)) for key, values in columns.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitCurves(Answer):
    """What a split scenario's bounds are worth.

    Parameters
    ----------
    name : str
        Name of the scenario.
    asked : str
        The point of the trade-off at which the designs of `over_snr` stand, in words.
    over_snr : ErrorCurve
        Over an offset of the localization SNR [dB]; the designs stay.
    over_loss : ErrorCurve
        Over the capacity that is given up for localization, 0 to 1.
    """

    name: str
    asked: str
    over_snr: ErrorCurve
    over_loss: ErrorCurve

    def record(self, *, curves: bool = False) -> Record:
        """The curves, which are all there is; see `Answer.record`."""
        del curves
        head = {"kind": "split_errors", "name": self.name, "version": __version__}
        return Record(values={**head, "asked": self.asked, **self.values})

    @property
    def values(self) -> dict[str, Any]:
        """By the keys of the table of quantities."""
        return {
            "over_snr": {"offset_db": self.over_snr.x, **self.over_snr.values},
            "over_loss": {"capacity_loss": self.over_loss.x, **self.over_loss.values},
        }


@few_threads()
def split_curves(
    scenario: SplitScenario,
    offset_db: ArrayLike,
    capacity_loss: ArrayLike,
    *,
    n_workers: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> SplitCurves:
    """Simulate a split scenario's localization at several SNRs and several splits.

    Parameters
    ----------
    scenario : SplitScenario
    offset_db : array_like, shape (S,)
        Added to the localization SNR of the scenario's own designs [dB].
    capacity_loss : array_like, shape (C,)
        0 to 1.
    n_workers, seed : int, optional
    progress : callable, optional
        Called with the points done and the points in all.

    Returns
    -------
    SplitCurves
    """
    offsets = np.atleast_1d(_check.real("offset_db", offset_db))
    losses = np.atleast_1d(_check.real("capacity_loss", capacity_loss, above=0.0, at_most=1.0))
    points: list[Float] = []

    def take(simulation: Simulation | None, scale: float = 1.0) -> None:
        points.append(_position_errors(simulation, scale, n_workers))
        if progress is not None:
            progress(len(points), len(offsets) + len(losses))

    own = split_simulation(scenario, seed=seed)
    for offset in offsets:
        take(_moved(own, float(offset)), float(db_to_linear(offset)))
    for loss in losses.tolist():
        try:
            take(split_simulation(scenario, seed=seed, question=Question(capacity_loss=loss)))
        except InfeasibleError:
            take(None)
    n = len(offsets)
    return SplitCurves(
        name=scenario.name,
        asked=str(own.settings["asked"]),
        over_snr=_curve(offsets, points[:n]),
        over_loss=_curve(losses, points[n:]),
    )


def _curve(x: Float, points: list[Float]) -> ErrorCurve:
    rmse, low, high, exact, scenario = np.moveaxis(np.array(points), 0, -1)
    return ErrorCurve(x=x, rmse=rmse, low=low, high=high, exact=exact, scenario=scenario)


def _moved(simulation: Simulation, offset_db: float) -> Simulation:
    """The same designs with another localization SNR."""
    e = simulation.experiment
    if not isinstance(e, SplitExperiment):
        raise TypeError(f"simulation must be of a split, got {type(e).__name__}")
    states = [
        replace(
            state,
            signals=tuple(user.at_snr(float(db_to_linear(offset_db))) for user in state.signals),
        )
        for state in e.states
    ]
    moved = replace(e, states=states, key=f"{e.key} {offset_db}")
    return replace(simulation, experiment=moved)


def _position_errors(simulation: Simulation | None, scale: float, n_workers: int) -> Float:
    """Rows of an `ErrorCurve` for one point, shape (5, S); formulas are for an SNR over scale."""
    if simulation is None:
        return np.full((5, len(SPLITS)), np.nan)
    most = MIN_BLOCKS * simulation.experiment.trials_per_block
    outcome = run(simulation.experiment, max_trials=most, n_workers=n_workers)
    rows = checks(simulation, outcome)
    return np.array(
        [
            _root_means([r for r in rows if r.quantity.name == f"{s}_split.position_mse"], scale)
            for s in SPLITS
        ]
    ).T


def _root_means(rows: list[Check], scale: float) -> list[float]:
    formulas = [
        [float(row.quantity.formulas[name] or np.nan) / scale for row in rows]
        for name in ("exact", "scenario")
    ]
    if not rows:
        return [np.nan] * 5
    found = [[getattr(row, name) for row in rows] for name in ("estimate", "low", "high")]
    return [float(np.sqrt(max(np.mean(x), 0.0))) for x in (*found, *formulas)]
