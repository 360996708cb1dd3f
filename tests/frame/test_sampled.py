"""Frames planned on sampled efficiencies, against closed forms, brute force and new draws."""

from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.random import SeedSequence

from isacplan.array import uniform_linear
from isacplan.channel import OneRing, jakes_aging
from isacplan.comm import MismatchedKnowledge
from isacplan.comm.draws import link_draws
from isacplan.comm.realisations import MismatchedDraws
from isacplan.comm.receiver import receiver
from isacplan.comm.sampled import SampledLink
from isacplan.comm.scheme import SampledScheme, Scheme, sampled_scheme
from isacplan.comm.unsensed import AveragedPilots, RawPilots
from isacplan.frame import (
    FrameProblem,
    best_rates,
    check_certificate,
    evaluate_frame,
    optimal_frame,
    sampled_efficiencies,
    sampled_rate,
    single_update,
    summed_efficiency,
    without_sensing,
)
from isacplan.frame.interval import age_weights
from isacplan.frame.sampled import beam_statistics_at

RZF = Scheme(precoder="rzf", receiver="learned_gain")
PAPER = Scheme()
N_BLOCKS = 24


@pytest.fixture(scope="module")
def problem():
    ring = OneRing(geometry=uniform_linear(4), density="laplacian", spread=0.09)
    angle = np.array([-0.6, 0.05, 0.7])
    knowledge = MismatchedKnowledge(
        true_correlation=ring(angle),
        assumed_correlation=ring,
        angle=angle,
        snr=np.array([40.0, 60.0, 20.0]),
        pilot_snr=np.array([30.0, 20.0, 40.0]),
    )
    return FrameProblem.from_knowledge(
        n_blocks=N_BLOCKS,
        block_duration=1e-3,
        update_duration=2e-4,
        symbol_duration=1e-4,
        knowledge=knowledge,
        temporal_correlation=jakes_aging(np.array([5.0, 20.0, 40.0]), 1e-3, N_BLOCKS),
        crb_per_symbol=np.array([0.1, 0.2, 0.3]),
        crb_limit=0.05,
    )


@pytest.fixture(scope="module")
def link(problem):
    know = problem.knowledge
    draws = link_draws(3, 4, n_scrambles=8, n_draws=128, seed=SeedSequence(7))
    model = MismatchedDraws(knowledge=know, angle_error=problem.closed_form.error_law, draws=draws)
    return SampledLink(model=model, draws=draws, snr=know.snr, power=know.power)


@pytest.fixture(scope="module")
def planned(problem, link):
    found = sampled_efficiencies(
        link,
        [RZF, PAPER],
        temporal_correlation=problem.temporal_correlation,
        symbols_per_block=10,
        shortest=problem.sensing_range()[0],
        longest=N_BLOCKS * 1e-3,
        tolerance=1e-4,
    )
    return tuple(replace(problem, efficiency=e) for e in found)


def test_the_interpolant_is_the_sampled_efficiency_within_its_stated_error(problem, link, planned):
    for scheme, plan in zip((RZF, PAPER), planned, strict=True):
        assert 0.0 < plan.efficiency.accuracy < 1e-3
        for T in (6.5e-4, 2.3e-3, 1.7e-2):
            statistics = beam_statistics_at(link, [scheme], T)[scheme.precoder]
            exact = receiver(scheme.receiver).efficiency(
                link.gains(statistics), problem.temporal_correlation, 1
            )
            share = 0.9 if scheme is RZF else 1.0
            found = plan.efficiency.users(np.array([T]))[0]
            np.testing.assert_allclose(found, share * exact, rtol=plan.efficiency.accuracy)


