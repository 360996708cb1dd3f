"""From white noise to effective gains: the steps of a whole frame, in any array library.

Axes: T data blocks, M updates, B frames, K users, L antennas.
"""

from types import ModuleType

from isacplan._typing import Array
from isacplan.simulate.backend import joined


def echo(xp: ModuleType, steering: Array, snr: Array, white: Array) -> Array:
    """What the matched filter leaves of a target echo: the response in white noise.

    Parameters
    ----------
    xp : module
        Array API namespace.
    steering : array, shape (L,)
        Unit-norm response of the receive array.
    snr : array, shape (B,)
        Of the whole sensing time, double precision.
    white : array, shape (B, S L + 1)
        Circular normals: noise of S parts of the sensing time, and one whose phase is that of the
        reflection.

    Returns
    -------
    array, shape (B, S, L)
    """
    L = steering.shape[0]
    S = (white.shape[1] - 1) // L
    noise = xp.reshape(white[:, :-1], (-1, S, L))
    amplitude = xp.sqrt(snr / S) * phasor(xp, white[:, -1])
    return noise + xp.reshape(amplitude, (-1, 1, 1)) * steering


def phasor(xp: ModuleType, values: Array) -> Array:
    """Numbers of unit magnitude and the phases of circular normals; one where they are zero."""
    phase = xp.atan2(xp.imag(values), xp.real(values))
    return xp.cos(phase) + 1j * xp.sin(phase)


def moving_channel(xp: ModuleType, space: Array, time: Array, parts: Array) -> Array:
    """Channel of one user at P moments.

    Parameters
    ----------
    xp : module
    space : array, shape (L, r)
        Root of the spatial correlation.
    time : array, shape (P, q)
        Real root of the temporal correlation.
    parts : array, shape (2, q, B r)
        Real and imaginary parts of circular normals.

    Returns
    -------
    array, shape (P, B, L)
    """
    r = space.shape[1]
    moving = joined(xp.matmul(time, parts))
    by_direction = xp.reshape(moving, (moving.shape[0], -1, r))
    return xp.matmul(by_direction, xp.matrix_transpose(space))


def filtered(xp: ModuleType, correlation: Array, pilot_snr: float, pilots: Array) -> Array:
    """MMSE channel estimates ``R (R + I/gamma)^-1 y`` with a correlation for every frame.

    Parameters
    ----------
    xp : module
    correlation : array, shape (B, L, L)
        R, unit trace, double precision.
    pilot_snr : float
        gamma.
    pilots : array, shape (M, B, L)
        y, any precision.

    Returns
    -------
    array, shape (M, B, L)
        In the precision of the pilots.
    """
    L = correlation.shape[-1]
    eye = xp.eye(L, dtype=correlation.dtype, device=correlation.device)
    y = xp.astype(xp.permute_dims(pilots, (1, 2, 0)), correlation.dtype)
    estimate = xp.matmul(correlation, xp.linalg.solve(correlation + eye / pilot_snr, y))
    return xp.astype(xp.permute_dims(estimate, (2, 0, 1)), pilots.dtype)


def beam_statistics(
    xp: ModuleType, channels: Array, beams: Array, others: Array, update: Array, averaging: Array
) -> tuple[Array, Array]:
    """Means that a set of beams leaves over one block of frames, and the users' own gains.

    Parameters
    ----------
    xp : module
        Array API namespace.
    channels : array, shape (T, B, K, L)
    beams : array, shape (M, B, K, L)
        Before their long-term scaling, by update.
    others : array, shape (K, K)
        Weight of beam i at user k, zero on the diagonal, double precision.
    update : array of int, shape (T,)
        Update that serves each data block.
    averaging : array, shape (n, T)
        Averages blocks of one age.

    Returns
    -------
    statistics : array, shape (K + K^2 + 3 K n,)
        ``|f|^2``; ``|h_k^H f_i|^2`` for every pair, zero on the diagonal; by user and age the
        weighted sum of that over the other beams, ``Re h^H f`` and ``|h^H f|^2``.
    gain : array, shape (T, B, K)
        ``h_k^H f_k``.
    """
    T, B, K, _ = channels.shape
    double = xp.float64
    norm = xp.sum(_square(xp, beams), axis=(0, 1, 3), dtype=double) / (beams.shape[0] * B)
    serving = xp.take(beams, update, axis=0)
    inner = xp.matmul(xp.conj(channels), xp.matrix_transpose(serving))
    power = xp.sum(_square(xp, inner), axis=1, dtype=double) / B
    own = xp.eye(K, dtype=double, device=power.device)
    cross = xp.sum(power, axis=0) / T * (1.0 - own)
    gain = xp.linalg.diagonal(inner)
    mean = xp.sum(xp.real(gain), axis=1, dtype=double) / B
    arriving = xp.sum(others * power, axis=2)
    by_age = [
        xp.reshape(xp.matrix_transpose(xp.matmul(averaging, x)), (-1,))
        for x in (arriving, mean, xp.linalg.diagonal(power))
    ]
    return xp.concat([norm, xp.reshape(cross, (-1,)), *by_age]), gain


def _square(xp: ModuleType, values: Array) -> Array:
    return xp.real(values) ** 2 + xp.imag(values) ** 2
