"""Bounds of a closed form over intervals of the sensing duration, from enclosures of its terms."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan._typing import Float
from isacplan.comm import Knowledge, Terms
from isacplan.comm.knowledge import CONTRACT_SLACK, check_enclosed
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.enclosure import Interval, Jet
from isacplan.frame.error_law import ClosedFormLaw

LN2 = float(np.log(2.0))


@dataclass(frozen=True, eq=False)
class KnowledgeEnclosure:
    """Bounds of a closed form over B intervals of sensing duration, part by part.

    Parameters
    ----------
    knowledge : Knowledge or OutlierKnowledge
    error_law : ClosedFormLaw
        Of the kind that the knowledge model takes.
    kept : ndarray, shape (K, N)
        ``rho^2`` by user and age.
    start, stop : ndarray, shape (B,)
        Ends of the intervals [s].
    weight : ndarray, shape (K,)
        Weights of the users.
    """

    knowledge: Knowledge | OutlierKnowledge
    error_law: ClosedFormLaw
    kept: Float
    start: Float
    stop: Float
    weight: Float

    @cached_property
    def _terms(self) -> Terms[Jet]:
        with np.errstate(all="ignore"):
            terms = self.knowledge.enclose(self.error_law.enclose(self.start, self.stop))
        check_enclosed(terms, (len(self.start), len(self.kept)))
        return terms

    def _weighted(self, parts: tuple[Float, Float, Float], ages: slice) -> Float:
        signal, interference, uncertainty = parts
        r = self.kept[:, ages]
        disturbance = 1.0 + interference[..., None] + r * uncertainty[..., None]
        se = np.log1p(r * np.maximum(signal, 0.0)[..., None] / disturbance)
        # An enclosure that reaches zero disturbance bounds nothing.
        se = np.where(disturbance > 0.0, se, np.inf)
        return np.einsum("k,bkn->bn", self.weight, se) / LN2

    @property
    def phi(self) -> Float:
        """Upper bounds by age, shape (B, N) [bit/s/Hz]."""
        return self._phi

    @cached_property
    def _phi(self) -> Float:
        s, i, u = self._terms.signal, self._terms.interference, self._terms.uncertainty
        # The contract of the terms keeps interference non-negative; uncertainty takes either sign.
        best = s.value.upper, np.maximum(i.value.lower, -CONTRACT_SLACK), u.value.lower
        with np.errstate(all="ignore"):
            phi = self._weighted(best, slice(None))
        return np.where(np.isnan(phi), np.inf, phi)

    @property
    def first(self) -> Interval:
        """Bounds of Phi_1, shape (B,) [bit/s/Hz]."""
        s, i, u = self._terms.signal, self._terms.interference, self._terms.uncertainty
        worst = s.value.lower, i.value.upper, u.value.upper
        with np.errstate(all="ignore"):
            low = self._weighted(worst, slice(0, 1))[:, 0]
        # Nothing is below zero; a worst case that is none of the contract's says no more.
        low, high = np.where(np.isfinite(low), low, 0.0), self.phi[:, 0]
        return Interval.widened(low, high, high, len(self.kept) + 16)

    @cached_property
    def _sinr(self) -> tuple[Jet, Float, Float]:
        """SINR over rho^2 for every age, and the range of rho^2 by user."""
        kept = self.kept
        low, high = np.min(kept, axis=1), np.max(kept, axis=1)
        terms = self._terms
        aged = terms.uncertainty
        if np.any(aged.value.upper != 0.0) or np.any(aged.value.lower != 0.0):
            zero = Interval(np.zeros_like(low), np.zeros_like(low))
            aged = aged * Jet(Interval(low, high), zero, zero)
        return terms.signal * (terms.interference + aged).shifted(1.0).reciprocal(), low, high

    @cached_property
    def _slopes(self) -> tuple[Interval, Interval]:
        """Derivatives by user, valid for every age.

        With ``G = r / (1 + r A)``, which rises in ``r = rho^2``, and A the SINR over r:
        ``SE' = G A' / ln 2`` and ``SE'' = (G A'' - (G A')^2) / ln 2``.
        """
        with np.errstate(all="ignore"):
            A, low, high = self._sinr
            lowest = np.maximum(A.value.lower, 0.0)
            G = Interval.widened(
                low / (1.0 + low * A.value.upper), high / (1.0 + high * lowest), high, 4
            )
            slope = G * A.first
            bend = G * A.second - slope.square()
            weight = self.weight / LN2
            return slope.scaled(weight).sum(axis=-1), bend.scaled(weight).sum(axis=-1)

    @property
    def slope(self) -> Interval:
        """Bounds of the derivative by the sensing duration, shape (B,)."""
        return self._slopes[0]

    @property
    def bend(self) -> Interval:
        """Bounds of the second derivative, shape (B,)."""
        return self._slopes[1]
