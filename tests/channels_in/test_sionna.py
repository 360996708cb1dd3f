"""Arrays of Sionna RT: shapes, choices, refusals, and objects instead of files."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from isacplan.channels_in import read_sionna

FILE = Path(__file__).parents[1] / "data" / "sionna_munich" / "paths.npz"


def arrays(**changes):
    found = dict(np.load(FILE).items())
    found.update(changes)
    return {name: values for name, values in found.items() if values is not None}


def saved(tmp_path, **changes):
    file = tmp_path / "paths.npz"
    np.savez(file, **arrays(**changes))
    return file


def as_object(found):
    """The same as the attributes of a Paths object: real and imaginary parts, points in columns."""
    return SimpleNamespace(
        a=(found["a"].real, found["a"].imag),
        tau=found["tau"],
        phi_t=found["phi_t"],
        theta_t=found["theta_t"],
        doppler=found["doppler"],
        valid=found["valid"],
        interactions=found["inter"],
        targets=found["pos"].T,
        sources=np.array([[8.5], [21.0], [27.0]]),
        synthetic_array=True,
    )


def test_an_object_is_as_good_as_its_file():
    from_file = read_sionna(str(FILE))
    found = read_sionna(as_object(arrays()), carrier_frequency=3.5e9)
    for one, other in zip(from_file.users, found.users, strict=True):
        for name in ("gain", "azimuth", "elevation", "doppler", "delay", "n_interactions"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        np.testing.assert_allclose(one.position, other.position)
        np.testing.assert_allclose(other.station, [8.5, 21.0, 27.0])
        assert other.velocity is None
        assert other.carrier == 3.5e9


def test_antennas_of_a_traced_array_are_points_of_their_own():
    found = arrays()
    every = as_object(found)
    every.synthetic_array = False
    n = 16
    for name in ("tau", "phi_t", "theta_t", "doppler", "valid"):
        value = getattr(every, name)
        shape = (*value.shape[:1], 1, *value.shape[1:2], n, *value.shape[2:])
        setattr(every, name, np.broadcast_to(value[:, None, :, None], shape))
    inter = every.interactions
    every.interactions = np.broadcast_to(inter[:, :, None, :, None], (3, 3, 1, 1, n, 11))
    row = 0.01 * (np.arange(n) - 7.5)
    every.sources = np.stack([8.5 + 0 * row, 21.0 + row, 27.0 + 0 * row])
    one = read_sionna(every).users[0]
    np.testing.assert_allclose(one.station, [8.5, 21.0, 27.0])
    np.testing.assert_array_equal(one.gain, read_sionna(FILE).users[0].gain)
    assert not any(note.startswith("transmitter") for note in read_sionna(FILE).notes)
    np.testing.assert_array_equal(one.n_interactions, read_sionna(FILE).users[0].n_interactions)
    every.tau = every.tau + 1e-12 * np.arange(n)[:, None]
    for m in (0, 3):
        later = read_sionna(every, transmit_antenna=m or None).users[0].delay
        np.testing.assert_allclose(later, one.delay + m * 1e-12, rtol=0.0, atol=1e-20)


def test_transmitters_and_antennas_are_chosen(tmp_path):
    found = arrays()
    two = {
        name: np.concatenate([found[name], found[name]], axis=axis)
        for name, axis in (("tau", 1), ("phi_t", 1), ("theta_t", 1), ("doppler", 1), ("valid", 1))
    }
    two["a"] = np.concatenate([found["a"], 0.5 * found["a"]], axis=2)
    two["inter"] = np.concatenate([found["inter"], found["inter"]], axis=2)
    file = saved(tmp_path, **two, frequency=np.array(3.5e9))
    with pytest.raises(ValueError, match="transmitter: there are 2; choose one from 0 to 1"):
        read_sionna(file)
    with pytest.raises(ValueError, match="transmitter = 2: must be from 0 to 1"):
        read_sionna(file, transmitter=2)
    half = read_sionna(file, transmitter=1)
    np.testing.assert_allclose(half.users[0].gain, read_sionna(FILE).users[0].gain / 4, rtol=1e-6)
    assert "transmitter 1 of 2" in half.notes
    assert half.users[0].carrier == 3.5e9
    assert not any("no carrier frequency" in note for note in half.notes)
    assert any("no carrier frequency" in note for note in read_sionna(FILE).notes)


def test_users_with_several_antennas_are_refused(tmp_path):
    a = np.repeat(arrays()["a"], 2, axis=1) * np.array([1.0, 3.0])[:, None, None, None]
    file = saved(tmp_path, a=a)
    with pytest.raises(ValueError, match=r"receive_antenna: there are 2.*planned with one antenna"):
        read_sionna(file)
    second = read_sionna(file, receive_antenna=1)
    np.testing.assert_allclose(second.users[0].gain, 9 * read_sionna(FILE).users[0].gain, rtol=1e-6)


def test_elements_that_differ_must_be_chosen(tmp_path):
    a = arrays()["a"] * np.where(np.arange(16) % 2, 2.0, 1.0)[:, None]
    file = saved(tmp_path, a=a)
    with pytest.raises(ValueError, match="the 16 elements send with different gains"):
        read_sionna(file)
    odd = read_sionna(file, transmit_antenna=3)
    np.testing.assert_allclose(odd.users[1].gain, 4 * read_sionna(FILE).users[1].gain, rtol=1e-6)
    with pytest.raises(ValueError, match="transmit_antenna = 16: must be from 0 to 15"):
        read_sionna(file, transmit_antenna=16)


def test_antennas_beyond_a_traced_array_are_refused(tmp_path):
    """Also where every quantity has an axis for the antennas."""
    found = arrays()
    shape = found["a"].shape
    each = {
        name: np.broadcast_to(found[name][:, None, :, None, :], shape)
        for name in ("tau", "phi_t", "theta_t", "doppler", "valid")
    }
    inter = found["inter"]
    each["inter"] = np.broadcast_to(inter[:, :, None, :, None, :], (inter.shape[0], *shape))
    file = saved(tmp_path, **each)
    assert read_sionna(file, transmit_antenna=15).users
    for beyond in (16, 99, -1):
        with pytest.raises(ValueError, match=f"transmit_antenna = {beyond}: must be from 0 to 15"):
            read_sionna(file, transmit_antenna=beyond)


def test_phase_is_kept_where_there_is_one_antenna(tmp_path):
    one = read_sionna(saved(tmp_path, a=arrays()["a"][..., :1, :])).users[0]
    np.testing.assert_allclose(one.phase, np.angle(arrays()["a"][0, 0, 0, 0]), atol=1e-7)
    assert read_sionna(FILE).users[0].phase is None


def test_invalid_paths_are_dropped_for_either_reason(tmp_path):
    valid = arrays()["valid"].copy()
    valid[0, 0, 0] = False
    tau = arrays()["tau"].copy()
    tau[0, 0, 1] = -1.0
    fewer = read_sionna(saved(tmp_path, valid=valid, tau=tau))
    np.testing.assert_array_equal(fewer.users[0].gain, read_sionna(FILE).users[0].gain[2:])
    assert any(note.startswith("7 of 33 paths dropped") for note in fewer.notes)
    none = read_sionna(saved(tmp_path, valid=valid & (np.arange(3) != 0)[:, None, None]))
    assert [user.user for user in none.users] == [1, 2]
    assert any("1 users without any path left out" in note for note in none.notes)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"phi_t": None}, "array phi_t is missing; needed are a, tau"),
        ({"a": np.zeros((3, 11))}, r"a must be complex with shape .*got float64 \(3, 11\)"),
        ({"tau": np.zeros((3, 11))}, r"tau must have shape \(3, 1, 11\) or .* got \(3, 11\)"),
        (
            {"theta_t": 90 * np.ones((3, 1, 11))},
            "zenith = 90: must be from 0 to .* degrees. angles",
        ),
        ({"theta_t": -0.3 * np.ones((3, 1, 11))}, "zenith = -0.3: .*an elevation"),
        ({"phi_t": 50 * np.ones((3, 1, 11))}, "azimuth = 50: must be from .* degrees"),
        ({"pos": np.zeros((2, 3))}, r"position must have shape \(3, 3\), got \(2, 3\)"),
        ({"valid": np.zeros((3, 1, 11), bool)}, "no path is left"),
    ],
)
def test_bad_arrays(tmp_path, changes, match):
    with pytest.raises(ValueError, match=match):
        read_sionna(saved(tmp_path, **changes))


def test_elevations_for_zeniths_are_noticed(tmp_path):
    """All in range, but the lines of sight then miss the users."""
    theta = np.pi / 2 - arrays()["theta_t"]
    with pytest.raises(ValueError, match=r"write 90 - elevation|zenith = -"):
        read_sionna(saved(tmp_path, theta_t=theta))
    with pytest.raises(ValueError, match=r"below the horizon: write 90 \+ angle"):
        read_sionna(saved(tmp_path, theta_t=np.where(arrays()["valid"], -theta, 0.0)))


def test_mirrored_azimuths_are_noticed(tmp_path):
    with pytest.raises(ValueError, match=r"clockwise .mirrored"):
        read_sionna(
            saved(tmp_path, phi_t=-arrays()["phi_t"], sources=np.array([[8.5, 21.0, 27.0]]))
        )


def test_other_files_and_objects(tmp_path):
    for name, content, match in (
        ("none.npz", None, "none.npz"),
        ("text.npz", b"abc", "not an .npz file"),
        ("empty.npz", b"", "empty"),
    ):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ValueError, match=match):
            read_sionna(file)
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(ValueError, match="one array alone"):
        read_sionna(tmp_path / "one.npy")
    np.savez(tmp_path / "objects.npz", a=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="Python objects are not read"):
        read_sionna(tmp_path / "objects.npz")
    with pytest.raises(ValueError, match="SimpleNamespace has no a: not paths of Sionna RT"):
        read_sionna(SimpleNamespace(b=1))
