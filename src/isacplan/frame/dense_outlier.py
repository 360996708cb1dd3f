"""The mixture of right and wrong angles again, for the certificate check.

The law is spelled again from its windows, probabilities of outliers are integrals over the height
of the peak, expectations are sums over believed angles with dense matrices.
"""

from collections.abc import Callable
from functools import cached_property
from itertools import pairwise

import numpy as np

from isacplan._typing import Float
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.comm.quadrature import UserMoments, quadrature_moments
from isacplan.frame.closed_form import KnowledgeEfficiency
from isacplan.frame.efficiency import Efficiency
from isacplan.sensing import SearchWindow, outlier_probability
from isacplan.sensing.tracking import LOST

PIECES = 4


class DenseOutlier:
    """Mismatched knowledge under the threshold law, by dense matrices and quadrature."""

    def __init__(self, efficiency: Efficiency) -> None:
        if not isinstance(efficiency, KnowledgeEfficiency):
            raise ValueError(f"efficiency must be a closed form, got {type(efficiency).__name__}")
        if not isinstance(efficiency.knowledge, OutlierKnowledge):
            raise ValueError("knowledge must be of angles that may be wrong")
        self.kept = efficiency.temporal_correlation**2
        self.k, self.law = efficiency.knowledge.knowledge, efficiency.knowledge.law
        power = np.asarray(self.k.power)
        self.share = self.k.snr[:, None] * power / power[:, None]

    def shortest_valid(self) -> float:
        """Sensing duration from which wrong decisions of every tracking beam are rare [s]."""
        law, longest = self.law, 0.0
        for window, per_symbol in zip(law.window, law.snr_per_symbol, strict=True):
            if window.tracked:
                # By the SNR: wrong decisions of a tracking beam fall with it.
                snr = _bisected(lambda s, w=window: float(np.sum(_distribution(w, s)[1])) - LOST)
                symbols = (snr / float(per_symbol)) ** (1.0 / law.exponent)
                longest = max(longest, symbols * law.symbol_duration)
        return longest

    def efficiencies(self, duration: float) -> Float:
        """Efficiency of every user at every age, shape (K, N) [bit/s/Hz]."""
        law = self.law
        snr = law.snr_per_symbol * (duration / law.symbol_duration) ** law.exponent
        found = [_distribution(w, float(s)) for w, s in zip(law.window, snr, strict=True)]
        gaussian = quadrature_moments(self.k, np.array([variance for variance, _ in found]))
        moments = np.empty_like(gaussian)
        for k, (_, wrong) in enumerate(found):
            moments[k] = (1.0 - np.sum(wrong)) * gaussian[k] + wrong @ self._wrong[k]
        gain, square, norm_ = moments[:, :3].T
        signal = self.k.snr * gain**2 / norm_
        uncertainty = self.k.snr * (square - gain**2) / norm_
        interference = np.sum(self.share * moments[:, 3:].T / norm_, axis=1)
        disturbance = 1.0 + interference[:, None] + self.kept * uncertainty[:, None]
        return np.log2(1.0 + self.kept * signal[:, None] / disturbance)

    @cached_property
    def _wrong(self) -> list[Float]:
        """Moments of every user under each kind of wrong decision, shape (1 + P, 3 + K)."""
        aperture = float(self.k.true_correlation.shape[1])
        n = 48 + int(4.0 * aperture)
        moments: list[Float] = []
        for index, window in enumerate(self.law.window):
            user = UserMoments(self.k, index)
            angle, weight = _spread(window, n)
            rows = [user.weighted(angle - window.azimuth, weight)]
            rows += [
                user.weighted(np.array([a - window.azimuth]), np.ones(1)) for a in window.ambiguity
            ]
            moments.append(np.array(rows))
        return moments


def _bisected(excess: Callable[[float], float]) -> float:
    """Where a falling function of the SNR changes its sign; infinite where it does not."""
    low, high = 1e-4, 1e12
    if excess(high) > 0.0:
        return np.inf
    for _ in range(100):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if excess(middle) > 0.0 else (low, middle)
    return float(high)


def _distribution(window: SearchWindow, snr: float) -> tuple[float, Float]:
    """Variance of a right decision [rad^2], and the probability of each kind of wrong one."""
    from scipy.special import erfc, ndtr

    if window.tracked:
        slope, floor = window.pointing_loss
        snr *= 1.0 - (slope * snr + floor) / (snr**2 + slope * snr + floor)
    variance = window.curvature / (snr - 1.5 + 3.4 * np.exp(-snr / 4.0))
    deviation, h = np.sqrt(variance), window.half_width
    x = h / deviation
    beyond = ndtr(-x)
    inside = 1.0 - 2.0 * beyond - 2.0 * x * np.exp(-(x**2) / 2.0) / np.sqrt(2.0 * np.pi)
    noise = np.exp(-0.5 * snr)
    if not window.within_lobe:
        noise = float(outlier_probability(snr, window.cells))
    pair = 0.5 * erfc(np.sqrt(0.5 * snr * (1.0 - window.height)))
    odds = pair / (1.0 - pair)
    share = (1.0 - noise) / (1.0 + np.sum(odds))
    return float(variance * inside + 2.0 * beyond * h**2), np.array([noise, *(share * odds)])


def _spread(window: SearchWindow, n: int) -> tuple[Float, Float]:
    """Azimuths and probabilities of where noise alone puts the peak."""
    x, w = np.polynomial.legendre.leggauss(n)
    parts = (window.window,) if window.within_lobe else window.searched
    angle, weight = [], []
    for low, high in parts:
        edges = np.linspace(low, high, PIECES + 1)
        for start, stop in pairwise(edges):
            at = 0.5 * (start + stop) + 0.5 * (stop - start) * x
            angle.append(at)
            weight.append(0.5 * (stop - start) * w * window.cell_density(at))
    azimuth, share = np.concatenate(angle), np.concatenate(weight)
    share = share / np.sum(share)
    if not window.within_lobe:
        return azimuth, share
    edge = window.edge_share
    return np.append(azimuth, window.window), np.append((1.0 - edge) * share, [edge / 2, edge / 2])
