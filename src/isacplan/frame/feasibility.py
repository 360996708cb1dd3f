"""Which sensing durations are feasible, and what would be where none is.

What a message advises is feasible when it is followed: limits and SNRs are such that sensing leaves
a block for data, and are rounded to the safe side.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from isacplan._typing import Float
from isacplan.comm import AdditiveKnowledge
from isacplan.errors import InfeasibleError
from isacplan.frame.closed_form import KnowledgeEfficiency
from isacplan.frame.rate import partial_duration
from isacplan.sensing import ThresholdLaw

if TYPE_CHECKING:
    from isacplan.frame.problem import FrameProblem

ROUNDING = 8.0 * float(np.finfo(float).eps)
"""The last rounding may fall on the wrong side of a limit."""
TOLERANCES = 10.0 ** np.arange(-14.0, -2.0)
"""Tolerances of eigenvalues that are tried as advice."""


def sensing_range(problem: FrameProblem) -> tuple[float, float]:
    """Shortest and (excluded) longest sensing duration of a feasible design.

    Parameters
    ----------
    problem : FrameProblem

    Returns
    -------
    shortest, longest : float
        [s].

    Raises
    ------
    InfeasibleError
        When a user's requirement, or the model's domain, needs the whole frame or more.
    """
    longest = problem.n_blocks * problem.block_duration
    if problem.symbol_duration >= longest:
        raise InfeasibleError(
            "no block is left: sensing takes at least one symbol and the frame has only one; "
            "two blocks, or two symbols in a block, would do",
            constraint="blocks left",
            feasible_value=2.0 * problem.symbol_duration,
        )
    accurate = problem.shortest_accurate_duration * (1.0 + ROUNDING)
    valid = problem.shortest_valid_duration * (1.0 + ROUNDING)
    if problem.validity != "enforce":
        valid = np.zeros_like(valid)
    shortest = max(float(np.max(accurate)), float(np.max(valid)), problem.symbol_duration)
    if problem.whole_symbols:
        shortest = float(whole_symbols_from(problem.symbol_duration, shortest))
    if problem.n_sensing_blocks(min(shortest, longest)) >= problem.n_blocks:
        if np.max(valid) >= np.max(accurate):
            raise _beyond_the_model(problem, valid)
        raise _too_accurate(problem, accurate, valid)
    if problem.validity != "enforce" and np.any(problem.efficiency.shortest_defined >= shortest):
        raise _at_the_pole(problem)
    return shortest, longest


def whole_symbols_from(symbol_duration: float, shortest: float) -> float:
    """Shortest duration of whole symbols that is not below another [s].

    What exceeds a number of symbols by rounding only counts as that number.
    """
    return np.ceil(shortest / symbol_duration * (1.0 - 2.0 * ROUNDING)) * symbol_duration


def usable_duration(problem: FrameProblem) -> float:
    """A long sensing duration that leaves a block, or a part of it, for data [s]."""
    if problem.n_blocks > 1:
        return (problem.n_blocks - 1) * problem.block_duration
    rest = 0.5 * (problem.block_duration - problem.update_duration)
    return max(rest, problem.symbol_duration)


def nothing_to_send(
    problem: FrameProblem, design: tuple[float, tuple[int, ...]], phi: Float, rate: float
) -> InfeasibleError:
    """Say that a frame carries nothing, and which update would leave room for data.

    Parameters
    ----------
    problem : FrameProblem
    design : tuple of float and tuple of int
        Sensing duration T_l [s] and blocks per update of the frame.
    phi : ndarray, shape (N,)
        Summed spectral efficiency by age after that sensing [bit/s/Hz].
    rate : float
        Of the frame, not positive [bit/Hz per frame].

    Returns
    -------
    InfeasibleError
    """
    T, blocks = design
    runs = np.cumsum(phi)
    carried = problem.block_duration * float(np.sum(runs[np.array(blocks) - 1]))
    n_sensing = problem.n_sensing_blocks(T)
    partial = float(partial_duration(T, n_sensing, problem.block_duration))
    longest = (carried / float(phi[0]) - partial) / len(blocks) if phi[0] > 0.0 else 0.0
    shorter = f"updates shorter than {longest * (1.0 - 1e-3):.4g} s, or " if longest > 0.0 else ""
    return InfeasibleError(
        f"nothing can be sent: sensing and updates take what the frame carries, with {T:.4g} s and "
        f"{len(blocks)} of them its rate is {rate:.4g} bit/Hz per frame; {shorter}more blocks in a "
        "frame would do",
        constraint="update duration",
        feasible_value=max(longest, 0.0),
    )


def _too_accurate(problem: FrameProblem, accurate: Float, valid: Float) -> InfeasibleError:
    k = int(np.argmax(accurate))
    usable = usable_duration(problem)
    reached = _rms(problem, np.full(problem.n_users, usable), k)
    if np.isinf(accurate[k]):
        return InfeasibleError(
            f"user {k}: angle accuracy needs an error of at most {{wanted}} rms, which no sensing "
            "time reaches: ambiguities of the array within the search window leave {allowed}; "
            "search_window = beam, elements half a wavelength apart or a limit above that would do",
            constraint="angle accuracy",
            user=k,
            feasible_value=reached,
            angles={"wanted": float(np.sqrt(problem.crb_limit[k])), "allowed": reached},
        )
    ways = [_more_snr(problem, accurate), "a longer frame"]
    if np.all(valid <= usable):
        ways.insert(0, "a limit of {allowed} or more")
    return InfeasibleError(
        f"user {k}: angle accuracy needs an error of at most {{wanted}} rms, that is "
        f"{accurate[k]:.4g} s of sensing, but the frame has "
        f"{problem.n_blocks * problem.block_duration:.4g} s; {_listed(ways)} would do",
        constraint="angle accuracy",
        user=k,
        feasible_value=reached,
        angles={
            "wanted": float(np.sqrt(problem.crb_limit[k])),
            "allowed": _rounded_up(reached),
        },
    )


def _beyond_the_model(problem: FrameProblem, valid: Float) -> InfeasibleError:
    k = int(np.argmax(valid))
    usable = usable_duration(problem)
    lost = isinstance(problem.error_law, ThresholdLaw)
    required = bool(np.any(np.isfinite(problem.crb_limit)))
    ways = _tolerance(problem, usable)
    if not lost:
        ways.append(_other_model(problem))
    elif not required:
        # A search of the whole sector needs no beam that keeps its user, but may not be accurate.
        ways.append('sensing.search_window = "sector"')
    elif np.isfinite(valid[k]):
        ways.append("a longer frame")
    else:
        ways.append("sensing.search_window in degrees")
    if np.isfinite(valid[k]):
        ways.insert(0, _more_snr(problem, valid))
    needs = "a tracking beam that keeps its user" if lost else "validity of the model"
    return InfeasibleError(
        f"user {k}: {needs} needs an angle error of at most {{wanted}} rms, that is "
        f"{valid[k]:.4g} s of sensing, but the frame has "
        f"{problem.n_blocks * problem.block_duration:.4g} s; {_listed(ways)} would do",
        constraint="validity of the model",
        user=k,
        feasible_value=_rms(problem, np.full(problem.n_users, usable), k),
        angles={"wanted": float(np.sqrt(problem.valid_mean_square[k]))},
    )


def _at_the_pole(problem: FrameProblem) -> InfeasibleError:
    pole, usable = problem.efficiency.shortest_defined, usable_duration(problem)
    k = int(np.argmax(pole))
    ways = [_other_model(problem)]
    angles = {"limit": _rms(problem, pole, k)}
    if np.all(pole < usable):
        angles |= {"allowed": _rms(problem, np.full(problem.n_users, usable), k)}
        ways.insert(0, "an angle accuracy between {allowed} and {limit}")
        if np.all(problem.shortest_valid_duration < usable):
            ways.insert(1, "validity = enforce")
    else:
        ways.insert(0, _more_snr(problem, np.maximum(pole, problem.shortest_valid_duration)))
        ways[0] += " with validity = enforce"
    return InfeasibleError(
        f"user {k}: as printed the rate grows without bound as the angle error approaches "
        "{limit} rms, where the pilot covariance becomes singular; " + f"{_listed(ways)} would do",
        constraint="definedness of the model",
        user=k,
        feasible_value=angles["limit"],
        angles=angles,
    )


def _rms(problem: FrameProblem, duration: Float, k: int) -> float:
    return float(np.sqrt(problem.mean_square_at(duration)[k]))


def _rounded_up(value: float) -> float:
    """Rounded up to three digits or so, past what a message shows."""
    return value * (1.0 + 1e-3)


def _more_snr(problem: FrameProblem, needed: Float) -> str:
    """How much more sensing SNR brings every user's duration down to a usable one."""
    usable = usable_duration(problem)
    before = problem.mean_square_at(np.full(problem.n_users, usable))
    after = problem.mean_square_at(needed)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = float(np.nanmax(before / after))
    decibels = np.ceil(100.0 * np.log10(max(factor, 1.0)) + 0.1) / 10.0
    return f"{decibels:.1f} dB more sensing SNR"


def _other_model(problem: FrameProblem) -> str:
    """A model that knows no such limit: the mismatched one, where an additive one is used."""
    e = problem.efficiency
    additive = isinstance(e, KnowledgeEfficiency) and isinstance(e.knowledge, AdditiveKnowledge)
    return "the mismatched error model" if additive else "a knowledge model with a wider domain"


def _tolerance(problem: FrameProblem, usable: float) -> list[str]:
    """The smallest `psd_tolerance` with which an additive model holds in time, if there is one."""
    e = problem.efficiency
    if not isinstance(e, KnowledgeEfficiency) or not isinstance(e.knowledge, AdditiveKnowledge):
        return []
    for tolerance in TOLERANCES[e.knowledge.psd_tolerance < TOLERANCES]:
        looser = replace(e, knowledge=replace(e.knowledge, psd_tolerance=float(tolerance)))
        if np.all(looser.shortest_valid <= usable):
            return [f"psd_tolerance = {tolerance:.0e}"]
    return []


def _listed(ways: list[str]) -> str:
    return ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])} or {ways[-1]}"
