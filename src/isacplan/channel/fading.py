"""Channel draws that are continuous in time: every block correlates with every other."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float


def geometric_process_root(rho: ArrayLike, n_blocks: int) -> Float:
    """Recursion ``x_n = rho x_{n-1} + sqrt(1 - rho^2) w_n`` as a matrix acting on white noise.

    The first-order autoregressive process whose correlation is `geometric_aging`.

    Parameters
    ----------
    rho : array_like, shape (...)
        Correlation of neighbouring blocks, in (0, 1].
    n_blocks : int
        Blocks N.

    Returns
    -------
    ndarray, shape (..., N, N)
        Lower triangular F with ``(F F^T)_{ij} = rho^|i - j|``.

    Examples
    --------
    >>> geometric_process_root(0.6, 2)
    array([[1. , 0. ],
           [0.6, 0.8]])
    """
    r = _check.real("rho", rho, above=0.0, at_most=1.0)[..., None, None]
    n = np.arange(_check.integer("n_blocks", n_blocks, at_least=1))
    lag = n[:, None] - n
    root = np.where(lag >= 0, r ** np.maximum(lag, 0), 0.0)
    return root * np.where(n == 0, 1.0, np.sqrt(1.0 - r**2))


def jakes_process_root(max_doppler: ArrayLike, block_duration: float, n_blocks: int) -> Float:
    """Root of the correlation of a process with the Doppler spectrum of Clarke and Jakes.

    Sampled once a block, a Gaussian process with that spectrum has the correlation
    ``J0(2 pi f_d T_b |i - j|)``; any root of that matrix draws it exactly. It has about
    ``2 f_d T_b N`` directions with power, and the others are dropped.

    Parameters
    ----------
    max_doppler : array_like, shape (...)
        Largest Doppler shift f_d [Hz].
    block_duration : float
        T_b [s].
    n_blocks : int
        Blocks N.

    Returns
    -------
    ndarray, shape (..., N, r)
    """
    from scipy.special import j0

    f_d = _check.real("max_doppler", max_doppler, at_least=0.0)[..., None, None]
    T_b = float(_check.real("block_duration", block_duration, above=0.0))
    n = np.arange(_check.integer("n_blocks", n_blocks, at_least=1))
    return np.real(correlation_root(j0(2.0 * np.pi * f_d * T_b * np.abs(n[:, None] - n))))


def correlation_root(correlation: ArrayLike, *, tolerance: float = 1e-12) -> Complex:
    """Tall root F of correlation matrices, ``F F^H = correlation``, strongest direction first.

    Parameters
    ----------
    correlation : array_like, shape (..., L, L)
        Hermitian, positive semidefinite.
    tolerance : float, optional
        Directions with less than this share of the largest eigenvalue are dropped.

    Returns
    -------
    ndarray, shape (..., L, r)
        With r the largest rank in the batch.
    """
    eigenvalues, vectors = np.linalg.eigh(np.asarray(correlation))
    eigenvalues, vectors = eigenvalues[..., ::-1], vectors[..., ::-1]
    kept = eigenvalues > tolerance * eigenvalues[..., :1]
    rank = int(np.max(np.sum(kept, axis=-1)))
    scale = np.sqrt(np.where(kept, eigenvalues, 0.0))
    return np.asarray(vectors * scale[..., None, :], dtype=complex)[..., :rank]
