"""One point of a sweep: what comes out, or why nothing does."""

import warnings
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import msgspec
import numpy as np

from isacplan._typing import Float
from isacplan.errors import InfeasibleError
from isacplan.frame import FrameProblem
from isacplan.quantities import table
from isacplan.report import SimulationReport, frame_report, split_report
from isacplan.results import Answer
from isacplan.results.record import plain
from isacplan.scenario import FrameScenario, Scene, SplitScenario, frame_scene
from isacplan.scenario.build import closed_problem
from isacplan.scenario.load import Scenario
from isacplan.simulate import frame_simulation, run, split_simulation
from isacplan.sweeps.plan import Plan

OK, INFEASIBLE, BAD_INPUT, FAULT = range(4)
STATUS = {OK: "ok", INFEASIBLE: "infeasible", BAD_INPUT: "bad_input", FAULT: "fault"}
"""What came out of a point."""

SCENES_KEPT = 4
"""Scenes whose factorisations wait for a neighbour with other limits."""

Blocks = dict[int, Float]
"""Finished blocks of a simulation by index."""

Task = tuple[int, Blocks]
"""A point, and what has been simulated of it before."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A finished point.

    Parameters
    ----------
    record : bytes
        JSON: ``status``, ``message``, and the ``answer`` by the keys of the table of quantities.
    blocks : dict of int to ndarray
        What was simulated for it, beyond what was there.
    """

    record: bytes
    blocks: Blocks = field(default_factory=dict)


class MemoryBlocks:
    """Finished blocks of one simulation, in memory, as `isacplan.simulate.run` takes a store.

    Parameters
    ----------
    before : dict of int to ndarray
    """

    def __init__(self, before: Blocks) -> None:
        self._before = before
        self.fresh: Blocks = {}

    def done(self) -> set[int]:
        """Indices of the blocks that are there."""
        return set(self._before)

    def read(self, block: int) -> Float:
        """Result of one block, shape (Z,)."""
        return self._before[block]

    def write(self, results: Iterable[tuple[int, Float]]) -> None:
        """Add blocks."""
        self.fresh.update(results)


@dataclass(kw_only=True)
class Points:
    """Evaluates the points of a plan; give one to each worker.

    Parameters
    ----------
    plan : Plan
    effort : dict of str to object, optional
        How precisely to simulate: ``precision``, ``max_trials``.
    """

    plan: Plan
    effort: dict[str, Any] = field(default_factory=dict)
    _scenes: "OrderedDict[bytes, tuple[Scene, FrameProblem]]" = field(
        default_factory=OrderedDict, repr=False
    )

    def block(self, task: Task) -> Unit:
        """Evaluate one point; whatever is wrong with it becomes its status."""
        point, before = task
        blocks = MemoryBlocks(before)
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            status, message, answer = self._outcome(point, blocks)
        if doubts and answer:
            said = [str(doubt.message) for doubt in doubts]
            answer["warnings"] = [*(answer.get("warnings") or []), *dict.fromkeys(said)]
        record = {"status": status, "message": message, "effort": self.effort, "answer": answer}
        return Unit(record=msgspec.json.encode(record), blocks=blocks.fresh)

    def _outcome(self, point: int, blocks: MemoryBlocks) -> tuple[int, str, dict[str, Any]]:
        try:
            return OK, "", self._answer(self.plan.scenario_at(point), blocks)
        except InfeasibleError as error:
            return INFEASIBLE, error.in_degrees, {}
        except np.linalg.LinAlgError as error:
            return FAULT, f"LinAlgError: {error}", {}
        except ValueError as error:
            return BAD_INPUT, str(error), {}
        except (ArithmeticError, RuntimeError, TypeError, LookupError, MemoryError) as error:
            return FAULT, f"{type(error).__name__}: {error}", {}

    def _answer(self, scenario: Scenario, blocks: MemoryBlocks) -> dict[str, Any]:
        if self.plan.task["evaluate"] == "simulate":
            found: Answer = self._simulated(scenario, blocks)
        elif isinstance(scenario, FrameScenario):
            scene, closed = self._shared(scenario)
            rivals = self.plan.task.get("rivals", True)
            found = frame_report(scene, closed_form=closed, seed=self.plan.seed, rivals=rivals)
        else:
            found = split_report(scenario)
        record = found.record()
        # What describes the whole answer, the sweep says once.
        answer = {key: value for key, value in record.values.items() if _varies(key, record.kind)}
        return plain(answer)

    def _shared(self, scenario: FrameScenario) -> tuple[Scene, FrameProblem]:
        """Scene and closed-form problem, with factorisations of a neighbour with other limits."""
        key = msgspec.json.encode(_without_requirements(scenario))
        if key not in self._scenes:
            scene = frame_scene(scenario)
            self._scenes[key] = scene, closed_problem(scene)
            if len(self._scenes) > SCENES_KEPT:
                self._scenes.popitem(last=False)
            return self._scenes[key]
        self._scenes.move_to_end(key)
        scene, problem = self._scenes[key]
        stated = scene.with_requirements(scenario)
        return stated, replace(
            problem,
            crb_limit=stated.crb_limit,
            weight=stated.weight,
            validity=scenario.sensing.validity,
        )

    def _simulated(self, scenario: Scenario, blocks: MemoryBlocks) -> SimulationReport:
        options, seed = self.plan.task.get("options", {}), self.plan.seed
        simulation = (
            split_simulation(scenario, seed=seed)
            if isinstance(scenario, SplitScenario)
            else frame_simulation(scenario, seed=seed, **options)
        )
        outcome = run(simulation.experiment, store=blocks, **self.effort)
        return SimulationReport(simulation=simulation, outcome=outcome, scenario=scenario)


@cache
def _varies(key: str, kind: str) -> bool:
    if key in table().containers:
        return True
    return table().row(key, kind).type not in ("attribute", "object")


def _without_requirements(scenario: FrameScenario) -> FrameScenario:
    """The scenario without what only the search takes: accuracy limits, weights and policy."""
    change = msgspec.structs.replace
    users = scenario.users and [
        change(user, angle_rmse_limit_deg=None, weight=1.0) for user in scenario.users
    ]
    sensing = change(scenario.sensing, angle_rmse_limit_deg=None, validity="enforce")
    return change(scenario, users=users, sensing=sensing)
