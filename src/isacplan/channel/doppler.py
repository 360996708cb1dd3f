"""Aging of a channel made of discrete paths, each with a Doppler shift of its own."""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float
from isacplan.units import SPEED_OF_LIGHT


def path_doppler(
    velocity: ArrayLike, azimuth: ArrayLike, elevation: ArrayLike, carrier_frequency: float
) -> Float:
    """Doppler shifts of the paths of a moving user, ``v . r / lambda``.

    ``r`` points from the user towards where a path comes from: moving there shortens the path.
    For a path without interaction it is opposite to the direction of departure. All else stands
    still.

    Parameters
    ----------
    velocity : array_like, shape (3,)
        Of the user, all three components [m/s].
    azimuth, elevation : array_like, shape (P,)
        Directions of arrival [rad].
    carrier_frequency : float
        [Hz].

    Returns
    -------
    ndarray, shape (P,)
        [Hz].

    Examples
    --------
    A drone that only climbs, 45 degrees above the station:

    >>> shift = path_doppler([0, 0, 3.0], np.pi, np.radians(-45.0), 3.5e9)
    >>> float(shift.round(2))
    -24.77
    """
    v = _check.real("velocity", velocity)
    if v.shape != (3,):
        raise ValueError(f"velocity must have shape (3,), got {v.shape}")
    phi, theta = _check.real("azimuth", azimuth), _check.real("elevation", elevation)
    f_c = float(_check.real("carrier_frequency", carrier_frequency, above=0.0))
    along = np.cos(theta) * (v[0] * np.cos(phi) + v[1] * np.sin(phi)) + v[2] * np.sin(theta)
    return np.asarray(along * f_c / SPEED_OF_LIGHT)


def traced_correlation(gain: ArrayLike, doppler: ArrayLike, lag: ArrayLike) -> Complex:
    """Temporal correlation of paths with independent uniform phases.

    ``sum_p g_p exp(2j pi nu_p dt) / sum_p g_p``. Element-wise over the lags.

    Parameters
    ----------
    gain : array_like, shape (P,)
        Power gains g, linear.
    doppler : array_like, shape (P,)
        nu [Hz].
    lag : array_like, shape (...)
        dt [s].

    Returns
    -------
    ndarray, shape (...)
        Complex; its magnitude is 1 at lag 0.
    """
    g = _check.real("gain", gain, at_least=0.0)
    nu = _check.real("doppler", doppler)
    if g.ndim != 1 or g.shape != nu.shape or not np.sum(g) > 0.0:
        raise ValueError(
            f"gain and doppler must have shape (P,) and some power, got {g.shape}, {nu.shape}"
        )
    dt = _check.real("lag", lag)
    turning = np.exp(2j * np.pi * dt[..., None] * nu)
    return np.asarray(turning @ g / np.sum(g), dtype=complex)


def traced_aging(
    gain: ArrayLike, doppler: ArrayLike, block_duration: float, n_blocks: int, *, first_lag: int = 1
) -> Float:
    """Magnitude of `traced_correlation` from an update to the blocks after it.

    The common phase turns the same for beam and channel, so neither beams nor learned gains see it.

    Parameters
    ----------
    gain, doppler : array_like, shape (P,)
        Power gains, linear, and Doppler shifts [Hz] of the paths.
    block_duration : float
        T_b [s].
    n_blocks : int
        Number of blocks N.
    first_lag : int, optional
        Lag of the first block after an update.

    Returns
    -------
    ndarray, shape (N,)
        Not monotone: a few paths come back into step.

    Examples
    --------
    One path does not age, however fast it shifts:

    >>> traced_aging([1.0], [200.0], 1e-3, 3).round(12)
    array([1., 1., 1.])
    """
    T_b = float(_check.real("block_duration", block_duration, above=0.0))
    n = _check.integer("n_blocks", n_blocks, at_least=1)
    first = _check.integer("first_lag", first_lag, at_least=0)
    rho = np.abs(traced_correlation(gain, doppler, T_b * (first + np.arange(n))))
    # |sum_p g_p exp(1j x_p)| <= sum_p g_p; only rounding of paths in step says otherwise.
    return np.minimum(rho, 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class PathFading:
    """A channel as it is drawn: one uniform phase a path, moved by the path's Doppler.

    ``h(t) = sum_p sqrt(g_p / beta) exp(1j (phi_p + 2 pi nu_p t)) a_p``: neither Gaussian nor
    separable in time and space.

    Parameters
    ----------
    gain : ndarray, shape (P,)
        Shares of the power; they add up to one.
    doppler : ndarray, shape (P,)
        [Hz].
    steering : ndarray, shape (P, L)
        Unit-norm array responses.
    """

    gain: Float
    doppler: Float
    steering: Complex

    def __post_init__(self) -> None:
        if self.gain.shape != self.doppler.shape or len(self.steering) != self.gain.size:
            raise ValueError(
                f"gain, doppler and steering must describe the same paths, got shapes "
                f"{self.gain.shape}, {self.doppler.shape}, {self.steering.shape}"
            )
        if not abs(float(np.sum(self.gain)) - 1.0) < 1e-9:
            raise ValueError(f"gain must add up to 1, got {np.sum(self.gain):g}")

    @property
    def correlation(self) -> Complex:
        """R of the draws, shape (L, L), unit trace."""
        return (self.steering.T * self.gain) @ self.steering.conj()

    def moving(self, time: Float) -> Complex:
        """Every path's part of the channel at phase zero.

        Parameters
        ----------
        time : ndarray, shape (T,)
            [s].

        Returns
        -------
        ndarray, shape (T, P, L)
        """
        turned = np.sqrt(self.gain) * np.exp(2j * np.pi * time[:, None] * self.doppler)
        return turned[..., None] * self.steering

    def beam_moments(self, filtering: Complex, lag: float, noise: float) -> tuple[complex, float]:
        """Moments of ``h(t + lag)^H W (h(t) + n)`` over the phases and white noise.

        With ``M_pq = a_p^H W a_q`` and ``c_p = g_p exp(-2j pi nu_p lag)`` the mean is
        ``sum_p c_p M_pp`` and the mean square ``|sum_p c_p M_pp|^2 + sum_{p != q} g_p g_q
        |M_pq|^2 + noise tr(W^H R W)``: phases of different paths only meet themselves again.

        Parameters
        ----------
        filtering : ndarray, shape (L, L)
            W.
        lag : float
            [s].
        noise : float
            Variance of each element of n.

        Returns
        -------
        mean : complex
        square : float
        """
        a, g = self.steering, self.gain
        M = a.conj() @ filtering @ a.T
        mean = complex(np.sum(g * np.exp(-2j * np.pi * self.doppler * lag) * np.diagonal(M)))
        pairs = np.outer(g, g) * np.abs(M) ** 2
        through = np.sum((filtering.conj().T @ self.correlation @ filtering).diagonal().real)
        own = float(np.sum(pairs) - np.trace(pairs))
        return mean, abs(mean) ** 2 + own + noise * float(through)
