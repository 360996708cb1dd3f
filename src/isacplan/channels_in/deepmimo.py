"""Scenario folders of DeepMIMO, version 4: one file a quantity, one row a receiver.

Conventions there: angles in degrees, the one called ``el`` from straight up; power in dB of one
transmitted watt between isotropic antennas; NaN where there is no path; ``inter`` spells the
interactions as decimal digits, 0 for the line of sight; no velocities.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from isacplan._typing import ArrayLike, Float
from isacplan.channels_in.files import read_arrays, read_json
from isacplan.channels_in.imported import ImportedUsers, users_from_paths, velocities

QUANTITIES = ("power", "phase", "delay", "aoa_az", "aoa_el", "aod_az", "aod_el", "inter")
POSITIONS = ("rx_pos", "tx_pos")


def read_deepmimo(
    folder: str | Path,
    *,
    transmitter_set: int | None = None,
    transmitter: int = 0,
    receiver_set: int | None = None,
    scene: int | None = None,
    scene_interval: float | None = None,
    velocity: ArrayLike | None = None,
) -> ImportedUsers:
    """Users of a DeepMIMO folder: every receiver of one set with a path.

    Parameters
    ----------
    folder : str or Path
        With ``params.json`` and the ``.npz`` files; a dynamic scenario has one folder a scene.
    transmitter_set, receiver_set : int, optional
        Identifiers; needed when there are several.
    transmitter : int, optional
        Which of the transmitter set.
    scene : int, optional
        Which scene, from 0; needed when there are several.
    scene_interval : float, optional
        Time from one scene to the next, from which the receivers' velocities follow [s].
    velocity : array_like, shape (3,) or (n_receivers, 3), optional
        Of the users, where the scenes do not give it [m/s].

    Returns
    -------
    ImportedUsers
        Numbered as the rows of the files; with velocities, the Doppler shifts follow from them.

    Raises
    ------
    ValueError
        When a file is missing or does not fit, or a choice is needed.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ValueError(f"{root}: not a folder; give a DeepMIMO scenario")
    params = _parameters(root)
    link = _Link.chosen(params, transmitter_set, transmitter, receiver_set)
    scenes = _scenes(root, params)
    if scene is None and len(scenes) > 1:
        raise ValueError(f"scene: there are {len(scenes)}; choose one from 0 to {len(scenes) - 1}")
    if not 0 <= (scene or 0) < len(scenes):
        raise ValueError(f"scene = {scene}: must be from 0 to {len(scenes) - 1}")
    tables = link.tables(scenes[scene or 0])
    moving = _velocity(link, scenes, scene or 0, scene_interval)
    if moving is not None and velocity is not None:
        raise ValueError("velocity does not go with scene_interval, which gives velocities")
    known = velocity if moving is None else moving
    position = tables["rx_pos"]
    found = users_from_paths(
        gain=10.0 ** (tables["power"] / 10.0),
        departure_azimuth=np.radians(tables["aod_az"]),
        departure_zenith=np.radians(tables["aod_el"]),
        arrival_azimuth=np.radians(tables["aoa_az"]),
        arrival_zenith=np.radians(tables["aoa_el"]),
        delay=tables["delay"],
        phase=np.radians(tables["phase"]),
        n_interactions=_count(tables["inter"]),
        position=position,
        velocity=velocities(known, len(position)),
        station=np.reshape(tables["tx_pos"], (-1, 3))[0],
        carrier_frequency=float(params["rt_params"]["frequency"]),
    )
    assumed = "" if known is not None else "no velocities there: aging by Doppler needs them"
    notes = (link.note, *found.notes, assumed)
    return ImportedUsers(users=found.users, notes=tuple(note for note in notes if note))


def _parameters(root: Path) -> dict[str, Any]:
    path = root / "params.json"
    if not path.is_file():
        older = " (version 3 wrote .mat files: convert it)" if list(root.glob("*.mat")) else ""
        raise ValueError(f"{path}: no such file: not a DeepMIMO v4 scenario{older}")
    params = read_json(path)
    for key in ("rt_params", "txrx_sets"):
        if not isinstance(params, dict) or not isinstance(params.get(key), dict):
            raise ValueError(f"{path}: {key} is missing")
    frequency = params["rt_params"].get("frequency")
    if not isinstance(frequency, int | float) or not frequency > 0:
        raise ValueError(f"{path}: rt_params.frequency = {frequency!r}: must be a frequency in Hz")
    return params


