from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.array import custom, steering_vector, uniform_linear
from isacplan.sensing.estimators import maximum_likelihood_angle
from isacplan.sensing.search_window import search_window
from isacplan.sensing.threshold_law import ThresholdLaw

T_S = 1e-6
IRREGULAR = np.array([0.0, 1.0, 2.1, 3.0, 4.0, 5.2])


def make_law(
    *, n=8, spacing=0.5, search="beam", angles=(-0.7, 0.0, 0.3), exponent=1, transmit=None
):
    array = uniform_linear(n, spacing=spacing, phase_reference="centre")
    windows = [search_window(transmit or array, array, a, search=search) for a in angles]
    snr = 0.1 * np.ones(len(angles))
    return ThresholdLaw(window=windows, snr_per_symbol=snr, symbol_duration=T_S, exponent=exponent)


LAWS = {
    "beam": make_law(),
    "sector": make_law(search="sector"),
    "narrow": make_law(search=0.1),
    "squared": make_law(search="sector", exponent=2),
    "grating": make_law(spacing=2.0, search="sector"),
    "endfire": make_law(search="sector", angles=(-1.2, 0.0, 1.1)),
    "longer": make_law(n=32, transmit=uniform_linear(8)),
}


def simulated(array, window, snr, n, seed=0):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(2, n, 1, array.n_elements)) * np.sqrt(0.5)
    echo = np.sqrt(snr) * steering_vector(array, window.azimuth) + noise[0] + 1j * noise[1]
    edges = tuple(np.array(edge) for edge in window.window)
    return maximum_likelihood_angle(array, echo, window=edges) - window.azimuth


@pytest.mark.parametrize("search", ["beam", 0.1, "sector"])
@pytest.mark.parametrize("snr_db", [-5.0, 3.0, 8.0, 12.0, 20.0])
def test_simulated_maximum_likelihood_errs_as_the_law_says(search, snr_db):
    n, snr = 6000, 10.0 ** (snr_db / 10.0)
    array = uniform_linear(16, phase_reference="centre")
    window = replace(search_window(array, array, 0.3, search=search), tracked=False)
    law = ThresholdLaw(window=[window], snr_per_symbol=np.array([snr]), symbol_duration=1.0)
    error = simulated(array, window, snr, n)
    square = float(np.mean(error**2))
    noise = 4.0 * float(np.std(error**2)) / np.sqrt(n)
    # The law is fitted in the main lobe, and takes no account of the sidelobes in a sector.
    assert square == pytest.approx(float(law.mean_square(1.0)[0]), abs=noise + 0.12 * square)


@pytest.mark.parametrize(("n_tx", "n_rx"), [(16, 16), (4, 4), (16, 8)])
@pytest.mark.parametrize("snr_db", [5.0, 8.0, 10.0, 12.0, 17.0])
def test_a_beam_pointed_by_the_look_before(n_tx, n_rx, snr_db):
    n, snr, theta = 6000, 10.0 ** (snr_db / 10.0), 0.3
    transmit, receive = (uniform_linear(L, phase_reference="centre") for L in (n_tx, n_rx))
    window = search_window(transmit, receive, theta, search="beam")
    law = ThresholdLaw(window=[window], snr_per_symbol=np.array([snr]), symbol_duration=1.0)
    pointing = simulated(receive, window, snr, n) + theta
    a = steering_vector(transmit, np.append(pointing, theta))
    gain = np.abs(a[:-1] @ a[-1].conj()) ** 2
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(2, n, 1, n_rx)) * np.sqrt(0.5)
    amplitude = np.sqrt(snr * gain)[:, None, None]
    echo = amplitude * steering_vector(receive, theta) + noise[0] + 1j * noise[1]
    edges = tuple(
        np.arcsin(np.clip(np.sin(pointing) + side * 2.0 / n_tx, -1.0, 1.0)) for side in (-1, 1)
    )
    error = maximum_likelihood_angle(receive, echo, window=edges) - theta
    square = float(np.mean(error**2))
    chance = 4.0 * float(np.std(error**2)) / np.sqrt(n)
    # Fitted: within a tenth, and a sixth where the receive array is the smaller one.
    accuracy = 0.12 if n_tx == n_rx else 0.18
    said = float(law.mean_square(1.0)[0])
    assert said == pytest.approx(square, abs=chance + accuracy * square)


