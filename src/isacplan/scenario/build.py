"""From a frame scenario to the problem it states, in SI units."""

import numpy as np
from msgspec.structs import replace

from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.frame import FrameProblem, KnowledgeEfficiency
from isacplan.frame.closed_form import closed_form
from isacplan.scenario.array_checks import check_ambiguities
from isacplan.scenario.frame import FrameScenario
from isacplan.scenario.sampling import sampled_problems
from isacplan.scenario.scene import Scene, frame_scene
from isacplan.sensing import angle_crb

WIDEST = 170.0
"""Degrees of a window beyond which the sector is meant."""


@few_threads()
def frame_problem(
    stated: FrameScenario | Scene, *, seed: int = 0, shortest: float | None = None
) -> FrameProblem:
    """The frame design problem that a scenario states.

    Parameters
    ----------
    stated : FrameScenario or Scene
        A scenario, or the scene already built from it.
    seed : int, optional
        Of the draws, where the scheme has no closed form.
    shortest : float, optional
        Sensing duration from which those are drawn; default the shortest feasible one [s].

    Returns
    -------
    FrameProblem
        With a sampled efficiency unless beams and receivers are the paper's.

    Raises
    ------
    InfeasibleError
        When the efficiency is sampled and no sensing duration meets the requirements.
    ValueError
        When the arrays cannot tell an angle, the scheme does not fit the scene, or the paths file
        is not usable.
    """
    scene = stated if isinstance(stated, Scene) else frame_scene(stated)
    problem = closed_problem(scene)
    transmission = scene.scenario.transmission
    if transmission.has_closed_form:
        return problem
    schemes = [transmission.scheme]
    return sampled_problems(scene, problem, schemes, seed=seed, shortest=shortest)[0]


def closed_problem(scene: Scene) -> FrameProblem:
    """The problem of a scene with the closed form of its knowledge model as the efficiency.

    Whatever its scenario says of precoder and receiver, these are the paper's.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    FrameProblem

    Raises
    ------
    ValueError
        When the arrays cannot tell an angle, or by the bound not from another one, or a search
        window is narrower than the bound's own spread.
    """
    frame, sensing = scene.scenario.frame, scene.scenario.sensing
    crb_per_symbol = angle_crb(
        scene.transmit, scene.receive, scene.angle, sensing_snr=scene.sensing_snr, n_samples=1.0
    )
    if not np.all(np.isfinite(crb_per_symbol)):
        raise ValueError("array: the receive array must extend across broadside to tell an angle")
    if sensing.law == "threshold":
        efficiency = KnowledgeEfficiency(
            knowledge=scene.outlier_knowledge,
            error_law=scene.threshold_law,
            temporal_correlation=scene.temporal_correlation,
        )
        _check_windows(scene)
        _check_requirements(scene)
    else:
        check_ambiguities(scene)
        efficiency = closed_form(
            knowledge=scene.knowledge,
            temporal_correlation=scene.temporal_correlation,
            crb_per_symbol=crb_per_symbol,
            symbol_duration=frame.symbol_duration_s,
            crb_exponent=scene.sensing_exponent,
            n_ages=frame.n_blocks,
        )
    return FrameProblem(
        n_blocks=frame.n_blocks,
        block_duration=scene.block_duration,
        update_duration=frame.symbols_per_update * frame.symbol_duration_s,
        symbol_duration=frame.symbol_duration_s,
        efficiency=efficiency,
        error_law=efficiency.error_law,
        crb_limit=scene.crb_limit,
        weight=scene.weight,
        validity=sensing.validity,
        whole_symbols=sensing.whole_symbols,
    )


def _check_windows(scene: Scene) -> None:
    """Refuse stated windows in which the edges, not the echo, decide where the peak is."""
    if not isinstance(scene.scenario.sensing.search_window, float):
        return
    spread, half = _spread_and_half(scene)
    if np.all(half >= spread):
        return
    k = int(np.argmax(spread / half))
    missing_db = 20.0 * np.log10(spread[k] / half[k])
    window = _wide_enough(scene, 2.0 * np.degrees(spread[k]))
    wider = "" if window is None else f"{window:g} degrees, "
    raise ValueError(
        f"sensing.search_window: {2.0 * np.degrees(half[k]):.3g} degrees around user "
        f"{scene.label[k]} is narrower than the bound's own spread, +-{np.degrees(spread[k]):.3g} "
        f"degrees after sensing through the whole frame; {wider}beam, or {missing_db + 0.1:.1f} dB "
        "more sensing SNR, would do"
    )


def _spread_and_half(scene: Scene) -> tuple[Float, Float]:
    """The bound's deviation after the whole frame, and half of the window, (K,) each [rad]."""
    longest = scene.scenario.frame.n_blocks * scene.block_duration
    half = np.array([window.half_width for window in scene.windows])
    return np.sqrt(scene.threshold_law.bound(longest)), half


def _wide_enough(scene: Scene, degrees: float) -> float | None:
    """A window that holds the bound's spread; wider ones are lit less, so that it spreads too."""
    scenario = scene.scenario
    while degrees < WIDEST:
        degrees = _rounded_up(degrees)
        sensing = replace(scenario.sensing, search_window=degrees)
        spread, half = _spread_and_half(frame_scene(replace(scenario, sensing=sensing)))
        if np.all(half >= spread):
            return degrees
        degrees *= 1.2
    return None


def _check_requirements(scene: Scene) -> None:
    """Refuse requirements that a guess within the search window keeps: that is not sensing."""
    guess = scene.threshold_law.wrong_mean_square[:, 0]
    if np.all((scene.crb_limit < guess) | np.isinf(scene.crb_limit)):
        return
    k = int(np.argmax(np.where(np.isinf(scene.crb_limit), -np.inf, scene.crb_limit - guess)))
    least = np.degrees(np.sqrt(guess[k]))
    raise ValueError(
        f"sensing.angle_rmse_limit_deg = {np.degrees(np.sqrt(scene.crb_limit[k])):.4g} of user "
        f"{scene.label[k]}: a guess within the search window, without any echo, errs by "
        f"{least:.4g} degrees rms, so that this requires nothing; a limit below "
        f"{0.999 * least:.3g} degrees, or none, would do"
    )


def _rounded_up(value: float) -> float:
    """The next number of two digits, so that what is suggested suffices."""
    digit = 10.0 ** (np.floor(np.log10(value)) - 1.0)
    return float(np.ceil(1.01 * value / digit) * digit)
