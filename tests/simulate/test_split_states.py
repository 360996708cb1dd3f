"""What the split simulation sends is what was planned, user by user."""

import numpy as np
import pytest

from isacplan.scenario import load_scenario, scenario_from_dict, scenario_to_dict
from isacplan.simulate import Backend, split_simulation


def test_unequal_shares_and_weak_pilots_are_simulated_as_planned():
    values = scenario_to_dict(load_scenario("gao2024"))
    del values["link"], values["requirement"]
    values["split"] |= {"snr_db": -3.0, "snr_bookkeeping": "constant_power", "n_symbols": 40}
    values["users"] = [{"power_share": 0.7}, {"power_share": 0.2}]
    simulation = split_simulation(scenario_from_dict(values), seed=1)
    for state in simulation.experiment.states:
        name = f"{state.name}_split.capacity_mean_gain"
        planned = [q.formulas["scenario"] for q in simulation.quantities if q.name == name]
        found = np.zeros(2)
        for link, bandwidth in zip(state.downlinks, state.bandwidths, strict=True):
            drawn = link.statistics(np.random.SeedSequence(3), 40_000, Backend())
            found += bandwidth * link.efficiency(drawn[:2], drawn[2:4])
        # Drawn within 1 %; reversed shares or another energy of the pilots are further off.
        assert found == pytest.approx(planned, rel=0.02), state.name
