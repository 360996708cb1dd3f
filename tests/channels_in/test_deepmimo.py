"""Folders of DeepMIMO v4: sets, scenes, velocities, refusals."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from isacplan.channels_in import read_deepmimo

FOLDER = Path(__file__).parents[1] / "data" / "deepmimo_v4_munich"
LINK = "t000_tx000_r001.npz"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "street"))


def changed_params(folder, change):
    file = folder / "params.json"
    params = json.loads(file.read_text())
    change(params)
    file.write_text(json.dumps(params))


def table(folder, name, link=LINK):
    return np.load(folder / f"{name}_{link}")[name]


def replace(folder, name, values, link=LINK):
    np.savez(folder / f"{name}_{link}", **{name: values})


def test_what_is_read():
    found = read_deepmimo(str(FOLDER))
    power = table(FOLDER, "power")
    for i, user in enumerate(found.users):
        kept = np.isfinite(power[i])
        np.testing.assert_allclose(10 * np.log10(user.gain), power[i][kept], atol=1e-5)
        zenith = np.pi / 2 - user.elevation
        np.testing.assert_allclose(np.degrees(zenith), table(FOLDER, "aod_el")[i][kept], atol=1e-5)
        arrival = np.degrees(np.pi / 2 - user.arrival_elevation)
        np.testing.assert_allclose(arrival, table(FOLDER, "aoa_el")[i][kept], atol=1e-5)
        np.testing.assert_allclose(
            np.degrees(user.arrival_azimuth), table(FOLDER, "aoa_az")[i][kept], atol=1e-5
        )
        np.testing.assert_allclose(
            np.degrees(user.phase), table(FOLDER, "phase")[i][kept], atol=1e-5
        )
        assert user.carrier == 3.5e9
        assert user.velocity is None
    assert list(found.users[0].n_interactions) == [0, 1, 1, 2, 1, 2, 3, 3, 2, 3, 3]
    assert found.notes[0] == "receiver set 1, transmitter 0 of set 0"


def test_several_receiver_sets(folder):
    def add(params):
        params["txrx_sets"]["txrx_set_2"] = {**params["txrx_sets"]["txrx_set_1"], "id": 2}

    changed_params(folder, add)
    for file in folder.glob(f"*_{LINK}"):
        shutil.copy(file, str(file).replace("r001", "r002"))
    replace(folder, "power", table(folder, "power") - 10.0, "t000_tx000_r002.npz")
    with pytest.raises(ValueError, match="receiver_set: there are several; choose from 1, 2"):
        read_deepmimo(folder)
    with pytest.raises(ValueError, match="receiver_set: 7 is none; choose from 1, 2"):
        read_deepmimo(folder, receiver_set=7)
    gain = [read_deepmimo(folder, receiver_set=r).users[0].gain[0] for r in (1, 2)]
    assert gain[1] == pytest.approx(gain[0] / 10.0)


def test_transmitters_that_receive_are_no_users_unless_asked_for(folder):
    changed_params(folder, lambda p: p["txrx_sets"]["txrx_set_0"].update(is_rx=True))
    assert len(read_deepmimo(folder).users) == 3
    with pytest.raises(ValueError, match=r"r000.npz: no such file; there: power_t000"):
        read_deepmimo(folder, receiver_set=0)


def dynamic(folder, n, step, digits=2):
    """Scenes in which every receiver moves by `step` from one to the next."""
    files = list(folder.glob("*.npz"))
    for i in range(n):
        scene = folder / f"scene_{i:0{digits}d}"
        scene.mkdir()
        for file in files:
            shutil.copy(file, scene)
        replace(scene, "rx_pos", table(folder, "rx_pos") + i * np.asarray(step))
    for file in files:
        file.unlink()
    changed_params(folder, lambda p: p["scene"].update(num_scenes=n))


def test_dynamic_scenes_give_velocities(folder):
    dynamic(folder, 3, [0.05, -0.02, 0.01])
    with pytest.raises(ValueError, match="scene: there are 3; choose one from 0 to 2"):
        read_deepmimo(folder)
    with pytest.raises(ValueError, match="scene = 3: must be from 0 to 2"):
        read_deepmimo(folder, scene=3)
    for scene in range(3):
        found = read_deepmimo(folder, scene=scene, scene_interval=0.01)
        for user in found.users:
            np.testing.assert_allclose(user.velocity, [5.0, -2.0, 1.0], rtol=1e-4)
            assert user.doppler is not None
    with pytest.raises(ValueError, match="velocity does not go with scene_interval"):
        read_deepmimo(folder, scene=0, scene_interval=0.01, velocity=[1.0, 0, 0])
    with pytest.raises(ValueError, match="scene_interval must be greater than 0"):
        read_deepmimo(folder, scene=0, scene_interval=0.0)
    replace(folder / "scene_01", "rx_pos", table(folder / "scene_01", "rx_pos")[:2])
    with pytest.raises(ValueError, match="the scenes have different receivers"):
        read_deepmimo(folder, scene=0, scene_interval=0.01)
    shutil.rmtree(folder / "scene_02")
    with pytest.raises(ValueError, match="states 3 scenes, 2 folders"):
        read_deepmimo(folder, scene=0)


def test_scenes_follow_their_numbers(folder):
    """scene_2 before scene_10: text order would move the users eight steps at once."""
    dynamic(folder, 12, [0.05, 0.0, 0.0], digits=1)
    first = read_deepmimo(folder, scene=0).users[0].position
    for scene in range(12):
        found = read_deepmimo(folder, scene=scene, scene_interval=0.01).users[0]
        np.testing.assert_allclose(found.position - first, [0.05 * scene, 0.0, 0.0], atol=1e-4)
        np.testing.assert_allclose(found.velocity, [5.0, 0.0, 0.0], rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("velocity", [[5.0, 3.0], [[5.0, 3.0, 0.0]] * 2, 5.0])
def test_velocities_have_a_shape(folder, velocity):
    with pytest.raises(ValueError, match=r"velocity must have shape \(3,\) or \(3, 3\)"):
        read_deepmimo(folder, velocity=velocity)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda f: (f / "params.json").unlink(), "params.json: no such file: not a DeepMIMO v4"),
        (lambda f: (f / "params.json").write_text("{"), "params.json: not JSON"),
        (lambda f: changed_params(f, lambda p: p.pop("rt_params")), "rt_params is missing"),
        (
            lambda f: changed_params(f, lambda p: p["rt_params"].pop("frequency")),
            "frequency = None",
        ),
        (lambda f: (f / f"power_{LINK}").unlink(), "no such file; there: none"),
        (lambda f: replace(f, "delay", np.zeros((3, 4))), r"delay must have shape \(3, 11\), got"),
        (lambda f: np.savez(f / f"delay_{LINK}", x=1.0), "array delay is missing"),
        (
            lambda f: replace(f, "aod_el", 90.0 - table(f, "aod_el")),
            "aod_el = -18.09.*elevations belong to version 3: write 90 - elevation",
        ),
        (lambda f: replace(f, "aoa_el", 400.0 + table(f, "aoa_el")), "aoa_el = 471.9.*0 to 180"),
        (lambda f: replace(f, "aod_el", np.radians(table(f, "aod_el"))), "radians. multiply"),
        (lambda f: replace(f, "aod_az", -table(f, "aod_az")), "clockwise .mirrored"),
        (lambda f: replace(f, "delay", 1e9 * table(f, "delay")), r"delay_ns = .*e.11 of user"),
        (
            lambda f: changed_params(f, lambda p: p["txrx_sets"]["txrx_set_1"].update(num_ant=2)),
            "2 antennas a user; users are planned with one antenna",
        ),
    ],
)
def test_bad_folders(folder, change, match):
    change(folder)
    try:
        notes = " ".join(read_deepmimo(folder).notes)
    except ValueError as error:
        notes = str(error)
    assert re.search(match, notes), notes


def test_other_choices(folder, tmp_path):
    with pytest.raises(ValueError, match="transmitter = 1: set has 1 points"):
        read_deepmimo(folder, transmitter=1)
    with pytest.raises(ValueError, match="not a folder; give a DeepMIMO scenario"):
        read_deepmimo(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="scene_interval: there is one scene only"):
        read_deepmimo(folder, scene_interval=0.1)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "x.mat").write_bytes(b"1")
    with pytest.raises(ValueError, match=r"version 3 wrote .mat files"):
        read_deepmimo(tmp_path / "old")
