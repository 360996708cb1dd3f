"""Legal splits against counting, element by element, what every setting sends and leaves."""

from itertools import product

import numpy as np
import pytest

from isacplan.errors import InfeasibleError
from isacplan.nr.legal_split import SplitGoal, legal_split
from isacplan.nr.signals import comb_order
from isacplan.nr.split_settings import frame_slots, place
from isacplan.nr.tables import table
from isacplan.split import PositionRequirement, SplitProblem, Stations
from isacplan.split.stations import Anchor
from isacplan.split.waveforms import position_fix

F0, BLOCKS = 15e3, 25
PAIRS = ((2, 2), (2, 4), (2, 6), (2, 12), (4, 4), (4, 12), (6, 6), (6, 12), (12, 12))
SOUNDING = ((2, 1), (2, 2), (2, 4), (4, 2), (4, 4), (4, 8), (4, 12), (8, 4), (8, 8), (8, 12))


def problem(**changes):
    given = {
        "n_antennas": 4,
        "carrier_frequency": 2e9,
        "bandwidth": 4.5e6,
        "n_symbols": 75,
        "downlink_snr": np.array([3.0, 8.0]),
        "uplink_snr": np.array([0.4, 1.0]),
        "localization_snr": np.array([0.02, 0.05]),
        "distance": np.array([150.0, 300.0]),
        "angle": np.array([0.2, -0.4]),
        "angle_bound": "unknown_phase",
        "delay_bound": "tones",
    }
    return SplitProblem(**{**given, **changes})


def anchored(n, clock="unknown"):
    places = [(400.0, 0.0), (0.0, 500.0), (350.0, -450.0), (500.0, 300.0), (-300.0, 100.0)]
    anchors = tuple(Anchor(place=place, gain=np.array([0.8, 0.3])) for place in places[:n])
    return Stations(clock=clock, direction="downlink", anchors=anchors)


