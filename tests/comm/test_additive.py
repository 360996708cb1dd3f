import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.array import steering_derivative, uniform_linear, uniform_planar
from isacplan.channel import one_ring_correlation
from isacplan.comm import AdditiveKnowledge, largest_semidefinite_crb, sinr, spectral_efficiency
from isacplan.enclosure import Interval, Jet
from isacplan.errors import InputWarning


def _knowledge(seed=0, n_users=4, n_antennas=8, spread_deg=5.0, **fields):
    rng = np.random.default_rng(seed)
    g = uniform_linear(n_antennas)
    theta = rng.uniform(-1.0, 1.0, n_users)
    drawn = {
        "snr": 10.0 ** rng.uniform(-1, 3, n_users),
        "pilot_snr": 10.0 ** rng.uniform(-2, 4, n_users),
        "power": rng.uniform(0.2, 3.0, n_users),
    }
    return AdditiveKnowledge(
        spatial_correlation=one_ring_correlation(
            g, theta, density="uniform", spread=np.radians(spread_deg)
        ),
        steering_derivative=steering_derivative(g, theta),
        **(drawn | fields),
    )


def _direct(k, crb):
    """SINR parts by inverting every matrix, Bai2024 (21), (22)."""
    n_users, n_antennas = k.steering_derivative.shape
    C = []
    for i in range(n_users):
        v = k.steering_derivative[i]
        R_hat = k.spatial_correlation[i] - crb[i] * np.outer(v, v.conj())
        C.append(R_hat @ np.linalg.inv(R_hat + np.eye(n_antennas) / k.pilot_snr[i]) @ R_hat)
    trace = np.array([np.trace(c).real for c in C])
    interference = np.array(
        [
            sum(
                k.snr[j]
                * k.power[i]
                / k.power[j]
                * np.trace(k.spatial_correlation[j] @ C[i]).real
                / trace[i]
                for i in range(n_users)
            )
            for j in range(n_users)
        ]
    )
    return k.snr * trace, interference


@pytest.mark.parametrize("n_antennas", [2, 8, 64])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_rank_one_path_equals_dense_matrices(n_antennas, share):
    k = _knowledge(n_antennas=n_antennas)
    crb = share * k.valid_crb
    terms = k.terms(crb)
    signal, interference = _direct(k, crb)
    np.testing.assert_allclose(terms.signal, signal, rtol=1e-10)
    np.testing.assert_allclose(terms.interference, interference, rtol=1e-10)
    np.testing.assert_array_equal(terms.uncertainty, 0.0)


def test_no_cancellation_at_low_pilot_snr():
    k = _knowledge(pilot_snr=np.full(4, 1e-6))
    lam = np.linalg.eigvalsh(k.spatial_correlation)
    expected = np.sum(1e-6 * lam**2 / (1 + 1e-6 * lam), axis=1)
    np.testing.assert_allclose(k.terms(np.zeros(4)).signal / k.snr, expected, rtol=1e-12)


def test_outside_the_domain_as_printed():
    k = _knowledge()
    crb = np.minimum(20.0 * k.valid_crb, 0.5 * k.defined_crb)
    signal, interference = _direct(k, crb)
    np.testing.assert_allclose(k.terms(crb).signal, signal, rtol=1e-9)
    np.testing.assert_allclose(k.terms(crb).interference, interference, rtol=1e-9)


def test_the_pole_is_refused():
    k = _knowledge()
    with pytest.raises(ValueError, match="crb must stay below defined_crb"):
        k.terms(k.defined_crb)


@given(st.integers(0, 30), st.floats(0.0, 0.9), st.floats(1.0, 1.5))
def test_more_sensing_error_never_adds_signal(seed, share, factor):
    k = _knowledge(seed=seed)
    crb = share * k.valid_crb
    worse = np.minimum(factor * crb, k.valid_crb)
    assert np.all(k.terms(worse).signal <= k.terms(crb).signal * (1 + 1e-12))


def test_lower_bound_is_below():
    """Bai2024 (28) never exceeds (22)."""
    exact, bound = _knowledge(), _knowledge(interference_bound=True)
    crb = 0.5 * exact.valid_crb
    assert np.all(bound.terms(crb).interference >= exact.terms(crb).interference)
    np.testing.assert_allclose(
        bound.terms(crb).interference,
        exact.snr
        * np.sum(exact.power)
        / exact.power
        * np.linalg.norm(exact.spatial_correlation, 2, axis=(1, 2)),
        rtol=1e-12,
    )


