import json

import numpy as np
import pytest

from isacplan.cli.run import run as command
from isacplan.nr.signals import tones
from isacplan.nr.split_rate import data_parts
from isacplan.report.legal_simulated import LegalSimulation
from isacplan.report.legal_split import legal_split_report
from isacplan.simulate import checks, run
from isacplan.simulate.legal_draws import legal_split_simulation, legal_tones
from isacplan.split.model import user_capacities


@pytest.fixture(scope="module", params=["density", "power", "uplink"])
def planned(request, square):
    changes = {
        "density": {},
        "power": {"snr_bookkeeping": "constant_power", "clock": "synchronised"},
        "uplink": {"localization_direction": "uplink"},
    }[request.param]
    return legal_split_report(square(bandwidth_hz=10e6, **changes))


def test_what_is_drawn_are_the_tones_that_are_sent(planned):
    f = planned.split
    s = f.settings
    drawn = legal_tones(f)
    sent = np.concatenate(tones(s.kind, s.comb, s.n_symbols, s.n_blocks))
    counts = np.bincount(sent - sent.min())
    step = round(drawn.spacing / f.problem.subcarrier)
    assert np.all(counts[np.arange(len(counts)) % step > 0] == 0)
    assert drawn.energy == pytest.approx(counts[::step] / len(sent), rel=1e-12)
    assert drawn.energy.sum() == pytest.approx(1.0, rel=1e-12)


def test_parts_that_carry_data_carry_what_is_planned(planned):
    f = planned.split
    parts = data_parts(f.problem, f.settings, n_slots=f.n_slots)
    assert user_capacities(f.problem, parts) == pytest.approx(f.user_capacities, rel=1e-12)


def test_bounds_of_the_tones_are_the_planned_ones(planned):
    simulation = legal_split_simulation(planned.split, planned.plan.requirement)
    for quantity in simulation.quantities:
        if quantity.relation == "bound":
            exact = quantity.formulas["exact"]
            assert exact == pytest.approx(quantity.formulas["scenario"], rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("planned", ["density", "uplink"], indirect=True)
def test_draws_confirm_what_is_planned(planned):
    simulation = legal_split_simulation(planned.split, planned.plan.requirement, seed=1)
    outcome = run(simulation.experiment, precision=0.2, max_trials=2048, n_workers=1)
    assert len(simulation.quantities) == outcome.interval.estimate.size
    drawn = LegalSimulation(simulation=simulation, outcome=outcome)
    assert f"{len(legal_tones(planned.split).energy)} tones" in drawn.lines[0]
    assert len(drawn.lines) == 2 + len(drawn.values["quantities"])
    for check in checks(simulation, outcome):
        if check.quantity.relation == "contrast":
            continue
        spread = (check.high - check.low) / 2.0 / 1.96
        wanted = check.quantity.formulas.get("with_outliers", check.formula)
        # Four standard errors; near its threshold the estimate is a little worse than the bound.
        slack = 0.02 * wanted if check.quantity.relation == "bound" else 0.0
        assert abs(check.estimate - wanted) <= 4.0 * spread + slack


@pytest.mark.slow
def test_command_draws_the_legal_design(capsys):
    assert command(["nr", "rural", "--simulate", "--json", "--seed", "3"]) == 0
    values = json.loads(capsys.readouterr().out)
    drawn = values["simulation"]
    assert drawn["comb"] == values["settings"]["comb"]
    assert drawn["tones_drawn"] == 12 * values["settings"]["n_blocks"]
    position = [q for q in drawn["quantities"] if q["quantity"] == "legal.position_mse"]
    bounds = [q["formulas"]["scenario"] for q in position]
    assert bounds == pytest.approx(values["user_crb_m2"], rel=1e-12)
    assert all(
        q["ci_low"] <= b <= 1.02 * q["ci_high"] for q, b in zip(position, bounds, strict=True)
    )


def test_frames_are_simulated_elsewhere(capsys):
    assert command(["nr", "munich", "--simulate"]) == 2
    assert "isacplan simulate munich" in capsys.readouterr().err
