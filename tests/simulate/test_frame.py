"""The three depths of the frame simulation against formulas and against plain sampling."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from isacplan.comm import sinr
from isacplan.scenario import (
    frame_problem,
    load_scenario,
    scenario_from_dict,
    scenario_to_dict,
)
from isacplan.scenario.load import PRESETS
from isacplan.scenario.transmission import Transmission
from isacplan.simulate import Backend, checks, frame_simulation, jackknife_interval, run
from isacplan.simulate.end_to_end import CALIBRATION_BLOCKS
from isacplan.simulate.workers import serial_results

PAPER = load_scenario("bai2024")


def papers_scheme(name):
    """A preset with the paper's beams and receivers."""
    return msgspec.structs.replace(load_scenario(name), transmission=Transmission())


STREET = papers_scheme("street")


def small(**changes):
    """Two users, four antennas, wide scattering: nothing is nearly singular."""
    values = {
        "kind": "frame",
        "frame": {
            "n_blocks": 6,
            "symbols_per_block": 70,
            "symbols_per_update": 9,
            "symbol_duration_s": 1e-6,
        },
        "array": {"n_tx": 4, "n_rx": 4},
        "channel": {"angular_density": "uniform", "half_width_deg": 20.0},
        "aging": {"model": "geometric", "rho": 0.9},
        "users": [
            {"angle_deg": -20.0, "snr_db": 4.0, "pilot_snr_db": -10.5, "sensing_snr_db": -12.0},
            {"angle_deg": 30.0, "snr_db": 0.0, "pilot_snr_db": -7.5, "sensing_snr_db": -9.0},
        ],
    }
    return scenario_from_dict(values | changes)


def plain_additive(scenario, duration, *, n, seed):
    """Everything drawn, block by block, nothing integrated: signals of n trials."""
    problem, rng = frame_problem(scenario), np.random.default_rng(seed)
    know, crb = problem.knowledge, problem.crb(duration)
    K, L = know.steering_derivative.shape

    def normal(covariance):
        lam, V = np.linalg.eigh(covariance)
        root = V * np.sqrt(np.maximum(lam, 0.0))
        return rng.normal(size=(n, 2 * L)).view(complex) @ root.T * np.sqrt(0.5)

    h, estimate = [], []
    for R, v, c, gamma in zip(
        know.spatial_correlation, know.steering_derivative, crb, know.pilot_snr, strict=True
    ):
        error = c * np.outer(v, v.conj())
        R_hat = R - error
        known = normal(R_hat)
        y = known + normal(np.eye(L) / gamma)
        estimate.append(y @ (R_hat @ np.linalg.inv(R_hat + np.eye(L) / gamma)).T)
        h.append(known + normal(error))
    found = np.empty((K, problem.n_blocks))
    norm = [np.mean(np.sum(np.abs(x) ** 2, axis=1)) for x in estimate]
    for b in range(problem.n_blocks):
        for k, R in enumerate(know.spatial_correlation):
            rho = problem.temporal_correlation[k, b]
            now = rho * h[k] + np.sqrt(1.0 - rho**2) * normal(R)
            g = [np.sum(now.conj() * x, axis=1) for x in estimate]
            scale = know.snr[k] * know.power / know.power[k] / norm
            # (22) counts the user's own beam as independent of its channel (erratum A9).
            powers = [np.mean(np.abs(x) ** 2) for x in g]
            powers[k] -= np.abs(np.mean(g[k])) ** 2
            found[k, b] = scale[k] * np.abs(np.mean(g[k])) ** 2 / (1.0 + scale @ powers)
    return found


@pytest.mark.parametrize("sampling", ["quasi", "pseudo"])
def test_plain_sampling_and_formula_agree_with_the_additive_simulation(sampling):
    scenario, duration = small(), 2e-4
    simulation = frame_simulation(scenario, sensing_duration=duration, sampling=sampling)
    found = run(simulation.experiment, precision=0.01).interval
    formula = simulation.experiment.formula
    # Rows share draws: twice the half-width is four standard errors of all of them together.
    assert np.all(np.abs(found.estimate - formula) < found.high - found.low)
    assert np.all(found.high - found.low < 0.02 * formula)
    # Two of the half-widths asked for.
    assert np.allclose(found.estimate, formula, rtol=0.02)
    runs = np.array([plain_additive(scenario, duration, n=20000, seed=i).ravel() for i in range(8)])
    error = runs.std(axis=0, ddof=1) / np.sqrt(8.0)
    assert np.all(np.abs(runs.mean(axis=0) - found.estimate) < 6.0 * error + 0.01 * formula)
    assert np.all(error < 0.01 * formula)


