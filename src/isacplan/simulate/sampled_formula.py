"""What a sampled plan promises of one design, as the formula that whole frames are held against."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isacplan._typing import Float
from isacplan.comm.precoder import precoder
from isacplan.comm.receiver import receivers
from isacplan.comm.scheme import SampledScheme
from isacplan.frame.interval import CONFIDENCE


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledFormula:
    """Efficiencies after one sensing duration, before precoded pilots are charged.

    Parameters
    ----------
    mean_gain, learned_gain : ndarray, shape (1 + G, K, N)
        From all scrambles, then without each [bit/s/Hz].
    """

    mean_gain: Float
    learned_gain: Float

    def known(self, efficiency: Float, function: Callable[[Float], Float]) -> tuple[Float, Float]:
        """A function of efficiencies (..., K, N), and the relative half-width of its 95 % interval.

        Parameters
        ----------
        efficiency : ndarray, shape (1 + G, K, N)
            One of the above.
        function : callable

        Returns
        -------
        value, relative : ndarray
        """
        from scipy.special import stdtrit

        values = function(efficiency)
        whole, without = values[0], values[1:]
        G = len(without)
        spread = np.sum((without - np.mean(without, axis=0)) ** 2, axis=0)
        half = stdtrit(G - 1, 0.5 + CONFIDENCE / 2.0) * np.sqrt((G - 1) / G * spread)
        return whole, half / np.maximum(np.abs(whole), np.finfo(float).tiny)


def sampled_formula(sampled: SampledScheme, sensing_duration: float, n_ages: int) -> SampledFormula:
    """Efficiencies of a sampled scheme's beams under both receivers.

    Parameters
    ----------
    sampled : SampledScheme
    sensing_duration : float
        T_l [s].
    n_ages : int
        Ages wanted.

    Returns
    -------
    SampledFormula
    """
    link, scheme = sampled.link, sampled.scheme
    realised = link.model.realise(sensing_duration)
    statistics = link.statistics(realised, precoder(scheme.precoder))
    rho = sampled.temporal_correlation[:, :n_ages]

    def efficiency(name: str) -> Float:
        kind = receivers()[name]
        left_out = (None, *range(link.draws.n_scrambles))
        return np.array(
            [
                kind.efficiency(link.gains(statistics, without=g), rho, scheme.precoded_pilots)
                for g in left_out
            ]
        )

    return SampledFormula(
        mean_gain=efficiency("mean_gain"), learned_gain=efficiency("learned_gain")
    )
