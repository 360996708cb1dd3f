"""What a knowledge model promises, and what a bound on a model from elsewhere is worth."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isacplan.channel import jakes_aging
from isacplan.comm import AdditiveKnowledge, Terms
from isacplan.enclosure import Interval, Jet
from isacplan.errors import InfeasibleError
from isacplan.frame import (
    BoundCheck,
    CertificateCheck,
    FrameProblem,
    check_certificate,
    exhaustive_search,
    optimal_frame,
    register_check,
    relative_error,
)


class Rational:
    """A model from elsewhere: every term a rational function of the angle variance.

    signal ``a / (1 + b c)``, interference ``d + e c``, uncertainty ``g c / (1 + g c) - f``.
    """

    def __init__(self, seed, n_users=2, accuracy=0.0, floor=0.98):
        rng = np.random.default_rng(seed)
        self.n_users, self.accuracy = n_users, accuracy
        self.valid_crb = self.defined_crb = np.full(n_users, np.inf)
        self.a, self.b, self.e, self.g = 10.0 ** rng.uniform(-1.5, 1.5, (4, n_users))
        self.d = rng.uniform(0.0, 2.0, n_users)
        # Close to the edge of the contract, where a clipped uncertainty matters most.
        self.f = floor * rng.uniform(0.5, 1.0, n_users) * (1.0 + self.d)

    def terms(self, crb):
        c = np.asarray(crb)
        signal = self.a / (1.0 + self.b * c)
        return Terms(signal, self.g * c / (1.0 + self.g * c) - self.f, self.d + self.e * c)

    def enclose(self, crb):
        share = crb.scaled(self.g)
        return Terms(
            crb.scaled(self.b).shifted(1.0).reciprocal().scaled(self.a),
            (share * share.shifted(1.0).reciprocal()).shifted(-self.f),
            crb.scaled(self.e).shifted(self.d),
        )


def _problem(knowledge, seed=0, n_blocks=5):
    rng = np.random.default_rng(seed)
    aging = jakes_aging(rng.uniform(0.02, 0.6, knowledge.n_users), 1.0, n_blocks)
    return FrameProblem.from_knowledge(
        n_blocks=n_blocks,
        block_duration=1.0,
        update_duration=float(rng.uniform(0.0, 1.0)),
        symbol_duration=0.05,
        knowledge=knowledge,
        temporal_correlation=aging,
        crb_per_symbol=10.0 ** rng.uniform(-1.0, 2.0, knowledge.n_users),
        crb_limit=np.inf,
        weight=rng.uniform(0.5, 2.0, knowledge.n_users),
    )


@pytest.mark.parametrize("seed", range(60))
def test_no_design_beats_the_bound_of_a_model_with_negative_uncertainty(seed):
    problem = _problem(Rational(seed), seed)
    best, every = optimal_frame(problem), exhaustive_search(problem)
    assert every.rate <= best.upper_bound * (1.0 + 1e-12)
    assert best.rate >= every.rate * (1.0 - 1e-12)
    assert best.gap <= 1e-6
    assert best.certificate == "numerical"


@settings(max_examples=100)
@given(
    seed=st.integers(0, 10_000),
    start=st.floats(0.05, 4.5),
    width=st.floats(1e-4, 3.0),
    floor=st.sampled_from([0.0, 0.98]),
)
def test_bounds_hold_for_every_sign(seed, start, width, floor):
    problem = _problem(Rational(seed, floor=floor), seed)
    stop = min(start + width, 5.0)
    bounds = problem.efficiency.enclose(np.array([start]), np.array([stop]), problem.weight)
    T = np.linspace(start, stop, 101)
    phi = np.einsum("k,bkn->bn", problem.weight, problem.efficiency.users(T))
    slack = 1e-11 * (1.0 + np.abs(phi[:, :1]))
    assert np.all(phi <= bounds.phi[0] * (1.0 + 1e-12))
    assert np.all(phi[:, 0] >= bounds.first.lower[0] - slack[:, 0])
    assert np.all(phi[:, 0] <= bounds.first.upper[0] + slack[:, 0])
    rise = np.diff(phi, axis=0) / (T[1] - T[0])
    noise = 1e-13 * np.max(np.abs(phi)) / (T[1] - T[0])
    assert np.all(rise <= bounds.slope.upper[0] + noise)
    assert np.all(rise >= bounds.slope.lower[0] - noise)
    bend = np.diff(phi, n=2, axis=0) / (T[1] - T[0]) ** 2
    noise = 4.0 * noise / (T[1] - T[0])
    assert np.all(bend <= bounds.bend.upper[0] + noise)
    assert np.all(bend >= bounds.bend.lower[0] - noise)


def test_bounds_hold_where_one_user_alone_has_uncertainty():
    """What ages must be scaled with age for all, also where some of it is exactly zero."""

    class OneAlone(Rational):
        def enclose(self, crb):
            terms = super().enclose(crb)
            parts = (terms.uncertainty.value, terms.uncertainty.first, terms.uncertainty.second)
            alone = [Interval(part.lower * [0.0, 1.0], part.upper * [0.0, 1.0]) for part in parts]
            return dataclasses.replace(terms, uncertainty=Jet(*alone))

    model = OneAlone(5, floor=0.98)
    model.f, model.g = np.array([0.0, 0.95]) * (1.0 + model.d), np.zeros(2)
    model.e, model.b = np.full(2, 1e-3), np.full(2, 5.0)
    problem = FrameProblem.from_knowledge(
        n_blocks=4,
        block_duration=1.0,
        update_duration=0.2,
        symbol_duration=0.05,
        knowledge=model,
        temporal_correlation=np.array([[0.9, 0.8, 0.7, 0.6], [0.6, 0.5, 0.4, 0.3]]),
        crb_per_symbol=10.0,
        crb_limit=np.inf,
    )
    T = np.linspace(1.3, 1.301, 101)
    bounds = problem.efficiency.enclose(T[:1], T[-1:], problem.weight)
    phi = np.einsum("k,bkn->bn", problem.weight, problem.efficiency.users(T))
    rise = np.diff(phi, axis=0) / (T[1] - T[0])
    assert np.all(rise <= bounds.slope.upper[0] + 1e-9)
    assert np.all(rise >= bounds.slope.lower[0] - 1e-9)
    # The youngest block of the user with uncertainty is what the bounds are tight for.
    assert bounds.slope.upper[0] <= 3.0 * np.max(rise)


def test_bounds_close_in_on_the_efficiency():
    problem = _problem(Rational(3), 3)
    start = np.array([1.3])
    at = np.einsum("k,bkn->bn", problem.weight, problem.efficiency.users(start))
    bounds = problem.efficiency.enclose(start, start * (1.0 + 1e-9), problem.weight)
    np.testing.assert_allclose(bounds.phi, at, rtol=1e-6)
    np.testing.assert_allclose(bounds.first.lower, at[:, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [
        ("signal", -1.0, "signal of a knowledge model must be finite and at least 0"),
        ("signal", np.nan, "signal of a knowledge model must be finite"),
        ("interference", -0.5, "interference of a knowledge model must be .* user 1"),
        ("interference", np.inf, "interference of a knowledge model must be finite"),
        ("uncertainty", -1e9, r"uncertainty of a knowledge model must be .*above -\(1 \+ interf"),
    ],
)
def test_a_broken_contract_is_refused(field, value, match):
    class Broken(Rational):
        def terms(self, crb):
            good = super().terms(crb)
            bad = np.array(getattr(good, field))
            bad[..., 1] = value
            return dataclasses.replace(good, **{field: bad})

    with pytest.raises(ValueError, match=match):
        optimal_frame(_problem(Broken(0, floor=0.5)))


class Incomplete:
    """Half of a model from elsewhere."""

    n_users = 2
    terms = None

    @property
    def valid_crb(self):
        raise AssertionError("looked at, but not needed to see that it is there")


def test_a_model_that_lacks_members_is_refused_by_name():
    match = (
        r"knowledge must have the members of isacplan\.comm\.knowledge\.Knowledge: Incompl.* lacks "
    )
    with pytest.raises(ValueError, match=match):
        _problem(Incomplete())


def test_a_model_whose_method_is_a_value_is_refused():
    model = Rational(0)
    model.enclose = 3.0
    with pytest.raises(ValueError, match=r"knowledge\.enclose must be a method, got float"):
        _problem(model)
    # Methods of the instance, and whatever answers by name, will do.
    model.enclose = Rational(0).enclose

    class Answering:
        def __getattr__(self, name):
            return getattr(model, name)

    assert optimal_frame(_problem(Answering())).gap <= 1e-6


@pytest.mark.parametrize("field", ["efficiency", "error_law"])
def test_an_efficiency_or_a_law_that_lacks_members_is_refused_by_name(field):
    problem = _problem(Rational(0))
    with pytest.raises(ValueError, match=rf"{field} must have .*: Incomplete lacks .*, "):
        dataclasses.replace(problem, **{field: Incomplete()})
    with pytest.raises(ValueError, match=r"error_law must have .*ClosedFormLaw: Incomplete"):
        dataclasses.replace(problem.closed_form, error_law=Incomplete())


@pytest.mark.parametrize(
    ("method", "value", "match"),
    [
        ("terms", (1.0, 0.0, 0.0), "a knowledge model must give Terms, got tuple"),
        (
            "terms",
            Terms(*np.ones((3, 1, 3))),
            r"signal .* shape \(4, 2\), got \(1, 3",
        ),
        ("terms", Terms(*np.ones((2, 4, 2)), 0.0), r"interference .* shape \(4, 2\), got \(\)"),
        ("enclose", Terms(1.0, 0.0, 0.0), "terms must be enclosed by a Jet each, got float"),
        ("enclose", None, "a knowledge model must give Terms, got NoneType"),
    ],
)
def test_terms_of_another_kind_are_refused(method, value, match):
    model = Rational(0)
    setattr(model, method, lambda crb: value)
    problem = _problem(model)
    used = {"terms": problem.efficiency.users, "enclose": lambda _: optimal_frame(problem)}
    with pytest.raises(ValueError, match=match):
        used[method](np.ones(4))


@pytest.mark.parametrize("accuracy", [-1e-3, np.nan])
def test_an_accuracy_that_is_none_is_refused(accuracy):
    with pytest.raises(ValueError, match="accuracy must be"):
        optimal_frame(_problem(Rational(0, accuracy=accuracy)))


def test_no_model_of_ours_is_advised_in_place_of_one_from_elsewhere():
    narrow = Rational(0)
    narrow.valid_crb = np.full(2, 1e-3)
    with pytest.raises(
        InfeasibleError, match="a knowledge model with a wider domain would do"
    ) as e:
        optimal_frame(_problem(narrow))
    assert "mismatched" not in str(e.value)


def test_an_enclosure_upside_down_is_refused():
    class Reversed(Rational):
        def enclose(self, crb):
            good = super().enclose(crb)
            value = good.signal.value
            turned = dataclasses.replace(value, lower=value.upper, upper=value.lower)
            return dataclasses.replace(good, signal=dataclasses.replace(good.signal, value=turned))

    with pytest.raises(ValueError, match="signal must be enclosed"):
        optimal_frame(_problem(Reversed(0)))


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        ({"valid_crb": np.ones(3)}, "valid_crb must have shape"),
        ({"defined_crb": np.array([-1.0, 1.0])}, "defined_crb must be"),
        ({"valid_crb": np.full(2, 2.0), "defined_crb": np.ones(2)}, "must not exceed defined_crb"),
    ],
)
def test_limits_that_make_no_sense_are_refused(limits, match):
    model = Rational(0)
    vars(model).update(limits)
    with pytest.raises(ValueError, match=match):
        optimal_frame(_problem(model))


def test_the_error_of_the_terms_is_in_the_gap():
    exact, rough = (_problem(Rational(1, accuracy=a), 1) for a in (0.0, 1e-3))
    best = optimal_frame(rough)
    assert relative_error(rough.efficiency) == pytest.approx(4e-3, rel=1e-6)
    assert relative_error(exact.efficiency) > 0.0
    assert best.upper_bound >= optimal_frame(exact).rate * (1.0 + 4e-3)
    assert best.gap >= 4e-3


def test_rounding_of_rates_is_in_the_gap():
    problem = _problem(Rational(1), 1)
    assert relative_error(problem.efficiency) >= 4.0 * 23 * np.finfo(float).eps
    assert optimal_frame(problem, relative_gap=1e-12).gap >= relative_error(problem.efficiency)


def test_the_checker_takes_a_model_from_elsewhere():
    problem = _problem(Rational(2), 2)
    best = optimal_frame(problem)
    check = check_certificate(problem, best)
    assert check.passed
    assert "sampled" in check.basis
    wrong = dataclasses.replace(best, upper_bound=best.rate * 0.9)
    assert not check_certificate(problem, wrong).bound_holds


def test_a_model_cannot_call_its_own_bound_proved():
    class Boasting(Rational):
        certificate = "proved"

    assert optimal_frame(_problem(Boasting(0))).certificate == "numerical"


def test_a_subclass_inherits_no_proof(make_problem):
    class Altered(AdditiveKnowledge):
        pass

    problem = make_problem()
    fields = {
        f.name: getattr(problem.knowledge, f.name) for f in dataclasses.fields(AdditiveKnowledge)
    }
    closed = dataclasses.replace(problem.closed_form, knowledge=Altered(**fields))
    altered = dataclasses.replace(problem, efficiency=closed)
    assert optimal_frame(problem).certificate == "proved"
    assert optimal_frame(altered).certificate == "numerical"
    assert check_certificate(altered, optimal_frame(altered)).passed


def test_a_registered_check_gives_its_label():
    class Mine(Rational):
        pass

    seen = []

    def verify(problem, solution, tolerance, max_boxes):
        seen.append((tolerance, max_boxes))
        return CertificateCheck(
            feasible=True, rate_error=0.0, bound_holds=True, n_boxes=1, basis="by hand"
        )

    register_check(Mine, BoundCheck(label="proved", verify=verify))
    problem = _problem(Mine(0))
    best = optimal_frame(problem)
    assert best.certificate == "proved"
    assert check_certificate(problem, best, relative_tolerance=1e-3).basis == "by hand"
    assert seen == [(1e-3, 20_000)]
    with pytest.raises(ValueError, match="kind must be a type without a check, got Mine"):
        register_check(Mine, BoundCheck(label="sampled", verify=verify))
    with pytest.raises(ValueError, match="label must be one of"):
        BoundCheck(label="certain", verify=verify)
