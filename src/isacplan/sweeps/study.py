"""Sweeps from Python: run one, open one."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from isacplan.scenario import FrameScenario, load_scenario
from isacplan.scenario.city import City, load_city
from isacplan.scenario.load import Scenario
from isacplan.sweeps.axes import Over, axes_of
from isacplan.sweeps.folder import RESULTS, read_study
from isacplan.sweeps.plan import Plan
from isacplan.sweeps.run import Compute, Progress, run_sweep

if TYPE_CHECKING:
    from xarray import Dataset


def sweep_plan(
    scenario: Scenario | str | Path,
    over: Over,
    *,
    draws: int = 0,
    seed: int = 0,
    simulate: bool | Mapping[str, Any] = False,
    rivals: bool = True,
    city: City | str | Path | None = None,
) -> Plan:
    """What a sweep evaluates.

    Parameters
    ----------
    scenario, over, draws, seed, simulate, rivals, city
        As for `sweep`.

    Returns
    -------
    Plan
    """
    loaded = load_scenario(scenario) if isinstance(scenario, str | Path) else scenario
    task: dict[str, Any] = {"evaluate": "frame" if isinstance(loaded, FrameScenario) else "split"}
    if simulate is not False:
        options = dict[str, Any]() if simulate is True else dict(simulate)
        task = {"evaluate": "simulate", "options": options}
    elif not rivals:
        task["rivals"] = False
    return Plan(
        scenario=loaded,
        axes=axes_of(over, loaded),
        draws=draws,
        seed=seed,
        city=load_city(city) if isinstance(city, str | Path) else city,
        task=task,
    )


def sweep(
    scenario: Scenario | str | Path,
    over: Over = MappingProxyType({}),
    *,
    draws: int = 0,
    seed: int = 0,
    simulate: bool | Mapping[str, Any] = False,
    effort: Mapping[str, Any] | None = None,
    rivals: bool = True,
    city: City | str | Path | None = None,
    out: str | Path | None = None,
    n_workers: int = 1,
    compute: Compute | None = None,
    progress: Progress | None = None,
) -> "Dataset":
    """Evaluate a scenario at every combination of values of some of its keys.

    Parameters
    ----------
    scenario : FrameScenario, SplitScenario, str or Path
        A scenario, or the file or preset that states it.
    over : mapping
        By the path of a key, the values that it takes: a sequence, or text such as
        ``"0.01:1:25:log"``. Keys that change together stand in a tuple, with as many sequences.
    draws : int, optional
        How often the users of ``[users_random]`` are drawn anew at each point.
    seed : int, optional
        Of the draws and of what each point draws.
    simulate : bool or mapping, optional
        Simulate each point instead of planning it; a mapping goes to
        `isacplan.simulate.frame_simulation`, such as ``{"depth": "end-to-end"}``.
    effort : mapping, optional
        How precisely to simulate: ``precision``, ``max_trials``.
    rivals : bool, optional
        Solve the published rivals of each frame too, which takes most of the time.
    city : City, str or Path, optional
        A city, or the file that states it: its cells become the first dimension, and their users
        take the place of the scenario's.
    out : str or Path, optional
        Folder that keeps every finished point, so that the same call continues after any end.
    n_workers : int, optional
        Processes on this machine.
    compute : callable, optional
        Who evaluates the points instead; see `isacplan.sweeps.dask_compute`.
    progress : callable, optional
        Called with the points finished, the points in all, and the seconds left.

    Returns
    -------
    xarray.Dataset
        Dimensions named after the keys; ``status`` and ``message`` say what came of each point.

    Raises
    ------
    ValueError
        When a key does not exist or takes none of its values, or the folder cannot be used.
    """
    plan = sweep_plan(
        scenario, over, draws=draws, seed=seed, simulate=simulate, rivals=rivals, city=city
    )
    options: dict[str, Any] = {
        "effort": dict(effort or {}),
        "n_workers": n_workers,
        "compute": compute,
        "progress": progress,
    }
    if out is not None:
        run_sweep(plan, out, **options)
        return open_study(out)
    with tempfile.TemporaryDirectory(prefix="isacplan-") as folder:
        run_sweep(plan, folder, **options)
        return _loaded(Path(folder) / RESULTS)


def open_study(folder: str | Path) -> "Dataset":
    """The results of a study, complete or not, also while it runs.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    xarray.Dataset
        A complete one is read from its file when its values are needed.

    Raises
    ------
    ValueError
        When there is no study.
    """
    study = read_study(folder)
    file = study.folder / RESULTS
    if file.exists():
        from xarray import open_dataset

        return open_dataset(file, engine="h5netcdf")
    with tempfile.TemporaryDirectory(prefix="isacplan-") as place:
        study.write_results(Path(place) / RESULTS)
        return _loaded(Path(place) / RESULTS)


def _loaded(file: Path) -> "Dataset":
    from xarray import load_dataset

    return load_dataset(file, engine="h5netcdf")
