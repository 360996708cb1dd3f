"""How links combine to a position, against the signal itself."""

import numpy as np
import pytest

from isacplan.sensing import delay_crb, linear_array_angle_crb, position_crb
from isacplan.split.fix import Fix
from isacplan.split.measurement import ErrorLaw, Link, Waveform
from isacplan.split.requirement import PositionRequirement, needed_symbols
from isacplan.units import SPEED_OF_LIGHT

N = 8


def flat(width=20e6, *, energy=1.0, repeat=1e-5):
    B = np.atleast_1d(np.asarray(width, dtype=float))
    return Waveform(
        mean_square_bandwidth=B**2 / 12,
        rms_frequency=B / np.sqrt(12),
        width=B,
        energy=np.broadcast_to(energy, B.shape),
        repeat=np.broadcast_to(repeat, B.shape),
    )


def link(snr=10.0, place=(0.0, 0.0), **changes):
    return Link(**{"place": place, "snr": np.atleast_1d(snr), "facing": 0.0, **changes})


def fix(*links, place=(80.0, 30.0), **changes):
    values = {
        "place": np.atleast_2d(place),
        "links": links or (link(),),
        "clock_known": True,
        "n_antennas": N,
        "spacing": 0.5,
        "angle_bound": "unknown_phase",
        "range_window": 500.0,
    }
    return Fix(**(values | changes))


def test_one_station_is_gao_4():
    symbols = np.array([[7.0]])
    found = fix().covariance(flat(), symbols)
    theta, r = np.arctan2(30.0, 80.0), np.hypot(80.0, 30.0)
    common = {"n_antennas": N, "snr": 10.0, "n_symbols": 7.0}
    expected = position_crb(
        distance=r,
        angle_variance=linear_array_angle_crb(theta, phase="unknown_phase", **common),
        delay_variance=delay_crb(mean_square_bandwidth=20e6**2 / 12, **common),
    )
    assert np.trace(found[0, 0]) == pytest.approx(float(expected), rel=1e-12)
    assert fix().covariance(flat(), np.array([[0.0]]))[0, 0].diagonal().tolist() == [np.inf] * 2


def test_a_round_trip_is_two_links_whose_clocks_cancel():
    down, up = link(10.0), link(3.0, clock=-1)
    both = fix(down, up, clock_known=False)
    variances = both.variances(flat(), np.array([[5.0]]))[0, 0]
    angle = 1.0 / np.sum(1.0 / variances[:, 0])
    delay = np.sum(variances[:, 1]) / 4.0
    r = np.hypot(80.0, 30.0)
    expected = r**2 * angle + SPEED_OF_LIGHT**2 * delay
    found = np.trace(both.covariance(flat(), np.array([[5.0]]))[0, 0])
    assert found == pytest.approx(expected, rel=1e-9)
    one_way = fix(down, down, clock_known=False).covariance(flat(), np.array([[5.0]]))
    assert one_way[0, 0].diagonal().tolist() == [np.inf, np.inf]


def test_gain_and_covariance_agree():
    stations = (
        link(10.0),
        link(4.0, (150.0, 0.0), facing=None, clock=-1),
        link(20.0, (40.0, 120.0), facing=-1.5, height=12.0),
    )
    for known in (True, False):
        law = fix(*stations, clock_known=known)
        variances = law.variances(flat([20e6, 2e6]), np.array([[5.0], [9.0]]))
        gain = law.gain(variances)
        weighted = np.where(np.isfinite(variances)[..., None, :], gain, 0.0)
        finite = np.where(np.isfinite(variances), variances, 0.0)
        found = np.einsum("sklpm,sklqm,sklm->skpq", weighted, weighted, finite)
        covariance = law.covariance(flat([20e6, 2e6]), np.array([[5.0], [9.0]]))
        np.testing.assert_allclose(found, covariance, rtol=1e-8)


