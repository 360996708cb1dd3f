import numpy as np
import pytest

from isacplan.array import steering_derivative, uniform_linear
from isacplan.channel import OneRing, one_ring_correlation, paths_correlation
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.enclosure import Interval, Jet

G = uniform_linear(8)
SPREAD = np.radians(4.0)
THETA = np.array([-0.6, 0.1, 0.5])


def _one_ring(angle):
    return one_ring_correlation(G, angle, density="uniform", spread=SPREAD)


def _knowledge(true=None, **fields):
    return MismatchedKnowledge(
        **(
            {
                "true_correlation": _one_ring(THETA) if true is None else true,
                "assumed_correlation": _one_ring,
                "angle": THETA,
                "snr": np.array([5.0, 50.0, 500.0]),
                "pilot_snr": np.array([1.0, 10.0, 100.0]),
                "power": np.array([1.0, 2.0, 0.5]),
            }
            | fields
        )
    )


def _by_quadrature(k, crb, order):
    """SINR parts by Gauss-Hermite and dense matrices."""
    x, weight = np.polynomial.hermite_e.hermegauss(order)
    weight = weight / weight.sum()
    K, eye = len(crb), np.eye(8)
    g, g2, pi, J = np.zeros(K), np.zeros(K), np.zeros(K), np.zeros((K, K))
    for i in range(K):
        R = k.true_correlation[i]
        Q = R + eye / k.pilot_snr[i]
        for angle, p in zip(k.angle[i] + np.sqrt(crb[i]) * x, weight, strict=True):
            R_hat = k.assumed_correlation(np.array([angle]))[0]
            W = R_hat @ np.linalg.inv(R_hat + eye / k.pilot_snr[i])
            D = W @ Q @ W.conj().T
            g[i] += p * np.trace(W @ R).real
            g2[i] += p * np.trace(W @ R).real ** 2
            pi[i] += p * np.trace(D).real
            J[:, i] += p * np.array([np.trace(r @ D).real for r in k.true_correlation])
    share = k.snr[:, None] * k.power / k.power[:, None]
    return k.snr * g**2 / pi, k.snr * (g2 - g**2) / pi, np.sum(share * J / pi, axis=1)


@pytest.mark.parametrize("std_deg", [0.01, 1.0, 5.0, 12.0])
@pytest.mark.parametrize("traced", [False, True])
def test_against_gauss_hermite_with_a_checked_order(std_deg, traced):
    true = None
    if traced:
        rng = np.random.default_rng(0)
        true = np.array(
            [paths_correlation(G, rng.normal(size=4), t + rng.normal(size=4) / 9)[0] for t in THETA]
        )
    k = _knowledge(true)
    crb = np.radians(std_deg) ** 2 * np.array([1.0, 0.5, 0.1])
    few, many = _by_quadrature(k, crb, 60), _by_quadrature(k, crb, 120)
    terms = k.terms(crb)
    got = (terms.signal, terms.uncertainty, terms.interference)
    for coarse, fine, value in zip(few, many, got, strict=True):
        np.testing.assert_allclose(coarse, fine, rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(value, fine, rtol=1e-8, atol=1e-9)


def test_tends_to_the_additive_model_without_error():
    k = _knowledge()
    additive = AdditiveKnowledge(
        spatial_correlation=k.true_correlation,
        steering_derivative=steering_derivative(G, THETA),
        snr=k.snr,
        pilot_snr=k.pilot_snr,
        power=k.power,
    )
    a, b = k.terms(np.zeros(3)), additive.terms(np.zeros(3))
    np.testing.assert_allclose(a.signal, b.signal, rtol=1e-10)
    np.testing.assert_allclose(a.interference, b.interference, rtol=1e-10)
    np.testing.assert_allclose(a.uncertainty, 0.0, atol=1e-9)


def test_against_monte_carlo():
    k = _knowledge()
    crb = np.full(3, np.radians(4.0) ** 2)
    rng, n_angles, per_angle = np.random.default_rng(5), 4_000, 10
    eye = np.eye(8)
    roots = [np.linalg.cholesky(R + 1e-12 * eye) for R in k.true_correlation]

    def normal(*shape):
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)) / np.sqrt(2)

    h = np.stack([normal(n_angles, per_angle, 8) @ root.T for root in roots], axis=2)
    f = np.empty_like(h)
    for i in range(3):
        believed = k.angle[i] + np.sqrt(crb[i]) * rng.normal(size=n_angles)
        R_hat = k.assumed_correlation(believed)
        y = h[:, :, i] + normal(n_angles, per_angle, 8) / np.sqrt(k.pilot_snr[i])
        W = np.linalg.solve(R_hat + eye / k.pilot_snr[i], R_hat)
        f[:, :, i] = np.einsum("nab,njb->nja", W, y)
    h, f = h.reshape(-1, 3, 8), f.reshape(-1, 3, 8)
    effective = np.einsum("nkl,nil->nki", h.conj(), f)
    norm = np.mean(np.sum(np.abs(f) ** 2, axis=2), axis=0)
    terms = k.terms(crb)
    own = np.einsum("nkk->nk", effective)
    signal = k.snr * np.abs(np.mean(own, axis=0)) ** 2 / norm
    share = k.snr[:, None] * k.power / k.power[:, None]
    power = np.sum(share * np.mean(np.abs(effective) ** 2, axis=0) / norm, axis=1)
    np.testing.assert_allclose(terms.signal, signal, rtol=0.03)
    np.testing.assert_allclose(
        terms.signal + terms.uncertainty + terms.interference, power, rtol=0.03
    )


