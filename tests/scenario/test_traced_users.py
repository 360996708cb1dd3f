"""Traced users through array, element and budget, against numbers worked out apart."""

from pathlib import Path

import numpy as np
import pytest

from isacplan.array import steering_vector, uniform_linear
from isacplan.channel.doppler import traced_aging
from isacplan.channel.element import tr38901_element
from isacplan.channels_in import paths_csv, users_from_paths
from isacplan.scenario import frame_problem, frame_scene, scenario_from_dict
from isacplan.sensing import angle_crb
from isacplan.sensing.targets import bistatic_cross_section, target

LIGHT = 299_792_458.0
CARRIER = 3.5e9
WAVE = LIGHT / CARRIER
STATION = np.array([0.0, 0.0, 25.0])
PLACES = np.array([[80.0, 60.0, 1.5], [120.0, 10.0, 1.5]])


def sight_gain(distance):
    return (WAVE / (4 * np.pi * distance)) ** 2


@pytest.fixture
def file(tmp_path):
    """Two users in line of sight, each with a reflection."""
    way = PLACES - STATION
    d = np.linalg.norm(way, axis=1)
    azimuth, zenith = np.arctan2(way[:, 1], way[:, 0]), np.arccos(way[:, 2] / d)
    found = users_from_paths(
        gain=np.stack([sight_gain(d), 0.1 * sight_gain(d)], axis=1),
        departure_azimuth=np.stack([azimuth, azimuth + 0.5], axis=1),
        departure_zenith=np.stack([zenith, [1.6, 1.7]], axis=1),
        arrival_azimuth=np.stack([azimuth + np.pi, azimuth], axis=1),
        arrival_zenith=np.stack([np.pi - zenith, [1.5, 1.4]], axis=1),
        delay=np.stack([d / LIGHT, d / LIGHT + 1e-6], axis=1),
        n_interactions=[[0, 1], [0, 1]],
        position=PLACES,
        velocity=[[5.0, 0.0, 0.0], [0.0, 0.0, 3.0]],
        station=STATION,
        carrier_frequency=CARRIER,
    )
    out = tmp_path / "users.csv"
    out.write_text(paths_csv(found.users))
    return out


def scenario(file, *, drop=(), **sections):
    values = {
        "kind": "frame",
        "frame": {
            "n_blocks": 20,
            "symbols_per_block": 14,
            "symbols_per_update": 2,
            "symbol_duration_s": 17.857e-6,
        },
        "array": {"n_tx": 8, "n_rx": 6, "phase_reference": "centre"},
        "channel": {"angular_density": "laplacian", "std_deg": 3.0},
        "aging": {},
        "sensing": {"error_model": "mismatched"},
        "users_paths": {
            "file": str(file),
            "select": "all",
            "power_dbm": 24.0,
            "pilot_power_dbm": 10.0,
            "bandwidth_hz": 20e6,
            "rcs_m2": 1.0,
        },
    }
    for name, section in sections.items():
        values[name] = {**values.get(name, {}), **section}
    for section, key in drop:
        del values[section][key]
    return scenario_from_dict(values)


def seen(yaw=0.0, tilt=0.0):
    """Directions of both paths of both users in the array's axes, by vectors."""
    way = PLACES - STATION
    d = np.linalg.norm(way, axis=1)
    azimuth, zenith = np.arctan2(way[:, 1], way[:, 0]), np.arccos(way[:, 2] / d)
    phi = np.stack([azimuth, azimuth + 0.5], axis=1)
    theta = np.stack([zenith, [1.6, 1.7]], axis=1)
    u = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
    a, b = np.radians([yaw, tilt])
    axes = np.array(
        [
            [np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), -np.sin(b)],
            [-np.sin(a), np.cos(a), 0.0],
            [np.cos(a) * np.sin(b), np.sin(a) * np.sin(b), np.cos(b)],
        ]
    )
    return u @ axes.T


