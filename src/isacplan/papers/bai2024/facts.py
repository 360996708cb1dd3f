"""What was computed about every claim of Bai2024, and the verdict that follows."""

from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from isacplan.papers.bai2024.common_sinr import LARGEST_SINR
from isacplan.papers.bai2024.outcome import PRINTED, PRINTED_START
from isacplan.papers.bai2024.reading import (
    BLOCK_DURATION,
    N_BLOCKS,
    SYMBOLS_PER_BLOCK,
)
from isacplan.papers.bai2024.study import Study
from isacplan.papers.claim import Fact, verdict

HALF_DIGIT = 0.0005
"""Half the last printed digit of a gain in per cent with one decimal."""
PRINTED_CYCLE = 5e-3
"""Duration of the scheduling cycle that section IV states [s]."""


def blocks_needed(ceilings: list[float], gain: float) -> int:
    """Fewest communication blocks with which a gain is in reach."""
    return int(np.argmax(np.array(ceilings) >= gain)) + 1


def blocks_allowed(ceilings: list[float], gain: float) -> int:
    """Most communication blocks with which a gain is in reach, 0 if none."""
    reached = np.flatnonzero(np.array(ceilings) >= gain)
    return int(reached[-1]) + 1 if reached.size else 0


def _gain(study: Study, key: str, *, possible: bool = True, **values: float | str) -> Fact:
    """A printed gain: the number, or its sign at least, in the closest reading of all claims."""
    alone = study.search.best[key]
    valid = study.search.closest_valid.outcome.gains[key]
    return Fact(
        verdict=verdict(
            number=abs(valid - PRINTED[key]) < HALF_DIGIT, direction=possible and valid > 0.0
        ),
        values={"valid": 100.0 * valid, "alone": 100.0 * alone.outcome.gains[key], **values},
        parameters=asdict(alone.reading),
    )


def _ssu_small(study: Study) -> Fact:
    tight = study.shapes["tight_preset"]
    return _gain(
        study,
        "ssu_at_005",
        tight_rmse_deg=tight["rmse_deg"],
        tight=100.0 * tight["ssu_at_005"],
        five_blocks=100.0 * study.ceilings["ssu"][4],
        together=study.search.best["distance"].outcome.distance,
    )


def _fsu(study: Study) -> Fact:
    most = blocks_allowed(study.ceilings["fsu"], PRINTED["fsu_at_005"])
    least = blocks_needed(study.ceilings["ssu"], PRINTED["ssu_at_005"])
    return _gain(
        study, "fsu_at_005", possible=most >= least, ceiling=LARGEST_SINR, most=most, least=least
    )


def _rba(study: Study) -> Fact:
    most = max(study.ceilings["rba"])
    return _gain(
        study,
        "rba_at_005",
        possible=most >= PRINTED["rba_at_005"],
        most=100.0 * most,
        sequential=blocks_needed(study.ceilings["rba_sequential"], PRINTED["rba_at_005"]),
    )


def _ssu_large(study: Study) -> Fact:
    alone = study.search.best["ssu_at_05"].outcome
    return _gain(
        study,
        "ssu_at_05",
        preset=100.0 * study.shapes["preset_ssu_at_05"],
        n_updates=alone.n_updates,
        blocks_left=N_BLOCKS - int(alone.sensing_blocks[1]),
    )


def _abstract(study: Study) -> Fact:
    exact = study.shapes["valid_exact"]
    low, high = exact["fsu_at_005"], exact["ssu_at_05"]
    return Fact(
        verdict=verdict(
            number=abs(low - 0.09) < 0.005 and abs(high - 0.28) < 0.005,
            direction=0.0 < low < exact["ssu_at_005"] <= high,
        ),
        values={
            "low": 100.0 * low,
            "high": 100.0 * high,
            "fsu": 100.0 * max(study.ceilings["fsu"][4:]),
            "rba": 100.0 * max(study.ceilings["rba"]),
        },
        parameters=asdict(study.search.closest_valid.reading),
    )


