import json

import numpy as np
import pytest

from isacplan.cli.run import run
from isacplan.nr.split_elements import muting, split_elements, user_place
from isacplan.nr.tables import table
from isacplan.plot.resource_grid import DATA, GUARD, SENSING, UPDATE
from isacplan.plot.split_grid import block_grid, plot_legal_split, split_grid
from isacplan.report.legal_split import legal_split_report
from isacplan.report.legal_split_text import legal_split_text
from isacplan.scenario import load_scenario


@pytest.fixture(scope="module")
def stations(square):
    return legal_split_report(square())


@pytest.fixture(scope="module")
def indoor():
    return legal_split_report(load_scenario("indoor"))


def test_stations_of_the_elements_never_meet(stations):
    """Every resource set carried out as TS 38.211 has it; together they take what is charged."""
    f = stations.split
    found = split_elements(f, ["a", "b"])
    layer = found["NR-DL-PRS-PositioningFrequencyLayer-r16"]
    blocks = 24 + 4 * (layer["dl-PRS-ResourceBandwidth-r16"] - 1)
    assert blocks == f.settings.n_blocks
    taken = set()
    count = 0
    for name, one in found["NR-DL-PRS-ResourceSet-r16"].items():
        assert name in ("serving", "anchors[0]", "anchors[1]", "anchors[2]")
        ((period, start),) = one["dl-PRS-Periodicity-and-ResourceSetSlotOffset-r16"][
            "scs30-r16"
        ].items()
        assert period == f"n{f.settings.period}-r16"
        resource = one["dl-PRS-ResourceList-r16"][0]
        ((size, offset),) = resource["dl-PRS-CombSizeN-AndReOffset-r16"].items()
        comb = int(size.split("-")[0][1:])
        assert f"n{comb}" == layer["dl-PRS-CombSizeN-r16"]
        n = int(one["dl-PRS-NumSymbols-r16"][1:])
        R = int(one.get("dl-PRS-ResourceRepetitionFactor-r16", "n1")[1:])
        gap = int(one.get("dl-PRS-ResourceTimeGap-r16", "s1")[1:])
        bits = "1" * R
        if "dl-PRS-MutingOption2-r16" in one:
            ((length, bits),) = one["dl-PRS-MutingOption2-r16"]["nr-option2-muting-r16"].items()
            assert length == f"po{R}-r16"
        order = table("prs")["offsets"][str(comb)]
        for occasion in range(0, f.n_slots, f.settings.period):
            for r in range(R):
                if bits[r] == "0":
                    continue
                for i in range(n):
                    for k in range((offset + order[i % comb]) % comb, 12 * blocks, comb):
                        taken.add((occasion + start + r * gap, i, k))
                        count += 1
    assert len(taken) == count
    assert count / 12 == pytest.approx(f.n_taken, rel=1e-12)


def test_every_sounding_has_a_place_of_its_own(indoor):
    f = indoor.split
    found = split_elements(f, ["a", "b", "c"])
    assert len({user_place(f, user) for user in range(3)}) == 3
    for name in "abc":
        one = found["SRS-PosResource-r16"][name]
        comb = one["transmissionComb-r16"][f"n{f.settings.comb}-r16"]
        assert 0 <= comb[f"cyclicShift-n{f.settings.comb}-r16"] < 8
        mapping = one["resourceMapping-r16"]
        # Before the update, which ends the slot.
        first = 13 - mapping["startPosition-r16"]
        update = found["SRS-Config"][name]["resourceMapping"]
        begins = 13 - update["startPosition"]
        assert first + int(mapping["nrofSymbols-r16"][1:]) == begins
        ((period, slot),) = one["resourceType-r16"]["periodic-r16"][
            "periodicityAndOffset-p-r16"
        ].items()
        assert (period, slot) == ("sl20", 19)
        sizes = table("srs")["bandwidth"]["blocks"]
        assert sizes[one["freqHopping-r16"]["c-SRS-r16"]] == f.settings.n_blocks
    pattern = found["tdd-UL-DL-ConfigurationCommon"]["pattern1"]
    up = f.settings.uplink.srs_symbols + f.settings.n_symbols
    assert pattern["nrofUplinkSymbols"] == up
    assert pattern["nrofDownlinkSymbols"] == 14 - up - f.settings.uplink.guard_symbols


