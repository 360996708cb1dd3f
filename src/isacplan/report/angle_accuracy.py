"""How well a frame's sensing knows the angles: what an estimator reaches, and what limits it."""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import Float
from isacplan.report.frame import FrameReport
from isacplan.report.numbers import plain
from isacplan.sensing import ThresholdLaw
from isacplan.sensing.snr_search import last_crossing

THRESHOLD = 2.0
"""Mean square error over the bound at what is called the threshold."""

RARE = 0.01
"""Probability of a wrong decision from which it is worth a note."""

SHARP = 0.01
"""Of the half width of the beam: errors below it are not a matter of noise."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AngleAccuracy:
    """Angle errors of K users after a frame's sensing.

    Parameters
    ----------
    rmse, bound : ndarray, shape (K,)
        Root mean squares of the law's error and of the Cramér-Rao bound [rad].
    outlier_probability : ndarray, shape (K,)
        Of a wrong decision.
    threshold_duration : ndarray, shape (K,)
        Sensing time from which the mean square error is below twice the bound [s].
    """

    rmse: Float
    bound: Float
    outlier_probability: Float
    threshold_duration: Float


def angle_accuracy(report: FrameReport) -> AngleAccuracy | None:
    """Accuracy by the threshold law; None by the law of the bound or without sensing.

    Parameters
    ----------
    report : FrameReport

    Returns
    -------
    AngleAccuracy or None
    """
    law, duration = report.problem.error_law, report.solution.sensing_duration
    if not isinstance(law, ThresholdLaw) or duration <= 0.0:
        return None
    return AngleAccuracy(
        rmse=np.sqrt(law.mean_square(duration)),
        bound=np.sqrt(law.bound(duration)),
        outlier_probability=law.outlier_probability(duration),
        threshold_duration=threshold_duration(law),
    )


def threshold_duration(law: ThresholdLaw) -> Float:
    """Sensing time from which the mean square error is below twice the bound, shape (K,) [s].

    Infinite where ambiguities keep it from ever being.
    """
    curvature = law.bound(law.symbol_duration) * law.snr(law.symbol_duration)

    def excess(snr: Float) -> Float:
        return law.mean_square_at(snr) * snr / curvature

    snr = last_crossing(excess, np.full(law.n_users, THRESHOLD))
    return law.symbol_duration * (snr / law.snr_per_symbol) ** (1.0 / law.exponent)


def notes(report: FrameReport) -> tuple[str, ...]:
    """What to know of a frame before believing it, with angles in degrees.

    Parameters
    ----------
    report : FrameReport

    Returns
    -------
    tuple of str
    """
    return (*(note.in_degrees for note in report.solution.warnings), *_of_the_accuracy(report))


def _of_the_accuracy(report: FrameReport) -> tuple[str, ...]:
    found = angle_accuracy(report)
    if found is None:
        return ()
    remarks: list[str] = []
    labels = np.array(report.scene.label)
    # A frame that senses just long enough misses it by a rounding.
    wrong = found.outlier_probability > RARE * (1.0 + 1e-6)
    if np.any(wrong):
        share = plain(100.0 * float(np.max(found.outlier_probability)), 2)
        rare = np.maximum(found.threshold_duration, report.problem.shortest_valid_duration)
        rare_from = float(np.max(rare[wrong]))
        window = report.scene.scenario.sensing.search_window or "beam"
        lost = "a tracking beam may lose its user" if window == "beam" else "the look is repeated"
        remarks.append(
            f"user {_some(labels[wrong])}: below the threshold, up to {share} % of the looks end "
            f"where noise or an ambiguity puts the peak, and {lost}; from "
            f"{plain(rare_from * 1e6)} us of sensing they are rare"
        )
    half = np.array([np.ptp(w.main_lobe) / 2.0 for w in report.scene.windows])
    sharp = found.rmse < SHARP * half
    if np.any(sharp):
        at = int(np.argmin(found.rmse / half))
        remarks.append(
            f"user {_some(labels[sharp])}: noise alone would allow "
            f"{plain(np.degrees(found.rmse[at]), 2)}"
            f" deg, {half[at] / found.rmse[at]:.0f} times finer than the receive beam; clutter, "
            "multipath and calibration, which the model leaves out, then set the accuracy"
        )
    return tuple(remarks)


def _some(labels: np.ndarray, most: int = 6) -> str:
    shown = ", ".join(labels[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"
