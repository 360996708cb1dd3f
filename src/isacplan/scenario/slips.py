"""Numbers of a scenario that are allowed and yet more likely a slip."""

from typing import Any

from isacplan.nr.tables import numerology
from isacplan.scenario.frame import FrameScenario
from isacplan.scenario.keys import scenario_keys
from isacplan.scenario.load import Scenario, scenario_to_dict


def plausible_slips(scenario: Scenario) -> list[str]:
    """What is likely a wrong unit or a digit too many, in words.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    list of str
        One line each: key, value, and what is usual.
    """
    values = scenario_to_dict(scenario)
    found = []
    for key in scenario_keys(values["kind"]):
        tables: Any = values.get(key.section, []) if key.section else values
        tables = tables if isinstance(tables, list) else [tables]
        for i, table in enumerate(tables):
            value = table.get(key.name)
            if not key.usual or value is None or key.usual[0] <= value <= key.usual[1]:
                continue
            number = f"[{i}]" if key.repeated else ""
            found.append(
                f"{key.section}{number}.{key.name} = {value:g} {key.unit}: usual is "
                f"{key.usual[0]:g} to {key.usual[1]:g} {key.unit}"
            )
    if isinstance(scenario, FrameScenario):
        found += _no_numerology(scenario.frame.symbol_duration_s)
    return found


def _no_numerology(duration: float) -> list[str]:
    try:
        numerology(duration)
    except ValueError as error:
        return [f"frame.{error}"]
    return []
