"""From SINR parts to SINR and spectral efficiency."""

import numpy as np

from isacplan._typing import ArrayLike, Float
from isacplan.comm.knowledge import Terms


def sinr(terms: Terms[Float], temporal_correlation: ArrayLike) -> Float:
    """SINR of every user in every block after an update, Bai2024 (22).

    Parameters
    ----------
    terms : Terms
        SINR parts of shape (..., K).
    temporal_correlation : array_like, shape (K, N)
        rho_{k,n}.

    Returns
    -------
    ndarray, shape (..., K, N)
        Linear.
    """
    kept = np.asarray(temporal_correlation, dtype=float) ** 2
    signal = np.asarray(terms.signal)[..., None]
    disturbance = 1.0 + np.asarray(terms.interference)[..., None]
    if np.any(terms.uncertainty):
        disturbance = disturbance + kept * np.asarray(terms.uncertainty)[..., None]
    return kept * (signal / disturbance)


def spectral_efficiency(terms: Terms[Float], temporal_correlation: ArrayLike) -> Float:
    """Spectral efficiency ``log2(1 + SINR)``, Bai2024 (23).

    Parameters
    ----------
    terms : Terms
        SINR parts of shape (..., K).
    temporal_correlation : array_like, shape (K, N)
        rho_{k,n}.

    Returns
    -------
    ndarray, shape (..., K, N)
        [bit/s/Hz].
    """
    return np.log1p(sinr(terms, temporal_correlation)) / np.log(2.0)
