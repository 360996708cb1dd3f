"""Search over what section IV of Bai2024 leaves open, for the readings closest to print.

``python -m studies.bai2024_open_parameters`` searches every branch (some minutes on one core) and
rewrites ``src/isacplan/papers/bai2024/open_parameters.json``, which the report reads.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from isacplan._typing import Float
from isacplan.files import write_whole
from isacplan.papers.bai2024.open_parameters import Found, OpenParameters, gamma_deviations
from isacplan.papers.bai2024.outcome import PRINTED, PRINTED_START, evaluate_reading
from isacplan.papers.bai2024.reading import EVEN_ANGLES_DEG, Reading

BRANCHES: tuple[dict[str, Any], ...] = tuple(
    {
        "gamma_is": gamma_is,
        "first_lag": first_lag,
        "phase_reference": phase_reference,
        "crb_exponent": crb_exponent,
        "sinr": sinr,
        "validity": validity,
    }
    for validity, sinr, crb_exponent, gamma_is, phase_reference, first_lag in product(
        ("enforce", "as_printed"),
        ("exact", "lower_bound"),
        (1, 2),
        ("variance", "rmse"),
        ("first", "centre"),
        (0, 1),
    )
)
"""Every combination of the discrete choices."""

LOW = np.array([-20.0, -20.0, -2.0, np.log10(0.5)])
HIGH = np.array([40.0, 40.0, 1.4, np.log10(34.0)])
STEP = np.array([6.0, 6.0, 0.3, 0.04])
"""Data SNR [dB], pilot SNR [dB], log10 of the error in degrees, log10 of the start in blocks."""
WIDEST_ANGLE_DEG = 60.0
N_SAMPLES, N_CLIMBERS, N_STEPS = 160, 3, 40
CRITERIA = ("distance", *PRINTED, "n_updates", "start_blocks")


def search_branch(branch: int, *, samples: int = N_SAMPLES, steps: int = N_STEPS) -> OpenParameters:
    """Random sampling, then hill climbing from the best samples, within one branch.

    Parameters
    ----------
    branch : int
        Index into `BRANCHES`; also the seed, so that the result does not depend on order.
    samples, steps : int, optional
        Size of the sampling, and steps of each climb.

    Returns
    -------
    OpenParameters
        With this branch alone; `rising` is the closest reading with Figure 5's rise, if any.
    """
    rng = np.random.default_rng(np.random.SeedSequence(2024, spawn_key=(branch,)))
    found: list[Found] = []
    n_evaluated = 0
    for point in _samples(rng, samples):
        n_evaluated += 1
        found.extend(_tried(branch, *point))
    for criterion in CRITERIA:
        climbers = N_CLIMBERS if criterion == "distance" else 1
        for start in sorted(found, key=lambda f, c=criterion: f.score(c))[:climbers]:
            n_evaluated += steps
            found.extend(_climb(branch, start, criterion, rng, steps))
    rising = [f for f in found if f.outcome.rises_first]
    validity = str(BRANCHES[branch]["validity"])
    return OpenParameters(
        n_evaluated=n_evaluated,
        n_feasible=len(found),
        n_rising={validity: len(rising)},
        best={c: min(found, key=lambda f, c=c: f.score(c)) for c in CRITERIA if found},
        by_branch=(min(found, key=lambda f: f.outcome.distance),) if found else (),
        front=front(found),
        rising=(min(rising, key=_start_then_distance),) if rising else (),
    )


def _start_then_distance(found: Found) -> tuple[float, float]:
    return abs(found.outcome.deviations["start_blocks"]), found.outcome.distance


def _samples(rng: np.random.Generator, n: int) -> Iterator[tuple[Float, tuple[float, ...]]]:
    for i in range(n):
        drawn = rng.uniform(-WIDEST_ANGLE_DEG, WIDEST_ANGLE_DEG, size=5)
        angles = EVEN_ANGLES_DEG if i % 4 == 0 else tuple(np.sort(drawn).round(2).tolist())
        point = rng.uniform(LOW, HIGH)
        if i % 2 == 0:
            point[3] = np.log10(rng.uniform(*PRINTED_START))
        yield point, angles


def _tried(branch: int, x: Float, angles: tuple[float, ...]) -> list[Found]:
    snr, pilot, log_rmse, log_start = (float(v) for v in x)
    reading = Reading(
        angles_deg=angles,
        array_snr_db=round(snr, 3),
        array_pilot_snr_db=round(pilot, 3),
        rmse_deg=float(f"{10.0**log_rmse:.4g}"),
        start_blocks=round(10.0**log_start, 4),
        **BRANCHES[branch],
    )
    outcome = evaluate_reading(reading)
    return [] if outcome is None else [Found(reading=reading, outcome=outcome)]


def _climb(
    branch: int, start: Found, criterion: str, rng: np.random.Generator, steps: int
) -> list[Found]:
    best, kept, scale = start, [], 1.0
    for _ in range(steps):
        r = best.reading
        x = np.array(
            [r.array_snr_db, r.array_pilot_snr_db, np.log10(r.rmse_deg), np.log10(r.start_blocks)]
        )
        x = np.clip(x + scale * STEP * rng.normal(size=4), LOW, HIGH)
        angles = r.angles_deg
        if rng.random() < 0.3:
            moved = np.array(angles) + scale * 20.0 * rng.normal(size=5)
            moved = np.clip(np.sort(moved), -WIDEST_ANGLE_DEG, WIDEST_ANGLE_DEG)
            angles = tuple(moved.round(2).tolist())
        found = _tried(branch, x, angles)
        kept.extend(found)
        if found and found[0].score(criterion) < best.score(criterion):
            best = found[0]
        else:
            scale = max(0.93 * scale, 0.02)
    return kept


def front(found: list[Found]) -> tuple[Found, ...]:
    """Readings that none beats at both values of Gamma, by rising deviation at 0.05."""
    kept: list[Found] = []
    lowest = np.inf
    for one in sorted(found, key=gamma_deviations):
        if gamma_deviations(one)[1] < lowest:
            kept.append(one)
            lowest = gamma_deviations(one)[1]
    return tuple(kept)


def merged(parts: list[OpenParameters]) -> OpenParameters:
    """What all branches found together.

    Parameters
    ----------
    parts : list of OpenParameters
        From `search_branch`.

    Returns
    -------
    OpenParameters
    """
    rising = [f for part in parts for f in part.rising]
    return OpenParameters(
        n_evaluated=sum(part.n_evaluated for part in parts),
        n_feasible=sum(part.n_feasible for part in parts),
        n_rising={
            policy: sum(part.n_rising.get(policy, 0) for part in parts)
            for policy in ("enforce", "as_printed")
        },
        best={
            c: min((part.best[c] for part in parts if part.best), key=lambda f, c=c: f.score(c))
            for c in CRITERIA
        },
        by_branch=tuple(f for part in parts for f in part.by_branch),
        front=front([f for part in parts for f in part.front]),
        rising=(min(rising, key=_start_then_distance),) if rising else (),
    )


if __name__ == "__main__":
    DATA = Path(__file__).parents[1] / "src/isacplan/papers/bai2024/open_parameters.json"
    result = merged([search_branch(branch) for branch in range(len(BRANCHES))])
    write_whole(DATA, msgspec.json.encode(result) + b"\n")
