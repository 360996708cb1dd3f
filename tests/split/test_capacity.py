import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.split import best_pilots, capacity, capacity_bound, pilot_share, tangent

snrs = st.floats(-20.0, 50.0).map(lambda x: 10 ** (x / 10))


def exact(system, tau_C, tau_T, n_users=1):
    """Gao2024 (1) over every number of pilots."""
    tau_P = np.arange(n_users, tau_C + 1)[:, None]
    rates = capacity(bandwidth=1.0, n_comm_symbols=tau_C, n_pilots=tau_P, n_symbols=tau_T, **system)
    return np.sum(rates, axis=-1)


@given(n=st.integers(1, 256), down=snrs, up=snrs, tau_C=st.integers(2, 300))
def test_best_pilots_are_the_best_of_all(n, down, up, tau_C):
    system = {"n_antennas": n, "downlink_snr": [down], "uplink_snr": [up]}
    tau_P, bits = best_pilots(tau_C, **system)
    every = exact(system, tau_C, tau_C) * tau_C
    assert bits == pytest.approx(np.max(every), rel=1e-12)
    assert every[tau_P - 1] == pytest.approx(np.max(every), rel=1e-12)


@given(data=st.data(), n_users=st.integers(1, 6), tau_C=st.integers(1, 60))
def test_best_pilots_of_several_users(data, n_users, tau_C):
    per_user = st.lists(snrs, min_size=n_users, max_size=n_users)
    system = {
        "n_antennas": data.draw(st.integers(1, 64)),
        "downlink_snr": data.draw(per_user),
        "uplink_snr": data.draw(per_user),
        "power_share": np.full(n_users, 1.0 / n_users),
    }
    tau_P, bits = best_pilots(tau_C, **system)
    if tau_C <= n_users:
        assert (tau_P, bits) == (0, 0.0)
        return
    every = exact(system, tau_C, tau_C, n_users) * tau_C
    assert bits == pytest.approx(np.max(every), rel=1e-12)
    assert n_users <= tau_P <= tau_C


@given(n=st.integers(1, 256), down=snrs, up=snrs, tau_C=st.integers(1, 300))
def test_bound_is_below_the_exact_capacity_at_its_own_real_pilots(n, down, up, tau_C):
    system = {"n_antennas": n, "downlink_snr": down, "uplink_snr": up}
    Lam, q = tangent(**system)
    bound, tau_P, _ = capacity_bound(
        bandwidth=1.0, n_comm_symbols=tau_C, n_symbols=tau_C, ceiling=Lam, pilot_cost=q
    )
    if tau_P < tau_C:
        at_tau_P = capacity(
            bandwidth=1.0, n_comm_symbols=tau_C, n_pilots=tau_P, n_symbols=tau_C, **system
        )
        assert bound <= at_tau_P * (1 + 1e-9) + 1e-15


def test_perfect_square_is_gao_18_expanded():
    N, delta, eps, tau_C, tau_T, B = 8, 3.0, 0.5, 120.0, 200.0, 20e6
    alpha = 1 + (N + 1) * delta
    Lam_paper = np.log(alpha / (1 + delta))
    eighteen = tau_C * Lam_paper - 2 * np.sqrt(tau_C * N * Lam_paper * eps / alpha)
    eighteen = B / tau_T * (eighteen + N * eps / alpha) / np.log(2)
    Lam, q = tangent(n_antennas=N, downlink_snr=delta, uplink_snr=delta / eps)
    bound, tau_P, valid = capacity_bound(
        bandwidth=B, n_comm_symbols=tau_C, n_symbols=tau_T, ceiling=Lam, pilot_cost=q
    )
    assert bound == pytest.approx(eighteen, rel=1e-12)
    assert tau_P == pytest.approx(np.sqrt(tau_C * N * eps / (alpha * Lam_paper)), rel=1e-12)
    assert valid


