"""Where the closed forms hold: both models against the whole chain, over the sensing SNR."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from isacplan import __version__, _check
from isacplan._threads import few_threads
from isacplan._typing import ArrayLike, Float
from isacplan.results import Answer, Record
from isacplan.scenario import FrameScenario
from isacplan.scenario.users import without_budget
from isacplan.sensing.estimators import is_uniform_linear
from isacplan.simulate.end_to_end import EndToEndExperiment
from isacplan.simulate.engine import run
from isacplan.simulate.frame import frame_simulation
from isacplan.simulate.groups import MIN_BLOCKS
from isacplan.simulate.quantity import Simulation, checks
from isacplan.simulate.streams import stream


@dataclass(frozen=True, kw_only=True, eq=False)
class ValidityCurves(Answer):
    """Closed forms and simulation of one scenario over its sensing SNR, S points.

    Angle errors are root mean squares over the users, spectral efficiencies means over the users
    in the first block after an update.

    Parameters
    ----------
    name : str
        Name of the scenario.
    offset_db : ndarray, shape (S,)
        Added to every user's sensing SNR [dB].
    angle_bound, angle_rmse : ndarray, shape (S,)
        Bound, and simulation of the estimator that the station uses [rad].
    music_rmse, esprit_rmse : ndarray, shape (S,)
        Of two other estimators from as many echoes; NaN where the array does not admit one [rad].
    additive, mismatched : ndarray, shape (S,)
        Closed forms; NaN where the additive one does not exist or is not valid [bit/s/Hz].
    additive_invalid : ndarray, shape (S,)
        The additive one outside its domain, where it still exists [bit/s/Hz].
    mean_gain, learned_gain : ndarray, shape (S,)
        Simulated, for users that know their mean gain and that learn their effective gain
        [bit/s/Hz].
    half_width : ndarray, shape (S,)
        Largest 95 % half-width of any user's simulated `mean_gain` [bit/s/Hz].
    """

    name: str
    offset_db: Float
    angle_bound: Float
    angle_rmse: Float
    music_rmse: Float
    esprit_rmse: Float
    additive: Float
    mismatched: Float
    additive_invalid: Float
    mean_gain: Float
    learned_gain: Float
    half_width: Float

    def record(self, *, curves: bool = False) -> Record:
        """The curves, which are all there is; see `Answer.record`."""
        del curves
        head = {"kind": "validity", "name": self.name, "version": __version__}
        return Record(values={**head, **self.values})

    @property
    def values(self) -> dict[str, Any]:
        """By the keys of the table of quantities."""
        return {
            "validity": {
                "offset_db": self.offset_db,
                "angle_bound_rad": self.angle_bound,
                "angle_rmse_rad": self.angle_rmse,
                "music_rmse_rad": self.music_rmse,
                "esprit_rmse_rad": self.esprit_rmse,
                "additive_bps_hz": self.additive,
                "additive_invalid_bps_hz": self.additive_invalid,
                "mismatched_bps_hz": self.mismatched,
                "mean_gain_bps_hz": self.mean_gain,
                "learned_gain_bps_hz": self.learned_gain,
                "half_width_bps_hz": self.half_width,
            }
        }


@few_threads()
def validity_curves(
    scenario: FrameScenario,
    offset_db: ArrayLike,
    *,
    sensing_duration: float,
    precision: float = 0.02,
    max_trials: int | None = None,
    n_workers: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ValidityCurves:
    """Simulate a scenario end to end at several sensing SNRs.

    Parameters
    ----------
    scenario : FrameScenario
        A scenario whose users are listed.
    offset_db : array_like, shape (S,)
        Added to every user's sensing SNR [dB].
    sensing_duration : float
        T_l [s].
    precision : float, optional
        As for `run`.
    max_trials : int, optional
        Frames a point; 128 blocks of them at least.
    n_workers, seed : int, optional
    progress : callable, optional
        Called with the points done and the points in all.

    Returns
    -------
    ValidityCurves
    """
    offsets = np.atleast_1d(_check.real("offset_db", offset_db))
    if scenario.users is None:
        raise ValueError("users must be listed in the scenario to move their sensing SNR")
    points: list[dict[str, float]] = []
    for offset in offsets:
        point = _point(
            _moved(scenario, float(offset)),
            sensing_duration,
            precision=precision,
            max_trials=max_trials,
            n_workers=n_workers,
            seed=seed,
        )
        points.append(point)
        if progress is not None:
            progress(len(points), len(offsets))
    return ValidityCurves(
        name=scenario.name,
        offset_db=offsets,
        **{key: np.array([point[key] for point in points]) for key in points[0]},
    )


def _moved(scenario: FrameScenario, offset_db: float) -> FrameScenario:
    scenario = without_budget(scenario)
    users = [
        msgspec.structs.replace(user, sensing_snr_db=(user.sensing_snr_db or 0.0) + offset_db)
        for user in scenario.users or []
    ]
    mismatched = msgspec.structs.replace(
        scenario.sensing, error_model="mismatched", error_law="bound", search_window=None
    )
    return msgspec.structs.replace(scenario, users=users, sensing=mismatched)


def _point(
    scenario: FrameScenario,
    duration: float,
    *,
    precision: float,
    max_trials: int | None,
    n_workers: int,
    seed: int,
) -> dict[str, float]:
    simulation = frame_simulation(
        scenario, depth="end-to-end", sensing_duration=duration, seed=seed
    )
    outcome = run(
        simulation.experiment,
        precision=precision,
        max_trials=max_trials,
        n_workers=n_workers,
    )
    found = [row for row in checks(simulation, outcome) if row.quantity.block in (None, 1)]
    angle, sinr, learned = (
        [row for row in found if row.quantity.name == name]
        for name in ("angle_mse", "sinr", "efficiency_learned_gain")
    )
    crb = np.array([row.formula for row in angle], dtype=float)
    additive = _mean_efficiency([row.quantity.formulas["additive"] for row in sinr])
    valid = bool(np.all(crb <= _whole_frames(simulation).scene.additive.valid_crb))
    spread = [np.log2((1.0 + row.high) / (1.0 + row.low)) / 2.0 for row in sinr]
    return {
        "angle_bound": float(np.sqrt(np.mean(crb))),
        "angle_rmse": float(np.sqrt(np.mean([row.estimate for row in angle]))),
        **{f"{name}_rmse": _angle_rmse(simulation, name) for name in ("music", "esprit")},
        "additive": additive if valid else np.nan,
        "additive_invalid": np.nan if valid else additive,
        "mismatched": _mean_efficiency([row.quantity.formulas["mismatched"] for row in sinr]),
        "mean_gain": _mean_efficiency([row.estimate for row in sinr]),
        "learned_gain": float(np.mean([row.estimate for row in learned])),
        "half_width": float(np.max(spread)),
    }


def _angle_rmse(simulation: Simulation, estimator: str) -> float:
    """Error of another estimator, over users and as many echoes as one look has [rad]."""
    e = _whole_frames(simulation)
    if estimator == "esprit" and not is_uniform_linear(e.scene.receive):
        return np.nan
    other = replace(e, estimator=estimator)
    square = [
        np.mean((e.backend.numpy(other.estimated_angle(k, seed)) - e.scene.angle[k]) ** 2)
        for block in range(MIN_BLOCKS)
        for k, seed in enumerate(
            stream(e.seed, e.key, f"echo for {estimator}", block).spawn(e.scene.n_users)
        )
    ]
    return float(np.sqrt(np.mean(square)))


def _whole_frames(simulation: Simulation) -> EndToEndExperiment:
    e = simulation.experiment
    if not isinstance(e, EndToEndExperiment):
        raise TypeError(f"simulation must be of whole frames, got {type(e).__name__}")
    return e


def _mean_efficiency(sinr: Sequence[float | None]) -> float:
    """Mean over users of the spectral efficiency; NaN where a SINR does not exist."""
    values = np.array([np.nan if x is None else x for x in sinr])
    return float(np.mean(np.log2(1.0 + values)))
