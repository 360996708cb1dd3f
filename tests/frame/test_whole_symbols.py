"""Sensing times of whole symbols only: exact, checked anew, and with their price."""

import json
from dataclasses import replace

import numpy as np
import pytest

from isacplan.cli.run import run
from isacplan.errors import InfeasibleError
from isacplan.frame import check_certificate, evaluate_frame, frequent_update, optimal_frame
from isacplan.frame.verify import largest_rate
from isacplan.report import frame_report
from isacplan.scenario import frame_problem, load_scenario, overridden, scenario_template


def problem_of(name, **changes):
    stated = overridden(load_scenario(name), {"sensing.whole_symbols": True, **changes})
    return frame_problem(stated)


SMALL = {"frame.n_blocks": 7, "frame.symbols_per_block": 120, "frame.symbols_per_update": 9}


def exhausted(problem):
    """Largest rate over every number of symbols, updates and allocations, spelled again."""
    shortest, _ = problem.sensing_range()
    T_s, T_b = problem.symbol_duration, problem.block_duration
    per_block = round(T_b / T_s)
    best = -np.inf
    for symbols in range(1, problem.n_blocks * per_block):
        if symbols * T_s < shortest * (1.0 - 1e-12):
            continue
        n_sensing = symbols // per_block
        phi = problem.weight @ problem.efficiency.users(np.array([symbols * T_s]))[0]
        partial = symbols * T_s - n_sensing * T_b
        best = max(best, largest_rate(problem, phi, float(phi[0]), n_sensing, partial))
    return best


@pytest.mark.parametrize("limit", [0.2, 0.3036, 2.0])
@pytest.mark.parametrize("model", ["additive", "mismatched"])
def test_no_whole_number_of_symbols_is_better(model, limit):
    changes = {
        **SMALL,
        "sensing.error_model": model,
        "sensing.error_law": "bound",
        "sensing.validity": "as_printed" if model == "mismatched" else "enforce",
        "sensing.angle_rmse_limit_deg": limit,
    }
    problem = problem_of("bai2024", **changes)
    try:
        found = optimal_frame(problem, relative_gap=1e-12)
    except InfeasibleError:
        shortest = replace(problem, whole_symbols=False)
        with pytest.raises(InfeasibleError):
            optimal_frame(shortest)
        return
    symbols = found.sensing_duration / problem.symbol_duration
    assert symbols == pytest.approx(round(symbols), rel=1e-12)
    assert found.rate == pytest.approx(exhausted(problem), rel=1e-12)
    assert found.upper_bound == pytest.approx(found.rate, rel=1e-11)
    free = optimal_frame(replace(problem, whole_symbols=False))
    assert found.rate <= free.upper_bound * (1.0 + 1e-12)
    assert np.all(problem.crb(found.sensing_duration) <= problem.crb_limit)


def test_the_best_number_of_symbols_may_lie_inside_a_block():
    problem = problem_of(
        "bai2024",
        **SMALL,
        **{
            "sensing.error_model": "mismatched",
            "sensing.error_law": "bound",
            "sensing.validity": "as_printed",
            "sensing.angle_rmse_limit_deg": 30.0,
        },
    )
    found = optimal_frame(problem)
    symbols = round(found.sensing_duration / problem.symbol_duration)
    assert symbols > round(problem.sensing_range()[0] / problem.symbol_duration)
    assert symbols % 120 != 0
    assert found.rate == pytest.approx(exhausted(problem), rel=1e-12)


def test_the_checker_knows_that_only_whole_symbols_count():
    problem = problem_of("bai2024", **SMALL)
    found = optimal_frame(problem)
    checked = check_certificate(problem, found)
    assert checked.passed
    assert checked.basis == "every whole symbol"
    between = evaluate_frame(
        problem, found.sensing_duration + 0.3 * problem.symbol_duration, found.blocks_per_update
    )
    assert not check_certificate(problem, replace(between, upper_bound=found.upper_bound)).feasible
    low = replace(found, upper_bound=found.rate * 0.999)
    assert not check_certificate(problem, low).bound_holds


def test_rivals_sense_for_whole_symbols_too():
    problem = problem_of("bai2024", **SMALL)
    for rival in (frequent_update(problem), optimal_frame(problem, updates="single")):
        symbols = rival.sensing_duration / problem.symbol_duration
        assert symbols == pytest.approx(round(symbols), rel=1e-12)


def test_a_requirement_met_by_a_whole_symbol_needs_no_further_one():
    """Typed limits whose duration is a whole number of symbols up to rounding."""
    free = frame_problem(overridden(load_scenario("bai2024"), SMALL))
    shortest, _ = free.sensing_range()
    for symbols in (300, 457):
        T = symbols * free.symbol_duration
        assert shortest < T
        limited = replace(free, crb_limit=free.crb(T), whole_symbols=True)
        assert limited.sensing_range()[0] == pytest.approx(T, rel=1e-12)


def test_the_report_states_the_price():
    stated = overridden(load_scenario("bai2024"), {"sensing.whole_symbols": True})
    report = frame_report(stated)
    free = frame_report(load_scenario("bai2024"))
    cost = report.to_json()["whole_symbol_cost"]
    assert cost == pytest.approx(1.0 - report.solution.rate / free.solution.rate, abs=1e-9)
    assert 0.0 < cost < 1e-3
    assert free.to_json()["whole_symbol_cost"] is None
    with pytest.raises(ValueError, match=r"must be of whole symbols; the nearest is 0.00028 s"):
        frame_report(stated, design=(2.803e-4, 3))


def test_sampled_plans_sense_for_whole_symbols(tmp_path, capfd):
    file = tmp_path / "site.toml"
    file.write_text(
        scenario_template("frame").replace("[sensing]", "[sensing]\nwhole_symbols = true")
    )
    assert run(["frame", str(file), "--json", "--verify"]) == 0
    printed = json.loads(capfd.readouterr().out)
    symbols = printed["sensing_duration_s"] / printed["scenario"]["frame"]["symbol_duration_s"]
    assert symbols == pytest.approx(round(symbols), rel=1e-9)
    assert "in whole symbols" in printed["covered_plans"]
    assert 0.0 <= printed["whole_symbol_cost"] < 0.01
