"""Closed forms against exact numerical optimisation over 10,000 random systems."""

import numpy as np
import pytest

from isacplan.split import (
    best_pilots,
    capacity_bound,
    pilot_share,
    tangent,
    time_split_crb_loss,
)

COUNT = 10_000


@pytest.fixture(scope="module")
def errors():
    rng = np.random.default_rng(20240301)
    N = np.round(np.exp(rng.uniform(np.log(2), np.log(256), COUNT)))
    delta = 10 ** rng.uniform(-2.0, 4.0, COUNT)
    mu = delta * 10 ** rng.uniform(-1.0, 1.0, COUNT)
    tau_T = np.round(np.exp(rng.uniform(np.log(20), np.log(1000), COUNT)))
    F = rng.uniform(0.01, 0.9, COUNT)

    def exact(tau_C):
        system = {"downlink_snr": delta[:, None], "uplink_snr": mu[:, None]}
        return best_pilots(tau_C, n_antennas=N, **system)[1]

    # The exact tau_C that leaves (1 - F) of the exact capacity, by bisection over the reals.
    low, high = np.zeros(COUNT), tau_T.copy()
    for _ in range(60):
        middle = (low + high) / 2
        short = exact(middle) < (1 - F) * exact(tau_T)
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    tau_C = (low + high) / 2

    Lam, q = tangent(n_antennas=N, downlink_snr=delta, uplink_snr=mu)
    common = {"bandwidth": 1.0, "n_symbols": tau_T, "ceiling": Lam, "pilot_cost": q}
    bound, tau_P, valid = capacity_bound(n_comm_symbols=tau_T, **common)
    _, _, still_valid = capacity_bound(n_comm_symbols=tau_C, **common)
    r = pilot_share(n_symbols=tau_T, ceiling=Lam, pilot_cost=q)
    closed = time_split_crb_loss(F, pilot_share=np.minimum(r, 0.999))
    return {
        "capacity": np.abs(bound * tau_T / exact(tau_T) - 1.0),
        "crb_loss": np.abs(closed * (tau_T - tau_C) / tau_T - 1.0),
        "tau_P": tau_P,
        "share": r,
        "valid": valid,
        "valid_both": valid & still_valid,
    }


def test_inside_the_domain(errors):
    assert errors["valid"].sum() > 2000
    assert np.max(errors["capacity"][errors["valid"]]) < 0.03
    assert np.max(errors["crb_loss"][errors["valid_both"]]) < 0.03


def test_error_shrinks_as_the_square_of_the_pilot_share(errors):
    for share, worst in [(0.1, 0.03), (0.05, 0.0075), (0.02, 0.002)]:
        inside = errors["valid"] & (errors["share"] <= share)
        assert np.max(errors["capacity"][inside]) < worst


def test_outside_the_domain_it_grows_without_bound(errors):
    enough = errors["tau_P"] >= 1.0
    worst = [
        np.max(errors["capacity"][enough & (errors["share"] > low) & (errors["share"] <= high)])
        for low, high in [(0.1, 0.2), (0.2, 0.4), (0.4, 0.8)]
    ]
    assert 0.03 < worst[0] < worst[1] < worst[2]
    assert worst[2] > 0.5


def test_below_one_pilot_it_promises_a_few_percent_too_much(errors):
    below = (errors["tau_P"] < 1.0) & (errors["share"] <= 0.1)
    assert 0.02 < np.max(errors["capacity"][below]) < 0.08