@pytest.mark.parametrize(("yaw", "tilt"), [(0.0, 0.0), (30.0, 0.0), (20.0, 12.0)])
def test_angle_gain_and_correlation_of_a_turned_array(file, yaw, tilt):
    scene = frame_scene(
        scenario(file, array={"yaw_deg": yaw, "downtilt_deg": tilt, "element": "tr38901"})
    )
    u = seen(yaw, tilt)
    np.testing.assert_allclose(scene.angle, np.arcsin(u[:, 0, 1]), atol=1e-8)
    f = tr38901_element(np.arctan2(u[..., 1], u[..., 0]), np.arcsin(u[..., 2]))
    g = sight_gain(np.linalg.norm(PLACES - STATION, axis=1))[:, None] * [1.0, 0.1] * f
    noise = 10 ** ((-174.0 + 7.0 - 30.0) / 10) * 20e6
    snr = 8 * 10 ** ((24.0 - 30.0) / 10) / 2 * g.sum(axis=1) / noise
    np.testing.assert_allclose(scene.snr, snr, rtol=1e-6)
    y = 0.5 * (np.arange(8) - 3.5)
    for k in range(2):
        a = np.exp(-2j * np.pi * np.outer(u[k, :, 1], y)) / np.sqrt(8)
        R = (a.T * g[k]) @ a.conj() / g[k].sum()
        np.testing.assert_allclose(scene.true_correlation[k], R, atol=1e-7)


def test_channels_age_by_their_doppler(file):
    """Of file and of velocity; a user that only climbs moves."""
    scene = frame_scene(scenario(file))
    assert scene.scenario.aging_model == "traced"
    u = seen()[:, 0]
    for k, v in enumerate(([5.0, 0.0, 0.0], [0.0, 0.0, 3.0])):
        theta = [1.5, 1.4][k]
        phi = np.arctan2(u[k, 1], u[k, 0])
        second = [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)]
        nu = np.array([-u[k] @ v, np.dot(second, v)]) / WAVE
        rho = traced_aging([1.0, 0.1], nu, 14 * 17.857e-6, 20)
        np.testing.assert_allclose(scene.temporal_correlation[k], rho, atol=1e-7)
    assert np.all(scene.temporal_correlation[1] < 1.0)
    np.testing.assert_array_equal(
        frame_problem(scene).temporal_correlation, scene.temporal_correlation
    )
    with pytest.raises(ValueError, match="not Gaussian"):
        _ = scene.fading_root
    for k, fading in enumerate(scene.fading):
        np.testing.assert_allclose(fading.correlation, scene.true_correlation[k], atol=1e-12)


def test_elements_weigh_the_aging_too(file):
    plain = frame_scene(scenario(file)).temporal_correlation
    weighed = frame_scene(scenario(file, array={"element": "tr38901", "yaw_deg": 60.0}))
    assert np.max(np.abs(weighed.temporal_correlation - plain)) > 1e-3


def test_other_agings_stay(file):
    geometric = frame_scene(scenario(file, aging={"rho": 0.9}))
    np.testing.assert_allclose(geometric.temporal_correlation[0], 0.9 ** np.arange(1, 21))
    jakes = frame_scene(scenario(file, aging={"model": "jakes", "carrier_hz": CARRIER}))
    np.testing.assert_allclose(jakes.doppler, np.array([5.0, 3.0]) / WAVE, rtol=1e-8)
    assert jakes.fading is None
    # The file states the frequency too.
    by_file = frame_scene(scenario(file, aging={"model": "jakes"}))
    np.testing.assert_allclose(by_file.doppler, jakes.doppler, rtol=1e-8)


def test_velocity_alone_does_not_make_doppler_shifts(tmp_path):
    """It takes directions of arrival, or a law that asks for the speed only."""
    file = tmp_path / "velocity.csv"
    head = "user,departure_azimuth_deg,departure_zenith_deg,gain_db,vx_mps,vy_mps,carrier_hz"
    file.write_text(f"{head}\n1,10,100,-80,3,4,3.5e9\n1,50,98,-95,3,4,3.5e9\n")
    with pytest.raises(ValueError, match=r"user 1 .*add arrival_azimuth_deg .*\"jakes\", which n"):
        frame_scene(scenario(file))
    scene = frame_scene(scenario(file, aging={"model": "jakes"}))
    np.testing.assert_allclose(scene.doppler, [5.0 / WAVE], rtol=1e-8)


def test_a_user_behind_is_refused_or_weighed(file):
    """Turned away by 150 degrees its line of sight leaves backwards."""
    with pytest.raises(ValueError, match=r"user 0 of .* behind the array.*yaw_deg.*tr38901"):
        frame_scene(scenario(file, array={"yaw_deg": -150.0}))
    # Off the back the reflection in front may win: then it is what serves and is sensed.
    near = frame_scene(
        scenario(file, array={"yaw_deg": 130.0, "element": "tr38901"}, users_paths={"select": [0]})
    )
    u = seen(130.0)
    assert near.angle[0] == pytest.approx(np.arcsin(u[0, 1, 1]), abs=1e-8)


RING = [[float(np.cos(t)), float(np.sin(t)), 0.0] for t in np.arange(8) * np.pi / 4]


