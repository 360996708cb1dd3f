"""Maximum of a concave function on integers."""

from collections.abc import Callable

import numpy as np

from isacplan._typing import ArrayLike, Float, Int


def concave_argmax(function: Callable[[Int], Float], low: ArrayLike, high: ArrayLike) -> Int:
    """Where a concave function of an integer is greatest, element by element.

    Concavity makes the differences ``f(n + 1) - f(n)`` fall, so the first that is not positive
    marks the maximum, and bisection finds it exactly.

    Parameters
    ----------
    function : callable
        Element-wise function of an integer array; -inf where it is not defined, at the upper end.
    low, high : array_like of int, shape (...)
        Ends of the range, both included, low <= high.

    Returns
    -------
    ndarray of int, shape (...)
        The smallest maximiser.

    Examples
    --------
    >>> int(concave_argmax(lambda n: -(np.asarray(n, dtype=float) - 6.4) ** 2, 0, 100))
    6
    """
    lo, hi = (np.array(part, dtype=np.int64) for part in np.broadcast_arrays(low, high))
    while np.any(open_ := lo < hi):
        middle = (lo + hi) // 2
        rising = function(np.minimum(middle + 1, hi)) > function(middle)
        lo = np.where(open_ & rising, middle + 1, lo)
        hi = np.where(open_ & ~rising, middle, hi)
    return lo
