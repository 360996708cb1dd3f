"""What the explorer answers, without a browser."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("dash")

from isacplan.errors import InfeasibleError
from isacplan.report import frame_report
from isacplan.scenario import (
    load_scenario,
    preset_names,
    scenario_from_dict,
    scenario_keys,
    scenario_to_dict,
)
from isacplan.web.answer import Answers, followed, ways_out
from isacplan.web.controls import controls, key_table
from isacplan.web.copied import commands, python_lines
from isacplan.web.exports import exported
from isacplan.web.planned import Remembered, is_quick
from isacplan.web.ranges import RANGES, slide_of
from isacplan.web.split_figures import resource_cells
from isacplan.web.stated import named_files, read_upload, read_values, without_places
from isacplan.web.tables import task_result

ANSWERS = Answers(files=frozenset())


def stated(name: str = "bai2024", **changes: Any) -> dict[str, Any]:
    values = scenario_to_dict(load_scenario(name))
    for path, value in changes.items():
        section, key = path.split("__")
        values.setdefault(section, {})[key] = value
    return values


def answered(values: dict[str, Any], theme: str = "light") -> dict[str, Any]:
    return ANSWERS.answer({"values": values, "theme": theme, "seq": 7})


def test_answers_have_the_numbers_of_the_command() -> None:
    values = stated(array__n_tx=9)
    expected = frame_report(scenario_from_dict(values)).to_json()
    found = answered(values)
    assert (found["seq"], found["state"]) == (7, "planned")
    assert found["numbers"] == {key: expected[key] for key in found["numbers"]}
    json.dumps(found, allow_nan=False)


def test_figures_show_the_plan() -> None:
    found = answered(stated())
    numbers, figures = found["numbers"], found["figures"]
    data, sensing, updates = figures["time-line"]["data"]
    assert data["x"] == [pytest.approx(2.45)]
    assert sensing["x"] == [pytest.approx(numbers["sensing_duration_s"] * 1e3)]
    assert len(updates["base"]) == numbers["n_updates"]
    assert updates["base"][0] == pytest.approx(numbers["sensing_duration_s"] * 1e3)
    assert updates["base"][1] == pytest.approx(0.07 * (4 + 4), rel=0.2)
    best = figures["over-sensing"]["data"][-1]
    assert best["x"] == [pytest.approx(numbers["sensing_duration_s"] / 7e-5)]
    assert best["y"] == [numbers["spectral_efficiency_bps_hz"]]
    bound = figures["over-sensing"]["data"][-2]
    assert bound["y"][0] == pytest.approx(numbers["upper_bound_bit_per_hz"] / 2.45e-3)
    shades = [shape["x1"] for shape in figures["over-sensing"]["layout"]["shapes"]]
    assert max(shades) == pytest.approx(numbers["sensing_duration_s"] / 7e-5, rel=1e-6)
    curve = figures["over-updates"]["data"][0]
    assert curve["x"][int(np.argmax(curve["y"]))] == numbers["n_updates"]
    assert figures["rivals"]["data"][0]["x"][-1] == pytest.approx(best["y"][0])
    assert len(figures["accuracy"]["data"][0]["y"]) == 5
    dark = answered(stated(), "dark")["figures"]["over-sensing"]
    assert dark["layout"]["font"] != figures["over-sensing"]["layout"]["font"]


def test_the_split_is_shown_with_its_grid_and_map() -> None:
    values = stated("gao2024")
    found = answered(values)
    assert found["state"] == "planned"
    assert found["numbers"]["winner"] == "frequency"
    names = [trace["name"] for trace in found["figures"]["trade-off"]["data"]]
    assert names[:3] == ["time", "frequency", "joint"]
    assert "frequency, chosen (winner)" in names
    plan = {"splits": {"joint": {"elements": 3, "symbols": 4}}, "winner": "joint"}
    cells = resource_cells({**plan, "grid_elements": 5, "grid_symbols": 9})
    assert cells.shape == (5, 9)
    assert (cells.sum(), cells[2, 3], cells[3, 0], cells[0, 4]) == (12, 1, 0, 0)
    assert found["figures"]["winner-map"]["data"] == []
    winners = ANSWERS.winner_map({"values": values, "theme": "light"})
    assert winners is not None
    heat, here = winners["data"]
    assert (here["x"], here["y"]) == ([8], [3606.8])
    row = int(np.argmin(np.abs(np.array(heat["y"]) - 3606.8)))
    assert heat["z"][row][heat["x"].index(8)] == 1
    assert ANSWERS.winner_map({"values": stated(), "theme": "light"}) is None


def test_words_and_tables_of_a_frame() -> None:
    found = answered(stated())
    facts = dict(found["facts"])
    assert facts["rate"] == "3.27966 bit/s/Hz"
    assert facts["sensing"] == "280.3 us"
    assert (facts["updates"], facts["model"]) == ("10", "valid")
    assert facts["proof"].startswith("proved, gap ")
    assert found["summary"] == "3.27966 bit/s/Hz with 280.3 us of sensing and 10 updates"
    users, others = found["tables"]
    assert users["rows"][0] == ["0", "-50.00", "0.2317", "0.3036", "0.6616"]
    assert others["rows"][0] == ["one update (SSU)", "2.238", "+46.53 %"]
    line = found["figures"]["time-line"]
    assert line["data"][0]["width"] == 1.0
    assert line["layout"]["yaxis"]["range"] == [-0.5, 0.5]
    assert line["layout"]["xaxis"]["range"] == [0.0, pytest.approx(2.45)]
    assert any("numerology" in note for note in found["notes"])


def test_words_and_tables_of_a_split() -> None:
    found = answered(stated("gao2024"))
    facts = dict(found["facts"])
    assert facts["winner"] == "frequency"
    assert facts["capacity"] == "58.75 Mbit/s"
    assert facts["position error"] == "0.8866 m"
    assert facts["all to data"] == "61.52 Mbit/s"
    (table,) = found["tables"]
    assert table["rows"][1] == ["frequency", "0.9", "200", "58.75", "4.50", "0.8866"]
    front = found["figures"]["trade-off"]["data"][1]
    assert max(front["x"]) == pytest.approx(60.963, abs=1e-3)
    grid = found["figures"]["resource-grid"]["data"][0]
    assert (len(grid["z"]), len(grid["z"][0])) == (111, 200)
    assert sum(map(sum, grid["z"])) == 5 * 200


def test_long_frames_show_their_first_blocks() -> None:
    found = answered(stated(frame__n_blocks=150))
    axis = found["figures"]["time-line"]["layout"]["xaxis"]
    assert axis["title"]["text"] == "time [ms], first 120 of 150 blocks"
    assert axis["range"][1] == pytest.approx(120 * 0.07)


def test_results_of_tasks() -> None:
    sweep = {
        "over": "array.n_tx",
        "kind": "frame",
        "points": [
            {"value": 4, "spectral_efficiency_bps_hz": 2.5, "sensing_duration_s": 3e-4,
             "n_updates": 10},
            {"value": 8, "infeasible": "no"},
        ],
    }  # fmt: skip
    found = task_result(sweep, "light")
    assert found["tables"][0]["rows"] == [
        ["4", "2.5", "0.0003", "10"],
        ["8", "infeasible", "None", "None"],
    ]
    assert found["figure"]["data"][0]["y"] == [2.5, None]
    split = {"over": "split.snr_db", "kind": "split",
             "points": [{"value": 4.0, "capacity_bps": 2e6, "position_rmse_m": 0.5,
                         "winner": "joint"}]}  # fmt: skip
    found = task_result(split, "light")
    assert found["tables"][0]["rows"] == [["4", "2", "0.5", "joint"]]
    row = {"quantity": "rate", "split": None, "user": 0, "block": None, "formula": 1.0,
           "estimate": None, "ci_low": 0.5, "ci_high": 1.5, "verdict": None}  # fmt: skip
    simulated = {"quantities": [row] * 70, "trials": 9, "depth": "additive"}
    (table,) = task_result(simulated, "dark")["tables"]
    assert len(table["rows"]) == 60
    assert table["rows"][0] == ["rate, user 0", "1", "none", "0.5 to 1.5", ""]


@pytest.mark.parametrize(
    ("changes", "less_db", "labels"),
    [
        ({"sensing__angle_rmse_limit_deg": 1e-3}, 0.0, ["allow 0.07961 deg", "38.1 dB more"]),
        ({"sensing__psd_tolerance": 1e-15}, 10.0, ["0.8 dB more", "tolerance of 1e-10"]),
    ],
)
def test_ways_out_are_feasible_when_followed(
    changes: dict[str, Any], less_db: float, labels: list[str]
) -> None:
    values = stated(**changes)
    for user in values["users"]:
        user["sensing_snr_db"] -= less_db
    found = answered(values)
    assert found["state"] == "infeasible"
    assert found["words"].startswith("Infeasible: ")
    assert len(found["fixes"]) == len(labels)
    for fix, label in zip(found["fixes"], labels, strict=True):
        assert fix["label"].startswith(label)
        assert answered(followed(values, fix))["state"] == "planned"


def test_what_leads_nowhere_is_no_way_out() -> None:
    values = stated(frame__n_blocks=1, frame__symbols_per_block=1, frame__symbols_per_update=1,
                    frame__pilots_per_symbol=12)  # fmt: skip
    error = InfeasibleError("no", constraint="blocks left", feasible_value=2e-6)
    (fix,) = ways_out(error, values)
    assert fix == {"label": "2 blocks", "changes": [["frame.n_blocks", 2]]}
    assert answered(values)["fixes"] == []
    update = InfeasibleError("no", constraint="update duration", feasible_value=8.5e-6)
    assert ways_out(update, stated())[0]["changes"] == [["frame.symbols_per_update", 8]]


def test_ways_out_of_a_split_and_of_a_users_own_limit() -> None:
    loss = InfeasibleError("too much, a capacity loss of 0.25", constraint="capacity_floor")
    assert ways_out(loss, stated("gao2024")) == [
        {"label": "a capacity loss of 0.25", "changes": [["requirement.capacity_loss", 0.25]]}
    ]
    rmse = InfeasibleError("no", constraint="position_rmse", feasible_value=1.23412)
    asked = {"requirement": {"position_rmse_m": 1.0}}
    assert ways_out(rmse, asked)[0]["changes"] == [["requirement.position_rmse_m", 1.235]]
    values = stated()
    values["users"][3]["angle_rmse_limit_deg"] = 1e-4
    del values["sensing"]["angle_rmse_limit_deg"]
    (first, *_) = answered(values)["fixes"]
    assert [path for path, _ in first["changes"]] == ["users.3.angle_rmse_limit_deg"]


def test_what_takes_long_is_sketched_or_waits() -> None:
    assert is_quick(load_scenario("bai2024"))
    assert not is_quick(load_scenario("street"))
    assert not is_quick(load_scenario("indoor"))
    found = answered(stated(transmission__precoder="zf"))
    assert found["state"] == "sketched"
    assert found["figures"]["over-sensing"]["data"][0]["name"] == "best, sketched"
    assert answered(stated("indoor"))["state"] == "pending"
    assert answered(stated(frame__n_blocks=5000))["state"] == "pending"


def test_wrong_states_are_explained() -> None:
    assert answered(stated(frame__n_blocks=0))["words"].endswith("expected int >= 1")
    for values in ({}, {"kind": "frame"}, {"kind": 3}, stated(users_paths__file="x")):
        assert answered(values)["state"] == "wrong"
    deep: Any = 1.0
    for _ in range(50):
        deep = [deep]
    assert "nested too deeply" in answered(stated(array__tx_positions_wavelengths=deep))["words"]
    assert "whole numbers below" in answered(stated(frame__n_blocks=2**60))["words"]


def test_no_file_of_the_machine_is_opened(tmp_path: Path, monkeypatch: Any) -> None:
    values = stated("munich")
    for section, key in (("users_paths", "file"), ("array", "element")):
        bad = json.loads(json.dumps(values))
        bad[section][key] = "/etc/hostname"
        with pytest.raises(ValueError, match="opens no file that a scenario names"):
            read_values(bad, files=frozenset(), origin="x")
    mine = tmp_path / "munich_3500mhz_paths.csv"
    mine.write_text("a trap\n")
    monkeypatch.chdir(tmp_path)
    read = read_values(values, files=frozenset(), origin="x")
    assert Path(read.users_paths.file).is_absolute()  # type: ignore[union-attr]
    assert "isacplan" in Path(read.users_paths.file).parts  # type: ignore[union-attr]
    assert without_places(read).users_paths.file == mine.name  # type: ignore[union-attr]
    values["users_paths"]["file"] = str(mine)
    allowed = read_values(values, files=frozenset([str(mine)]), origin="x")
    assert str(mine) in named_files(allowed)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"kind = ", "not TOML"),
        (b"a = " + b"[" * 3000, "mine.toml"),
        (b"#" * 1_000_001, "at most 1000000 are read"),
        (b'kind = "other"', "must be"),
    ],
)
def test_bad_uploads_are_refused(content: bytes, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        read_upload(content, files=frozenset(), name="mine.toml\n")


def test_every_slider_holds_its_value_and_every_range_is_of_a_key() -> None:
    names = {
        f"{key.section}.{key.name}" for kind in ("frame", "split") for key in scenario_keys(kind)
    }
    assert set(RANGES) <= names
    for kind in ("frame", "split"):
        for key in scenario_keys(kind):
            for value in (key.sample, 1, 0.3):
                slide = slide_of(key, value)
                if slide is not None:
                    place = np.log10(float(value)) if slide.by_ratio else float(value)  # type: ignore[arg-type]
                    assert slide.low <= place <= slide.high
                    assert slide.step > 0.0
    assert key_table("frame")["frame.symbol_duration_s"] == {
        "whole": False, "number": True, "text": False, "required": True, "by_ratio": True,
    }  # fmt: skip
    assert key_table("frame")["array.n_tx"]["whole"]
    assert key_table("split")["users.distance_m"]["by_ratio"]


@pytest.mark.parametrize("values", [stated(), stated("rural"), {"kind": "frame"},
                                    {"kind": "split", "users": 3, "split": "x"}])  # fmt: skip
def test_controls_are_laid_out_also_of_what_is_wrong(values: dict[str, Any]) -> None:
    assert len(controls(values)) > 2


def test_exports() -> None:
    scenario = load_scenario("bai2024")
    name, toml = exported(scenario, "toml")
    assert name == "bai2024-section-iv.toml"
    assert b"[[users]]" in toml
    table = exported(scenario, "csv")[1].decode().splitlines()
    assert table[0] == "quantity,index,value"
    assert "n_updates,,10" in table
    with pytest.raises(ValueError, match="must be toml, svg, png or csv"):
        exported(scenario, "exe")
    formula = read_values(stated() | {"name": "=1+1"}, files=frozenset(), origin="x")
    assert "name,,'=1+1" in exported(formula, "csv")[1].decode()


@pytest.mark.parametrize("name", preset_names())
def test_what_to_copy_states_the_same_scenario(name: str) -> None:
    scenario = read_values(stated(name), files=frozenset(), origin="x")
    kind = stated(name)["kind"]
    assert commands(scenario) == f"isacplan {kind} {name}"
    assert f'load_scenario("{name}")' in python_lines(scenario)
    other = read_values(stated(name) | {"name": "mine"}, files=frozenset(), origin="x")
    assert commands(other) == f"isacplan {kind} scenario.toml"
    lines = python_lines(other).splitlines()
    found: dict[str, Any] = {}
    exec("\n".join(lines[1:-1]), found)
    assert scenario_to_dict(found["scenario"])["name"] == "mine"


def test_only_the_latest_are_remembered(monkeypatch: Any) -> None:
    monkeypatch.setattr("isacplan.web.planned.MOST_REMEMBERED", 2)
    kept, asked = Remembered(), []

    def compute(key: str) -> dict[str, Any]:
        asked.append(key)
        return {"is": key}

    for key in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(key, lambda key=key: compute(key)) == {"is": key}
    assert asked == ["a", "b", "c", "b"]
    assert "a" in kept
    assert "c" not in kept
