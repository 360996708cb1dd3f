"""Functions of an SNR that are means of a sequence under a Poisson distribution.

A noncentral chi-square variable of noncentrality 2 S is a central one with a Poisson(S) number of
further pairs of degrees of freedom. So the mean of any function of a received power is
``sum_j e^{-S} S^j / j! a_j``, its derivatives by S are the same sums over differences of a, and it
falls with S when the sequence falls.
"""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.enclosure import Interval, Jet
from isacplan.sensing.threshold import REACH, STEP, higher_peak_probability

TERMS = 256
"""Terms kept: an outlier probability loses less than 1e-40 by the rest."""


@dataclass(frozen=True, eq=False)
class PoissonMixture:
    """``f(S) = sum_j e^{-S} S^j / j! a_j``.

    Parameters
    ----------
    coefficients : ndarray, shape (J,)
        a_j, non-negative and non-increasing; zero from J on.
    """

    coefficients: Float

    def __post_init__(self) -> None:
        a = np.array(_check.real("coefficients", self.coefficients, at_least=0.0))
        if a.ndim != 1 or a.size == 0 or np.any(np.diff(a) > 0.0):
            raise ValueError("coefficients must be a sequence that does not increase")
        a.flags.writeable = False
        object.__setattr__(self, "coefficients", a)

    def __call__(self, snr: ArrayLike) -> Float:
        """Value at SNRs of any shape."""
        S = _check.real("snr", snr, at_least=0.0)
        return _weights(S, self.coefficients.size) @ self.coefficients

    def enclose(self, snr: Interval) -> Jet:
        """Enclosure of f and its derivatives by S over intervals of S.

        Every Poisson probability has its maximum at S = j and falls off on both sides.

        Parameters
        ----------
        snr : Interval, shape (...)

        Returns
        -------
        Jet, shape (...)
        """
        a = np.concatenate([self.coefficients, [0.0, 0.0]])
        J = self.coefficients.size
        at_ends = _weights(snr.lower, J), _weights(snr.upper, J)
        mode = np.clip(np.arange(float(J)), snr.lower[..., None], snr.upper[..., None])
        low, high = np.minimum(*at_ends), _weights_at(mode, J)
        # Logarithms as large as the SNR and the number of terms lose as many units.
        lost = 8.0 * (J + np.minimum(snr.upper, 4.0 * J))
        parts: list[Interval] = []
        for order in range(3):
            d = np.diff(a, n=order)[:J]
            rise, fall = np.maximum(d, 0.0), np.maximum(-d, 0.0)
            size = high @ (rise + fall)
            parts.append(
                Interval.widened(low @ rise - high @ fall, high @ rise - low @ fall, size, lost)
            )
        falling = Interval.widened(at_ends[1] @ a[:J], at_ends[0] @ a[:J], at_ends[0] @ a[:J], lost)
        return Jet(
            Interval(np.maximum(falling.lower, 0.0), falling.upper),
            Interval(parts[1].lower, np.minimum(parts[1].upper, 0.0)),
            parts[2],
        )


def _weights(snr: Float, n_terms: int) -> Float:
    """Poisson probabilities of 0 to J - 1, shape (..., J)."""
    return _weights_at(snr[..., None] + np.zeros(n_terms), n_terms)


def _weights_at(snr: Float, n_terms: int) -> Float:
    """Probability of j at the j-th SNR, shape (..., J)."""
    from scipy.special import gammaln

    j = np.arange(n_terms)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = j * np.log(snr)
    logarithm = np.where(j == 0, 0.0, logarithm)
    return np.exp(logarithm - snr - gammaln(j + 1.0))


def outlier_mixture(cells: float) -> PoissonMixture:
    """`outlier_probability` of a number of cells as a function of the SNR.

    Parameters
    ----------
    cells : float
        See `independent_cells`.

    Returns
    -------
    PoissonMixture

    Examples
    --------
    >>> float(outlier_mixture(6.092)(10.0).round(4))
    0.0219
    """
    from scipy.special import gammaln

    n = _check.real("cells", cells, at_least=0.0)
    y = STEP * np.arange(1, int((np.sqrt(TERMS) + REACH) / STEP) + 1)
    shape = np.arange(TERMS)[:, None] + 1.5
    density = np.exp((2.0 * shape - 1.0) * np.log(y) - y**2 - gammaln(shape))
    a = 2.0 * STEP * np.sum(density * higher_peak_probability(y, n), axis=1)
    # Rounding may lift the first few, all close to one, out of order.
    return PoissonMixture(np.minimum.accumulate(np.minimum(a, 1.0)))