def test_enclosures_hold_and_shrink():
    k = _knowledge()
    low = np.radians([[1.0], [4.0], [9.0]]) ** 2 * np.ones(3)
    one, zero = np.ones_like(low), np.zeros_like(low)
    for width in (1e-1, 1e-4):
        high = low * (1 + width)
        enclosed = k.enclose(Jet(Interval(low, high), Interval(one, one), Interval(zero, zero)))
        step = 1e-5 * low
        for s in np.linspace(0, 1, 5):
            c = low + s * (high - low)
            at, plus, minus = k.terms(c), k.terms(c + step), k.terms(c - step)
            for name in ("signal", "uncertainty", "interference"):
                part, value = getattr(enclosed, name), getattr(at, name)
                first = (getattr(plus, name) - getattr(minus, name)) / (2 * step)
                assert np.all(part.value.lower <= value + 1e-12)
                assert np.all(value <= part.value.upper + 1e-12)
                slack = 1e-4 * (np.abs(first) + 1e-3 / low)
                assert np.all(part.first.lower <= first + slack)
                assert np.all(first - slack <= part.first.upper)
                wide = 1e-2 * low
                up, down = (getattr(k.terms(c + s * wide), name) for s in (1, -1))
                second = (up - 2 * value + down) / wide**2
                slack = 2e-2 * (np.abs(second) + 1e-3 * np.abs(first) / low) + 1e-9 / wide**2
                assert np.all(part.second.lower <= second + slack)
                assert np.all(second - slack <= part.second.upper)


def test_always_valid():
    k = _knowledge()
    assert np.all(np.isinf(k.valid_crb))
    assert np.all(np.isinf(k.defined_crb))


def test_elementwise():
    k = _knowledge()
    crb = np.geomspace(1e-6, 1e-2, 6).reshape(2, 3, 1) * np.ones(3)
    together = k.terms(crb)
    for index in np.ndindex(2, 3):
        alone = k.terms(crb[index])
        np.testing.assert_allclose(together.signal[index], alone.signal, rtol=1e-12)
        np.testing.assert_allclose(together.interference[index], alone.interference, rtol=1e-12)


def test_a_mirror_image_behind_the_array_is_not_computed_again():
    """Half the circle says all where front and back are the same, to rounding."""
    ring, seen = OneRing(geometry=G, density="uniform", spread=SPREAD), []

    def counted(angle):
        seen.append(angle.size)
        return ring(angle)

    half, full = _knowledge(assumed_correlation=ring), _knowledge(assumed_correlation=counted)
    seen.clear()
    assert full.n_harmonics == half.n_harmonics
    with_back, n = full.terms(np.full(3, 0.01)), sum(seen)
    counted.front_is_back = True
    told = _knowledge(assumed_correlation=counted)
    seen.clear()
    told.terms(np.full(3, 0.01))
    assert sum(seen) == n // 2 + 1
    for name in ("signal", "uncertainty", "interference"):
        expected = getattr(with_back, name)
        got = getattr(half.terms(np.full(3, 0.01)), name)
        np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("pilot_snr", [1e-3, 1e3, 1e9])
