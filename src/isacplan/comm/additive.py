"""Additive knowledge: the sensing error is subtracted from the correlation, Bai2024 (13)-(22)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Complex, Float
from isacplan.channel.conventions import warn_of_conjugates
from isacplan.comm._inputs import (
    angle_variances,
    check_correlations,
    check_links,
    relative_power,
)
from isacplan.comm.knowledge import Terms
from isacplan.comm.rational import pole_jet, rational_jet
from isacplan.comm.semidefinite import PSD_TOLERANCE, SMALLEST_TOLERANCE, semidefinite_limit
from isacplan.enclosure import Interval, Jet

EDGE_DIGITS = 4
"""Significant digits of the largest valid angle variance."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AdditiveKnowledge:
    """The paper's model: ``Rhat = beta R - CRB beta adot adot^H``, observed through pilots.

    Everything is per unit of mean gain, so that beta enters only through the SNRs. After one
    factorisation per user every quantity is a rational function of the angle variance:
    with ``B = R + I/gamma``, ``v = adot``, ``u = B^-1 v / gamma`` and ``s = v^H B^-1 v``

        C(c) = C(0) - c (v v^H - u u^H) + c^2 s/(1 - c s) u u^H.

    Parameters
    ----------
    spatial_correlation : array_like, shape (K, L, L)
        R_k; scaled to unit trace, with the factor moved into both SNRs.
    steering_derivative : array_like, shape (K, L)
        adot_k of the unit-norm steering vector at the sensed angle [1/rad].
    snr : array_like, shape (K,)
        ``p_k beta_k / sigma_c^2``.
    pilot_snr : array_like, shape (K,)
        ``gamma_e beta_k``.
    power : array_like, shape (K,), optional
        Transmit powers in any common unit; default equal.
    interference_bound : bool, optional
        Use the lower bound (28), which replaces the interference by
        ``P_t lambda_max(beta_k R_k)``, in place of (22).
    psd_tolerance : float, optional
        How far below zero, relative to the trace, an eigenvalue of the estimated correlation may
        lie in a valid design; see `largest_semidefinite_crb`.
    """

    spatial_correlation: Complex
    steering_derivative: Complex
    snr: Float
    pilot_snr: Float
    power: Float | None = None
    interference_bound: bool = False
    psd_tolerance: float = PSD_TOLERANCE

    def __post_init__(self) -> None:
        R, gain = check_correlations("spatial_correlation", self.spatial_correlation)
        n_users, n_antennas = R.shape[:2]
        v = np.array(self.steering_derivative, dtype=complex)
        if v.shape != (n_users, n_antennas) or not np.all(np.isfinite(v)):
            raise ValueError(
                f"steering_derivative must be finite with shape {(n_users, n_antennas)}, "
                f"got shape {v.shape}"
            )
        _check.real("psd_tolerance", self.psd_tolerance, at_least=SMALLEST_TOLERANCE, at_most=1.0)
        object.__setattr__(self, "spatial_correlation", R)
        object.__setattr__(self, "steering_derivative", v)
        for name, value in check_links(self.snr, self.pilot_snr, self.power, gain).items():
            object.__setattr__(self, name, value)
        lam, vectors = self._eigen
        limit, conjugate_limit = (
            semidefinite_limit(lam, self._energy(x), self._tolerance) for x in (v, v.conj())
        )
        warn_of_conjugates(limit, conjugate_limit, vectors[..., -1], v)

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return len(self.snr)

    @property
    def accuracy(self) -> float:
        """The terms are closed forms."""
        return 0.0

    @property
    def valid_crb(self) -> Float:
        """Largest variance with a positive semidefinite ``R - c adot adot^H`` [rad^2].

        See `largest_semidefinite_crb`. A pilot so strong that it resolves eigenvalues of the size
        of the tolerance narrows it, so that the limit stays clear of the pole.

        Eigenvalues near the tolerance are known to a part in 10^6 or so, which depends on the
        processor. The limit is therefore rounded down to `EDGE_DIGITS`: whoever computes it finds
        the same frame.
        """
        energy = self._energy(self.steering_derivative)
        limit = semidefinite_limit(self._eigen[0], energy, self._tolerance)
        return _rounded_down(np.minimum(limit, 0.5 * self.defined_crb))

    @property
    def defined_crb(self) -> Float:
        """Variance 1/s at which the pilot covariance becomes singular [rad^2]."""
        with np.errstate(divide="ignore"):
            return 1.0 / self._coefficients["s"]

    @cached_property
    def _eigen(self) -> tuple[Float, Complex]:
        with few_threads():
            lam, vectors = np.linalg.eigh(self.spatial_correlation)
        return lam, vectors

    @property
    def _tolerance(self) -> Float:
        """How far below zero eigenvalues may lie, shape (K,)."""
        narrowed = np.minimum(self.psd_tolerance, 1e-3 / self.pilot_snr)
        return np.maximum(narrowed, SMALLEST_TOLERANCE)

    def _rotated(self, vector: Complex) -> Complex:
        """Vectors (K, L) in the users' eigenbases."""
        return np.einsum("kli,kl->ki", self._eigen[1].conj(), vector)

    def _energy(self, vector: Complex) -> Float:
        return np.abs(self._rotated(vector)) ** 2

    @cached_property
    def _coefficients(self) -> dict[str, Float]:
        """Coefficients of ``x(c) = x0 - x1 c + x2 q(c)``, ``q = c^2 s / (1 - c s)``."""
        lam, vectors = np.maximum(self._eigen[0], 0.0), self._eigen[1]
        R, v = self.spatial_correlation, self.steering_derivative
        v_eigen = self._rotated(v)
        gamma = self.pilot_snr[:, None]
        shrink = 1.0 / (1.0 + gamma * lam)
        energy = np.abs(v_eigen) ** 2
        u = np.einsum("kli,ki->kl", vectors, shrink * v_eigen)
        flat = R.reshape(len(R), -1)
        cross_0 = np.empty((len(R), len(R)))
        for i, (V, share) in enumerate(zip(vectors, gamma * lam**2 * shrink, strict=True)):
            C_0 = (V * share) @ V.conj().T
            cross_0[:, i] = np.real(flat @ C_0.ravel().conj())
        return {
            "s": np.sum(energy * gamma * shrink, axis=1),
            "trace_0": np.sum(gamma * lam**2 * shrink, axis=1),
            "trace_1": np.sum(energy * gamma * lam * (gamma * lam + 2.0) * shrink**2, axis=1),
            "trace_2": np.sum(energy * shrink**2, axis=1),
            "cross_0": cross_0,
            "cross_1": _quadratic(R, v - u, v + u),
            "cross_2": _quadratic(R, u, u),
        }

    def terms(self, crb: Float) -> Terms[Float]:
        """SINR parts (22) for angle variances.

        Parameters
        ----------
        crb : ndarray, shape (..., K)
            Variances [rad^2], below `defined_crb`.

        Returns
        -------
        Terms
            Arrays of shape (..., K); the uncertainty is zero, since (22) counts it as interference
            of the user with itself.

        Raises
        ------
        ValueError
            When a variance reaches `defined_crb`, where the expression has its pole.
        """
        c = angle_variances(crb, self.n_users)
        x = self._coefficients
        pole = 1.0 - c * x["s"]
        if np.any(pole <= 0.0):
            raise ValueError(
                "crb must stay below defined_crb, where the covariance of the pilot observation "
                "becomes singular"
            )
        q = c**2 * x["s"] / pole
        trace = x["trace_0"] - c * x["trace_1"] + q * x["trace_2"]
        signal = self.snr * trace
        if self.interference_bound:
            interference = np.broadcast_to(self._bounded_interference, signal.shape)
        else:
            cross = x["cross_0"] - c[..., None, :] * x["cross_1"] + q[..., None, :] * x["cross_2"]
            interference = np.sum(
                relative_power(self.snr, self.power) * (cross / trace[..., None, :]), axis=-1
            )
        return Terms(signal, np.zeros_like(signal), interference)

    def enclose(self, crb: Jet) -> Terms[Jet]:
        """Rigorous enclosures of the SINR parts.

        Parameters
        ----------
        crb : Jet, shape (B, K)
            Angle variances and their derivatives over B intervals of the design variable.

        Returns
        -------
        Terms
            Jets of shape (B, K).
        """
        x = self._coefficients
        q_ends = pole_jet(crb.value.lower, x["s"]), pole_jet(crb.value.upper, x["s"])
        trace = crb.composed(
            rational_jet(crb.value, *q_ends, (x["trace_0"], x["trace_1"], x["trace_2"]))
        )
        signal = trace.scaled(self.snr)
        zero = Interval(np.zeros_like(signal.value.lower), np.zeros_like(signal.value.lower))
        none = Jet(zero, zero, zero)
        if self.interference_bound:
            bound = np.broadcast_to(self._bounded_interference, zero.lower.shape)
            return Terms(signal, none, Jet(Interval(bound, bound), zero, zero))
        beam = np.s_[:, None, :]
        cross = crb[beam].composed(
            rational_jet(
                crb.value[beam],
                q_ends[0][beam],
                q_ends[1][beam],
                (x["cross_0"], x["cross_1"], x["cross_2"]),
            )
        )
        shares = (cross * trace.reciprocal()[beam]).scaled(relative_power(self.snr, self.power))
        return Terms(signal, none, shares.sum(axis=-1))

    @cached_property
    def _bounded_interference(self) -> Float:
        """``P_t lambda_max(beta_k R_k) / sigma_c^2``, Bai2024 (28)."""
        return np.sum(relative_power(self.snr, self.power), axis=1) * self._eigen[0][:, -1]


def _rounded_down(value: Float) -> Float:
    """Positive numbers cut after `EDGE_DIGITS` significant digits; zero and infinity stay."""
    with np.errstate(divide="ignore", invalid="ignore"):
        digit = 10.0 ** (np.floor(np.log10(value)) - EDGE_DIGITS + 1)
        cut = np.floor(value / digit) * digit
    return np.where((value > 0.0) & np.isfinite(value), cut, value)


def _quadratic(R: Complex, x: Complex, y: Complex) -> Float:
    """``Re x_i^H R_k y_i`` for all k, i, shape (K, K)."""
    return np.real(np.einsum("il,kli->ki", x.conj(), R @ y.T))
