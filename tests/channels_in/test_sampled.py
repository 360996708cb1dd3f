"""Sampled channels: their statistics are those of the paths that made them."""

import numpy as np
import pytest

from isacplan.array import uniform_linear
from isacplan.channel import paths_correlation
from isacplan.channel.doppler import traced_aging
from isacplan.channels_in import read_sampled, sampled_channel

STEP = 1e-3
AZIMUTH = np.array([0.4, -0.3, 0.1])
GAIN = np.array([1.0, 0.5, 0.2])
DOPPLER = np.array([10.0, -30.0, 50.0])


def channel(n_times=1000, n_antennas=6):
    """Three paths that turn whole times in the record, as ``h^T w`` sees them."""
    t = STEP * np.arange(n_times)
    y = 0.5 * np.arange(n_antennas)
    parts = np.sqrt(GAIN) * np.exp(2j * np.pi * (t[:, None] * DOPPLER + [0.1, 0.6, 0.3]))
    return parts @ np.exp(2j * np.pi * np.outer(np.sin(AZIMUTH), y))


def test_correlation_and_gain_are_those_of_the_paths():
    found = sampled_channel(channel(), STEP)
    R, beta = paths_correlation(uniform_linear(6), np.sqrt(GAIN), AZIMUTH)
    np.testing.assert_allclose(found.correlation, R, atol=1e-12)
    assert found.mean_gain == pytest.approx(beta)
    own = sampled_channel(channel(), STEP, received_as="h^H w")
    np.testing.assert_allclose(own.correlation, R.conj(), atol=1e-12)


def test_aging_is_that_of_the_paths():
    """Up to what paths of unequal direction leave in a finite record."""
    found = sampled_channel(channel(20_000), STEP).aging(5 * STEP, 8, first_lag=0)
    wanted = traced_aging(GAIN, DOPPLER, 5 * STEP, 8, first_lag=0)
    assert found[0] == pytest.approx(1.0)
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    between = sampled_channel(channel(), STEP).aging(1.5 * STEP, 3, first_lag=0)
    every = sampled_channel(channel(), STEP).temporal_correlation
    assert between[1] == pytest.approx(abs((every[1] + every[2]) / 2))
    assert between[2] == pytest.approx(abs(every[3]))


def test_refusals():
    good = sampled_channel(channel(100), STEP)
    assert good.temporal_correlation.size == 51
    good.aging(STEP, 50)
    sampled_channel(channel(4), STEP)
    with pytest.raises(ValueError, match=r"last lag of 0.051 s is past the 0.05 s that the record"):
        good.aging(STEP, 51)
    with pytest.raises(ValueError, match=r"block_duration = 0.0005: shorter than the 0.001 s"):
        good.aging(STEP / 2, 3)
    for bad, match in (
        (np.ones((10, 3)), r"must be complex with shape \(time, antenna\).*float64"),
        (np.ones(10, complex), r"got complex128 \(10,\)"),
        (np.ones((3, 2), complex), "at least 4 times"),
        (np.full((9, 2), np.nan + 0j), "channel must be finite"),
        (np.where(np.arange(9)[:, None] == 4, 0, np.ones((9, 2), complex)), "no power at sample 4"),
    ):
        with pytest.raises(ValueError, match=match):
            sampled_channel(bad, STEP)
    with pytest.raises(ValueError, match="received_as must be one of"):
        sampled_channel(channel(), STEP, received_as="w")


def test_files(tmp_path):
    file = tmp_path / "h.npz"
    np.savez(file, H=channel().astype(np.complex64), interval_s=STEP)
    one = read_sampled(file)
    assert len(one) == 1
    np.testing.assert_allclose(
        one[0].correlation, sampled_channel(channel(), STEP).correlation, atol=1e-6
    )
    np.savez(file, H=np.stack([channel(), 2 * channel()]), interval_s=[STEP])
    two = read_sampled(str(file))
    assert two[1].mean_gain == pytest.approx(4 * two[0].mean_gain)
    for arrays, match in (
        ({"H": channel()}, "array interval_s is missing; there: H"),
        ({"H": channel(), "interval_s": [1.0, 2.0]}, "interval_s one number"),
        ({"H": channel()[0], "interval_s": 1.0}, "H must have shape"),
        ({"H": channel().real, "interval_s": 1.0}, "h.npz: channel must be complex"),
    ):
        np.savez(file, **arrays)
        with pytest.raises(ValueError, match=match):
            read_sampled(file)