def _scenes(root: Path, params: dict[str, Any]) -> list[Path]:
    count = params.get("scene", {}).get("num_scenes", 1)
    if count == 1:
        return [root]
    # By number: scene_2 comes before scene_10.
    folders = sorted(
        (path for path in root.iterdir() if path.is_dir()),
        key=lambda path: [
            (int(part), "") if part.isdecimal() else (-1, part)
            for part in re.split(r"(\d+)", path.name)
        ],
    )
    if len(folders) < count:
        raise ValueError(f"{root}: params.json states {count} scenes, {len(folders)} folders")
    return folders[:count]


def _velocity(
    link: "_Link", scenes: list[Path], scene: int, interval: float | None
) -> Float | None:
    """Velocities (n, 3) by differences of the receivers' positions in neighbouring scenes."""
    if interval is None:
        return None
    if len(scenes) < 2:
        raise ValueError("scene_interval: there is one scene only; give velocity instead")
    if not interval > 0.0:
        raise ValueError(f"scene_interval must be greater than 0, got {interval:g}")
    before, after = max(scene - 1, 0), min(scene + 1, len(scenes) - 1)
    start, end = (link.table(scenes[i], "rx_pos") for i in (before, after))
    if start.shape != end.shape:
        raise ValueError("scene_interval: the scenes have different receivers")
    return (end - start) / ((after - before) * interval)


def _count(codes: Float) -> Float:
    """Number of interactions from their decimal digits; NaN stays."""
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = np.floor(np.log10(codes)) + 1.0
    return np.where(codes == 0.0, 0.0, digits)


class _Link:
    """One transmitter and one set of receivers of a scenario."""

    def __init__(self, transmitter_set: int, transmitter: int, receiver_set: int) -> None:
        self.ending = f"t{transmitter_set:03d}_tx{transmitter:03d}_r{receiver_set:03d}.npz"
        self.note = (
            f"receiver set {receiver_set}, transmitter {transmitter} of set {transmitter_set}"
        )

    @classmethod
    def chosen(
        cls,
        params: dict[str, Any],
        transmitter_set: int | None,
        transmitter: int,
        receiver_set: int | None,
    ) -> "_Link":
        """The link that was asked for, when it is there and has single antennas."""
        sets = list(params["txrx_sets"].values())
        t = _one_set("transmitter_set", [s for s in sets if s.get("is_tx")], transmitter_set)
        receivers = [s for s in sets if s.get("is_rx") and not s.get("is_tx")]
        every = receivers or [s for s in sets if s.get("is_rx")]
        asked = [s for s in sets if s.get("is_rx")] if receiver_set is not None else every
        r = _one_set("receiver_set", asked, receiver_set)
        if not 0 <= transmitter < t["num_points"]:
            raise ValueError(f"transmitter = {transmitter}: set has {t['num_points']} points")
        if r.get("num_ant", 1) != 1:
            raise ValueError(
                f"receiver_set {r['id']}: {r['num_ant']} antennas a user; users are planned with "
                "one antenna"
            )
        return cls(t["id"], transmitter, r["id"])

    def table(self, folder: Path, name: str) -> Float:
        """One quantity, in the file's units."""
        path = folder / f"{name}_{self.ending}"
        if not path.is_file():
            there = sorted(p.name for p in folder.glob(f"{name}_*.npz"))
            raise ValueError(f"{path}: no such file; there: {', '.join(there) or 'none'}")
        arrays = read_arrays(path)
        if name not in arrays:
            raise ValueError(f"{path}: array {name} is missing")
        return arrays[name].astype(float)

    def tables(self, folder: Path) -> dict[str, Float]:
        """Every quantity, checked for shape and units."""
        tables = {name: self.table(folder, name) for name in (*QUANTITIES, *POSITIONS)}
        shape = tables["power"].shape
        for name in QUANTITIES:
            if tables[name].shape != shape or len(shape) != 2:
                found = tables[name].shape
                raise ValueError(f"{folder}: {name} must have shape {shape}, got {found}")
        for name in ("aod_el", "aoa_el"):
            _check_zenith(name, tables[name])
        return tables


def _check_zenith(name: str, values: Float) -> None:
    outside = values[(values < -1e-3) | (values > 180.001)]
    if outside.size:
        raise ValueError(
            f"{name} = {outside[0]:g}: must be from 0 to 180 degrees from straight up; elevations "
            "belong to version 3: write 90 - elevation"
        )


def _one_set(name: str, sets: list[dict[str, Any]], chosen: int | None) -> dict[str, Any]:
    known = [s["id"] for s in sets]
    if chosen is None and len(sets) == 1:
        return sets[0]
    if chosen not in known:
        stated = "there are several" if chosen is None else f"{chosen} is none"
        raise ValueError(f"{name}: {stated}; choose from {', '.join(map(str, known)) or 'none'}")
    return next(s for s in sets if s["id"] == chosen)
