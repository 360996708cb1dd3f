import numpy as np
import pytest

from isacplan.array import custom, steering_vector, uniform_linear
from isacplan.sensing.estimators import maximum_likelihood_angle
from isacplan.sensing.search_window import search_window
from isacplan.sensing.snr_search import last_crossing
from isacplan.sensing.threshold_law import ThresholdLaw
from isacplan.sensing.tracking import LOST, tracking_limit

ARRAY = uniform_linear(8, phase_reference="centre")
ANGLE = 0.3
NULL = 0.25
"""First null of the beam, in sines."""


def make_law(search="beam", receive=ARRAY):
    windows = [search_window(ARRAY, receive, a, search=search) for a in (ANGLE, -0.6)]
    return ThresholdLaw(window=windows, snr_per_symbol=np.array([1.0, 0.1]), symbol_duration=1.0)


def simulated_loop(snr, n_looks, *, n=2500):
    """Mean squares, and shares of users lost beyond the first null, which are pointed at again."""
    a, rng = steering_vector(ARRAY, ANGLE), np.random.default_rng(5)
    pointing, square, lost = np.full(n, ANGLE), [], []
    for _ in range(n_looks):
        gain = np.abs(steering_vector(ARRAY, pointing) @ a.conj()) ** 2
        noise = rng.normal(size=(2, n, 1, 8)) * np.sqrt(0.5)
        echo = np.sqrt(snr * gain)[:, None, None] * a + noise[0] + 1j * noise[1]
        edges = tuple(
            np.arcsin(np.clip(np.sin(pointing) + side * NULL, -1.0, 1.0)) for side in (-1, 1)
        )
        pointing = maximum_likelihood_angle(ARRAY, echo, window=edges)
        square.append(np.mean((pointing - ANGLE) ** 2))
        beyond = np.abs(np.sin(pointing) - np.sin(ANGLE)) > 0.999 * NULL
        lost.append(np.mean(beyond))
        pointing = np.where(beyond, ANGLE, pointing)
    return np.array(square), np.array(lost)


def snr_of(share):
    """SNR at which that share of looks is wrong."""
    law = make_law()
    found = last_crossing(
        lambda S: np.sum(law.distribution_at(S).outlier, axis=-1), np.full(2, share)
    )
    return float(found[0])


@pytest.mark.parametrize(("share", "rare"), [(LOST, True), (10.0 * LOST, False)])
def test_at_the_limit_a_loop_loses_its_user_once_in_hundreds_of_looks(share, rare):
    snr = snr_of(share)
    square, lost = simulated_loop(snr, 7)
    # 0.0031 and 0.023 in 40,000 looks, with a standard error of 5 % of the larger one here.
    assert bool(np.mean(lost[2:]) < 0.006) is rare
    # Two standard errors of 12,500 looks, of which a hundredth is wrong, and the fit's tenth.
    predicted = float(make_law().mean_square_at(np.full(2, snr))[0])
    assert np.mean(square[2:]) == pytest.approx(predicted, rel=0.2)


def test_the_limit_is_where_wrong_decisions_are_rare():
    law = make_law()
    duration = law.duration_for(tracking_limit(law))
    wrong = [law.outlier_probability(float(T))[k] for k, T in enumerate(duration)]
    assert wrong == pytest.approx([LOST, LOST], rel=1e-6)
    assert duration[1] == pytest.approx(10.0 * duration[0], rel=1e-6)


@pytest.mark.parametrize("search", ["sector", 0.4])
def test_windows_that_follow_nothing_have_no_limit(search):
    assert np.all(np.isinf(tracking_limit(make_law(search))))


def test_only_users_that_are_tracked_have_one():
    window = [search_window(ARRAY, ARRAY, ANGLE, search=search) for search in ("sector", "beam")]
    law = ThresholdLaw(window=window, snr_per_symbol=np.ones(2), symbol_duration=1.0)
    limit = tracking_limit(law)
    assert limit[0] == np.inf
    assert limit[1] == pytest.approx(tracking_limit(make_law())[0], rel=1e-12)


def test_every_kind_of_wrong_decision_counts():
    """A wide beam of two elements, within which six irregular ones have two ambiguities."""
    at = np.array([0.0, 1.0, 2.1, 3.0, 4.0, 5.2])
    receive = custom(np.stack([0.0 * at, at, 0.0 * at], axis=1))
    window = search_window(uniform_linear(2), receive, 0.0, search="beam")
    law = ThresholdLaw(window=[window], snr_per_symbol=np.ones(1), symbol_duration=1.0)
    wrong = law.distribution(float(law.duration_for(tracking_limit(law))[0])).outlier[0]
    assert np.count_nonzero(wrong > 0.1 * LOST) >= 2
    assert np.sum(wrong) == pytest.approx(LOST, rel=1e-6)


def test_ambiguities_within_the_beam_are_never_rare():
    sparse = uniform_linear(8, spacing=8.0, phase_reference="centre")
    assert np.all(tracking_limit(make_law(receive=sparse)) == 0.0)
