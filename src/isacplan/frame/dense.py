"""The knowledge models again, by dense matrices and quadrature, for the certificate check."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge, quadrature_moments
from isacplan.frame.closed_form import KnowledgeEfficiency
from isacplan.frame.efficiency import Efficiency

EDGE = 1e-3
"""The edge of the additive model's domain hangs on eigenvalues near the tolerance, known to four
digits or so."""


class OwnNumbers:
    """An efficiency taken at its word, one sensing duration at a time."""

    def __init__(self, efficiency: Efficiency) -> None:
        self.efficiency = efficiency

    def efficiencies(self, duration: float) -> Float:
        """Efficiency of every user at every age, shape (K, N) [bit/s/Hz]."""
        return self.efficiency.users(np.array([duration]))[0]

    def shortest_valid(self) -> float:
        """Sensing duration from which the model holds for all users [s]."""
        return float(np.max(self.efficiency.shortest_valid))


Model = TypeVar("Model", AdditiveKnowledge, MismatchedKnowledge)


class _Dense(ABC, Generic[Model]):
    """A closed form recomputed from its matrices."""

    def __init__(self, efficiency: Efficiency) -> None:
        if not isinstance(efficiency, KnowledgeEfficiency):
            raise ValueError(f"efficiency must be a closed form, got {type(efficiency).__name__}")
        self.law = efficiency.cramer_rao
        self.kept = efficiency.temporal_correlation**2
        self.k = self.checked(efficiency)
        power = np.asarray(self.k.power)
        self.share = self.k.snr[:, None] * power / power[:, None]

    @abstractmethod
    def checked(self, efficiency: KnowledgeEfficiency) -> Model:
        """The knowledge model, once it is the one that is recomputed here."""

    @abstractmethod
    def parts(self, crb: Float) -> tuple[Float, Float, Float]:
        """Signal, uncertainty and interference over noise."""

    @abstractmethod
    def shortest_valid(self) -> float:
        """Sensing duration from which the model holds for all users [s]."""

    def variances(self, duration: float) -> Float:
        """Angle variances after sensing, shape (K,) [rad^2]."""
        return self.law.per_symbol / (duration / self.law.symbol_duration) ** self.law.exponent

    def efficiencies(self, duration: float) -> Float:
        """Efficiency of every user at every age, shape (K, N) [bit/s/Hz]."""
        return self.aged(self.parts(self.variances(duration)))

    def aged(self, parts: tuple[Float, Float, Float]) -> Float:
        """Efficiencies (23) from SINR parts, shape (K, N) [bit/s/Hz]."""
        signal, uncertainty, interference = (part[:, None] for part in parts)
        return np.log2(1.0 + self.kept * signal / (1.0 + interference + self.kept * uncertainty))


class DenseAdditive(_Dense[AdditiveKnowledge]):
    """The additive model by dense matrices."""

    def checked(self, efficiency: KnowledgeEfficiency) -> AdditiveKnowledge:
        """The additive model."""
        if not isinstance(efficiency.knowledge, AdditiveKnowledge):
            raise ValueError("knowledge must be additive")
        return efficiency.knowledge

    def shortest_valid(self) -> float:
        """Where the smallest eigenvalue of R - c v v^H passes the tolerance, by bisection [s]."""
        k, shortest = self.k, 0.0
        for i, (R, v) in enumerate(zip(k.spatial_correlation, k.steering_derivative, strict=True)):
            g = 1.0 / k.pilot_snr[i]
            tolerance = max(min(k.psd_tolerance, 1e-3 * g), 1e-15)
            outer = np.outer(v, v.conj())
            rounding = 2.0 * np.finfo(float).eps * np.linalg.eigvalsh(R)[-1]
            pole = np.vdot(v, np.linalg.solve(R + g * np.eye(len(v)), v)).real
            low, high = 0.0, 0.5 / pole if pole > 0.0 else np.inf
            while np.isfinite(high) and high - low > 1e-9 * high:
                middle = 0.5 * (low + high)
                # What the eigenvalues themselves are rounded by is not given away.
                inside = np.linalg.eigvalsh(R - middle * outer)[0] >= rounding - tolerance
                low, high = (middle, high) if inside else (low, middle)
            needed = (self.law.per_symbol[i] / high) ** (1.0 / self.law.exponent)
            shortest = max(shortest, float(self.law.symbol_duration * needed) * (1.0 - EDGE))
        return shortest

    def box(self, start: float, stop: float) -> tuple[Float, Float]:
        """Upper bounds by user and age, and lower bounds by user right after an update.

        ``tr(X C(c))`` is convex in the angle variance c for every positive semidefinite X, since
        ``x^2 / (x + g)`` is operator convex: its ends bound it from above, its tangents from below.
        """
        low_c, high_c = self.variances(stop), self.variances(start)
        t_0, P_0, dt_0, dP_0 = self.traces(low_c)
        t_1, P_1, dt_1, dP_1 = self.traces(high_c)
        width = high_c - low_c
        t_low, t_high = _convex_range(t_0, t_1, dt_0, dt_1, width)
        P_low, P_high = _convex_range(P_0, P_1, dP_0, dP_1, width)
        optimistic = self.assembled(t_high, np.maximum(P_low, 0.0) / t_high)
        pessimistic = self.assembled(t_low, P_high / t_low)
        highest, lowest = self.aged(optimistic), self.aged(pessimistic)[:, 0]
        return highest * (1.0 + 1e-12), lowest * (1.0 - 1e-12)

    def traces(self, crb: Float) -> tuple[Float, Float, Float, Float]:
        """``tr C_i``, ``tr R_k C_i`` and their derivatives by c_i."""
        K = len(crb)
        t, dt = np.empty(K), np.empty(K)
        P, dP = np.empty((K, K)), np.empty((K, K))
        eye = np.eye(self.k.spatial_correlation.shape[1])
        for i in range(K):
            R, v = self.k.spatial_correlation[i], self.k.steering_derivative[i]
            g = 1.0 / self.k.pilot_snr[i]
            R_hat = R - crb[i] * np.outer(v, v.conj())
            filtered = np.linalg.solve(R_hat + g * eye, np.column_stack([R_hat, v]))
            C: Complex = R_hat @ filtered[:, :-1]
            w = g * filtered[:, -1]
            t[i] = np.trace(C).real
            dt[i] = np.vdot(w, w).real - np.vdot(v, v).real
            for k in range(K):
                R_k = self.k.spatial_correlation[k]
                P[k, i] = np.trace(R_k @ C).real
                dP[k, i] = (np.vdot(w, R_k @ w) - np.vdot(v, R_k @ v)).real
        return t, P, dt, dP

    def parts(self, crb: Float) -> tuple[Float, Float, Float]:
        """Signal, uncertainty and interference over noise."""
        t, P, _, _ = self.traces(crb)
        return self.assembled(t, P / t)

    def assembled(self, trace: Float, ratio: Float) -> tuple[Float, Float, Float]:
        """SINR parts from traces and cross terms over traces."""
        interference = np.sum(self.share * ratio, axis=1)
        if self.k.interference_bound:
            largest = np.array([np.linalg.norm(R, 2) for R in self.k.spatial_correlation])
            interference = np.sum(self.share, axis=1) * largest
        return self.k.snr * trace, np.zeros_like(trace), interference


class DenseMismatched(_Dense[MismatchedKnowledge]):
    """The mismatched model by dense matrices and quadrature over the angle error."""

    def checked(self, efficiency: KnowledgeEfficiency) -> MismatchedKnowledge:
        """The mismatched model."""
        if not isinstance(efficiency.knowledge, MismatchedKnowledge):
            raise ValueError("knowledge must be mismatched")
        return efficiency.knowledge

    def shortest_valid(self) -> float:
        """Zero: the model holds for every angle variance [s]."""
        return 0.0

    def parts(self, crb: Float) -> tuple[Float, Float, Float]:
        """Signal, uncertainty and interference over noise."""
        moments = quadrature_moments(self.k, crb)
        gain, square, norm = moments[:, :3].T
        return (
            self.k.snr * gain**2 / norm,
            self.k.snr * (square - gain**2) / norm,
            np.sum(self.share * moments[:, 3:].T / norm, axis=1),
        )


def _convex_range(
    left: Float, right: Float, left_slope: Float, right_slope: Float, width: Float
) -> tuple[Float, Float]:
    """Range of a convex function from values and slopes at the ends of an interval."""
    turn = right_slope - left_slope
    meet = np.divide(
        left - right + right_slope * width, turn, out=np.zeros_like(left), where=turn > 0.0
    )
    crossing = left + left_slope * np.clip(meet, 0.0, width)
    inside = (left_slope < 0.0) & (right_slope > 0.0)
    return np.where(inside, crossing, np.minimum(left, right)), np.maximum(left, right)