def test_self_interference_caps_a_rank_one_channel():
    """Erratum A4: with one direction the user's own beam disturbs as much as it serves."""
    g = uniform_linear(8)
    R = one_ring_correlation(g, np.array([0.2]), density="uniform", spread=1e-4)
    k = AdditiveKnowledge(
        spatial_correlation=R,
        steering_derivative=steering_derivative(g, np.array([0.2])),
        snr=1e9,
        pilot_snr=1e3,
    )
    assert sinr(k.terms(np.zeros(1)), np.ones((1, 1)))[0, 0] < 1.0


@pytest.mark.parametrize("bound", [False, True])
def test_enclosures_hold_and_shrink(bound):
    k = _knowledge(interference_bound=bound)
    low = np.array([0.1, 0.5, 0.9])[:, None] * k.valid_crb
    slope, zero = np.broadcast_to(k.valid_crb, low.shape), np.zeros_like(low)
    for width in (1e-1, 1e-3, 1e-6):
        high = low + width * k.valid_crb
        jet = Jet(Interval(low, high), Interval(slope, slope), Interval(zero, zero))
        enclosed = k.enclose(jet)
        step = 1e-4 * k.valid_crb
        for s in np.linspace(0, 1, 7):
            c = low + s * (high - low)
            at, plus, minus = k.terms(c), k.terms(c + step), k.terms(c - step)
            for name in ("signal", "interference"):
                part = getattr(enclosed, name)
                value = getattr(at, name)
                first = (getattr(plus, name) - getattr(minus, name)) / 2e-4
                assert np.all(part.value.lower <= value * (1 + 1e-14))
                assert np.all(value <= part.value.upper * (1 + 1e-14))
                slack = 1e-6 * (1e-3 + np.abs(first))
                assert np.all(part.first.lower <= first + slack)
                assert np.all(first - slack <= part.first.upper)
                second = (getattr(plus, name) - 2 * value + getattr(minus, name)) / 1e-8
                slack = 1e-3 * np.abs(second) + 1e-6 * np.abs(value)
                assert np.all(part.second.lower <= second + slack)
                assert np.all(second - slack <= part.second.upper)
                if width < 1e-5:
                    assert np.all(
                        part.second.upper - part.second.lower <= 0.2 * np.abs(second) + slack
                    )
        spread = enclosed.signal.value.upper - enclosed.signal.value.lower
        assert np.all(spread <= 3.0 * width * enclosed.signal.value.upper + 1e-13)


def test_valid_crb_keeps_the_estimate_a_covariance():
    for spread in (0.5, 1.0, 5.0, 30.0):
        k = _knowledge(spread_deg=spread)
        for factor, sign in ((1.0, 1.0), (1.5, -1.0)):
            v = k.steering_derivative
            c = factor * k.valid_crb
            R_hat = k.spatial_correlation - c[:, None, None] * v[:, :, None] * v[:, None].conj()
            lowest = np.linalg.eigvalsh(R_hat)[:, 0]
            assert np.all(sign * (lowest + 1.02e-12) > 0.0)


def test_a_strong_pilot_narrows_the_domain():
    """It resolves eigenvalues below the tolerance, and the limit keeps clear of the pole."""
    weak, strong, strongest = (
        _knowledge(pilot_snr=np.full(4, snr), spread_deg=1.0) for snr in (1e2, 1e11, 1e16)
    )
    limit = largest_semidefinite_crb(weak.spatial_correlation, weak.steering_derivative)
    # Cut after four digits, so that no processor finds another domain.
    np.testing.assert_allclose(weak.valid_crb, limit, rtol=1e-3)
    assert np.all(weak.valid_crb <= limit)
    assert [float(f"{x:.3e}") for x in weak.valid_crb] == pytest.approx(weak.valid_crb, rel=1e-15)
    narrowed = largest_semidefinite_crb(
        strong.spatial_correlation, strong.steering_derivative, tolerance=1e-14
    )
    clear = np.minimum(narrowed, 0.5 * strong.defined_crb)
    np.testing.assert_allclose(strong.valid_crb, clear, rtol=1e-3)
    assert np.all(strong.valid_crb < 0.9 * weak.valid_crb)
    np.testing.assert_allclose(strongest.valid_crb, 0.5 * strongest.defined_crb, rtol=1e-3)
    for k in (weak, strong, strongest):
        assert np.all(k.valid_crb <= 0.5 * k.defined_crb)
        assert np.all(k.terms(k.valid_crb).signal >= 0.0)


def test_a_loose_tolerance_is_narrowed_to_what_a_strong_pilot_leaves_unresolved():
    """Here the thousandth of its noise decides, well before half of the way to the pole does."""
    loose = _knowledge(pilot_snr=np.full(4, 1e8), spread_deg=1.0, psd_tolerance=1e-9)
    R, v, c = loose.spatial_correlation, loose.steering_derivative, loose.valid_crb
    assert np.all(c < 0.6 * largest_semidefinite_crb(R, v, tolerance=1e-9))
    assert np.all(c < 0.9 * 0.5 * loose.defined_crb)
    for factor, sign in ((1.0, 1.0), (1.1, -1.0)):
        R_hat = R - factor * c[:, None, None] * v[:, :, None] * v[:, None].conj()
        assert np.all(sign * (np.linalg.eigvalsh(R_hat)[:, 0] + 1.02e-11) > 0.0)