def test_a_bias_common_to_all_is_taken_for_the_clock():
    stations = (link(), link(5.0, (150.0, 0.0)), link(5.0, (40.0, 120.0)))
    symbols = np.array([[5.0]])
    alone = fix(range_bias=3.0).law(flat(), symbols)
    np.testing.assert_allclose(
        alone.bias[0, 0], 3.0 * np.array([80.0, 30.0]) / np.hypot(80.0, 30.0), rtol=1e-12
    )
    unknown = fix(*stations, clock_known=False, range_bias=3.0).law(flat(), symbols)
    np.testing.assert_allclose(unknown.bias, 0.0, atol=1e-9)
    known = fix(*stations, range_bias=3.0).law(flat(), symbols)
    assert 0.1 < np.linalg.norm(known.bias[0, 0]) < 6.0
    assert alone.mean_square > fix().law(flat(), symbols).mean_square + 8.9


def test_heights_stretch_both_errors():
    low, high = fix(), fix(link(height=33.5))
    symbols = np.array([[5.0]])
    x, y, h = 80.0, 30.0, 33.5
    r = np.sqrt(x**2 + y**2 + h**2)
    v = high.variances(flat(), symbols)[0, 0, 0]
    # y = r sin, x^2 = r^2 - y^2 - h^2.
    d_sine = v[0] * (1.0 - (y / r) ** 2)
    var_r = SPEED_OF_LIGHT**2 * v[1]
    d_y = np.array([r, y / r])
    d_x = np.array([-y * r, r - y * y / r]) / x
    expected = (d_y**2 + d_x**2) @ [d_sine, var_r]
    found = np.trace(high.covariance(flat(), symbols)[0, 0])
    assert found == pytest.approx(expected, rel=1e-9)
    assert found > 1.1 * np.trace(low.covariance(flat(), symbols)[0, 0])


def test_below_threshold_the_error_is_the_window():
    weak = fix(link(1e-3)).law(flat(), np.array([[1.0]]))
    strong = fix(link(1e3)).law(flat(), np.array([[1.0]]))
    assert weak.outlier_probability[0, 0] > 0.95
    assert strong.outlier_probability[0, 0] == 0.0
    # Uniform in the sine and in 500 m of range about the truth.
    rng = np.random.default_rng(2)
    theta, r = np.arcsin(rng.uniform(-1, 1, 10**6)), np.hypot(80.0, 30.0)
    far = r + rng.uniform(-250.0, 250.0, 10**6)
    square = (far * np.cos(theta) - 80.0) ** 2 + (far * np.sin(theta) - 30.0) ** 2
    assert weak.mean_square[0, 0] == pytest.approx(np.mean(square), rel=0.01)
    assert weak.probability_within(1.0)[0, 0] < 0.05 < strong.probability_within(10.0)[0, 0]


def test_any_link_may_miss():
    one = fix(link(1.0)).law(flat(), np.array([[2.0]])).outlier_probability[0, 0]
    stations = (link(1.0), link(1.0, (150.0, 0.0)), link(1e4, (40.0, 120.0)))
    many = fix(*stations).law(flat(), np.array([[2.0]])).outlier_probability[0, 0]
    assert 0.01 < one < 0.9
    assert many == pytest.approx(1.0 - (1.0 - one) ** 2, rel=1e-9)


def test_waveforms_and_users_are_elementwise():
    places = [[80.0, 30.0], [20.0, -15.0]]
    two = fix(link([10.0, 20.0]), place=places)
    stacked = two.law(flat([20e6, 2e6], energy=[1.0, 0.1]), np.array([[5.0, 6.0], [7.0, 8.0]]))
    for s, (B, e) in enumerate(((20e6, 1.0), (2e6, 0.1))):
        for k, snr in enumerate((10.0, 20.0)):
            symbols = np.array([[[5.0, 6.0], [7.0, 8.0]][s][k]])[None]
            single = fix(link(snr), place=places[k]).law(flat(B, energy=e), symbols)
            for name in ("covariance", "outlier_probability", "bias", "mean_square"):
                np.testing.assert_allclose(
                    getattr(stacked, name)[s, k], getattr(single, name)[0, 0], rtol=1e-12
                )


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: fix(n_antennas=1), "n_antennas"),
        (lambda: fix(angle_bound="x"), "angle_bound"),
        (lambda: fix(range_window=0.0), "range_window"),
        (lambda: fix(range_bias=-1.0), "range_bias"),
        (lambda: fix(links=()), "links must hold"),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_needed_symbols_are_the_fewest():
    two = fix(link([0.02, 0.5]), place=[[80.0, 30.0], [200.0, -15.0]])
    waves = flat([20e6, 5e6, 1e6], energy=[1.0, 1.0, 0.3])
    requirement = PositionRequirement(radius=3.0, confidence=0.9)
    needed = needed_symbols(two, waves, requirement=requirement, n_symbols=60)
    every = np.arange(1.0, 61.0)
    for s in range(3):
        for k in range(2):
            held = np.ones((3, 2))
            met = [requirement.met(two.law(waves, t * held))[s, k] for t in every]
            assert np.all(np.diff(np.array(met, dtype=int)) >= 0)
            first = every[np.argmax(met)] if np.any(met) else np.inf
            assert needed[s, k] == first
    assert np.any(np.isfinite(needed))
    assert np.any(np.isinf(needed))


