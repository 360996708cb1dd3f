"""The numbers of a link by hand: Friis, the radar equation, and every gain once."""

import warnings

import numpy as np
import pytest

from isacplan.array import uniform_linear
from isacplan.channel.conventions import unit_trace
from isacplan.channel.link import (
    data_snr,
    echo_snr,
    noise_power,
    paths_link,
    pilot_snr,
    received_snr,
    sensing_snr,
)
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge, sinr
from isacplan.errors import InputWarning
from isacplan.scenario import frame_scene, scenario_from_dict
from isacplan.units import linear_to_db

CARRIER, DISTANCE, N = 3.5e9, 120.0, 16
HEADER = (
    "user,x_m,y_m,z_m,vx_mps,vy_mps,path,departure_azimuth_deg,departure_zenith_deg,"
    "delay_ns,gain_db,phase_deg,doppler_hz,n_interactions\n"
)


def one_path(tmp_path, *, rows, n_tx=N, n_rx=N, symbols_per_update=4, **fields):
    """A scenario of traced paths on 20 MHz at 60 kHz."""
    (tmp_path / "paths.csv").write_text(HEADER + rows)
    return scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": 20,
                "symbols_per_block": 14,
                "symbols_per_update": symbols_per_update,
                "symbol_duration_s": 17.857e-6,
            },
            "array": {"n_tx": n_tx, "n_rx": n_rx, "phase_reference": "centre"},
            "channel": {"angular_density": "laplacian", "std_deg": 3.0},
            "aging": {"model": "jakes", "carrier_hz": CARRIER},
            "sensing": {"error_model": "mismatched"},
            "users_paths": {
                "file": "paths.csv",
                "select": [0],
                "power_dbm": 24.0,
                "pilot_power_dbm": 10.0,
                "bandwidth_hz": 20e6,
                "rcs_m2": 1.0,
            }
            | fields,
        },
        directory=tmp_path,
    )


def free_space_row(azimuth=20.0, user=0):
    loss_db = 20.0 * np.log10(4.0 * np.pi * DISTANCE * CARRIER / 299_792_458.0)
    x, y = DISTANCE * np.cos(np.radians(azimuth)), DISTANCE * np.sin(np.radians(azimuth))
    return f"{user},{x},{y},1.5,1,0,0,{azimuth},90,400,{-loss_db},0,1,0\n"


def test_data_and_echo_of_one_path_are_those_of_friis_and_the_radar_equation(tmp_path):
    scene = frame_scene(one_path(tmp_path, rows=free_space_row()))
    assert float(linear_to_db(scene.snr[0])) == pytest.approx(45.1, abs=0.05)
    assert float(linear_to_db(scene.sensing_snr[0])) == pytest.approx(32.1, abs=0.05)
    # Uplink: 14 dB less power, four symbols, 2 dB better noise figure.
    pilot = float(linear_to_db(scene.pilot_snr[0]))
    assert pilot == pytest.approx(45.1 - 14.0 + 6.02 + 2.0, abs=0.05)


def test_every_antenna_and_pilot_symbol_counts_once(tmp_path):
    def at(**sizes):
        return frame_scene(one_path(tmp_path, rows=free_space_row(), **sizes))

    base = at()
    for change, factors in (
        ({"n_tx": 2 * N}, (2.0, 2.0, 2.0)),
        ({"n_rx": 2 * N}, (1.0, 1.0, 2.0)),
        ({"symbols_per_update": 8}, (1.0, 2.0, 1.0)),
        ({"rcs_m2": 10.0}, (1.0, 1.0, 10.0)),
        ({"bandwidth_hz": 40e6}, (0.5, 0.5, 1.0)),
        ({"noise_figure_db": 17.0}, (0.1, 1.0, 1.0)),
        ({"station_noise_figure_db": 15.0}, (1.0, 0.1, 0.1)),
        ({"power_dbm": 34.0}, (10.0, 1.0, 10.0)),
        ({"pilot_power_dbm": 20.0}, (1.0, 10.0, 1.0)),
    ):
        moved = at(**change)
        for name, factor in zip(("snr", "pilot_snr", "sensing_snr"), factors, strict=True):
            ratio = getattr(moved, name) / getattr(base, name)
            np.testing.assert_allclose(ratio, factor, rtol=1e-12, err_msg=f"{change}, {name}")


def test_a_stated_echo_is_that_of_one_element(tmp_path):
    stated = one_path(tmp_path, rows=free_space_row(), rcs_m2=None, sensing_snr_db=8.0)
    assert frame_scene(stated).sensing_snr[0] == pytest.approx(N * N * 10**0.8, rel=1e-12)


def test_users_share_the_power(tmp_path):
    alone = frame_scene(one_path(tmp_path, rows=free_space_row()))
    rows = free_space_row() + free_space_row(azimuth=-30.0, user=1)
    both = frame_scene(one_path(tmp_path, rows=rows, select=[0, 1]))
    np.testing.assert_allclose(both.snr, alone.snr[0] / 2.0, rtol=1e-12)
    np.testing.assert_allclose(both.sensing_snr, alone.sensing_snr[0] / 2.0, rtol=1e-12)
    np.testing.assert_allclose(both.pilot_snr, alone.pilot_snr[0], rtol=1e-12)