def test_eigenvalues_within_rounding_do_not_count(pilot_snr):
    """A narrow ring over many antennas: most of the eigenvalues are rounding."""
    ring = OneRing(geometry=uniform_linear(32), density="gaussian", spread=np.radians(1.0))
    k = _knowledge(ring(THETA), assumed_correlation=ring, pilot_snr=pilot_snr, power=1.0)
    angle = np.append(THETA, 0.08)
    R_hat, eye = ring(angle), np.eye(32)
    W = np.linalg.solve(R_hat + eye / pilot_snr, R_hat)
    for i, R in enumerate(k.true_correlation):
        D = W @ (R + eye / pilot_snr) @ W.conj().swapaxes(-1, -2)
        gain = np.real(np.trace(W @ R, axis1=-2, axis2=-1))
        cross = [np.real(np.trace(R_k @ D, axis1=-2, axis2=-1)) for R_k in k.true_correlation]
        expected = [gain, gain**2, np.real(np.trace(D, axis1=-2, axis2=-1)), *cross]
        got = k.filter_moments(angle)[i]
        slack = (1e-12 + 1e-15 * pilot_snr) * np.max(np.abs(expected), axis=1)
        assert np.all(np.abs(got - expected) <= slack[:, None])


def test_assumptions_of_any_trace_are_scaled():
    def louder(angle):
        return (16.0 + np.cos(angle))[:, None, None] * _one_ring(angle).astype(np.complex64)

    k, scaled = _knowledge(), _knowledge(assumed_correlation=louder)
    crb = np.full(3, 1e-3)
    np.testing.assert_allclose(scaled.terms(crb).signal, k.terms(crb).signal, rtol=1e-4)
    np.testing.assert_allclose(scaled.terms(crb).uncertainty, k.terms(crb).uncertainty, rtol=1e-3)


@pytest.mark.parametrize(
    ("assumed", "match"),
    [
        (lambda angle: np.zeros((angle.size, 8, 8)), "must have a positive trace, got 0"),
        (lambda angle: np.full((angle.size, 8, 8), np.nan), "must have a positive trace, got nan"),
        (lambda angle: np.sign(angle)[:, None, None] * np.eye(8), "positive trace, got -8"),
        (lambda angle: np.eye(8) / 8, r"must map angles of shape \(.*\) to shape"),
        (lambda angle: np.ones((angle.size, 4, 4)), r"shape \(2, 8, 8\), got \(2, 4, 4\)"),
        (np.eye(8), "must be a function of the angle, such as OneRing, got ndarray"),
    ],
)
def test_assumptions_that_are_none_are_refused(assumed, match):
    with pytest.raises(ValueError, match=match):
        _knowledge(assumed_correlation=assumed)


def test_an_abrupt_assumption_is_refused():
    def jumping(angle):
        base = np.eye(8) / 8
        tilted = np.diag(np.arange(8.0)) / 28
        return np.where((np.sin(angle) > 0)[:, None, None], base, tilted)

    with pytest.raises(ValueError, match="assumed_correlation must vary smoothly"):
        _knowledge(assumed_correlation=jumping).terms(np.zeros(3))


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"angle": np.zeros(2)}, "angle must hold 3 numbers"),
        ({"snr": -1.0}, "snr must be greater than 0"),
        ({"true_correlation": np.ones((3, 2, 3))}, "true_correlation must have shape"),
    ],
)
def test_bad_input(fields, match):
    with pytest.raises(ValueError, match=match):
        _knowledge(**fields)


def test_what_is_cut_is_stated(monkeypatch):
    """With a coarse tolerance the cut decides, and is within the accuracy that is stated."""
    fine = _knowledge()
    # The rounding of a sum over the circle's points is stated too.
    assert 128 * np.finfo(float).eps <= fine.accuracy < 1e-9
    monkeypatch.setattr("isacplan.comm.harmonics.HARMONIC_TOLERANCE", 1e-6)
    monkeypatch.setattr("isacplan.comm.harmonics.COARSEST_TOLERANCE", 1e-4)
    coarse = _knowledge()
    assert coarse.n_harmonics < fine.n_harmonics
    crb = np.full(3, 1e-8)
    exact, cut = fine.expected_moments(crb), coarse.expected_moments(crb)
    error = np.max(np.abs(cut - exact), axis=(0, 1)) / np.max(np.abs(exact), axis=(0, 1))
    assert 1e-11 < np.max(error) <= coarse.accuracy
    assert coarse.accuracy < 1e5 * np.max(error)
