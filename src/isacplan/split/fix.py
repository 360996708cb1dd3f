"""The position fix: how what each link measures combines to a place, and how surely.

A link is one direction of transmission between a user and a station. Its delay contains the
user's clock, ahead of the network's: a downlink's delay reads too long by it, an uplink's too
short, so that a round trip is two links whose clocks cancel, and needs no rule of its own.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Bool, Float
from isacplan.sensing import (
    anchor_measurements,
    independent_cells,
    joint_outlier_probability,
    linear_array_angle_crb,
    position_covariance,
)
from isacplan.sensing.angle import PHASES
from isacplan.split.measurement import ErrorLaw, Link, Waveform
from isacplan.units import SPEED_OF_LIGHT

STATIC = ("velocity_x", "velocity_y")
SECOND_ORDER = 2.0
"""Of maximum likelihood near its threshold: the variance is the bound times ``1 + 2 / SNR``, as
simulated (a factor of 1.13 at 12 dB, 1.08 at 14 dB, 1.05 at 16 dB); of that, ``1 / SNR`` is the
fluctuation of the amplitude."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fix:
    """How K users are localized.

    Parameters
    ----------
    place : ndarray, shape (K, 2)
        Of the users [m].
    links : tuple of Link
    clock_known : bool
        Whether the user's clock is that of the network.
    n_antennas : int
        Of every station's array.
    spacing : float
        Of its elements [wavelengths].
    angle_bound : {"known_phase", "unknown_phase"}
        See `isacplan.sensing.linear_array_angle_crb`.
    range_window : float
        Range within which a distance is known beforehand [m].
    range_bias : float
        By how much every path is longer than the straight line [m].
    """

    place: Float
    links: tuple[Link, ...]
    clock_known: bool
    n_antennas: int
    spacing: float
    angle_bound: str
    range_window: float
    range_bias: float = 0.0

    def __post_init__(self) -> None:
        _check.integer("n_antennas", self.n_antennas, at_least=2)
        _check.choice("angle_bound", self.angle_bound, PHASES)
        _check.real("range_window", self.range_window, above=0.0)
        _check.real("range_bias", self.range_bias, at_least=0.0)
        if not self.links:
            raise ValueError("links must hold at least one")

    @property
    def known(self) -> tuple[str, ...]:
        """Entries of the state that are known."""
        return ("clock", *STATIC) if self.clock_known else STATIC

    @cached_property
    def snr(self) -> Float:
        """SNR of one symbol at one antenna, shape (K, L)."""
        return np.stack([link.snr for link in self.links], axis=-1)

    @cached_property
    def measures_angle(self) -> Bool:
        """Which links measure an angle, shape (L,)."""
        return np.array([link.facing is not None for link in self.links])

    @cached_property
    def slant_range(self) -> Float:
        """Distance in space, shape (K, L) [m]."""
        offset = self.place[:, None] - np.array([link.place for link in self.links])
        return np.hypot(np.hypot(*np.moveaxis(offset, -1, 0)), [link.height for link in self.links])

    @cached_property
    def sine(self) -> Float:
        """Sine of the angle from broadside, shape (K, L); zero where none is measured."""
        rows: list[Float] = []
        for i, link in enumerate(self.links):
            phi = link.facing or 0.0
            offset = self.place - np.array(link.place)
            along = offset @ np.array([-np.sin(phi), np.cos(phi)])
            rows.append((link.facing is not None) * along / self.slant_range[:, i])
        return np.stack(rows, axis=-1)

    @cached_property
    def gradients(self) -> Float:
        """Derivatives of every link's angle and delay by the state, shape (K, L, 2, 5)."""
        rows = [
            anchor_measurements(
                self.place,
                anchor=link.place,
                facing=link.facing or 0.0,
                height=link.height,
                angle_variance=1.0 if link.facing is not None else np.inf,
                delay_variance=1.0,
            )[:, :2]
            * np.array([1.0, 1.0, link.clock, 1.0, 1.0])
            for link in self.links
        ]
        return np.stack(rows, axis=1)

    def variances(self, waveform: Waveform, symbols: Float) -> Float:
        """Bounds on angle [rad^2] and delay [s^2] of every link, shape (S, K, L, 2).

        Parameters
        ----------
        waveform : Waveform
        symbols : ndarray, shape (S, K)
            That each user measures.
        """
        snr = self._snr(waveform, symbols)
        angle = linear_array_angle_crb(
            np.arcsin(self.sine),
            n_antennas=self.n_antennas,
            snr=1.0,
            n_symbols=1.0,
            spacing=self.spacing,
            phase=self.angle_bound,
        )
        angle = np.where(self.measures_angle, angle, np.inf)
        F2 = waveform.mean_square_bandwidth[:, None, None]
        with np.errstate(divide="ignore"):
            delay = 1.0 / (8.0 * np.pi**2 * self.n_antennas * F2)
            return np.stack(np.broadcast_arrays(angle / snr, delay / snr), axis=-1)

    def covariance(self, waveform: Waveform, symbols: Float) -> Float:
        """Bound on the covariance of the place, shape (S, K, 2, 2) [m^2]."""
        return self._fuse(self.variances(waveform, symbols))

    def law(self, waveform: Waveform, symbols: Float) -> ErrorLaw:
        """Distribution of the position error of every waveform and user.

        Parameters
        ----------
        waveform : Waveform
        symbols : ndarray, shape (S, K)
            That each user measures.

        Returns
        -------
        ErrorLaw
            Of shape (S, K).
        """
        variances = self.variances(waveform, symbols)
        total = self.n_antennas * self._snr(waveform, symbols)
        with np.errstate(divide="ignore"):
            near = variances * (1.0 + SECOND_ORDER / total)[..., None]
        missed = self.outliers(waveform, symbols)
        # The weights of links do not depend on the symbols, which may be none.
        gain = self.gain(self.variances(waveform, np.maximum(symbols, 1.0)))
        shift = np.sum(gain[..., 1], axis=-2) * self.range_bias / SPEED_OF_LIGHT
        bias = shift if self.range_bias else np.zeros_like(shift)
        with np.errstate(divide="ignore"):
            any_missed = 0.0 - np.expm1(np.sum(np.log1p(-missed), axis=-1))
        covariance = self._fuse(near)
        regular = np.trace(covariance, axis1=-2, axis2=-1)
        wrong, several = self._wrong(waveform), not self._alone
        spread = self._spread(gain, near, missed, wrong, regular)
        return ErrorLaw(
            covariance=covariance,
            bias=bias,
            outlier_probability=any_missed,
            mean_square=spread + np.sum(bias**2, axis=-1),
            missed=missed if several else None,
            thrown=_thrown(gain, wrong) if several else None,
        )

    def gain(self, variances: Float) -> Float:
        """Error of the place by error of each link's angle and delay, shape (S, K, L, 2, 2).

        Of the estimate that weighs all links by their variances, linear about the true place. The
        last axis is angle and delay, the one before it the place.
        """
        if self._alone:
            inverse = np.linalg.inv(self.gradients[:, 0, :, :2])[:, None]
            return np.broadcast_to(inverse, (*variances.shape[:-1], 2, 2))
        keep = [0, 1] if self.clock_known else [0, 1, 2]
        scale = np.array([1.0, 1.0, 1.0 / SPEED_OF_LIGHT])[: len(keep)]
        root = 1.0 / np.sqrt(variances)
        rows = root[..., None] * self.gradients[..., keep] * scale
        flat = rows.reshape(*rows.shape[:2], -1, len(keep))
        inverse = np.linalg.pinv(flat)[..., :2, :].reshape(*rows.shape[:2], 2, -1, 2)
        return np.moveaxis(inverse, 2, 3) * root[..., None, :]

    @property
    def _alone(self) -> bool:
        """Whether angle and delay of one link are all there is."""
        return len(self.links) == 1 and self.clock_known and bool(self.measures_angle[0])

    def _fuse(self, variances: Float) -> Float:
        if self._alone:
            inverse = np.linalg.inv(self.gradients[:, 0, :, :2])
            finite = np.all(np.isfinite(variances), axis=(-2, -1))[..., None, None]
            weighted = inverse * np.where(finite, variances[..., 0, None, :], 0.0)
            product = weighted @ np.swapaxes(inverse, -1, -2)
            return np.where(finite, product, np.diag([np.inf, np.inf]))
        rows = self.gradients / np.sqrt(variances)[..., None]
        return position_covariance(rows.reshape(*rows.shape[:2], -1, 5), known=self.known)

    def _snr(self, waveform: Waveform, symbols: Float) -> Float:
        """Of all symbols at one antenna, shape (S, K, L)."""
        return waveform.energy[:, None, None] * symbols[..., None] * self.snr

    def _window(self, waveform: Waveform) -> Float:
        """Delays that are searched, shape (S,) [s]."""
        return np.minimum(self.range_window / SPEED_OF_LIGHT, waveform.repeat)

    def outliers(self, waveform: Waveform, symbols: Float) -> Float:
        """Probability that a link's estimate leaves the main lobe, shape (S, K, L).

        Parameters
        ----------
        waveform : Waveform
        symbols : ndarray, shape (S, K)
            That each user measures.
        """
        total = self.n_antennas * self._snr(waveform, symbols)
        n, d = np.arange(self.n_antennas), self.spacing
        known = self.angle_bound == "known_phase"
        rms = d * np.sqrt(np.mean(n**2)) if known else d * np.std(n)
        period = min(2.0, 1.0 / d)
        window, B = self._window(waveform), waveform.width
        with np.errstate(divide="ignore"):
            lobe = np.minimum(np.where(B > 0.0, 2.0 / B, np.inf), window)
        axes = (1, 2)
        angle = {
            "angle_cells": independent_cells(rms, period, 0.0),
            "angle_lobe": independent_cells(rms, min(2.0 / (self.n_antennas * d), period), 0.0),
        }
        delay = {
            "delay_cells": np.expand_dims(
                independent_cells(waveform.rms_frequency, window, 0.0), axes
            ),
            "delay_lobe": np.expand_dims(
                independent_cells(waveform.rms_frequency, lobe, 0.0), axes
            ),
        }
        whole = bool(np.all(window >= waveform.repeat))
        return joint_outlier_probability(
            total, **angle, **delay, wraps=(period < 2.0 or d == 0.5, whole), known_phase=known
        )

    def _wrong(self, waveform: Waveform) -> Float:
        """Mean squares of outliers in angle [rad^2] and delay [s^2], shape (S, K, L, 2).

        Uniform in the sine of the angle and over the delays searched.
        """
        delay = self._window(waveform)[:, None, None] ** 2 / 12.0
        angle = np.arcsin(self.sine) ** 2 + np.pi**2 / 4.0 - 2.0
        return np.stack(np.broadcast_arrays(angle, delay), axis=-1)

    def _spread(
        self, gain: Float, near: Float, missed: Float, wrong: Float, regular: Float
    ) -> Float:
        """Mean squared error about the bias, outliers included, shape (S, K) [m^2].

        What is no outlier errs no more than outliers do. Each part falls as symbols are added, so
        the sum does.
        """
        if self._alone:
            link, q = self.links[0], missed[..., 0]
            offset = self.place - np.array(link.place)
            phi = link.facing or 0.0
            square = np.sum(offset**2, axis=-1)
            ahead = offset @ np.array([np.cos(phi), np.sin(phi)]) * np.sqrt(square)
            far = 2.0 * square - np.pi / 2.0 * ahead + SPEED_OF_LIGHT**2 * wrong[..., 0, 1]
            return (1.0 - q) * np.minimum(regular, far) + q * far
        q = missed[..., None]
        each = (1.0 - q) * np.minimum(near, wrong) + q * wrong
        total = np.sum(gain**2 * each[..., None, :], axis=(-3, -2, -1))
        # Without a fix there is no place whose error the window would limit.
        return np.where(np.isfinite(regular), total, np.inf)


def _thrown(gain: Float, wrong: Float) -> Float:
    """Gaussian in place of outliers' uniform errors of the place, shape (S, K, L, 2, 2) [m^2].

    Of 6 / pi times their variance: with their density in the middle, it is nowhere nearer.
    """
    return 6.0 / np.pi * (gain * wrong[..., None, :]) @ np.swapaxes(gain, -1, -2)
