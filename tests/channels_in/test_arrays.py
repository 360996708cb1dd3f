"""Users from arrays in Python."""

import numpy as np
import pytest

from isacplan.channels_in import users_from_paths

GOOD = {
    "gain": [[1e-8, 1e-9], [1e-8, np.nan]],
    "departure_azimuth": [[0.1, 0.2], [0.3, np.nan]],
    "departure_zenith": [[1.6, 1.7], [1.8, np.nan]],
}


def test_least():
    found = users_from_paths(**GOOD)
    assert [user.n_paths for user in found.users] == [2, 1]
    assert found.n_paths == 3
    np.testing.assert_allclose(found.users[0].elevation, np.pi / 2 - np.array([1.6, 1.7]))
    assert found.users[1].user == 1
    assert found.notes == ("1 of 4 paths dropped: not valid, or padding",)


def test_numbers_and_users_without_paths():
    found = users_from_paths(**{**GOOD, "gain": [[0.0, -1.0], [1e-8, 0.0]]}, numbers=[7, 9])
    assert [user.user for user in found.users] == [9]
    assert "1 users without any path left out" in found.notes[0]


def test_doppler_follows_only_where_it_can():
    v = [[1.0, 2.0, 3.0]] * 2
    arrival = {"arrival_azimuth": np.ones((2, 2)), "arrival_zenith": np.ones((2, 2))}
    for fields, follows in (
        ({}, False),
        ({"velocity": v}, False),
        ({"velocity": v, "carrier_frequency": 1e9}, False),
        ({**arrival, "carrier_frequency": 1e9}, False),
        ({**arrival, "velocity": v}, False),
        ({**arrival, "velocity": v, "carrier_frequency": 1e9}, True),
        ({"n_interactions": np.zeros((2, 2)), "velocity": v, "carrier_frequency": 1e9}, True),
    ):
        found = users_from_paths(**GOOD, **fields)
        assert (found.users[0].doppler is not None) == follows
        assert any("Doppler" in note for note in found.notes) == follows
    stated = users_from_paths(
        **GOOD, **arrival, velocity=v, carrier_frequency=1e9, doppler=np.full((2, 2), 7.0)
    )
    np.testing.assert_array_equal(stated.users[0].doppler, [7.0, 7.0])


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"gain": [1.0]}, r"gain must have shape \(U, P\), got \(1,\)"),
        ({"gain": "x"}, "gain must be an array of real numbers"),
        ({"departure_azimuth": [[0.1]]}, r"azimuth must have shape \(2, 2\) as gain"),
        ({"gain": [[0.0, 0.0], [0.0, 0.0]]}, "no path is left"),
        ({"departure_zenith": [[100.0, 95.0], [91.0, 90.0]]}, "zenith = 100: .*degrees"),
        ({"departure_zenith": [[-0.2, 0.1], [0.1, 0.1]]}, "zenith = -0.2: .*an elevation"),
        ({"numbers": [1, 1]}, "numbers must name each of the 2 users once"),
        ({"numbers": [1]}, "numbers must name each of the 2 users once"),
        ({"velocity": [1.0, 2.0, 3.0]}, r"velocity must have shape \(2, 3\)"),
        ({"doppler": [[1.0, np.nan], [1.0, 1.0]]}, "doppler of user 0 is NaN for some of its pat"),
        ({"gain": [[80.0, 90.0], [80.0, 80.0]]}, "every path gains power"),
        ({"gain": 1.0 + 1e-4 * np.ones((2, 2))}, "every gain is between 0 and 0.01 dB"),
    ],
)
def test_bad_arrays(changes, match):
    with pytest.raises(ValueError, match=match):
        users_from_paths(**{**GOOD, **changes})


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"gain": [[1e8]]}, "gain_db = 80 of user 0: must be from -400 to 30 .*-80 dB"),
        ({"gain": [[80.0]]}, "every path gains power, 19.03 dB and more.*linear gain"),
        ({"carrier_frequency": 3.5}, "carrier_hz = 3.5 of user 0: must be from 1e.06"),
        ({"carrier_frequency": np.nan}, "carrier_hz = nan of user 0"),
        ({"velocity": [[0.0, 50000.0, 0.0]]}, "vy_mps = 50000 of user 0: must be from -10000"),
        ({"delay": [[300.0]]}, "delay_ns = 3e.11 of user 0"),
        ({"delay": [[-1e-9]]}, "delay_ns = -1 of user 0: must be from 0 .*marks a path that is"),
        ({"doppler": [[2e7]]}, "doppler_hz = 2e.07 of user 0"),
        ({"position": [[0.0, 0.0, 1e10]]}, "z_m = 1e.10 of user 0"),
        ({"n_interactions": [[-1.0]]}, "n_interactions = -1 of user 0"),
    ],
)
def test_ranges_are_those_of_the_file(changes, match):
    """What reading the written file would refuse is not written."""
    values = {"gain": [[1e-8]], "departure_azimuth": [[0.1]], "departure_zenith": [[1.7]]}
    with pytest.raises(ValueError, match=match):
        users_from_paths(**{**values, **changes})


def test_phases_are_taken_within_a_turn():
    found = users_from_paths(
        gain=[[1e-8, 1e-9]],
        departure_azimuth=[[0.1, 0.2]],
        departure_zenith=[[1.7, 1.6]],
        phase=[[50.0, -7.0]],
    )
    phase = found.users[0].phase
    np.testing.assert_allclose(np.exp(1j * phase), np.exp(1j * np.array([50.0, -7.0])))
    assert np.max(np.abs(phase)) <= np.pi
