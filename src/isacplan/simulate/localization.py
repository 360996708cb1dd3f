"""Localization from the reference signal itself: angle, delay and position against their bounds."""

from dataclasses import dataclass
from functools import cached_property
from math import gcd

import numpy as np
from numpy.random import SeedSequence

from isacplan._typing import Array, Complex, Float
from isacplan.array import uniform_linear
from isacplan.sensing import equivalent_information, ofdm_array_information
from isacplan.sensing.ofdm import PARAMETERS
from isacplan.sensing.ofdm_estimators import OVERSAMPLING, angle_delay_estimate
from isacplan.simulate.backend import Backend
from isacplan.simulate.chain import phasor
from isacplan.split import comb_offsets
from isacplan.units import SPEED_OF_LIGHT

MAX_TONES = 128
"""Tones that are drawn, unless delays in the window need more to be told apart."""

MOST_TONES = 512

MOST_COMB_TONES = 4096
"""Tones from a comb's first to its last that are drawn; it has no other that stand for them."""

SEARCH_CELLS = 2**20
"""Cells of angle and delay searched at once: 16 MB of spectrum."""


class TooManyTonesError(ValueError):
    """A comb has more tones than are drawn."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tones:
    """Tones that a reference signal sends, evenly spaced about the middle of the band.

    Parameters
    ----------
    spacing : float
        [Hz]
    energy : ndarray, shape (M,)
        Part of the signal's energy in each; they sum to one, and some may be zero.
    """

    spacing: float
    energy: Float


def band_tones(bandwidth: float, n_subcarriers: int, *, window: float = 0.0) -> Tones:
    """A band filled evenly: its sub-carriers, or so many that represent them.

    Delays within the window [s] are told apart, as far as 512 tones can.
    """
    n = min(_enough_tones(bandwidth, window), n_subcarriers)
    return Tones(spacing=bandwidth / n, energy=np.full(n, 1.0 / n))


def _enough_tones(bandwidth: float, window: float) -> int:
    return max(MAX_TONES, min(int(np.ceil(bandwidth * window)), MOST_TONES))


def comb_tones(
    subcarrier: float, n_subcarriers: int, *, spacing: int, n_offsets: int, n_symbols: int
) -> Tones:
    """A comb's own tones, with all its symbols taken together.

    No fewer can stand for them: where and how high the response has side lobes is the comb's.

    Raises
    ------
    TooManyTonesError
        If they are more than 4096, those without energy between them included.
    """
    used = np.array(comb_offsets(spacing, n_offsets))
    counts = np.bincount(used[np.arange(n_symbols) % n_offsets], minlength=spacing)
    energy = np.tile(counts / (n_symbols * (n_subcarriers // spacing)), n_subcarriers // spacing)
    first = np.flatnonzero(counts)
    step = gcd(spacing, *(int(x) for x in first - first[0]))
    kept = energy[first[0] % step :: step]
    if len(kept) > MOST_COMB_TONES:
        raise TooManyTonesError(
            f"a comb of {len(kept)} tones; at most {MOST_COMB_TONES} are drawn: take wider "
            "sub-carriers, a narrower band, or larger comb_spacings"
        )
    return Tones(spacing=step * subcarrier, energy=kept)


@dataclass(frozen=True, kw_only=True, eq=False)
class ReferenceSignal:
    """One user's reference signal.

    Parameters
    ----------
    n_antennas : int
    spacing : float
        Antenna spacing [wavelengths].
    angle, distance : float
        Where the user is [rad, m].
    snr : float
        Of one antenna, all tones and symbols together.
    tones : Tones
    known_phase : bool
        Whether the carrier phase is known.
    window : float, optional
        Delays that are searched, half of them below the true one [s]; default what the tones tell
        apart.
    """

    n_antennas: int
    spacing: float
    angle: float
    distance: float
    snr: float
    tones: Tones
    known_phase: bool
    window: float | None = None

    @property
    def n_tones(self) -> int:
        """Tones, those without energy included."""
        return len(self.tones.energy)

    @property
    def _frequencies(self) -> Float:
        return (np.arange(self.n_tones) - (self.n_tones - 1) / 2.0) * self.tones.spacing

    @property
    def _amplitudes(self) -> Float:
        """Of every antenna and tone over the noise, shape (N M,)."""
        return np.tile(np.sqrt(self.snr * self.tones.energy), self.n_antennas)

    @cached_property
    def _scores(self) -> Complex:
        """Maps noise, (N M,), to first-order errors of angle and delay; shape (N M, 2)."""
        f, n = self._frequencies, np.arange(self.n_antennas)
        slope = -2j * np.pi * self.spacing * np.cos(self.angle) * n
        shape = (self.n_antennas, self.n_tones)
        columns = [
            np.broadcast_to(slope[:, None], shape),
            np.broadcast_to(-2j * np.pi * f, shape),
            np.full(shape, 1j),
        ]
        stacked = np.stack(columns[: 2 if self.known_phase else 3], axis=-1)
        D = stacked.reshape(-1, stacked.shape[-1]) * self._amplitudes[:, None]
        scale = np.sqrt(np.sum(np.abs(D) ** 2, axis=0))
        gram = np.real(D.conj().T @ D) / scale / scale[:, None]
        return (D.conj() / scale @ np.linalg.inv(gram) / scale)[:, :2]

    @cached_property
    def bounds(self) -> Float:
        """Exact bounds for this comb on angle [rad^2], delay [s^2] and position [m^2]."""
        J = ofdm_array_information(
            uniform_linear(self.n_antennas, spacing=self.spacing),
            self.angle,
            frequencies=self._frequencies,
            times=[0.0],
            symbol_snr=np.square(self._amplitudes).reshape(self.n_antennas, -1, 1),
        )
        kept = [PARAMETERS.index(name) for name in ("angle", "delay", "phase")]
        kept = kept[: 2 if self.known_phase else 3]
        wanted = equivalent_information(J[np.ix_(kept, kept)], 2)
        scale = np.sqrt(np.diagonal(wanted))
        variance = np.diagonal(np.linalg.inv(wanted / scale / scale[:, None])) / scale**2
        return np.array([*variance, self._position(*variance)])

    def _position(self, angle_square: Float, delay_square: Float) -> Float:
        return self.distance**2 * angle_square + SPEED_OF_LIGHT**2 * delay_square

    def errors(self, seed: SeedSequence, n_trials: int, backend: Backend) -> tuple[Float, Float]:
        """Errors of the estimates, and their first-order expansions.

        Parameters
        ----------
        seed : numpy.random.SeedSequence
        n_trials : int
        backend : Backend

        Returns
        -------
        found, expanded : ndarray, shape (2, n_trials)
            Of angle [rad] and delay [s].
        """
        xp, N, M = backend.xp, self.n_antennas, self.n_tones
        white = xp.astype(backend.circular(seed, (n_trials, N * M + 1)), xp.complex128)
        noise, turn = white[:, :-1], white[:, -1:]
        turn = xp.ones_like(turn) if self.known_phase else phasor(xp, turn)
        phase = -2.0 * np.pi * self.spacing * np.sin(self.angle) * np.arange(N)
        wave = np.repeat(np.exp(1j * phase), M)
        # Noise seen along the signal's own phase.
        along = noise * xp.conj(turn) * backend.double(wave.conj())
        expanded = backend.numpy(xp.real(xp.matmul(along, backend.double(self._scores))))
        received = backend.double(wave * self._amplitudes) * turn + noise
        # Matched to the tones' own amplitudes, up to one factor.
        received = received * backend.double(np.tile(np.sqrt(M * self.tones.energy), N) + 0j)
        angle, delay = self._estimates(xp.reshape(received, (n_trials, N, M)), backend)
        return np.array([angle - self.angle, delay]), expanded.T

    def squared_errors(
        self, seed: SeedSequence, n_trials: int, backend: Backend
    ) -> tuple[Float, Float]:
        """Squared errors of the estimates, and of their first-order expansions.

        Parameters
        ----------
        seed : numpy.random.SeedSequence
        n_trials : int
        backend : Backend

        Returns
        -------
        found, expanded : ndarray, shape (3, n_trials)
            Of angle [rad^2], delay [s^2] and position [m^2].
        """
        found, small = self.errors(seed, n_trials, backend)
        squares = small**2
        return (
            np.array([*found**2, self.squared_distance(*found)]),
            np.array([*squares, self._position(*squares)]),
        )

    def squared_distance(self, angle_error: Float, delay_error: Float) -> Float:
        """From the true place to that of an angle and a delay with errors [m^2]."""
        distance = self.distance + SPEED_OF_LIGHT * delay_error
        # Squares of sides and the angle between them, without cancellation where they are close.
        across = 4.0 * distance * self.distance * np.sin(angle_error / 2.0) ** 2
        return (distance - self.distance) ** 2 + across

    def _estimates(self, received: Array, backend: Backend) -> tuple[Float, Float]:
        """Angles and delays, so many trials at a time that the search stays in the cache."""
        n, together = received.shape[0], self.trials_together(backend)
        narrow = self.window is not None and self.window * self.tones.spacing < 1.0
        parts = [
            angle_delay_estimate(
                received[start : min(start + together, n), ...],
                tone_spacing=self.tones.spacing,
                spacing=self.spacing,
                known_phase=self.known_phase,
                largest_delay=self.window / 2.0 if narrow and self.window else None,
                xp=backend.xp,
            )
            for start in range(0, n, together)
        ]
        angle, delay = (
            np.concatenate([backend.numpy(x) for x in xs]) for xs in zip(*parts, strict=True)
        )
        return angle, delay

    def trials_together(self, backend: Backend) -> int:
        """Trials whose likelihoods are searched at once."""
        cells = OVERSAMPLING**2 * self.n_antennas * self.n_tones
        return max(1, SEARCH_CELLS * backend.block_scale**2 // cells)
