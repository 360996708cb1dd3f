"""From which SNR on an error stays within a limit."""

from collections.abc import Callable

import numpy as np

from isacplan._typing import Float

SCANNED = np.geomspace(1e-4, 1e12, 641)
"""SNRs between which a requirement is looked for, forty a decade."""

HALVINGS = 60


def last_crossing(error: Callable[[Float], Float], limit: Float) -> Float:
    """SNRs from which on errors stay within limits.

    An error that falls all the way crosses its limit once. One that rises in between, where
    ambiguities take over from noise, counts from its last crossing, if it lasts for a fortieth of
    a decade.

    Parameters
    ----------
    error : callable
        Maps SNRs of shape (..., K) to errors of that shape.
    limit : ndarray, shape (K,)

    Returns
    -------
    ndarray, shape (K,)
        Zero where no SNR misses, infinite where every one does.
    """
    missed = error(SCANNED[:, None] + np.zeros(limit.size)) > limit
    last = SCANNED.size - 1 - np.argmax(missed[::-1], axis=0)
    low, high = SCANNED[last], SCANNED[np.minimum(last + 1, SCANNED.size - 1)]
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        misses = error(middle) > limit
        low, high = np.where(misses, middle, low), np.where(misses, high, middle)
    within = np.where(np.any(missed, axis=0), high, 0.0)
    return np.where(missed[-1], np.inf, within)
