"""What stands behind a split's position bound: clock, threshold, probability, far field."""

from typing import Any

import numpy as np

from isacplan.channel import fraunhofer_distance
from isacplan.report.split import SplitReport
from isacplan.scenario import accuracy_requirements
from isacplan.split import ErrorLaw, SplitSolution
from isacplan.units import SPEED_OF_LIGHT

SAME_ACCURACY = (("level-3", "level-4"), ("level-5", "level-6"))
"""Levels of TS 22.261 that differ in availability and latency only."""

THRESHOLD = 2.0
"""Mean squared error over the bound from which an estimator counts as below its threshold."""


def clock_words(report: SplitReport) -> str:
    """Whose clock the bound rests on."""
    stations = report.problem.stations
    if stations.clock == "synchronised":
        return "each user keeps the network's time: 1 ns of error is 0.3 m of distance"
    if stations.clock == "round_trip":
        return "the users' own, which cancel in a round trip; half of the energy goes each way"
    n = 1 + len(stations.anchors)
    return f"the users' own, unknown: only differences of delays between {n} stations count"


def window_words(report: SplitReport) -> str:
    """Which distances are searched, and what cuts them."""
    problem, stated = report.problem, report.scenario.split.range_window_m
    whose = " from the serving station" if problem.stations.anchors else ""
    why = f", the largest distance{whose}" if stated is None else ""
    words = f"range window: {problem.window:g} m{why}, searched about the true distance"
    repeat = SPEED_OF_LIGHT / problem.subcarrier
    if repeat < problem.window:
        words += f"; of rectangles {repeat:.4g} m, after which neighbouring sub-carriers repeat"
    return words


def above_threshold(law: ErrorLaw, solution: SplitSolution) -> bool:
    """Whether outliers leave every user's mean squared error near its bound."""
    beside = law.mean_square - np.sum(law.bias**2, axis=-1)
    return bool(np.all(beside <= THRESHOLD * solution.user_crb))


def threshold_notes(report: SplitReport) -> list[str]:
    """What bounds of designs below the threshold are worth, a sentence if there are any."""
    designs = report.plan.designs.items()
    below = [name for name, s in designs if not above_threshold(report.plan.law(name), s)]
    if not below:
        return []
    return [
        f"below threshold: {', '.join(below)}; outliers make errors larger than the bound says, "
        "and a limit on the bound alone would not hold them"
    ]


def notes(report: SplitReport) -> list[str]:
    """What the bound leaves out here, a sentence each."""
    problem, stations, lines = report.problem, report.problem.stations, list[str]()
    aperture = (problem.n_antennas - 1) * problem.spacing * problem.wavelength
    far = float(fraunhofer_distance(aperture, carrier_frequency=problem.carrier_frequency))
    slant = np.hypot(problem.distance, stations.height)
    near = np.flatnonzero(slant < far)
    if near.size:
        who = f"user{'s' * (near.size > 1)} {', '.join(map(str, near))}"
        lines.append(
            f"far field: {who} nearer than the array's Fraunhofer distance of {far:.4g} m, where "
            "waves are not plane as the bounds take them"
        )
    if stations.range_bias:
        lines.append(
            f"no line of sight: paths are taken to be {stations.range_bias:g} m longer than the "
            "distance, as stated; their angles are taken to be those of the straight line, which "
            "reflections do not keep"
        )
    if any(s.spacing > 1 for s in report.plan.designs.values()):
        lines.append(
            "combs: repeats of more than half of the response are kept out of the range window; "
            "lower ones, which add some per cent of the outliers, are not counted"
        )
    if report.winners is None:
        lines.append(f"no map of winners: {unmapped(report)}")
    asked = report.scenario.requirement
    if asked is not None and asked.category is not None:
        named = accuracy_requirements()[asked.category]
        lines.append(
            f"vertical: not checked; {named.standard} {asked.category} asks for "
            f"{named.vertical_accuracy_m:g} m, and a horizontal array with one range gives no "
            "height"
        )
        lines += [
            f"{' and '.join(pair)} ask for the same accuracy; they differ in availability and "
            "latency, which are not checked"
            for pair in SAME_ACCURACY
            if asked.category in pair
        ]
        if named.of == "objects sensed":
            lines.append(
                f"{named.standard} is about {named.of}; the position of terminals is that of "
                "TS 22.261, level-1 to level-7"
            )
    return lines


def unmapped(report: SplitReport) -> str:
    """Why there is no map of winners."""
    problem = report.problem
    if problem.snr_bookkeeping == "constant_power":
        return "under constant power capacity is not linear in the elements given away"
    if problem.receiver == "learned_gain":
        return "it is of users that know the mean of their gain"
    return "it is of one station and users that keep its time"


def position_lines(report: SplitReport) -> list[str]:
    """Lines to print."""
    wanted = report.plan.requirement
    radius = np.inf if wanted is None else wanted.radius
    asked = np.isfinite(radius)
    head = f"within {radius:g} m" if asked else ""
    lines = [
        f"clock: {clock_words(report)}",
        window_words(report),
        f"{'errors, worst user':<20}{'outliers':>12}{'rms [m]':>12}{head:>16}",
    ]
    for name, s in report.plan.designs.items():
        law = report.plan.law(name)
        within = ""
        if asked and wanted is not None:
            least = float(np.min(law.probability_within(radius)))
            met = bool(np.all(wanted.met(law)))
            within = f"{percent(least):>16}{'' if met else '  not met'}"
        state = "" if above_threshold(law, s) else "  below threshold"
        lines.append(
            f"{name:<20}{np.max(law.outlier_probability):>12.2g}"
            f"{np.sqrt(np.max(law.mean_square)):>12.4g}{within}{state}"
        )
    return lines + notes(report)


def percent(probability: float) -> str:
    """A probability that is not rounded up to certainty."""
    shown = f"{100.0 * probability:.2f}"
    return f"{'> 99.99' if shown == '100.00' else shown} %"


def position_values(report: SplitReport) -> dict[str, Any]:
    """The same as plain values, beside the splits."""
    wanted, asked = report.plan.requirement, report.scenario.requirement
    requirement: dict[str, Any] | None = None
    if wanted is not None:
        named = accuracy_requirements().get(str(asked.category)) if asked is not None else None
        requirement = {
            "standard": None if named is None else named.standard,
            "category": None if named is None or asked is None else asked.category,
            "accuracy_m": wanted.radius,
            "confidence": wanted.confidence if np.isfinite(wanted.radius) else None,
            "outlier_probability": wanted.outlier_probability,
            "vertical_accuracy_m": None if named is None else named.vertical_accuracy_m,
            "vertical_checked": False,
        }
    return {
        "clock": report.problem.stations.clock,
        "range_window_m": report.problem.window,
        "requirement": requirement,
        "notes": threshold_notes(report) + notes(report),
    }


def solution_values(report: SplitReport, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of one split's design: of the worst user, and of every user."""
    law, wanted = report.plan.law(name), report.plan.requirement
    within = np.full(report.problem.n_users, np.nan)
    if wanted is not None and np.isfinite(wanted.radius):
        within = law.probability_within(wanted.radius)
    users = {
        "outlier_probability": law.outlier_probability,
        "position_error_rmse_m": np.sqrt(law.mean_square),
        "probability_within": within,
    }
    worst = {
        "outlier_probability": np.max(law.outlier_probability),
        "position_error_rmse_m": np.sqrt(np.max(law.mean_square)),
        "above_threshold": above_threshold(law, report.plan.designs[name]),
        "probability_within": np.min(within),
        "requirement_met": None if wanted is None else bool(np.all(wanted.met(law))),
    }
    return worst, users
