import json

import numpy as np
import pytest

from isacplan.cli.run import run
from isacplan.nr.legal_split import SplitGoal, legal_split
from isacplan.nr.services import ASKED, check_frame, check_split, services
from isacplan.report.legal_split import legal_split_report
from isacplan.report.legal_split_text import legal_split_text
from isacplan.scenario.requirements import accuracy_requirements
from isacplan.sensing import doppler_crb
from isacplan.split import SplitProblem, Stations
from isacplan.split.stations import Anchor

C = 299792458.0


def problem(**changes):
    given = {
        "n_antennas": 4,
        "carrier_frequency": 2e9,
        "bandwidth": 4.5e6,
        "n_symbols": 70,
        "downlink_snr": np.array([3.0]),
        "uplink_snr": np.array([0.4]),
        "localization_snr": np.array([0.5]),
        "distance": np.array([150.0]),
        "angle": np.array([0.2]),
        "angle_bound": "unknown_phase",
        "delay_bound": "tones",
    }
    return SplitProblem(**{**given, **changes})


def planned(p, **goal):
    return legal_split(p, SplitGoal(**goal or {"capacity_loss": 0.3}), numerology=0, n_blocks=25)


def by_quantity(checks):
    return {check.quantity: check for check in checks}


def test_all_seven_categories_are_there_and_agree_with_the_positions():
    every = services()
    assert sorted(every) == [f"category-{i}" for i in range(1, 8)]
    for name, rows in every.items():
        assert set(rows) <= {"confidence", *ASKED}
        assert {"latency_s", "refresh_s", "missed_detection", "false_alarm"} <= set(rows)
        for key, values in rows.items():
            ordered = values[::-1] if key == "confidence" else values
            assert ordered == sorted(ordered)
            assert len(values) in (1, 2)
        if name == "category-6":
            assert "horizontal_accuracy_m" not in rows
            continue
        known = accuracy_requirements()[name]
        assert rows["horizontal_accuracy_m"] == [known.horizontal_accuracy_m]
        assert rows["vertical_accuracy_m"] == [known.vertical_accuracy_m]
        assert known.confidence in rows["confidence"]


