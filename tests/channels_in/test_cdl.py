"""Clustered delay lines against printed rows, their own normalisation and Annex A."""

import numpy as np
import pytest

from isacplan.channels_in import cdl_users
from isacplan.channels_in.cdl import (
    CLUSTER_SPREADS,
    MODELS,
    OFFSETS,
    _scaled,
    _table,
    angular_spread,
    delay_line,
)

CLUSTERS = {"A": 23, "B": 23, "C": 24, "D": 14, "E": 15}

PRINTED = {  # first and last rows of TR 38.901 Tables 7.7.1-1 to 7.7.1-5
    "A": ([0, -13.4, -178.1, 51.3, 50.2, 125.4], [9.6586, -29.7, -56.2, 55.2, 144.9, 156.1]),
    "B": ([0, 0, 9.3, -173.3, 105.8, 78.9], [4.7834, -11.3, -77.6, -60.4, 115.7, 62.3]),
    "C": ([0, -4.4, -46.6, -101, 97.2, 87.6], [8.6523, -22.8, -123.8, 33.6, 107.8, 57]),
    "D": ([0, -0.2, 0, -180, 98.5, 81.5], [12.525, -27.7, 77.2, -83.8, 86.5, 72.9]),
    "E": ([0, -0.03, 0, -180, 99.6, 80.4], [20.6419, -29.2, 57.6, -26, 104.6, 78.3]),
}


@pytest.mark.parametrize("model", MODELS)
def test_tables(model):
    table = _table(model)
    assert table.shape == (CLUSTERS[model], 7)
    for row, printed in zip(table[[0, -1], 1:], PRINTED[model], strict=True):
        np.testing.assert_array_equal(row, printed)
    np.testing.assert_array_equal(table[:, 0], (np.arange(len(table)) == 0) & (model in "DE"))


@pytest.mark.parametrize("model", MODELS)
def test_delays_are_normalised_to_their_spread(model):
    """The delay spread of every table is one, which no wrong delay or power would leave."""
    line = delay_line(model)
    mean = np.sum(line.power * line.delay)
    spread = np.sqrt(np.sum(line.power * (line.delay - mean) ** 2))
    assert spread == pytest.approx(1.0, abs=1e-4 if model != "D" else 7e-3)


def test_offsets_and_cluster_spreads_are_the_printed_ones():
    """Tables 7.5-3 and 7.7.1-1 to 7.7.1-5."""
    printed = [0.0447, 0.1413, 0.2492, 0.3715, 0.5129, 0.6797, 0.8844, 1.1481, 1.5195, 2.1551]
    np.testing.assert_array_equal(OFFSETS, printed)
    assert np.sqrt(np.mean(OFFSETS**2)) == pytest.approx(1.0, abs=0.02)
    assert CLUSTER_SPREADS == {
        "A": (5, 11, 3, 3),
        "B": (10, 22, 3, 7),
        "C": (2, 15, 3, 7),
        "D": (5, 8, 3, 3),
        "E": (5, 11, 3, 7),
    }


@pytest.mark.parametrize("model", MODELS)
def test_rays_of_a_cluster(model):
    line, table = delay_line(model), _table(model)
    specular = int(model in "DE")
    assert line.power.size == 20 * (CLUSTERS[model] - specular) + specular
    assert np.sum(line.power) == pytest.approx(1.0)
    assert np.sum(line.specular) == specular
    last = slice(-20, None)
    for name, column, spread in zip(
        ("departure_azimuth", "arrival_azimuth", "departure_zenith", "arrival_zenith"),
        range(3, 7),
        CLUSTER_SPREADS[model],
        strict=True,
    ):
        rays = np.degrees(getattr(line, name)[last])
        assert np.mean(rays) == pytest.approx(table[-1, column])
        np.testing.assert_allclose(
            np.sort(rays), table[-1, column] + spread * np.sort([*OFFSETS, *-OFFSETS]), atol=1e-9
        )
    share = 10 ** (table[:, 2] / 10)
    assert np.sum(line.power[last]) == pytest.approx(share[-1] / np.sum(share))


