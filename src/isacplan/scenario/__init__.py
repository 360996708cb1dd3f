"""Scenario files: the only place where dB and degrees become SI."""

from isacplan.scenario.build import frame_problem
from isacplan.scenario.frame import FrameScenario
from isacplan.scenario.keys import Key, scenario_keys
from isacplan.scenario.load import (
    Scenario,
    load_scenario,
    preset_names,
    preset_text,
    scenario_from_dict,
    scenario_to_dict,
)
from isacplan.scenario.override import overridden
from isacplan.scenario.requirements import accuracy_requirements, accuracy_variance
from isacplan.scenario.scene import Scene, frame_scene
from isacplan.scenario.split import SplitScenario
from isacplan.scenario.split_build import (
    distance_range,
    position_variance_limits,
    snrs_at,
    split_problem,
)
from isacplan.scenario.split_plan import Question, SplitPlan, plan_split
from isacplan.scenario.template import scenario_template
from isacplan.scenario.write import scenario_toml

__all__ = [
    "FrameScenario",
    "Key",
    "Question",
    "Scenario",
    "Scene",
    "SplitPlan",
    "SplitScenario",
    "accuracy_requirements",
    "accuracy_variance",
    "distance_range",
    "frame_problem",
    "frame_scene",
    "load_scenario",
    "overridden",
    "plan_split",
    "position_variance_limits",
    "preset_names",
    "preset_text",
    "scenario_from_dict",
    "scenario_keys",
    "scenario_template",
    "scenario_to_dict",
    "scenario_toml",
    "snrs_at",
    "split_problem",
]