@pytest.mark.parametrize(
    ("array", "words", "advised"),
    [
        ({}, "where a linear array takes it", True),
        ({"n_tx_vertical": 2}, "where a planar array takes it", True),
        ({"element": "tr38901"}, "where a linear array takes it", False),
        ({"tx_positions_wavelengths": RING}, "angles are sensed in the half plane in front", False),
    ],
)
def test_words_about_users_behind_fit_the_array(file, array, words, advised):
    """No element is advised that is there, nor a mirror image where there is none."""
    with pytest.raises(ValueError, match=f"behind the array.*{words}.*yaw_deg") as refused:
        frame_scene(scenario(file, array={**array, "yaw_deg": 200.0}))
    assert ("tr38901" in str(refused.value)) == advised
    assert ("mirror" in str(refused.value)) == ("array takes it" in words)


def test_pattern_from_a_table(file):
    rows = [
        f"{phi},{theta},{10 * np.log10(tr38901_element(np.radians(phi), np.radians(90 - theta)))}"
        for phi in range(-180, 180, 2)
        for theta in range(0, 181, 2)
    ]
    table = file.parent / "element.csv"
    table.write_text("\n".join(["azimuth_deg,zenith_deg,gain_dbi", *rows]))
    named, read = (
        frame_scene(scenario(file, array={"element": name, "yaw_deg": 20.0}))
        for name in ("tr38901", str(table))
    )
    np.testing.assert_allclose(read.snr, named.snr, rtol=5e-3)
    table.write_text("\n".join(["azimuth_deg,zenith_deg,gain_dbi", *rows[::-1]]))
    again = frame_scene(scenario(file, array={"element": str(table), "yaw_deg": 20.0}))
    assert len({scene.source_digest for scene in (named, read, again)}) == 3
    with pytest.raises(ValueError, match=r"array.element = 'none.csv': must be isotropic, tr38901"):
        scenario(file, array={"element": "none.csv"})
    table.write_text("phi,theta\n")
    with pytest.raises(ValueError, match=r"array.element: .* has the columns"):
        frame_scene(scenario(file, array={"element": str(table)}))


def test_named_targets(file):
    """What the radar equation gives for their cross sections, and nothing else."""
    one = frame_scene(scenario(file)).sensing_snr
    for name in ("small_uav", "vehicle"):
        paths = {"target": name}
        found = frame_scene(scenario(file, users_paths=paths, drop=[("users_paths", "rcs_m2")]))
        np.testing.assert_allclose(found.sensing_snr / one, target(name).mean)
        paths["target_quantile"] = 0.1
        found = frame_scene(scenario(file, users_paths=paths, drop=[("users_paths", "rcs_m2")]))
        np.testing.assert_allclose(found.sensing_snr / one, target(name).quantile(0.1))


def test_planar_arrays_sense_the_azimuth(file):
    """The echo tells of it what an array at the user's elevation hears."""
    array = {"n_tx": 8, "n_tx_vertical": 2, "yaw_deg": 20.0, "downtilt_deg": 5.0}
    scene = frame_scene(scenario(file, array=array))
    u = seen(20.0, 5.0)[:, 0]
    np.testing.assert_allclose(scene.angle, np.arctan2(u[:, 1], u[:, 0]), atol=1e-8)
    elevation = np.arcsin(u[:, 2])
    assert scene.assumed_correlation.elevation == pytest.approx(np.mean(elevation))
    line = frame_scene(scenario(file, array={"yaw_deg": 20.0, "downtilt_deg": 5.0}))
    # A row of receivers: information falls with the square of the cosine of the elevation.
    np.testing.assert_allclose(scene.sensing_snr / line.sensing_snr, np.cos(elevation) ** 2)
    assert frame_problem(scene).n_users == 2


def bound(scene):
    """Of one symbol, as `frame_problem` takes it."""
    return angle_crb(
        scene.transmit, scene.receive, scene.angle, sensing_snr=scene.sensing_snr, n_samples=1.0
    )


def bistatic(file, receiver, *, array=None, **sensing):
    return frame_scene(
        scenario(
            file,
            array={"yaw_deg": 20.0, **(array or {})},
            sensing={"receiver_position_m": np.asarray(receiver).tolist(), **sensing},
        )
    )


def test_a_receiver_at_the_station_is_monostatic(file):
    """At the same place and turned alike, the echo in line of sight is the same."""
    here = frame_scene(scenario(file, array={"yaw_deg": 20.0}))
    there = bistatic(file, STATION, receiver_yaw_deg=20.0)
    np.testing.assert_allclose(bound(there), bound(here), rtol=1e-7)


