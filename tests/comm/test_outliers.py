import numpy as np
import pytest

from isacplan.array import uniform_linear
from isacplan.channel import OneRing
from isacplan.comm import MismatchedKnowledge, quadrature_moments
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.sensing import ThresholdLaw, search_window

ARRAY = uniform_linear(8, phase_reference="centre")
ANGLE = np.radians([-40.0, 5.0, 25.0])
T_S = 1e-6


def make(*, search="sector", spread_deg=4.0, spacing=0.5):
    array = uniform_linear(8, spacing=spacing, phase_reference="centre")
    ring = OneRing(geometry=array, density="laplacian", spread=np.radians(spread_deg))
    knowledge = MismatchedKnowledge(
        true_correlation=ring(ANGLE),
        assumed_correlation=ring,
        angle=ANGLE,
        snr=np.array([60.0, 200.0, 30.0]),
        pilot_snr=np.array([10.0, 40.0, 20.0]),
        power=np.array([1.0, 2.0, 1.0]),
    )
    law = ThresholdLaw(
        window=[search_window(array, array, a, search=search) for a in ANGLE],
        snr_per_symbol=np.array([0.2, 0.4, 0.1]),
        symbol_duration=T_S,
    )
    return OutlierKnowledge(knowledge=knowledge, law=law)


@pytest.mark.parametrize("search", ["beam", "sector", 0.4])
def test_wrong_moments_are_sums_over_believed_angles(search):
    model = make(search=search)
    for k, window in enumerate(model.law.window):
        angle, weight = window.spread_nodes(200)
        by_angle = model.knowledge.filter_moments(angle)[k]
        assert model.wrong_moments[k, 0] == pytest.approx(by_angle @ weight, rel=1e-9)


def test_an_ambiguity_is_believed_where_it_stands():
    model = make(spacing=2.0)
    for k, window in enumerate(model.law.window):
        by_angle = model.knowledge.filter_moments(window.ambiguity)[k]
        wrong = model.wrong_moments[k, 1 : 1 + window.height.size].T
        assert wrong == pytest.approx(by_angle, rel=1e-8)


def test_the_mixture_is_an_average_of_moments():
    model = make()
    errors = model.law.distribution(40.0 * T_S)
    gaussian = quadrature_moments(model.knowledge, errors.variance)
    q = errors.outlier[:, :1]
    assert np.all(q > 0.001)
    mixed = (1.0 - q) * gaussian + q * model.wrong_moments[:, 0]
    expected = model.knowledge.terms_of(mixed)
    terms = model.terms(errors)
    for name in ("signal", "uncertainty", "interference"):
        assert getattr(terms, name) == pytest.approx(getattr(expected, name), rel=1e-8)


def test_without_outliers_it_is_the_mismatched_model_at_the_law_s_variance():
    model = make(search="beam")
    errors = model.law.distribution(1e5 * T_S)
    terms, plain = model.terms(errors), model.knowledge.terms(errors.variance)
    for name in ("signal", "uncertainty", "interference"):
        assert getattr(terms, name) == pytest.approx(getattr(plain, name), rel=1e-12)


def test_outliers_take_signal_away():
    model = make()
    errors = model.law.distribution(5.0 * T_S)
    assert np.all(model.terms(errors).signal < 0.95 * model.knowledge.terms(errors.variance).signal)


@pytest.mark.parametrize("search", ["beam", "sector"])
@pytest.mark.parametrize("width", [1e-4, 0.03, 0.5])
def test_enclosures_hold_values_and_divided_differences(search, width):
    model = make(search=search)
    start = T_S * np.geomspace(1.0, 3e3, 15)
    terms = model.enclose(model.law.enclose(start, start * (1.0 + width)))
    x = [start * (1.0 + width * part) for part in (0.1, 0.5, 0.9)]
    values = [model.terms(model.law.distribution(T)) for T in x]
    for name in ("signal", "uncertainty", "interference"):
        jet = getattr(terms, name)
        f = [getattr(v, name) for v in values]
        h = (x[1] - x[0])[:, None]
        # What is left of the signal's rounding when nearly equal numbers are subtracted.
        size = 1e-13 * (values[1].signal + values[1].interference)
        for part, value, lost in (
            (jet.value, f[1], size),
            (jet.first, (f[2] - f[0]) / (2.0 * h), size / h),
            (jet.second, (f[2] - 2.0 * f[1] + f[0]) / h**2, 4.0 * size / h**2),
        ):
            assert np.all(part.lower - lost <= value)
            assert np.all(value <= part.upper + lost)


def test_enclosures_tighten_with_the_interval():
    model = make()
    start = T_S * np.array([20.0, 60.0])
    widths = []
    for width in (1e-2, 1e-3):
        signal = model.enclose(model.law.enclose(start, start * (1.0 + width))).signal
        widths.append(signal.first.upper - signal.first.lower)
    assert np.all(widths[1] < 0.2 * widths[0])
