"""Expectations of what beams matched to filters of the true angles do."""

from collections.abc import Sequence

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.scenario import Scene


def control_means(
    scene: Scene,
    filters: Sequence[Complex],
    lags: Float,
    others: Float,
    common_phase: Complex | None,
) -> Float:
    """Expectations of the statistics of `chain.beam_statistics` for matched beams.

    Parameters
    ----------
    scene : Scene
    filters : sequence of ndarray, shape (L, L)
        Linear filter of each user's pilots.
    lags : ndarray, shape (n,)
        Time from an update's pilot to a block of each age [s].
    others : ndarray, shape (K, K)
        Weight of beam i at user k, zero on the diagonal.
    common_phase : ndarray, shape (K, n), or None
        By how much the paths of a user have turned together; None of Gaussian channels.

    Returns
    -------
    ndarray, shape (K + K^2 + 3 K n,)
    """
    n, K = len(lags), scene.n_users
    norm, own, cross = np.empty(K), np.empty(K), np.empty((K, K))
    for i, (R, W) in enumerate(zip(scene.true_correlation, filters, strict=True)):
        D = W @ (R + np.eye(len(R)) / scene.pilot_snr[i]) @ W.conj().T
        norm[i], own[i] = np.trace(D).real, np.sum(W * R.T).real
        cross[:, i] = [np.vdot(R_k, D).real for R_k in scene.true_correlation]
    gain = own[:, None] * scene.temporal_correlation[:, :n]
    square = gain**2 + np.diagonal(cross)[:, None]
    common = np.ones((K, n)) if common_phase is None else common_phase
    for i, fading in enumerate(scene.fading or ()):
        noise = 1.0 / float(scene.pilot_snr[i])
        for j, lag in enumerate(lags):
            mean, square[i, j] = fading.beam_moments(filters[i], float(lag), noise)
            gain[i, j] = (common[i, j] * mean).real
    off_diagonal = cross * (1.0 - np.eye(K))
    # Matched beams look at nobody else: what reaches others does not age.
    arriving = np.broadcast_to(np.sum(others * cross, axis=1)[:, None], (K, n))
    return np.concatenate(
        [norm, off_diagonal.ravel(), *(x.ravel() for x in (arriving, gain, square))]
    )
