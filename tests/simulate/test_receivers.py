"""Users that learn their gain from precoded pilots, against the estimate written out."""

from dataclasses import replace

import numpy as np
import pytest

from isacplan.comm.scheme import Scheme
from isacplan.scenario import load_scenario
from isacplan.simulate import Backend, frame_simulation
from isacplan.simulate.receivers import LearningReceiver
from isacplan.simulate.timing import FrameTiming

K, AGES, FRAMES = 2, 3, 50
TIMING = FrameTiming(
    n_blocks=AGES,
    n_sensing_blocks=0,
    block_duration=70e-6,
    update_duration=9e-6,
    symbol_duration=1e-6,
    sensing_duration=1e-6,
    blocks_per_update=(AGES,),
)
BACKEND = Backend(dtype="double")


def receiver(**changes):
    rng = np.random.default_rng(4)
    values = {
        "mean": rng.uniform(1.0, 3.0, (K, AGES)),
        "variance": rng.uniform(0.2, 2.0, (K, AGES)),
        "interference": np.repeat([[0.4], [1.3]], AGES, axis=1),
        "norm": np.array([0.7, 1.9]),
        "snr": np.array([5.0, 2.0]),
        "n_pilots": 3,
    }
    return LearningReceiver(**(values | changes))


def draws(seed=5):
    rng = np.random.default_rng(seed)
    shape = (2, AGES, FRAMES, K)
    gain, noise = (rng.normal(size=shape) + 1j * rng.normal(size=shape)) / np.sqrt(2.0)
    return 1.0 + gain, noise


def rates_and_slopes(user, gain, noise):
    return user.statistics(BACKEND, gain, noise, TIMING).reshape(2, K, AGES)


def test_a_learned_gain_is_the_linear_mmse_estimate():
    """By regression on the pilots' mean, with the estimate's error counted as noise."""
    user, (gain, noise) = receiver(), draws()
    rate, slope = rates_and_slopes(user, gain, noise)
    for k in range(K):
        for age in range(AGES):
            seen = np.sqrt(user.snr[k] / user.norm[k]) * gain[age, :, k]
            seen = seen + noise[age, :, k] / np.sqrt(user.n_pilots)
            error = 1.0 / (1.0 / user.variance[k, age] + user.n_pilots)
            weight = error * user.n_pilots
            estimate = (1.0 - weight) * user.mean[k, age] + weight * seen
            sinr = np.abs(estimate) ** 2 / (1.0 + error + user.interference[k, age])
            assert rate[k, age] == pytest.approx(np.mean(np.log2(1.0 + sinr)), rel=1e-12)
            by_log = np.mean(sinr / (1.0 + sinr)) / np.log(2.0)
            assert slope[k, age] == pytest.approx(by_log, rel=1e-12)


@pytest.mark.parametrize("moved", ["norm", "interference", "both"])
def test_the_correction_moves_norm_and_interference_to_first_order(moved):
    """Exact where pilots tell all: the corrected rate misses by the square of a small move."""
    known = receiver(variance=np.full((K, AGES), 1e12))
    gain, noise = draws()
    change = np.array([1.01, 0.98])
    norm = known.norm * (change if moved != "interference" else 1.0)
    interference = known.interference * (change[::-1, None] if moved != "norm" else 1.0)
    rate, slope = rates_and_slopes(known, gain, 0.0 * noise)
    corrected = known.corrected(rate, slope, norm, interference)
    true, _ = rates_and_slopes(
        replace(known, norm=norm, interference=interference), gain, 0.0 * noise
    )
    # Of moves of up to 2 %, the second order leaves about 1 % of the first.
    assert np.all(np.abs(corrected - true) < 0.02 * np.abs(rate - true))
    assert np.all(np.abs(rate - true) > 1e-4 * rate)


@pytest.mark.parametrize("n_pilots", [1, 7])
def test_precoded_pilots_take_their_symbols_from_the_data(n_pilots):
    """Of 70 symbols a block."""
    simulation = frame_simulation(
        load_scenario("bai2024"), depth="end-to-end", sensing_duration=2.8e-4
    )
    e = replace(simulation.experiment, scheme=Scheme(precoded_pilots=n_pilots))
    found = e.estimate(e.block(0))
    users, ages = e.scene.n_users, e.layout.n_ages
    learned = found[users + users * ages : users + 2 * users * ages].reshape(users, ages)
    mean_gain = found[users : users + users * ages].reshape(users, ages)
    rates = found[users + 2 * users * ages : -2].reshape(2, users)
    assert rates[1] == pytest.approx((70 - n_pilots) / 70 * e.timing.rate(learned), rel=1e-12)
    assert rates[0] == pytest.approx(e.timing.rate(np.log2(1.0 + mean_gain)), rel=1e-12)
    assert found[-2:] == pytest.approx(rates @ e.scene.weight, rel=1e-12)
