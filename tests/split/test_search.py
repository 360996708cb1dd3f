import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isacplan.errors import InfeasibleError
from isacplan.split import (
    SPLITS,
    balance,
    build_model,
    capacity,
    evaluate,
    full_capacity,
    full_crb,
    maximise_capacity,
    minimise_crb,
)
from isacplan.split.choices import all_choices
from isacplan.split.localization import minimax_symbols
from isacplan.split.model import grid_capacity, user_capacities, user_crb
from isacplan.split.problem import BLOCKS, BOOKKEEPINGS


def brute(model, split, goal, met):
    """Best value of a goal over every choice of the grid, one by one."""
    every = all_choices(model, split)
    capacity, crb = every.capacity, every.user_crb
    ok = met(capacity, crb)
    return np.max(goal(capacity, np.max(crb, axis=-1))[ok]) if np.any(ok) else None


@st.composite
def models(draw, make_problem):
    K = draw(st.integers(1, 3))
    snr = st.floats(-10.0, 35.0).map(lambda x: 10 ** (x / 10))
    per_user = {"min_size": K, "max_size": K}
    return build_model(
        make_problem(
            n_antennas=draw(st.integers(2, 64)),
            n_symbols=draw(st.integers(K + 1, 30)),
            bandwidth=180e3 * draw(st.integers(1, 12)),
            snr=np.array(draw(st.lists(snr, **per_user))),
            distance=np.array(draw(st.lists(st.floats(1.0, 4000.0), **per_user))),
            snr_bookkeeping=draw(st.sampled_from(BOOKKEEPINGS)),
            localization_block=draw(st.sampled_from(BLOCKS)),
            angle_bound=draw(st.sampled_from(["known_phase", "unknown_phase"])),
            delay_bound=draw(st.sampled_from(["paper", "flat_spectrum"])),
        )
    )


@settings(max_examples=150, deadline=None)
@given(data=st.data(), split=st.sampled_from(SPLITS), share=st.floats(0.0, 1.0))
def test_least_crb_is_the_least_of_all(data, split, share, make_problem):
    model = data.draw(models(make_problem))
    floor = share * full_capacity(model)
    expected = brute(
        model,
        split,
        lambda _, crb: -crb,
        lambda C, crb: (floor * (1 - 1e-12) <= C) & np.isfinite(crb[:, 0]),
    )
    if expected is None:
        with pytest.raises(InfeasibleError):
            minimise_crb(model, capacity_floor=floor, split=split)
        return
    found = minimise_crb(model, capacity_floor=floor, split=split)
    assert found.crb == pytest.approx(-expected, rel=1e-12)
    assert found.capacity >= floor * (1 - 1e-12)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), split=st.sampled_from(SPLITS))
def test_most_capacity_is_the_most_of_all(data, split, make_problem):
    model = data.draw(models(make_problem))
    factors = data.draw(st.lists(st.floats(1.0, 50.0), min_size=3, max_size=3))
    limit = full_crb(model) * np.array(factors)[: model.problem.n_users]
    if model.dealt is None:
        expected = brute(
            model, split, lambda C, _: C, lambda _, crb: np.all(crb <= limit * (1 + 1e-12), axis=-1)
        )
    else:  # every division of every number of symbols, by what each user needs
        every = all_choices(model, split)
        scale = model.comb_crb if split == "comb" else model.single_symbol_crb[every.n_elements]
        needed = np.ceil(scale / limit * (1 - 1e-12)).clip(1).sum(axis=-1)
        met = needed <= every.n_symbols
        expected = np.max(every.capacity[met]) if np.any(met) else None
    if expected is None:
        with pytest.raises(InfeasibleError, match="the comb split cannot keep"):
            maximise_capacity(model, position_variance_limit=limit, split=split)
        return
    found = maximise_capacity(model, position_variance_limit=limit, split=split)
    assert np.all(found.user_crb <= limit * (1 + 1e-12))
    assert found.capacity == pytest.approx(expected, rel=1e-12)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), split=st.sampled_from(SPLITS), weight=st.floats(0.01, 0.99))
