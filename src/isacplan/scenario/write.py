"""A scenario as the text of a file that reads back as the same scenario."""

import json
from typing import Any

from isacplan.scenario.load import Scenario, scenario_to_dict


def scenario_toml(scenario: Scenario) -> str:
    """The file of a scenario; numbers keep every digit.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    str
        TOML.

    Examples
    --------
    >>> from isacplan.scenario import load_scenario
    >>> scenario_toml(load_scenario("bai2024")).splitlines()[0]
    'kind = "frame"'
    """
    values = scenario_to_dict(scenario)
    lines = [f"{key} = {_value(value)}" for key, value in values.items() if not _is_table(value)]
    for name, table in values.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *_pairs(table)]
        elif _is_table(table):
            for entry in table:
                lines += ["", f"[[{name}]]", *_pairs(entry)]
    return "\n".join(lines) + "\n"


def _is_table(value: Any) -> bool:
    """Whether it is a table, or a list of tables."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict)


def _pairs(table: dict[str, Any]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # The escapes of JSON are escapes of TOML, which forbids one more bare character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return repr(value)
