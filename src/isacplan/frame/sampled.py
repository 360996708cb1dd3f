"""Sampled efficiencies: any precoder and receiver that can be simulated, planned like a formula.

The same draws serve every sensing duration, so that a sampled efficiency is a smooth function of
it. It is interpolated in ``log T_l``, and the branch and bound runs on the interpolant: no design
is better for these draws beyond the stated gap, in which the error of the interpolation counts.
How well the draws know the rate is another question, answered by `isacplan.frame.interval`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.comm.precoder import precoder
from isacplan.comm.sampled import BeamStatistics, SampledLink
from isacplan.comm.scheme import SampledScheme, Scheme, sampled_scheme
from isacplan.enclosure import Interval
from isacplan.frame.efficiency import EfficiencyBounds
from isacplan.frame.interpolant import Interpolant, interpolated

TOLERANCE = 5e-4
"""Relative error at which interpolation stops doubling, measured before the last doubling."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledEfficiency:
    """Efficiency of a sampled scheme; make one with `sampled_efficiencies`.

    Parameters
    ----------
    sampled : SampledScheme
        What was interpolated.
    interpolant : Interpolant
        Of K x N efficiencies over ``log T_l``.
    accuracy : float
        Relative error of interpolation between sensing durations and between ages.
    valid_from : ndarray, shape (K,), or None, optional
        Sensing duration from which the sampled model holds; default from where draws begin [s].
    """

    sampled: SampledScheme
    interpolant: Interpolant
    accuracy: float
    valid_from: Float | None = None

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return self.sampled.ages.spread.shape[0]

    @property
    def n_ages(self) -> int:
        """Number of ages N."""
        return self.sampled.ages.spread.shape[1]

    @property
    def shortest_valid(self) -> Float:
        """Sensing duration from which there are draws and their model holds, shape (K,) [s]."""
        if self.valid_from is None:
            return self._start
        # Draws that begin where the model does miss that by a rounding.
        begins = self.valid_from * (1.0 + 1e-9) >= self._start
        return np.where(begins, self.valid_from, self._start)

    @cached_property
    def _start(self) -> Float:
        return np.full(self.n_users, float(np.exp(self.interpolant.knots[0])))

    @property
    def shortest_defined(self) -> Float:
        """Sensing duration above which there is an interpolant, shape (K,) [s]."""
        return self._start * (1.0 - 1e-9)

    def _point(self, sensing_duration: Float) -> Float:
        """``log T_l`` within the knots, which a few roundings may miss."""
        T = _check.real("sensing_duration", sensing_duration, above=0.0)
        low, high = self.interpolant.knots[[0, -1]]
        x = np.log(T)
        if np.any((x < low - 1e-8) | (x > high + 1e-8)):
            bad = T[(x < low - 1e-8) | (x > high + 1e-8)][0]
            raise ValueError(
                f"sensing_duration must be from {np.exp(low):.6g} to {np.exp(high):.6g} s, where "
                f"the efficiency was sampled, got {bad:g}"
            )
        return np.clip(x, low, high)

    def users(self, sensing_duration: Float) -> Float:
        """Interpolated efficiencies, shape (B, K, N) [bit/s/Hz], for durations (B,) [s]."""
        flat = self.interpolant(self._point(np.asarray(sensing_duration, dtype=float)))
        return np.reshape(flat, (-1, self.n_users, self.n_ages))

    @cached_property
    def _weighted(self) -> dict[bytes, tuple[Interpolant, Interpolant, Interpolant]]:
        return {}

    def _sums(self, weight: Float) -> tuple[Interpolant, Interpolant, Interpolant]:
        """Phi by age over ``x = log T_l``, its derivative, and ``Phi'' - Phi'``."""
        key = np.asarray(weight, dtype=float).tobytes()
        if key not in self._weighted:
            phi = self.interpolant.combined(np.kron(weight[:, None], np.eye(self.n_ages)))
            slope = phi.derivative
            self._weighted[key] = phi, slope, slope.derivative.minus(slope)
        return self._weighted[key]

    def enclose(self, start: Float, stop: Float, weight: Float) -> EfficiencyBounds:
        """Bounds of the weighted interpolant over intervals ``[start, stop]``, shape (B,) [s].

        With ``x = log T``: ``Phi' = Phi_x / T`` and ``Phi'' = (Phi_xx - Phi_x) / T^2``. Across a
        knot the slope may jump, which leaves the second derivative without bounds.
        """
        a, b = self._point(start), self._point(stop)
        phi, slope, bend = self._sums(weight)
        value = phi.enclose(a, b)
        per_T = Interval.rounded(1.0 / stop, 1.0 / start)
        first = _hull(slope.enclose(a, b)) * per_T
        second = _hull(bend.enclose(a, b)) * per_T.square()
        kinked = phi.bends_between(a, b)
        return EfficiencyBounds(
            phi=value.upper,
            first=value[:, 0],
            slope=first,
            bend=Interval(
                np.where(kinked, -np.inf, second.lower), np.where(kinked, np.inf, second.upper)
            ),
        )