def test_grating_lobes_share_the_estimates():
    array = uniform_linear(8, spacing=2.0, phase_reference="centre")
    window = search_window(array, array, 0.1, search="sector")
    law = ThresholdLaw(window=[window], snr_per_symbol=np.array([100.0]), symbol_duration=1.0)
    error = simulated(array, window, 100.0, 4000)
    wrong = np.abs(np.sin(error + 0.1) - np.sin(0.1)) > 0.06
    assert law.outlier_probability(1.0)[0] == pytest.approx(0.75, abs=1e-6)
    assert np.mean(wrong) == pytest.approx(0.75, abs=4.0 * np.sqrt(0.75 * 0.25 / 4000))
    rms = np.degrees(np.sqrt(law.mean_square(1.0)[0]))
    assert np.degrees(np.sqrt(np.mean(error**2))) == pytest.approx(rms, rel=0.04)
    assert rms > 30.0


def test_nearly_full_ambiguities_fade_with_the_snr():
    array = custom(np.stack([0 * IRREGULAR, IRREGULAR, 0 * IRREGULAR], axis=1))
    window = search_window(array, array, 0.0, search="sector")
    for snr in (30.0, 60.0):
        law = ThresholdLaw(window=[window], snr_per_symbol=np.array([snr]), symbol_duration=1.0)
        error = simulated(array, window, snr, 20_000)
        wrong = float(np.mean((error < window.main_lobe[0]) | (error > window.main_lobe[1])))
        said = float(law.outlier_probability(1.0)[0])
        # The prefactor of a pair is left out: right to a quarter.
        assert said == pytest.approx(wrong, abs=0.3 * wrong + 4.0 * np.sqrt(wrong / 20_000))
        assert wrong > 0.005


def test_above_the_threshold_it_is_the_bound():
    for law in (LAWS["beam"], LAWS["sector"]):
        T = 1e4 * T_S
        assert law.mean_square(T) == pytest.approx(law.bound(T), rel=4e-3)
        assert np.all(law.mean_square(T) > law.bound(T))


def test_no_error_leaves_the_window():
    for law in LAWS.values():
        largest = [max(w.azimuth - w.window[0], w.window[1] - w.azimuth) for w in law.window]
        assert np.all(law.mean_square(1e-9 * T_S) <= np.square(largest) * (1.0 + 1e-12))
        assert np.all(np.isfinite(law.mean_square(1e-9 * T_S)))


@pytest.mark.parametrize("name", ["beam", "sector", "narrow", "squared", "longer"])
def test_falls_with_the_sensing_duration(name):
    T = T_S * np.geomspace(1e-3, 1e5, 4001)
    law = LAWS[name]
    square = law.mean_square(T)
    assert np.all(np.diff(square, axis=0) <= 1e-15 * square[1:])
    assert np.all(square[1000:-1] > square[1001:])
    assert np.all(np.diff(law.outlier_probability(T), axis=0) <= 1e-15)


@pytest.mark.parametrize("name", LAWS)
def test_the_duration_for_a_requirement_meets_it_and_no_shorter_one_does(name):
    law = LAWS[name]
    for factor in (1.2, 3.0):
        T_0 = 300.0 * T_S
        limit = law.mean_square(T_0) * factor
        T = law.duration_for(limit)
        for k in range(3):
            if T[k] == 0.0:
                assert law.mean_square(1e-6 * T_S)[k] <= limit[k]
                continue
            assert law.mean_square(T[k])[k] <= limit[k] * (1.0 + 1e-12)
            assert law.mean_square(T[k] * (1.0 - 1e-9))[k] > limit[k]
            later = T[k] * np.geomspace(1.0, 1e4, 300)
            assert np.all(law.mean_square(later)[:, k] <= limit[k] * (1.0 + 1e-12))


def test_requirements_that_nothing_meets_or_everything():
    law = LAWS["grating"]
    assert np.all(np.isinf(law.duration_for(np.full(3, np.radians(2.0) ** 2))))
    assert law.duration_for(np.full(3, np.inf)).tolist() == [0.0, 0.0, 0.0]
    assert np.all(np.isinf(LAWS["beam"].duration_for(np.zeros(3))))


