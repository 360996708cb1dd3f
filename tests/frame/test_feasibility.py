"""What is refused, and that advice is feasible when it is followed."""

import dataclasses
import re

import numpy as np
import pytest

from isacplan.array import steering_derivative, uniform_linear
from isacplan.channel import geometric_aging, one_ring_correlation
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.errors import InfeasibleError
from isacplan.frame import (
    FrameProblem,
    check_certificate,
    evaluate_frame,
    gain,
    optimal_frame,
    single_update,
    summed_efficiency,
)
from isacplan.frame.feasibility import nothing_to_send
from isacplan.sensing import matched_beam_angle_crb


def _problem(
    *,
    model="additive",
    n_antennas=8,
    spread_deg=1.0,
    angle_deg=0.0,
    sensing_snr_db=20.0,
    psd_tolerance=1e-12,
    n_blocks=35,
    update_symbols=9,
    pilot_snr_db=10.0,
    block_symbols=70,
    **fields,
):
    """One user at 10 dB, symbols of a microsecond, rho = 0.98."""
    geometry = uniform_linear(n_antennas)
    theta = np.radians([angle_deg])

    def one_ring(angle):
        return one_ring_correlation(
            geometry, angle, density="uniform", spread=np.radians(spread_deg)
        )

    links = {"snr": 10.0, "pilot_snr": 10.0 ** (pilot_snr_db / 10.0)}
    if model == "additive":
        knowledge = AdditiveKnowledge(
            spatial_correlation=one_ring(theta),
            steering_derivative=steering_derivative(geometry, theta),
            psd_tolerance=psd_tolerance,
            **links,
        )
    else:
        knowledge = MismatchedKnowledge(
            true_correlation=one_ring(theta), assumed_correlation=one_ring, angle=theta, **links
        )
    return FrameProblem.from_knowledge(
        **{
            "n_blocks": n_blocks,
            "block_duration": block_symbols * 1e-6,
            "update_duration": update_symbols * 1e-6,
            "symbol_duration": 1e-6,
            "knowledge": knowledge,
            "temporal_correlation": geometric_aging(0.98, n_blocks),
            "crb_per_symbol": matched_beam_angle_crb(
                8, theta, sensing_snr=10.0 ** (sensing_snr_db / 10.0), n_samples=1.0
            ),
            "crb_limit": np.inf,
        }
        | fields
    )


def _refused(**arguments):
    with pytest.raises(InfeasibleError) as caught:
        optimal_frame(_problem(**arguments))
    return caught.value


def _decibels(error):
    return float(re.search(r"([0-9.]+) dB more sensing SNR", str(error))[1])


def test_a_one_ring_of_few_antennas_is_valid():
    """Its R has full rank, so the documented tolerance alone decides."""
    problem = _problem(n_antennas=4, spread_deg=0.5, angle_deg=-48.3, psd_tolerance=1e-3)
    best = optimal_frame(problem)
    assert np.degrees(np.sqrt(problem.valid_mean_square[0])) == pytest.approx(0.379, abs=5e-4)
    assert problem.shortest_valid_duration[0] == pytest.approx(4.99e-6, abs=5e-9)
    assert best.rate / (35 * 70e-6) == pytest.approx(0.7792, abs=5e-5)
    assert best.n_updates == 12
    assert check_certificate(problem, best).passed


@pytest.mark.parametrize("spread_deg", [0.3, 0.4, 0.5, 0.6, 0.7])
def test_validity_varies_smoothly_with_the_spread(spread_deg):
    near, far = (
        _problem(n_antennas=4, spread_deg=spread_deg * f, angle_deg=20.0).valid_mean_square[0]
        for f in (1.0, 1.01)
    )
    assert 0.9 < far / near < 1.1


def test_advice_on_validity_works():
    """Each way out alone, and not with much less."""
    weak = {"sensing_snr_db": -10.0}
    error = _refused(**weak)
    assert error.constraint == "validity of the model"
    enough = _decibels(error)
    assert optimal_frame(_problem(sensing_snr_db=-10.0 + enough)).valid
    _refused(sensing_snr_db=-10.0 + enough - 0.4)
    tolerance = float(re.search(r"psd_tolerance = ([0-9.e-]+)", str(error))[1])
    assert optimal_frame(_problem(**weak, psd_tolerance=tolerance)).valid
    _refused(**weak, psd_tolerance=tolerance / 10.0)
    assert "the mismatched error model" in str(error)
    assert optimal_frame(_problem(**weak, model="mismatched")).valid
    assert "limit" not in str(error)


def test_no_tolerance_is_advised_where_none_helps():
    assert "psd_tolerance" not in str(_refused(sensing_snr_db=-60.0))


def test_advice_at_the_pole_works():
    weak = {"sensing_snr_db": -40.0, "validity": "as_printed"}
    error = _refused(**weak)
    assert error.constraint == "definedness of the model"
    assert "angle accuracy between" not in str(error)
    enough = _decibels(error)
    assert optimal_frame(_problem(sensing_snr_db=-40.0 + enough, validity="enforce")).valid
    assert optimal_frame(_problem(**weak, model="mismatched")).rate > 0.0


