"""What is in reach where a requirement is not: an error that can be followed."""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import Float, Int
from isacplan.errors import InfeasibleError
from isacplan.split.measurement import ErrorLaw, Waveform
from isacplan.split.model import SplitModel
from isacplan.split.requirement import PositionRequirement, of_laws
from isacplan.split.rounding import round_down, round_up
from isacplan.split.waveforms import all_waveforms


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearest:
    """The choice that comes nearest to a requirement.

    Parameters
    ----------
    law : ErrorLaw
        Of all K users under it.
    excess : ndarray, shape (K,)
        As of `PositionRequirement.excess`.
    """

    law: ErrorLaw
    excess: Float


def out_of_reach(
    model: SplitModel, requirement: PositionRequirement, splits: tuple[str, ...]
) -> InfeasibleError:
    """The error that names the users who miss a requirement, and what all of them can keep.

    Parameters
    ----------
    model : SplitModel
    requirement : PositionRequirement
        That no choice of the splits keeps.
    splits : tuple of str

    Returns
    -------
    InfeasibleError
        What it says is in reach of one choice, all users together.
    """
    found = [x for x in (nearest(model, requirement, name) for name in splits) if x is not None]
    if not found:
        return InfeasibleError(
            f"the {' or '.join(splits)} split cannot localize: no comb is unambiguous in the "
            "window of ranges",
            constraint="range_window",
        )
    best = min(found, key=lambda x: float(np.max(x.excess)))
    beyond = np.flatnonzero(best.excess > 1.0)
    if beyond.size == 0:
        return InfeasibleError(
            f"the {' or '.join(splits)} split cannot keep {requirement.words} together with the "
            "limits on position bounds",
            constraint="requirement",
        )
    who = f"user{'s' * (beyond.size > 1)} {', '.join(map(str, beyond))}"
    means = "all symbols together reach"
    if set(splits) != set(model.problem.splits):
        means = f"the {' or '.join(splits)} split reaches"
    error = f"{who}: {requirement.words_for(beyond)} is out of reach"
    error += f"; {means} {_values(requirement, best.law, beyond)}"
    shift = np.linalg.norm(best.law.bias[beyond], axis=-1)
    if np.any(shift > 0.0):
        error += (
            "; paths without line of sight alone move the place by "
            f"{round_up(float(np.max(shift)))} m"
        )
    worst = int(np.argmax(best.excess))
    rms = float(np.sqrt(np.max(best.law.mean_square)))
    limited = bool(np.any(np.isfinite(requirement.mean_square)))
    return InfeasibleError(
        error,
        constraint="position_rmse" if limited else "requirement",
        user=worst,
        feasible_value=rms if limited and np.ndim(requirement.mean_square) == 0 else None,
    )


def _values(requirement: PositionRequirement, law: ErrorLaw, beyond: Int) -> str:
    """Of every limit that is missed the value that would do."""
    parts: list[str] = []
    limit = np.asarray(requirement.mean_square)
    if np.any(law.mean_square > limit):
        rms = np.sqrt(law.mean_square)
        shown = rms[beyond] if limit.ndim else np.max(rms, keepdims=True)
        parts.append(", ".join(f"{round_up(float(x))} m" for x in shown))
    if np.isfinite(requirement.radius):
        within = float(np.min(law.probability_within(requirement.radius)))
        if within < requirement.confidence:
            parts.append(f"a probability of {round_down(100.0 * within)} %")
    outliers = float(np.max(law.outlier_probability))
    if outliers > requirement.outlier_probability:
        parts.append(f"an outlier probability of {round_up(outliers)}")
    return " and ".join(parts)


def nearest(model: SplitModel, requirement: PositionRequirement, split: str) -> Nearest | None:
    """The choice of a split that comes nearest to a requirement; None where it has no choices.

    More symbols never hurt, so all are given. A divided block is dealt such that the largest
    excess is least, for the waveform that comes nearest with equal parts.
    """
    problem, family = model.problem, model.combs
    waves = all_waveforms(problem, family, split)
    total = np.full(len(waves.width), float(problem.n_symbols))
    if split == "comb":
        total = family.n_symbols.astype(float)
    parts = 1 if model.dealt is None else problem.n_users
    enough = np.flatnonzero(total >= parts)
    if enough.size == 0:
        return None
    waves, total = waves[enough], total[enough]
    held = np.repeat(np.floor(total / parts)[:, None], problem.n_users, axis=1)
    excess = of_laws(model.fix, waves, held, requirement.excess)
    best = int(np.argmin(np.max(excess, axis=-1)))
    wave, own = waves[best : best + 1], held[best : best + 1]
    if model.dealt is not None:
        own = _dealt(model, requirement, wave, int(total[best]))
    law = model.fix.law(wave, own)[0]
    return Nearest(law=law, excess=requirement.excess(law))


def _dealt(
    model: SplitModel, requirement: PositionRequirement, wave: Waveform, n_symbols: int
) -> Float:
    """Symbols of each user, at most n in all, with the least excess; shape (1, K).

    The excess of each user falls with its symbols, so the least that all can keep is the smallest
    value of any for which the fewest symbols that keep it are few enough together.
    """
    K = model.problem.n_users
    held = np.arange(1.0, n_symbols + 1.0)[:, None] * np.ones(K)
    waves = wave[np.zeros(n_symbols, dtype=np.int64)]
    excess = of_laws(model.fix, waves, held, requirement.excess)
    excess = np.minimum.accumulate(excess, axis=0)
    levels = np.unique(excess)
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high) // 2
        fewest = _fewest(excess, float(levels[middle]))
        low, high = (low, middle) if np.sum(fewest) <= n_symbols else (middle + 1, high)
    return _fewest(excess, float(levels[high]))[None]


def _fewest(excess: Float, level: float) -> Float:
    """Fewest symbols from which the excess is at most a level, shape (K,); infinite for none."""
    kept = excess <= level
    return np.where(kept[-1], 1.0 + np.argmax(kept, axis=0), np.inf)