class Sent:
    """A signal on a grid of 12 sub-carriers and a frame's symbols, element by element."""

    def __init__(self, p, kind, n_slots, signal):
        self.p, self.kind, self.n_slots = p, kind, n_slots
        comb, self.n, self.blocks, period, R, gap, offset, turns = signal
        stations = 1 + len(p.stations.anchors) if kind == "prs" else 1
        self.inside = np.zeros((12, 14 * n_slots), bool)
        self.tones = [[] for _ in range(stations)]
        self.slots = [
            start + offset + r * gap for start in range(0, n_slots, period) for r in range(R)
        ]
        for (at, slot), station in product(enumerate(self.slots), range(stations)):
            if station % turns != at % R % turns:
                continue
            for i, moved in enumerate(comb_order(kind, comb, self.n)):
                rows = np.arange((station // turns + moved) % comb, 12, comb)
                assert not np.any(self.inside[rows, 14 * slot + i])
                self.inside[rows, 14 * slot + i] = True
                f = np.arange(12 * self.blocks)
                self.tones[station].append(f[np.isin(f % 12, rows)])
        self.taken = self.inside.mean(axis=0) * self.blocks / BLOCKS

    def capacity(self, way, guard=1):
        """What data carries; None where signal and uplink do not go together."""
        p, (tdd, srs_period, srs) = self.p, way
        part = srs + guard + (self.n if self.kind == "srs" else 0)
        if part > 14:
            return None
        up = np.zeros(14 * self.n_slots, bool)
        for slot in range(tdd - 1, self.n_slots, tdd):
            up[14 * slot + 14 - part : 14 * slot + 14] = True
        taken = self.taken
        if self.kind == "srs":
            if any(slot % tdd != tdd - 1 for slot in self.slots):
                return None
            taken = np.zeros(14 * self.n_slots)
        elif np.any(up & (taken > 0.0)):
            return None
        powers = p.snr_bookkeeping == "constant_power"
        more = p.n_elements / BLOCKS if powers else 1.0
        boost = more / np.where(taken < 1.0, 1.0 - taken, 1.0) if powers else np.ones(len(taken))
        e = srs * (self.n_slots // srs_period) * p.uplink_snr * more
        delta = p.data_snr[:, None] * boost[~up]
        a = p.n_antennas * delta * p.shares[:, None] / (1.0 + delta)
        bits = np.sum((1.0 - taken[~up]) * np.log2(1.0 + a * (e / (1.0 + e))[:, None]))
        return 12 * F0 * BLOCKS * bits / (14 * self.n_slots)

    def crb(self):
        """From the tones of every station, its energy spread over them."""
        p, n = self.p, len(self.tones)
        fix, total = position_fix(p), np.zeros((p.n_users, 3, 3))
        for i, link in enumerate(fix.links):
            every, symbols = np.concatenate(self.tones[i]), len(self.tones[i])
            thinned = p.snr_bookkeeping == "constant_density"
            energy = len(every) / symbols / (12 * BLOCKS) if thinned else 1.0
            snr = n * link.snr * symbols * energy * p.comb_energy
            delay = 8 * np.pi**2 * p.n_antennas * snr * F0**2 * np.var(every)
            shape = (1.0 - fix.sine[:, i] ** 2) * np.var(np.arange(p.n_antennas)) * p.n_antennas
            angle = 8 * np.pi**2 * p.spacing**2 * shape * snr * (link.facing is not None)
            g = fix.gradients[:, i][..., [0, 1, 2]] * np.array([1.0, 1.0, 1.0 / 299792458.0])
            for row, weight in ((0, angle), (1, delay)):
                total += weight[:, None, None] * g[:, row, :, None] * g[:, row, None, :]
        keep = 2 if p.stations.clock == "synchronised" else 3
        inverse = np.linalg.inv(total[:, :keep, :keep])
        return np.max(inverse[:, 0, 0] + inverse[:, 1, 1])


def signals(p, kind, n_slots):
    """Every signal, where it starts and how far its repetitions are apart included."""
    if kind == "srs":
        for (comb, n), blocks in product(SOUNDING, (4, 8, 12, 16, 20, 24)):
            for period in (1, n_slots):
                yield Sent(p, kind, n_slots, (comb, n, blocks, period, 1, 1, period - 1, 1))
        return
    stations = 1 + len(p.stations.anchors)
    starts = n_slots if stations == 1 else 2
    for (comb, n), R, gap in product(PAIRS, (1, 2, 4), (1, 2, 4)):
        for offset, turns in product(range(min(n_slots - (R - 1) * gap, starts)), (1, 2, 4)):
            apart = -(-stations // turns) <= comb
            if (R == 1 and gap > 1) or R % turns or turns > stations or not apart:
                continue
            yield Sent(p, kind, n_slots, (comb, n, 24, n_slots, R, gap, offset, turns))


def everything(p, kind, n_slots):
    """Capacity and bound of every setting."""
    ways = [
        (tdd, srs_period, srs)
        for tdd, srs_period, srs in product((1, 2, 4, 5, 10), (1, 2, 4, 5, 8, 10), (1, 2, 4))
        if n_slots % srs_period == 0
        and srs_period % tdd == 0
        and srs * (n_slots // srs_period) >= p.n_users
    ]
    rows = []
    for sent in signals(p, kind, n_slots):
        crb = sent.crb()
        found = (sent.capacity(way) for way in ways)
        rows += [(capacity, crb) for capacity in found if capacity is not None]
    return np.array(rows).T


CASES = {
    "snr": {},
    "power": {"snr_bookkeeping": "constant_power"},
    "density": {"snr_bookkeeping": "constant_density", "comb_energy": 2.0},
    "four stations": {"stations": anchored(3)},
    "three stations": {
        "stations": anchored(2, "synchronised"), "snr_bookkeeping": "constant_power",
    },
    "uplink": {"stations": Stations(direction="uplink")},
}  # fmt: skip


@pytest.fixture(scope="module", params=list(CASES))
def case(request):
    p = problem(**CASES[request.param])
    kind = "srs" if p.stations.direction == "uplink" else "prs"
    return p, *everything(p, kind, 5)


def found(p, **goal):
    return legal_split(p, SplitGoal(**goal), numerology=0, n_blocks=BLOCKS)


@pytest.mark.parametrize("quantile", [0.02, 0.2, 0.7])
def test_no_setting_carries_more_within_a_limit(case, quantile):
    p, capacity, crb = case
    limit = float(np.quantile(crb, quantile)) * (1.0 + 1e-9)
    best = found(p, position_variance_limit=np.full(2, limit))
    assert best.capacity == pytest.approx(np.max(capacity[crb <= limit]), rel=1e-12)
    assert best.crb <= limit
    assert best.user_capacities.sum() == pytest.approx(best.capacity, rel=1e-12)
    assert max(best.by_period.values()) == pytest.approx(best.capacity, rel=1e-12)
    # What is chosen, counted where it is placed.
    s, way = best.settings, best.settings.uplink
    where = (s.period, s.repetition, s.gap, s.slot_offset, s.turns)
    sent = Sent(p, s.kind, 5, (s.comb, s.n_symbols, s.n_blocks, *where))
    again = sent.capacity((way.tdd_period, way.srs_period, way.srs_symbols))
    assert again == pytest.approx(best.capacity, rel=1e-12)
    assert sent.crb() == pytest.approx(best.crb, rel=1e-9)
    assert tuple(sent.slots) == s.slots(5)
    if s.kind == "prs":
        lost = sent.inside.sum() * s.n_blocks / 12
        assert best.n_taken == pytest.approx(lost, rel=1e-12)


@pytest.mark.parametrize("loss", [0.06, 0.2])
def test_no_setting_is_more_accurate_at_a_loss(case, loss):
    p, capacity, crb = case
    best = found(p, capacity_loss=loss)
    assert best.full_capacity >= np.max(capacity) * (1.0 - 1e-12)
    enough = capacity >= (1.0 - loss) * best.full_capacity * (1.0 - 1e-12)
    assert best.crb == pytest.approx(np.min(crb[enough]), rel=1e-9)
    assert best.capacity >= (1.0 - loss) * best.full_capacity * (1.0 - 1e-9)


def test_ranges_repeat_after_the_tones_and_boost_is_that_of_a_tone():
    """One symbol of comb K repeats K times sooner; the same energy in fewer tones is more each."""
    best = found(problem(), position_variance_limit=np.full(2, 1e9))
    s, period = best.settings, 299792458.0 / F0
    assert best.range_of_a_symbol == pytest.approx(period / s.comb, rel=1e-12)
    assert best.unambiguous_range == pytest.approx(period, rel=1e-12)
    assert best.boost == pytest.approx(BLOCKS / s.n_blocks * s.comb, rel=1e-12)
    dense = found(
        problem(snr_bookkeeping="constant_density", comb_energy=2.0),
        position_variance_limit=np.full(2, 1e9),
    )
    assert dense.boost == pytest.approx(2.0, rel=1e-12)


def test_users_on_one_offset_share_the_range_of_a_symbol():
    p = problem(stations=Stations(direction="uplink"))
    best = found(p, position_variance_limit=np.full(2, 1e9))
    s = best.settings
    assert (s.gap, s.slot_offset, s.stations) == (1, s.period - 1, 2)
    assert s.comb >= 2  # each on an offset of its own
    many = {n: np.ones(5) for n in ("downlink_snr", "uplink_snr", "localization_snr")}
    p = problem(
        stations=Stations(direction="uplink"), **many, distance=np.full(5, 100.0),
        angle=np.linspace(-0.5, 0.5, 5),
    )  # fmt: skip
    best = found(p, position_variance_limit=np.full(5, 1e9))
    s = best.settings
    shared = -(-5 // s.comb)
    own = 299792458.0 / F0 / s.comb / shared
    assert best.unambiguous_range == pytest.approx(own, rel=1e-12) or shared == 1


def test_requirement_decides_as_a_limit_does():
    p = problem(localization_snr=np.array([0.3, 0.5]))
    wide = found(p, requirement=PositionRequirement(radius=100.0))
    tight = found(p, requirement=PositionRequirement(radius=15.0))
    assert wide.capacity > tight.capacity
    assert np.all(tight.law.probability_within(15.0) >= 0.95)
    assert not np.all(wide.law.probability_within(15.0) >= 0.95)


def test_more_than_the_best_signal_reaches_is_infeasible():
    p = problem()
    with pytest.raises(InfeasibleError, match=r"errors .* times as large are in its reach"):
        found(p, position_variance_limit=np.full(2, 1e-6))
    with pytest.raises(InfeasibleError, match="nearest reaches a probability of"):
        found(p, requirement=PositionRequirement(radius=0.01))
    with pytest.raises(InfeasibleError, match="nearest reaches a probability of"):
        found(
            p,
            position_variance_limit=np.full(2, 1e9),
            requirement=PositionRequirement(radius=0.01),
        )
    with pytest.raises(InfeasibleError, match=r"reaches .* m rms and an outlier probability of"):
        found(p, requirement=PositionRequirement(mean_square=1e-6, outlier_probability=1e-30))
    with pytest.raises(InfeasibleError, match="a capacity loss of 0"):
        found(p, capacity_loss=0.0)
    with pytest.raises(InfeasibleError, match="unambiguous in the window"):
        found(problem(range_window=30e3), capacity_loss=0.5)


def test_stations_beyond_what_combs_hold_take_turns():
    p = problem(stations=anchored(5))
    for loss in (0.15, 0.3):
        s = found(p, capacity_loss=loss).settings
        assert s.stations == 6
        assert s.offsets == -(-6 // s.turns) <= s.comb


def test_what_nr_lacks_is_refused_with_the_nearest():
    many = {n: np.ones(49) for n in ("downlink_snr", "uplink_snr", "localization_snr")}
    many = problem(**many, distance=np.full(49, 9.0), angle=np.zeros(49))
    with pytest.raises(ValueError, match="49 users: sounding keeps at most 48 apart"):
        found(many, capacity_loss=0.5)
    with pytest.raises(ValueError, match="shortest is 4 slots, 56 symbols"):
        found(problem(n_symbols=55), capacity_loss=0.5)
    with pytest.raises(ValueError, match='clock = "round_trip"'):
        found(problem(stations=Stations(clock="round_trip")), capacity_loss=0.5)
    with pytest.raises(ValueError, match='localization_block = "divided"'):
        found(problem(localization_block="divided"), capacity_loss=0.5)
    for period, nearest in ((40, "longer than the frame of 5 slots.*nearest is 5"), (3, "is 1 ")):
        with pytest.raises(ValueError, match=f"update_period = {period}.*{nearest}"):
            legal_split(
                problem(), SplitGoal(capacity_loss=0.5), numerology=0, n_blocks=BLOCKS,
                update_period=period,
            )  # fmt: skip


def test_a_stated_period_is_held():
    best = found(problem(), capacity_loss=0.5)
    held = legal_split(
        problem(), SplitGoal(capacity_loss=0.5), numerology=0, n_blocks=BLOCKS, update_period=1
    )
    assert held.settings.uplink.srs_period == 1
    assert list(held.by_period) == [1]
    assert held.crb == best.by_period[1] >= best.crb


def test_sounding_of_a_frame_needs_a_symbol_for_every_user():
    many = {n: np.ones(30) for n in ("downlink_snr", "uplink_snr", "localization_snr")}
    p = problem(**many, distance=np.full(30, 200.0), angle=np.linspace(-0.5, 0.5, 30))
    with pytest.raises(InfeasibleError, match="at most 20 symbols"):
        found(p, capacity_loss=0.5)
    with_more = legal_split(
        p, SplitGoal(capacity_loss=0.9), numerology=0, n_blocks=BLOCKS, release=17
    )
    assert with_more.settings.uplink.n_pilots(5) >= 30


def test_learned_gains_cost_a_symbol_of_every_slot():
    plain = found(problem(), capacity_loss=0.3)
    learned = found(problem(receiver="learned_gain"), capacity_loss=0.3)
    s, way = learned.settings, learned.settings.uplink
    from isacplan.split import learned_gain_rate

    p = learned.problem
    symbols = 70 - 5 - way.n_uplink(5) * (way.srs_symbols + 1)
    taken = s.n_symbols * len(s.slots(5)) * s.n_blocks / BLOCKS / s.comb
    rates = learned_gain_rate(
        pilot_energy=way.n_pilots(5) * p.uplink_snr, n_antennas=4, downlink_snr=p.data_snr,
        power_share=p.shares,
    )  # fmt: skip
    wanted = 12 * F0 * BLOCKS * (symbols - taken) / 70 * np.sum(rates)
    assert learned.capacity == pytest.approx(wanted, rel=1e-12)
    assert plain.full_capacity != learned.full_capacity
    with pytest.raises(ValueError, match=r"precoded_pilots = 21: .* nearest for 5 slots is 20"):
        found(problem(receiver="learned_gain", precoded_pilots=21), capacity_loss=0.3)


def test_frames_are_the_longest_legal_period():
    assert [frame_slots(14 * n, "prs", 0) for n in (4, 7, 14, 31)] == [4, 5, 10, 20]
    assert [frame_slots(14 * n, "prs", 1) for n in (8, 9, 31)] == [8, 8, 20]
    assert [frame_slots(14 * n, "srs", 1) for n in (1, 3, 31)] == [1, 2, 20]


@pytest.mark.parametrize("blocked", [False, True])
@pytest.mark.parametrize("tdd", [1, 2, 4, 5])
@pytest.mark.parametrize("repetition", [1, 2, 4, 6, 8])
def test_places_miss_the_uplink_and_none_is_overlooked(repetition, tdd, blocked):
    period = 10
    gaps = [1] if repetition == 1 else table("prs")["time"]["gaps_slots"]
    free = []
    for gap, offset in product(gaps, range(period)):
        slots = [offset + r * gap for r in range(repetition)]
        if slots[-1] >= period:
            continue
        hit = any((start + slot) % tdd == tdd - 1 for start in range(0, 40, 10) for slot in slots)
        if not (blocked and hit):
            free.append((gap, offset))
    found = place(period, repetition, tdd, blocked)
    assert found == (min(free) if free else None)
