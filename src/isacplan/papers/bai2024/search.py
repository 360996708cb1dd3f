"""Search over what section IV of Bai2024 leaves open, for the readings closest to print."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from isacplan._typing import Float
from isacplan.papers.bai2024.outcome import PRINTED, PRINTED_START, Outcome, evaluate_reading
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


@dataclass(frozen=True, kw_only=True)
class Found:
    """A reading and what it predicts."""

    reading: Reading
    outcome: Outcome

    def score(self, criterion: str) -> float:
        """Distance from print by one of `CRITERIA`, in percentage points or updates."""
        if criterion == "distance":
            return self.outcome.distance
        return abs(self.outcome.deviations[criterion])

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for files and for the report."""
        return {"reading": self.reading.to_dict(), "outcome": self.outcome.to_dict()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Found":
        """What `to_dict` wrote."""
        o = values["outcome"]
        return cls(
            reading=Reading.from_dict(values["reading"]),
            outcome=Outcome(
                gains=dict(o["gains"]),
                n_updates=int(o["n_updates"]),
                sensing_blocks=(o["sensing_blocks"][0], o["sensing_blocks"][1]),
                start_blocks=float(o["start_blocks"]),
            ),
        )


def search_branch(branch: int, *, samples: int = N_SAMPLES, steps: int = N_STEPS) -> dict[str, Any]:
    """Random sampling, then hill climbing from the best samples, within one branch.

    Parameters
    ----------
    branch : int
        Index into `BRANCHES`; also the seed, so that the result does not depend on order.
    samples, steps : int, optional
        Size of the sampling, and steps of each climb.

    Returns
    -------
    dict
        ``n_evaluated``, ``n_feasible``, ``best`` by criterion, ``front``: the readings for which
        no other is closer at both values of Gamma, and ``n_rising`` and ``rising``: how many have
        Figure 5's rise, and the closest of them.
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
    return {
        "branch": branch,
        "n_evaluated": n_evaluated,
        "n_feasible": len(found),
        "n_rising": len(rising),
        "rising": [min(rising, key=lambda f: f.outcome.distance).to_dict()] if rising else [],
        "best": {c: min(found, key=lambda f, c=c: f.score(c)).to_dict() for c in CRITERIA if found},
        "front": [f.to_dict() for f in front(found)],
    }


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
        snr_db=round(snr, 3),
        pilot_snr_db=round(pilot, 3),
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
        x = np.array([r.snr_db, r.pilot_snr_db, np.log10(r.rmse_deg), np.log10(r.start_blocks)])
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


def gamma_deviations(found: Found) -> tuple[float, float]:
    """Largest deviation at Gamma = 0.05, and at 0.5 with updates and start of Figure 5."""
    d = found.outcome.deviations
    small = max(abs(d[key]) for key in PRINTED if key.endswith("at_005"))
    return small, max(abs(d[key]) for key in ("ssu_at_05", "n_updates", "start_blocks"))


def front(found: list[Found]) -> list[Found]:
    """Readings that none beats at both values of Gamma, by rising deviation at 0.05."""
    ordered = sorted(found, key=gamma_deviations)
    kept: list[Found] = []
    lowest = np.inf
    for one in ordered:
        other = gamma_deviations(one)[1]
        if other < lowest:
            kept.append(one)
            lowest = other
    return kept


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """The whole search.

    Parameters
    ----------
    best : dict of str to Found
        Closest reading by each of `CRITERIA`.
    best_by_branch : dict of int to Found
        Closest reading in each branch with any feasible reading, by distance.
    front : tuple of Found
        Trade-off between the claims at Gamma = 0.05 and those at 0.5.
    rising_by_branch : dict of int to Found
        Closest reading under which the rate of Figure 5 first rises, in each branch with any.
    n_rising : dict of str to int
        How many such readings there are, by validity policy.
    n_evaluated, n_feasible : int
    """

    best: dict[str, Found]
    best_by_branch: dict[int, Found]
    front: tuple[Found, ...]
    rising_by_branch: dict[int, Found]
    n_rising: dict[str, int]
    n_evaluated: int
    n_feasible: int

    def closest(self, **choices: Any) -> Found:
        """Closest reading among the branches that make the given discrete choices."""
        fitting = [
            found
            for branch, found in self.best_by_branch.items()
            if all(BRANCHES[branch][key] == value for key, value in choices.items())
        ]
        if not fitting:
            raise ValueError(f"no feasible reading with {choices}")
        return min(fitting, key=lambda f: f.outcome.distance)


def open_parameters(
    run: Callable[[int], dict[str, Any]] = search_branch,
    branches: range = range(len(BRANCHES)),
) -> SearchResult:
    """Search every branch.

    Parameters
    ----------
    run : callable, optional
        What searches one branch: `search_branch`, or that behind a cache.
    branches : range, optional
        Branches to search; default all.

    Returns
    -------
    SearchResult
    """
    parts = [run(branch) for branch in branches]
    fronts = [Found.from_dict(f) for part in parts for f in part["front"]]
    best = {
        c: min(
            (Found.from_dict(part["best"][c]) for part in parts if part["best"]),
            key=lambda f, c=c: f.score(c),
        )
        for c in CRITERIA
    }
    return SearchResult(
        best=best,
        best_by_branch={
            part["branch"]: Found.from_dict(part["best"]["distance"])
            for part in parts
            if part["best"]
        },
        front=tuple(front(fronts)),
        rising_by_branch={
            part["branch"]: Found.from_dict(part["rising"][0]) for part in parts if part["rising"]
        },
        n_rising={
            policy: sum(
                part["n_rising"] for part in parts if BRANCHES[part["branch"]]["validity"] == policy
            )
            for policy in ("enforce", "as_printed")
        },
        n_evaluated=sum(part["n_evaluated"] for part in parts),
        n_feasible=sum(part["n_feasible"] for part in parts),
    )
