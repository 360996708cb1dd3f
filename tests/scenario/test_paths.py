"""Paths files: what is required, what is refused, what comes back after writing."""

import numpy as np
import pytest

from isacplan.channels_in.write import paths_csv
from isacplan.errors import InputWarning
from isacplan.scenario.path_checks import check_geometry
from isacplan.scenario.paths import read_paths
from isacplan.scenario.traced import TracedUser

LIGHT = 299_792_458.0
STATION = np.array([5.0, -3.0, 25.0])


def street(n=5, *, turned=0.3, carrier=3.5e9, station=False):
    """Users in line of sight of one station, seen from an array turned by some angle."""
    rng = np.random.default_rng(4)
    users = []
    for i in range(n):
        position = np.append(rng.uniform(20.0, 200.0, 2), 1.5)
        velocity = np.append(rng.uniform(-8.0, 8.0, 2), 0.5)
        way = position - STATION
        distance = np.linalg.norm(way)
        u = way / distance
        users.append(
            TracedUser(
                user=i,
                gain=np.array([1e-8, 1e-10]),
                azimuth=np.array([np.arctan2(way[1], way[0]) - turned, 0.2]),
                elevation=np.array([np.arcsin(u[2]), -0.1]),
                delay=np.array([distance / LIGHT, 2e-6]),
                doppler=np.array([-velocity @ u * carrier / LIGHT, 1.0]),
                n_interactions=np.array([0.0, 1.0]),
                position=position,
                velocity=velocity,
                station=STATION if station else None,
                carrier=carrier,
            )
        )
    return users


def written(tmp_path, users):
    file = tmp_path / "users.csv"
    file.write_text(paths_csv(users, remarks=["two\nlines"]))
    return file


def edited(file, column, change):
    """The file with one column's cells changed."""
    lines = file.read_text().splitlines()
    head = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    where = lines[head].split(",").index(column)
    for i in range(head + 1, len(lines)):
        cells = lines[i].split(",")
        cells[where] = f"{change(float(cells[where])):.9g}"
        lines[i] = ",".join(cells)
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def test_what_is_written_is_read(tmp_path):
    users = street(station=True)
    users[0] = TracedUser(
        **{
            **{name: getattr(users[0], name) for name in users[0].__dataclass_fields__},
            "phase": np.array([0.1, -0.2]),
            "arrival_azimuth": users[0].azimuth + np.array([np.pi, -2.0]),
            "arrival_elevation": -users[0].elevation,
        }
    )
    read = read_paths(str(written(tmp_path, users)))
    assert list(read.numbers) == [user.user for user in users]
    for user in users:
        again = read.user(user.user)
        for name in user.__dataclass_fields__:
            before, after = getattr(user, name), getattr(again, name)
            if before is None:
                assert after is None, name
            else:
                np.testing.assert_allclose(after, before, rtol=1e-8, atol=1e-15)
        assert again.speed == pytest.approx(np.linalg.norm(user.velocity))
        assert again.line_of_sight
        assert again.direct_path == 0


def test_units_and_signs_stand_in_the_head(tmp_path):
    head = written(tmp_path, street()).read_text()
    assert "# departure_zenith_deg: " in head
    assert "0 straight up, 90 horizontal" in head
    assert "# two lines\n" in head


def test_four_columns_are_enough(tmp_path):
    file = tmp_path / "users.csv"
    file.write_text("user,departure_azimuth_deg,departure_zenith_deg,gain_db\n7,10,95,-80\n")
    user = read_paths(str(file)).user(7)
    assert np.isnan(user.speed)
    assert not user.line_of_sight
    assert user.direct_path is None
    assert user.position is None
    with pytest.raises(
        ValueError, match="column n_interactions is missing: it says who is in line"
    ):
        _ = read_paths(str(file)).in_sight
    assert user.elevation == pytest.approx(np.radians(-5.0))


@pytest.mark.parametrize(
    ("column", "change", "match"),
    [
        ("departure_zenith_deg", lambda z: 400.0, "= 400: must be from 0 to 180 .*90 - e"),
        ("departure_zenith_deg", lambda z: 90.0 - z, r"from 0 to 180.*elevation e .* is .* 90 - e"),
        ("departure_zenith_deg", lambda z: z - 90.0, "angles below the horizon: write 90 . angle"),
        ("departure_zenith_deg", np.radians, "radians. multiply by 180/pi"),
        ("departure_azimuth_deg", np.radians, "azimuth_deg is in radians"),
        ("departure_azimuth_deg", lambda a: -a, "clockwise .mirrored"),
        ("departure_azimuth_deg", lambda a: a + 400.0, "must be from -360 to 360.*one turn"),
        ("gain_db", lambda g: -g, "path loss of 80 dB is a gain of -80 dB"),
        ("gain_db", lambda g: 10 ** (g / 10), "not in decibels"),
        ("delay_ns", lambda t: t * 1e-9, "seconds. multiply by 1e9"),
        ("delay_ns", lambda t: -1.0, "negative delay marks"),
        ("doppler_hz", lambda d: 2 * np.pi * d, "radians per second. divide by 2 pi"),
        ("doppler_hz", lambda d: 30 * d, "shift at most"),
        ("n_interactions", lambda n: n + 0.5, "whole number"),
        ("carrier_hz", lambda f: 3.5, "carrier_hz = 3.5: must be from 1e.06"),
    ],
)
def test_wrong_units_are_noticed(tmp_path, column, change, match):
    file = edited(written(tmp_path, street()), column, change)
    with pytest.raises(ValueError, match=match):
        read_paths(file)


