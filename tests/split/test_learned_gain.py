import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammaln, i0e

from isacplan.scenario import scenario_from_dict, split_problem
from isacplan.split import (
    SPLITS,
    build_model,
    evaluate,
    full_capacity,
    learned_gain_rate,
    minimise_crb,
)
from isacplan.split.training import data_rate


def perfect(N, c):
    """E log2(1 + c X^2 / N) with X of Gamma(N, 1), by adaptive quadrature."""

    def density(x):
        return np.exp((N - 1) * np.log(x) - x - gammaln(N)) * np.log2(1 + c * x**2 / N)

    return quad(density, 0.0, np.inf, limit=400, epsabs=1e-12)[0]


@pytest.mark.parametrize("N", [2, 8, 64])
@pytest.mark.parametrize(("delta", "eta"), [(0.1, 1.0), (31.6, 1.0), (100.0, 0.2)])
def test_with_a_perfect_estimate_it_is_one_integral_over_the_gamma_law(N, delta, eta):
    found = learned_gain_rate(pilot_energy=1e14, n_antennas=N, downlink_snr=delta, power_share=eta)
    expected = perfect(N, eta * delta / (1 + (1 - eta) * delta))
    # Two antennas at 15 dB: the sum's 24 nodes see the logarithm near zero less well.
    assert found == pytest.approx(expected, rel=2e-4 if N == 2 else 1e-6)


def test_without_a_good_estimate_it_is_one_over_a_rice_law_as_well():
    N, e, delta, eta = 4, 2.0, 5.0, 0.7
    nu, c = e / (1 + e), eta * delta / (1 + (1 - eta) * delta) / N

    def inner(X):
        # Power of sqrt(nu X) + sqrt(1 - nu) z over 1 - nu: non-central chi-square.
        m = np.sqrt(nu * X / (1 - nu))

        def density(r):
            return 2 * r * np.exp(-((r - m) ** 2)) * i0e(2 * r * m)

        def integrand(r):
            return density(r) * np.log2(1 + c * X * (1 - nu) * r**2)

        return quad(integrand, max(0.0, m - 9), m + 9, limit=200)[0]

    expected = quad(
        lambda X: np.exp((N - 1) * np.log(X) - X - gammaln(N)) * inner(X), 0.0, 60.0, limit=200
    )[0]
    found = learned_gain_rate(pilot_energy=e, n_antennas=N, downlink_snr=delta, power_share=eta)
    assert found == pytest.approx(expected, rel=1e-6)


@given(
    e=st.floats(0.01, 1e4),
    delta=st.floats(0.01, 1e4),
    N=st.integers(2, 200),
    eta=st.floats(0.05, 1.0),
)
def test_knowing_the_gain_is_never_worse_than_its_mean(e, delta, N, eta):
    system = {"pilot_energy": e, "n_antennas": N, "downlink_snr": delta, "power_share": eta}
    assert learned_gain_rate(**system) >= data_rate(**system) * (1 - 1e-9)


def test_is_elementwise(assert_elementwise):
    assert_elementwise(
        lambda **values: learned_gain_rate(n_antennas=8, **values),
        pilot_energy=np.array([[0.3], [20.0]]),
        downlink_snr=np.array([0.5, 30.0, 7.0]),
        power_share=np.array([1.0, 0.4, 0.1]),
    )


@pytest.mark.parametrize("precoded_pilots", [1, 3])
def test_the_best_number_of_pilots_is_that_of_all(make_problem, precoded_pilots):
    users = {"snr": np.array([30.0, 0.5]), "distance": np.array([900.0, 2000.0])}
    problem = make_problem(
        receiver="learned_gain", precoded_pilots=precoded_pilots, n_symbols=24, **users
    )
    model = build_model(problem)

    def bits(tau_C):
        best = 0.0
        for p in range(2, tau_C + 1):
            rates = [
                float(
                    learned_gain_rate(
                        pilot_energy=p * snr, n_antennas=8, downlink_snr=snr, power_share=0.5
                    )
                )
                for snr in (30.0, 0.5)
            ]
            best = max(best, max(tau_C - p - precoded_pilots, 0) * sum(rates))
        return best

    expected = [bits(tau_C) for tau_C in range(25)]
    assert model.bits_by_symbols == pytest.approx(expected, rel=1e-12)
    assert np.array_equal(model.pilots_by_symbols > 0, np.array(expected) > 0.0)
    assert np.all(model.pilots_by_symbols[np.array(expected) > 0.0] >= 2)
    for n, tau in ((0, 0), (40, 10), (111, 20), (111, 24)):
        found = evaluate(model, n_elements=n, n_symbols=tau, split="joint")
        total = ((111 - n) * expected[24] + n * expected[24 - tau]) * 180e3 / 24
        assert found.capacity == pytest.approx(total, rel=1e-12)
        assert found.user_capacities.sum() == pytest.approx(total, rel=1e-12)


def test_one_user_at_15_db_gets_two_and_a_half_times_hardenings_bound(make_problem):
    found = {}
    for receiver in ("mean_gain", "learned_gain"):
        model = build_model(make_problem(receiver=receiver))
        floor = 0.95 * full_capacity(model)
        best = {s: minimise_crb(model, capacity_floor=floor, split=s) for s in SPLITS}
        found[receiver] = best["time"].capacity / 1e6
    assert found == pytest.approx({"mean_gain": 58.72, "learned_gain": 146.57}, abs=0.01)


def test_it_is_refused_where_the_search_has_no_proof_for_it(make_problem):
    with pytest.raises(ValueError, match='does not go with snr_bookkeeping = "constant_power"'):
        make_problem(receiver="learned_gain", snr_bookkeeping="constant_power")
    with pytest.raises(ValueError, match="receiver must be one of"):
        make_problem(receiver="known")
    values = {
        "kind": "split",
        "split": {
            "n_antennas": 8,
            "carrier_hz": 2.6e9,
            "bandwidth_hz": 2e6,
            "n_symbols": 20,
            "distance_m": 100.0,
            "snr_db": 5.0,
            "receiver": "learned_gain",
            "precoded_pilots": 2,
        },
    }
    problem = split_problem(scenario_from_dict(values))
    assert (problem.receiver, problem.learned_symbols) == ("learned_gain", 2)
