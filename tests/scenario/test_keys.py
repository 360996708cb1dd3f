"""Keys of scenario files, templates made of them, and slips in them."""

import tomllib
from importlib import resources

import msgspec
import pytest

from isacplan.cli.run import run
from isacplan.scenario import (
    load_scenario,
    preset_names,
    preset_text,
    scenario_from_dict,
    scenario_keys,
    scenario_template,
    scenario_to_dict,
)
from isacplan.scenario.explained import section_in
from isacplan.scenario.load import SCENARIO_TYPES
from isacplan.scenario.slips import plausible_slips

KINDS = sorted(SCENARIO_TYPES)


def names_that_validate(kind):
    model = SCENARIO_TYPES[kind]
    found = {("", "kind")}
    for field in msgspec.structs.fields(model):
        inside = section_in(field.type)
        if inside is None:
            found.add(("", field.encode_name))
        else:
            found |= {(field.encode_name, f.encode_name) for f in msgspec.structs.fields(inside)}
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_that_validates_is_explained_and_no_other(kind):
    text = (resources.files("isacplan.scenario") / "keys.toml").read_text(encoding="utf-8")
    explained = {
        (table, name) for table, keys in tomllib.loads(text)[kind].items() for name in keys
    }
    assert explained == names_that_validate(kind)
    listed = [(key.section, key.name) for key in scenario_keys(kind)]
    assert len(listed) == len(set(listed))
    assert set(listed) == explained


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_has_a_value_to_start_from(kind):
    for key in scenario_keys(kind):
        assert key.meaning
        assert key.sample is not None, key
        assert not (key.required and key.default is not None)
        if key.usual:
            lowest, highest = key.usual
            assert lowest < highest
            assert lowest <= key.sample <= highest, key


def test_ranges_and_names_are_those_that_validate():
    frame = {(key.section, key.name): key for key in scenario_keys("frame")}
    assert frame["users", "angle_deg"].kind == "number from -89.9 to 89.9"
    assert frame["aging", "rho"].kind == "number above 0 to 1"
    assert frame["transmission", "precoder"].kind == '"mrt", "mrt_unit", "rzf", "zf"'
    assert frame["users_random", "snr_db"].kind == "2 in a list of: number"
    assert frame["sensing", "search_window"].kind == '"beam", "sector" or number above 0 to 180'
    assert frame["users_paths", "noise_dbm_per_hz"].unit == "dBm/Hz"
    assert frame["users_paths", "rcs_m2"].unit == "m²"
    assert frame["frame", "pilots_per_symbol"].default == 12
    assert frame["users", "snr_db"].repeated
    assert not frame["users_random", "snr_db"].repeated
    with pytest.raises(ValueError, match="kind = 'pile' must be frame or split"):
        scenario_keys("pile")


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_templates_are_scenarios(kind, full):
    text = scenario_template(kind, full=full)
    stated = scenario_from_dict(tomllib.loads(text))
    assert max(map(len, text.splitlines())) <= 100
    assert plausible_slips(stated) == []
    starts = {(key.section, key.name): key.start for key in scenario_keys(kind)}
    values = scenario_to_dict(stated)
    for (section, name), start in starts.items():
        if start is not None:
            table = values[section] if section else values
            table = table[0] if isinstance(table, list) else table
            assert table[name] == start
    if full:
        for key in scenario_keys(kind):
            assert f"\n{key.name} = " in text or f"\n#{key.name} = " in text


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_full_template_leaves_out_can_be_put_in_its_place(kind):
    """Every commented value has the type that its key wants."""
    model = SCENARIO_TYPES[kind]
    for field in msgspec.structs.fields(model):
        inside = section_in(field.type)
        if inside is None:
            continue
        types = {f.encode_name: f.type for f in msgspec.structs.fields(inside)}
        for key in scenario_keys(kind):
            if key.section == field.encode_name:
                sample = key.sample
                if isinstance(sample, str) and sample.startswith("["):
                    sample = tomllib.loads(f"x = {sample}")["x"]
                msgspec.convert(sample, types[key.name])


def test_a_full_template_gives_the_plan_of_the_short_one():
    short, full = (
        scenario_to_dict(scenario_from_dict(tomllib.loads(scenario_template("frame", full=each))))
        for each in (False, True)
    )
    assert short == full


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("frame", "symbol_duration_s"), 1e-6, "no numerology of NR has it"),
        (("frame", "symbol_duration_s"), 36.0, "usual is 1e-07 to 0.001 s"),
        (("users", 0, "snr_db"), 120.0, "users[0].snr_db = 120 dB: usual is -40 to 60 dB"),
        (("users", 0, "speed_mps"), 500.0, "users[0].speed_mps = 500 m/s"),
    ],
)
def test_a_slip_is_named(path, value, expected):
    values = tomllib.loads(scenario_template("frame"))
    table = values
    for step in path[:-1]:
        table = table[step]
    table[path[-1]] = value
    assert any(expected in slip for slip in plausible_slips(scenario_from_dict(values)))


def test_presets_hold_no_slip_but_the_papers_own_symbol():
    slips = {name: plausible_slips(load_scenario(name)) for name in preset_names()}
    assert {name for name, found in slips.items() if found} == {"bai2024"}


def test_the_command_line_prints_templates_and_presets(capfd, tmp_path):
    assert run(["template", "split", "--full"]) == 0
    printed = capfd.readouterr().out
    assert printed == scenario_template("split", full=True)
    file = tmp_path / "mine.toml"
    file.write_text(printed.replace("3.5e9", "28"))
    assert run(["check", str(file)]) == 2
    said = capfd.readouterr().err.splitlines()
    assert said[0] == "isacplan: warning: split.carrier_hz = 28 Hz: usual is 1e+08 to 3e+11 Hz"
    assert len(said) == 2
    assert run(["presets", "rural"]) == 0
    assert capfd.readouterr().out == preset_text("rural")
    assert run(["presets", "rurl"]) == 2
    assert "did you mean rural?" in capfd.readouterr().err
    assert run(["template", "fram"]) == 2