def test_advice_of_a_limit_at_the_pole_works():
    weak = {"sensing_snr_db": -15.0, "validity": "as_printed"}
    error = _refused(**weak)
    between = [float(x) for x in re.findall(r"([0-9.e-]+) rad", str(error))[1:]]
    assert "angle accuracy between" in str(error)
    for share in (0.1, 0.9):
        limit = between[0] + share * (between[1] - between[0])
        assert optimal_frame(_problem(**weak, crb_limit=limit**2)).rate > 0.0


def test_advice_on_accuracy_works():
    tight = {"crb_limit": np.radians(0.001) ** 2, "spread_deg": 10.0}
    error = _refused(**tight)
    assert error.constraint == "angle accuracy"
    allowed = float(re.search(r"a limit of ([0-9.e-]+) rad or more", str(error))[1])
    assert optimal_frame(_problem(spread_deg=10.0, crb_limit=allowed**2)).rate > 0.0
    _refused(spread_deg=10.0, crb_limit=(0.97 * allowed) ** 2)
    louder = _problem(**tight, sensing_snr_db=20.0 + _decibels(error))
    assert optimal_frame(louder).rate > 0.0


def test_a_limit_is_not_advised_where_the_model_needs_more():
    error = _refused(sensing_snr_db=-10.0, crb_limit=1e-12)
    assert error.constraint == "angle accuracy"
    assert "a limit of" not in str(error)
    louder = _problem(sensing_snr_db=-10.0 + _decibels(error), crb_limit=1e-12)
    assert optimal_frame(louder).valid


def test_angles_are_shown_in_the_unit_of_the_reader():
    error = _refused(sensing_snr_db=-10.0)
    wanted = error.angles["wanted"]
    assert f"at most {wanted:.4g} rad rms" in str(error)
    assert f"at most {np.degrees(wanted):.4g} deg rms" in error.in_degrees
    assert " rad" not in error.in_degrees


def test_nothing_can_be_sent():
    """One block that an update fills: whatever is sensed comes off what is sent."""
    one = {"model": "mismatched", "spread_deg": 5.0, "angle_deg": 10.0, "sensing_snr_db": 10.0}
    one |= {"n_blocks": 1, "block_symbols": 14}
    error = _refused(**one, update_symbols=14)
    assert "nothing can be sent" in str(error)
    shorter = float(re.search(r"updates shorter than ([0-9.e-]+) s", str(error))[1])
    assert optimal_frame(_problem(**one, update_duration=0.99 * shorter)).rate > 0.0
    assert optimal_frame(_problem(**one | {"n_blocks": 2}, update_symbols=14)).rate > 0.0


def test_what_leaves_room_for_several_updates_is_theirs():
    problem = _problem(n_blocks=6, update_symbols=70)
    T = 3.9 * problem.block_duration
    phi = summed_efficiency(problem, np.array([T]))[0]
    error = nothing_to_send(problem, (T, (1, 1, 1)), phi, -1.0)
    rates = []
    for share in (0.99, 1.01):
        update = share * error.feasible_value
        found = dataclasses.replace(problem, update_duration=update)
        rates.append(evaluate_frame(found, T, (1, 1, 1)).rate)
    assert rates[0] > 0.0 > rates[1]


def test_remarks_have_both_units():
    problem = _problem(crb_limit=1e-9, validity="as_printed")
    short = 0.5 * float(np.max(problem.shortest_valid_duration))
    n_left = problem.n_blocks - problem.n_sensing_blocks(short)
    found = evaluate_frame(problem, short, (n_left,))
    accuracy, domain = found.warnings
    limit = float(np.sqrt(problem.crb_limit[0]))
    assert f"misses the limit of {limit:.4g} rad" in accuracy
    assert f"misses the limit of {np.degrees(limit):.4g} deg" in accuracy.in_degrees
    assert f"{np.sqrt(problem.crb(short)[0]):.4g} rad rms" in accuracy
    valid = float(np.sqrt(problem.valid_mean_square[0]))
    assert f"outside its domain, valid up to {valid:.4g} rad rms" in domain
    assert f"{np.degrees(valid):.4g} deg rms" in domain.in_degrees
    assert " deg" not in accuracy + domain
    assert " rad" not in accuracy.in_degrees + domain.in_degrees


def test_a_rival_with_the_same_value_loses_nothing():
    best = optimal_frame(_problem(n_blocks=1))
    same = single_update(_problem(n_blocks=1))
    assert gain(best, same) == 0.0
    below = dataclasses.replace(best, rate=-1.0)
    assert gain(below, dataclasses.replace(same, rate=-1.0)) == 0.0
    assert np.isinf(gain(best, dataclasses.replace(same, rate=0.0)))
    assert gain(best, dataclasses.replace(same, rate=0.5 * best.rate)) == pytest.approx(1.0)


def test_expectations_at_the_rounding_floor_are_solved():
    """Rounding leaves more than the wanted tolerance: it goes into the gap."""
    problem = _problem(
        model="mismatched",
        n_antennas=48,
        spread_deg=0.3,
        angle_deg=20.0,
        pilot_snr_db=30.0,
        n_blocks=6,
    )
    best = optimal_frame(problem)
    assert 1e-10 < problem.knowledge.accuracy < 1e-7
    assert best.gap >= problem.knowledge.accuracy
