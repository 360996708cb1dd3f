from dataclasses import replace

import msgspec
import numpy as np
import pytest

from isacplan.array import uniform_linear
from isacplan.errors import InfeasibleError
from isacplan.report import SimulationReport, simulation_text, split_report
from isacplan.results import to_json
from isacplan.scenario import Question, load_scenario
from isacplan.sensing import linear_array_angle_crb
from isacplan.sensing.ofdm_estimators import angle_delay_estimate
from isacplan.simulate import (
    Backend,
    Outcome,
    checks,
    jackknife_interval,
    run,
    split_simulation,
)
from isacplan.simulate.downlink import Downlink
from isacplan.simulate.intervals import Interval
from isacplan.simulate.localization import ReferenceSignal, band_tones, comb_tones
from isacplan.split import SPLITS, learned_gain_rate

PAPER, HALL = load_scenario("gao2024"), load_scenario("indoor")


def reference(**changes):
    values = {
        "n_antennas": 8,
        "spacing": 0.5,
        "angle": 0.3,
        "distance": 100.0,
        "snr": 1000.0,
        "tones": band_tones(20e6, 48),
        "known_phase": False,
    }
    return ReferenceSignal(**(values | changes))


@pytest.mark.parametrize("known_phase", [True, False])
def test_without_noise_the_estimate_is_exact(known_phase):
    n, f = np.arange(8), (np.arange(48) - 23.5) * 4e5
    theta, tau = -0.7, 3.21e-7
    phase = 0.0 if known_phase else 2.0
    Y = np.exp(1j * (phase - np.pi * np.sin(theta) * n[:, None] - 2.0 * np.pi * f * tau))
    angle, delay = angle_delay_estimate(Y, tone_spacing=4e5, known_phase=known_phase)
    assert angle == pytest.approx(theta, abs=1e-9)
    assert delay == pytest.approx(tau, rel=1e-8)


def test_delays_are_searched_where_told():
    f = (np.arange(32) - 15.5) * 1e6
    Y = np.ones((4, 1)) * np.exp(-2j * np.pi * f * 3e-7)
    _, near = angle_delay_estimate(Y, tone_spacing=1e6, largest_delay=1e-7)
    assert abs(near) <= 1.2e-7


@pytest.mark.parametrize("known_phase", [True, False])
def test_errors_follow_their_expansion_at_high_snr(known_phase):
    signal = reference(known_phase=known_phase, snr=1e6)
    found, expanded = signal.squared_errors(np.random.SeedSequence(1), 200, Backend())
    # What the expansion leaves out is of second order: below 2 % of the bound at this SNR.
    assert np.allclose(
        np.sqrt(found), np.sqrt(expanded), atol=0.02 * np.sqrt(signal.bounds)[:, None]
    )


@pytest.mark.parametrize("known_phase", [True, False])
def test_expansions_have_the_bounds_as_their_mean(known_phase):
    signal = reference(known_phase=known_phase)
    _, expanded = signal.squared_errors(np.random.SeedSequence(2), 4000, Backend())
    assert np.all(np.abs(expanded.mean(axis=1) / signal.bounds - 1.0) < 4.0 * np.sqrt(2.0 / 4000))
    phase = "known_phase" if known_phase else "unknown_phase"
    closed = linear_array_angle_crb(0.3, n_antennas=8, snr=1000.0, n_symbols=1.0, phase=phase)
    assert signal.bounds[0] == pytest.approx(float(closed), rel=1e-9)
    assert uniform_linear(8).n_elements == signal.n_antennas


def test_a_comb_is_drawn_tone_by_tone():
    # Three symbols of the staggered comb 4: offsets 0, 2, 1 of 48 sub-carriers.
    tones = comb_tones(15e3, 48, spacing=4, n_offsets=4, n_symbols=3)
    assert tones.spacing == 15e3
    assert tones.energy.sum() == pytest.approx(1.0, rel=1e-12)
    assert np.flatnonzero(tones.energy).tolist() == [m for m in range(48) if m % 4 != 3]
    assert comb_tones(15e3, 48, spacing=12, n_offsets=1, n_symbols=5).spacing == 180e3
    # Two of three symbols on the first offset: twice the energy.
    uneven = comb_tones(15e3, 48, spacing=4, n_offsets=2, n_symbols=3)
    assert uneven.spacing == 30e3
    assert uneven.energy[:2] == pytest.approx([2 / 36, 1 / 36], rel=1e-12)


