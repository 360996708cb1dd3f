"""A first picture of a frame that has to be sampled: few draws, few sensing times, no proof."""

from typing import Any

import numpy as np

from isacplan._threads import few_threads
from isacplan.comm.scheme import sampled_scheme
from isacplan.frame import FrameProblem, best_allocation, best_rates
from isacplan.frame.rate import partial_duration
from isacplan.frame.sampled import beam_statistics_at
from isacplan.scenario import FrameScenario, frame_scene
from isacplan.scenario.build import closed_problem
from isacplan.scenario.sampling import check_schemes, scene_link

N_DRAWS = 4
"""Realisations in each of the eight scrambles."""

N_DURATIONS = 5
LONGEST = 0.7
"""Part of the frame up to which sensing is sketched."""

TOLERANCE = 1e-2


@few_threads()
def sketch_frame(scenario: FrameScenario) -> dict[str, Any]:
    """A few of the values of a frame report, from few draws at few sensing durations.

    Parameters
    ----------
    scenario : FrameScenario
        Whose precoder or receiver has no closed form.

    Returns
    -------
    dict
        With `sketch` true, without a bound and without rivals.

    Raises
    ------
    InfeasibleError
        When no sensing duration meets the requirements.
    ValueError
        When the scheme does not fit the scene.
    """
    scene = frame_scene(scenario)
    check_schemes(scene, [scenario.transmission.scheme])
    problem = closed_problem(scene)
    shortest, longest = problem.sensing_range()
    durations = np.geomspace(shortest, max(LONGEST * longest, shortest), N_DURATIONS)
    ends = float(durations[0]), float(durations[-1])
    link = scene_link(scene, problem, n_draws=N_DRAWS, seed=0, durations=ends)
    scheme = scenario.transmission.scheme
    phis: list[np.ndarray] = []
    for T in durations:
        statistics = beam_statistics_at(link, [scheme], float(T))[scheme.precoder]
        sampled = sampled_scheme(
            link, scheme, statistics, temporal_correlation=scene.temporal_correlation,
            symbols_per_block=scenario.frame.symbols_per_block, tolerance=TOLERANCE,
        )  # fmt: skip
        phis.append(problem.weight @ sampled.efficiency(statistics))
    return _values(scenario, scene.label, scene.angle, problem, durations, np.array(phis))


def _values(
    scenario: FrameScenario,
    labels: tuple[str, ...],
    angles: np.ndarray,
    problem: FrameProblem,
    durations: np.ndarray,
    phi: np.ndarray,
) -> dict[str, Any]:
    n_sensing = np.array([problem.n_sensing_blocks(float(T)) for T in durations])
    partial = partial_duration(durations, n_sensing, problem.block_duration)
    rates, updates = best_rates(problem, phi, problem.n_blocks - n_sensing, partial)
    at = int(np.argmax(rates))
    T, M = float(durations[at]), int(updates[at])
    seconds = problem.n_blocks * problem.block_duration
    mean_square = problem.mean_square_at(np.full(problem.n_users, T))
    limits = problem.crb_limit
    return {
        "kind": "frame",
        "name": scenario.name,
        "sketch": True,
        "rate_bit_per_hz": float(rates[at]),
        "spectral_efficiency_bps_hz": float(rates[at]) / seconds,
        "frame_duration_s": seconds,
        "block_duration_s": problem.block_duration,
        "update_duration_s": problem.update_duration,
        "sensing_duration_s": T,
        "sensing_blocks": int(n_sensing[at]),
        "n_updates": M,
        "blocks_per_update": list(
            best_allocation(phi[at], problem.n_blocks - int(n_sensing[at]), M)
        ),
        "certificate": None,
        "gap": None,
        "valid": True,
        "warnings": [],
        "n_draws": 8 * N_DRAWS,
        "users": [
            {
                "label": label,
                "angle_deg": float(np.degrees(angles[k])),
                "rmse_deg": float(np.degrees(np.sqrt(mean_square[k]))),
                "rmse_limit_deg": _finite(float(np.degrees(np.sqrt(limits[k])))),
                "valid_rmse_deg": None,
                "spectral_efficiency_bps_hz": None,
                "shortest_accurate_duration_s": _finite(problem.shortest_accurate_duration[k]),
                "shortest_valid_duration_s": None,
            }
            for k, label in enumerate(labels)
        ],
        "curves": {
            "sensing_duration_s": durations.tolist(),
            "rate_best_bit_per_hz": rates.tolist(),
        },
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