@pytest.mark.parametrize("planar", [False, True])
def test_bistatic_echo_and_bound(file, planar):
    """Against the radar equation, and the angle that a shifted arrival makes believe."""
    from scipy.optimize import brentq

    receiver, yaw = np.array([150.0, -40.0, 10.0]), 100.0
    array = {"n_tx_vertical": 2, "downtilt_deg": 8.0} if planar else {}
    crb = bound(bistatic(file, receiver, array=array, receiver_yaw_deg=yaw))
    for k, place in enumerate(PLACES):
        out, back = place - STATION, place - receiver
        d_t, d_r = np.linalg.norm(out), np.linalg.norm(back)
        beta = np.arccos(out @ back / d_t / d_r)
        sigma = bistatic_cross_section(1.0, beta)
        gain = WAVE**2 * sigma / ((4 * np.pi) ** 3 * d_t**2 * d_r**2) * 20e6 * 17.857e-6
        noise = 10 ** ((-174.0 + 5.0 - 30.0) / 10) * 20e6
        snr = 8 * 6 * 10 ** ((24.0 - 30.0) / 10) / 2 * gain / noise
        # Cone angles at both ends as functions of the place along the curve of equal delay.
        axis = [np.array([-np.sin(x), np.cos(x), 0.0]) for x in np.radians([20.0, yaw])]

        def sensed(p):
            """At the station: a planar array senses the azimuth in its own tilted axes."""
            if not planar:
                return cones(p)[0]
            b = np.radians(8.0)
            level = np.array([np.cos(np.radians(20.0)), np.sin(np.radians(20.0)), 0.0])
            front = np.cos(b) * level - np.sin(b) * np.array([0.0, 0.0, 1.0])
            return np.arctan2(axis[0] @ (p - STATION), front @ (p - STATION))  # noqa: B023

        def cones(p, axis=axis):
            return [
                np.arcsin(a @ (p - end) / np.linalg.norm(p - end))
                for a, end in zip(axis, (STATION, receiver), strict=True)
            ]

        def at(turn, place=place, receiver=receiver, d=d_t + d_r):
            """The place of equal delay and height under another azimuth from the receiver."""
            azimuth = np.arctan2(*(place - receiver)[1::-1]) + turn
            ray = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
            foot = np.array([*receiver[:2], place[2]])

            def excess(r):
                p = foot + r * ray
                return np.linalg.norm(p - STATION) + np.linalg.norm(p - receiver) - d

            return foot + brentq(excess, 1.0, 1e3, xtol=1e-12) * ray

        ends = [(sensed(at(turn)), cones(at(turn))[1]) for turn in (1e-5, -1e-5)]
        slope = (ends[0][0] - ends[1][0]) / (ends[0][1] - ends[1][1])
        row = uniform_linear(6, phase_reference="centre")
        own = angle_crb(row, row, cones(place)[1], sensing_snr=snr, n_samples=1.0)
        assert crb[k] == pytest.approx(own * slope**2, rel=1e-5)


@pytest.mark.parametrize(
    ("sections", "match"),
    [
        (
            {"aging": {"carrier_hz": 28e9}},
            r"carrier_hz = 2.8e\+10: the paths were traced at 3.5e\+09",
        ),
        ({"aging": {"model": "traced", "rho": 0.9}}, "rho does not go with the traced model"),
        ({"users_paths": {"target": "duck"}}, "exactly one of rcs_m2, target and sensing_snr_db"),
        ({"users_paths": {"target_quantile": 0.1}}, "target_quantile needs target"),
        ({"sensing": {"receiver_position_m": [150.0, 120.0, 10.0]}}, "behind the receive array"),
        (
            {"sensing": {"receiver_position_m": [1000.0, 750.0, -268.75]}},
            "behind the receive array|says nothing",
        ),
    ],
)
def test_refusals(file, sections, match):
    with pytest.raises(ValueError, match=match):
        frame_scene(scenario(file, **sections))


def test_unknown_target(file):
    with pytest.raises(ValueError, match="target = 'duck': must be agv or human"):
        scenario(file, users_paths={"target": "duck"}, drop=[("users_paths", "rcs_m2")])
    with pytest.raises(ValueError, match="with sensing_snr_db the echo is stated already"):
        scenario(
            file,
            users_paths={"sensing_snr_db": 1.0},
            sensing={"receiver_position_m": [1.0, 2.0, 3.0]},
            drop=[("users_paths", "rcs_m2")],
        )


def without(file, *columns):
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    names = lines[0].split(",")
    kept = [i for i, name in enumerate(names) if name not in columns]
    file.write_text("\n".join(",".join(line.split(",")[i] for i in kept) for line in lines) + "\n")
    return file


