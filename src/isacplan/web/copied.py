"""The command and the Python lines that produce what is on screen."""

import json

from isacplan.scenario import FrameScenario, Scenario, load_scenario, preset_names, scenario_to_dict
from isacplan.web.stated import without_places


def preset_of(scenario: Scenario) -> str | None:
    """The preset that a scenario is, unchanged; None for any other.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    str or None
    """
    values = scenario_to_dict(without_places(scenario))
    title = values.get("name", "")
    for name, preset in _presets().items():
        if preset.get("name", "") == title and preset == values:
            return name
    return None


_KNOWN: dict[str, dict[str, object]] = {}


def _presets() -> dict[str, dict[str, object]]:
    if not _KNOWN:
        for name in preset_names():
            _KNOWN[name] = scenario_to_dict(without_places(load_scenario(name)))
    return _KNOWN


def commands(scenario: Scenario) -> str:
    """The command line; of what is no preset it reads the file that "Save TOML" gives.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    str
    """
    kind = "frame" if isinstance(scenario, FrameScenario) else "split"
    return f"isacplan {kind} {preset_of(scenario) or 'scenario.toml'}"


def python_lines(scenario: Scenario) -> str:
    """Lines of Python with every value that differs from a preset of the same name.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    str
    """
    kind = "frame" if isinstance(scenario, FrameScenario) else "split"
    values = scenario_to_dict(without_places(scenario))
    name = preset_of(scenario)
    lines = [f"from isacplan.report import {kind}_report, {kind}_text"]
    if name is not None:
        lines += [
            "from isacplan.scenario import load_scenario",
            "",
            f"scenario = load_scenario({json.dumps(name)})",
        ]
    else:
        lines += [
            "from isacplan.scenario import scenario_from_dict",
            "",
            "scenario = scenario_from_dict({",
            *(f"    {key!r}: {value!r}," for key, value in values.items()),
            "})",
        ]
    return "\n".join([*lines, f"print({kind}_text({kind}_report(scenario)))"])