def test_bounds_of_the_efficiency_hold(planned):
    e, weight = planned[0].efficiency, np.array([1.0, 2.0, 0.5])
    edges = np.geomspace(*np.exp(e.interpolant.knots[[0, -1]]), 40)
    for start, stop in ((edges[:-1], edges[1:]), (edges[:-10], edges[10:])):
        b = e.enclose(start, stop, weight)
        width = stop - start
        for s in np.linspace(0.02, 0.98, 9):
            T, h = start + s * width, 1e-4 * width
            phi, up, down = (np.einsum("k,bkn->bn", weight, e.users(t)) for t in (T, T + h, T - h))
            assert np.all(phi <= b.phi)
            assert np.all((phi[:, 0] <= b.first.upper) & (phi[:, 0] >= b.first.lower))
            slope = (up - down) / (2.0 * h[:, None])
            bend = (up - 2.0 * phi + down) / h[:, None] ** 2
            slack = 1e-5 * np.max(np.abs(slope))
            assert np.all(np.max(slope, axis=1) <= b.slope.upper + slack)
            assert np.all(np.min(slope, axis=1) >= b.slope.lower - slack)
            slack = 1e-3 * np.max(np.abs(bend))
            assert np.all(np.max(bend, axis=1) <= b.bend.upper + slack)
            assert np.all(np.min(bend, axis=1) >= b.bend.lower - slack)


def test_the_search_beats_brute_force_and_its_bound_holds(planned):
    for plan in planned:
        best = optimal_frame(plan, relative_gap=1e-5)
        assert best.certificate == "sampled"
        shortest, longest = plan.sensing_range()
        rates = []
        for T in np.linspace(shortest, longest * (1.0 - 1e-9), 300):
            n_left = N_BLOCKS - plan.n_sensing_blocks(T)
            phi = summed_efficiency(plan, np.array([T]))
            partial = np.array([T - (N_BLOCKS - n_left) * plan.block_duration])
            rates.append(float(best_rates(plan, phi, np.array([n_left]), partial)[0][0]))
        assert best.rate >= max(rates) * (1.0 - best.gap)
        assert best.upper_bound >= max(rates)
        # The interpolation's error is part of the gap, eight times over.
        assert best.gap <= 8.5 * plan.efficiency.accuracy + 1e-5


def test_the_papers_scheme_agrees_with_the_closed_form(problem, planned):
    sampled, exact = optimal_frame(planned[1]), optimal_frame(problem)
    interval = sampled_rate(planned[1], sampled).interval
    there = evaluate_frame(problem, sampled.sensing_duration, sampled.blocks_per_update)
    assert abs(there.rate - interval.estimate) < 1.8 * interval.half_width
    assert sampled.n_updates == pytest.approx(exact.n_updates, abs=1)


def test_the_interval_knows_how_far_independent_draws_scatter(problem, link, planned):
    best = optimal_frame(planned[0])
    first = sampled_rate(planned[0], best)
    others = []
    for seed in range(8):
        draws = link_draws(3, 4, n_scrambles=8, n_draws=128, seed=SeedSequence(100 + seed))
        again = replace(planned[0].efficiency.sampled, link=link.redrawn(draws))
        plan = replace(planned[0], efficiency=replace(planned[0].efficiency, sampled=again))
        others.append(sampled_rate(plan, best).whole)
    scatter = np.std(others, ddof=1)
    # Student's quantile times a standard error known from 8 scrambles; scatter from 8 draws.
    assert 0.4 < first.interval.half_width / (2.36 * scatter) < 2.5


def test_a_gain_is_better_known_than_the_rates(planned):
    best, single = optimal_frame(planned[0]), single_update(planned[0])
    mine, other = sampled_rate(planned[0], best), sampled_rate(planned[0], single)
    gain = mine.gain_over(other)
    assert gain.low <= gain.estimate <= gain.high
    apart = [r.interval.half_width / r.whole for r in (mine, other)]
    assert gain.half_width < 0.75 * np.hypot(*apart)
    with pytest.raises(ValueError, match="positive rate"):
        mine.gain_over(replace(other, whole=0.0))


