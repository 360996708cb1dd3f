from itertools import product

import numpy as np
import pytest

from isacplan.errors import InfeasibleError
from isacplan.frame import optimal_frame, summed_efficiency
from isacplan.nr.information_elements import comb_and_shift, frame_elements, prs_blocks
from isacplan.nr.legal_frame import FrameSettings, legal_frame
from isacplan.nr.tables import table
from isacplan.plot.resource_grid import DATA, GUARD, PILOT, SENSING, UPDATE, frame_grid
from isacplan.report.legal import legal_report, stated_bandwidth, stated_carrier
from isacplan.scenario import frame_problem, load_scenario


@pytest.fixture(scope="module")
def report(scenario):
    return legal_report(scenario())


def carried(problem, s):
    """Rate of settings, slot by slot and symbol by symbol; minus infinity where not legal."""
    n = problem.n_blocks
    if s.prs_symbols + s.guard_symbols + s.srs_symbols > 14 or s.prs_repetition >= n:
        return -np.inf
    T = s.prs_symbols * s.prs_repetition * problem.symbol_duration
    if np.any(problem.error_law.mean_square(T) > problem.crb_limit):
        return -np.inf
    if np.any(problem.shortest_valid_duration > T):
        return -np.inf
    phi = summed_efficiency(problem, np.array([T]))[0]
    total, age = 0.0, 0
    for slot in range(s.prs_repetition, n):
        since = slot - s.prs_repetition
        age = 0 if since % s.srs_period == 0 else age + 1
        total += problem.block_duration * phi[age]
    uplinks = [slot for slot in range(s.prs_repetition - 1, n)
               if (slot - s.prs_repetition + 1) % s.tdd_period == 0]  # fmt: skip
    lost = (s.srs_symbols + s.guard_symbols) * problem.symbol_duration
    return total - len(uplinks) * lost * phi[0]


@pytest.mark.parametrize("guard", [1, 3])
def test_exhaustion_over_everything_finds_nothing_better(scenario, guard):
    def problem_for(symbols):
        return frame_problem(scenario(symbols_per_update=symbols))

    found = legal_frame(problem_for, numerology=1, guard_symbols=guard, release=17)
    best = -np.inf
    for symbols in (1, 2, 4, 8, 10):
        problem = problem_for(symbols)
        for tdd, multiple, prs, times in product(
            (1, 2, 4, 5, 8, 10, 20), range(1, 41), (2, 4, 6, 12), (1, 2, 4, 6, 8, 16, 32)
        ):
            period = tdd * multiple
            if 40 % period or period not in (1, 2, 4, 5, 8, 10, 20, 40):
                continue
            s = FrameSettings(
                tdd_period=tdd, srs_period=period, srs_symbols=symbols, guard_symbols=guard,
                prs_symbols=prs, prs_repetition=times,
            )  # fmt: skip
            best = max(best, carried(problem, s))
    assert found.rate == pytest.approx(best, rel=1e-12)
    assert carried(found.problem, found.settings) == pytest.approx(found.rate, rel=1e-12)
    assert max(found.by_period.values()) == found.rate


def test_legality_costs_something(report):
    f = report.frame
    assert 0.0 < f.price < 1.0
    assert f.rate <= optimal_frame(f.problem).upper_bound
    assert f.rate <= f.unconstrained.upper_bound
    assert f.sensing_duration >= f.problem.sensing_range()[0]
    assert sum(f.blocks_per_update) + f.settings.prs_repetition == 40


def test_grid_holds_what_was_charged(report):
    f, s = report.frame, report.frame.settings
    grid = frame_grid(f)
    assert grid.shape == (40, 14)
    assert np.sum(grid == SENSING) == s.sensing_symbols
    # An update in the frame's last slot serves nobody, but the terminals send it.
    last = (40 - s.prs_repetition) % s.srs_period == 0
    assert np.sum(grid == UPDATE) == (len(f.blocks_per_update) + last) * s.srs_symbols
    assert np.sum(grid == GUARD) == s.n_uplink(40) * s.guard_symbols
    # DM-RS stands in symbol 2 of every slot of data.
    assert np.all(grid[s.prs_repetition :, 2] == PILOT)
    assert np.all(grid[s.prs_repetition :, 0] == DATA)