def test_a_wide_comb_is_drawn_as_it_is_or_not_at_all():
    # 273 elements of 12 sub-carriers of 30 kHz: tones 360 kHz apart, and no others.
    tones = comb_tones(30e3, 3276, spacing=12, n_offsets=1, n_symbols=5)
    assert tones.spacing == 360e3
    assert tones.energy == pytest.approx(np.full(273, 1 / 273), rel=1e-12)
    with pytest.raises(ValueError, match="a comb of 6648 tones; at most 4096 are drawn"):
        comb_tones(15e3, 6648, spacing=2, n_offsets=2, n_symbols=4)


def test_the_comb_that_is_planned_is_drawn():
    designs = split_simulation(HALL, splits=("comb",))
    state = designs.experiment.states[0]
    assert {x.n_tones for u in state.signals for x in u.links} == {273}
    assert {x.tones.spacing for u in state.signals for x in u.links} == {360e3}


def test_a_comb_of_too_many_tones_is_left_out_and_said():
    # 273 elements of 24 sub-carriers, every second of them, and the others in turn.
    split = msgspec.structs.replace(
        HALL.split, subcarriers_per_element=24, comb_spacings=(2,), range_window_m=15e3
    )
    wide, question = msgspec.structs.replace(HALL, split=split), Question(capacity_loss=0.3)
    found = split_simulation(wide, question=question)
    assert found.settings["comb_split_left_out"].startswith("a comb of 6552 tones")
    assert [state.name for state in found.experiment.states] == ["time", "frequency", "joint"]
    ones = np.ones(len(found.quantities))
    done = Outcome(
        interval=Interval(estimate=ones, low=ones, high=ones),
        trials=2048,
        precision=0.02,
        stopped_by="precision",
    )
    report = SimulationReport(simulation=found, outcome=done, scenario=wide)
    assert "comb_split_left_out" in simulation_text(report)
    assert "a comb of 6552 tones; at most 4096 are drawn" in simulation_text(report)
    assert "a comb of 6552 tones" in str(to_json(report.record()))
    with pytest.raises(ValueError, match="nothing to simulate: a comb of 6552 tones"):
        split_simulation(wide, question=question, splits=("comb",))


@pytest.mark.parametrize("known_phase", [True, False])
@pytest.mark.parametrize("n_symbols", [1, 3, 4])
def test_a_comb_reaches_its_bound(known_phase, n_symbols):
    tones = comb_tones(15e3, 96, spacing=4, n_offsets=4, n_symbols=n_symbols)
    signal = reference(tones=tones, known_phase=known_phase, snr=1e4)
    found, expanded = signal.squared_errors(np.random.SeedSequence(5), 2000, Backend())
    assert np.all(np.abs(expanded.mean(axis=1) / signal.bounds - 1.0) < 4.0 * np.sqrt(2.0 / 2000))
    assert np.all(np.abs(found.mean(axis=1) / signal.bounds - 1.0) < 4.2 * np.sqrt(2.0 / 2000))


def test_errors_leave_the_bound_below_the_threshold():
    signal = reference(snr=0.5)
    found, _ = signal.squared_errors(np.random.SeedSequence(3), 500, Backend())
    assert np.all(found.mean(axis=1) > 3.0 * signal.bounds)


def test_downlink_efficiency_is_the_formula():
    from isacplan.split.training import data_rate

    link = Downlink(
        n_antennas=4,
        pilot_energy=np.array([3.0, 0.7]),
        snr=np.array([5.0, 20.0]),
        share=np.array([0.65, 0.35]),
    )
    blocks = np.array(
        [link.statistics(np.random.SeedSequence(i), 400, Backend()) for i in range(400)]
    )
    found = jackknife_interval(
        blocks, lambda m: link.efficiency(m[..., :2], m[..., 2:4]), confidence=0.9999
    )
    formula = data_rate(
        pilot_energy=link.pilot_energy, n_antennas=4, downlink_snr=link.snr, power_share=link.share
    )
    assert np.all((found.low <= formula) & (formula <= found.high))
    assert np.all(found.high - found.low < 0.04 * formula)
    learned, known = blocks[:, 4:6].mean(axis=0), blocks[:, 6:].mean(axis=0)
    assert np.all(known > learned)
    assert np.all(learned > formula)
    gamma_law = learned_gain_rate(
        pilot_energy=link.pilot_energy, n_antennas=4, downlink_snr=link.snr, power_share=link.share
    )
    deviation = blocks[:, 4:6].std(axis=0) / 20.0
    assert np.all(np.abs(learned - gamma_law) < 4.0 * deviation)
    assert np.all(deviation < 2e-3 * gamma_law)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [PAPER, HALL], ids=["paper", "hall"])
