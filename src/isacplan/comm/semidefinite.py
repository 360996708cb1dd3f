"""How much of a rank-one matrix a correlation can lose and stay a correlation."""

import numpy as np

from isacplan import _check
from isacplan._typing import Complex, Float
from isacplan.enclosure import EPSILON

PSD_TOLERANCE = 1e-12
"""Eigenvalues of this size, relative to the trace, count as zero unless told otherwise."""
SMALLEST_TOLERANCE = 1e-15
"""A smaller one would lie within the rounding of the eigenvalues."""
ROUNDING = 2.0 * EPSILON
"""What eigenvalues are off by, relative to the largest one."""


def largest_semidefinite_crb(
    spatial_correlation: Complex, steering_derivative: Complex, *, tolerance: float = PSD_TOLERANCE
) -> Float:
    """Largest c for which ``R - c adot adot^H`` is positive semidefinite.

    In exact arithmetic ``1 / (adot^H R^+ adot)``, zero when adot leaves the range of R; that of a
    one-ring model never does, since its R has full rank. Narrow spreads make that number
    meaningless in floating point: for 8 antennas and 1 degree half the eigenvalues of R lie below
    1e-12, and each still contributes. An eigenvalue counts as non-negative here when it is above
    ``-tolerance * tr R``, which gives ``1 / (adot^H (R + tolerance I)^-1 adot)``: well conditioned,
    always positive, and never below the exact number. What eigenvalues of R are rounded by is
    taken from the tolerance, so that it is kept however small it is.

    Parameters
    ----------
    spatial_correlation : ndarray, shape (..., L, L)
        R, of any positive trace.
    steering_derivative : ndarray, shape (..., L)
        adot [1/rad].
    tolerance : float, optional
        Relative size of a negative eigenvalue that counts as zero, at least 1e-15: below that the
        rounding of the eigenvalues themselves decides.

    Returns
    -------
    ndarray, shape (...)
        Variance [rad^2].
    """
    _check.real("tolerance", tolerance, at_least=SMALLEST_TOLERANCE)
    eigenvalues, vectors = np.linalg.eigh(np.asarray(spatial_correlation))
    v = np.einsum("...li,...l->...i", vectors.conj(), np.asarray(steering_derivative))
    allowed = tolerance * np.sum(eigenvalues, axis=-1)
    return semidefinite_limit(eigenvalues, np.abs(v) ** 2, allowed)


def semidefinite_limit(eigenvalues: Float, energy: Float, tolerance: Float) -> Float:
    """`largest_semidefinite_crb` in the eigenbasis.

    Parameters
    ----------
    eigenvalues : ndarray, shape (..., L)
        Of R, rising.
    energy : ndarray, shape (..., L)
        ``|v_i|^2`` of adot in the eigenbasis.
    tolerance : ndarray, shape (...)
        How far below zero an eigenvalue may lie.

    Returns
    -------
    ndarray, shape (...)
    """
    slack = tolerance - ROUNDING * eigenvalues[..., -1]
    needed = np.sum(energy / (np.maximum(eigenvalues, 0.0) + slack[..., None]), axis=-1)
    return 1.0 / np.maximum(needed, np.finfo(float).tiny)