def test_elements_say_what_was_chosen(report):
    f, s = report.frame, report.frame.settings
    n_blocks = report.n_blocks
    ies = frame_elements(f, ("a", "b", "c"), numerology=1, n_blocks=n_blocks)
    pattern = ies["tdd-UL-DL-ConfigurationCommon"]["pattern1"]
    assert pattern["nrofUplinkSymbols"] == s.srs_symbols
    symbols = pattern["nrofDownlinkSymbols"] + pattern["nrofUplinkSymbols"] + s.guard_symbols
    assert symbols == 14
    offsets = set()
    for sounding in ies["SRS-Config"].values():
        ((period, slot),) = sounding["resourceType"]["periodic"]["periodicityAndOffset-p"].items()
        assert period == f"sl{s.srs_period}"
        assert 0 <= (slot or 0) < s.srs_period
        comb = sounding["transmissionComb"]["n2"]
        offsets.add((comb["combOffset-n2"], comb["cyclicShift-n2"]))
        blocks = table("srs")["bandwidth"]["blocks"][sounding["freqHopping"]["c-SRS"]]
        assert blocks <= n_blocks
    assert len(offsets) == 3
    signal = ies["NR-DL-PRS-ResourceSet-r16"]
    ((period, start),) = signal["dl-PRS-Periodicity-and-ResourceSetSlotOffset-r16"][
        "scs30-r16"
    ].items()
    assert period == "n40-r16"
    # The update stands in the last slot of a pattern, where sensing ends.
    assert (start + s.prs_repetition) % s.tdd_period == 0
    assert (start + s.prs_repetition - 1 - (slot or 0)) % s.srs_period == 0
    assert start + s.prs_repetition <= 40
    layer = ies["NR-DL-PRS-PositioningFrequencyLayer-r16"]
    assert 24 + 4 * (layer["dl-PRS-ResourceBandwidth-r16"] - 1) == prs_blocks(n_blocks) == 48


@pytest.mark.parametrize("n_users", [1, 2, 3, 5, 16, 17, 48])
def test_no_two_users_share_comb_and_shift(n_users):
    places = {comb_and_shift(user, n_users) for user in range(n_users)}
    assert len(places) == n_users
    for comb, offset, shift in places:
        assert 0 <= offset < comb
        assert 0 <= shift < table("srs")["shifts"][str(comb)]


def test_illegal_scenarios_are_refused_with_the_nearest_legal_value(scenario):
    for frame, message in (
        ({"symbol_duration_s": 1e-6}, "nearest is 4.4643e-06 s, 240 kHz"),
        ({"symbols_per_block": 12}, "slot of 14 symbols"),
        ({"n_blocks": 35}, "nearest is 32 slots"),
    ):
        with pytest.raises(ValueError, match=message):
            legal_report(scenario(**frame))
    with pytest.raises(ValueError, match="nearest is 25 MHz"):
        legal_report(scenario(), bandwidth=24e6)
    with pytest.raises(ValueError, match="needs 24"):
        prs_blocks(11)
    with pytest.raises(ValueError, match="guard_symbols"):
        legal_report(scenario(), guard_symbols=12)
    with pytest.raises(ValueError, match="at most 48"):
        comb_and_shift(0, 49)


def test_accuracy_out_of_legal_reach_is_infeasible(scenario):
    from msgspec.structs import replace

    stated = scenario()
    # 39.5 of 40 slots would do, but whole repetitions stop at 32.
    problem = frame_problem(stated)
    nearly = float(np.max(problem.error_law.mean_square(39.5 * problem.block_duration))) ** 0.5
    tight = replace(
        stated,
        sensing=replace(stated.sensing, angle_rmse_limit_deg=float(np.degrees(nearly)) * 1.001),
    )
    assert frame_problem(tight).sensing_range()[0] < 40 * problem.block_duration
    with pytest.raises(InfeasibleError, match="longest reaches"):
        legal_report(tight)


@pytest.mark.slow
def test_sampled_beams_and_receivers_are_configured_too(scenario):
    from msgspec.structs import replace

    from isacplan.scenario.transmission import Transmission

    stated = scenario()
    radio = Transmission(precoder="rzf", receiver="learned_gain", precoded_pilots=2)
    report = legal_report(replace(stated, transmission=radio), seed=5)
    f = report.frame
    assert f.unconstrained.certificate == "sampled"
    assert 0.0 < f.price < 1.0
    assert f.rate <= f.unconstrained.upper_bound
    values = report.to_json()
    assert values["configuration"]["DMRS-DownlinkConfig"]["positions"] == [2, 11]
    assert values["seed"] == 5
    assert max(values["rmse_deg"]) <= stated.sensing.angle_rmse_limit_deg


def test_bandwidth_and_carrier_are_those_that_the_scenario_states(scenario):
    street, munich = load_scenario("street"), load_scenario("munich")
    assert [stated_bandwidth(s) for s in (street, munich, scenario())] == [100e6, 20e6, None]
    assert [stated_carrier(s) for s in (street, munich, scenario())] == [3.5e9] * 3