def test_bounds_are_met_and_capacities_hold(scenario):
    simulation = split_simulation(scenario, seed=4)
    rows = checks(simulation, run(simulation.experiment, precision=0.05))
    users = scenario.users or [None]
    per_user = 6 if scenario is PAPER else 7
    assert len(rows) == per_user * len(users) * len(simulation.experiment.states)
    # Squares have controls: chance and their excess over the bound together stay within 3 %.
    for row in rows:
        if row.quantity.name.endswith("_mse"):
            assert row.estimate == pytest.approx(row.quantity.formulas["exact"], rel=0.03)
        if row.quantity.name.endswith("capacity_mean_gain"):
            assert row.estimate == pytest.approx(row.formula, rel=0.1)


@pytest.mark.parametrize("scenario", [PAPER, HALL], ids=["paper", "hall"])
@pytest.mark.parametrize(
    "question", [None, Question(capacity_loss=0.3), Question(crb_loss=3.0)], ids=str
)
def test_the_designs_that_are_printed_are_simulated(scenario, question):
    printed = split_report(scenario, question=question).to_json()["splits"]
    simulation = split_simulation(scenario, question=question)
    settings, states = simulation.settings, simulation.experiment.states
    assert [state.name for state in states] == [name for name in SPLITS if printed[name]]
    for state in states:
        own = printed[state.name]
        assert settings[f"{state.name}_split_elements"] == own["elements"]
        assert settings[f"{state.name}_split_symbols"] == own["symbols"]
        for signal, user in zip(state.signals, own["users"], strict=True):
            if own["spacing"] == 1:
                tones = signal.links[0].tones
                width = tones.spacing * len(tones.energy)
                assert width == pytest.approx(own["bandwidth_hz"])
            assert signal.links[0].distance == pytest.approx(user["distance_m"], rel=1e-12)
    sent = {q.name: q.formulas["scenario"] for q in simulation.quantities if q.user == "0"}
    for name in [state.name for state in states]:
        first = printed[name]["users"][0]
        assert sent[f"{name}_split.position_mse"] == first["crb_m2"]
        assert sent[f"{name}_split.capacity_mean_gain"] == first["capacity_bps"]


def test_data_of_every_part_of_the_rest_is_simulated():
    # Giving a fifth of the capacity away, the joint split leaves boosted and unboosted symbols
    # beside localization's band and symbols within it.
    (state,) = split_simulation(
        HALL, question=Question(capacity_loss=0.2), splits=("joint",)
    ).experiment.states
    assert len(state.downlinks) == 3
    boosted, beside, within = state.downlinks
    assert np.all(boosted.snr > beside.snr)
    assert np.array_equal(boosted.pilot_energy, beside.pilot_energy)
    assert np.array_equal(beside.snr, within.snr)


def test_nothing_is_simulated_where_nothing_is_sent():
    simulation = split_simulation(PAPER, question=Question(crb_loss=1.0))
    assert {q.name.split(".")[1] for q in simulation.quantities} == {
        "angle_mse",
        "delay_mse",
        "position_mse",
    }
    assert len(simulation.experiment.block(0)) == 3 * 7


def test_a_split_that_cannot_reach_the_point_is_not_simulated():
    strict = Question(capacity_loss=0.0004)
    names = [s.name for s in split_simulation(PAPER, question=strict).experiment.states]
    assert names == ["joint"]
    with pytest.raises(InfeasibleError, match="the time split cannot reach a capacity loss"):
        split_simulation(PAPER, question=strict, splits=("time",))


def test_the_papers_delay_bound_is_out_of_reach_of_a_flat_spectrum():
    rows = {q.name: q.formulas for q in split_simulation(PAPER).quantities}
    delay = rows["time_split.delay_mse"]
    # Tones at the centres of sub-carriers spread by a part in 10^6 less than a flat band.
    assert delay["exact"] / delay["scenario"] == pytest.approx(8.0, rel=1e-3)
    flat = msgspec.structs.replace(
        PAPER, split=msgspec.structs.replace(PAPER.split, delay_bound="flat_spectrum")
    )
    delay = {q.name: q.formulas for q in split_simulation(flat).quantities}["time_split.delay_mse"]
    assert delay["exact"] / delay["scenario"] == pytest.approx(1.0, rel=1e-3)


def test_blocks_are_reproducible_and_differ():
    e = split_simulation(PAPER, seed=1).experiment
    assert e.block(2).tobytes() == e.block(2).tobytes()
    assert e.block(2).tobytes() != e.block(3).tobytes()
    assert replace(e, seed=2).block(2).tobytes() != e.block(2).tobytes()
