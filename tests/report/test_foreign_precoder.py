"""One file adds a precoder: the guide's own example is planned, compared, drawn and printed."""

import re
from pathlib import Path

import pytest

import isacplan.comm.precoder as package
from isacplan.comm.precoder import precoders
from isacplan.plot import plot_frame
from isacplan.report import frame_report, frame_text
from isacplan.scenario import scenario_from_dict

GUIDE = Path(__file__).parents[2] / "docs/guides/transmission.md"


@pytest.fixture
def one_more_file(tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    (source,) = (block for block in blocks if "PRECODER = " in block)
    (tmp_path / "cautious.py").write_text(source)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    precoders.cache_clear()
    yield
    monkeypatch.undo()
    precoders.cache_clear()


@pytest.mark.usefixtures("one_more_file")
def test_one_file_adds_a_precoder():
    users = [
        {"angle_deg": a, "snr_db": 8.0, "pilot_snr_db": -1.0, "sensing_snr_db": -16.0}
        for a in (-20.0, 0.0, 25.0)
    ]
    scenario = scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": 12,
                "symbols_per_block": 14,
                "symbols_per_update": 2,
                "symbol_duration_s": 1e-5,
            },
            "array": {"n_tx": 4, "n_rx": 4, "phase_reference": "centre"},
            "channel": {"angular_density": "laplacian", "std_deg": 5.0},
            "aging": {"model": "geometric", "rho": 0.95},
            "sensing": {"error_model": "mismatched", "error_law": "bound"},
            "transmission": {"precoder": "cautious", "receiver": "learned_gain"},
            "users": users,
        }
    )
    report = frame_report(scenario, compare=["precoder"])
    values = report.to_json()
    assert values["precoder"] == "cautious"
    assert values["certificate"] == "sampled"
    found = values["compare"]["precoder"]
    assert set(found["plans"]) == {"cautious", "mrt", "mrt_unit", "rzf", "zf"}
    # What is regularised by the errors as well leads the one that knows of noise alone.
    assert found["best"] == "cautious"
    assert found["plans"]["rzf"]["more_ci95"][1] < 0.0
    text = frame_text(report)
    assert "zero forcing that knows its estimates err; gain learned" in text
    assert "regularised zero forcing" in text
    titles = [ax.get_title(loc="left") for ax in plot_frame(report).axes]
    assert "Best frame of every precoder (receiver learned_gain)" in titles
