import tomllib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isacplan.scenario import (
    load_scenario,
    preset_names,
    scenario_from_dict,
    scenario_to_dict,
    scenario_toml,
)


@pytest.mark.parametrize("name", preset_names())
def test_presets_read_back_as_they_were(name: str) -> None:
    scenario = load_scenario(name)
    read = scenario_from_dict(tomllib.loads(scenario_toml(scenario)))
    assert scenario_to_dict(read) == scenario_to_dict(scenario)


@settings(max_examples=40, deadline=None)
@given(
    name=st.text(st.characters(exclude_categories=["Cs"])),
    snr=st.floats(-200.0, 200.0),
    positions=st.booleans(),
)
def test_every_name_and_number_reads_back(name: str, snr: float, positions: bool) -> None:
    values = scenario_to_dict(load_scenario("bai2024")) | {"name": name}
    values["users"][1]["snr_db"] = snr
    if positions:
        values["array"] |= {"tx_positions_wavelengths": [[0.0, 0.1 * i, 0.0] for i in range(8)]}
    scenario = scenario_from_dict(values)
    read = scenario_from_dict(tomllib.loads(scenario_toml(scenario)))
    assert msgspec.to_builtins(read) == msgspec.to_builtins(scenario)
