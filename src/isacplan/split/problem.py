"""What a split is chosen for, and the choice."""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float, Int
from isacplan.sensing.angle import PHASES
from isacplan.sensing.delay import BANDWIDTHS
from isacplan.units import SPEED_OF_LIGHT

SPLITS = ("time", "frequency", "joint")
BOOKKEEPINGS = ("constant_snr", "constant_power", "constant_density")
BLOCKS = ("shared", "divided")


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
        Parts of the transmitted power, which sum to one at most; default equal parts.
    spacing : float
        Antenna spacing [wavelengths].
    waveform_coefficient : float
        varsigma.
    angle_bound : {"known_phase", "unknown_phase"}
        See `isacplan.sensing.linear_array_angle_crb`.
    delay_bound : {"paper", "flat_spectrum"}
        See `isacplan.sensing.mean_square_bandwidth`.
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

    def __post_init__(self) -> None:
        _check.integer("n_antennas", self.n_antennas, at_least=2)
        for name in ("carrier_frequency", "bandwidth", "element_bandwidth", "spacing"):
            _check.real(name, getattr(self, name), above=0.0)
        _check.choice("angle_bound", self.angle_bound, PHASES)
        _check.choice("delay_bound", self.delay_bound, BANDWIDTHS)
        _check.choice("snr_bookkeeping", self.snr_bookkeeping, BOOKKEEPINGS)
        _check.choice("localization_block", self.localization_block, BLOCKS)
        if self.n_elements < 1:
            raise ValueError(
                f"bandwidth must hold at least one element of {self.element_bandwidth:g} Hz, "
                f"got {self.bandwidth:g}"
            )
        self._set_users()
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
        """Parts of the transmitted power, shape (K,)."""
        return np.asarray(self.power_share)


@dataclass(frozen=True, kw_only=True)
class DataPart:
    """Elements that carry data on one channel estimate and with one power.

    Parameters
    ----------
    bandwidth : float
        Band times its share of the coherence interval [Hz].
    pilot_energy : float
        Energy of the pilots that serve it, in pilots of unboosted power.
    boost : float
        Power of the data over that with the whole band in use.
    """

    bandwidth: float
    pilot_energy: float
    boost: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitSolution:
    """A choice of resource elements for localization, and what it yields.

    Parameters
    ----------
    split : {"time", "frequency", "joint"}
        Which splits were allowed.
    n_elements, n_symbols : int
        Localization occupies n_elements side by side in n_symbols.
    localization_bandwidth : float
        [Hz]
    capacity : float
        Sum over users [bit/s].
    user_capacities : ndarray, shape (K,)
        [bit/s]
    crb : float
        The largest squared position error bound of any user [m^2].
    user_crb : ndarray, shape (K,)
        [m^2]
    user_symbols : ndarray of int, shape (K,)
        Localization symbols that each user measures.
    pilots_beside, pilots_within : int
        Pilots in the part of the band that localization leaves alone, and in the part it uses.
    data : tuple of DataPart
        What carries data; capacities are those of its parts.
    n_evaluated : int
        Candidates compared, one of which is provably optimal.
    exhaustive : bool
        Whether those were all there are.
    """

    split: str
    n_elements: int
    n_symbols: int
    localization_bandwidth: float
    capacity: float
    user_capacities: Float
    crb: float
    user_crb: Float
    user_symbols: Int
    pilots_beside: int
    pilots_within: int
    data: tuple[DataPart, ...]
    n_evaluated: int
    exhaustive: bool


def limits_per_user(problem: SplitProblem, limit: ArrayLike) -> Float:
    """Variance limits as an array, one for each user [m^2]."""
    checked = _check.real("position_variance_limit", limit, above=0.0, infinite=True)
    if checked.ndim > 1 or checked.size not in (1, problem.n_users):
        raise ValueError(
            f"position_variance_limit must have shape ({problem.n_users},), got {checked.shape}"
        )
    return np.broadcast_to(checked, (problem.n_users,))