def test_velocity_is_the_doppler_bound_of_the_symbols_sent():
    f = planned(problem(), position_variance_limit=np.array([1e9]))
    s = f.settings
    assert s.repetition * (f.n_slots // s.period) == 1  # symbols one after another
    gamma = float(f.accuracy.waveform.energy[0]) * 0.5
    bound = doppler_crb(n_antennas=4, snr=gamma, n_symbols=s.n_symbols, symbol_period=1e-3 / 14)
    found = by_quantity(check_split(f, "category-3"))["horizontal velocity"]
    assert found.reached == pytest.approx(1.959964 * C / 2e9 * np.sqrt(bound), rel=1e-6)
    assert "radial" in found.note


def test_links_in_several_directions_make_a_velocity():
    places = ((300.0, 0.0), (0.0, 300.0))
    anchors = tuple(Anchor(place=place, gain=np.array([1.0])) for place in places)
    stations = Stations(clock="synchronised", direction="downlink", anchors=anchors)
    f = planned(problem(stations=stations))
    fix, s = f.accuracy.fix, f.settings
    t = np.array(
        [14 * slot + i for j, slot in enumerate(s.slots(5)) for i in range(s.n_symbols)
         if j % s.repetition % s.turns == 0]
    ) * 1e-3 / 14  # fmt: skip
    J = np.zeros((2, 2))
    for place, snr in zip([(0.0, 0.0), *places], fix.snr[0], strict=True):
        away = fix.place[0] - np.array(place)
        u = away / np.linalg.norm(away) / (C / 2e9)
        energy = float(f.accuracy.waveform.energy[0])
        J += 8 * np.pi**2 * 4 * len(t) * energy * snr * np.var(t) * np.outer(u, u)
    draws = np.random.default_rng(0).multivariate_normal(np.zeros(2), np.linalg.inv(J), 400_000)
    radius = np.quantile(np.linalg.norm(draws, axis=1), 0.95)
    found = by_quantity(check_split(f, "category-2"))["horizontal velocity"]
    assert found.reached == pytest.approx(radius, rel=0.01)  # of a quantile of 4e5 draws
    assert "all links" in found.note


def test_one_symbol_shows_no_velocity():
    f = planned(problem(stations=Stations(direction="uplink")), capacity_loss=0.5)
    one = planned(
        problem(stations=Stations(direction="uplink")), position_variance_limit=np.array([1e9])
    )
    assert one.settings.n_symbols == 1
    found = by_quantity(check_split(one, "category-2"))["horizontal velocity"]
    assert (found.reached, found.verdict) == (np.inf, "missed")
    more = by_quantity(check_split(f, "category-2"))["horizontal velocity"]
    assert np.isfinite(more.reached) == (len(f.settings.slots(5)) * f.settings.n_symbols > 1)


def test_verdicts_compare_with_strictest_and_loosest():
    f = planned(problem())
    s = f.settings
    rows = by_quantity(check_split(f, "category-7"))
    width = 12 * s.n_blocks * 15e3
    assert rows["range resolution"].reached == pytest.approx(C / width, rel=1e-12)
    assert rows["range resolution"].verdict == "missed"
    assert rows["latency"].asked == (0.005, 0.05)
    assert rows["latency"].reached == pytest.approx(5e-3)
    assert rows["latency"].verdict == "met"
    for name in ("vertical position", "vertical velocity", "missed detection", "false alarm"):
        assert (rows[name].verdict, rows[name].reached) == ("unchecked", None)
    law = f.law
    radius = rows["horizontal position"].reached
    assert np.min(law.probability_within(radius)) == pytest.approx(0.95, abs=1e-5)
    longer = planned(problem(n_symbols=140))
    assert by_quantity(check_split(longer, "category-7"))["latency"].verdict == "met in part"
    motion = check_split(f, "category-6")
    assert [c.quantity for c in motion] == [
        "latency", "refresh", "missed detection", "false alarm"
    ]  # fmt: skip


def test_times_on_air_span_the_symbols():
    f = planned(problem())
    s = f.settings
    last, first = 14 * s.slots(5)[-1] + s.n_symbols, 14 * s.slots(5)[0]
    wanted = C / 2e9 / ((last - first) * 1e-3 / 14)
    found = by_quantity(check_split(f, "category-3"))["velocity resolution"]
    assert found.reached == pytest.approx(wanted, rel=1e-12)


def test_report_shows_what_is_asked_of_it_or_of_the_scenario(square):
    assert legal_split_report(square(anchors=None)).to_json()["service_checks"] == []
    own = legal_split_report(square(anchors=None, requirement={"category": "category-1"}))
    assert own.service == "category-1"
    values = json.loads(json.dumps(own.to_json(), allow_nan=False))
    assert values["service_checks"][0]["verdict"] == "met"
    assert "TS 22.137 Release 19, table 6.2-1, category-1" in legal_split_text(own)


def test_frames_keep_what_their_model_has(scenario, capsys):
    from isacplan.report.legal import legal_report

    report = legal_report(scenario(), service="category-3")
    f, s = report.frame, report.frame.settings
    rows = by_quantity(report.checks)
    assert rows["range resolution"].reached == pytest.approx(C / (2 * 48 * 12 * 30e3), rel=1e-12)
    assert rows["refresh"].reached == pytest.approx(20e-3, rel=1e-4)
    assert rows["latency"].verdict == "met"
    air = (s.prs_repetition - 1) * 0.5e-3 + s.prs_symbols * 0.5e-3 / 14
    assert rows["velocity resolution"].reached == pytest.approx(C / 3.5e9 / 2 / air, rel=1e-4)
    assert rows["horizontal position"].verdict == "unchecked"
    bare = check_frame(f, "category-3", numerology=1, n_blocks=48, carrier=None)
    assert by_quantity(bare)["velocity resolution"].verdict == "unchecked"
    assert run(["nr", "rural", "--service", "category-8"]) == 2
    assert "category-8" in capsys.readouterr().err
