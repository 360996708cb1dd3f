"""The points of a sweep: every combination of its axes, and every draw."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import msgspec
import numpy as np
from numpy.random import SeedSequence

from isacplan.scenario import FrameScenario, overridden, scenario_to_dict
from isacplan.scenario.city import City
from isacplan.scenario.load import Scenario
from isacplan.sweeps.axes import SELECT, Axis

CELL = "cell"
DRAW = "draw"

SHARED_KEYS = ("sensing.angle_rmse_limit_deg", "users.weight", "users.angle_rmse_limit_deg")
"""Keys on which no factorisation depends, so that neighbours along them are computed together."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that the results of a sweep depend on.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario
        What is varied.
    axes : tuple of Axis
    draws : int, optional
        How often users are redrawn at each point; 0 leaves them as they are.
    seed : int, optional
        Of the draws and of what each point draws.
    city : City, optional
        Cells whose users take the place of the scenario's, as the first dimension.
    task : dict of str to object, optional
        What is computed at each point beside the plan of the scenario; see
        `isacplan.sweeps.evaluate`.
    """

    scenario: Scenario
    axes: tuple[Axis, ...]
    draws: int = 0
    seed: int = 0
    city: City | None = None
    task: dict[str, Any]

    def __post_init__(self) -> None:
        if self.city is not None:
            self._check_city()
        elif not self.axes and not self.draws:
            raise ValueError("nothing to vary: name an axis, or ask for draws")
        if not self.draws:
            return
        scenario = self.scenario
        if not isinstance(scenario, FrameScenario) or scenario.users_random is None:
            raise ValueError(
                "draws need a frame scenario with users that are drawn, [users_random]; listed "
                f"and traced users are varied by their keys, such as {SELECT}=each:5"
            )
        varied = [path for axis in self.axes for path in axis.paths]
        if "users_random.seed" in varied:
            raise ValueError("draws vary users_random.seed; leave one of the two")

    def _check_city(self) -> None:
        if not isinstance(self.scenario, FrameScenario):
            raise ValueError("a city needs a frame scenario: it lists the users of each cell")
        for path in (path for axis in self.axes for path in axis.paths):
            if path.startswith("users"):
                raise ValueError(f"{path}: a city draws its users; vary another key")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the dimensions are called: the last part of a key's path where that tells it."""
        paths = [axis.paths[0] for axis in self.axes]
        last = [path.rpartition(".")[2].partition("[")[0] for path in paths]
        names = [
            name if last.count(name) == 1 else path for name, path in zip(last, paths, strict=True)
        ]
        return (*[CELL][: self.n_cells], *names, *([DRAW] if self.draws else []))

    @property
    def n_cells(self) -> int:
        """Cells of the city; 0 without one."""
        return 0 if self.city is None else self.city.n_cells

    @property
    def shape(self) -> tuple[int, ...]:
        """Places along each dimension."""
        sizes = (self.n_cells, *map(len, self.axes), self.draws)
        return tuple(size for size in sizes if size)

    @property
    def n_points(self) -> int:
        """Combinations in all."""
        return prod(self.shape)

    def changes(self, point: int) -> dict[str, Any]:
        """Values of the varied keys at a point, counted with the last dimension fastest."""
        place = np.unravel_index(point, self.shape)
        found: dict[str, Any] = {}
        if self.city is not None and isinstance(self.scenario, FrameScenario):
            duration = self.scenario.frame.symbol_duration_s
            found["users"] = self.city.users(int(place[0]), symbol_duration=duration)
            found |= dict.fromkeys(("users_random", "users_paths", "link"))
            place = place[1:]
        for axis, index in zip(self.axes, place, strict=False):
            found |= axis.changes(int(index))
        if self.draws:
            found["users_random.seed"] = self.draw_seed(int(place[-1]))
        return found

    def draw_seed(self, draw: int) -> int:
        """Seed of a draw, the same at every point: users are redrawn, not mixed with the axes."""
        state = SeedSequence(self.seed, spawn_key=(draw,)).generate_state(1, np.uint64)
        return int(state[0] >> np.uint64(1))

    def scenario_at(self, point: int) -> Scenario:
        """The scenario of a point.

        Raises
        ------
        ValueError
            When the combination is none.
        """
        return overridden(self.scenario, self.changes(point), origin="sweep")

    def order(self) -> Iterator[int]:
        """Every point once, those that share most one after the other."""
        shares = [False] * bool(self.n_cells)
        shares += [all(path in SHARED_KEYS for path in axis.paths) for axis in self.axes]
        shares += [False] * bool(self.draws)
        outer = sorted(range(len(shares)), key=lambda i: shares[i])
        strides = [prod(self.shape[i + 1 :]) for i in range(len(shares))]
        for place in np.ndindex(*(self.shape[i] for i in outer)):
            yield sum(strides[i] * k for i, k in zip(outer, place, strict=True))

    @property
    def key(self) -> dict[str, Any]:
        """What a store of its results is of, as plain values."""
        return {
            "scenario": scenario_to_dict(self.scenario),
            "axes": {", ".join(a.paths): [list(values) for values in a.values] for a in self.axes},
            "draws": self.draws,
            "seed": self.seed,
            "city": None if self.city is None else msgspec.to_builtins(self.city),
            "task": self.task,
        }
