"""What a split is chosen for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.sensing.angle import PHASES
from isacplan.sensing.delay import BANDWIDTHS
from isacplan.split.comb import NR_SPACINGS
from isacplan.split.stations import Stations
from isacplan.units import SPEED_OF_LIGHT

SPLITS = ("time", "frequency", "joint", "comb")
BOOKKEEPINGS = ("constant_snr", "constant_power", "constant_density")
BLOCKS = ("shared", "divided")
RECEIVERS = ("mean_gain", "learned_gain")
SERVING_STATION = Stations()


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitProblem:
    """One base station that serves and localizes K users in one coherence interval.

    Parameters
    ----------
    n_antennas : int
        N, at least two.
    carrier_frequency, bandwidth, element_bandwidth : float
        Carrier, band, and width of a resource element [Hz].
    n_symbols : int
        tau_T, symbols in the coherence interval; more than users.
    downlink_snr, uplink_snr : array_like, shape (K,)
        delta and mu with the whole band in use.
    localization_snr : array_like, shape (K,)
        gamma of one symbol at one antenna with the whole band in use; the power that localization
        has of its own is in it.
    distance : array_like, shape (K,)
        [m]
    angle : array_like, shape (K,)
        From broadside [rad].
    power_share : array_like, shape (K,), optional
        Parts of the power that delta stands for, which sum to one at most; what is left is not
        sent. Default equal parts.
    spacing : float
        Antenna spacing [wavelengths].
    waveform_coefficient : float
        varsigma.
    angle_bound : {"known_phase", "unknown_phase"}
        See `isacplan.sensing.linear_array_angle_crb`.
    delay_bound : {"paper", "flat_spectrum", "tones"}
        See `isacplan.sensing.mean_square_bandwidth`; "tones" has the spread of the sub-carriers
        themselves. A comb's is always that of its tones, in the paper's model as many times
        larger as there for a band.
    snr_bookkeeping : {"constant_snr", "constant_power", "constant_density"}
        What happens to the SNRs when a signal does not occupy the whole band.

        * constant_snr (the paper): nothing.
        * constant_power: noise follows the bandwidth, and localization has power of its own.
          Communication has all of its power in the part of the band it occupies in a symbol, so
          delta and mu rise. A localization symbol has the same energy in a narrower band, over
          the same noise density: gamma, which counts whole symbols, stays (fewer sub-carriers,
          each stronger).
        * constant_density: one transmitter with an even power density. delta and mu stay, and
          gamma falls with the localization band.
    localization_block : {"shared", "divided"}
        Whether every user measures the whole localization block (a broadcast reference signal) or
        each has symbols of its own.
    receiver : {"mean_gain", "learned_gain"}
        What a user knows of its beam's gain while data flows: its mean (the paper), or the gain
        of this interval, learned from precoded pilots. Not learned under constant power, where
        the proof of the search rests on the former's rate.
    precoded_pilots : int
        Symbols of every part of the band that a learned gain costs.
    subcarriers_per_element : int
        Sub-carriers of a resource element, the tones that localization sends.
    comb_spacings : sequence of int, optional
        Spacings that a comb over the whole band may have, in sub-carriers, each a divisor of
        their number; none for no comb; default those of 2, 4, 6 and 12 that are.
    comb_energy : float
        Energy of a comb's tone over that of a tone of other shapes, at least one.
    range_window : float, optional
        Range within which a user's distance is known beforehand: the tones of a comb, all its
        symbols taken together, must not repeat within it [m]. Default the largest distance.
    stations : Stations
        Who measures what for the users' positions, and whose clock that rests on.
    """

    n_antennas: int
    carrier_frequency: float
    bandwidth: float
    n_symbols: int
    downlink_snr: Float
    uplink_snr: Float
    localization_snr: Float
    distance: Float
    angle: Float
    element_bandwidth: float = 180e3
    power_share: Float | None = None
    spacing: float = 0.5
    waveform_coefficient: float = 1.0
    angle_bound: str = "known_phase"
    delay_bound: str = "paper"
    snr_bookkeeping: str = "constant_snr"
    localization_block: str = "shared"
    receiver: str = "mean_gain"
    precoded_pilots: int = 1
    subcarriers_per_element: int = 12
    comb_spacings: Sequence[int] | None = None
    comb_energy: float = 1.0
    range_window: float | None = None
    stations: Stations = SERVING_STATION

    def __post_init__(self) -> None:
        _check.integer("n_antennas", self.n_antennas, at_least=2)
        for name in ("carrier_frequency", "bandwidth", "element_bandwidth", "spacing"):
            _check.real(name, getattr(self, name), above=0.0)
        _check.choice("angle_bound", self.angle_bound, PHASES)
        _check.choice("delay_bound", self.delay_bound, (*BANDWIDTHS, "tones"))
        _check.choice("snr_bookkeeping", self.snr_bookkeeping, BOOKKEEPINGS)
        _check.choice("localization_block", self.localization_block, BLOCKS)
        _check.choice("receiver", self.receiver, RECEIVERS)
        _check.integer("precoded_pilots", self.precoded_pilots, at_least=1)
        if self.receiver == "learned_gain" and self.snr_bookkeeping == "constant_power":
            raise ValueError(
                'receiver = "learned_gain" does not go with snr_bookkeeping = "constant_power"; '
                'take "constant_snr" or "constant_density"'
            )
        if self.n_elements < 1:
            raise ValueError(
                f"bandwidth must hold at least one element of {self.element_bandwidth:g} Hz, "
                f"got {self.bandwidth:g}"
            )
        self._set_users()
        self._set_combs()
        least = 1 + len(self.distance)
        if _check.integer("n_symbols", self.n_symbols, at_least=2) < least:
            raise ValueError(
                f"n_symbols must be at least {least}, a pilot for each user and one more, "
                f"got {self.n_symbols}"
            )

    def _set_users(self) -> None:
        distance = np.atleast_1d(_check.real("distance", self.distance, above=0.0))
        if distance.ndim != 1 or distance.size == 0:
            raise ValueError(f"distance must have shape (K,), got {distance.shape}")
        n_users = distance.size
        share = np.full(n_users, 1.0 / n_users) if self.power_share is None else self.power_share
        users = {
            "distance": distance,
            "angle": _check.real("angle", self.angle),
            "power_share": _check.real("power_share", share, above=0.0, at_most=1.0),
        }
        for name in ("downlink_snr", "uplink_snr", "localization_snr"):
            users[name] = _check.real(name, getattr(self, name), above=0.0)
        for name, value in users.items():
            if value.ndim > 1 or value.size not in (1, n_users):
                raise ValueError(f"{name} must have shape ({n_users},), got {value.shape}")
            held = np.array(np.broadcast_to(value, (n_users,)))
            held.flags.writeable = False
            object.__setattr__(self, name, held)
        if np.any(np.abs(np.cos(users["angle"])) < 1e-6):
            raise ValueError("angle must be off endfire, where the array measures no angle")
        total = float(np.sum(users["power_share"]))
        if total > 1.0 + 1e-9:
            raise ValueError(f"power_share must sum to at most 1, got {total:g}")

    def _set_combs(self) -> None:
        _check.integer("subcarriers_per_element", self.subcarriers_per_element, at_least=1)
        _check.real("comb_energy", self.comb_energy, at_least=1.0)
        for K in self.spacings:
            _check.integer("comb_spacings", K, at_least=2)
            if self.n_subcarriers < K:
                raise ValueError(
                    f"comb_spacings must fit the band of {self.n_subcarriers} sub-carriers, got {K}"
                )
            if self.n_subcarriers % K:
                raise ValueError(
                    f"comb_spacings must divide the band's {self.n_subcarriers} sub-carriers, "
                    f"got {K}"
                )
        _check.real("range_window", self.window, above=0.0)

    @property
    def learned_symbols(self) -> int:
        """Symbols that learning the gain costs."""
        return self.precoded_pilots if self.receiver == "learned_gain" else 0

    @property
    def splits(self) -> tuple[str, ...]:
        """Splits that the problem offers."""
        return SPLITS if self.spacings else SPLITS[:3]

    @property
    def spacings(self) -> tuple[int, ...]:
        """Spacings that a comb may have, rising [sub-carriers]."""
        if self.comb_spacings is None:
            return tuple(K for K in NR_SPACINGS if self.n_subcarriers % K == 0)
        return tuple(sorted(set(self.comb_spacings)))

    @property
    def window(self) -> float:
        """Range within which a user's distance is known beforehand [m]."""
        return float(np.max(self.distance)) if self.range_window is None else self.range_window

    @property
    def n_subcarriers(self) -> int:
        """Sub-carriers of the whole elements."""
        return self.n_elements * self.subcarriers_per_element

    @property
    def subcarrier(self) -> float:
        """Width of a sub-carrier [Hz]."""
        return self.element_bandwidth / self.subcarriers_per_element

    @property
    def hertz_by_spread(self) -> float:
        """Mean-square bandwidth by variance of the tones, in sub-carriers squared [Hz^2].

        The paper's delay bound has ``4 (1 + varsigma)`` times that of a flat band.
        """
        flat = self.delay_bound != "paper"
        return (1.0 if flat else 4.0 * (1.0 + self.waveform_coefficient)) * self.subcarrier**2

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return len(self.distance)

    @property
    def n_elements(self) -> int:
        """Whole resource elements that fit side by side in the band."""
        return int(np.floor(self.bandwidth / self.element_bandwidth * (1.0 + 1e-12)))

    @property
    def wavelength(self) -> float:
        """Carrier wavelength [m]."""
        return SPEED_OF_LIGHT / self.carrier_frequency

    @property
    def shares(self) -> Float:
        """Parts of the power that is sent, shape (K,); they sum to one."""
        return np.asarray(self.power_share) / self._sent

    @property
    def data_snr(self) -> Float:
        """Delta of the power that is sent, shape (K,): what is not sent does not interfere."""
        return self.downlink_snr * self._sent

    @property
    def _sent(self) -> float:
        return float(np.sum(np.asarray(self.power_share)))


def limits_per_user(problem: SplitProblem, limit: ArrayLike) -> Float:
    """Variance limits as an array, one for each user [m^2]."""
    checked = _check.real("position_variance_limit", limit, above=0.0, infinite=True)
    if checked.ndim > 1 or checked.size not in (1, problem.n_users):
        raise ValueError(
            f"position_variance_limit must have shape ({problem.n_users},), got {checked.shape}"
        )
    return np.broadcast_to(checked, (problem.n_users,))
