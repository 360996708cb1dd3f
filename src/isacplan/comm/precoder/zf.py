"""Zero forcing: each beam is orthogonal to the other users' estimates."""

from types import ModuleType

import numpy as np

from isacplan._typing import Array
from isacplan.comm.precoder._definition import Precoder

LOADING = 8.0
"""Rounding errors of the mean diagonal of the Gram matrix that keep it invertible."""


def orthogonal(channel: Array, *, regularisation: float, xp: ModuleType = np) -> Array:
    """Columns of ``A (A^H A)^-1`` with unit columns of A; see `Beams`.

    The estimates are scaled to unit length first, which leaves the directions as they are.
    """
    del regularisation
    square = xp.sum(xp.real(channel) ** 2 + xp.imag(channel) ** 2, axis=-1, keepdims=True)
    precision = xp.finfo(square.dtype)
    a = channel / xp.sqrt(xp.clip(square, float(precision.smallest_normal), None))
    gram = xp.matmul(a, xp.conj(xp.matrix_transpose(a)))
    eye = xp.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device)
    return xp.linalg.solve(gram + LOADING * float(precision.eps) * eye, a)


PRECODER = Precoder(words="zero forcing", directions=orthogonal, separates=True)
