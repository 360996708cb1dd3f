"""What filling in the open parameters of Bai2024 in every way has found, kept as data.

The search is ``python -m studies.bai2024_open_parameters``; tests evaluate what it kept again.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from isacplan.papers.bai2024.outcome import PRINTED, Outcome
from isacplan.papers.bai2024.reading import Reading


@dataclass(frozen=True, kw_only=True)
class Found:
    """A reading and what it predicts."""

    reading: Reading
    outcome: Outcome

    def score(self, criterion: str) -> float:
        """Distance from print: ``distance``, or the size of one deviation, see `Outcome`."""
        if criterion == "distance":
            return self.outcome.distance
        return abs(self.outcome.deviations[criterion])


@dataclass(frozen=True, kw_only=True)
class OpenParameters:
    """The readings that came closest to print.

    Parameters
    ----------
    n_evaluated, n_feasible : int
    n_rising : dict of str to int
        How many have Figure 5's rise, by validity policy.
    best : dict of str to Found
        Closest reading by ``distance`` and by each printed number alone.
    by_branch : tuple of Found
        Closest reading for each combination of the discrete choices, by distance.
    front : tuple of Found
        Trade-off between the claims at Gamma = 0.05 and those at 0.5.
    rising : tuple of Found
        Closest reading under which the rate of Figure 5 first rises, if there is any.
    """

    n_evaluated: int
    n_feasible: int
    n_rising: dict[str, int]
    best: dict[str, Found]
    by_branch: tuple[Found, ...]
    front: tuple[Found, ...]
    rising: tuple[Found, ...]

    @property
    def closest_valid(self) -> Found:
        """Closest reading within the additive model's domain, SINR as in (22)."""
        valid = [
            found
            for found in self.by_branch
            if found.reading.validity == "enforce" and found.reading.sinr == "exact"
        ]
        return min(valid, key=lambda found: found.outcome.distance)


@lru_cache(maxsize=1)
def open_parameters() -> OpenParameters:
    """What the search found, from the package's data."""
    import msgspec

    file = resources.files("isacplan.papers.bai2024") / "open_parameters.json"
    return msgspec.json.decode(file.read_bytes(), type=OpenParameters)


def gamma_deviations(found: Found) -> tuple[float, float]:
    """Largest deviation at Gamma = 0.05, and at 0.5 with updates and start of Figure 5."""
    d = found.outcome.deviations
    small = max(abs(d[key]) for key in PRINTED if key.endswith("at_005"))
    return small, max(abs(d[key]) for key in ("ssu_at_05", "n_updates", "start_blocks"))