@given(st.sampled_from(sorted(LAWS)), st.floats(-1.0, 4.0), st.floats(-6.0, 0.0), st.data())
def test_enclosures_hold_values_and_divided_differences(name, decade, log_width, data):
    law = LAWS[name]
    start = T_S * 10.0**decade
    stop = start * (1.0 + 10.0**log_width)
    e = law.enclose(np.array([start]), np.array([stop]))
    x, y = sorted(start + data.draw(st.floats(0.0, 1.0)) * (stop - start) for _ in range(2))
    y = max(y, x * (1.0 + 1e-4 * 10.0**log_width))
    middle = 0.5 * (x + y)
    if y > stop:
        return
    for jet, get in ((e.variance, lambda f: f.variance), (e.outlier, lambda f: f.outlier)):
        f = [get(law.distribution(t)) for t in (x, middle, y)]
        size = np.abs(f[0]) + np.abs(f[2])
        slope = (f[2] - f[0]) / (y - x)
        bend = (f[2] - 2.0 * f[1] + f[0]) / (middle - x) ** 2
        slack = 4e-13 * size
        for value, part, lost in (
            (f[1], jet.value, slack),
            (slope, jet.first, slack / (y - x)),
            (bend, jet.second, 8.0 * slack / (middle - x) ** 2),
        ):
            assert np.all(part.lower[0] - lost <= value)
            assert np.all(value <= part.upper[0] + lost)


def test_narrow_enclosures_are_tight():
    T = T_S * np.array([30.0, 100.0, 300.0])
    for name in ("beam", "sector", "endfire"):
        law = LAWS[name]
        e = law.enclose(T, T * (1.0 + 1e-7))
        h = 1e-3 * T[:, None]
        for jet, get in ((e.variance, lambda f: f.variance),):
            f = [get(law.distribution(T * (1.0 + s))) for s in (-1e-3, 0.0, 1e-3)]
            slope, bend = (f[2] - f[0]) / (2.0 * h), (f[2] - 2.0 * f[1] + f[0]) / h**2
            assert jet.first.lower == pytest.approx(slope, rel=1e-4)
            assert jet.first.upper == pytest.approx(slope, rel=1e-4)
            assert jet.second.lower == pytest.approx(bend, rel=1e-3)
            assert jet.second.upper == pytest.approx(bend, rel=1e-3)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("symbols", [10.0, 60.0, 3000.0])
def test_quantiles_are_the_distribution(name, symbols):
    law, T = LAWS[name], symbols * T_S
    wide = name in ("grating", "endfire") and symbols < 1e3
    p = (np.arange(200_001) + 0.5) / 200_001
    error = law.quantiles(np.stack([p] * 3, axis=-1), T)
    assert np.all(np.diff(error, axis=0) >= 0.0)
    # Ambiguities are sharp in the law and as wide as a right decision among the quantiles.
    at = law.distribution(T)
    blur = np.sum(at.outlier[:, 1:], axis=1) * at.variance
    # Ambiguities at endfire are cut there, which counts while they are wide.
    tolerance = 4e-2 if wide else 2e-3
    assert np.mean(error**2, axis=0) - blur == pytest.approx(law.mean_square(T), rel=tolerance)
    chi = law.wrong_characteristic(30)
    for k, window in enumerate(law.window):
        wave = np.mean(np.exp(29j * (error[:, k] + window.azimuth)))
        if window.height.size:
            continue
        right = (1.0 - at.outlier[k, 0]) * np.exp(
            29j * window.azimuth - 29**2 * at.variance[k] / 2.0
        )
        said = right + at.outlier[k, 0] * chi[k, 0, 29]
        assert wave == pytest.approx(said, abs=3e-3)


def test_element_wise(assert_elementwise):
    for law in LAWS.values():
        assert_elementwise(law.mean_square, T_S * np.array([[3.0, 40.0], [100.0, 2e3]]))
        assert_elementwise(law.outlier_probability, T_S * np.array([3.0, 40.0]))


def test_bad_input_names_the_argument():
    window = LAWS["beam"].window
    with pytest.raises(ValueError, match=r"snr_per_symbol must have shape \(3,\)"):
        ThresholdLaw(window=window, snr_per_symbol=np.ones(2), symbol_duration=1.0)
    with pytest.raises(ValueError, match="exponent must be 1 or 2"):
        ThresholdLaw(window=window, snr_per_symbol=np.ones(3), symbol_duration=1.0, exponent=3)
    upright = custom([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    blind = [search_window(upright, upright, 0.0, search="sector")]
    with pytest.raises(ValueError, match="cannot tell the angle of user 0"):
        ThresholdLaw(window=blind, snr_per_symbol=np.ones(1), symbol_duration=1.0)
