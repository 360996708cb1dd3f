"""Correlations from elsewhere, brought to this package's conventions."""

import warnings
from collections.abc import Callable

import numpy as np

from isacplan._typing import ArrayLike, Complex, Float
from isacplan.errors import InputWarning

UNIT_TRACE_TOLERANCE = 1e-9
"""A trace this close to one is taken for one."""
HERMITIAN_TOLERANCE = 1e-6
"""Largest asymmetry relative to the trace: what single precision leaves."""
MIRROR_RATIO = 2.0
"""How many times more power a correlation has in the mirror direction before it is suspected."""
CONJUGATE_RATIO = 4.0
"""How many times more sensing error the mirror image must admit before it is suspected."""
COHERENCE_RATIO = 1.1
"""How much better its phases must fit, since two columns of elements admit much by chance."""
MATRIX_ELEMENTS = 2**20
"""Elements of the assumed correlations that exist at once, but one matrix at least."""


def unit_trace(name: str, correlation: ArrayLike) -> tuple[Complex, Float]:
    """Correlations scaled to unit trace, and the factors, which belong to the gains.

    Correlations from elsewhere may be in single precision and normalised by the number of
    antennas. What is Hermitian with unit trace to double precision comes back unchanged.

    Parameters
    ----------
    name : str
        What to call the argument in errors.
    correlation : array_like, shape (..., L, L)
        Hermitian to single precision, positive trace.

    Returns
    -------
    correlation : ndarray, shape (..., L, L)
        Hermitian, unit trace.
    trace : ndarray, shape (...)
        Exactly one where nothing was scaled.

    Raises
    ------
    ValueError
        When a correlation is not finite, not Hermitian or without positive trace.
    """
    R: Complex = np.asarray(correlation, dtype=complex)
    if R.ndim < 2 or R.shape[-1] != R.shape[-2] or R.size == 0:
        raise ValueError(f"{name} must have shape (..., L, L), got {R.shape}")
    if not np.all(np.isfinite(R)):
        raise ValueError(f"{name} must be finite")
    trace = np.real(np.trace(R, axis1=-2, axis2=-1))
    if np.any(trace <= 0.0):
        raise ValueError(f"{name} must have a positive trace, got {np.min(trace):g}")
    # One by one: the stack may be large.
    asymmetry = np.reshape(
        [np.max(np.abs(R_k - R_k.conj().T)) for R_k in R.reshape(-1, *R.shape[-2:])], trace.shape
    )
    if np.any(asymmetry > HERMITIAN_TOLERANCE * trace):
        raise ValueError(f"{name} must be Hermitian")
    scale = np.where(np.abs(trace - 1.0) <= UNIT_TRACE_TOLERANCE, 1.0, trace)
    rough = bool(np.any(asymmetry > 1e-10 * trace))
    if not rough and np.all(scale == 1.0):
        return R, scale
    scaled: Complex = R / scale[..., None, None]
    return (scaled + np.swapaxes(scaled.conj(), -1, -2)) / 2.0 if rough else scaled, scale


def warn_of_mirror_images(
    correlation: Complex, assumed_correlation: Callable[[Float], Complex], angle: Float
) -> None:
    """Warn of correlations that point to the mirror image of the stated angle.

    A conjugate correlation, from a tool with the other sign of phase, is a valid one, but its
    power comes from the other side of broadside. Warned of is a user whose strongest direction is
    the mirror image of the stated angle, with `MIRROR_RATIO` times the power that the stated
    angle has.

    Parameters
    ----------
    correlation : ndarray, shape (K, L, L)
        Unit trace.
    assumed_correlation : callable
        Maps angles of shape (n,) [rad] to unit-trace correlations of shape (n, L, L).
    angle : ndarray, shape (K,)
        Stated angles from broadside [rad].
    """
    for k, (R, theta) in enumerate(zip(correlation, angle, strict=True)):
        ahead, mirror = _power(R, assumed_correlation, np.array([theta, -theta]))
        if mirror <= MIRROR_RATIO * ahead:
            continue
        n = 4 * len(R)
        grid = np.arcsin((2.0 * np.arange(n) + 1.0 - n) / n)
        strongest = float(grid[np.argmax(_power(R, assumed_correlation, grid))])
        if abs(np.sin(strongest) + np.sin(theta)) <= 2.0 / len(R):
            warnings.warn(
                f"user {k}: the correlation is strongest towards {strongest:.3g} rad, the mirror "
                f"image of the stated angle of {theta:.3g} rad: was it made with the other sign "
                "of phase? Its conjugate would agree with conventions 5.2",
                InputWarning,
                stacklevel=2,
            )


def warn_of_conjugates(
    limit: Float, conjugate_limit: Float, strongest: Complex, derivative: Complex
) -> None:
    """Warn of correlations that go with the conjugate of the stated derivative.

    `warn_of_mirror_images` where no angle is known. The derivative of a steering vector turns each
    element's phase by a real number, so with a correlation around the same angle the products of
    derivative and conjugate strongest eigenvector all lie on one line through zero.

    Parameters
    ----------
    limit, conjugate_limit : ndarray, shape (K,)
        Largest angle variances that the correlations admit with the derivative as stated, and
        with its conjugate [rad^2].
    strongest : ndarray, shape (K, L)
        Eigenvectors of the largest eigenvalues.
    derivative : ndarray, shape (K, L)
        Of the steering vectors at the stated angles.
    """
    as_stated = _coherence(derivative * strongest.conj())
    suspected = limit < conjugate_limit / CONJUGATE_RATIO
    suspected &= _coherence(derivative * strongest) > COHERENCE_RATIO * as_stated
    for k in np.flatnonzero(suspected):
        warnings.warn(
            f"user {k}: the correlation goes with the mirror image of the stated angle, the "
            "conjugate of steering_derivative: was it made with the other sign of phase? Its "
            "conjugate would agree with conventions 5.2",
            InputWarning,
            stacklevel=2,
        )


def _coherence(product: Complex) -> Float:
    """One where the numbers of the last axis lie on a line through zero, less elsewhere."""
    power = np.sum(np.abs(product) ** 2, axis=-1)
    return np.abs(np.sum(product**2, axis=-1)) / np.maximum(power, np.finfo(float).tiny)


def _power(
    correlation: Complex, assumed_correlation: Callable[[Float], Complex], angles: Float
) -> Float:
    """Share of a correlation's power that arrives from around angles, shape (n,)."""
    together = max(1, MATRIX_ELEMENTS // correlation.size)
    parts = [
        np.real(np.einsum("nlm,lm->n", assumed_correlation(part).conj(), correlation))
        for part in np.split(angles, range(together, angles.size, together))
    ]
    return np.concatenate(parts)