def test_best_balance_is_the_best_of_all(data, split, weight, make_problem):
    model = data.draw(models(make_problem))

    def goal(capacity, crb):
        with np.errstate(divide="ignore"):
            return (1 - weight) * np.log(np.maximum(capacity, 0)) - weight * np.log(crb)

    expected = brute(model, split, goal, lambda C, crb: (C > 0) & np.all(np.isfinite(crb), axis=-1))
    if expected is None:
        with pytest.raises(InfeasibleError):
            balance(model, accuracy_weight=weight, split=split)
        return
    found = balance(model, accuracy_weight=weight, split=split)
    assert goal(found.capacity, found.crb) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("bookkeeping", BOOKKEEPINGS)
@pytest.mark.parametrize("distance", [50.0, 3611.0])
def test_exact_on_the_whole_grid_of_the_paper(make_problem, bookkeeping, distance):
    model = build_model(make_problem(snr_bookkeeping=bookkeeping, distance=distance))
    limit, floor = 3.0 * full_crb(model), 0.93 * full_capacity(model)
    most = maximise_capacity(model, position_variance_limit=limit)
    assert most.capacity == brute(
        model, "joint", lambda C, _: C, lambda _, crb: crb[:, 0] <= limit * (1 + 1e-12)
    )
    least = minimise_crb(model, capacity_floor=floor)
    assert least.crb == -brute(
        model, "joint", lambda _, crb: -crb, lambda C, _: floor * (1 - 1e-12) <= C
    )
    if bookkeeping != "constant_power":
        assert most.n_evaluated <= 111
        assert least.n_evaluated <= 111
        assert not least.exhaustive


@pytest.mark.parametrize("bookkeeping", BOOKKEEPINGS)
@pytest.mark.parametrize("block", BLOCKS)
def test_joint_split_reduces_to_the_others_and_is_never_worse(make_problem, bookkeeping, block):
    users = {"distance": np.array([200.0, 900.0]), "snr": np.array([60.0, 5.0])}
    model = build_model(
        make_problem(snr_bookkeeping=bookkeeping, localization_block=block, **users)
    )
    for goal in (
        lambda s: -minimise_crb(model, capacity_floor=0.8 * full_capacity(model), split=s).crb,
        lambda s: (
            maximise_capacity(
                model, position_variance_limit=4.0 * full_crb(model), split=s
            ).capacity
        ),
    ):
        joint = goal("joint")
        assert joint >= goal("time")
        assert joint >= goal("frequency")
    n_B, tau_T = model.problem.n_elements, model.problem.n_symbols
    by_time = grid_capacity(model, n_B, 30)
    expected = n_B * 180e3 * model.bits_by_symbols[tau_T - 30] / tau_T
    assert by_time == pytest.approx(expected, rel=1e-12)
    if bookkeeping != "constant_power":
        by_frequency = grid_capacity(model, 30, tau_T)
        assert by_frequency == pytest.approx(full_capacity(model) * (n_B - 30) / n_B, rel=1e-12)


@pytest.mark.parametrize("bookkeeping", ["constant_snr", "constant_density"])
def test_capacity_of_the_l_shape_is_that_of_its_two_parts(make_problem, bookkeeping):
    model = build_model(make_problem(snr_bookkeeping=bookkeeping, snr=0.3, n_symbols=60))

    def part(n_elements, tau_C):
        tau_P = np.arange(1, tau_C + 1)
        every = capacity(
            bandwidth=n_elements * 180e3,
            n_comm_symbols=tau_C,
            n_pilots=tau_P,
            n_symbols=60,
            n_antennas=8,
            downlink_snr=0.3,
            uplink_snr=0.3,
        )
        return np.max(every), tau_P[np.argmax(every)]

    beside, within = part(111 - 17, 60), part(17, 60 - 23)
    assert grid_capacity(model, 17, 23) == pytest.approx(beside[0] + within[0], rel=1e-12)
    found = evaluate(model, n_elements=17, n_symbols=23, split="joint")
    assert (found.pilots_beside, found.pilots_within) == (beside[1], within[1])


