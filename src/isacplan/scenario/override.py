"""A scenario with some of its keys changed."""

import re
from collections.abc import Mapping
from typing import Any

from isacplan.scenario.load import Scenario, scenario_from_dict, scenario_to_dict

STEP = re.compile(r"(?P<name>[A-Za-z0-9_]+)(?:\[(?P<index>\d+)\])?")


def overridden(
    scenario: Scenario, changes: Mapping[str, Any], *, origin: str = "override"
) -> Scenario:
    """The scenario with other values for some keys, checked like a file.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario
    changes : mapping of str to object
        By the key's path: ``sensing.angle_rmse_limit_deg``, ``users[2].snr_db``; a list without an
        index means each of its entries, so ``users.snr_db`` changes every user. None removes a key,
        a mapping replaces a whole section.
    origin : str, optional
        What to call the source in errors.

    Returns
    -------
    FrameScenario or SplitScenario

    Raises
    ------
    ValueError
        Naming the key, its value and what would be right.

    Examples
    --------
    >>> from isacplan.scenario import load_scenario
    >>> overridden(load_scenario("bai2024"), {"array.n_tx": 16}).array.n_tx
    16
    """
    values = scenario_to_dict(scenario)
    for path, value in changes.items():
        steps = _steps(path, origin)
        values = _changed(values, steps, value, f"{origin}: {path}")
    return scenario_from_dict(values, origin=origin)


def _steps(path: str, origin: str) -> list[str | int]:
    steps: list[str | int] = []
    for part in path.split("."):
        found = STEP.fullmatch(part)
        if found is None:
            raise ValueError(
                f"{origin}: {path!r}: not the path of a key, such as sensing.angle_rmse_limit_deg "
                "or users[0].snr_db"
            )
        steps.append(found["name"])
        if found["index"] is not None:
            steps.append(int(found["index"]))
    return steps


def _changed(values: Any, steps: list[str | int], value: Any, where: str) -> Any:
    """The values with one place changed; None where it is removed."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(values, list):
        if isinstance(step, str):
            return [_changed(entry, steps, value, where) for entry in values]
        if step >= len(values):
            raise ValueError(f"{where}: no entry {step}; what it names has {len(values)} entries")
        return [
            _changed(entry, rest, value, where) if i == step else entry
            for i, entry in enumerate(values)
        ]
    if isinstance(step, int):
        raise ValueError(f"{where}: no entry {step}; what it names is no list")
    if not isinstance(values, dict):
        raise ValueError(f"{where}: nothing lies below a value")
    others = {key: entry for key, entry in values.items() if key != step}
    changed = _changed(values.get(step, {}), rest, value, where)
    return others if changed is None else {**others, step: changed}