def test_outliers_alone_can_be_required():
    rare = PositionRequirement(outlier_probability=1e-3)
    needed = needed_symbols(fix(link(0.1)), flat(), requirement=rare, n_symbols=200)[0, 0]
    for symbols, enough in ((needed, True), (needed - 1.0, False)):
        q = fix(link(0.1)).outliers(flat(), np.array([[symbols]]))[0, 0, 0]
        assert (q <= 1e-3) == enough


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"radius": 0.0}, "radius"),
        ({"confidence": 1.0}, "confidence must be below 1"),
        ({"confidence": 0.0}, "confidence"),
        ({"outlier_probability": 0.0}, "outlier_probability"),
        ({"outlier_probability": 1.5}, "outlier_probability"),
    ],
)
def test_requirements_that_make_no_sense(values, match):
    with pytest.raises(ValueError, match=match):
        PositionRequirement(**values)


@pytest.mark.parametrize("clock_known", [True, False])
@pytest.mark.parametrize("place", [(80.0, 30.0), (300.0, -500.0)])
def test_more_symbols_never_hurt(place, clock_known):
    """On one station and on three, near the threshold and far below it."""
    stations = (
        link(10.0),
        link(0.02, (150.0, 0.0), facing=None),
        link(3.0, (40.0, 120.0), facing=-1.5, height=12.0),
    )
    for links in (stations, stations[:1]) if clock_known else (stations,):
        law = fix(*links, place=place, clock_known=clock_known, range_bias=2.0)
        symbols = np.geomspace(1e-4, 1e3, 150)[:, None]
        waves = flat(np.full(150, 3e6))
        square = law.law(waves, symbols).mean_square[:, 0]
        assert np.all(np.diff(square) <= 1e-12 * square[1:])
        assert square[0] > 1e2 * square[-1]


def test_the_mean_square_is_that_of_draws_from_the_law():
    """Regular estimates and outliers of three links, each with its probability, drawn."""
    stations = (link(0.4), link(0.3, (150.0, 0.0), facing=None), link(0.5, (40.0, 120.0)))
    law = fix(*stations, range_window=60.0)
    one = np.array([[4.0]])
    variances, missed = law.variances(flat(), one)[0, 0], law.outliers(flat(), one)[0, 0]
    total = N * 4.0 * law.snr[0]
    assert np.all((missed > 0.005) & (missed < 0.6))
    rng, n = np.random.default_rng(3), 400_000
    near = rng.standard_normal((n, 3, 2)) * np.sqrt(variances * (1.0 + 2.0 / total)[:, None])
    near[:, 1, 0] = 0.0
    sine = np.arcsin(rng.uniform(-1.0, 1.0, (n, 3))) - np.arcsin(law.sine[0])
    delay = rng.uniform(-30.0, 30.0, (n, 3)) / SPEED_OF_LIGHT
    wrong = np.stack([sine * [1.0, 0.0, 1.0], delay], axis=-1)
    found = np.where(rng.random((n, 3, 1)) < missed[:, None], wrong, near)
    gain = law.gain(law.variances(flat(), one))[0, 0]
    drawn = np.einsum("lpm,nlm->np", gain, found)
    square = np.sum(drawn**2, axis=-1)
    expected = law.law(flat(), one).mean_square[0, 0]
    error = np.std(square) / np.sqrt(n)
    assert np.mean(square) == pytest.approx(expected, abs=4.0 * error)
    assert error < 0.01 * expected


