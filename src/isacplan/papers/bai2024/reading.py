"""Bai2024 section IV leaves much open; a reading is one way to fill it in."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from isacplan import _check
from isacplan._typing import Complex
from isacplan.array import steering_derivative, uniform_linear
from isacplan.channel import OneRing, geometric_aging, one_ring_correlation
from isacplan.comm import AdditiveKnowledge, Knowledge, MismatchedKnowledge
from isacplan.frame import FrameProblem
from isacplan.scenario import FrameScenario, frame_problem, frame_scene, load_scenario
from isacplan.units import db_to_linear, linear_to_db

N_ANTENNAS = 8
N_BLOCKS = 35
SYMBOLS_PER_BLOCK = 70
SYMBOLS_PER_UPDATE = 9
SYMBOL_DURATION = 1e-6
RHO = 0.98
HALF_WIDTH = float(np.radians(1.0))
BLOCK_DURATION = SYMBOLS_PER_BLOCK * SYMBOL_DURATION
EVEN_ANGLES_DEG = (-50.0, -25.0, 0.0, 25.0, 50.0)
GAMMA = (0.05, 0.5)
"""The two sensing requirements whose gains are printed."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What section IV does not say, filled in.

    Parameters
    ----------
    angles_deg : tuple of float
        User directions [deg].
    array_snr_db, array_pilot_snr_db : float
        ``p beta / sigma_c^2`` and ``gamma_e beta`` over array and update, the
        same for every user [dB].
    rmse_deg : float
        Angle error that Gamma = 0.5 stands for [deg].
    gamma_is : {"variance", "rmse"}
        Whether Gamma scales the variance or the root mean square error.
    start_blocks : float
        Sensing duration that meets Gamma = 0.5 for the worst user, that is the start of Figure 5
        [blocks]; it sets the sensing SNR.
    first_lag : {0, 1}
        Lag of the first block after an update.
    phase_reference : {"first", "centre"}
        Where the array's phases refer to.
    crb_exponent : {1, 2}
        Matched-filter gain constant or proportional to the duration (erratum A7).
    sinr : {"exact", "lower_bound"}
        Bai2024 (22) or (28).
    validity : {"enforce", "as_printed"}
        Whether the additive model's domain joins the constraints.
    """

    angles_deg: tuple[float, ...] = EVEN_ANGLES_DEG
    array_snr_db: float = 10.0
    array_pilot_snr_db: float = 10.0
    rmse_deg: float = float(np.sqrt(0.5))
    gamma_is: str = "variance"
    start_blocks: float = 4.0
    first_lag: int = 1
    phase_reference: str = "first"
    crb_exponent: int = 1
    sinr: str = "exact"
    validity: str = "enforce"

    def __post_init__(self) -> None:
        _check.choice("gamma_is", self.gamma_is, ("variance", "rmse"))
        _check.choice("sinr", self.sinr, ("exact", "lower_bound"))
        _check.real("rmse_deg", self.rmse_deg, above=0.0)
        _check.real("start_blocks", self.start_blocks, above=0.0)

    def crb_limit(self, gamma: float) -> float:
        """Angle variance [rad^2] that a value of Gamma stands for."""
        power = 1.0 if self.gamma_is == "variance" else 2.0
        return float(np.radians(self.rmse_deg)) ** 2 * (gamma / 0.5) ** power


def preset_reading() -> Reading:
    """The reading that the preset ``bai2024`` stands for, read as a square error."""
    scenario = load_scenario("bai2024")
    if not isinstance(scenario, FrameScenario) or scenario.users is None:
        raise ValueError("bai2024: the preset must list its users")
    scene = frame_scene(scenario)
    problem = frame_problem(scene)
    start = float(np.max(problem.shortest_accurate_duration)) / problem.block_duration
    return Reading(
        angles_deg=tuple(user.angle_deg for user in scenario.users),
        array_snr_db=float(linear_to_db(scene.snr[0])),
        array_pilot_snr_db=float(linear_to_db(scene.pilot_snr[0])),
        rmse_deg=float(scenario.sensing.angle_rmse_limit_deg or np.nan),
        start_blocks=start,
        first_lag=scenario.aging.first_lag,
        phase_reference=scenario.array.phase_reference,
        crb_exponent=1 if scenario.sensing.matched_filter_gain == "constant" else 2,
        sinr=scenario.objective.sinr,
        validity=scenario.sensing.validity,
    )


def reading_problem(
    reading: Reading, gamma: float | None, *, error_model: str = "additive"
) -> FrameProblem:
    """The frame design problem of section IV under a reading.

    Parameters
    ----------
    reading : Reading
    gamma : float or None
        Gamma of every user in the paper's units; None asks for no accuracy.
    error_model : {"additive", "mismatched"}, optional
        The paper's model of sensing errors or ours.

    Returns
    -------
    FrameProblem
    """
    _check.choice("error_model", error_model, ("additive", "mismatched"))
    theta = np.radians(reading.angles_deg)
    # CRB ~ 1 / cos^2: the user furthest from broadside decides when Gamma = 0.5 is met.
    relative = np.min(np.cos(theta)) ** 2 / np.cos(theta) ** 2
    start = reading.start_blocks * SYMBOLS_PER_BLOCK
    per_symbol = reading.crb_limit(0.5) * relative * start**reading.crb_exponent
    return FrameProblem.from_knowledge(
        n_blocks=N_BLOCKS,
        block_duration=BLOCK_DURATION,
        update_duration=SYMBOLS_PER_UPDATE * SYMBOL_DURATION,
        symbol_duration=SYMBOL_DURATION,
        knowledge=_knowledge(reading, error_model),
        temporal_correlation=geometric_aging(RHO, N_BLOCKS, first_lag=reading.first_lag),
        crb_per_symbol=per_symbol,
        crb_limit=np.array(np.inf if gamma is None else reading.crb_limit(gamma)),
        crb_exponent=reading.crb_exponent,
        validity=reading.validity,
    )


def _knowledge(reading: Reading, error_model: str) -> Knowledge:
    R, derivative = _correlation(reading.angles_deg, reading.phase_reference)
    n_users = len(reading.angles_deg)
    snr = np.full(n_users, float(db_to_linear(reading.array_snr_db)))
    pilot_snr = np.full(n_users, float(db_to_linear(reading.array_pilot_snr_db)))
    if error_model == "additive":
        return AdditiveKnowledge(
            spatial_correlation=R,
            steering_derivative=derivative,
            snr=snr,
            pilot_snr=pilot_snr,
            interference_bound=reading.sinr == "lower_bound",
        )
    array = uniform_linear(N_ANTENNAS, phase_reference=reading.phase_reference)
    return MismatchedKnowledge(
        true_correlation=R,
        assumed_correlation=OneRing(geometry=array, density="uniform", spread=HALF_WIDTH),
        angle=np.radians(reading.angles_deg),
        snr=snr,
        pilot_snr=pilot_snr,
    )


@lru_cache(maxsize=256)
def _correlation(angles_deg: tuple[float, ...], phase_reference: str) -> tuple[Complex, Complex]:
    array = uniform_linear(N_ANTENNAS, phase_reference=phase_reference)
    theta = np.radians(angles_deg)
    R = one_ring_correlation(array, theta, density="uniform", spread=HALF_WIDTH)
    return R, steering_derivative(array, theta)