def _hull(bounds: Interval) -> Interval:
    """Bounds over every age."""
    return Interval(np.min(bounds.lower, axis=1), np.max(bounds.upper, axis=1))


@few_threads()
def sampled_efficiencies(
    link: SampledLink,
    schemes: Sequence[Scheme],
    *,
    temporal_correlation: Float,
    symbols_per_block: float,
    shortest: float,
    longest: float,
    tolerance: float = TOLERANCE,
) -> tuple[SampledEfficiency, ...]:
    """Efficiencies of several schemes on the same draws.

    Parameters
    ----------
    link : SampledLink
    schemes : sequence of Scheme
    temporal_correlation : ndarray, shape (K, N)
        rho_{k,n}.
    symbols_per_block : float
    shortest, longest : float
        Sensing durations between which designs are sought [s].
    tolerance : float, optional
        Relative error at which interpolation stops refining.

    Returns
    -------
    tuple of SampledEfficiency
    """
    middle = beam_statistics_at(link, schemes, float(np.sqrt(shortest * longest)))
    sampled = [
        sampled_scheme(
            link,
            scheme,
            middle[scheme.precoder],
            temporal_correlation=temporal_correlation,
            symbols_per_block=symbols_per_block,
            tolerance=tolerance,
        )
        for scheme in schemes
    ]

    def by_scheme(x: float) -> Float:
        statistics = beam_statistics_at(link, schemes, float(np.exp(x)))
        return np.concatenate(
            [s.efficiency(statistics[s.scheme.precoder]).ravel() for s in sampled]
        )

    whole, error = interpolated(
        by_scheme, float(np.log(shortest)), float(np.log(longest)), tolerance=tolerance
    )
    size = temporal_correlation.size
    parts = [slice(i * size, (i + 1) * size) for i in range(len(sampled))]
    return tuple(
        SampledEfficiency(
            sampled=s,
            interpolant=Interpolant(knots=whole.knots, coefficients=whole.coefficients[..., part]),
            accuracy=float(np.max(error[part])) + s.ages.error,
        )
        for s, part in zip(sampled, parts, strict=True)
    )


def beam_statistics_at(
    link: SampledLink, schemes: Sequence[Scheme], sensing_duration: float
) -> dict[str, BeamStatistics]:
    """Statistics of every precoder among schemes after sensing for T_l.

    Parameters
    ----------
    link : SampledLink
    schemes : sequence of Scheme
    sensing_duration : float
        [s].

    Returns
    -------
    dict of str to BeamStatistics
        By precoder.
    """
    realisations = link.model.realise(sensing_duration)
    names = dict.fromkeys(scheme.precoder for scheme in schemes)
    return {name: link.statistics(realisations, precoder(name)) for name in names}