def test_domain_ends_where_less_than_a_pilot_is_left():
    # Erratum B6: 0.28 pilots at 30 dB with 8 antennas, capacity off by 0.3 %.
    system = {"n_antennas": 8, "downlink_snr": 1e3, "uplink_snr": 1e3}
    Lam, q = tangent(**system)
    arguments = {"bandwidth": 20e6, "n_comm_symbols": 200, "n_symbols": 200}
    bound, tau_P, valid = capacity_bound(**arguments, ceiling=Lam, pilot_cost=q)
    assert tau_P == pytest.approx(0.28, abs=0.005)
    assert not valid
    best = np.max(exact({**system, "downlink_snr": [1e3], "uplink_snr": [1e3]}, 200, 200)) * 20e6
    assert bound / best - 1 == pytest.approx(0.003, abs=0.0005)


def test_bound_of_several_users_adds_their_tangents():
    delta, mu = np.array([2.0, 9.0, 0.7]), np.array([1.0, 4.0, 3.0])
    system = {"n_antennas": 32, "downlink_snr": delta, "uplink_snr": mu, "power_share": 1 / 3}
    Lam, q = tangent(**system)
    bound, tau_P, valid = capacity_bound(
        bandwidth=1.0,
        n_comm_symbols=150,
        n_symbols=150,
        ceiling=Lam.sum(),
        pilot_cost=q.sum(),
        n_users=3,
    )
    each = capacity(bandwidth=1.0, n_comm_symbols=150, n_pilots=tau_P, n_symbols=150, **system)
    assert valid
    assert bound <= each.sum()
    assert bound == pytest.approx(each.sum(), rel=0.01)  # a tangent bound, near its point


def test_elementwise(assert_elementwise):
    delta = np.array([0.3, 5.0, 400.0])
    N = np.array([[2.0], [33.0]])
    assert_elementwise(tangent, n_antennas=N, downlink_snr=delta, uplink_snr=2 * delta)
    Lam, q = tangent(n_antennas=N, downlink_snr=delta, uplink_snr=2 * delta)
    assert_elementwise(pilot_share, n_symbols=200.0, ceiling=Lam, pilot_cost=q)
    assert_elementwise(
        capacity_bound,
        bandwidth=20e6,
        n_comm_symbols=np.array([1.0, 50.0, 200.0]),
        n_symbols=200.0,
        ceiling=Lam,
        pilot_cost=q,
    )
    assert_elementwise(
        capacity,
        bandwidth=20e6,
        n_comm_symbols=150,
        n_pilots=np.array([1, 3, 9]),
        n_symbols=200,
        n_antennas=N,
        downlink_snr=delta,
        uplink_snr=delta,
    )
    tau_C = np.array([5, 80, 200])
    _, bits = best_pilots(
        tau_C, n_antennas=N, downlink_snr=delta[:, None], uplink_snr=delta[:, None]
    )
    for i, j in np.ndindex(2, 3):
        one = {"downlink_snr": delta[j, None], "uplink_snr": delta[j, None]}
        _, single = best_pilots(tau_C[j], n_antennas=N[i, 0], **one)
        assert bits[i, j] == pytest.approx(single, rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"n_pilots": 300}, "n_pilots must be at most n_comm_symbols"),
        ({"n_comm_symbols": 300}, "at most n_symbols"),
        ({"downlink_snr": 0.0}, "downlink_snr must be finite and|downlink_snr must be greater"),
        ({"uplink_snr": np.nan}, "uplink_snr"),
        ({"power_share": 1.5}, "power_share must be at least 0 and at most 1, got 1.5"),
        ({"n_antennas": 0}, "n_antennas"),
        ({"bandwidth": -1.0}, "bandwidth"),
    ],
)
def test_bad_input(changes, match):
    system = {
        "bandwidth": 1.0,
        "n_comm_symbols": 200,
        "n_pilots": 2,
        "n_symbols": 200,
        "n_antennas": 8,
        "downlink_snr": 1.0,
        "uplink_snr": 1.0,
    }
    with pytest.raises(ValueError, match=match):
        capacity(**{**system, **changes})
