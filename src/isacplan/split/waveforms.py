"""What a choice of resource elements sends, and the fix that a problem's stations make of it."""

import numpy as np

from isacplan._typing import ArrayLike, Float
from isacplan.split.comb import Combs
from isacplan.split.fix import Fix
from isacplan.split.measurement import ErrorLaw, Waveform
from isacplan.split.problem import SplitProblem
from isacplan.split.solution import SplitSolution
from isacplan.split.stations import polar
from isacplan.units import SPEED_OF_LIGHT


def tone_variance(problem: SplitProblem, n_elements: ArrayLike) -> Float:
    """Variance of the frequencies of elements side by side, in sub-carriers squared.

    With the delay bound "tones" that of the sub-carriers, else that of a band evenly filled.
    """
    m = np.asarray(n_elements, dtype=float) * problem.subcarriers_per_element
    return (m**2 - float(problem.delay_bound == "tones")) / 12.0


def rectangle_waveform(problem: SplitProblem, n_elements: ArrayLike) -> Waveform:
    """Elements side by side, S numbers of them."""
    n = np.asarray(n_elements, dtype=float)
    thinned = problem.snr_bookkeeping == "constant_density"
    return Waveform(
        mean_square_bandwidth=problem.hertz_by_spread * tone_variance(problem, n),
        rms_frequency=problem.subcarrier
        * np.sqrt(((n * problem.subcarriers_per_element) ** 2 - 1.0) / 12.0),
        width=n * problem.element_bandwidth,
        energy=n / problem.n_elements if thinned else np.ones_like(n),
        repeat=np.full_like(n, 1.0 / problem.subcarrier),
    )


def comb_waveform(problem: SplitProblem, family: Combs) -> Waveform:
    """Combs, S of them."""
    thinned = problem.snr_bookkeeping == "constant_density"
    part = 1.0 / family.spacing if thinned else np.ones(family.size)
    return Waveform(
        mean_square_bandwidth=problem.hertz_by_spread * family.tone_variance,
        rms_frequency=problem.subcarrier * np.sqrt(family.tone_variance),
        width=np.full(family.size, problem.n_elements * problem.element_bandwidth),
        energy=problem.comb_energy * part,
        repeat=1.0 / (family.repeat * problem.subcarrier),
    )


def all_waveforms(problem: SplitProblem, family: Combs, split: str) -> Waveform:
    """What a split may send: rectangles that differ in elements, or combs.

    Parameters
    ----------
    problem : SplitProblem
    family : Combs
    split : {"time", "frequency", "joint", "comb"}

    Returns
    -------
    Waveform
    """
    if split == "comb":
        return comb_waveform(problem, family)
    fewest = problem.n_elements if split == "time" else 1
    return rectangle_waveform(problem, np.arange(fewest, problem.n_elements + 1))


def solution_waveform(problem: SplitProblem, solution: SplitSolution) -> Waveform:
    """What a solution sends, one entry."""
    if solution.spacing == 1:
        return rectangle_waveform(problem, [solution.n_elements])
    thinned = problem.snr_bookkeeping == "constant_density"
    spread = solution.mean_square_bandwidth / problem.hertz_by_spread
    return Waveform(
        mean_square_bandwidth=np.array([solution.mean_square_bandwidth]),
        rms_frequency=np.array([problem.subcarrier * np.sqrt(spread)]),
        width=np.array([solution.localization_bandwidth]),
        energy=np.array([problem.comb_energy / (solution.spacing if thinned else 1)]),
        repeat=np.array([solution.unambiguous_range / SPEED_OF_LIGHT]),
    )


def position_fix(problem: SplitProblem) -> Fix:
    """How the problem's stations localize its users.

    Raises
    ------
    ValueError
        If they do not determine the position of some user, however well they measure.
    """
    stations = problem.stations
    fix = Fix(
        place=polar(problem.distance, problem.angle),
        links=stations.links(problem.localization_snr),
        clock_known=stations.clock == "synchronised",
        n_antennas=problem.n_antennas,
        spacing=problem.spacing,
        angle_bound=problem.angle_bound,
        range_window=problem.window,
        range_bias=stations.range_bias,
    )
    waveform = rectangle_waveform(problem, [problem.n_elements])
    one = np.ones((1, problem.n_users))
    lost = ~np.isfinite(fix.covariance(waveform, one)[0, :, 0, 0])
    if np.any(lost) and np.all(waveform.mean_square_bandwidth > 0.0):
        several = "the stations, as they stand, do" if stations.anchors else "one station does"
        raise ValueError(
            f'clock = "{stations.clock}": {several} not determine the position of user '
            f"{int(np.argmax(lost))}; take anchors around the users, some that measure angles, "
            'or clock = "round_trip"'
        )
    return fix


def error_law(fix: Fix, problem: SplitProblem, solution: SplitSolution) -> ErrorLaw:
    """Distribution of every user's position error under a solution, of shape (K,)."""
    symbols = solution.user_symbols[None].astype(float)
    return fix.law(solution_waveform(problem, solution), symbols)[0]
