"""Joint maximum-likelihood estimation of angle and delay from an OFDM reference signal.

Known: linear array, sub-carriers and amplitude; the carrier phase where said. Unknown: angle and
delay, and the carrier phase otherwise.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float

OVERSAMPLING = 4
"""Points of the coarse grid per resolution cell, in angle and in delay."""

NEWTON_STEPS = 6


def angle_delay_estimate(
    observation: Complex,
    *,
    tone_spacing: float,
    spacing: float = 0.5,
    known_phase: bool = False,
    largest_delay: ArrayLike | None = None,
) -> tuple[Float, Float]:
    """Angle and delay that maximise the likelihood: coarse grid by Fourier transforms, then Newton.

    The signal at antenna n and tone m is ``g exp(-2j pi (n d sin theta + f_m t))`` with
    ``f_m = (m - (M - 1)/2) tone_spacing``, in white noise. With z its correlation with the
    observation, the estimate maximises ``|z|^2``, or ``Re z`` where the phase of g is known.

    Parameters
    ----------
    observation : ndarray, shape (..., N, M)
        Antennas by tones, averaged over symbols.
    tone_spacing : float
        [Hz]
    spacing : float, optional
        Antenna spacing [wavelengths], at most one half for an unambiguous angle.
    known_phase : bool, optional
        Whether g is real and positive at element 0 and band centre.
    largest_delay : float, optional
        Delays are searched from minus this to this [s]; default half the ambiguity interval
        ``1 / tone_spacing``.

    Returns
    -------
    angle, delay : ndarray, shape (...)
        [rad], [s]
    """
    Y = np.asarray(observation)
    if Y.ndim < 2 or min(Y.shape[-2:]) < 2:
        raise ValueError(f"observation must have shape (..., N, M) from 2 x 2, got {Y.shape}")
    width = float(_check.real("tone_spacing", tone_spacing, above=0.0))
    d = float(_check.real("spacing", spacing, above=0.0))
    N, M = Y.shape[-2:]
    n, m = np.arange(N), np.arange(M) - (M - 1) / 2.0
    n_sines = OVERSAMPLING * N
    sines = (2.0 * np.arange(n_sines) + 1.0 - n_sines) / n_sines
    n_delays = OVERSAMPLING * 2 ** int(np.ceil(np.log2(M)))
    # Delays in units of the ambiguity interval, zero in the middle after the shift.
    delays = (np.arange(n_delays) - n_delays // 2) / n_delays
    turned = np.exp(2j * np.pi * d * np.outer(sines, n)) @ Y
    spectrum = np.fft.fftshift(np.fft.ifft(turned, n_delays, axis=-1), axes=-1)
    spectrum = spectrum * np.exp(-1j * np.pi * (M - 1) * delays)
    height = np.real(spectrum) if known_phase else np.abs(spectrum)
    if largest_delay is not None:
        limit = float(_check.real("largest_delay", largest_delay, above=0.0)) * width
        height = np.where(np.abs(delays) <= limit, height, -np.inf)
    best = np.argmax(height.reshape(*height.shape[:-2], -1), axis=-1)
    s, t = sines[best // n_delays], delays[best % n_delays]
    cell = 1.0 / n_sines, 0.5 / n_delays
    low, high = (s - 2.0 * cell[0], t - 2.0 * cell[1]), (s + 2.0 * cell[0], t + 2.0 * cell[1])
    for _ in range(NEWTON_STEPS):
        step_s, step_t = _newton_step(Y, s, t, 2.0 * np.pi * d * n, 2.0 * np.pi * m, known_phase)
        s = np.clip(s + step_s, np.maximum(low[0], -1.0), np.minimum(high[0], 1.0))
        t = np.clip(t + step_t, low[1], high[1])
    return np.arcsin(s), t / width


def _newton_step(
    Y: Complex, s: Float, t: Float, antenna: Float, tone: Float, known_phase: bool
) -> tuple[Float, Float]:
    """Newton step of sine and normalised delay; a quarter of the gradient's cell when uphill."""
    rows = np.exp(1j * antenna * s[..., None])[..., None] * (1j * antenna[:, None]) ** np.arange(3)
    columns = np.exp(1j * tone * t[..., None])[..., None] * (1j * tone[:, None]) ** np.arange(3)
    # z[p, q]: p-th derivative by the sine, q-th by the delay.
    z = np.swapaxes(rows, -1, -2) @ Y @ columns
    if known_phase:
        f_s, f_t = np.real(z[..., 1, 0]), np.real(z[..., 0, 1])
        f_ss, f_tt, f_st = (np.real(z[..., p, q]) for p, q in ((2, 0), (0, 2), (1, 1)))
    else:
        z_0, z_s, z_t = z[..., 0, 0].conj(), z[..., 1, 0], z[..., 0, 1]
        f_s, f_t = np.real(z_0 * z_s), np.real(z_0 * z_t)
        f_ss = np.real(z_0 * z[..., 2, 0]) + np.abs(z_s) ** 2
        f_tt = np.real(z_0 * z[..., 0, 2]) + np.abs(z_t) ** 2
        f_st = np.real(z_0 * z[..., 1, 1] + z_s.conj() * z_t)
    determinant = f_ss * f_tt - f_st**2
    concave = (f_ss < 0.0) & (determinant > 0.0)
    safe = np.where(concave, determinant, 1.0)
    newton_s = -(f_tt * f_s - f_st * f_t) / safe
    newton_t = -(f_ss * f_t - f_st * f_s) / safe
    uphill_s = np.sign(f_s) / (4.0 * OVERSAMPLING * len(antenna))
    uphill_t = np.sign(f_t) / (8.0 * OVERSAMPLING * len(tone))
    return np.where(concave, newton_s, uphill_s), np.where(concave, newton_t, uphill_t)
