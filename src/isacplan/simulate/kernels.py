"""The inner loops of the frame simulations, written once against the array API standard."""

from types import ModuleType

import numpy as np

from isacplan.simulate.backend import Array


def norm_moments(xp: ModuleType, parts: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Sums over trials of what a Gaussian vector in its eigenbasis contributes.

    For ``h = diag(sqrt(weights)) w`` with w circular of unit variance: ``|h|^2``, ``|h|^4``, and
    the real form of ``w w^H``, from which every quadratic form of h follows.

    Parameters
    ----------
    xp : module
        Array API namespace.
    parts : array, shape (2, r, n)
        Real and imaginary parts of w for n trials.
    weights : array, shape (k, r)
        Eigenvalues of k covariances that share the draws.

    Returns
    -------
    norm, square : array, shape (k,)
    gram : array, shape (2 r, 2 r)
        Blocks ``Re Re^T``, ``Re Im^T``, ``Im Re^T``, ``Im Im^T``.
    """
    _, r, n = parts.shape
    flat = xp.reshape(parts, (2 * r, n))
    gram = xp.matmul(flat, xp.matrix_transpose(flat))
    norm = xp.matmul(weights, _power(xp, parts))
    return xp.sum(norm, axis=-1), xp.sum(norm * norm, axis=-1), gram


def _power(xp: ModuleType, parts: Array) -> Array:
    if xp is np:
        # In place: no temporary leaves the cache.
        power = np.multiply(parts[0], parts[0])
        imaginary = np.multiply(parts[1], parts[1])
        return np.add(power, imaginary, out=power)
    return parts[0, ...] * parts[0, ...] + parts[1, ...] * parts[1, ...]


def filter_moments(
    xp: ModuleType, filters: Array, observation: Array, prediction: Array
) -> tuple[Array, Array, Array]:
    """Sums over every pair of a filter and an observation.

    With ``h = W y`` and ``m = E[channel | y]``: ``Re h^H m``, ``|h^H m|^2`` and ``h h^H``.

    Parameters
    ----------
    xp : module
        Array API namespace.
    filters : array, shape (a, L, L)
        W for a believed angles.
    observation, prediction : array, shape (L, n)
        y and m for n trials.

    Returns
    -------
    gain, square : array, shape ()
    outer : array, shape (L, L)
    """
    a, L, _ = filters.shape
    n = observation.shape[1]
    # (a, L, L) @ (L, n) as one product, then antennas first.
    stacked = xp.matmul(xp.reshape(xp.permute_dims(filters, (1, 0, 2)), (L * a, L)), observation)
    estimate = xp.reshape(stacked, (L, a, n))
    inner = xp.sum(xp.conj(estimate) * xp.expand_dims(prediction, axis=1), axis=0)
    flat = xp.reshape(estimate, (L, a * n))
    outer = xp.matmul(flat, xp.matrix_transpose(xp.conj(flat)))
    square = xp.real(inner) ** 2 + xp.imag(inner) ** 2
    return xp.sum(xp.real(inner)), xp.sum(square), outer
