"""Joint maximum-likelihood estimation of angle and delay from an OFDM reference signal.

Known: linear array, sub-carriers and amplitude; the carrier phase where said. Unknown: angle and
delay, and the carrier phase otherwise. Written against the array API standard.
"""

from types import ModuleType

import numpy as np

from isacplan import _check
from isacplan._typing import Array, Float

OVERSAMPLING = 4
"""Points of the coarse grid per resolution cell, in angle and in delay."""

NEWTON_STEPS = 6

CONVERGED = 1e-5
"""Of a coarse cell: steps squared are what is left."""

FEW = 64
"""Resolution cells of delay up to which delays are cheaper one by one than by transform."""


def angle_delay_estimate(
    observation: Array,
    *,
    tone_spacing: float,
    spacing: float = 0.5,
    known_phase: bool = False,
    largest_delay: float | None = None,
    xp: ModuleType = np,
) -> tuple[Array, Array]:
    """Angle and delay that maximise the likelihood: coarse grid by Fourier transforms, then Newton.

    The grid is searched in single precision, which moves no peak by a cell; Newton's steps are in
    double precision.

    The signal at antenna n and tone m is ``g exp(-2j pi (n d sin theta + f_m t))`` with
    ``f_m = (m - (M - 1)/2) tone_spacing``, in white noise. With z its correlation with the
    observation, the estimate maximises ``|z|^2``, or ``Re z`` where the phase of g is known.

    Parameters
    ----------
    observation : array, shape (..., N, M)
        Antennas by tones, averaged over symbols, in double precision.
    tone_spacing : float
        [Hz]
    spacing : float, optional
        Antenna spacing [wavelengths], at most one half for an unambiguous angle.
    known_phase : bool, optional
        Whether g is real and positive at element 0 and band centre.
    largest_delay : float, optional
        Delays are searched from minus this to this [s]; default half the ambiguity interval
        ``1 / tone_spacing``.
    xp : module, optional
        Array API namespace of the observation's library.

    Returns
    -------
    angle, delay : array, shape (...)
        [rad], [s]
    """
    shape = tuple(observation.shape)
    if len(shape) < 2 or min(shape[-2:]) < 2:
        raise ValueError(f"observation must have shape (..., N, M) from 2 x 2, got {shape}")
    width = float(_check.real("tone_spacing", tone_spacing, above=0.0))
    d = float(_check.real("spacing", spacing, above=0.0))
    N, M = shape[-2:]

    def constant(values: Array) -> Array:
        return xp.asarray(values, device=observation.device)

    Y = xp.reshape(observation, (-1, N, M))
    n, m = np.arange(N), np.arange(M) - (M - 1) / 2.0
    n_sines = OVERSAMPLING * N
    sines = (2.0 * np.arange(n_sines) + 1.0 - n_sines) / n_sines
    limit = None
    if largest_delay is not None:
        limit = float(_check.real("largest_delay", largest_delay, above=0.0)) * width
    coarse = xp.astype(Y, xp.complex64)
    response, delays, n_delays = _at_delays(xp, coarse, limit)
    if known_phase:
        turn = np.exp(-1j * np.pi * (M - 1) * delays).astype(np.complex64)
        response = response * constant(turn)
    steering = np.exp(2j * np.pi * d * np.outer(sines, n)).astype(np.complex64)
    spectrum = xp.matmul(constant(steering), response)
    height = xp.real(spectrum)
    if not known_phase:
        height = height**2 + xp.imag(spectrum) ** 2
    best = xp.argmax(xp.reshape(height, (-1, n_sines * len(delays))), axis=-1)
    s = xp.take(constant(sines), best // len(delays), axis=0)
    t = xp.take(constant(delays), best % len(delays), axis=0)
    cell = 1.0 / n_sines, 0.5 / n_delays
    low, high = (s - 2.0 * cell[0], t - 2.0 * cell[1]), (s + 2.0 * cell[0], t + 2.0 * cell[1])
    # Sines beyond one belong to no angle.
    ends = xp.ones_like(s)
    low, high = (xp.maximum(low[0], -ends), low[1]), (xp.minimum(high[0], ends), high[1])
    for _ in range(NEWTON_STEPS):
        step_s, step_t = _newton_step(
            xp, Y, s, t, 2.0 * np.pi * d * n, 2.0 * np.pi * m, known_phase
        )
        moved = xp.minimum(xp.maximum(s + step_s, low[0]), high[0]) - s
        shifted = xp.minimum(xp.maximum(t + step_t, low[1]), high[1]) - t
        s, t = s + moved, t + shifted
        rest = xp.maximum(xp.abs(moved) / cell[0], xp.abs(shifted) / cell[1])
        if bool(xp.all(rest < CONVERGED)):
            break
    return xp.reshape(xp.asin(s), shape[:-2]), xp.reshape(t, shape[:-2]) / width


def _at_delays(xp: ModuleType, Y: Array, limit: float | None) -> tuple[Array, Float, int]:
    """Inverse Fourier transform over the tones at delays up to a limit, or at all.

    Returns
    -------
    response : array, shape (..., delays)
    delays : ndarray
        In units of the ambiguity interval.
    n_delays : int
        Points in that interval.
    """
    n_tones = Y.shape[-1]
    n_delays = OVERSAMPLING * n_tones
    if limit is not None and 2.0 * limit * n_tones <= FEW:
        most = int(np.floor(limit * n_delays))
        delays = np.arange(-most, most + 1) / n_delays
        waves = np.exp(2j * np.pi * np.outer(np.arange(n_tones), delays)).astype(np.complex64)
        return xp.matmul(Y, xp.asarray(waves, device=Y.device)), delays, n_delays
    n_delays = OVERSAMPLING * 2 ** int(np.ceil(np.log2(n_tones)))
    delays = np.fft.fftfreq(n_delays)
    kept = np.arange(n_delays)
    if limit is not None:
        kept = np.flatnonzero(np.abs(delays) <= limit)
    spectrum = xp.fft.ifft(Y, n=n_delays, axis=-1)
    return xp.take(spectrum, xp.asarray(kept, device=Y.device), axis=-1), delays[kept], n_delays


def _newton_step(
    xp: ModuleType, Y: Array, s: Array, t: Array, antenna: Float, tone: Float, known_phase: bool
) -> tuple[Array, Array]:
    """Newton step of sine and normalised delay; a quarter of the gradient's cell when uphill."""
    rows, columns = (_derivatives(xp, *pair) for pair in ((s, antenna), (t, tone)))
    # z[p, q]: p-th derivative by the sine, q-th by the delay.
    z = xp.matmul(xp.matmul(xp.matrix_transpose(rows), Y), columns)
    if known_phase:
        f_s, f_t = xp.real(z[..., 1, 0]), xp.real(z[..., 0, 1])
        f_ss, f_tt, f_st = (xp.real(z[..., p, q]) for p, q in ((2, 0), (0, 2), (1, 1)))
    else:
        z_0, z_s, z_t = xp.conj(z[..., 0, 0]), z[..., 1, 0], z[..., 0, 1]
        f_s, f_t = xp.real(z_0 * z_s), xp.real(z_0 * z_t)
        f_ss = xp.real(z_0 * z[..., 2, 0]) + xp.abs(z_s) ** 2
        f_tt = xp.real(z_0 * z[..., 0, 2]) + xp.abs(z_t) ** 2
        f_st = xp.real(z_0 * z[..., 1, 1] + xp.conj(z_s) * z_t)
    determinant = f_ss * f_tt - f_st**2
    concave = (f_ss < 0.0) & (determinant > 0.0)
    safe = xp.where(concave, determinant, xp.ones_like(determinant))
    newton_s = -(f_tt * f_s - f_st * f_t) / safe
    newton_t = -(f_ss * f_t - f_st * f_s) / safe
    uphill_s = xp.sign(f_s) / (4.0 * OVERSAMPLING * len(antenna))
    uphill_t = xp.sign(f_t) / (8.0 * OVERSAMPLING * len(tone))
    return xp.where(concave, newton_s, uphill_s), xp.where(concave, newton_t, uphill_t)


def _derivatives(xp: ModuleType, x: Array, slope: Float) -> Array:
    """``(j slope)^p exp(j slope x)`` for p = 0, 1, 2; shape (B, len(slope), 3)."""
    phase = xp.expand_dims(x, axis=-1) * xp.asarray(slope, device=x.device)
    powers = xp.asarray((1j * slope[:, None]) ** np.arange(3), device=x.device)
    wave = xp.cos(phase) + 1j * xp.sin(phase)
    return xp.expand_dims(wave, axis=-1) * powers
