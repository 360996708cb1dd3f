"""The best frame under every precoder, or under every receiver, on the same draws."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.comm.precoder import precoder, precoders
from isacplan.comm.receiver import receiver, receivers
from isacplan.comm.scheme import Scheme
from isacplan.frame import (
    FrameProblem,
    FrameSolution,
    SampledInterval,
    SampledRate,
    best_rates,
    evaluate_frame,
    optimal_frame,
    sampled_rate,
    summed_efficiency,
)
from isacplan.frame.interval import sampled_part
from isacplan.frame.rate import partial_duration, whole_blocks
from isacplan.scenario import Scene

AXES = ("precoder", "receiver")
RELATIVE_GAP = 1e-4
POINTS = 160
"""Sensing durations of a drawn curve."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ComparedPlan:
    """The best frame of one scheme.

    Parameters
    ----------
    words : str
        What differs from the other schemes.
    problem : FrameProblem
    solution : FrameSolution
    rate : SampledRate
    more : SampledInterval or None
        What it carries more than the stated scheme's best frame, relative to that; None where
        that carries nothing.
    regret : SampledInterval or None
        Part of the stated scheme's best rate that is lost when this frame is used under it.
    """

    words: str
    problem: FrameProblem
    solution: FrameSolution
    rate: SampledRate
    more: SampledInterval | None
    regret: SampledInterval | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Best frames along one axis of the registry.

    Parameters
    ----------
    axis : {"precoder", "receiver"}
    stated : str
        The scenario's own.
    fixed : str
        What all have in common, in words.
    plans : dict of str to ComparedPlan
        By name, every one that fits.
    unfit : dict of str to str
        Names that do not fit the scenario, and why.
    """

    axis: str
    stated: str
    fixed: str
    plans: dict[str, ComparedPlan]
    unfit: dict[str, str]

    @property
    def best(self) -> str:
        """Name of the one that carries most."""
        return max(self.plans, key=lambda name: self.plans[name].solution.rate)


def compared_schemes(stated: Scheme, axis: str) -> dict[str, Scheme]:
    """Schemes that differ from a stated one along an axis only, every registered name.

    Parameters
    ----------
    stated : Scheme
    axis : {"precoder", "receiver"}

    Returns
    -------
    dict of str to Scheme
    """
    _check.choice("axis", axis, AXES)
    if axis == "precoder":
        return {name: replace(stated, precoder=name) for name in precoders()}
    return {name: replace(stated, receiver=name) for name in receivers()}


def unfit_because(
    scheme: Scheme, n_users: int, n_antennas: int, symbols_per_block: int
) -> str | None:
    """Why a scheme does not fit so many users, antennas and symbols; None when it does."""
    try:
        precoder(scheme.precoder).check(n_users, n_antennas)
        receiver(scheme.receiver).share(scheme.precoded_pilots, symbols_per_block)
    except ValueError as refusal:
        return str(refusal)
    return None


def fitting(scene: Scene, schemes: Iterable[Scheme]) -> list[Scheme]:
    """The schemes that fit a scene."""
    K, L = scene.true_correlation.shape[:2]
    symbols = scene.scenario.frame.symbols_per_block
    return [s for s in schemes if unfit_because(s, K, L, symbols) is None]


@few_threads()
def comparison(scene: Scene, problems: Sequence[FrameProblem], axis: str) -> Comparison:
    """Solve for every precoder, or every receiver, and price using each one's frame.

    Parameters
    ----------
    scene : Scene
    problems : sequence of FrameProblem
        On the same draws, at least the stated scheme's and those of `compared_schemes` that fit.
    axis : {"precoder", "receiver"}

    Returns
    -------
    Comparison
    """
    stated = scene.scenario.transmission.scheme
    by_scheme = {sampled_part(p).scheme: p for p in problems}
    own = by_scheme[stated]
    best = optimal_frame(own, relative_gap=RELATIVE_GAP)
    mine = sampled_rate(own, best)
    words = (precoders if axis == "precoder" else receivers)()
    plans: dict[str, ComparedPlan] = {}
    unfit: dict[str, str] = {}
    K, L = scene.true_correlation.shape[:2]
    for name, scheme in compared_schemes(stated, axis).items():
        why = unfit_because(scheme, K, L, scene.scenario.frame.symbols_per_block)
        if why is not None:
            unfit[name] = why
            continue
        problem = by_scheme[scheme]
        found = best if scheme == stated else optimal_frame(problem, relative_gap=RELATIVE_GAP)
        rate = mine if scheme == stated else sampled_rate(problem, found)
        used = evaluate_frame(own, found.sensing_duration, found.blocks_per_update)
        plans[name] = ComparedPlan(
            words=words[name].words,
            problem=problem,
            solution=found,
            rate=rate,
            more=relative_gain(rate, mine),
            regret=_negative(relative_gain(sampled_rate(own, used), mine)),
        )
    other = "receiver" if axis == "precoder" else "precoder"
    fixed = f"{other} {getattr(stated, other)}"
    return Comparison(
        axis=axis, stated=getattr(stated, axis), fixed=fixed, plans=plans, unfit=unfit
    )


def relative_gain(rate: SampledRate, base: SampledRate) -> SampledInterval | None:
    """What a rate is more than another, relative to it; None where that is nothing."""
    positive = base.whole > 0.0 and np.all(base.without > 0.0)
    return rate.gain_over(base) if positive else None


def _negative(interval: SampledInterval | None) -> SampledInterval | None:
    if interval is None:
        return None
    return SampledInterval(estimate=-interval.estimate, low=-interval.high, high=-interval.low)


def best_rate_by_duration(problem: FrameProblem) -> tuple[Float, Float]:
    """Largest rate over updates and allocations by sensing duration, for drawing.

    Parameters
    ----------
    problem : FrameProblem

    Returns
    -------
    sensing_duration, rate : ndarray, shape (P,)
        [s] and [bit/Hz per frame].
    """
    shortest, longest = problem.sensing_range()
    T = np.linspace(shortest, longest * (1.0 - 1e-9), POINTS)
    n_sensing = whole_blocks(T, problem.block_duration)
    partial = partial_duration(T, n_sensing, problem.block_duration)
    phi = summed_efficiency(problem, T)
    return T, best_rates(problem, phi, problem.n_blocks - n_sensing, partial)[0]


def comparison_text(compared: Comparison, frame_duration: float) -> list[str]:
    """Lines to print.

    Parameters
    ----------
    compared : Comparison
    frame_duration : float
        [s].

    Returns
    -------
    list of str
    """
    width = max(map(len, (*compared.plans, *compared.unfit, compared.axis))) + 2
    lines = [
        f"the best frame of every {compared.axis}, with {compared.fixed}, on the same draws",
        f"{compared.axis:<{width}}rate [bit/s/Hz]       sensing [us]   updates   "
        f"against {compared.stated:<15}used with {compared.stated} it loses",
    ]
    for name, plan in compared.plans.items():
        s, half = plan.solution, plan.rate.interval.half_width / frame_duration
        rate = f"{s.rate / frame_duration:.4f} +- {half:.4f}"
        against = _percent(plan.more) if name != compared.stated else "the stated one"
        loses = _percent(plan.regret) if name != compared.stated else ""
        lines.append(
            f"{name:<{width}}{rate:<22}{s.sensing_duration * 1e6:>12.1f}{s.n_updates:>10}   "
            f"{against:<{8 + len(compared.stated) + 15}}{loses}".rstrip()
        )
    return lines + [f"{name:<{width}}{why}" for name, why in compared.unfit.items()]


def _percent(interval: SampledInterval | None) -> str:
    if interval is None:
        return "more than nothing"
    return f"{100.0 * interval.estimate:+.2f} % +- {100.0 * interval.half_width:.2f}"


def comparison_values(compared: Comparison) -> dict[str, Any]:
    """By the keys of the table of quantities.

    Parameters
    ----------
    compared : Comparison

    Returns
    -------
    dict
    """

    def ends(interval: SampledInterval | None) -> list[float] | None:
        return None if interval is None else [interval.low, interval.high]

    def estimate(interval: SampledInterval | None) -> float | None:
        return None if interval is None else interval.estimate

    return {
        "stated": compared.stated,
        "best": compared.best,
        "plans": {
            name: {
                "words": plan.words,
                "rate_bit_per_hz": plan.solution.rate,
                "rate_ci95_bit_per_hz": ends(plan.rate.interval),
                "sensing_duration_s": plan.solution.sensing_duration,
                "n_updates": plan.solution.n_updates,
                "blocks_per_update": list(plan.solution.blocks_per_update),
                "upper_bound_bit_per_hz": plan.solution.upper_bound,
                "gap": plan.solution.gap,
                "more": estimate(plan.more),
                "more_ci95": ends(plan.more),
                "regret": estimate(plan.regret),
                "regret_ci95": ends(plan.regret),
            }
            for name, plan in compared.plans.items()
        },
        "unfit": compared.unfit,
    }
