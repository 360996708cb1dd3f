"""Plans as plain values, remembered by scenario, and which are quick enough to wait for."""

import json
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np

from isacplan.report import frame_report, split_report
from isacplan.scenario import FrameScenario, Scenario, scenario_to_dict

Values = dict[str, Any]

QUICK_FRAME = 200_000
"""Blocks times users times the square of antennas below which a frame is planned in a moment."""

QUICK_SPLIT = 100_000
"""Resource elements times users below which a split is."""

MOST_REMEMBERED = 128


class Remembered:
    """Values by scenario, the latest used; of several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: OrderedDict[str, Values] = OrderedDict()

    def get(self, key: str, compute: Callable[[], Values]) -> Values:
        """The values of a key, computed if they are not remembered.

        Parameters
        ----------
        key : str
        compute : callable

        Returns
        -------
        dict
        """
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
                return found
        values = compute()
        self.put(key, values)
        return values

    def put(self, key: str, values: Values) -> None:
        """Remember values.

        Parameters
        ----------
        key : str
        values : dict
        """
        with self._lock:
            self._values[key] = values
            self._values.move_to_end(key)
            while len(self._values) > MOST_REMEMBERED:
                self._values.popitem(last=False)

    def __contains__(self, key: str) -> bool:
        return key in self._values


def key_of(scenario: Scenario) -> str:
    """What tells a scenario from all others."""
    return json.dumps(scenario_to_dict(scenario), sort_keys=True)


def is_quick(scenario: Scenario) -> bool:
    """Whether a plan takes so little that the page may wait for it.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    bool
    """
    if not isinstance(scenario, FrameScenario):
        s = scenario.split
        elements = s.bandwidth_hz / s.element_bandwidth_hz
        return elements * s.n_symbols * len(scenario.users or [None]) <= QUICK_SPLIT
    if not scenario.transmission.has_closed_form:
        return False
    random, listed = scenario.users_random, scenario.users
    n_users = len(listed) if listed is not None else 1
    n_users = random.count if random is not None else n_users
    size = scenario.frame.n_blocks * n_users * max(scenario.array.n_tx, scenario.array.n_rx) ** 2
    return scenario.users_paths is None and size <= QUICK_FRAME


def plan(scenario: Scenario, *, with_map: bool = False) -> Values:
    """What the commands print as JSON for a scenario.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario
    with_map : bool, optional
        Work out a split's map of winners too.

    Returns
    -------
    dict
        As of the reports' `to_json`, with curves.

    Raises
    ------
    InfeasibleError, ValueError
        As `frame_report` and `split_report`.
    """
    if isinstance(scenario, FrameScenario):
        return frame_report(scenario).to_json(curves=True)
    report = split_report(scenario)
    values = report.to_json(curves=with_map)
    for name, front in report.fronts.items():
        values["fronts"][name] |= {
            "capacity_bps": front.capacity.tolist(),
            "position_rmse_m": np.sqrt(front.crb).tolist(),
        }
    return values