@pytest.mark.parametrize("sampling", ["quasi", "pseudo"])
@pytest.mark.parametrize("depth", ["additive", "mismatched"])
def test_estimates_are_unbiased(depth, sampling):
    simulation = frame_simulation(
        small(),
        depth=depth,
        sensing_duration=2e-4,
        sampling=sampling,
        backend=Backend(dtype="double"),
    )
    groups = np.array([simulation.experiment.block(i) for i in range(600)])
    found = jackknife_interval(groups, simulation.experiment.estimate, confidence=0.9999)
    formula = simulation.experiment.formula
    assert np.all((found.low <= formula) & (formula <= found.high))
    assert np.max((found.high - found.low) / formula) < 0.08


@pytest.mark.parametrize("name", ["bai2024", "street", "munich"])
def test_the_presets_own_formulas_lie_inside(name):
    simulation = frame_simulation(papers_scheme(name), seed=4)
    rows = checks(simulation, run(simulation.experiment, precision=0.02))
    # All users share their draws, so they stand and fall together: four standard errors.
    error = np.array([(row.high - row.low) / 2.0 / 1.96 for row in rows])
    off = np.array([row.estimate - row.formula for row in rows])
    assert np.all(np.abs(off) <= 4.0 * error)
    assert all(abs(row.estimate / row.formula - 1.0) < 0.04 for row in rows)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("depth", ["additive", "mismatched"])
def test_coverage_of_the_table_is_nominal(depth):
    base = frame_simulation(small(), depth=depth, sensing_duration=2e-4).experiment
    formula, hits = base.formula, np.zeros(base.formula.size)
    for seed in range(400):
        found = run(replace(base, seed=seed), precision=0.03).interval
        hits += (found.low <= formula) & (formula <= found.high)
    # Most runs end at the first look, whose intervals are wider than Student's to be honest.
    assert np.all(hits >= 0.92 * 400), hits
    assert 0.945 * 400 <= np.mean(hits) <= 0.98 * 400, hits


@pytest.mark.slow
def test_quasi_random_points_pay():
    trials = {}
    for sampling in ("quasi", "pseudo"):
        simulation = frame_simulation(PAPER, sampling=sampling)
        trials[sampling] = run(simulation.experiment, precision=0.001).trials
    assert trials["pseudo"] > 2.0 * trials["quasi"]


@pytest.fixture(scope="module")
def paper_frames():
    simulation = frame_simulation(PAPER, depth="end-to-end", seed=1)
    values = [x for _, x in serial_results(simulation.experiment, iter(range(60)))]
    blocks = np.concatenate(values)
    return simulation, blocks


def test_controls_have_the_expectations_they_are_given(paper_frames):
    e, blocks = paper_frames[0].experiment, paper_frames[1]
    size, K = e.layout.beam_size, e.scene.n_users
    control = blocks[:, K + size : K + 2 * size]
    error = control.std(axis=0, ddof=1) / np.sqrt(len(control))
    deviation = np.abs(control.mean(axis=0) - e._control_means)
    assert np.all(deviation <= 4.5 * error + 1e-6)


def test_controls_do_not_move_the_mean(paper_frames):
    e, blocks = paper_frames[0].experiment, paper_frames[1]
    with_them = jackknife_interval(e.adjusted(blocks), e.estimate)
    without = jackknife_interval(blocks, e.estimate)
    sinr_rows = np.array([q.name == "sinr" for q in paper_frames[0].quantities])
    half = (without.high - without.low)[sinr_rows] / 2.0
    shift = np.abs(with_them.estimate - without.estimate)[sinr_rows]
    assert np.all(shift < 2.5 * half)
    assert np.all((with_them.high - with_them.low)[sinr_rows] < 0.2 * 2.0 * half)


@pytest.mark.slow
def test_end_to_end_confirms_the_mismatched_model_where_the_estimator_meets_its_bound():
    loud = msgspec.structs.replace(
        PAPER,
        users=[
            msgspec.structs.replace(u, sensing_snr_db=u.sensing_snr_db + 3.0) for u in PAPER.users
        ],
    )
    simulation = frame_simulation(loud, depth="end-to-end", sensing_duration=2.8e-4, seed=2)
    rows = checks(simulation, run(simulation.experiment, precision=0.05))
    # SINRs have controls that leave a part in a thousand; squares two of the half-widths asked for.
    for row in rows:
        if row.quantity.name == "sinr":
            assert row.estimate == pytest.approx(row.quantity.formulas["mismatched"], rel=1e-3)
        if row.quantity.name == "angle_mse":
            assert row.estimate == pytest.approx(row.formula, rel=0.1)
        if row.quantity.name == "efficiency_learned_gain":
            assert row.estimate > 1.5 * row.formula


