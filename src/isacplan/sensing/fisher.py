"""Fisher information of signals in white Gaussian noise, and what nuisance parameters cost."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float


def gaussian_mean_information(jacobian: Complex, *, noise_variance: ArrayLike) -> Float:
    """Fisher information on the real parameters of a mean in circular white Gaussian noise.

    Kay (1993), section 15.7: ``J = 2/sigma^2 Re(D^H D)`` with D the derivative of the mean.

    Parameters
    ----------
    jacobian : ndarray, shape (..., S, P)
        Derivative of the S complex samples of the mean by the P real parameters.
    noise_variance : array_like, shape (...)
        Variance of the circular noise of each sample [power].

    Returns
    -------
    ndarray, shape (..., P, P)
    """
    variance = _check.real("noise_variance", noise_variance, above=0.0)
    D = np.asarray(jacobian)
    gram = np.real(np.swapaxes(D.conj(), -1, -2) @ D)
    return 2.0 * gram / variance[..., None, None]


def equivalent_information(information: Float, n_wanted: int) -> Float:
    """Information on the first parameters when the remaining ones are unknown too.

    The Schur complement ``J_aa - J_ab J_bb^-1 J_ba``; information that the remaining parameters
    do not have (a singular J_bb) is left out by a pseudo-inverse.

    Parameters
    ----------
    information : ndarray, shape (..., P, P)
        Joint Fisher information.
    n_wanted : int
        Number of leading parameters to keep.

    Returns
    -------
    ndarray, shape (..., n_wanted, n_wanted)
    """
    J = np.asarray(information, dtype=float)
    n = _check.integer("n_wanted", n_wanted, at_least=1)
    if n > J.shape[-1]:
        raise ValueError(f"n_wanted must be at most {J.shape[-1]}, got {n}")
    J_aa, J_ab, J_bb = J[..., :n, :n], J[..., :n, n:], J[..., n:, n:]
    if J.shape[-1] == n:
        return J_aa
    scale = np.sqrt(np.maximum(np.diagonal(J_bb, axis1=-2, axis2=-1), np.finfo(float).tiny))
    whitened = J_ab / scale[..., None, :]
    inner = np.linalg.pinv(J_bb / scale[..., :, None] / scale[..., None, :], hermitian=True)
    return J_aa - whitened @ inner @ np.swapaxes(whitened, -1, -2)
