"""What the page shows of a scenario: figures, tables, words and ways out."""

import copy
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from isacplan.errors import InfeasibleError
from isacplan.scenario import FrameScenario, Scenario, scenario_to_dict
from isacplan.scenario.slips import plausible_slips
from isacplan.web.copied import commands, python_lines
from isacplan.web.figure import Figure
from isacplan.web.frame_figures import frame_figures
from isacplan.web.planned import Remembered, Values, is_quick, key_of, plan
from isacplan.web.sketch import sketch_frame
from isacplan.web.split_figures import split_figures
from isacplan.web.stated import read_values, without_places
from isacplan.web.tables import frame_tables, split_tables

Fix = dict[str, Any]


@dataclass(eq=False)
class Answers:
    """Answers to pages, which differ by what each sends and by nothing else.

    Parameters
    ----------
    files : frozenset of str
        Files that scenarios may name.
    """

    files: frozenset[str]
    remembered: Remembered = field(default_factory=Remembered)

    def read(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario that a page states."""
        return read_values(values, files=self.files, origin="this scenario")

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What to show for a state of a page.

        Parameters
        ----------
        asked : mapping
            `values` (the scenario), `theme` and `seq`.

        Returns
        -------
        dict
            `state` is "planned", "sketched", "pending", "infeasible" or "wrong"; `seq` as asked.
        """
        seq, theme = asked.get("seq"), str(asked.get("theme"))
        try:
            scenario = self.read(asked["values"])
            slips = plausible_slips(scenario)
            key = key_of(scenario)
            state = "planned"
            if key in self.remembered or is_quick(scenario):
                values = self.remembered.get(key, lambda: self._plan(scenario))
            elif isinstance(scenario, FrameScenario) and not closed(scenario):
                values, state = sketch_frame(scenario), "sketched"
            else:
                return {"seq": seq, "state": "pending", "words": "Planning: this takes a while."}
            return {"seq": seq, **self.shown(scenario, values, theme, state, slips)}
        except InfeasibleError as error:
            words = f"Infeasible: {error.in_degrees}"
            fixes = [x for x in ways_out(error, asked["values"]) if self._leads_out(x, asked)]
            return {"seq": seq, "state": "infeasible", "words": words, "fixes": fixes}
        except ValueError as error:
            return {"seq": seq, "state": "wrong", "words": str(error), "fixes": []}

    def winner_map(self, asked: Mapping[str, Any]) -> Figure | None:
        """The map of winners of a state; None where there is none.

        Parameters
        ----------
        asked : mapping
            As of `answer`.

        Returns
        -------
        dict or None
            A Plotly figure.
        """
        try:
            scenario = self.read(asked["values"])
            key = f"map {key_of(scenario)}"
            values = self.remembered.get(key, lambda: plan(scenario, with_map=True))
        except (ValueError, InfeasibleError):
            # The answer to the same state says why there is no plan.
            return None
        if values["kind"] != "split":
            return None
        values["scenario"] = scenario_to_dict(scenario)
        return split_figures(values, str(asked.get("theme")))["winner-map"]

    def shown(
        self, scenario: Scenario, values: Values, theme: str, state: str, slips: list[str]
    ) -> dict[str, Any]:
        """A plan or a sketch, dressed."""
        dress: Callable[[Values, str], dict[str, Any]]
        dress, tables = (
            (frame_figures, frame_tables)
            if isinstance(scenario, FrameScenario)
            else (split_figures, split_tables)
        )
        return {
            "state": state,
            "kind": _kind(scenario),
            "figures": dress(values, theme),
            "numbers": numbers(values),
            **tables(values, slips),
            "command": commands(scenario),
            "python": python_lines(scenario),
        }

    def _leads_out(self, fix: Fix, asked: Mapping[str, Any]) -> bool:
        """Whether a change gives a plan; one that takes long to find is given the benefit."""
        try:
            scenario = self.read(followed(asked["values"], fix))
            if is_quick(scenario):
                self.remembered.get(key_of(scenario), lambda: self._plan(scenario))
        except (InfeasibleError, ValueError):
            return False
        return True

    def _plan(self, scenario: Scenario) -> Values:
        values = plan(scenario)
        values["scenario"] = scenario_to_dict(without_places(scenario))
        return values


def followed(values: Mapping[str, Any], fix: Fix) -> dict[str, Any]:
    """The scenario with the changes of a way out.

    Parameters
    ----------
    values : mapping
    fix : dict
        As of `ways_out`.

    Returns
    -------
    dict
    """
    after = copy.deepcopy(dict(values))
    for path, value in fix["changes"]:
        *where, key = path.split(".")
        table: Any = after
        for step in where:
            table = table[int(step) if step.isdigit() else step]
        table[key] = value
    return after


def closed(scenario: FrameScenario) -> bool:
    """Whether its efficiency is a formula."""
    return scenario.transmission.has_closed_form


def numbers(values: Values) -> Values:
    """What a plan says in single numbers, with the keys of the commands' JSON."""
    return {
        key: value
        for key, value in values.items()
        if isinstance(value, str | float | int | bool) or value is None
    }


def _kind(scenario: Scenario) -> str:
    return "frame" if isinstance(scenario, FrameScenario) else "split"


def ways_out(error: InfeasibleError, values: Mapping[str, Any]) -> list[Fix]:
    """Changes that make a scenario feasible, each as a button.

    Parameters
    ----------
    error : InfeasibleError
    values : mapping
        The scenario.

    Returns
    -------
    list of dict
        `label` and `changes`, pairs of a key's path and its new value.
    """
    fixes: list[Fix] = []
    value = error.feasible_value
    users = values.get("users") or []
    if error.constraint == "angle accuracy" and value is not None:
        limit = _up(math.degrees(value) * (1.0 + 1e-3))
        own = [
            [f"users.{k}.angle_rmse_limit_deg", limit]
            for k, user in enumerate(users)
            if (user.get("angle_rmse_limit_deg") or math.inf) < limit
        ]
        common = (values.get("sensing") or {}).get("angle_rmse_limit_deg")
        if common is not None and common < limit:
            own.append(["sensing.angle_rmse_limit_deg", limit])
        fixes.append({"label": f"allow {limit:g} deg", "changes": own})
    if error.constraint == "update duration" and value is not None:
        symbols = int(value / values["frame"]["symbol_duration_s"])
        fixes.append(_one(f"updates of {symbols} symbols", "frame.symbols_per_update", symbols))
    if error.constraint == "blocks left":
        fixes.append(_one("2 blocks", "frame.n_blocks", 2))
    words = str(error)
    if found := re.search(r"([\d.]+) dB more sensing SNR", words):
        more = float(found[1])
        changes = [
            [f"users.{k}.sensing_snr_db", round(user["sensing_snr_db"] + more, 6)]
            for k, user in enumerate(users)
        ]
        fixes.append({"label": f"{more:g} dB more sensing SNR for all", "changes": changes})
    if found := re.search(r"psd_tolerance = ([\d.e-]+\d)", words):
        fixes.append(_one(f"tolerance of {found[1]}", "sensing.psd_tolerance", float(found[1])))
    if found := re.search(r"a capacity loss of ([\d.e-]+\d)", words):
        loss = float(found[1])
        fixes.append(_one(f"a capacity loss of {loss:g}", "requirement.capacity_loss", loss))
    if error.constraint == "position_rmse" and value is not None:
        asked = values.get("requirement") or {}
        for key in ("position_rmse_m", "accuracy_m"):
            if key in asked:
                fixes.append(_one(f"allow {_up(value):g} m", f"requirement.{key}", _up(value)))
    return [fix for fix in fixes if fix["changes"]]


def _one(label: str, path: str, value: float) -> Fix:
    return {"label": label, "changes": [[path, value]]}


def _up(value: float) -> float:
    """Rounded up to four digits."""
    step = 10.0 ** (math.floor(math.log10(value)) - 3)
    return float(f"{math.ceil(value / step) * step:.4g}")
