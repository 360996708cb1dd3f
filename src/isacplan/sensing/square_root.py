"""Covariance of two parameters from the square root of a Fisher matrix.

The square root R, with information ``R^T R``, holds twice the digits of the information itself.
Householder's factorisation with rows and columns interchanged (Powell and Reid 1969; Cox and
Higham 1998) keeps those digits however unequal the rows' weights are.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isacplan._typing import Float, Int

SMALLEST_SINE = 1e-11
"""Two directions closer than this are one: what coordinates of fifteen digits leave of an angle
seen from a thousandth of their size."""

EQUILIBRATIONS = 3


def leading_covariance(root: Float) -> Float:
    """Covariance of the first two parameters when the others are unknown too.

    Two factorisations: one of the rows scaled to unit length decides the rank, for which weights
    do not count; one of the rows themselves gives the value.

    Parameters
    ----------
    root : ndarray, shape (..., M, P)
        Rows R, the first two columns in one unit.

    Returns
    -------
    ndarray, shape (..., 2, 2)
        Leading block of ``(R^T R)^-1``; infinite on the diagonal where the first two parameters
        are not determined. Other parameters that no row touches cost nothing.
    """
    batch, (n_rows, n_columns) = root.shape[:-2], root.shape[-2:]
    n_other = n_columns - 2
    # The two come last, and rows without information make room for columns without any.
    padded = np.zeros((int(np.prod(batch)), n_rows + n_columns, n_columns))
    padded[:, :n_rows] = np.roll(root, -2, axis=-1).reshape(-1, n_rows, n_columns)
    directions, _, rank = _factor(_directions(padded), n_other)
    pivots = np.abs(np.diagonal(directions, axis1=-2, axis2=-1))
    within = np.arange(n_other) < rank[:, None]
    weakest = np.min(np.where(within, pivots[:, :n_other], 1.0), axis=-1, initial=1.0)
    determined = np.all(pivots[:, n_other:] > (SMALLEST_SINE / weakest)[:, None], axis=-1)
    triangle, order, _ = _factor(padded[determined], n_other, rank[determined])
    with np.errstate(over="ignore"):
        half = np.linalg.inv(triangle[:, n_other:n_columns, n_other:])
        half = np.take_along_axis(half, np.argsort(order[:, n_other:])[..., None], axis=1)
        found = half @ np.swapaxes(half, -1, -2)
    covariance = np.tile(np.diag([np.inf, np.inf]), (len(padded), 1, 1))
    covariance[determined] = found
    return covariance.reshape(*batch, 2, 2)


def _directions(rows: Float) -> Float:
    """Rows of unit length, after columns other than the last two have been scaled alike."""
    directions = rows
    for _ in range(EQUILIBRATIONS):
        directions = _unit(directions, axis=-1)
        alike = _unit(directions[..., :-2], axis=-2)
        directions = np.concatenate([alike, directions[..., -2:]], axis=-1)
    return _unit(directions, axis=-1)


def _unit(values: Float, *, axis: int) -> Float:
    largest = np.max(np.abs(values), axis=axis, keepdims=True, initial=0.0)
    near = np.divide(values, largest, out=np.zeros_like(values), where=largest > 0.0)
    size = np.sqrt(np.sum(near**2, axis=axis, keepdims=True))
    return np.divide(near, size, out=near, where=size > 0.0)


def _factor(matrix: Float, n_first: int, rank: Int | None = None) -> tuple[Float, Int, Int]:
    """Triangular factor of each matrix, its first columns pivoted before the rest.

    Parameters
    ----------
    matrix : ndarray, shape (B, M, P)
        The last P rows are zero.
    n_first : int
        How many columns are factored first.
    rank : ndarray of int, shape (B,), optional
        Rank of those columns; default: how many pivots exceed `SMALLEST_SINE`.

    Returns
    -------
    factor : ndarray, shape (B, M, P)
    order : ndarray of int, shape (B, P)
        Column of the matrix that stands at each column of the factor.
    rank : ndarray of int, shape (B,)
    """
    A = matrix.copy()
    B, n_rows, n_columns = A.shape
    order = np.tile(np.arange(n_columns), (B, 1))
    found = np.zeros(B, dtype=np.int64)
    for k in range(n_columns):
        stop = n_first if k < n_first else n_columns
        norms = np.linalg.norm(A[:, k:, k:stop], axis=1)
        column = k + np.argmax(norms, axis=-1)
        _swap(np.swapaxes(A, -1, -2), k, column)
        _swap(order, k, column)
        used = np.ones(B, dtype=bool)
        if k < n_first:
            used = np.max(norms, axis=-1) > SMALLEST_SINE if rank is None else k < rank
            found += used
            # A column without information of its own takes up one of the empty rows.
            A[~used, k:, k] = 0.0
        row = k + np.argmax(np.abs(A[:, k:, k]), axis=-1)
        _swap(A, k, np.where(used, row, n_rows - 1 - k))
        _reflect(A, k)
    return A, order, found


def _swap(values: NDArray[Any], k: int, other: Int) -> None:
    """Exchange entry k and another one of the second axis, for each matrix its own."""
    each = np.arange(len(values))
    held = values[:, k].copy()
    values[:, k] = values[each, other]
    values[each, other] = held


def _reflect(A: Float, k: int) -> None:
    """Householder's reflection that clears column k below its diagonal, in place."""
    x = A[:, k:, k]
    size = np.max(np.abs(x), axis=-1, keepdims=True)
    v = np.divide(x, size, out=np.zeros_like(x), where=size > 0.0)
    length = np.linalg.norm(v, axis=-1)
    v[:, 0] += np.copysign(length, v[:, 0])
    square = np.sum(v**2, axis=-1)
    beta = np.divide(2.0, square, out=np.zeros_like(square), where=square > 0.0)
    A[:, k:, k:] -= (beta[:, None] * v)[..., None] * (v[:, None, :] @ A[:, k:, k:])
    A[:, k + 1 :, k] = 0.0
