"""Random scenarios, from the file's values to what is printed, against trying everything."""

from functools import cache
from itertools import product

import numpy as np
import pytest

from isacplan.errors import InfeasibleError
from isacplan.report import split_report
from isacplan.scenario import Question, scenario_from_dict

C = 299_792_458.0
ORDERS = {
    2: (0, 1),
    4: (0, 2, 1, 3),
    6: (0, 3, 1, 4, 2, 5),
    12: (0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11),
}
TONES = 12
SCENARIOS = 420
LARGEST_DIFFERENCE = 1e-9


def db(x):
    return 10.0 ** (x / 10.0)


class Enumeration:
    """Capacity and bounds of every set of elements of a scenario given as plain values.

    Code of its own: nothing of isacplan is used.
    """

    def __init__(self, values):
        s = values["split"]
        users = values.get("users") or [{}]

        def of(user, key):
            return user.get(key, s.get(key, 0.0))

        self.N, self.tau_T = s["n_antennas"], s["n_symbols"]
        self.width = s.get("element_bandwidth_hz", 180e3)
        self.n_B = round(s["bandwidth_hz"] / self.width)
        self.K = len(users)
        self.shares = np.array([u.get("power_share", 1.0 / self.K) for u in users])
        self.delta = db(np.array([of(u, "snr_db") for u in users]))
        self.mu = self.delta * db(s.get("ue_to_gnb_power_db", 0.0))
        direction = s.get("localization_direction", "paper")
        self.gamma = self.mu if direction == "uplink" else self.delta
        self.gamma = self.gamma * db(s.get("localization_to_gnb_power_db", 0.0))
        if direction == "downlink":
            self.gamma = self.gamma / self.N
        self.distance = np.array([of(u, "distance_m") for u in users], dtype=float)
        self.angle = np.radians([of(u, "angle_deg") for u in users])
        self.known = s.get("angle_bound", "known_phase") == "known_phase"
        self.delay = s.get("delay_bound", "paper")
        self.coefficient = s.get("waveform_coefficient", 1.0)
        self.book = s.get("snr_bookkeeping", "constant_snr")
        self.divided = s.get("localization_block", "shared") == "divided"
        self.boost = db(s.get("comb_boost_db", 0.0))
        self.window = s.get("range_window_m") or float(np.max(self.distance))
        self.column = cache(self._column)

    def _column(self, s, u, b):
        """Bits of a column with s symbols of b times the power and u others: every p and q."""
        p, q = (x.ravel() for x in np.meshgrid(range(s + 1), range(u + 1), indexing="ij"))
        keep = p + q >= self.K
        p, q = p[keep], q[keep]
        if p.size == 0:
            return 0.0
        x = (b * p + q)[:, None] * self.mu

        def rates(gain):
            sinr = (
                self.N
                * gain
                * self.delta
                * self.shares
                / (1.0 + gain * self.delta * np.sum(self.shares))
            )
            return np.sum(np.log1p(sinr * x / (1.0 + x)), axis=1) / np.log(2.0)

        return float(np.max((s - p) * rates(b) + (u - q) * rates(1.0)))

    def capacity(self, visits, tau, share):
        """Of a set that visits each sub-carrier so often, a share of the band in tau symbols."""
        boosts = self.book == "constant_power" and share < 1.0
        b = 1.0 / (1.0 - share) if boosts else 1.0
        total = 0.0
        for t in visits:
            s = tau - int(t) if boosts else 0
            total += self.column(s, self.tau_T - int(t) - s, b)
        return total * self.width * self.n_B / len(visits) / self.tau_T

    def bounds(self, spread, energy):
        """Of every user, for tones of a spread [Hz^2] and an energy over that of gamma."""
        N = self.N
        moment = (N - 1) * (2 * N - 1) / 6.0 if self.known else (N**2 - 1) / 12.0
        e = self.gamma * energy
        with np.errstate(divide="ignore"):
            angle = 1.0 / (8.0 * np.pi**2 * 0.25 * np.cos(self.angle) ** 2 * e * N * moment)
            delay = 1.0 / (8.0 * np.pi**2 * e * N * spread)
        return self.distance**2 * angle + C**2 * delay

    def deal(self, single, tau):
        """Smallest worst bound of tau symbols dealt to the users in any way."""
        if not self.divided:
            return single / tau
        ways = [w for w in product(range(1, tau + 1), repeat=self.K) if sum(w) == tau]
        if not ways:
            return np.full(self.K, np.inf)
        return min((single / np.array(w) for w in ways), key=np.max)

    def rectangle(self, n, tau):
        B = n * self.width
        spread = B**2 / 12.0
        if self.delay == "paper":
            spread = (1.0 + self.coefficient) * B**2 / 3.0
        elif self.delay == "tones":
            spread = np.var(np.arange(n * TONES)) * (self.width / TONES) ** 2
        energy = n / self.n_B if self.book == "constant_density" else 1.0
        visits = [tau] * n + [0] * (self.n_B - n)
        crb = self.deal(self.bounds(spread, energy), tau)
        return self.capacity(visits, tau, n / self.n_B), crb

    def comb(self, K, D, tau):
        offsets = [o for o in ORDERS[K] if o % (K // D) == 0]
        used = [offsets[i % D] for i in range(tau)]
        f = np.concatenate([np.arange(o, self.n_B * TONES, K) for o in used])
        spread = np.var(f) * (self.width / TONES) ** 2
        if self.delay == "paper":
            spread *= 4.0 * (1.0 + self.coefficient)
        energy = self.boost * (1.0 / K if self.book == "constant_density" else 1.0)
        visits = np.bincount(f, minlength=self.n_B * TONES)
        crb = self.deal(self.bounds(spread, energy), tau)
        return self.capacity(visits, tau, 1.0 / K), crb, self.clear(f, K) >= self.window

    def clear(self, f, K):
        """Range of the first delay, of those at which tones K apart agree, with half the response.

        Half exactly is none: rounding must not decide.
        """
        delays = np.arange(1, K + 1) / K
        response = np.abs(np.mean(np.exp(2j * np.pi * f[:, None] * delays), axis=0))
        first = delays[np.argmax(response > 0.5 * (1.0 + 1e-9))]
        return first * C / (self.width / TONES)

    def everything(self):
        """(capacity, bounds) of every set, by split."""
        found = {"time": [], "frequency": [], "joint": [], "comb": []}
        for n, tau in product(range(1, self.n_B + 1), range(1, self.tau_T + 1)):
            value = self.rectangle(n, tau)
            found["joint"].append(value)
            if n == self.n_B:
                found["time"].append(value)
            if tau == self.tau_T:
                found["frequency"].append(value)
        for K in ORDERS:
            for D in [1] if self.divided else [d for d in range(1, K + 1) if K % d == 0]:
                for tau in range(1, self.tau_T + 1):
                    capacity, crb, clear = self.comb(K, D, tau)
                    if clear:
                        found["comb"].append((capacity, crb))
        return found


def random_values(rng):
    K = int(rng.integers(1, 4))
    split = {
        "n_antennas": int(rng.integers(2, 128)),
        "carrier_hz": 3.5e9,
        "bandwidth_hz": 180e3 * int(rng.integers(1, 7)),
        "n_symbols": int(rng.integers(K + 1, 13)),
        "snr_db": float(rng.uniform(-20.0, 35.0)),
        "ue_to_gnb_power_db": float(rng.uniform(-20.0, 20.0)),
        "distance_m": float(10.0 ** rng.uniform(0.5, 4.2)),
        "angle_bound": str(rng.choice(["known_phase", "unknown_phase"])),
        "delay_bound": str(rng.choice(["paper", "flat_spectrum", "tones"])),
        "snr_bookkeeping": str(rng.choice(["constant_snr", "constant_power", "constant_density"])),
        "localization_block": str(rng.choice(["shared", "divided"])),
        "localization_direction": str(rng.choice(["paper", "downlink", "uplink"])),
        "waveform_coefficient": float(rng.uniform(-0.5, 1.0)),
        "comb_boost_db": float(rng.choice([0.0, 6.0])),
    }
    if split["localization_direction"] != "uplink":
        split["localization_to_gnb_power_db"] = float(rng.uniform(-10.0, 10.0))
    users = [
        {
            "snr_db": float(rng.uniform(-20.0, 35.0)),
            "distance_m": float(10.0 ** rng.uniform(0.5, 4.2)),
            "angle_deg": float(rng.uniform(-70.0, 70.0)),
        }
        for _ in range(K)
    ]
    if rng.random() < 0.3:
        shares = rng.dirichlet(np.ones(K)) * rng.uniform(0.3, 1.0)
        for user, share in zip(users, shares, strict=True):
            user["power_share"] = float(share)
    return {"kind": "split", "split": split, "users": users}


def differences(values, loss):
    """Relative differences of everything that is printed from what trying everything finds."""
    truth = Enumeration(values)
    every = truth.everything()
    full = max(
        truth.capacity([0] * truth.n_B, 0, 0.0), *(C for part in every.values() for C, _ in part)
    )
    floor = (1.0 - loss) * full
    best = {
        name: min((np.max(crb) for C, crb in part if floor * (1 - 1e-12) <= C), default=np.inf)
        for name, part in every.items()
    }
    try:
        report = split_report(scenario_from_dict(values), question=Question(capacity_loss=loss))
    except InfeasibleError:
        assert not np.any(np.isfinite(list(best.values())))
        return []
    printed = report.to_json(curves=True)
    found = [printed["grid_capacity_bps"] / full - 1.0]
    for name, crb in best.items():
        own = printed["splits"][name]
        assert (own is None) == (not np.isfinite(crb)), name
        if own is not None:
            found.append(own["crb_m2"] / crb - 1.0)
            if own["spacing"] == 1:
                capacity, _ = truth.rectangle(own["elements"], own["symbols"])
            else:
                capacity, _, _ = truth.comb(own["spacing"], own["offsets"], own["symbols"])
            found.append(own["capacity_bps"] / capacity - 1.0 if capacity else 0.0)
        front = printed["fronts"][name]
        for C, V in zip(front["capacity_bps"], front["crb_m2"], strict=True):
            beaten = [
                True
                for C_, crb_ in every[name]
                if C_ >= C * (1 + 1e-9) and np.max(crb_) <= V * (1 - 1e-9)
            ]
            assert not beaten, name
    smallest = min(best.values())
    assert best[printed["winner"]] <= smallest * (1 + 1e-8)
    return found


@pytest.mark.slow
def test_420_scenarios_agree_with_trying_everything():
    rng = np.random.default_rng(20261125)
    worst, compared = 0.0, 0
    for _ in range(SCENARIOS):
        found = differences(random_values(rng), float(rng.uniform(0.02, 0.8)))
        compared += bool(found)
        worst = max([worst, *(abs(x) for x in found)])
    assert compared > 0.8 * SCENARIOS
    assert worst < LARGEST_DIFFERENCE


def test_a_few_scenarios_agree_with_trying_everything():
    rng = np.random.default_rng(7)
    for _ in range(12):
        found = differences(random_values(rng), float(rng.uniform(0.02, 0.8)))
        assert all(abs(x) < LARGEST_DIFFERENCE for x in found)
