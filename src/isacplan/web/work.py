"""One long task in a process of its own: ``python -m isacplan.web.work``.

A task is one line of JSON on standard input; progress, and in the end a result or what is wrong,
are lines of JSON on standard output. A process can be ended at any time, a thread cannot.
"""

import json
import math
import sys
import warnings
from collections.abc import Callable
from typing import Any

from isacplan.errors import InfeasibleError
from isacplan.scenario import FrameScenario, Scenario, overridden
from isacplan.web.planned import plan
from isacplan.web.stated import read_values

Tell = Callable[[dict[str, Any]], None]

PRECISION = 0.01
MOST_TRIALS = 2_000_000


def run_task(task: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Do a task.

    Parameters
    ----------
    task : dict
        `kind` ("plan", "simulate" or "sweep"), `scenario`, `files`; for a sweep `over`, `start`,
        `stop` and `count`.
    tell : callable
        Takes progress: `part` in [0, 1] and `words`.

    Returns
    -------
    dict

    Raises
    ------
    InfeasibleError, ValueError
        As whatever does the task.
    """
    files = frozenset(task["files"])
    scenario = read_values(task["scenario"], files=files, origin="this scenario")
    if task["kind"] == "plan":
        tell({"part": 0.0, "words": "planning"})
        return plan(scenario)
    if task["kind"] == "simulate":
        return _simulated(scenario, tell)
    return _swept(scenario, task, tell)


def _simulated(scenario: Scenario, tell: Tell) -> dict[str, Any]:
    from isacplan.report import SimulationReport
    from isacplan.simulate import frame_simulation, run, split_simulation

    frame = isinstance(scenario, FrameScenario)
    simulation = frame_simulation(scenario) if frame else split_simulation(scenario)

    def show(trials: int, width: float) -> None:
        part = min(1.0, (PRECISION / width) ** 2) if 0.0 < width < math.inf else 0.0
        tell({"part": part, "words": f"{trials} trials"})

    outcome = run(
        simulation.experiment,
        precision=PRECISION,
        max_trials=MOST_TRIALS,
        n_workers=1,
        progress=show,
    )
    report = SimulationReport(simulation=simulation, outcome=outcome, scenario=scenario)
    return report.to_json()


def _swept(scenario: Scenario, task: dict[str, Any], tell: Tell) -> dict[str, Any]:
    start, stop, count = float(task["start"]), float(task["stop"]), int(task["count"])
    points: list[dict[str, Any]] = []
    for i in range(count):
        value: float | int = start + (stop - start) * i / max(count - 1, 1)
        if task["whole"]:
            value = round(value)
        tell({"part": i / count, "words": f"{task['over']} = {value:g}"})
        points.append(_point(overridden(scenario, {task["over"]: value}), value))
    return {"over": task["over"], "kind": task["scenario"]["kind"], "points": points}


def _point(scenario: Scenario, value: float) -> dict[str, Any]:
    try:
        values = plan(scenario)
    except InfeasibleError as error:
        return {"value": value, "infeasible": error.in_degrees}
    keys = ("spectral_efficiency_bps_hz", "sensing_duration_s", "n_updates")
    if values["kind"] == "split":
        design = values["splits"][values["winner"]]
        return {"value": value, "winner": values["winner"]} | {
            key: design[key] for key in ("capacity_bps", "position_rmse_m")
        }
    return {"value": value} | {key: values[key] for key in keys}


def main() -> None:
    """Do the task on standard input."""
    warnings.simplefilter("ignore")

    def tell(message: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(message, allow_nan=False) + "\n")
        sys.stdout.flush()

    try:
        tell({"result": run_task(json.loads(sys.stdin.readline()), tell)})
    except InfeasibleError as error:
        tell({"infeasible": error.in_degrees})
    except ValueError as error:
        tell({"error": str(error)})
    except MemoryError:
        tell({"error": "out of memory: fewer blocks, users or antennas would do"})


if __name__ == "__main__":
    main()