def test_a_miss_of_a_link_of_little_weight_leaves_the_place():
    """Against draws: never more than they have, and more than were every miss a large error."""
    stations = (link(0.4), link(0.9, (150.0, 0.0)), link(0.12, (40.0, 120.0)))
    law, one, n = fix(*stations, range_window=60.0), np.array([[6.0]]), 200_000
    variances, missed = law.variances(flat(3e6), one)[0, 0], law.outliers(flat(3e6), one)[0, 0]
    rng = np.random.default_rng(3)
    near = rng.standard_normal((n, 3, 2)) * np.sqrt(
        variances * (1.0 + 2.0 / (N * 6.0 * law.snr[0]))[:, None]
    )
    sine = np.arcsin(rng.uniform(-1.0, 1.0, (n, 3))) - np.arcsin(law.sine[0])
    delay = rng.uniform(-30.0, 30.0, (n, 3)) / SPEED_OF_LIGHT
    found = np.where(rng.random((n, 3, 1)) < missed[:, None], np.stack([sine, delay], -1), near)
    gain = law.gain(law.variances(flat(3e6), one))[0, 0]
    drawn = np.linalg.norm(np.einsum("lpm,nlm->np", gain, found), axis=-1)
    stated = law.law(flat(3e6), one)
    for radius in (20.0, 30.0, 60.0):
        share = np.mean(drawn <= radius)
        within = stated.probability_within(radius)[0, 0]
        regular = np.mean(drawn[np.all(np.abs(found - near) == 0.0, axis=(1, 2))] <= radius)
        assert within <= share + 4.0 * np.sqrt(share / n)
        assert within > (1.0 - stated.outlier_probability[0, 0]) * regular + 0.01
        assert within > share - 0.1


def test_nothing_to_measure_is_the_window_or_no_fix():
    nothing = np.array([[0.0]])
    assert fix().law(flat(), nothing).mean_square[0, 0] == pytest.approx(
        fix(link(1e-6)).law(flat(), np.array([[1.0]])).mean_square[0, 0], rel=1e-4
    )
    three = fix(link(), link(1.0, (150.0, 0.0)), link(1.0, (40.0, 120.0)))
    assert np.isinf(three.law(flat(), nothing).mean_square[0, 0])


def test_risks_over_what_is_allowed():
    law = ErrorLaw(
        covariance=np.stack([np.eye(2), 4.0 * np.eye(2)]),
        bias=np.zeros((2, 2)),
        outlier_probability=np.array([0.0, 0.02]),
        mean_square=np.array([2.0, 9.0]),
    )
    beyond = np.exp(-np.array([4.0, 1.0]) / 0.5 / 4.0)
    wanted = PositionRequirement(radius=2.0, confidence=0.8, outlier_probability=0.04)
    risk = 1.0 - (1.0 - law.outlier_probability) * (1.0 - beyond)
    np.testing.assert_allclose(wanted.excess(law), risk / 0.2, rtol=1e-6)
    assert wanted.met(law).tolist() == [True, False]
    square = PositionRequirement(mean_square=[3.0, 3.0], outlier_probability=0.1)
    np.testing.assert_allclose(square.excess(law), [2.0 / 3.0, 3.0], rtol=1e-12)
    assert square.met(law).tolist() == [True, False]


def test_requirements_in_words():
    both = PositionRequirement(radius=1.0, confidence=0.9999999, outlier_probability=0.01)
    assert both.words == (
        "a position error within 1 m with a probability of 99.99999 % and "
        "an outlier probability of at most 0.01"
    )
    assert PositionRequirement(mean_square=4.0).words == (
        "a position error of at most 2 m rms, outliers included"
    )
    own = PositionRequirement(mean_square=[4.0, 9.0, np.inf])
    assert own.words.startswith("every user's own limit on its position error rms")
    assert own.words_for(np.array([1])).startswith("a position error of at most 3 m rms")
