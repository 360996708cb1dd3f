import tomllib
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from isacplan.frame import (
    frequent_update,
    gain,
    optimal_frame,
    random_allocation,
    single_update,
)
from isacplan.papers.bai2024.common_sinr import (
    LARGEST_SINR,
    common_sinr_gains,
    gain_ceilings,
)
from isacplan.papers.bai2024.figures import UPDATES_DRAWN, figure_3, figure_4, figure_5, random_rate
from isacplan.papers.bai2024.outcome import PRINTED, evaluate_reading, random_ages
from isacplan.papers.bai2024.reading import (
    EVEN_ANGLES_DEG,
    Reading,
    preset_reading,
    reading_problem,
)
from isacplan.papers.bai2024.search import Found, front, open_parameters, search_branch
from isacplan.report.curves import figure_from_dict, figure_to_dict
from isacplan.scenario import frame_problem, load_scenario

PUBLISHED = tomllib.loads(
    (Path(__file__).parents[1] / "published" / "bai2024.toml").read_text(encoding="utf-8")
)
NUMBERS = {number["key"]: number for number in PUBLISHED["number"]}
SINRS = np.geomspace(1e-6, LARGEST_SINR, 9)


@pytest.fixture(scope="module")
def ceilings():
    return {rival: gain_ceilings(rival, SINRS) for rival in ("ssu", "fsu", "rba")}


def test_printed_numbers_are_those_of_the_paper():
    assert {key: number["printed"] for key, number in NUMBERS.items()} == PRINTED


def test_preset_holds_the_printed_parameters():
    scenario, printed = load_scenario("bai2024"), PUBLISHED["section_4"]
    assert scenario.frame.n_blocks == printed["n_blocks"]
    assert scenario.frame.symbols_per_block == printed["symbols_per_block"]
    assert scenario.frame.symbols_per_update == printed["symbols_per_update"]
    assert scenario.frame.symbol_duration_s == printed["symbol_duration_s"]
    assert scenario.array.n_tx == scenario.array.n_rx == printed["n_antennas"]
    assert len(scenario.users) == printed["n_users"]
    assert scenario.aging.rho == printed["rho"]
    assert scenario.channel.half_width_deg == printed["half_width_deg"]
    assert tuple(printed["figure_5_updates"]) == UPDATES_DRAWN
    problem = frame_problem(scenario)
    start = problem.sensing_range()[0] / problem.block_duration
    assert start == pytest.approx(printed["figure_5_start_blocks"], abs=0.01)


def test_preset_reading_states_the_preset():
    mine, theirs = reading_problem(preset_reading(), 0.5), frame_problem(load_scenario("bai2024"))
    np.testing.assert_allclose(mine.crb_per_symbol, theirs.crb_per_symbol, rtol=1e-12)
    assert optimal_frame(mine).rate == pytest.approx(optimal_frame(theirs).rate, rel=1e-12)


def test_fsu_and_ssu_gains_exclude_each_other(ceilings):
    fsu = np.flatnonzero(ceilings["fsu"] >= NUMBERS["fsu_at_005"]["printed"]) + 1
    ssu = np.flatnonzero(ceilings["ssu"] >= NUMBERS["ssu_at_005"]["printed"]) + 1
    assert fsu.max() == 3
    assert ssu.min() == 10


def test_rba_gain_is_out_of_reach(ceilings):
    assert ceilings["rba"].max() < 0.07 < NUMBERS["rba_at_005"]["printed"]


def test_fsu_gain_grows_with_the_sinr():
    for n in (3, 12, 31):
        gains = [common_sinr_gains(g, n)["fsu"] for g in SINRS]
        assert np.all(np.diff(gains) > 0.0)