def test_constant_power_frequency_split_is_a_narrow_band_with_all_the_power(make_problem):
    problem = make_problem(snr_bookkeeping="constant_power", snr=2.0)
    model = build_model(problem)
    n_B, n = problem.n_elements, 80
    narrow = build_model(make_problem(snr=2.0 * n_B / (n_B - n), bandwidth=(n_B - n) * 180e3))
    split = evaluate(model, n_elements=n, n_symbols=200, split="frequency")
    assert split.capacity == pytest.approx(full_capacity(narrow), rel=1e-12)
    assert split.crb == pytest.approx(
        evaluate(build_model(make_problem(snr=2.0)), n_elements=n, n_symbols=200, split="joint").crb
    )


def test_constant_power_pilots_are_the_best_of_their_order(make_problem):
    problem = make_problem(snr_bookkeeping="constant_power", snr=0.2, n_symbols=40)
    model = build_model(problem)
    n, tau, b = 70, 12, problem.n_elements / (problem.n_elements - 70)
    best = 0.0
    for p in range(1, 41):
        early, late = min(p, tau), max(p - tau, 0)
        e = (b * early + late) * 0.2
        nu = e / (1 + e)
        rate = [np.log2(1 + 8 * d * nu / (1 + d)) for d in (0.2 * b, 0.2)]
        best = max(best, (tau - early) * rate[0] + (40 - tau - late) * rate[1])
    within = n * model.bits_by_symbols[40 - tau]
    expected = ((problem.n_elements - n) * best + within) * 180e3 / 40
    assert grid_capacity(model, n, tau) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("bookkeeping", BOOKKEEPINGS)
def test_user_capacities_add_up(make_problem, bookkeeping):
    users = {"distance": np.array([200.0, 900.0, 50.0]), "snr": np.array([60.0, 5.0, 0.1])}
    model = build_model(make_problem(snr_bookkeeping=bookkeeping, **users))
    for n, tau in [(0, 0), (111, 200), (111, 199), (3, 200), (50, 1), (50, 120), (110, 198)]:
        found = evaluate(model, n_elements=n, n_symbols=tau, split="joint")
        total = user_capacities(model.problem, found.data).sum()
        assert total == pytest.approx(grid_capacity(model, n, tau), rel=1e-12, abs=1e-9)


@given(scale=st.lists(st.floats(0.01, 100.0), min_size=1, max_size=3), total=st.integers(1, 9))
def test_dealt_symbols_are_the_best_division(scale, total):
    s = np.array(scale)
    dealt = minimax_symbols(s, total)[-1]
    if total < len(s):
        assert not np.any(dealt)
        return
    ways = np.array(np.meshgrid(*[np.arange(1, total + 1)] * len(s))).reshape(len(s), -1).T
    ways = ways[ways.sum(axis=-1) == total]
    assert dealt.sum() == total
    assert np.max(s / dealt) == pytest.approx(np.min(np.max(s / ways, axis=-1)), rel=1e-12)


@given(
    users=st.lists(st.tuples(st.floats(0.01, 100.0), st.integers(1, 4)), min_size=1, max_size=3),
    total=st.integers(1, 9),
)
def test_dealt_symbols_are_the_best_beyond_what_users_have(users, total):
    s, least = np.array(users).T
    dealt = minimax_symbols(s, total, least=least)[-1]
    if total < np.sum(least):
        assert not np.any(dealt)
        return
    ways = np.array(np.meshgrid(*[np.arange(1, total + 1)] * len(s))).reshape(len(s), -1).T
    ways = ways[(ways.sum(axis=-1) == total) & np.all(ways >= least, axis=-1)]
    assert np.any(np.all(ways == dealt, axis=-1))
    assert np.max(s / dealt) == pytest.approx(np.min(np.max(s / ways, axis=-1)), rel=1e-12)
    never = np.where(np.arange(len(s)) == 0, np.inf, least)
    assert not np.any(minimax_symbols(s, total, least=never))


