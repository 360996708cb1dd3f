import numpy as np
import pytest
from scipy.stats import ncx2

from isacplan.sensing import (
    angle_delay_estimate,
    independent_cells,
    joint_outlier_probability,
    outlier_probability,
)
from isacplan.sensing.joint_threshold import _height_density


def cells(n_antennas, n_tones, *, window=1.0, known_phase=False):
    """At half a wavelength, tones one apart, delays within `window` of their period."""
    # With a known phase positions count from the first antenna, where it is known.
    about = np.sqrt(np.mean(np.arange(n_antennas) ** 2))
    rms_u = 0.5 * (about if known_phase else np.std(np.arange(n_antennas)))
    rms_f = np.std(np.arange(n_tones))
    return {
        "angle_cells": independent_cells(rms_u, 2.0, 0.0),
        "delay_cells": independent_cells(rms_f, window, 0.0),
        "angle_lobe": independent_cells(rms_u, 4.0 / n_antennas, 0.0),
        "delay_lobe": independent_cells(rms_f, 2.0 / n_tones, 0.0),
        "wraps": (True, window == 1.0),
    }


def simulated_share(n_antennas, n_tones, snr, *, trials, known_phase=False, window=1.0, seed=0):
    """Share of maximum-likelihood estimates outside the main lobe."""
    rng = np.random.default_rng(seed)
    n, m = np.arange(n_antennas), np.arange(n_tones) - (n_tones - 1) / 2
    sine, delay = 0.3, 0.0
    wave = np.exp(-1j * np.pi * sine * n)[:, None] * np.ones(n_tones)
    missed = 0
    for _ in range(trials // 500):
        noise = rng.standard_normal((500, n_antennas, n_tones, 2)) @ [1.0, 1.0j] / np.sqrt(2)
        turn = 1.0 if known_phase else np.exp(2j * np.pi * rng.random((500, 1, 1)))
        y = turn * wave * np.sqrt(snr / (n_antennas * n_tones)) + noise
        angle, t = angle_delay_estimate(
            y,
            tone_spacing=1.0,
            known_phase=known_phase,
            largest_delay=None if window == 1.0 else window / 2,
        )
        u = np.abs(np.sin(angle) - sine)
        u, t = np.minimum(u, 2.0 - u), np.abs(t - delay)
        missed += np.sum((u > 2.0 / n_antennas) | (np.minimum(t, 1.0 - t) > 1.0 / n_tones))
    assert m.size == n_tones
    return missed / trials


@pytest.mark.parametrize(("n_antennas", "n_tones"), [(8, 48), (4, 24), (16, 12)])
@pytest.mark.parametrize("snr_db", [10.0, 12.0])
def test_shares_of_outliers(n_antennas, n_tones, snr_db):
    snr, trials = 10 ** (snr_db / 10), 4000
    law = joint_outlier_probability(snr, **cells(n_antennas, n_tones))
    found = simulated_share(n_antennas, n_tones, snr, trials=trials)
    assert found == pytest.approx(float(law), rel=0.2, abs=3.0 * np.sqrt(law / trials))


def test_a_shorter_window_has_fewer_outliers_and_edges():
    snr, trials = 10**1.1, 4000
    law = joint_outlier_probability(snr, **cells(8, 48, window=0.25))
    found = simulated_share(8, 48, snr, trials=trials, window=0.25)
    assert found == pytest.approx(float(law), rel=0.2, abs=3.0 * np.sqrt(law / trials))
    without = joint_outlier_probability(
        snr, **(cells(8, 48, window=0.25) | {"wraps": (True, True)})
    )
    assert without < law < joint_outlier_probability(snr, **cells(8, 48))


@pytest.mark.parametrize(("n_antennas", "n_tones"), [(8, 48), (16, 12)])
def test_a_known_phase_has_fewer_outliers(n_antennas, n_tones):
    snr, trials = 10**1.1, 4000
    known = cells(n_antennas, n_tones, known_phase=True)
    law = joint_outlier_probability(snr, **known, known_phase=True)
    found = simulated_share(n_antennas, n_tones, snr, trials=trials, known_phase=True)
    assert found == pytest.approx(float(law), rel=0.2, abs=3.0 * np.sqrt(law / trials))
    assert law < joint_outlier_probability(snr, **cells(n_antennas, n_tones))


@pytest.mark.parametrize("known_phase", [True, False])
def test_heights_are_noncentral_chi(known_phase):
    y, a = np.linspace(0.3, 9.0, 40), np.array([[0.5], [3.0], [6.0]])
    w, dof = 2.0 * y**2, 3 if known_phase else 4
    expected = 4.0 * y * ncx2.pdf(w, dof, 2.0 * a**2)
    np.testing.assert_allclose(_height_density(y, a, known_phase), expected, rtol=1e-8, atol=1e-14)


def test_no_delay_to_search_leaves_edges_of_one_parameter():
    # A window of delays of no length is the search over angles, but for the peak's own gain.
    one = cells(16, 12)
    snr = np.array([5.0, 10.0, 15.0])
    narrow = joint_outlier_probability(
        snr, **(one | {"delay_cells": 0.0, "delay_lobe": 0.0, "wraps": (True, False)})
    )
    line = outlier_probability(snr, one["angle_cells"] - one["angle_lobe"])
    assert np.all((0.3 * line < narrow) & (narrow < line))


def test_falls_with_snr_and_rises_with_the_window():
    snr = np.geomspace(1.0, 200.0, 60)
    q = joint_outlier_probability(snr, **cells(8, 48))
    assert np.all(np.diff(q) < 0.0)
    assert np.all(q < joint_outlier_probability(snr, **cells(8, 96)))
    assert joint_outlier_probability(400.0, **cells(8, 48)) == 0.0
    assert joint_outlier_probability(0.0, **cells(8, 48)) > 0.95
    within = cells(8, 48) | {"angle_cells": 1.0, "delay_cells": 1.0}
    assert joint_outlier_probability(5.0, **within) == 0.0


def test_elementwise():
    snr, few = np.array([4.0, 12.0, 20.0]), cells(8, 48)
    delays = np.array([[10.0], [60.0]])
    stacked = joint_outlier_probability(snr, **(few | {"delay_cells": delays}))
    single = [
        [joint_outlier_probability(s, **(few | {"delay_cells": d})) for s in snr]
        for d in delays[:, 0]
    ]
    np.testing.assert_allclose(stacked, single, rtol=1e-12)