def test_turns_of_the_stations_fill_the_repetitions(stations):
    f = stations.split
    bits = [[int(b) for b in muting(f, station)] for station in range(4)]
    assert np.all(np.sum(bits, axis=1) == f.settings.repetition // f.settings.turns)
    assert np.all(np.sum(bits, axis=0) <= f.settings.comb)


def test_grids_hold_what_was_charged(stations, indoor):
    for report in (stations, indoor):
        f = report.split
        s, way, grid = f.settings, f.settings.uplink, split_grid(f)
        assert grid.shape == (f.n_slots, 14)
        assert np.sum(grid == SENSING) == s.n_symbols * len(s.slots(f.n_slots))
        assert np.sum(grid == UPDATE) == way.n_pilots(f.n_slots)
        assert np.sum(grid == GUARD) == way.n_uplink(f.n_slots) * way.guard_symbols
        block = block_grid(f)
        assert set(np.nonzero(np.any(block >= 0, axis=0))[0]) == set(
            range(s.first_symbol, s.first_symbol + s.n_symbols)
        )
    f = stations.split
    taken = [np.sum(block_grid(f, turn=r) >= 0) for r in range(f.settings.repetition)]
    occasions = f.n_slots // f.settings.period
    assert sum(taken) * f.settings.n_blocks / 12 * occasions == pytest.approx(f.n_taken)
    assert np.sum(split_grid(f) == DATA) > 0


def test_picture_names_what_it_shows(stations):
    figure = plot_legal_split(stations.split, title="square")
    left, right = figure.axes
    assert left.get_title() == "square"
    assert right.get_title() == f"slot 0: comb {stations.split.settings.comb}"
    assert len(right.patches) == 12 * 14


def test_report_says_price_and_what_it_is_of(stations, indoor):
    for report in (stations, indoor):
        values = json.loads(json.dumps(report.to_json(), allow_nan=False))
        assert values["price_of"] == "capacity"
        wanted = 1.0 - values["capacity_bps"] / values["unconstrained"]["capacity_bps"]
        assert values["price"] == pytest.approx(wanted, rel=1e-12)
        assert values["bound"] == values["capacity_bps"]
        assert sum(values["user_capacity_bps"]) == pytest.approx(values["capacity_bps"])
        assert f"{100 * report.price:.2f} % of capacity" in legal_split_text(report)
    assert "51 resource blocks of the 55 stated" in legal_split_text(stations)
    assert "4 on" in legal_split_text(stations)


def test_price_of_accuracy_where_a_loss_is_allowed():
    report = legal_split_report(load_scenario("gao2024"))
    f, best = report.split, report.plan.chosen
    assert report.priced == "accuracy"
    assert report.price == pytest.approx(1.0 - np.sqrt(best.crb / f.crb), rel=1e-12)
    assert f.capacity >= 0.95 * f.full_capacity
    assert f.problem.n_elements == 106
    text = legal_split_text(report)
    assert "the longest legal period in 200 symbols" in text
    assert "106 resource blocks of the 111 stated" in text
    assert report.to_json()["bound"] == f.crb


def test_a_comb_over_part_of_the_band_may_be_better_and_that_is_said(square):
    stated = square(
        anchors=None, snr_bookkeeping="constant_snr", snr_db=3.0, comb_spacings=[],
        requirement={"capacity_loss": 0.2},
    )  # fmt: skip
    report = legal_split_report(stated)
    assert report.price < 0.0
    assert "the legal split is better" in legal_split_text(report)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bandwidth_hz": 24e6}, "bandwidth = 24 MHz: .* nearest is 25 MHz, whose 65 resource"),
        ({"element_bandwidth_hz": 200e3}, "16.6667 kHz: .* nearest is 15 kHz, .* 180 kHz"),
        ({"n_symbols": 100}, "every period of PRS is longer than this; the shortest is 8 slots"),
    ],
)
def test_what_nr_lacks_is_one_line_with_the_nearest(square, changes, message):
    with pytest.raises(ValueError, match=message):
        legal_split_report(square(**changes))


@pytest.mark.parametrize("preset", ["indoor", "rural", "gao2024", "gao2024-32"])
def test_every_split_preset_has_a_legal_configuration(preset, capsys):
    assert run(["nr", preset, "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["configuration"]["SRS-Config"]
    assert -1.5 < values["price"] < 0.6


def test_command_line(capsys, tmp_path):
    picture = tmp_path / "slots.png"
    assert run(["nr", "rural", "--update-period", "5", "--plot", str(picture)]) == 0
    out = capsys.readouterr().out
    assert "updates (SRS)       every 5 slots" in out
    assert picture.stat().st_size > 10_000
    assert run(["nr", "rural", "--update-period", "20"]) == 2
    assert "longer than the frame of 10 slots" in capsys.readouterr().err
    assert run(["nr", "rural", "--bandwidth-mhz", "12"]) == 2
    assert "nearest is 10 MHz" in capsys.readouterr().err
