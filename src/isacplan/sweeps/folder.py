"""The folder of a study: its ledger, its results, and that nothing else is touched."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from isacplan import __version__
from isacplan.scenario import FrameScenario, scenario_from_dict
from isacplan.scenario.city import city_from_dict
from isacplan.scenario.paths import read_paths
from isacplan.simulate.store import Store, fingerprint
from isacplan.sweeps.axes import Axis
from isacplan.sweeps.evaluate import STATUS
from isacplan.sweeps.netcdf import write_netcdf
from isacplan.sweeps.plan import Plan

LEDGER = "ledger.sqlite"
LOCK = "lock"
RESULTS = "results.nc"
OWN = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", LOCK, f"{LOCK}-journal", RESULTS)


@dataclass(frozen=True, kw_only=True)
class Study:
    """A sweep with what has come of it so far.

    Parameters
    ----------
    folder : Path
    plan : Plan
    key : dict
        Everything that the results depend on, as the ledger keeps it.
    """

    folder: Path
    plan: Plan
    key: dict[str, Any]

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Points that are finished, in order, with their records."""
        with Store(self.folder / LEDGER, None) as store:
            for point, record in store.records():
                yield point, msgspec.json.decode(record)

    def counts(self) -> dict[str, int]:
        """Points by status, ``pending`` among them."""
        found = Counter(STATUS[record["status"]] for _, record in self.records())
        pending = self.plan.n_points - found.total()
        return {name: found[name] for name in STATUS.values()} | {"pending": pending}

    def write_results(self, path: Path) -> None:
        """Write what is finished as netCDF.

        Parameters
        ----------
        path : Path
        """
        write_netcdf(path, self.plan, self.records, attributes=self.attributes)

    @property
    def attributes(self) -> dict[str, Any]:
        """Of the dataset: scenario, version, seed, command, and what varies."""
        return {
            "kind": "sweep",
            "evaluate": self.key["task"]["evaluate"],
            "name": self.plan.scenario.name,
            "version": __version__,
            "code": self.key["version"],
            "seed": self.plan.seed,
            "command": self.command,
            "axes": json.dumps(self.key["axes"]),
            "scenario": json.dumps(self.key["scenario"]),
            "city": None if self.plan.city is None else json.dumps(self.key["city"]),
        }

    @property
    def command(self) -> str:
        """What gives these results again, SCENARIO being the scenario of the attributes."""
        parts = ["isacplan sweep SCENARIO", *["--city CITY"] * (self.plan.city is not None)]
        for axis in self.plan.axes:
            for flag, path, values in zip(
                ("--over", *["--with"] * len(axis.paths)), axis.paths, axis.values, strict=False
            ):
                parts.append(f"{flag} {path}={','.join(_typed(x) for x in values)}")
        options = self.key["task"].get("options", {})
        parts += ["--simulate"] * (self.key["task"]["evaluate"] == "simulate")
        parts += [f"--{name} {value}" for name, value in options.items()]
        parts += ["--no-rivals"] * (not self.key["task"].get("rivals", True))
        parts += [f"--draws {self.plan.draws}"] * bool(self.plan.draws)
        return " ".join([*parts, f"--seed {self.plan.seed}"])


def prepared(folder: Path) -> Path:
    """The folder, made when missing; refused when it is something else than a study.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Path

    Raises
    ------
    ValueError
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = sorted(p.name for p in folder.iterdir() if not _is_own(p.name))
    except (FileExistsError, NotADirectoryError):
        raise ValueError(f"{folder}: is not a folder; name a new one for the study") from None
    except OSError as error:
        raise ValueError(f"{folder}: cannot be used: {error.strerror}") from None
    if others and not (folder / LEDGER).exists():
        raise ValueError(
            f"{folder}: holds something else ({others[0]}) and no study; name a new folder"
        )
    return folder


def key_of(plan: Plan) -> dict[str, Any]:
    """Everything that the results of a plan depend on, as plain values."""
    digest = None
    if isinstance(plan.scenario, FrameScenario) and plan.scenario.users_paths is not None:
        digest = read_paths(plan.scenario.users_paths.file).digest
    return {"version": fingerprint(), **plan.key, "paths": digest}


def read_study(folder: str | Path) -> Study:
    """A study from its folder.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        When there is none.
    """
    place = Path(folder)
    if not (place / LEDGER).is_file():
        raise ValueError(f"{folder}: no study here; `isacplan sweep ... --out {folder}` makes one")
    with Store(place / LEDGER, None) as store:
        key = store.key
    axes = tuple(
        Axis(paths=tuple(paths.split(", ")), values=tuple(tuple(column) for column in values))
        for paths, values in key["axes"].items()
    )
    scenario = scenario_from_dict(key["scenario"], origin=str(folder))
    plan = Plan(
        scenario=scenario,
        axes=axes,
        draws=key["draws"],
        seed=key["seed"],
        city=None if key["city"] is None else city_from_dict(key["city"], origin=str(folder)),
        task=key["task"],
    )
    return Study(folder=place, plan=plan, key=key)


def _is_own(name: str) -> bool:
    return name in OWN or name.startswith(f".{RESULTS}.") or ".unusable-" in name


def _typed(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
