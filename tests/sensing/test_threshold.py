import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import i0e

from isacplan.array import steering_vector, uniform_linear
from isacplan.enclosure import Interval
from isacplan.sensing.estimators import maximum_likelihood_angle
from isacplan.sensing.poisson_mixture import PoissonMixture, outlier_mixture
from isacplan.sensing.threshold import independent_cells, outlier_probability

PRINTED = {
    8: ("0.1012", "0.0219", "0.0016"),
    16: ("0.163", "0.0397", "0.0033"),
    64: ("0.310", "0.0960", "0.0102"),
}
"""Of the law at 8, 10 and 12 dB, whole front half plane, half a wavelength apart."""


def linear_cells(n_elements):
    rms = 0.5 * np.sqrt((n_elements**2 - 1) / 12.0)
    return float(independent_cells(rms, 2.0, 4.0 / n_elements))


def by_its_definition(snr, cells):
    """Rice amplitude and the gain of the maximisation, each integrated on its own."""

    def given_amplitude(x):
        def over_gain(v):  # Gamma(1/2) by g = v^2
            y2 = x * x + v * v
            rest = np.exp(-cells * np.sqrt(y2) / np.expm1(y2))
            return 2.0 / np.sqrt(np.pi) * np.exp(-(v**2)) * -np.expm1(-y2) * rest

        rice = 2.0 * x * np.exp(-((x - np.sqrt(snr)) ** 2)) * i0e(2.0 * x * np.sqrt(snr))
        return rice * quad(over_gain, 0.0, 8.0, epsabs=1e-10)[0]

    return 1.0 - quad(given_amplitude, 0.0, np.sqrt(snr) + 8.0, epsabs=1e-9, limit=200)[0]


@pytest.mark.parametrize("n_elements", PRINTED)
def test_the_printed_table(n_elements):
    snr = 10.0 ** (np.array([8.0, 10.0, 12.0]) / 10.0)
    law = outlier_probability(snr, linear_cells(n_elements))
    for value, printed in zip(law, PRINTED[n_elements], strict=True):
        assert f"{value:.{len(printed) - 2}f}" == printed


@pytest.mark.parametrize(("snr", "cells"), [(0.5, 3.0), (6.3, 6.09), (15.0, 60.0)])
def test_one_integral_is_the_two_of_the_definition(snr, cells):
    assert outlier_probability(snr, cells) == pytest.approx(by_its_definition(snr, cells), abs=1e-8)


def test_without_cells_only_one_exponential_is_left():
    snr = np.array([0.0, 1.0, 30.0, 300.0])
    assert outlier_probability(snr, 0.0) == pytest.approx(2.0**-1.5 * np.exp(-snr / 2.0), rel=1e-12)


@pytest.mark.parametrize(("n_elements", "snr_db"), [(4, 6.0), (8, 8.0), (16, 10.0)])
def test_simulated_maximum_likelihood(n_elements, snr_db):
    n, snr = 8000, 10.0 ** (snr_db / 10.0)
    array = uniform_linear(n_elements, phase_reference="centre")
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(2, n, 1, n_elements)) * np.sqrt(0.5)
    echo = np.sqrt(snr) * steering_vector(array, 0.0) + noise[0] + 1j * noise[1]
    outside = np.abs(np.sin(maximum_likelihood_angle(array, echo))) > 2.0 / n_elements
    law = float(outlier_probability(snr, linear_cells(n_elements)))
    spread = np.sqrt(law * (1.0 - law) / n)
    # The law is a few percent low or high for four elements, whose noise has few cells.
    assert np.mean(outside) == pytest.approx(law, abs=4.0 * spread + 0.12 * law)


@given(st.floats(0.0, 200.0), st.floats(1.001, 2.0), st.floats(0.0, 500.0), st.floats(0.01, 50.0))
def test_falls_with_the_snr_and_rises_with_the_window(snr, factor, cells, more):
    here = outlier_probability(snr, cells)
    assert outlier_probability(snr * factor, cells) <= here * (1.0 + 1e-12)
    assert outlier_probability(snr, cells + more) >= here * (1.0 - 1e-12)
    assert 0.0 <= here <= 1.0


def test_element_wise(assert_elementwise):
    assert_elementwise(outlier_probability, np.array([[0.0], [4.0], [1e4]]), np.array([0.0, 9.0]))
    rms, window = np.array([0.3, 1.0]), np.array([0.1, 2.0])
    assert_elementwise(independent_cells, rms, window, np.array([0.5, 0.5]))


def test_huge_snrs_have_no_outliers():
    assert outlier_probability(np.array([2600.0, 1e12]), 1e3).tolist() == [0.0, 0.0]


def test_bad_input_names_the_argument():
    with pytest.raises(ValueError, match="snr must be at least 0"):
        outlier_probability(-1.0, 3.0)
    with pytest.raises(ValueError, match="cells must be at least 0"):
        outlier_probability(1.0, -3.0)
    with pytest.raises(ValueError, match="window must be at least 0"):
        independent_cells(1.0, -2.0, 0.5)
    with pytest.raises(ValueError, match="does not increase"):
        PoissonMixture(np.array([0.1, 0.2]))


@pytest.mark.parametrize("cells", [0.0, 6.09, 300.0])
def test_the_mixture_is_the_integral(cells):
    snr = np.array([0.0, 0.3, 1.0, 5.0, 20.0, 60.0, 150.0])
    assert outlier_mixture(cells)(snr) == pytest.approx(outlier_probability(snr, cells), rel=1e-11)


@given(
    st.floats(0.0, 60.0),
    st.floats(0.0, 3.0),
    st.floats(0.0, 1.0),
    st.sampled_from([0.0, 6.0, 90.0]),
)
def test_enclosures_hold_values_and_differences(start, width, inside, cells):
    mixture = outlier_mixture(cells)
    jet = mixture.enclose(Interval(np.array([start]), np.array([start + width])))
    x = start + inside * width
    a = np.concatenate([mixture.coefficients, np.zeros(2)])
    for order, part in enumerate((jet.value, jet.first, jet.second)):
        d = np.diff(a, n=order)[: a.size - 2]
        j = np.arange(d.size)
        weight = np.exp(-x) * np.cumprod(np.concatenate([[1.0], x / j[1:]]))
        exact = float(weight @ d)
        slack = 1e-12 * float(weight @ np.abs(d))
        assert part.lower[0] - slack <= exact <= part.upper[0] + slack


def test_narrow_enclosures_are_tight():
    S = np.array([0.5, 4.0, 12.0, 40.0])
    mixture = outlier_mixture(6.0)
    jet = mixture.enclose(Interval(S, S * (1.0 + 1e-9)))
    h = 1e-3
    slope = (mixture(S + h) - mixture(S - h)) / (2.0 * h)
    bend = (mixture(S + h) - 2.0 * mixture(S) + mixture(S - h)) / h**2
    assert jet.first.lower == pytest.approx(slope, rel=1e-4)
    assert jet.first.upper == pytest.approx(slope, rel=1e-4)
    assert jet.second.lower == pytest.approx(bend, rel=1e-3)
    assert jet.second.upper == pytest.approx(bend, rel=1e-3)
