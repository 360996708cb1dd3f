"""Right and wrong decisions at fixed shares: weights restore the law, and are all that moves."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.random import SeedSequence

from isacplan.array import uniform_linear
from isacplan.channel import OneRing
from isacplan.comm import MismatchedKnowledge, spectral_efficiency
from isacplan.comm.decisions import (
    RAREST,
    SPREAD,
    Decisions,
    DecisionShares,
    decision_shares,
)
from isacplan.comm.draws import link_draws
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.comm.precoder import precoder
from isacplan.comm.realisations import MismatchedDraws
from isacplan.comm.receiver import receiver
from isacplan.comm.sampled import SampledLink
from isacplan.frame import CramerRaoLaw
from isacplan.sensing import ThresholdLaw, search_window

T_S = 1e-6
ANGLE = np.array([-0.6, 0.1])


def threshold_law(*, search="beam", spacing=0.5):
    array = uniform_linear(6, spacing=spacing, phase_reference="centre")
    windows = [search_window(array, array, a, search=search) for a in ANGLE]
    return ThresholdLaw(window=windows, snr_per_symbol=np.array([0.2, 0.1]), symbol_duration=T_S)


def decided(law, *, n_draws=1024, matters=None, durations=(5.0, 400.0)):
    shares = decision_shares(law, *(T_S * np.array(durations)), matters=matters)
    draws = link_draws(2, 1, n_scrambles=8, n_draws=n_draws, seed=SeedSequence(2))
    return Decisions(law=law, draws=draws, shares=shares)


def per_draw(found, duration):
    """Angle error of every draw, shape (G D, K)."""
    errors = np.full((found.draws.component.size, 2), np.nan)
    right = found.right_errors(duration)
    for k, kinds in enumerate(found.looks):
        for o, look in enumerate(kinds):
            if not len(look.draws):
                continue
            error = right[k] if o == 0 else found.wrong_errors(k, o)
            assert np.all(np.isnan(errors[look.draws, k]))
            errors[look.draws, k] = error[:, None]
    return errors


@pytest.mark.parametrize(
    "law",
    [threshold_law(), threshold_law(search="sector"), threshold_law(search="sector", spacing=1.5)],
)
def test_weighted_draws_have_the_moments_of_the_law(law):
    found = decided(law)
    for symbols in (8.0, 30.0, 100.0, 380.0):
        T = symbols * T_S
        W, error = found.weight(T), per_draw(found, T)
        assert not np.any(np.isnan(error))
        by_scramble = np.mean(W[..., None] * np.reshape(error, (*W.shape, 2)) ** 2, axis=1)
        standard = np.std(by_scramble, axis=0, ddof=1) / np.sqrt(8)
        exact = law.mean_square(T)
        assert np.all(np.abs(np.mean(by_scramble, axis=0) - exact) < 5.0 * standard + 1e-3 * exact)
        assert np.all(standard < 0.1 * exact)
        assert np.mean(W) == pytest.approx(1.0, abs=0.03)


def test_shares_of_one_duration_need_no_weights():
    law = threshold_law()
    T = 20.0 * T_S
    found = decided(law, durations=(20.0, 20.0))
    # But for the part that tries what is rare.
    assert found.weight(T) == pytest.approx(1.0, abs=RAREST)
    wrong = np.mean([sum(look.draws.size for look in kinds[1:]) for kinds in found.looks])
    assert wrong > 0.05 * found.draws.component.size


def test_no_duration_of_the_range_is_served_badly():
    law = threshold_law()
    found = decided(law, n_draws=2048)
    assert len(found.shares.part) > 1
    for T in T_S * np.geomspace(5.0, 400.0, 23):
        W = found.weight(T)
        assert np.mean(W**2) < 1.2 * SPREAD * len(found.shares.part)

    def matters(T):
        return np.where(np.abs(np.log(T / (25.0 * T_S))) < 0.2, 1.0, 0.05)

    focused = decided(law, matters=matters, n_draws=2048)
    assert np.sum(focused.shares.part) == pytest.approx(1.0)
    assert focused.shares.part[0] == np.max(focused.shares.part)
    far, near = (np.mean(focused.weight(s * T_S) ** 2) for s in (5.0, 25.0))
    assert near < 1.3 < far


def test_rare_decisions_are_tried_as_well():
    law = threshold_law()
    found = decided(law, durations=(300.0, 400.0))
    assert np.max(law.decision_probability(np.array([300.0 * T_S]))[0, :, 1:]) < 1e-5
    wrong = [sum(look.draws.size for look in kinds[1:]) for kinds in found.looks]
    assert min(wrong) > 0
    # Each counts as little as it is likely.
    kind = found._drawn[0]
    mistaken = np.any(kind > 0, axis=-1)
    assert np.max(found.weight(300.0 * T_S)[mistaken]) < 1e-2


def test_decisions_that_a_user_cannot_take_get_no_draws():
    array = uniform_linear(6, spacing=1.5, phase_reference="centre")
    windows = [
        search_window(array, array, a, search=search)
        for a, search in zip(ANGLE, ("beam", "sector"), strict=True)
    ]
    law = ThresholdLaw(window=windows, snr_per_symbol=np.full(2, 0.2), symbol_duration=T_S)
    shares = decision_shares(law, 5.0 * T_S, 400.0 * T_S)
    assert windows[0].height.size == 0
    assert np.all(shares.share[:, 0, 2:] == 0.0)
    assert np.all(shares.share[:, 1, 2:] > 0.0)


def test_only_ratios_of_weights_count():
    law = threshold_law()
    _, link = make_link(law, n_draws=64, shares=decision_shares(law, 8.0 * T_S, 300.0 * T_S))
    found = link.statistics(link.model.realise(20.0 * T_S), precoder("rzf"))
    tripled = replace(
        found,
        weight=3.0 * found.weight,
        norm=3.0 * found.norm,
        cross=3.0 * found.cross,
        aging=3.0 * found.aging,
    )
    rho = np.full((2, 1), 0.9)
    for kind in ("learned_gain", "mean_gain"):
        use = receiver(kind).efficiency
        same = use(link.gains(tripled), rho, 1)
        np.testing.assert_allclose(same, use(link.gains(found), rho, 1), rtol=1e-12)


def test_looks_hold_every_draw_once_and_keep_to_their_scramble():
    found = decided(threshold_law(search="sector", spacing=1.5), n_draws=64)
    for kinds in found.looks:
        every = np.concatenate([np.unique(row) for look in kinds for row in look.draws])
        assert np.array_equal(np.sort(every), np.arange(8 * 64))
        for look in kinds:
            assert np.all(look.draws // 64 == look.draws[:, :1] // 64)
            assert np.all((look.probability > 0.0) & (look.probability < 1.0))
        # Cells of a scramble, as wide as the draws in them, are hit at the same place in each.
        look = kinds[0]
        mine = look.draws[:, 0] // 64 == 0
        size = np.array([len(set(row)) for row in look.draws[mine]])
        start = np.concatenate([[0], np.cumsum(size)[:-1]])
        place = (look.probability[mine] * size.sum() - start) / size
        assert place == pytest.approx(place[0], abs=1e-9)


def make_link(law, *, n_draws, shares=None):
    ring = OneRing(geometry=uniform_linear(6), density="laplacian", spread=0.1)
    know = MismatchedKnowledge(
        true_correlation=ring(ANGLE),
        assumed_correlation=ring,
        angle=ANGLE,
        snr=np.array([30.0, 60.0]),
        pilot_snr=np.array([5.0, 10.0]),
    )
    draws = link_draws(2, 6, n_scrambles=8, n_draws=n_draws, seed=SeedSequence(5))
    model = MismatchedDraws(knowledge=know, angle_error=law, draws=draws, shares=shares)
    return know, SampledLink(model=model, draws=draws, snr=know.snr, power=know.power)


def test_one_set_of_draws_agrees_with_the_closed_form_through_the_threshold():
    law = threshold_law()
    shares = decision_shares(law, 8.0 * T_S, 300.0 * T_S)
    know, link = make_link(law, n_draws=2048, shares=shares)
    rho = np.array([[0.99, 0.5]] * 2)
    use = receiver("mean_gain").efficiency
    outliers = []
    for symbols in (8.0, 20.0, 60.0, 300.0):
        T = symbols * T_S
        statistics = link.statistics(link.model.realise(T), precoder("mrt"))
        se = use(link.gains(statistics), rho, 1)
        without = np.array([use(link.gains(statistics, without=g), rho, 1) for g in range(8)])
        error = np.sqrt(7.0 / 8.0 * np.sum((without - without.mean(axis=0)) ** 2, axis=0))
        exact = spectral_efficiency(
            OutlierKnowledge(knowledge=know, law=law).terms(law.distribution(T)), rho
        )
        # Errors from eight scrambles: Student's law with seven degrees of freedom.
        assert np.all(np.abs(se - exact) < 5.0 * error)
        assert np.max(error / exact) < 0.03
        outliers.append(np.max(law.outlier_probability(T)))
    assert outliers[0] > 0.3
    assert outliers[-1] < 1e-4


def test_efficiencies_are_smooth_where_wrong_decisions_come_and_go():
    law = threshold_law()
    _, link = make_link(law, n_draws=64, shares=decision_shares(law, 8.0 * T_S, 300.0 * T_S))
    rho = np.full((2, 1), 0.9)

    def efficiency(T):
        gains = link.gains(link.statistics(link.model.realise(T), precoder("rzf")))
        return receiver("learned_gain").efficiency(gains, rho, 1)[:, 0]

    T = 20.0 * T_S * (1.0 + 1e-3 * np.arange(5))
    assert np.ptp(law.outlier_probability(T[[0, -1]])[:, 0]) > 1e-3
    se = np.array([efficiency(t) for t in T])
    # Fourth differences of a smooth function at this step are rounding.
    assert np.max(np.abs(np.diff(se, n=4, axis=0))) < 1e-9


def test_the_bound_knows_right_decisions_only():
    law = CramerRaoLaw(per_symbol=np.array([0.1, 0.2]), symbol_duration=T_S)
    found = decided(law)
    assert found.shares.share.tolist() == [[[1.0], [1.0]]]
    assert np.all(found.weight(9.0 * T_S) == 1.0)
    with pytest.raises(ValueError, match="kind must be an integer of at least 1, got 0"):
        found.wrong_errors(0, 0)
    with pytest.raises(ValueError, match="knows right decisions only, got 1"):
        law.wrong_errors(0, 1, np.array([0.5]))


@pytest.mark.parametrize(
    ("share", "part", "match"),
    [
        (np.ones((1, 2)), np.ones(1), "shapes"),
        (np.ones((2, 2, 1)), np.ones(1), "shapes"),
        (np.full((1, 2, 2), 0.4), np.ones(1), "sum to one"),
        (np.full((2, 2, 2), 0.5), np.ones(2), "sum to one"),
    ],
)
def test_bad_shares(share, part, match):
    with pytest.raises(ValueError, match=match):
        DecisionShares(share=share, part=part)
