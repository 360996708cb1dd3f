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
from isacplan.scenario.paths import paths_text
from isacplan.scenario.requirements import accuracy_variance, sensing_categories
from isacplan.scenario.split import SplitScenario
from isacplan.scenario.split_build import position_variance_limits, snrs_at, split_problem
from isacplan.scenario.users import FrameUsers, frame_users

__all__ = [
    "FrameScenario",
    "FrameUsers",
    "Scenario",
    "SplitScenario",
    "accuracy_variance",
    "assumed_correlation",
    "frame_arrays",
    "frame_problem",
    "frame_users",
    "load_scenario",
    "paths_text",
    "position_variance_limits",
    "preset_names",
    "scenario_from_dict",
    "scenario_to_dict",
    "sensing_categories",
    "snrs_at",
    "split_problem",
]
