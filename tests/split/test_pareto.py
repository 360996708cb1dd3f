import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isacplan.split import (
    SPLITS,
    accuracy_per_percent,
    build_model,
    crb_at_loss,
    full_capacity,
    knee,
    minimise_crb,
    pareto_front,
    position_terms,
    winner_map,
)
from isacplan.split.choices import all_choices
from isacplan.split.model import user_crb
from isacplan.split.problem import BOOKKEEPINGS

SYSTEM = {"n_symbols": 40, "n_elements": 15, "angle": 0.3}


@pytest.mark.parametrize("bookkeeping", BOOKKEEPINGS)
@pytest.mark.parametrize("split", SPLITS)
def test_nothing_beats_the_front_and_it_beats_everything_else(make_problem, bookkeeping, split):
    model = build_model(
        make_problem(
            n_symbols=30, bandwidth=2e6, distance=60.0, snr=2.0, snr_bookkeeping=bookkeeping
        )
    )
    front = pareto_front(model, split=split)
    assert np.all(np.diff(front.capacity) < 0.0)
    assert np.all(np.diff(front.crb) < 0.0)
    every = all_choices(model, split)
    capacity, crb = every.capacity, every.crb
    for C, V in zip(capacity, crb, strict=True):
        assert np.any((front.capacity >= C * (1 - 1e-12)) & (front.crb <= V * (1 + 1e-12)))
    for C, V in zip(front.capacity, front.crb, strict=True):
        assert not np.any((capacity >= C) & (crb < V * (1 - 1e-12)))
        assert not np.any((capacity > C * (1 + 1e-12)) & (crb <= V))


@pytest.mark.parametrize("split", SPLITS)
def test_front_agrees_with_the_search(make_problem, split):
    model = build_model(make_problem(distance=100.0))
    front = pareto_front(model, split=split)
    for loss in (0.03, 0.2, 0.7):
        found = minimise_crb(model, capacity_floor=(1 - loss) * full_capacity(model), split=split)
        assert crb_at_loss(front, loss) == found.crb
    assert crb_at_loss(front, 0.0) == np.inf
    if split != "comb":
        assert crb_at_loss(front, 1.0) == front.full_crb


def test_knee_is_where_a_percent_buys_a_percent(make_problem):
    front = pareto_front(build_model(make_problem()), split="frequency")
    at = knee(front)
    assert at is not None
    slope = np.gradient(front.information, front.capacity_loss)
    assert slope[at - 2] > 1.0 > slope[at + 2]


def test_without_a_comb_its_front_is_empty(make_problem):
    front = pareto_front(build_model(make_problem(comb_spacings=())), split="comb")
    assert front.capacity.size == 0
    assert knee(front) is None
    assert np.all(crb_at_loss(front, [0.0, 1.0]) == np.inf)


def test_time_split_has_no_knee(make_problem):
    assert knee(pareto_front(build_model(make_problem()), split="time")) is None


def test_returns_diminish(make_problem):
    front = pareto_front(build_model(make_problem()), split="frequency")
    gains = accuracy_per_percent(front, [0.01, 0.05, 0.2])
    assert gains[0] > 5 * gains[1] > 5 * gains[2] > 0.0
    assert accuracy_per_percent(front, 0.0) == np.inf


def test_map_agrees_with_the_search(make_problem):
    N, snr, r, F = [4, 32], np.array([3.0, 900.0]), np.array([2000.0, 90.0]), [0.03, 0.4]
    found = winner_map(
        n_antennas=N,
        downlink_snr=snr,
        uplink_snr=snr / 2,
        localization_snr=3 * snr,
        distance=r,
        capacity_loss=F,
        n_symbols=200,
        n_elements=111,
        comb_spacings=[2, 4, 6, 12],
    )
    for i, j, k in np.ndindex(2, 2, 2):
        model = build_model(
            make_problem(
                n_antennas=N[i],
                downlink_snr=snr[j],
                uplink_snr=snr[j] / 2,
                localization_snr=3 * snr[j],
                distance=r[j],
            )
        )
        floor = (1 - F[k]) * full_capacity(model)
        best = {s: minimise_crb(model, capacity_floor=floor, split=s).crb for s in SPLITS}
        full = user_crb(model, 111, 200)[0]
        for split in SPLITS:
            expected = best[split] / full
            assert found.crb_loss[split][i, j, k] == pytest.approx(expected, rel=1e-11)
        others = min(best[name] for name in SPLITS[:3])
        gain = 10 * np.log10(others / best["comb"])
        assert found.comb_gain_db[i, j, k] == pytest.approx(gain, abs=1e-9)
        winner = SPLITS[found.winner[i, j, k]]
        assert best[winner] <= min(best.values()) * (1 + 1e-9)


@settings(max_examples=30, deadline=None)
@given(
    snr=st.floats(0.01, 1e4),
    distance=st.floats(1.0, 5000.0),
    bookkeeping=st.sampled_from(["constant_snr", "constant_density"]),
)
def test_more_loss_never_hurts_and_joint_is_never_worse(snr, distance, bookkeeping):
    found = winner_map(
        n_antennas=[2, 16],
        downlink_snr=snr,
        uplink_snr=snr,
        distance=distance,
        capacity_loss=np.linspace(0.0, 1.0, 21),
        snr_bookkeeping=bookkeeping,
        **SYSTEM,
    )
    assert np.all(np.isinf(found.crb_loss["comb"])), "no spacing was given"
    for losses in [found.crb_loss[name] for name in SPLITS[:3]]:
        assert np.all(losses[..., 1:] <= losses[..., :-1])
        assert np.all(found.crb_loss["joint"] <= losses)
        assert losses[..., -1] == pytest.approx(1.0)
    assert np.all(found.winner[..., 0] == -1)


def test_a_comb_wins_somewhere_on_the_map():
    found = winner_map(
        n_antennas=[8],
        downlink_snr=[3.0],
        uplink_snr=[3.0],
        distance=[100.0],
        capacity_loss=[0.05],
        n_symbols=200,
        n_elements=111,
        comb_spacings=[2, 4, 6, 12],
    )
    assert SPLITS[found.winner[0, 0, 0]] == "comb"
    assert found.comb_gain_db[0, 0, 0] > 0.0


def test_map_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="snr_bookkeeping must be one of"):
        winner_map(
            n_antennas=8,
            downlink_snr=1.0,
            uplink_snr=1.0,
            distance=10.0,
            capacity_loss=0.1,
            snr_bookkeeping="constant_power",
            **SYSTEM,
        )


def test_angle_term_follows_the_distance_and_delay_term_does_not():
    near = position_terms(n_antennas=8, localization_snr=1.0, distance=10.0)
    far = position_terms(n_antennas=8, localization_snr=1.0, distance=20.0)
    assert far[0] == pytest.approx(4 * near[0], rel=1e-12)
    assert far[1] == near[1]