def test_hardening_bound_of_independent_rayleigh_fading():
    L, K = 64, 4
    knowledge = AdditiveKnowledge(
        # As it often comes: single precision, normalised by the number of antennas.
        spatial_correlation=np.tile(np.eye(L, dtype=np.complex64), (K, 1, 1)),
        steering_derivative=np.ones((K, L)),
        snr=np.full(K, 0.1),
        pilot_snr=np.ones(K),
    )
    np.testing.assert_allclose(knowledge.snr, data_snr(0.1, n_transmit=L), rtol=1e-12)
    np.testing.assert_allclose(
        knowledge.pilot_snr, pilot_snr(1.0, n_station=L, n_symbols=1), rtol=1e-12
    )
    found = sinr(knowledge.terms(np.zeros(K)), np.ones((K, 1)))
    # L p gamma / (K p beta + 1) with p beta = 0.1 and gamma = 1/2.
    np.testing.assert_allclose(found[:, 0], 64 * 0.1 * 0.5 / (4 * 0.1 + 1.0), rtol=1e-12)
    assert found[0, 0] == pytest.approx(2.2857, abs=5e-5)


def test_a_trace_moves_into_the_gain():
    scene = frame_scene(
        scenario_from_dict(
            {
                "kind": "frame",
                "frame": {
                    "n_blocks": 9,
                    "symbols_per_block": 14,
                    "symbols_per_update": 2,
                    "symbol_duration_s": 1e-5,
                },
                "array": {"n_tx": 4, "n_rx": 4},
                "channel": {"half_width_deg": 9.0},
                "aging": {"rho": 0.98},
                "users": [
                    {"angle_deg": 20.0, "snr_db": 0.0, "pilot_snr_db": 0.0, "sensing_snr_db": 0.0}
                ],
            }
        )
    )
    own = scene.mismatched
    scaled = MismatchedKnowledge(
        true_correlation=(4.0 * own.true_correlation).astype(np.complex64),
        assumed_correlation=scene.assumed_correlation,
        angle=scene.angle,
        snr=scene.snr / 4.0,
        pilot_snr=scene.pilot_snr / 4.0,
    )
    rho = np.array([[1.0, 0.9]])
    # Single precision of the correlation.
    np.testing.assert_allclose(
        sinr(own.terms(np.full(1, 1e-3)), rho), sinr(scaled.terms(np.full(1, 1e-3)), rho), rtol=1e-6
    )


def test_unit_trace_keeps_what_is_right_and_mends_single_precision():
    R = np.array([[0.5, 0.1j], [-0.1j, 0.5]])
    same, scale = unit_trace("R", R)
    assert same is R
    assert scale == 1.0
    rough = np.array([[8.0, 1.0 + 4e-7], [1.0, 8.0]])
    mended, scale = unit_trace("R", rough)
    assert scale == 16.0
    np.testing.assert_array_equal(mended, mended.conj().T)
    assert np.trace(mended).real == 1.0
    pair, scale = unit_trace("R", np.stack([R, 3.0 * R]))
    np.testing.assert_allclose(pair, np.stack([R, R]), rtol=1e-15)
    np.testing.assert_allclose(scale, [1.0, 3.0], rtol=1e-15)
    for bad, match in (
        (np.array([[0.5, 1e-4], [0.0, 0.5]]), "R must be Hermitian"),
        (np.zeros((2, 2)), "R must have a positive trace, got 0"),
        (np.full((2, 2), np.nan), "R must be finite"),
        (np.ones(3), r"R must have shape \(\.\.\., L, L\)"),
    ):
        with pytest.raises(ValueError, match=match):
            unit_trace("R", bad)


def test_a_mirror_image_is_told_apart(tmp_path):
    scene = frame_scene(one_path(tmp_path, rows=free_space_row(azimuth=20.0)))
    given = {
        "assumed_correlation": scene.assumed_correlation,
        "angle": scene.angle,
        "snr": scene.snr,
        "pilot_snr": scene.pilot_snr,
    }
    MismatchedKnowledge(true_correlation=scene.true_correlation, **given)
    match = r"user 0: .* strongest towards -0\.3\d+ rad, the mirror image of .* 0\.349 rad"
    with pytest.warns(InputWarning, match=match):
        MismatchedKnowledge(true_correlation=scene.true_correlation.conj(), **given)


def test_another_direction_is_no_mirror_image(tmp_path):
    scene = frame_scene(one_path(tmp_path, rows=free_space_row(azimuth=20.0)))
    elsewhere = frame_scene(one_path(tmp_path, rows=free_space_row(azimuth=-50.0)))
    MismatchedKnowledge(
        true_correlation=elsewhere.true_correlation,
        assumed_correlation=scene.assumed_correlation,
        angle=scene.angle,
        snr=scene.snr,
        pilot_snr=scene.pilot_snr,
    )


