"""Random numbers addressed by what they are for: (seed, scenario, quantity, block of trials)."""

import hashlib
from functools import cache

import numpy as np
from numpy.random import SFC64, SeedSequence

from isacplan import _check
from isacplan._typing import Float, Int

BOX_MULLER_BITS = 24
"""Bits of a single-precision uniform number; normal pairs end at ``|z|^2 = 16.6``."""


def scenario_key(*parts: object) -> str:
    """Digest of the inputs that define a simulation.

    Parameters
    ----------
    *parts : array_like, str, bytes or None
        Numbers are taken in double precision.

    Returns
    -------
    str
        Hexadecimal.

    Examples
    --------
    >>> scenario_key("frame", [1.0, 2.0]) == scenario_key("frame", (1, 2))
    True
    """
    digest = hashlib.sha256()
    for part in parts:
        if part is None or isinstance(part, str | bytes):
            digest.update(repr(part).encode())
        else:
            array = np.ascontiguousarray(np.asarray(part, dtype=complex))
            digest.update(repr(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def stream(seed: int, key: str, quantity: str, block: int) -> SeedSequence:
    """Seed of the random numbers of one quantity in one block of trials.

    It depends on its arguments alone: not on workers, chunks or what was drawn before.

    Parameters
    ----------
    seed : int
        The user's seed.
    key : str
        Digest of the scenario, see `scenario_key`.
    quantity : str
        What the numbers are for.
    block : int
        Index of the block of trials.

    Returns
    -------
    numpy.random.SeedSequence
    """
    words = np.frombuffer(_address(key, quantity), dtype=np.uint32)
    return SeedSequence(
        _check.integer("seed", seed, at_least=0), spawn_key=(*map(int, words), int(block))
    )


@cache
def _address(key: str, quantity: str) -> bytes:
    return hashlib.sha256(f"{key}/{quantity}".encode()).digest()[:16]


class NormalSource:
    """Circular complex normals from the Box-Muller transform of SFC64 bits, in reused buffers.

    In single precision this takes a third of the time of a ziggurat, and it gives the same bits
    wherever the vector units are the same.

    Parameters
    ----------
    n : int
        Numbers a draw.
    dtype : {float32, float64}
        Precision of the real and imaginary parts.
    """

    def __init__(self, n: int, dtype: type[np.floating]) -> None:
        self._n = n
        self._single = dtype is np.float32
        self._radius = np.empty(n, dtype)
        self._phase = np.empty(n, dtype)
        self._out = np.empty((2, n), dtype)

    def draw(self, bits: SFC64) -> Float:
        """Real and imaginary parts of unit-variance circular normals, shape (2, n).

        The array is overwritten by the next draw.
        """
        if self._single:
            raw = bits.random_raw(self._n).view(np.uint32)
            np.right_shift(raw, np.uint32(32 - BOX_MULLER_BITS), out=raw)
            self._radius[...], self._phase[...] = raw[: self._n], raw[self._n :]
            scale = 2.0**-BOX_MULLER_BITS
        else:
            raw = bits.random_raw(2 * self._n)
            np.right_shift(raw, np.uint64(11), out=raw)
            self._radius[...], self._phase[...] = raw[: self._n], raw[self._n :]
            scale = 2.0**-53
        self._radius += self._radius.dtype.type(0.5)
        self._radius *= self._radius.dtype.type(scale)
        self._phase *= self._phase.dtype.type(2.0 * np.pi * scale)
        return self._transformed()

    def transform(self, uniform: Float) -> Float:
        """The same from uniform numbers in (0, 1), shape (2, n): for the radius, for the phase."""
        self._radius[...] = uniform[0]
        np.multiply(uniform[1], 2.0 * np.pi, out=self._phase, casting="same_kind")
        return self._transformed()

    def _transformed(self) -> Float:
        radius, phase, out = self._radius, self._phase, self._out
        np.log(radius, out=radius)
        np.negative(radius, out=radius)
        np.sqrt(radius, out=radius)
        np.cos(phase, out=out[0])
        np.sin(phase, out=out[1])
        out *= radius
        return out


@cache
def sobol_points(n_dimensions: int, log2_points: int) -> Int:
    """Sobol points as 32-bit fractions, shape (d, n), unscrambled; see `shifted`."""
    from scipy.stats import qmc

    points = qmc.Sobol(n_dimensions, scramble=False).random_base2(log2_points)
    bits = np.ascontiguousarray((points * 2.0**32).astype(np.uint32).T)
    bits.flags.writeable = False
    return bits


def shifted(points: Int, seed: SeedSequence, n_shifts: int = 1) -> Float:
    """Digitally shifted copies of a Sobol net: every point uniform on (0, 1), each copy a net.

    Parameters
    ----------
    points : ndarray of uint32, shape (d, n)
        See `sobol_points`.
    seed : numpy.random.SeedSequence
    n_shifts : int, optional
        Independently shifted copies.

    Returns
    -------
    ndarray, shape (d, n_shifts * n)
    """
    d, n = points.shape
    shift = SFC64(seed).random_raw(d * n_shifts).reshape(d, n_shifts, 1) >> np.uint64(11)
    high = (shift >> np.uint64(21)).astype(np.uint32)
    low = (shift & np.uint64(2**21 - 1)).astype(float) + 0.5
    digits = (points[:, None, :] ^ high).astype(float)
    return ((digits + low * 2.0**-21) * 2.0**-32).reshape(d, n_shifts * n)