def test_new_draws_confirm_a_frame_and_refuse_a_false_one(planned):
    best = optimal_frame(planned[0])
    assert check_certificate(planned[0], best).passed
    inflated = replace(best, rate=1.05 * best.rate, upper_bound=1.05 * best.rate)
    assert not check_certificate(planned[0], inflated).passed
    # A poor design with a bound of its own: others are better.
    poor = evaluate_frame(planned[0], best.sensing_duration, (N_BLOCKS - 1,))
    poor = replace(poor, upper_bound=poor.rate * (1.0 + 1e-4))
    check = check_certificate(planned[0], poor)
    assert not check.bound_holds
    late = replace(best, blocks_per_update=best.blocks_per_update[:-1])
    assert not check_certificate(planned[0], late).feasible


def test_weights_of_ages_restate_the_rate(planned):
    best = optimal_frame(planned[0])
    ages = age_weights(planned[0], best.sensing_duration, best.blocks_per_update)
    se = planned[0].efficiency.users(np.array([best.sensing_duration]))[0]
    np.testing.assert_allclose(planned[0].weight @ se @ ages, best.rate, rtol=1e-12)


def test_a_frame_without_sensing_loses_to_one_that_knows_the_angles(problem, link, planned):
    best = optimal_frame(planned[0])
    mine = sampled_rate(planned[0], best)

    def rival(model):
        other = SampledLink(model=model, draws=link.draws, snr=link.snr, power=link.power)
        statistics = beam_statistics_at(other, [RZF], 1.0)["rzf"]
        sampled = replace(planned[0].efficiency.sampled, link=other)
        return without_sensing(problem, sampled, statistics)

    raw, raw_rate = rival(RawPilots(model=link.model))
    few, _ = rival(AveragedPilots(model=link.model, n_past=4, rng=np.random.default_rng(1)))
    many, _ = rival(AveragedPilots(model=link.model, n_past=512, rng=np.random.default_rng(1)))
    assert sum(raw.blocks_per_update) == N_BLOCKS
    assert raw.sensing_duration == 0.0
    assert raw.certificate == "sampled"
    assert raw.rate == pytest.approx(raw_rate.whole, rel=1e-12)
    assert few.rate < many.rate
    assert raw.rate < many.rate
    assert mine.gain_over(raw_rate).low > 0.0
    # Many past pilots know more than the angle does, and cost nothing here.
    assert many.rate > best.rate * 0.95


def test_a_scheme_from_elsewhere_grants_no_label(problem, link, planned):
    """What draws may be called is said of our scheme, not of every one."""

    class Other(SampledScheme):
        pass

    model = RawPilots(model=link.model)
    other = SampledLink(model=model, draws=link.draws, snr=link.snr, power=link.power)
    statistics = beam_statistics_at(other, [RZF], 1.0)["rzf"]
    own = planned[0].efficiency.sampled
    values = {f.name: getattr(own, f.name) for f in fields(own)} | {"link": other}
    assert without_sensing(problem, Other(**values), statistics)[0].certificate == "numerical"


def test_a_longer_frame_uses_few_ages(link):
    statistics = beam_statistics_at(link, [RZF], 3e-3)["rzf"]
    rho = jakes_aging(np.array([5.0, 20.0, 40.0]), 1e-3, 150)
    found = sampled_scheme(
        link, RZF, statistics, temporal_correlation=rho, symbols_per_block=10, tolerance=2e-4
    )
    every = sampled_scheme(
        link, RZF, statistics, temporal_correlation=rho, symbols_per_block=10, tolerance=1e-15
    )
    assert found.ages.temporal_correlation.shape[1] < 40
    assert every.ages.temporal_correlation.shape[1] == 150
    np.testing.assert_allclose(
        found.efficiency(statistics), every.efficiency(statistics), rtol=3e-4
    )


def test_durations_outside_what_was_sampled_are_refused(planned):
    with pytest.raises(ValueError, match="where the efficiency was sampled, got 1e-06"):
        planned[0].efficiency.users(np.array([1e-6]))


def test_a_rate_of_a_closed_form_has_no_draws(problem):
    with pytest.raises(ValueError, match="efficiency must be sampled, got KnowledgeEfficiency"):
        sampled_rate(problem, optimal_frame(problem))