def test_one_variance_serves_all_users():
    k = _knowledge()
    for crb in (0.0, 1e-6):
        one, each = k.terms(crb), k.terms(np.full(4, crb))
        np.testing.assert_array_equal(one.signal, each.signal)
        np.testing.assert_array_equal(one.interference, each.interference)
    with pytest.raises(ValueError, match=r"crb must have shape \(..., 4\), one per user"):
        k.terms(np.zeros(3))


def test_elementwise(assert_elementwise):
    k = _knowledge()
    crb = np.linspace(0.1, 0.9, 6).reshape(2, 3, 1) * k.valid_crb

    def rows(function):
        return np.array([[function(c) for c in row] for row in crb])

    together = k.terms(crb)
    np.testing.assert_allclose(together.signal, rows(lambda c: k.terms(c).signal), rtol=1e-12)
    np.testing.assert_allclose(
        together.interference, rows(lambda c: k.terms(c).interference), rtol=1e-12
    )


def test_inputs_stay_unchanged():
    g = uniform_linear(4)
    R = np.array(one_ring_correlation(g, np.array([0.1]), density="gaussian", spread=0.1))
    v, snr = steering_derivative(g, np.array([0.1])), np.array([3.0])
    for array in (R, v, snr):
        array.flags.writeable = False
    AdditiveKnowledge(spatial_correlation=R, steering_derivative=v, snr=snr, pilot_snr=snr).terms(
        np.zeros(1)
    )


def test_spectral_efficiency_is_the_logarithm():
    k = _knowledge()
    aging = np.array([[1.0, 0.5]] * 4)
    terms = k.terms(0.5 * k.valid_crb)
    np.testing.assert_allclose(
        spectral_efficiency(terms, aging), np.log2(1 + sinr(terms, aging)), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"spatial_correlation": np.eye(4)}, r"must have shape \(K, L, L\)"),
        ({"spatial_correlation": -np.eye(4)[None]}, "must have a positive trace, got -4"),
        ({"spatial_correlation": np.full((1, 4, 4), np.nan)}, "must be finite"),
        ({"spatial_correlation": np.triu(np.full((1, 4, 4), 0.25))}, "must be Hermitian"),
        ({"steering_derivative": np.ones((1, 3))}, "steering_derivative must be finite with shape"),
        ({"snr": 0.0}, "snr must be greater than 0"),
        ({"snr": [1.0, 2.0]}, "snr must hold 1 numbers"),
        ({"pilot_snr": np.nan}, "pilot_snr must be"),
        ({"power": -1.0}, "power must be greater than 0"),
    ],
)
def test_bad_input(fields, match):
    good = {
        "spatial_correlation": np.eye(4)[None] / 4,
        "steering_derivative": np.ones((1, 4)),
        "snr": 1.0,
        "pilot_snr": 1.0,
    }
    with pytest.raises(ValueError, match=match):
        AdditiveKnowledge(**(good | fields))


def test_a_correlation_with_the_other_sign_of_phase_is_warned_of():
    """Tools that write ``exp(+j ...)`` make the conjugate, which lies on the other side."""
    k = _knowledge(n_users=3)
    turned = np.array(k.spatial_correlation)
    turned[1] = turned[1].conj()
    with pytest.warns(InputWarning, match="user 1: the correlation goes with the mirror image"):
        AdditiveKnowledge(
            spatial_correlation=turned,
            steering_derivative=k.steering_derivative,
            snr=k.snr,
            pilot_snr=k.pilot_snr,
        )


@given(
    seed=st.integers(0, 1000),
    geometry=st.sampled_from(
        [
            *(uniform_linear(n, phase_reference=r) for n in (2, 3, 8) for r in ("first", "centre")),
            uniform_planar(2, 2, phase_reference="centre"),
            uniform_planar(4, 2),
        ]
    ),
    spread_deg=st.floats(0.1, 80.0),
)
def test_no_correlation_around_the_stated_angle_is_suspected(seed, geometry, spread_deg):
    """Warnings are errors: two columns of elements must not be taken for a mirror image."""
    theta = np.random.default_rng(seed).uniform(-1.4, 1.4, 8)
    R = one_ring_correlation(geometry, theta, density="uniform", spread=np.radians(spread_deg))
    AdditiveKnowledge(
        spatial_correlation=R,
        steering_derivative=steering_derivative(geometry, theta),
        snr=1.0,
        pilot_snr=1.0,
    )
