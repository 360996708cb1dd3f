"""Real exports of two tools of the same street: they agree, and with the tracer's own channels."""

from pathlib import Path

import numpy as np
import pytest

from isacplan.array import uniform_linear
from isacplan.channel import paths_correlation
from isacplan.channel.doppler import traced_aging
from isacplan.channels_in import paths_csv, read_deepmimo, read_sionna
from isacplan.scenario.paths import read_paths

DATA = Path(__file__).parents[1] / "data"
SIONNA = DATA / "sionna_munich" / "paths.npz"
DEEPMIMO = DATA / "deepmimo_v4_munich"
VELOCITY = np.array([[5.0, 3.0, 0.0], [0.0, 10.0, 2.0], [-8.0, 0.0, 0.0]])


@pytest.fixture(scope="module")
def sionna():
    return read_sionna(SIONNA, carrier_frequency=3.5e9)


@pytest.fixture(scope="module")
def deepmimo():
    return read_deepmimo(DEEPMIMO, velocity=VELOCITY)


def test_correlation_is_that_of_the_tracers_own_array_response(sionna):
    """Sionna's elements add ``exp(+2j pi x u)``, ours ``exp(-2j pi x u)``: R is the conjugate."""
    a = np.load(SIONNA)["a"][:, 0, 0].astype(complex)
    for user, h in zip(sionna.users, a, strict=True):
        own = h @ h.conj().T
        R, beta = paths_correlation(
            uniform_linear(16), np.sqrt(user.gain), user.azimuth, user.elevation
        )
        np.testing.assert_allclose(R, own.conj() / np.trace(own).real, atol=1e-6)
        assert beta == pytest.approx(np.trace(own).real / 16, rel=1e-6)
        assert np.max(np.abs(R - own / np.trace(own).real)) > 0.1  # not by chance


def test_correlation_survives_the_file(tmp_path, sionna):
    file = tmp_path / "users.csv"
    file.write_text(paths_csv(sionna.users))
    table = read_paths(str(file))
    array = uniform_linear(16)
    for user in sionna.users:
        again = table.user(user.user)
        R, beta = paths_correlation(array, np.sqrt(again.gain), again.azimuth, again.elevation)
        wanted, before = paths_correlation(array, np.sqrt(user.gain), user.azimuth, user.elevation)
        np.testing.assert_allclose(R, wanted, atol=1e-9)
        assert beta == pytest.approx(before, rel=1e-8)


def test_both_files_tell_of_the_same_paths(sionna, deepmimo):
    assert [u.n_paths for u in sionna.users] == [u.n_paths for u in deepmimo.users] == [11, 10, 7]
    for one, other in zip(sionna.users, deepmimo.users, strict=True):
        i, j = np.argsort(one.delay), np.argsort(other.delay)
        np.testing.assert_allclose(one.delay[i], other.delay[j], rtol=1e-6)
        np.testing.assert_allclose(one.gain[i], other.gain[j], rtol=1e-5)
        np.testing.assert_allclose(one.azimuth[i], other.azimuth[j], atol=1e-6)
        np.testing.assert_allclose(one.elevation[i], other.elevation[j], atol=1e-6)
        np.testing.assert_array_equal(one.n_interactions[i], other.n_interactions[j])
        np.testing.assert_allclose(one.position, other.position, atol=1e-6)
        # One traced the shifts, of the other they follow from velocity and arrival.
        np.testing.assert_allclose(one.doppler[i], other.doppler[j], atol=2e-4)
        assert one.speed == pytest.approx(other.speed)


def test_station_is_where_the_lines_of_sight_meet(sionna, deepmimo):
    for user in (*sionna.users, *deepmimo.users):
        np.testing.assert_allclose(user.station, [8.5, 21.0, 27.0], atol=2e-3)
    assert any("lines of sight meet" in note for note in sionna.notes)
    assert not any("lines of sight meet" in note for note in deepmimo.notes)


def test_account_of_what_was_dropped_and_assumed(sionna, deepmimo):
    for found in (sionna, deepmimo):
        assert found.n_paths == 28
        assert any(note.startswith("5 of 33 paths dropped") for note in found.notes)
    assert any("one of 16 transmit elements" in note for note in sionna.notes)
    assert any("Doppler shifts of 3 users follow" in note for note in deepmimo.notes)
    still = read_deepmimo(DEEPMIMO)
    assert any("no velocities there" in note for note in still.notes)
    assert still.users[0].doppler is None


def test_users_in_sight_stay_correlated(sionna):
    """|rho| 0.91 to 0.99 ten blocks of 0.25 ms after an update, where Jakes' law has forgotten."""
    for user in sionna.users:
        assert user.line_of_sight
        rho = traced_aging(user.gain, user.doppler, 14 * 17.857e-6, 10)
        assert 0.91 < rho[-1] < 0.99


def test_munich_users_in_sight_stay_correlated():
    table = read_paths("munich_3500mhz_paths.csv")
    rho = []
    for number in (17, 5, 41, 53, 10):
        user = table.user(number)
        rho.append(traced_aging(user.gain, user.doppler, 14 * 17.857e-6, 10)[-1])
    assert min(rho) > 0.91
    assert max(rho) < 0.995


def test_channel_impulse_response_has_the_same_gains(sionna):
    h = np.load(DATA / "sionna_munich" / "cir.npz")["h"][:, 0, 0, 0, :, 0].astype(complex)
    for user, taps in zip(sionna.users, h, strict=True):
        power = np.abs(taps[np.abs(taps) > 0.0]) ** 2
        np.testing.assert_allclose(user.gain, power, rtol=1e-5)
