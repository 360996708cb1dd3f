"""Mismatched knowledge: the station filters with the correlation of the angle it believes in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Complex, Float
from isacplan.channel.conventions import warn_of_mirror_images
from isacplan.channel.doppler import PathFading
from isacplan.comm._inputs import (
    angle_variances,
    check_correlations,
    check_links,
    per_user,
    relative_power,
)
from isacplan.comm.assumed import AssumedCorrelation
from isacplan.comm.harmonics import Harmonics, sampled_harmonics
from isacplan.comm.knowledge import Terms
from isacplan.enclosure import EPSILON, Interval, Jet

MATRIX_ELEMENTS = 2**20
"""Elements of the assumed correlations that exist at once, but one matrix at least."""


def _parts(n: int, elements: int) -> Iterator[slice]:
    """Slices of n matrices or stacks, so many at a time that memory is bounded."""
    together = max(1, MATRIX_ELEMENTS // elements)
    for start in range(0, n, together):
        yield slice(start, min(start + together, n))


@dataclass(frozen=True, kw_only=True, eq=False)
class MismatchedKnowledge:
    """What a receiver really does with a sensed angle that is off by a Gaussian error.

    The station believes the angle ``theta + e``, ``e ~ N(0, CRB)``, and filters the pilot
    observation of the true channel with ``W = Rhat (Rhat + I/gamma)^-1``, ``Rhat`` the correlation
    it assumes there. Expectations over e are exact: every quantity is periodic in the believed
    angle, and the k-th harmonic of a periodic function keeps ``exp(-k^2 CRB / 2)`` of itself.

    Everything is per unit of mean gain; the mean gain is taken as known.

    Parameters
    ----------
    true_correlation : array_like, shape (K, L, L)
        R_k; scaled to unit trace, with the factor moved into both SNRs.
    assumed_correlation : callable
        Maps angles of shape (n,) [rad] to correlations of shape (n, L, L), smooth and periodic in
        2 pi; scaled to unit trace. See `isacplan.comm.assumed.AssumedCorrelation`.
    angle : array_like, shape (K,)
        Angles about which the sensed angles scatter [rad].
    snr : array_like, shape (K,)
        ``p_k beta_k / sigma_c^2``.
    pilot_snr : array_like, shape (K,)
        ``gamma_e beta_k``.
    power : array_like, shape (K,), optional
        Transmit powers in any common unit; default equal.
    paths : sequence of PathFading, length K, optional
        Discrete paths with uniform phases that the channels consist of, instead of Gaussians of
        the same correlation. A path does not interfere with itself, so a user's own beam loses
        ``sum_p g_p^2 |a_p^H W a_p|^2`` of the power ``tr(R W Q W)`` that a Gaussian would spread.
        The mean gain still ages as a whole, by the given temporal correlation.
    """

    true_correlation: Complex
    assumed_correlation: Callable[[Float], Complex]
    angle: Float
    snr: Float
    pilot_snr: Float
    power: Float | None = None
    paths: Sequence[PathFading] | None = None

    def __post_init__(self) -> None:
        R, gain = check_correlations("true_correlation", self.true_correlation)
        n_users = len(R)
        object.__setattr__(self, "true_correlation", R)
        angle = per_user("angle", self.angle, n_users, above=-np.inf)
        object.__setattr__(self, "angle", angle)
        for name, value in check_links(self.snr, self.pilot_snr, self.power, gain).items():
            object.__setattr__(self, name, value)
        assumed = AssumedCorrelation.of(self.assumed_correlation, R.shape[-1])
        object.__setattr__(self, "assumed_correlation", assumed)
        warn_of_mirror_images(R, assumed, angle)

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return len(self.snr)

    @property
    def accuracy(self) -> float:
        """What the harmonics that were left out may add up to, relative to the moments."""
        return self._harmonics.accuracy

    @property
    def valid_crb(self) -> Float:
        """The model holds for every angle variance."""
        return np.full(self.n_users, np.inf)

    @property
    def defined_crb(self) -> Float:
        """The expressions exist for every angle variance."""
        return np.full(self.n_users, np.inf)

    def filter_moments(self, believed_angle: Float) -> Float:
        """What the filter of a believed angle does to the true channels.

        Parameters
        ----------
        believed_angle : ndarray, shape (n,)
            [rad].

        Returns
        -------
        ndarray, shape (K, 3 + K, n)
            For the filter of user i: ``tr(W R_i)``, its square, ``tr(W Q_i W)`` with
            ``Q = R + I/gamma``, and ``tr(R_k W Q_i W)`` for every receiver k, from which what
            `paths` do not interfere with is taken at ``k = i``.
        """
        angles = _check.real("believed_angle", believed_angle)
        gamma = self.pilot_snr[:, None]
        K, L = self.true_correlation.shape[:2]
        roots = self._roots
        moments = np.empty((K, 3 + K, angles.size))
        for part in _parts(angles.size, (K + 1) * L**2):
            lam, U = _above_rounding(self.assumed_correlation(angles[part]))
            f = gamma * lam[:, None, :] / (1.0 + gamma * lam[:, None, :])
            # B_k^H U for R_k = B_k B_k^H.
            seen = roots @ U[:, None]
            diagonal = np.sum(np.abs(seen) ** 2, axis=-2)
            gain = np.sum(f * diagonal, axis=-1)
            norm = np.sum(f**2 * (diagonal + 1.0 / gamma), axis=-1)
            moments[:, :3, part] = np.stack([gain, gain**2, norm]).transpose(2, 0, 1)
            rotated = seen.conj().swapaxes(-1, -2) @ seen
            filtered = rotated * (f[..., :, None] * f[..., None, :])
            flat = (*rotated.shape[:2], -1)
            cross = np.real(filtered.reshape(flat) @ rotated.reshape(flat).conj().swapaxes(-1, -2))
            cross = cross + (f**2 / gamma) @ diagonal.swapaxes(-1, -2)
            moments[:, 3:, part] = cross.transpose(1, 2, 0)
            for i, one in enumerate(self.paths or ()):
                through = np.abs(one.steering.conj() @ U) ** 2 @ f[:, i, :, None]
                moments[i, 3 + i, part] -= np.sum((one.gain * through[..., 0]) ** 2, axis=-1)
        return moments

    @cached_property
    def _roots(self) -> Complex:
        """``B_k^H`` with ``R_k = B_k B_k^H``, as many rows as any R_k has rank, (K, r, L)."""
        lam, V = _above_rounding(self.true_correlation)
        return np.sqrt(lam)[..., None] * V.conj().swapaxes(-1, -2)

    def _on_circle(self, n: int, offset: int) -> Float:
        """`filter_moments` at the angles ``(2 j + offset) pi / n`` for j = 0, 1, ... n - 1."""
        turns = 2 * np.arange(n) + offset
        if getattr(self.assumed_correlation, "front_is_back", False):
            turns = np.minimum(turns, (n - turns) % (2 * n))
        distinct, at = np.unique(turns, return_inverse=True)
        return self.filter_moments(np.pi / n * distinct)[..., at]

    @cached_property
    def _harmonics(self) -> Harmonics:
        L = self.true_correlation.shape[1]
        return sampled_harmonics(
            self._on_circle,
            self.angle,
            start=8 * int(2 ** np.ceil(np.log2(L + 4))),
            # A strong pilot amplifies the rounding of the smallest eigenvalues.
            amplification=float(np.max(self.pilot_snr)),
        )

    @property
    def n_harmonics(self) -> int:
        """Harmonics H that are kept."""
        return self._harmonics.rate.size

    def moments_under(self, characteristic: Complex) -> Float:
        """Expected `filter_moments` under any distributions of the believed angles.

        Parameters
        ----------
        characteristic : ndarray, shape (K, O, H)
            ``E exp(j h angle)`` of O distributions for each user.

        Returns
        -------
        ndarray, shape (K, O, 3 + K)
        """
        return self._harmonics.under(characteristic)

    def expected_moments(self, crb: Float) -> Float:
        """Expected `filter_moments` for angle variances of shape (..., K), (..., K, 3 + K)."""
        return self._harmonics.expected(crb)

    def terms(self, crb: Float) -> Terms[Float]:
        """SINR parts for angle variances.

        Parameters
        ----------
        crb : ndarray, shape (..., K)
            Variances [rad^2].

        Returns
        -------
        Terms
            Arrays of shape (..., K).
        """
        return self.terms_of(self.expected_moments(angle_variances(crb, self.n_users)))

    def terms_of(self, moments: Float) -> Terms[Float]:
        """SINR parts from expected `filter_moments`, shape (..., K, 3 + K).

        Parameters
        ----------
        moments : ndarray, shape (..., K, 3 + K)

        Returns
        -------
        Terms
            Arrays of shape (..., K).
        """
        gain, square, norm = moments[..., 0], moments[..., 1], moments[..., 2]
        arriving = np.swapaxes(moments[..., 3:] / norm[..., None], -1, -2)
        return Terms(
            self.snr * gain**2 / norm,
            self.snr * np.maximum(square - gain**2, 0.0) / norm,
            np.sum(relative_power(self.snr, self.power) * arriving, axis=-1),
        )

    def enclose(self, crb: Jet) -> Terms[Jet]:
        """Enclosures of the SINR parts, up to the harmonics that were cut.

        Parameters
        ----------
        crb : Jet, shape (B, K)
            Angle variances and their derivatives over B intervals of the design variable.

        Returns
        -------
        Terms
            Jets of shape (B, K).
        """
        return self.enclosed_terms_of(self.enclosed_moments(crb))

    def enclosed_moments(self, crb: Jet) -> Jet:
        """Enclosures of `expected_moments`, shape (B, K, 3 + K), for variances (B, K)."""
        return crb[..., None].composed(self._harmonics.enclose(crb.value))

    def enclosed_terms_of(self, moments: Jet) -> Terms[Jet]:
        """Enclosures of `terms_of` for moments of shape (B, K, 3 + K)."""
        gain, square = moments[..., 0], moments[..., 1]
        per_norm = moments[..., 2].reciprocal()
        gain_square = gain.square()
        spread = square - gain_square
        spread = Jet(
            Interval(np.maximum(spread.value.lower, 0.0), spread.value.upper),
            spread.first,
            spread.second,
        )
        arriving = (moments[..., 3:] * per_norm[..., None]).swapped()
        return Terms(
            (gain_square * per_norm).scaled(self.snr),
            (spread * per_norm).scaled(self.snr),
            arriving.scaled(relative_power(self.snr, self.power)).sum(axis=-1),
        )


def _above_rounding(correlation: Complex) -> tuple[Float, Complex]:
    """Eigenvalues and eigenvectors of a stack of matrices, without those that are rounding in all.

    What is left out is smaller than `EPSILON` times the largest: the rounding of the matrix.
    Eigenvalues of shape (..., m), clipped at zero, vectors of shape (..., L, m).
    """
    lam, U = np.linalg.eigh(correlation)
    counted = np.count_nonzero(lam > EPSILON * lam[..., -1:], axis=-1)
    first = lam.shape[-1] - int(np.max(counted))
    return np.maximum(lam[..., first:], 0.0), np.ascontiguousarray(U[..., first:])
