"""Scenario files: the only place where dB and degrees become SI."""

from isacplan.scenario.build import assumed_correlation, frame_arrays, frame_problem
from isacplan.scenario.frame import FrameScenario
from isacplan.scenario.load import (
    Scenario,
    load_scenario,
    preset_names,
    scenario_from_dict,
    scenario_to_dict,
)
from isacplan.scenario.users import FrameUsers, frame_users

__all__ = [
    "FrameScenario",
    "FrameUsers",
    "Scenario",
    "assumed_correlation",
    "frame_arrays",
    "frame_problem",
    "frame_users",
    "load_scenario",
    "preset_names",
    "scenario_from_dict",
    "scenario_to_dict",
]
