"""Mismatched expectations at one set of angle variances, user by user.

Two evaluations of the same integrals: `MismatchedKnowledge.terms` holds a series for every
variance, at the price of thousands of eigenvalue decompositions for a large array. Here an angle
is tried only where the station may believe it, and only one user's matrices exist at a time.
"""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.comm.mismatched import MismatchedKnowledge

REACH = 7.0
"""Standard deviations on either side; beyond lie 3e-12 of the probability."""

FIRST_STEP = 1.0
"""Of the trapezoid rule, in standard deviations."""

TOLERANCE = 1e-10
MAX_ANGLES = 2**14
MATRIX_ELEMENTS = 2**18
"""Elements of the matrices that are treated at once, but one matrix at least."""


def quadrature_moments(knowledge: MismatchedKnowledge, crb: Float) -> Float:
    """Expected `filter_moments` by the trapezoid rule, halved until it settles.

    For a smooth integrand under a Gaussian the rule converges faster than any power of its step,
    and every halving keeps the angles that it has.

    Parameters
    ----------
    knowledge : MismatchedKnowledge
    crb : ndarray, shape (K,)
        Angle variances [rad^2].

    Returns
    -------
    ndarray, shape (K, 3 + K)
        For the filter of user i: ``E tr(W R_i)``, ``E tr(W R_i)^2``, ``E tr(W Q_i W)``, and
        ``E tr(R_k W Q_i W)`` for every receiver k.

    Raises
    ------
    ValueError
        When the rule has not settled with 16384 angles.
    """
    c = _check.real("crb", crb, at_least=0.0)
    return np.array([_settled(UserMoments(knowledge, k), float(c[k])) for k in range(len(c))])


def _settled(user: "UserMoments", crb: float) -> Float:
    deviation, step = np.sqrt(crb), FIRST_STEP
    if deviation == 0.0:
        return user.weighted(np.zeros(1), np.ones(1))
    n = int(np.ceil(REACH / step))
    x = step * np.arange(-n, n + 1)
    total, weight = user.weighted(deviation * x, _gaussian(x)), float(np.sum(_gaussian(x)))
    while 2 * n <= MAX_ANGLES:
        x, step, n = step * (np.arange(-n, n) + 0.5), step / 2.0, 2 * n
        coarse = total / weight
        total = total + user.weighted(deviation * x, _gaussian(x))
        weight += float(np.sum(_gaussian(x)))
        if np.allclose(total / weight, coarse, rtol=TOLERANCE, atol=1e-14):
            return total / weight
    raise ValueError(
        f"assumed_correlation must vary smoothly with the angle: {MAX_ANGLES} angles within an "
        f"error of {deviation:.3g} rad rms do not settle; a longer sensing time "
        "or a wider assumed spread would do"
    )


def _gaussian(x: Float) -> Float:
    return np.exp(-(x**2) / 2.0)


@dataclass(frozen=True)
class UserMoments:
    """Moments of one user's filter at angle errors.

    Parameters
    ----------
    knowledge : MismatchedKnowledge
    index : int
        The user.
    """

    knowledge: MismatchedKnowledge
    index: int

    def weighted(self, error: Float, weight: Float) -> Float:
        """Sum over angle errors of weight times moments, shape (3 + K,)."""
        know, k = self.knowledge, self.index
        R, noise = know.true_correlation[k], 1.0 / know.pilot_snr[k]
        L = len(R)
        Q = R + noise * np.eye(L)
        gains, power, alone = np.zeros(2), np.zeros((L, L), complex), 0.0
        together = max(1, MATRIX_ELEMENTS // L**2)
        for start in range(0, len(error), together):
            part = slice(start, start + together)
            R_hat = know.assumed_correlation(know.angle[k] + error[part])
            W = np.linalg.solve(R_hat + noise * np.eye(L), R_hat)
            gain = np.real(np.sum(W * R.T, axis=(1, 2)))
            gains += np.array([weight[part] @ gain, weight[part] @ gain**2])
            filtered = np.swapaxes(W.conj(), 1, 2) @ Q @ W
            power += np.tensordot(weight[part], filtered, axes=1)
            if know.paths is not None:
                a, g = know.paths[k].steering, know.paths[k].gain
                through = np.einsum("pl,nlm,pm->np", a.conj(), W, a)
                alone += float(weight[part] @ np.sum(g**2 * np.abs(through) ** 2, axis=1))
        # tr(R_k W Q W), both Hermitian.
        cross = [np.vdot(R_k, power).real for R_k in know.true_correlation]
        cross[k] -= alone
        return np.array([*gains, np.real(np.trace(power)), *cross])