@pytest.mark.parametrize("scenario", [PAPER, STREET], ids=["geometric", "jakes"])
def test_channels_are_continuous_over_the_frame(scenario):
    simulation = frame_simulation(scenario, depth="end-to-end", sensing_duration=6e-4)
    e = simulation.experiment
    k = 3
    seeds = [np.random.SeedSequence(5, spawn_key=(i,)) for i in range(12)]
    draws = [e._channels.drawn(k, s, s.spawn(1)[0], e.trials_per_block)[0] for s in seeds]
    h = np.concatenate(draws, axis=1)
    T = h.shape[0]
    measured = np.einsum("tbl,sbl->ts", h.conj(), h) / h.shape[1]
    rho = e.scene.temporal_correlation[k]
    lag = np.abs(np.subtract.outer(np.arange(T), np.arange(T)))
    # The link's table starts at the first lag.
    by_lag = np.concatenate([[1.0], rho])[:T] if e.scene.first_lag == 1 else rho[:T]
    error = 4.5 / np.sqrt(h.shape[1])
    assert np.max(np.abs(measured - by_lag[lag])) < error
    covariance = np.einsum("bl,bm->lm", h[4], h[4].conj()) / h.shape[1]
    assert np.max(np.abs(covariance - e.scene.true_correlation[k])) < error / 2.0


def test_an_update_sees_the_channel_one_lag_before_its_first_block():
    for first_lag in (0, 1):
        scenario = small(aging={"model": "geometric", "rho": 0.7, "first_lag": first_lag})
        e = frame_simulation(scenario, depth="end-to-end", sensing_duration=2e-4).experiment
        loud = replace(e, scene=replace(e.scene, pilot_snr=np.full(2, 1e12)))
        seed = np.random.SeedSequence(1)
        h, pilots = loud._channels.drawn(0, seed, seed.spawn(1)[0], loud.trials_per_block)
        starts = np.cumsum((0, *e.timing.blocks_per_update[:-1]))
        if first_lag == 0:
            assert np.allclose(pilots, h[starts], atol=1e-5)
        else:
            assert np.allclose(pilots[1:], h[starts[1:] - 1], atol=1e-5)


def test_the_table_of_quantities_matches_the_estimates(paper_frames):
    simulation, blocks = paper_frames
    e = simulation.experiment
    found = e.estimate(blocks.mean(axis=0))
    assert len(simulation.quantities) == found.size == e.decisive.size
    crb = frame_problem(PAPER).crb(e.timing.sensing_duration)
    formula = sinr(e.scene.additive.terms(crb), e.scene.temporal_correlation)
    assert simulation.quantities[5].formulas["additive"] == pytest.approx(formula[0, 0])


def test_the_design_can_be_given():
    given = frame_simulation(PAPER, sensing_duration=5e-4)
    assert given.settings["sensing_duration_s"] == 5e-4
    assert sum(given.settings["blocks_per_update"]) == 35 - 7
    with pytest.raises(ValueError, match="below the frame's"):
        frame_simulation(PAPER, sensing_duration=1.0)


def test_streams_depend_on_the_content_of_a_paths_file(tmp_path):
    traced, keys = papers_scheme("munich"), []
    text = (PRESETS / traced.users_paths.file).read_text()
    for content in (text, text.rstrip() + "\n\n", text.replace(",-75.063,", ",-75.064,")):
        file = tmp_path / "paths.csv"
        file.write_text(content)
        given = msgspec.structs.replace(traced.users_paths, file=str(file))
        moved = msgspec.structs.replace(traced, users_paths=given)
        keys.append(frame_simulation(moved, sensing_duration=2e-3).experiment.key)
    assert keys[0] == keys[1]
    assert keys[1] != keys[2]


@pytest.mark.slow
def test_chance_errors_of_the_receivers_calibration_are_negligible():
    # No interval of a learned rate counts them, so they must be far below what blocks show.
    base = frame_simulation(PAPER, depth="end-to-end", sensing_duration=2.8e-4).experiment
    calibrated, plain = [], []
    for seed in range(8):
        e = replace(base, seed=seed)
        calibrated.append(e.receiver.mean)
        blocks = [e._frames("calibration", i)[0] for i in range(CALIBRATION_BLOCKS)]
        plain.append(e._mean_gain.parts(np.mean(blocks, axis=0))[0])
    assert np.mean(np.std(calibrated, axis=0)) < 0.1 * np.mean(np.std(plain, axis=0))


def test_streams_depend_on_the_scenario_but_not_on_its_name():
    renamed = msgspec.structs.replace(PAPER, name="other")
    moved = scenario_from_dict(
        scenario_to_dict(PAPER) | {"aging": {"model": "geometric", "rho": 0.97}}
    )
    key = frame_simulation(PAPER, sensing_duration=5e-4).experiment.key
    assert frame_simulation(renamed, sensing_duration=5e-4).experiment.key == key
    assert frame_simulation(moved, sensing_duration=5e-4).experiment.key != key
