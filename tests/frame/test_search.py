import dataclasses
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isacplan.channel import jakes_aging
from isacplan.errors import InfeasibleError
from isacplan.frame import (
    check_certificate,
    evaluate_frame,
    exhaustive_search,
    expected_ages,
    frequent_update,
    gain,
    optimal_frame,
    random_allocation,
    single_update,
    two_dimensional_search,
)

MODELS = ["additive", "mismatched"]


def _jakes(n_users, n_blocks, seed):
    doppler_per_block = np.random.default_rng(seed).uniform(0.05, 0.6, n_users)
    return jakes_aging(doppler_per_block, 1.0, n_blocks)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("jakes", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_equals_exhaustive_search(make_problem, model, jakes, seed):
    aging = _jakes(3, 6, seed) if jakes else None
    problem = make_problem(seed=seed, model=model, n_blocks=6, temporal_correlation=aging)
    best, every = optimal_frame(problem, relative_gap=1e-9), exhaustive_search(problem)
    assert best.rate >= every.rate * (1 - 1e-12)
    # The grid is fine enough to come close, so the search cannot have overlooked anything large.
    assert best.rate <= every.rate * 1.002
    assert best.upper_bound <= best.rate * (1 + 1.1e-9)


@pytest.mark.slow
@settings(max_examples=120)
@given(
    seed=st.integers(0, 10_000),
    model=st.sampled_from(MODELS),
    jakes=st.booleans(),
    exponent=st.sampled_from([1, 2]),
    share=st.floats(0, 0.999),
    cuts=st.integers(0, 2**11 - 1),
)
def test_never_below_any_feasible_design(make_problem, seed, model, jakes, exponent, share, cuts):
    problem = make_problem(
        seed=seed,
        model=model,
        spread_deg=float(np.random.default_rng(seed).uniform(0.5, 20)),
        temporal_correlation=_jakes(3, 12, seed) if jakes else None,
        crb_exponent=exponent,
    )
    try:
        best = optimal_frame(problem)
    except InfeasibleError:
        return
    shortest, longest = problem.sensing_range()
    T = shortest + share * (longest - shortest)
    n_blocks = problem.n_blocks - problem.n_sensing_blocks(T)
    ends = [i + 1 for i in range(n_blocks - 1) if cuts >> i & 1] + [n_blocks]
    design = evaluate_frame(problem, T, np.diff([0, *ends]).tolist())
    assert design.rate <= best.upper_bound * (1 + 1e-12)
    assert best.rate <= best.upper_bound
    assert best.gap <= 1e-6
    assert np.all(np.isfinite([best.rate, best.upper_bound, best.sensing_duration]))
    assert best.valid
    assert np.all(best.crb <= problem.crb_limit)
    assert best.n_updates == len(best.blocks_per_update)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), jakes=st.booleans())
def test_checker_agrees_for_the_additive_model(make_problem, seed, jakes):
    problem = make_problem(seed=seed, temporal_correlation=_jakes(3, 12, seed) if jakes else None)
    check = check_certificate(problem, optimal_frame(problem))
    assert check.passed, check


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_checker_agrees_for_the_mismatched_model(make_problem, seed):
    problem = make_problem(seed=seed, model="mismatched", n_blocks=8, n_users=2)
    check = check_certificate(problem, optimal_frame(problem))
    assert check.passed, check


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: dataclasses.replace(s, rate=s.rate * 1.001),
        lambda s: dataclasses.replace(s, upper_bound=s.rate * 0.999),
        lambda s: dataclasses.replace(s, blocks_per_update=s.blocks_per_update[1:]),
        lambda s: dataclasses.replace(s, sensing_duration=s.sensing_duration * 0.9),
    ],
)
def test_checker_rejects_a_wrong_solution(make_problem, spoil):
    problem = make_problem()
    assert not check_certificate(problem, spoil(optimal_frame(problem))).passed


def test_checker_rejects_a_design_that_misses_its_limit(make_problem):
    problem = make_problem()
    best = optimal_frame(problem)
    tight = dataclasses.replace(problem, crb_limit=0.9 * best.crb)
    check = check_certificate(tight, best)
    assert check.rate_error < 1e-12
    assert check.bound_holds
    assert not check.feasible


def test_checker_rejects_a_design_outside_the_domain(make_problem):
    problem = make_problem(valid_blocks=5.0, rmse_limit_deg=0.6, spread_deg=1.0)
    printed = optimal_frame(dataclasses.replace(problem, validity="as_printed"))
    check = check_certificate(problem, printed)
    assert check.bound_holds
    assert not check.feasible


def test_checker_rejects_a_solution_that_is_not_the_best(make_problem):
    problem = make_problem()
    worse = single_update(problem)
    assert not check_certificate(problem, worse).bound_holds


