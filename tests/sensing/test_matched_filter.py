import numpy as np
import pytest

from isacplan.array import steering_vector, uniform_linear
from isacplan.sensing import matched_filter
from isacplan.simulate.chain import echo

T, L, S = 280, 8, 4
ARRAY = uniform_linear(L)


def qpsk(n, seed=0):
    return np.exp(0.5j * np.pi * np.random.default_rng(seed).integers(0, 4, n))


def test_white_noise_stays_white():
    x = qpsk(T) * np.linspace(0.5, 1.5, T)
    # The filter of each unit sample is a column of the map from samples to outputs.
    columns = matched_filter(np.eye(T)[:, :, None], x, n_parts=S)[..., 0]
    assert np.allclose(columns.T @ columns.conj(), np.eye(S), atol=1e-12)


def test_the_simulation_draws_what_the_filter_leaves_of_an_echo():
    theta, snr = 0.3, 0.02
    a = steering_vector(ARRAY, theta)
    samples = np.sqrt(snr) * np.exp(0.7j) * qpsk(T)[:, None] * a
    left = matched_filter(samples, qpsk(T), n_parts=S)
    white = np.zeros((1, S * L + 1), complex)
    white[0, -1] = 2.0 * np.exp(0.7j)
    assert np.allclose(echo(np, a, snr * T, white)[0], left, rtol=1e-12)


def test_outputs_are_elementwise_and_leave_the_input_alone():
    rng = np.random.default_rng(1)
    r = rng.normal(size=(3, T, 2 * L)).view(complex)
    r.flags.writeable = False
    together = matched_filter(r, qpsk(T), n_parts=3)
    assert np.allclose(together, [matched_filter(x, qpsk(T), n_parts=3) for x in r], rtol=1e-13)


@pytest.mark.parametrize(
    ("samples", "waveform", "n_parts", "words"),
    [
        (np.ones((5, 2)), np.ones(4), 1, "samples must have shape"),
        (np.ones((4, 2)), np.ones(4), 5, "at most the 4 samples"),
        (np.ones((4, 2)), np.array([0, 0, 1, 1]), 2, "energy in every part"),
        (np.ones((4, 2)), np.ones(4), 0, "n_parts must be an integer"),
    ],
)
def test_bad_input_is_refused(samples, waveform, n_parts, words):
    with pytest.raises(ValueError, match=words):
        matched_filter(samples, waveform, n_parts=n_parts)