def _rises_with_gamma(study: Study) -> Fact:
    rates = np.array(study.shapes["rate_by_gamma"])
    fall = max(float(np.max(-np.diff(rates))), 0.0)
    return Fact(
        verdict=verdict(number=fall < 1e-9 and bool(rates[-1] > rates[0])),
        values={"first": float(rates[0]), "last": float(rates[-1]), "fall": max(fall, 1e-9)},
        parameters=asdict(study.search.closest_valid.reading),
    )


def _of_preset(study: Study, grade: str, **values: float | str) -> Fact:
    return Fact(verdict=grade, values=values, parameters=asdict(study.preset))


def _updates(study: Study) -> Fact:
    best = study.shapes["best_updates"]
    return _of_preset(study, verdict(number=1 < best < N_BLOCKS - 4), best=best)


def _rise_and_fall(study: Study) -> Fact:
    """Rises within the model's domain, or at least outside it where print shows it."""
    s, n = study.shapes, study.search.n_rising
    best = max(study.frames, key=lambda f: f["rate_mean_gain"][0])
    return Fact(
        verdict=verdict(number=s["best_start"] > s["start"] + 0.1, direction=n["enforce"] > 0),
        values={
            "start": s["start"],
            "mismatched_blocks": s["mismatched_blocks"],
            "mismatched_rmse_deg": s["mismatched_rmse_deg"],
            "simulated_blocks": float(best["blocks"]),
            "valid": n["enforce"],
            "as_printed": n["as_printed"],
        },
        parameters=asdict(study.search.rising[0].reading),
    )


def _start(study: Study) -> Fact:
    """Open while feasible readings that keep to print start before and after 4 blocks."""
    starts = [found.outcome.start_blocks for found in study.search.by_branch]
    low, high = min(starts), max(starts)
    number = PRINTED_START[0] < low and high < PRINTED_START[1]
    open_ = low < 0.5 * sum(PRINTED_START) < high
    return _of_preset(
        study,
        "undetermined" if open_ and not number else verdict(number=number),
        start=study.shapes["start"],
        low=low,
        high=high,
    )


def _seven_updates(study: Study) -> Fact:
    one, seven, twenty = (study.shapes["rate_at_updates"][m] for m in ("1", "7", "20"))
    grade = verdict(number=seven > max(one, twenty))
    best = study.shapes["best_updates"]
    return _of_preset(study, grade, one=one, seven=seven, twenty=twenty, best=best)


def _frame_duration(_study: Study) -> Fact:
    duration = N_BLOCKS * BLOCK_DURATION
    return Fact(
        verdict=verdict(number=abs(duration - PRINTED_CYCLE) < 0.5e-3),
        values={
            "duration_ms": 1e3 * duration,
            "n_blocks": N_BLOCKS,
            "block_us": float(SYMBOLS_PER_BLOCK),
        },
        parameters={"n_blocks": N_BLOCKS, "block_duration_s": BLOCK_DURATION},
    )


def _even_split(study: Study) -> Fact:
    loss = study.shapes["even_split_loss"]
    return _of_preset(
        study,
        verdict(number=max(loss.values()) < 1e-12, direction=loss["geometric"] < 1e-12),
        geometric=100.0 * loss["geometric"],
        jakes=100.0 * loss["jakes"],
    )


FACTS: dict[str, Callable[[Study], Fact]] = {
    "bai2024-1-ssu-005": _ssu_small,
    "bai2024-1-fsu-005": _fsu,
    "bai2024-1-rba-005": _rba,
    "bai2024-1-ssu-05": _ssu_large,
    "bai2024-1-abstract": _abstract,
    "bai2024-2-gamma": _rises_with_gamma,
    "bai2024-3-updates": _updates,
    "bai2024-4-rise-and-fall": _rise_and_fall,
    "bai2024-4-start": _start,
    "bai2024-4-seven-updates": _seven_updates,
    "bai2024-frame-duration": _frame_duration,
    "bai2024-even-split": _even_split,
}


def facts(study: Study) -> dict[str, Fact]:
    """Facts about every claim.

    Parameters
    ----------
    study : Study

    Returns
    -------
    dict of str to Fact
        By identifier of the claim.
    """
    return {name: fact(study) for name, fact in FACTS.items()}