def test_sharing_the_block_never_loses_to_dividing_it(make_problem):
    users = {"distance": np.array([200.0, 900.0, 50.0]), "snr": np.array([60.0, 5.0, 0.1])}
    floor = {}
    for block in BLOCKS:
        model = build_model(make_problem(localization_block=block, **users))
        floor[block] = minimise_crb(model, capacity_floor=0.7 * full_capacity(model)).crb
    assert floor["shared"] < floor["divided"]


@pytest.mark.parametrize("block", BLOCKS)
def test_out_of_reach_names_the_user_and_what_is_in_reach(make_problem, block):
    users = {"distance": np.array([200.0, 3000.0]), "snr": np.array([60.0, 5.0])}
    model = build_model(make_problem(localization_block=block, **users))
    with pytest.raises(InfeasibleError, match=r"user 1: a position error of 0\.1 m") as caught:
        maximise_capacity(model, position_variance_limit=[1.0, 0.01])
    error = caught.value
    assert (error.constraint, error.user) == ("position_rmse", 1)
    typed_back = float(re.search(r"reach ([0-9.]+) m", str(error))[1])
    assert error.feasible_value <= typed_back < error.feasible_value * 1.001
    assert maximise_capacity(model, position_variance_limit=[1.0, typed_back**2])
    within_reach = [1.0, error.feasible_value**2]
    found = maximise_capacity(model, position_variance_limit=within_reach)
    assert np.all(found.user_crb <= np.array(within_reach) * (1 + 1e-9))


def test_too_high_a_capacity_says_what_is_in_reach(make_problem):
    model = build_model(make_problem())
    with pytest.raises(InfeasibleError, match="Mbit/s are in reach") as caught:
        minimise_crb(model, capacity_floor=full_capacity(model))
    assert minimise_crb(model, capacity_floor=caught.value.feasible_value).n_elements >= 1


def test_a_user_without_a_limit_costs_nothing(make_problem):
    users = {"distance": np.array([200.0, 3000.0]), "snr": np.array([60.0, 5.0])}
    model = build_model(make_problem(**users))
    both = maximise_capacity(model, position_variance_limit=[1.0, np.inf])
    assert both.user_crb[0] <= 1.0
    assert both.capacity > maximise_capacity(model, position_variance_limit=[1.0, 5.0]).capacity


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"n_antennas": 1}, "n_antennas"),
        ({"n_antennas": 2.5}, "n_antennas"),
        ({"bandwidth": 1e3}, "bandwidth must hold at least one element"),
        ({"n_symbols": 1}, "n_symbols"),
        ({"distance": [1.0, 2.0], "n_symbols": 2}, "n_symbols must be at least 3, a pilot for"),
        ({"distance": [[1.0]]}, "distance must have shape"),
        ({"distance": [1.0, 2.0], "angle": [0.0, 0.1, 0.2]}, r"angle must have shape \(2,\)"),
        ({"angle": np.pi / 2}, "endfire"),
        ({"power_share": [0.7, 0.7], "distance": [1.0, 2.0]}, "power_share must sum to at most 1"),
        ({"snr_bookkeeping": "x"}, "snr_bookkeeping must be one of"),
        ({"localization_block": "x"}, "localization_block"),
        ({"snr": 0.0}, "_snr"),
    ],
)
def test_bad_problems(make_problem, changes, match):
    with pytest.raises(ValueError, match=match):
        make_problem(**changes)


def test_bad_questions(make_problem):
    model = build_model(make_problem())
    with pytest.raises(ValueError, match="split must be one of"):
        minimise_crb(model, capacity_floor=0.0, split="both")
    with pytest.raises(ValueError, match="accuracy_weight must be below 1"):
        balance(model, accuracy_weight=1.0)
    with pytest.raises(ValueError, match="position_variance_limit must have shape"):
        maximise_capacity(model, position_variance_limit=[1.0, 2.0])
    with pytest.raises(ValueError, match="must be at most 111 and 200"):
        evaluate(model, n_elements=112, n_symbols=3, split="joint")


def test_bound_of_nothing_is_infinite(make_problem):
    model = build_model(make_problem())
    assert user_crb(model, 0, 5) == np.inf
    assert user_crb(model, 5, 0) == np.inf