def test_an_element_pattern_weighs_gain_correlation_and_the_sensed_path():
    array = uniform_linear(8, phase_reference="centre")
    gain, azimuth = np.array([1.0, 0.5]), np.radians([60.0, 10.0])

    def cosine(azimuth, elevation):
        return (np.cos(azimuth) * np.cos(elevation)) ** 2

    flat = paths_link(array, gain, azimuth, np.zeros(2))
    shaped = paths_link(array, gain, azimuth, np.zeros(2), element_pattern=cosine)
    weighted = gain * np.cos(azimuth) ** 2
    assert (flat.gain, flat.strongest_gain) == (1.5, 1.0)
    assert flat.angle == pytest.approx(azimuth[0])
    assert shaped.gain == pytest.approx(weighted.sum(), rel=1e-12)
    assert shaped.strongest_gain == pytest.approx(weighted[1], rel=1e-12)
    assert shaped.angle == pytest.approx(azimuth[1])
    only_first = paths_link(array, gain[:1], azimuth[:1], np.zeros(1)).correlation
    only_second = paths_link(array, gain[1:], azimuth[1:], np.zeros(1)).correlation
    mixed = (weighted[0] * only_first + weighted[1] * only_second) / weighted.sum()
    np.testing.assert_allclose(shaped.correlation, mixed, atol=1e-15)


@pytest.mark.parametrize("azimuth", [90.5, 120.0, -170.0])
def test_a_strongest_path_behind_the_array_is_refused(azimuth):
    array, zero = uniform_linear(8), np.zeros(2)
    gain, directions = np.array([1.0, 0.5]), np.radians([azimuth, 10.0])
    with pytest.raises(ValueError, match="strongest path leaves behind the array"):
        paths_link(array, gain, directions, zero)
    # An isotropic row of antennas sees a weaker one as its mirror image in front.
    mirrored = paths_link(array, gain[::-1], directions, zero)
    front = np.array([np.pi - directions[0], directions[1]])
    np.testing.assert_allclose(
        mirrored.correlation, paths_link(array, gain[::-1], front, zero).correlation, atol=1e-14
    )


def test_budgets_are_elementwise_and_checked():
    gain = np.array([1e-9, 1e-8])
    noise = float(noise_power(density=4e-21, bandwidth=20e6, noise_figure=5.0))
    assert noise == pytest.approx(4e-13)
    stacked = received_snr(power=0.1, gain=gain, noise=noise)
    np.testing.assert_allclose(stacked, [0.1 * g / noise for g in gain], rtol=1e-14)
    echoes = echo_snr(
        power=0.1, gain=gain, noise=noise, cross_section=2.0, wavelength=0.1, n_samples=300.0
    )
    by_hand = 0.1 * gain**2 * 4.0 * np.pi * 2.0 / 0.1**2 * 300.0 / noise
    np.testing.assert_allclose(echoes, by_hand, rtol=1e-14)
    assert float(sensing_snr(0.5, n_transmit=4, n_receive=8)) == 16.0
    assert float(sensing_snr(0.5, n_transmit=1, n_receive=1)) == 0.5
    assert float(pilot_snr(0.5, n_station=1, n_symbols=1)) == 0.5
    with pytest.raises(ValueError, match="gain must be greater than 0, got 0"):
        received_snr(power=1.0, gain=0.0, noise=1.0)
    with pytest.raises(ValueError, match="noise must be greater than 0"):
        received_snr(power=1.0, gain=1.0, noise=-1.0)
    with pytest.raises(ValueError, match="n_transmit must be an integer of at least 1"):
        data_snr(1.0, n_transmit=0)


@pytest.mark.parametrize(("share", "warned"), [(0.6, False), (0.72, True), (0.9, True)])
def test_only_twice_the_power_in_the_mirror_is_suspected(tmp_path, share, warned):
    scene = frame_scene(one_path(tmp_path, rows=free_space_row(azimuth=30.0)))
    R = scene.true_correlation
    given = {
        "true_correlation": (1.0 - share) * R + share * R.conj(),
        "assumed_correlation": scene.assumed_correlation,
        "angle": scene.angle,
        "snr": scene.snr,
        "pilot_snr": scene.pilot_snr,
    }
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        MismatchedKnowledge(**given)
    assert bool(caught) is warned


def test_a_linear_array_senses_the_cone_angle_of_a_raised_path():
    azimuth, elevation = np.radians([40.0]), np.radians([25.0])
    found = paths_link(uniform_linear(4), np.ones(1), azimuth, elevation)
    assert found.angle == pytest.approx(np.arcsin(np.sin(azimuth[0]) * np.cos(elevation[0])))


def test_a_narrow_band_has_less_than_a_sample_in_a_symbol():
    budget = {"power": 1.0, "gain": 1.0, "noise": 1.0, "cross_section": 0.5, "wavelength": 0.5}
    short, long = (float(echo_snr(**budget, n_samples=n)) for n in (0.25, 1.0))
    assert long == pytest.approx(4.0 * np.pi * 0.5 / 0.25, rel=1e-14)
    assert short == pytest.approx(long / 4.0, rel=1e-14)