def test_coupling_is_seeded():
    one, same, other = (delay_line("C", seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.arrival_azimuth, same.arrival_azimuth)
    assert np.any(one.arrival_azimuth != other.arrival_azimuth)


def test_annex_a():
    mean, spread = angular_spread(np.radians([170.0, -170.0]), [1.0, 1.0])
    assert abs(mean) == pytest.approx(np.pi)
    assert np.degrees(spread) == pytest.approx(10.0, rel=0.01)  # small angles: standard deviation
    assert angular_spread([0.3], [2.0])[1] == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("model", ["B", "D"])
def test_scaling(model):
    found = cdl_users(
        model,
        azimuth=np.radians([20.0, -170.0]),
        gain=1e-9,
        zenith=np.radians(100.0),
        delay_spread=1e-7,
        departure_spread=np.radians(5.0),
        velocity=[0.0, 0.0, 4.0],
        carrier_frequency=3.5e9,
    )
    for user, centre in zip(found.users, (20.0, -170.0), strict=True):
        assert np.sum(user.gain) == pytest.approx(1e-9)
        mean, spread = angular_spread(user.azimuth, user.gain)
        # (7.7-5) is linear, the mean of Annex A is on the circle: close, not equal.
        assert np.degrees(mean) == pytest.approx(centre, abs=0.3)
        assert np.degrees(spread) == pytest.approx(5.0, rel=0.1)
        zenith = angular_spread(np.pi / 2 - user.elevation, user.gain)[0]
        assert np.degrees(zenith) == pytest.approx(100.0, abs=1e-6)
        average = np.sum(user.gain * user.delay) / 1e-9
        rms = np.sqrt(np.sum(user.gain * (user.delay - average) ** 2) / 1e-9)
        assert rms == pytest.approx(1e-7, rel=7e-3)
        # A climb shifts every path by the sine of where it comes from.
        np.testing.assert_allclose(
            user.doppler, 4.0 * np.sin(user.arrival_elevation) * 3.5e9 / 299_792_458.0
        )
        assert user.line_of_sight == (model == "D")
    assert found.notes[0].startswith(f"CDL-{model}")
    assert np.any(found.users[0].arrival_azimuth != found.users[1].arrival_azimuth)


def test_refusals():
    with pytest.raises(ValueError, match="model must be one of A, B, C, D, E"):
        cdl_users("F", azimuth=[0.0])
    with pytest.raises(ValueError, match="departure_spread must be greater than 0"):
        cdl_users("A", azimuth=[0.0], departure_spread=0.0)
    with pytest.raises(ValueError, match=r"velocity must have shape \(3,\) or \(1, 3\)"):
        cdl_users("A", azimuth=[0.0], velocity=[5.0, 3.0])


def direction(azimuth, zenith):
    return np.array(
        [np.sin(zenith) * np.cos(azimuth), np.sin(zenith) * np.sin(azimuth), np.cos(zenith)]
    )


@pytest.mark.filterwarnings("ignore:departure_zenith_deg. every path")  # some are asked upward
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("zenith_deg", [0.0, 5.0, 60.0, 100.0, 125.0, 175.0, 180.0])
def test_directions_fold_over_the_pole(model, zenith_deg):
    """Every zenith works: a direction beyond a pole is the same point of the sphere."""
    azimuth, zenith = 0.7, np.radians(zenith_deg)
    user = cdl_users(model, azimuth=[azimuth], zenith=zenith, gain=1e-9).users[0]
    line = delay_line(model)
    wanted = direction(
        _scaled(line.departure_azimuth, line.power, None, azimuth),
        _scaled(line.departure_zenith, line.power, None, zenith),
    )
    np.testing.assert_allclose(
        direction(user.azimuth, np.pi / 2 - user.elevation), wanted, atol=1e-12
    )
    assert np.max(np.abs(user.azimuth)) <= np.pi
    if user.line_of_sight:
        p = user.direct_path
        here = direction(user.azimuth[p], np.pi / 2 - user.elevation[p])
        there = direction(user.arrival_azimuth[p], np.pi / 2 - user.arrival_elevation[p])
        np.testing.assert_allclose(there, -here, atol=1e-12)