def test_a_file_that_says_too_little(file):
    without(file, "carrier_hz", "doppler_hz")
    with pytest.raises(ValueError, match="carrier_hz is missing; the paths file does not state it"):
        frame_scene(scenario(file))
    stated = frame_scene(scenario(file, aging={"carrier_hz": CARRIER}))
    assert np.all(stated.temporal_correlation < 1.0)
    without(file, "station_x_m", "station_y_m", "station_z_m")
    with pytest.raises(ValueError, match="must be in line of sight, and the paths file must say"):
        frame_scene(
            scenario(
                file,
                aging={"carrier_hz": CARRIER},
                sensing={"receiver_position_m": [150.0, 120.0, 10.0]},
            )
        )
    without(file, "vx_mps", "vy_mps", "vz_mps")
    with pytest.raises(ValueError, match="user 0 has no Doppler shifts, and none follow"):
        frame_scene(scenario(file, aging={"carrier_hz": CARRIER}))
    frame_scene(scenario(file, aging={"carrier_hz": CARRIER, "rho": 0.9}))


@pytest.mark.parametrize(
    ("section", "match"),
    [
        ({"array": {"yaw_deg": 1.0}}, "array.yaw_deg needs users_paths"),
        ({"array": {"downtilt_deg": 1.0}}, "array.downtilt_deg needs users_paths"),
        ({"array": {"element": "tr38901"}}, "array.element needs users_paths"),
        ({"aging": {"model": "traced"}}, "needs users_paths"),
        ({"sensing": {"receiver_position_m": [0.0, 0.0, 0.0]}}, "receiver_position_m needs users"),
    ],
)
def test_what_needs_the_world(section, match):
    values = {
        "kind": "frame",
        "frame": {
            "n_blocks": 20,
            "symbols_per_block": 14,
            "symbols_per_update": 2,
            "symbol_duration_s": 1e-5,
        },
        "array": {"n_tx": 8, "n_rx": 6},
        "channel": {"half_width_deg": 3.0},
        "aging": {} if "aging" in section else {"rho": 0.9},
        "users": [{"angle_deg": 0.0, "snr_db": 1.0, "pilot_snr_db": 1.0, "sensing_snr_db": 1.0}],
    }
    for name, extra in section.items():
        values[name] = {**values.get(name, {}), **extra}
    with pytest.raises(ValueError, match=match):
        scenario_from_dict(values)


def test_paths_of_the_street_keep_the_beams_of_munich():
    """The preset's angles are those of its file, whose axes are the array's."""
    scene = frame_scene(
        scenario_from_dict(
            {
                **_munich(),
                "users_paths": {**_munich()["users_paths"], "select": [17, 5]},
            }
        )
    )
    a = steering_vector(scene.transmit, scene.angle)
    power = np.real(np.einsum("kl,klm,km->k", a.conj(), scene.true_correlation, a))
    assert np.all(power > 0.9)


def _munich():
    import tomllib

    source = Path(__file__).parents[2] / "src" / "isacplan" / "presets" / "munich.toml"
    return tomllib.loads(source.read_text())


def test_munich_needs_few_updates():
    """Traced paths of users in sight stay correlated: 5 updates where Jakes' law asks for 26.

    Gaussians of the same correlation are what these numbers rest on; a line of sight does not fade
    at all, and then one update lasts the frame.
    """
    from isacplan import optimal_frame

    found = {}
    for name, aging in (
        ("jakes", {"model": "jakes"}),
        ("gaussian", {"model": "traced", "fading": "gaussian"}),
        ("paths", {"model": "traced"}),
    ):
        values = {**_munich(), "aging": {**aging, "carrier_hz": CARRIER}, "transmission": {}}
        found[name] = len(
            optimal_frame(frame_problem(scenario_from_dict(values))).blocks_per_update
        )
    assert found == {"jakes": 26, "gaussian": 5, "paths": 1}


def test_fading_goes_with_traced_paths(file):
    assert frame_scene(scenario(file)).paths is not None
    zf = {"transmission": {"precoder": "zf"}}
    with pytest.raises(ValueError, match="planned on Gaussian draws, and these channels are of tr"):
        frame_problem(frame_scene(scenario(file, **zf)))
    gaussian = frame_scene(scenario(file, aging={"fading": "gaussian"}))
    assert gaussian.paths is None
    assert gaussian.fading is not None
    with pytest.raises(ValueError, match=r"aging.fading does not go with the geometric model"):
        scenario(file, aging={"fading": "paths", "rho": 0.9})
