"""Outliers of a maximum-likelihood peak search: where an estimator stops reaching its bound.

A steady signal of one unknown complex amplitude in white noise is located by the peak of its
matched response over a search window: the sine of an angle at an array, or the delay in a band.
Above a threshold the error follows the Cramér-Rao bound. Below it noise raises a higher peak
elsewhere in the window, and the error is as large as the window.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float

STEP = 1.0 / 64.0
"""Of the trapezoid rule over the amplitude; the integrand's features are ten times as wide."""

REACH = 7.0
"""Kept around the amplitude; beyond lies less than 1e-21 of its distribution."""

LARGEST_SNR = 2500.0
"""Beyond it no double-precision number is as small as the probability of an outlier."""

ROWS = 2**10
"""Probabilities computed at once."""


def independent_cells(rms_position: ArrayLike, window: ArrayLike, main_lobe: ArrayLike) -> Float:
    """Effective number of independent cells that noise can fill outside the main lobe.

    ``sqrt(4 pi) rms_position (window - main_lobe)``, Rice's rate of upcrossings of the noise
    envelope at a level of one, times the length searched.

    Element-wise over its arguments, which broadcast.

    Parameters
    ----------
    rms_position : array_like, shape (...)
        Standard deviation of the sample positions: of the elements [wavelengths] for the sine of
        an angle, of the frequencies [Hz] for a delay [s].
    window, main_lobe : array_like, shape (...)
        Lengths of the search window and of the main lobe from null to null, in the unit of the
        parameter: 2 and ``2 / (L d)`` for a linear array of L elements spaced by d wavelengths.

    Returns
    -------
    ndarray, shape (...)
        Zero where the window lies within the main lobe.

    Examples
    --------
    >>> import numpy as np
    >>> rms = 0.5 * np.sqrt((8**2 - 1) / 12)
    >>> float(independent_cells(rms, 2.0, 4 / 8).round(3))
    6.092
    """
    rms = _check.real("rms_position", rms_position, at_least=0.0)
    w = _check.real("window", window, at_least=0.0)
    lobe = _check.real("main_lobe", main_lobe, at_least=0.0)
    return np.sqrt(4.0 * np.pi) * rms * np.maximum(w - lobe, 0.0)


def higher_peak_probability(amplitude: Float, cells: Float) -> Float:
    """Probability that noise outside the main lobe exceeds an amplitude.

    One minus ``(1 - e^{-y^2}) exp(-cells y / (e^{y^2} - 1))``: the noise starts below y and, as
    Rice counts upcrossings of an envelope, never crosses it. Both factors rise with y, the second
    because ``e^t - 1 < 2 t e^t`` for ``t = y^2 > 0``, so the probability falls.

    Parameters
    ----------
    amplitude : ndarray, shape (...)
        y > 0 in units of the noise's root mean square.
    cells : ndarray, shape (...)
        See `independent_cells`.

    Returns
    -------
    ndarray, shape (...)
        To full relative accuracy, however small.
    """
    power = amplitude**2
    with np.errstate(over="ignore"):
        crossings = cells * amplitude / np.expm1(power)
    return np.exp(-power) + np.expm1(-power) * np.expm1(-crossings)


def outlier_probability(snr: ArrayLike, cells: ArrayLike) -> Float:
    """Probability that a peak search ends outside the main lobe.

    ``E[H(y)]`` with H of `higher_peak_probability` and y the height of the true peak: ``2 y^2`` is
    noncentral chi-square, two degrees of freedom for the complex amplitude and one for what the
    search gains around it, noncentrality ``2 snr``; its density is
    ``y (e^{-(y - a)^2} - e^{-(y + a)^2}) / (a sqrt(pi))`` with ``a = sqrt(snr)``. Since y grows
    stochastically with the SNR and H falls, the probability falls with the SNR, and it rises with
    the number of cells. The counterpart with orthogonal bins is Rife and Boorstyn (1974).

    Known: the response. Unknown: the complex amplitude and the parameter. Element-wise.

    Parameters
    ----------
    snr : array_like, shape (...)
        Of the whole observation: energy of the response over the noise variance, the peak SNR of
        the matched response.
    cells : array_like, shape (...)
        See `independent_cells`.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> float(outlier_probability(10.0, 6.092).round(4))
    0.0219
    """
    S, n = np.broadcast_arrays(
        _check.real("snr", snr, at_least=0.0), _check.real("cells", cells, at_least=0.0)
    )
    q = np.zeros(S.size)
    possible = np.flatnonzero(S.ravel() < LARGEST_SNR)
    for start in range(0, possible.size, ROWS):
        part = possible[start : start + ROWS]
        q[part] = _probability(S.ravel()[part, None], n.ravel()[part, None])
    return q.reshape(S.shape)


def _probability(snr: Float, cells: Float) -> Float:
    """The integral by the trapezoid rule, for columns of SNRs and cells."""
    a = np.sqrt(snr)
    # Outliers at a high SNR come from amplitudes around half of the mean.
    first = np.maximum(np.floor((a / 2.0 - REACH) / STEP), 1.0)
    n = int(np.max(np.ceil((a + REACH) / STEP) - first)) + 1
    y = STEP * (first + np.arange(n))
    with np.errstate(invalid="ignore"):
        rise = np.where(a > 1e-150, -np.expm1(-4.0 * a * y) / np.maximum(a, 1e-150), 4.0 * y)
    density = y * np.exp(-((y - a) ** 2)) * rise
    total = STEP / np.sqrt(np.pi) * np.sum(density * higher_peak_probability(y, cells), axis=-1)
    return np.minimum(total, 1.0)
