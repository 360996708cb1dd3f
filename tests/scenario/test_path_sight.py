"""Lines of sight against geometry: every wrong unit, sign and sense is noticed and named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isacplan.channels_in import paths_csv, read_csv, read_deepmimo, read_sionna, users_from_paths
from isacplan.errors import InputWarning
from isacplan.scenario.path_doubts import check_users
from isacplan.scenario.path_sight import check_arrivals, check_sight_doppler, doubted_gains
from isacplan.scenario.traced import TracedUser

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def users():
    velocity = np.array([[5.0, 3.0, 0.0], [0.0, 10.0, 2.0], [-8.0, 0.0, 0.0]])
    return read_deepmimo(DATA / "deepmimo_v4_munich", velocity=velocity).users


def ends(users, reading):
    """The users with other angles: departure and arrival, azimuth [deg] and zenith [deg]."""
    changed = []
    for user in users:
        stated = (
            np.degrees(user.azimuth),
            90.0 - np.degrees(user.elevation),
            np.degrees(user.arrival_azimuth),
            90.0 - np.degrees(user.arrival_elevation),
        )
        a, z, b, y = reading(*stated)
        changed.append(
            replace(
                user,
                azimuth=np.radians(a),
                elevation=np.radians(90.0 - z),
                arrival_azimuth=np.radians(b),
                arrival_elevation=np.radians(90.0 - y),
            )
        )
    return changed


def test_real_paths_raise_no_doubt(users):
    assert check_users(users) == (None, ())


@pytest.mark.parametrize(
    ("reading", "match"),
    [
        (lambda a, z, b, y: (a, z, np.radians(b), y), "arrival_azimuth_deg is in radians"),
        (lambda a, z, b, y: (a, z, b, np.radians(y)), "arrival_zenith_deg is in radians"),
        (lambda a, z, b, y: (a, z, np.radians(b), np.radians(y)), "both arrival angles are in rad"),
        (
            lambda a, z, b, y: (a, z, np.radians(b), 90 - np.radians(90 - y)),
            "arrival azimuths and elevations are in radians",
        ),
        (
            lambda a, z, b, y: (np.radians(a), 90 - np.radians(90 - z), b, y),
            "departure azimuths and elevations are in radians",
        ),
        (
            lambda a, z, b, y: (
                *(np.radians(a), 90 - np.radians(90 - z)),
                *(np.radians(b), 90 - np.radians(90 - y)),
            ),
            "azimuths and elevations of both ends are in radians",
        ),
        (lambda a, z, b, y: (a, z, b, 90.0 - y), "arrival_zenith_deg holds elevations"),
        (lambda a, z, b, y: (a, z, -b, y), "negate arrival_azimuth_deg"),
        (lambda a, z, b, y: (a, z, b + 180.0, 180.0 - y), "where paths go.*azimuth . 180 and 180"),
        (lambda a, z, b, y: (a, z, b + 180.0, y), "arrival azimuths say where paths go"),
        (lambda a, z, b, y: (np.radians(a), z, b, y), "departure_azimuth_deg is in radians"),
        (lambda a, z, b, y: (np.radians(a), z, np.radians(b), y), "departure and arrival azimuths"),
        (lambda a, z, b, y: (-a, z, b, y), "negate departure_azimuth_deg"),
        (lambda a, z, b, y: (a, 90.0 - z, b, y), "departure_zenith_deg holds elevations"),
        (lambda a, z, b, y: (a, z - 90.0, b, y), "angles below the horizon: write 90 . angle"),
        (lambda a, z, b, y: (a, z, b + np.arange(b.size), y + 7.0), "are wrong$"),
    ],
)
def test_arrivals_that_are_not_opposite(users, reading, match):
    assert check_arrivals(users) is None
    unshifted = [replace(user, doppler=None) for user in users]
    with pytest.raises(ValueError, match=match):
        check_arrivals(ends(unshifted, reading))


def test_arrivals_that_nothing_depends_on_are_doubted(users):
    """With Doppler shifts stated, a user may count arrivals from wherever it looks."""
    askew = ends(users[:1], lambda a, z, b, y: (a, z, b + 40.0, y + 7.0))
    assert check_arrivals(askew).endswith("are wrong")
    with pytest.raises(ValueError, match=r"are wrong$"):
        check_arrivals([replace(user, doppler=None) for user in askew])


def test_azimuths_of_another_origin_are_said(users):
    turned = ends(users, lambda a, z, b, y: (a, z, b + 40.0, y))
    assert "a direction -40 degrees from that of departure" in check_arrivals(turned)
    with pytest.raises(ValueError, match=r"are wrong$"):  # one user alone may be anything
        check_arrivals([replace(turned[0], doppler=None)])
    rounded = ends(users, lambda a, z, b, y: (a.round(), z.round(), b.round(), y.round()))
    assert check_arrivals(rounded) is None


@pytest.mark.parametrize(
    ("factor", "speed", "match"),
    [
        (-1.0, 1.0, "sign is turned: negate doppler_hz"),
        (1e-3, 1.0, "in kHz: multiply by 1000"),
        (2 * np.pi, 1.0, "radians per second: divide by 2 pi"),
        (1.0, 3.6, "velocities are in km/h: divide by 3.6"),
    ],
)
@pytest.mark.parametrize("known", ["position", "arrival"])
def test_doppler_of_a_line_of_sight(users, factor, speed, match, known):
    """From the positions, or where those are not known from the direction of arrival."""
    left_out = {"station": None} if known == "arrival" else {"arrival_azimuth": None}
    users = [replace(user, **left_out) for user in users]
    assert check_sight_doppler(users) is None
    wrong = [replace(u, doppler=factor * u.doppler, velocity=speed * u.velocity) for u in users]
    with pytest.raises(ValueError, match=match):
        check_sight_doppler(wrong)


def test_doppler_that_nothing_explains_is_doubted(users):
    still = [replace(user, doppler=0.0 * user.doppler) for user in users]
    assert "do not belong together" in check_sight_doppler(still)
    close = [replace(user, doppler=1.02 * user.doppler) for user in users]
    assert check_sight_doppler(close) is None
    nowhere = [replace(user, station=None, arrival_azimuth=None) for user in still]
    assert check_sight_doppler(nowhere) is None


def test_gains_far_from_free_space_are_doubted(users):
    assert doubted_gains(users) is None
    assert "+30 dB from free space" in doubted_gains([replace(u, gain=1e3 * u.gain) for u in users])
    assert "+4" in doubted_gains([replace(u, gain=u.gain**0.5) for u in users])
    assert doubted_gains([replace(u, gain=30 * u.gain) for u in users]) is None
    assert doubted_gains([replace(u, gain=1e3 * u.gain, carrier=None) for u in users]) is None


def bare(users, **changes):
    """Users as a file with four columns has them."""
    return [
        replace(
            user,
            arrival_azimuth=None,
            arrival_elevation=None,
            position=None,
            station=None,
            delay=None,
            n_interactions=None,
            **{name: change(getattr(user, name)) for name, change in changes.items()},
        )
        for user in users
    ]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"azimuth": np.radians}, "departure_azimuth_deg: every path .* radians"),
        ({"azimuth": lambda a: np.radians(a % (2 * np.pi))}, "departure_azimuth_deg: every path"),
        ({"elevation": lambda e: np.pi / 2 + e}, "departure_zenith_deg: .*elevations or angles"),
    ],
)
def test_what_only_looks_wrong_is_doubted(tmp_path, users, changes, match):
    file = tmp_path / "users.csv"
    file.write_text(paths_csv(bare(users)))
    read_csv(str(file))  # no warning
    file.write_text(paths_csv(bare(users, **changes)))
    with pytest.warns(InputWarning, match=match):
        read_csv(str(file))


def test_angles_that_a_line_of_sight_confirms_are_not_doubted(users):
    """A station that looks along +x at a few degrees, from below: odd, but both ends agree."""
    odd = [
        replace(user, position=None, azimuth=a, elevation=e, arrival_azimuth=a + np.pi)
        for user in users
        for a in [np.linspace(-0.02, 0.02, user.n_paths)]
        for e in [np.full(user.n_paths, 0.3)]
    ]
    odd = [replace(user, arrival_elevation=-user.elevation, doppler=None) for user in odd]
    assert check_users(odd)[1] == ()
    unknown = [replace(user, arrival_azimuth=None, arrival_elevation=None) for user in odd]
    assert len(check_users(unknown)[1]) == 2


@pytest.mark.parametrize(("off", "fits"), [(1.9, True), (-1.9, True), (2.1, False), (-2.1, False)])
def test_ends_may_differ_by_two_degrees(users, off, fits):
    leaning = ends(users[:1], lambda a, z, b, y: (a, z, b, y + off))
    assert (check_arrivals(leaning) is None) == fits


def test_looks_need_every_path():
    """One path that goes down, or one azimuth beside +x, and nothing looks wrong."""
    up, narrow = np.full(4, 0.3), np.linspace(-0.02, 0.02, 4)
    side = np.linspace(-0.01, 0.09, 4)  # within 6.28 degrees, but on both sides of +x
    for azimuth, elevation, wanted in (
        (narrow, up, 2),
        (narrow, np.append(up[:3], -0.1), 1),
        (np.append(narrow[:3], 1.0), up, 1),
        (side, -up, 0),
        (side + 0.01, -up, 1),
        (np.append(side[:3], 1.0), np.full(4, np.radians(5.5)), 1),
        (np.append(side[:3], 1.0), np.full(4, np.radians(4.5)), 0),
    ):
        odd = TracedUser(user=0, gain=np.full(4, 1e-8), azimuth=azimuth, elevation=elevation)
        assert len(check_users([odd])[1]) == wanted


def test_one_path_may_go_up():
    """Two that do are doubted."""
    one = {"gain": [1e-8], "azimuth": [0.5], "elevation": [0.3]}
    two = {name: 2 * values for name, values in one.items()}
    for values, wanted in ((one, 0), (two, 1)):
        arrays = {name: np.array(value) for name, value in values.items()}
        assert len(check_users([TracedUser(user=0, **arrays)])[1]) == wanted


def test_importers_doubt_and_refuse():
    arrays = dict(np.load(DATA / "sionna_munich" / "paths.npz"))
    assert read_sionna(DATA / "sionna_munich" / "paths.npz", carrier_frequency=3.5e9).users
    valid = arrays["valid"][:, 0]
    gain = np.where(valid, np.abs(arrays["a"][:, 0, 0, 0].astype(complex)) ** 2, np.nan)
    phi, theta = arrays["phi_t"][:, 0], arrays["theta_t"][:, 0]
    with pytest.warns(InputWarning, match="departure_zenith_deg: every path"):
        users_from_paths(gain=gain, departure_azimuth=phi, departure_zenith=theta - np.pi / 2)
    sight = np.where(np.arange(valid.shape[1]) == np.nanargmax(gain, axis=1)[:, None], 0.0, 1.0)
    with pytest.raises(ValueError, match="arrival azimuths say where paths go"):
        users_from_paths(
            gain=gain,
            departure_azimuth=phi,
            departure_zenith=theta,
            arrival_azimuth=phi,
            arrival_zenith=np.pi - theta,
            n_interactions=sight,
        )
