"""Whole frames over traced paths: one uniform phase a path, moved by its Doppler."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from isacplan.channels_in import paths_csv, read_sionna
from isacplan.comm import sinr
from isacplan.scenario import scenario_from_dict
from isacplan.simulate import frame_simulation
from isacplan.simulate.workers import serial_results

FILE = Path(__file__).parents[1] / "data" / "sionna_munich" / "paths.npz"


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Sixty blocks of frames of the three users of the street."""
    file = tmp_path_factory.mktemp("traced") / "users.csv"
    file.write_text(paths_csv(read_sionna(FILE, carrier_frequency=3.5e9).users))
    scenario = scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": 24,
                "symbols_per_block": 14,
                "symbols_per_update": 2,
                "symbol_duration_s": 35.7e-6,
            },
            "array": {"n_tx": 8, "n_rx": 8, "yaw_deg": 40.0, "phase_reference": "centre"},
            "channel": {"angular_density": "laplacian", "std_deg": 3.0},
            "aging": {},
            "sensing": {"error_model": "mismatched"},
            "users_paths": {
                "file": str(file),
                "select": "all",
                "power_dbm": 10.0,
                "pilot_power_dbm": -25.0,
                "bandwidth_hz": 20e6,
                "rcs_m2": 1.0,
            },
        }
    )
    simulation = frame_simulation(scenario, depth="end-to-end", seed=3)
    values = [x for _, x in serial_results(simulation.experiment, iter(range(60)))]
    return simulation.experiment, np.concatenate(values)


@pytest.mark.slow
def test_controls_have_the_expectations_they_are_given(frames):
    e, blocks = frames
    size, K = e.layout.beam_size, e.scene.n_users
    control = blocks[:, K + size : K + 2 * size]
    error = control.std(axis=0, ddof=1) / np.sqrt(len(control))
    deviation = np.abs(control.mean(axis=0) - e._control_means)
    assert np.all(deviation <= 4.5 * error + 1e-6)
    assert np.all(error <= 0.02 * np.abs(e._control_means) + 1e-6)


def test_channels_are_not_gaussian(frames):
    """A Gaussian of the same correlation adds ``tr(R W Q W^H)``, mostly from a path with itself."""
    e = frames[0]
    n, K = e.timing.n_ages, e.scene.n_users
    means = e._control_means[-2 * K * n :]
    gain, square = means[: K * n].reshape(K, n)[:, 0], means[K * n :].reshape(K, n)[:, 0]
    for k, R in enumerate(e.scene.true_correlation):
        W = e._true_filter[k].astype(complex)
        Q = R + np.eye(len(R)) / e.scene.pilot_snr[k]
        gaussian = gain[k] ** 2 + np.trace(R @ W @ Q @ W.conj().T).real
        assert gaussian - square[k] > 0.8 * gain[k] ** 2


def test_gains_age_as_the_paths_turn(frames):
    """Close to rho of the paths, and exactly their moment; the common turn is taken out."""
    e = frames[0]
    n, K = e.timing.n_ages, e.scene.n_users
    gain = e._control_means[-2 * K * n : -K * n].reshape(K, n)
    for k, fading in enumerate(e.scene.fading):
        filtering = e._true_filter[k].astype(complex)
        moments = [fading.beam_moments(filtering, lag, 0.0)[0] for lag in e._channels.lags]
        common = e._channels.common_phase[k]
        np.testing.assert_allclose(gain[k], np.real(common * moments), rtol=1e-12)
        assert np.all(gain[k] > 0.98 * np.abs(moments))
    assert e._channels.lags[0] == e.timing.block_duration


def test_formulas_of_paths_are_close_where_those_of_gaussians_are_not(frames):
    """The mean gain ages by rho of all paths, the filter prefers some: a few percent too low."""
    e, blocks = frames
    K, n = e.scene.n_users, e.timing.n_ages
    simulated = e.estimate(e.adjusted(blocks).mean(axis=0))[K : K + K * n].reshape(K, n)
    crb = np.array([1e-9] * K)
    rho = e.scene.temporal_correlation[:, :n]
    formula = sinr(e.scene.mismatched.terms(crb), rho)
    # The few percent of the docstring.
    np.testing.assert_allclose(formula, simulated, rtol=0.06)
    gaussian = replace(e.scene.mismatched, paths=None)
    assert np.all(sinr(gaussian.terms(crb), rho) < 0.8 * simulated)


def test_other_depths_draw_gaussians(frames):
    stated = frames[0].scene.scenario
    assert frame_simulation(stated).depth == "end-to-end"
    with pytest.raises(ValueError, match="depth = mismatched: draws Gaussian channels"):
        frame_simulation(stated, depth="mismatched")
    gaussian = msgspec.structs.replace(
        stated, aging=msgspec.structs.replace(stated.aging, fading="gaussian")
    )
    assert frame_simulation(gaussian).depth == "mismatched"
