"""Matched filtering of an echo whose transmitted waveform is known, Bai2024 (8)."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex


def matched_filter(samples: ArrayLike, waveform: ArrayLike, *, n_parts: int = 1) -> Complex:
    """Correlation of received samples with the waveform, in parts of the sensing time.

    Each part is scaled so that white noise stays white and of the same power. For a steady target
    the outputs are sufficient: an echo of SNR s a sample leaves SNR ``s T / S`` in each of S parts
    of T samples of equal power.

    Parameters
    ----------
    samples : array_like, shape (..., T, L)
        T samples at L antennas.
    waveform : array_like, shape (T,)
        What was sent, at the delay and Doppler shift of the target.
    n_parts : int, optional
        Parts S, of as equal a number of samples as possible.

    Returns
    -------
    ndarray, shape (..., S, L)

    Raises
    ------
    ValueError
        When shapes do not match, or nothing was sent in a part.

    Examples
    --------
    >>> import numpy as np
    >>> matched_filter(np.ones((4, 1)), np.ones(4), n_parts=2).real.round(3).tolist()
    [[1.414], [1.414]]
    """
    r, x = np.asarray(samples, dtype=complex), np.asarray(waveform, dtype=complex)
    if x.ndim != 1 or r.ndim < 2 or r.shape[-2] != x.size:
        raise ValueError(
            f"samples must have shape (..., {x.size}, L) for a waveform of {x.size} samples, "
            f"got {r.shape}"
        )
    S = _check.integer("n_parts", n_parts, at_least=1)
    if x.size < S:
        raise ValueError(f"n_parts must be at most the {x.size} samples, got {S}")
    parts = np.array_split(np.arange(x.size), S)
    energy = np.array([np.sum(np.abs(x[part]) ** 2) for part in parts])
    if not np.all(np.isfinite(energy) & (energy > 0.0)):
        raise ValueError("waveform must have energy in every part, and a finite one")
    outputs = [
        np.swapaxes(r[..., part, :], -1, -2) @ x[part].conj() / np.sqrt(e)
        for part, e in zip(parts, energy, strict=True)
    ]
    return np.stack(outputs, axis=-2)