@pytest.mark.parametrize(
    "method", ["bounded", pytest.param("trust-constr", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("model", MODELS)
def test_never_worse_than_the_papers_search(make_problem, method, model):
    problem = make_problem(n_blocks=8, model=model, seed=4)
    best, theirs = optimal_frame(problem), two_dimensional_search(problem, method=method)
    assert theirs.rate <= best.rate * (1 + 1e-9)
    assert theirs.rate >= best.rate * (1 - 1e-5)


def test_beats_the_papers_search_where_the_even_split_loses(make_problem):
    """Proposition 2 fails under Jakes aging, whose old blocks can recover."""
    problem = make_problem(
        seed=320,
        n_users=1,
        n_blocks=8,
        valid_blocks=0.3,
        update_duration=65e-6,
        temporal_correlation=jakes_aging(np.array([0.14437]), 1.0, 8),
    )
    best, theirs = optimal_frame(problem), two_dimensional_search(problem, method="bounded")
    assert max(best.blocks_per_update) - min(best.blocks_per_update) > 1
    assert best.rate > 1.1 * theirs.rate
    assert check_certificate(problem, best).passed


def test_interior_optimum_of_the_mismatched_model(make_problem):
    """Sensing longer than required pays when the angle error costs signal (erratum A8)."""
    problem = make_problem(
        seed=1, model="mismatched", n_blocks=24, valid_blocks=0.5, rmse_limit_deg=30.0
    )
    best = optimal_frame(problem, relative_gap=1e-9)
    shortest, _ = problem.sensing_range()
    assert best.sensing_duration > 5.0 * shortest
    assert best.gap <= 1e-9
    check = check_certificate(problem, best)
    assert check.rate_error < 1e-9


def test_siblings_are_restrictions(make_problem):
    problem = make_problem(n_blocks=20)
    best, one, every = optimal_frame(problem), single_update(problem), frequent_update(problem)
    assert one.n_updates == 1
    assert every.n_updates == problem.n_blocks - problem.n_sensing_blocks(every.sensing_duration)
    assert one.rate <= best.upper_bound
    assert every.rate <= best.upper_bound
    assert (one.method, every.method, best.method) == ("ssu", "fsu", "exact")
    assert gain(best, one) == pytest.approx(best.rate / one.rate - 1)


@pytest.mark.parametrize("n_blocks", [1, 2, 3, 9])
def test_random_allocation_averages_every_allocation(make_problem, n_blocks):
    problem = make_problem(n_blocks=n_blocks)
    T = 0.3 * problem.block_duration
    rates, users, chances = [], [], []
    for m in range(1, n_blocks + 1):
        cuts = list(combinations(range(1, n_blocks), m - 1))
        for cut in cuts:
            found = evaluate_frame(problem, T, np.diff([0, *cut, n_blocks]).tolist())
            rates.append(found.rate)
            users.append(found.user_rate)
            chances.append(1.0 / len(cuts) / n_blocks)
    mean = np.dot(chances, rates)
    std = np.sqrt(np.dot(chances, (np.array(rates) - mean) ** 2))
    found = random_allocation(problem, sensing_duration=T)
    assert found.rate == pytest.approx(mean, rel=1e-12)
    # The deviation is the root of a difference.
    assert found.rate_std == pytest.approx(std, rel=1e-6, abs=1e-9 * mean)
    np.testing.assert_allclose(found.user_rate, chances @ np.array(users), rtol=1e-12)


def test_expected_ages_of_long_frames():
    counts, n_updates = expected_ages(2000)
    # Every block has an age, and as many runs start as there are updates.
    assert np.sum(counts) == pytest.approx(2000.0, rel=1e-12)
    assert counts[0] == pytest.approx(n_updates, rel=1e-12)
    assert np.all(np.diff(counts) <= 0.0)


def test_limit_met_exactly_at_a_block_boundary(make_problem):
    problem = make_problem()
    T = 3 * problem.block_duration
    limit = problem.crb(T)
    tight = dataclasses.replace(problem, crb_limit=limit)
    best = optimal_frame(tight)
    assert np.all(best.crb <= limit)
    assert best.sensing_duration == pytest.approx(T, rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 10, 35, 49, 1000])
def test_whole_blocks_are_counted_without_rounding_surprises(make_problem, n):
    problem = make_problem(n_blocks=1001, n_users=1, block_duration=71.42857e-6)
    T = n * problem.block_duration
    assert problem.n_sensing_blocks(T) == n
    assert problem.n_sensing_blocks(np.nextafter(T, 0.0)) == n
    assert problem.n_sensing_blocks(T * (1.0 - 1e-13)) == n - 1


def test_a_heavier_user_gets_no_less(make_problem):
    problem = make_problem(model="mismatched", valid_blocks=0.5, rmse_limit_deg=30.0)
    light, heavy = (
        optimal_frame(dataclasses.replace(problem, weight=np.array([w, 1.0, 1.0])))
        for w in (0.1, 10.0)
    )
    assert heavy.user_rate[0] >= light.user_rate[0] * (1 - 1e-6)
    assert heavy.sensing_duration != light.sensing_duration


def test_another_users_power_is_interference(make_problem):
    problem = make_problem()
    k = problem.knowledge
    louder = dataclasses.replace(k, power=k.power * np.array([1.0, 10.0, 1.0]))
    crb = 0.5 * k.valid_crb
    quiet, loud = k.terms(crb).interference, louder.terms(crb).interference
    # The users' own powers are in their SNRs: the second user's rivals shrink, the others' grow.
    assert loud[0] > quiet[0]
    assert loud[1] < quiet[1]


def test_one_block(make_problem):
    problem = make_problem(n_blocks=1, valid_blocks=0.3)
    best = optimal_frame(problem)
    assert best.blocks_per_update == (1,)
    assert best.gap <= 1e-6


def test_overcharged_first_block_is_flagged(make_problem):
    problem = make_problem(valid_blocks=1.95)
    design = evaluate_frame(problem, 1.96 * problem.block_duration, (11,))
    assert any("erratum A5" in warning for warning in design.warnings)


def test_accuracy_that_cannot_be_met(make_problem):
    problem = make_problem(rmse_limit_deg=1e-4)
    with pytest.raises(InfeasibleError, match=r"user \d: angle accuracy needs") as caught:
        optimal_frame(problem)
    assert caught.value.constraint == "angle accuracy"
    k = caught.value.user
    reached = caught.value.feasible_value
    limit = problem.crb_limit.copy()
    limit[:] = (1.01 * reached) ** 2
    relaxed = dataclasses.replace(problem, crb_limit=limit, validity="as_printed")
    assert optimal_frame(relaxed).crb[k] <= limit[k]


def test_a_model_that_needs_more_than_the_frame(make_problem):
    problem = make_problem(valid_blocks=13.0)
    with pytest.raises(InfeasibleError, match="validity of the model needs") as caught:
        optimal_frame(problem)
    assert "mismatched error model" in str(caught.value)


def test_as_printed_admits_what_enforce_refuses(make_problem):
    problem = make_problem(valid_blocks=5.0, rmse_limit_deg=0.6, spread_deg=1.0)
    enforced = optimal_frame(problem)
    printed = optimal_frame(dataclasses.replace(problem, validity="as_printed"))
    assert printed.sensing_duration < enforced.sensing_duration
    assert enforced.valid
    assert not printed.valid
    assert any("erratum A8" in warning for warning in printed.warnings)


def test_as_printed_refuses_the_pole(make_problem):
    problem = make_problem(rmse_limit_deg=80.0, validity="as_printed", valid_blocks=0.9)
    with pytest.raises(InfeasibleError, match="grows without bound"):
        optimal_frame(problem)


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"n_blocks": 0}, "n_blocks must be an integer of at least 1"),
        ({"block_duration": -1.0}, "block_duration must be greater than 0"),
        ({"update_duration": 1.0}, "update_duration must be at least 0 and at most"),
        ({"temporal_correlation": np.ones(5)}, "temporal_correlation must have shape"),
        ({"temporal_correlation": np.full(12, 1.5)}, "temporal_correlation must be"),
        ({"crb_per_symbol": 0.0}, "crb_per_symbol must be greater than 0"),
        ({"crb_limit": np.nan}, "crb_limit must be a number, got nan"),
        ({"crb_exponent": 3}, "crb_exponent must be 1 or 2"),
        ({"weight": np.zeros(3)}, "weight must be positive for at least one user"),
        ({"validity": "maybe"}, "validity must be one of"),
    ],
)
def test_bad_problem(make_problem, fields, match):
    with pytest.raises(ValueError, match=match):
        make_problem(**({"temporal_correlation": np.ones(12)} | fields))


def test_bad_calls(make_problem):
    problem = make_problem()
    with pytest.raises(ValueError, match="updates must be one of"):
        optimal_frame(problem, updates="two")
    with pytest.raises(ValueError, match="relative_gap must be"):
        optimal_frame(problem, relative_gap=0.0)
    with pytest.raises(ValueError, match="blocks_per_update must sum to"):
        evaluate_frame(problem, 1e-6, (3,))
    with pytest.raises(ValueError, match="sensing_duration must be greater than 0"):
        evaluate_frame(problem, 0.0, (12,))
    with pytest.raises(ValueError, match="method must be one of"):
        two_dimensional_search(problem, method="newton")
    with pytest.raises(ValueError, match="n_blocks must be at most 12"):
        exhaustive_search(make_problem(n_blocks=13))
    with pytest.raises(ValueError, match="solution must have an upper bound"):
        check_certificate(problem, evaluate_frame(problem, 5e-4, (5,)))
