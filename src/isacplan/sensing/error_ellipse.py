"""Probability that a Gaussian position error stays within a radius."""

from functools import cache

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float

STEP, HALF_NODES = 0.035, 92
"""Double-exponential rule: nodes ``tanh(pi/2 sinh(k STEP))`` for k = -92 .. 92."""

TAIL = 9.0
"""Standard deviations beyond which a normal density holds less than 3e-19."""


def probability_within(
    radius: ArrayLike, covariance: ArrayLike, *, bias: ArrayLike = (0.0, 0.0)
) -> Float:
    """Probability that an error in the plane lies in a disc, for any ellipse of the error.

    The distribution function of a weighted sum of two chi-squares (Imhof 1961), non-central with
    a bias, as one integral: over the minor axis of the ellipse, of the normal probability of the
    disc's chord along the major one. Absolute error below 1e-10. Element-wise.

    Parameters
    ----------
    radius : array_like, shape (...)
        [m]
    covariance : array_like, shape (..., 2, 2)
        Of the error [m^2]; infinite on the diagonal where nothing is known.
    bias : array_like, shape (..., 2)
        Mean of the error [m].

    Returns
    -------
    ndarray, shape (...)
        0 to 1.

    Examples
    --------
    >>> round(float(probability_within(2.4477, [[1.0, 0.0], [0.0, 1.0]])), 4)
    0.95
    >>> round(float(probability_within(1.96, [[1.0, 0.0], [0.0, 0.0]])), 4)
    0.95
    """
    r = _check.real("radius", radius, above=0.0)
    C = _check.real("covariance", covariance, infinite=True)
    if C.shape[-2:] != (2, 2):
        raise ValueError(f"covariance must have shape (..., 2, 2), got {C.shape}")
    known = np.all(np.isfinite(C), axis=(-2, -1))
    variances, axes = np.linalg.eigh(np.where(known[..., None, None], C, 0.0))
    mean = (_check.real("bias", bias)[..., None, :] @ axes)[..., 0, :]
    size = np.max(np.abs(C), axis=(-2, -1), where=known[..., None, None], initial=0.0)
    if np.any(variances[..., 0] < -1e-12 * size):
        raise ValueError("covariance must be positive semidefinite")
    minor, major = np.moveaxis(np.sqrt(np.maximum(variances, 0.0)), -1, 0)
    return np.where(known, _within(r, minor, major, mean[..., 0], mean[..., 1]), 0.0)


def _within(r: Float, minor: Float, major: Float, m_minor: Float, m_major: Float) -> Float:
    """The integral, with ``r sin t`` along the minor axis."""
    from scipy.special import ndtr

    # A side of no length is a narrow one: the chord does not change over a billionth of r.
    s = np.maximum(minor, 1e-10 * r)[..., None]
    S = np.maximum(major, 1e-10 * r)[..., None]
    r, m_s, m_S = (x[..., None] for x in np.broadcast_arrays(r, m_minor, m_major))
    low, high = (np.arcsin(np.clip((m_s + side * TAIL * s) / r, -1.0, 1.0)) for side in (-1, 1))
    nodes, weights = _rule()
    t = (low + high) / 2.0 + (high - low) / 2.0 * nodes
    # With a bias outside the disc nothing may be left of the axis.
    x, h = r * np.sin(t), r * np.cos(t)
    density = np.exp(-(((x - m_s) / s) ** 2) / 2.0) / (np.sqrt(2.0 * np.pi) * s)
    chord = ndtr((h - m_S) / S) - ndtr((-h - m_S) / S)
    total = np.sum(weights * density * chord * h, axis=-1) * (high - low)[..., 0] / 2.0
    return np.clip(total, 0.0, 1.0)


@cache
def _rule() -> tuple[Float, Float]:
    """Nodes on (-1, 1) and weights, shape (2 HALF_NODES + 1,)."""
    u = STEP * np.arange(-HALF_NODES, HALF_NODES + 1)
    inner = np.pi / 2.0 * np.sinh(u)
    weights = STEP * np.pi / 2.0 * np.cosh(u) / np.cosh(inner) ** 2
    return np.tanh(inner), weights