@pytest.mark.parametrize("seed", range(6))
def test_no_gain_exceeds_its_ceiling(ceilings, seed):
    rng = np.random.default_rng(seed)
    reading = replace(
        Reading(),
        angles_deg=tuple(rng.uniform(-60.0, 60.0, 5)),
        snr_db=float(rng.uniform(-10.0, 40.0)),
        pilot_snr_db=float(rng.uniform(-10.0, 40.0)),
        rmse_deg=float(rng.uniform(0.01, 0.1)),
        start_blocks=float(rng.uniform(1.0, 3.4)),
    )
    outcome = evaluate_reading(reading)
    n_left = 35 - int(outcome.sensing_blocks[0])
    for rival in ("ssu", "fsu", "rba"):
        assert outcome.gains[f"{rival}_at_005"] <= ceilings[rival][n_left - 1] + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_grid_outcome_agrees_with_certified_optima(seed):
    rng = np.random.default_rng(seed)
    reading = replace(
        Reading(),
        snr_db=float(rng.uniform(0.0, 30.0)),
        rmse_deg=0.05,
        start_blocks=float(rng.uniform(3.0, 5.0)),
        crb_exponent=2,
    )
    outcome = evaluate_reading(reading)
    for gamma, at in ((0.05, "at_005"), (0.5, "at_05")):
        problem = reading_problem(reading, gamma)
        best = optimal_frame(problem)
        # The grid has four points a block; optima within a block move the gain by less than that.
        assert outcome.gains[f"ssu_{at}"] == pytest.approx(
            gain(best, single_update(problem)), abs=1e-4
        )
    problem = reading_problem(reading, 0.05)
    best = optimal_frame(problem)
    assert outcome.gains["fsu_at_005"] == pytest.approx(
        gain(best, frequent_update(problem)), abs=1e-4
    )


def test_random_ages_average_every_composition():
    n = 6
    counts, updates = np.zeros(n), 0.0
    for M in range(1, n + 1):
        all_cuts = list(combinations(range(1, n), M - 1))
        for cuts in all_cuts:
            for size in np.diff([0, *cuts, n]):
                counts[:size] += 1.0 / len(all_cuts) / n
            updates += M / len(all_cuts) / n
    found, mean = random_ages(n)
    np.testing.assert_allclose(found, counts, rtol=1e-12)
    assert mean == pytest.approx(updates, rel=1e-12)


def test_sequential_ages_average_every_draw():
    def walk(left: int, chance: float) -> None:
        nonlocal updates
        for size in range(1, left + 1):
            counts[:size] += chance / left
            updates += chance / left
            if size < left:
                walk(left - size, chance / left)

    counts, updates = np.zeros(5), 0.0
    walk(5, 1.0)
    found, mean = random_ages(5, "sequential")
    np.testing.assert_allclose(found, counts, rtol=1e-12)
    assert mean == pytest.approx(updates, rel=1e-12)


def test_random_rate_is_the_mean_of_the_draws():
    problem = reading_problem(preset_reading(), 0.5)
    drawn = random_allocation(problem, rng=np.random.default_rng(0), n_draws=4000)
    duration = problem.n_blocks * problem.block_duration
    error = drawn.rate_std / np.sqrt(4000) / duration
    assert abs(random_rate(problem) - drawn.rate / duration) < 4.0 * error


def test_search_of_a_branch_is_reproducible_and_sorted():
    first, again = (search_branch(9, samples=24, steps=4) for _ in range(2))
    assert first == again
    found = [Found.from_dict(f) for f in first["front"]]
    assert front(found) == found


def test_search_keeps_the_closest_by_each_criterion():
    result = open_parameters(lambda b: search_branch(b, samples=40, steps=6), range(8, 12))
    closest = result.best["distance"].outcome.distance
    assert all(closest <= f.outcome.distance for f in result.best.values())
    assert result.closest(crb_exponent=2).reading.crb_exponent == 2
    with pytest.raises(ValueError, match="no feasible reading"):
        result.closest(crb_exponent=3)


@pytest.mark.parametrize("draw", [figure_3, figure_4, figure_5])
def test_figures_survive_json(draw):
    figure = draw({"preset": preset_reading()})
    assert figure_from_dict(figure_to_dict(figure)) == figure
    assert all(line.y for line in figure.panels[0].lines)


def test_infeasible_requirements_leave_gaps():
    reading = replace(Reading(), rmse_deg=0.05, angles_deg=EVEN_ANGLES_DEG)
    lines = figure_3({"constant gain": reading}).panels[0].lines
    assert lines[0].y[0] is None
    assert lines[0].y[-1] is not None


def test_rate_never_rises_in_sensing_where_the_model_holds():
    figure = figure_5({"preset": preset_reading()}, mismatched=True)
    seven, mismatched = figure.panels[0].lines[0], figure.panels[0].lines[3]
    assert np.argmax([-1.0 if y is None else y for y in seven.y]) == 0
    peak = int(np.argmax([-1.0 if y is None else y for y in mismatched.y]))
    assert mismatched.x[peak] < seven.x[0]