def test_with_the_station_known_there_is_one_explanation(tmp_path):
    file = edited(
        written(tmp_path, street(station=True)), "departure_zenith_deg", lambda z: z - 90.0
    )
    with pytest.raises(ValueError, match="below the horizon: write 90") as caught:
        read_paths(file)
    assert "holds elevations" not in str(caught.value)


def test_positive_elevations_for_zeniths_are_noticed(tmp_path):
    """Looking up from the ground nothing leaves the range: only the geometry tells."""
    users = [
        TracedUser(
            user=i,
            gain=np.ones(1) * 1e-8,
            azimuth=np.array([a]),
            elevation=np.array([e]),
            delay=np.array([d / LIGHT]),
            n_interactions=np.zeros(1),
            position=d * np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)]),
        )
        for i, (a, e, d) in enumerate([(0.1, 0.5, 50.0), (0.4, 0.3, 80.0), (-0.5, 0.7, 90.0)])
    ]
    file = edited(written(tmp_path, users), "departure_zenith_deg", lambda z: 90.0 - z)
    with pytest.raises(ValueError, match="holds elevations: write 90 - elevation"):
        read_paths(file)


@pytest.mark.parametrize(
    ("header", "match"),
    [
        ("user,azimuth,departure_zenith_deg,gain_db", "azimuth is not known; did you mean .*azim"),
        ("user,departure_azimuth_rad,departure_zenith_deg,gain_db", "degrees: departure_azimuth_d"),
        ("user,departure_azimuth_deg,elevation_deg,gain_db", "departure_zenith_deg = 90 - elev"),
        ("user,departure_azimuth_deg,aoa_elevation,gain_db", "arrival_zenith_deg = 90 - elev"),
        ("user,departure_azimuth_deg,departure_zenith_deg,path_loss_db", "gain_db = -loss"),
        ("user,departure_azimuth_deg,departure_zenith_deg,gain_db,qq", "known: user, x_m"),
        ("user,user,departure_zenith_deg,gain_db", "column user stands there twice"),
        ("user,departure_azimuth_deg,gain_db", "departure_zenith_deg is missing: direction"),
        ("user,departure_azimuth_deg,departure_zenith_deg,gain_db,vx_mps", "vy_mps is missing"),
    ],
)
def test_headers(tmp_path, header, match):
    file = tmp_path / "users.csv"
    file.write_text(header + "\n")
    with pytest.raises(ValueError, match=match):
        read_paths(str(file))


def test_rows_of_a_user_agree(tmp_path):
    head = "user,departure_azimuth_deg,departure_zenith_deg,gain_db,vx_mps,vy_mps,delay_ns\n"
    file = tmp_path / "users.csv"
    file.write_text(head + "0,1,95,-80,1,2,3\n0,2,95,-80,1,3,3\n")
    with pytest.raises(ValueError, match="vy_mps of user 0 differs between paths"):
        read_paths(str(file))
    file.write_text(head + "0,1,95,-80,1,2,3\n0,2,95,-80,1,2,\n")
    with pytest.raises(ValueError, match="delay_ns of user 0: empty for some paths"):
        read_paths(str(file))


@pytest.mark.parametrize("station", [True, False])
def test_geometry_that_nothing_explains_is_said(tmp_path, station):
    users = street(station=station)
    assert check_geometry(users) is None
    fields = {name: getattr(users[2], name) for name in users[2].__dataclass_fields__}
    users[2] = TracedUser(**{**fields, "position": users[2].position + 23.0})
    assert "do not belong together" in check_geometry(users)
    with pytest.warns(
        InputWarning, match=r"users.csv: lines of sight miss the users' positions by"
    ):
        read_paths(str(written(tmp_path, users)))


def test_munich_fits_its_positions():
    table = read_paths("munich_3500mhz_paths.csv")
    users = [table.user(number) for number in table.numbers]
    assert check_geometry(users) is None
    assert sum(user.line_of_sight for user in users) == table.in_sight.size == 27


def test_traced_users_are_checked():
    good = {"user": 3, "gain": [1.0], "azimuth": [0.0], "elevation": [0.0]}
    with pytest.raises(ValueError, match=r"azimuth of user 3 must have shape \(1,\), got \(2,\)"):
        TracedUser(**{**good, "azimuth": [0.0, 1.0]})
    with pytest.raises(ValueError, match="gain of user 3 must be greater than 0"):
        TracedUser(**{**good, "gain": [0.0]})
    with pytest.raises(ValueError, match=r"gain of user 3 must have shape \(P,\)"):
        TracedUser(**{**good, "gain": []})
    with pytest.raises(ValueError, match=r"velocity of user 3 must have shape \(3,\)"):
        TracedUser(**good, velocity=[1.0, 2.0])
