"""Regularised zero forcing: the sum mean square error is least for noise over power."""

from types import ModuleType

import numpy as np

from isacplan._typing import Array
from isacplan.comm.precoder._definition import Precoder


def regularised(channel: Array, *, regularisation: float, xp: ModuleType = np) -> Array:
    """Columns of ``A (A^H A + alpha I)^-1`` with the estimates as columns of A; see `Beams`.

    Peel, Hochwald and Swindlehurst, "A vector-perturbation technique for near-capacity
    multiantenna multiuser communication, part I" (2005), with alpha the noise over the power.
    """
    gram = xp.matmul(channel, xp.conj(xp.matrix_transpose(channel)))
    eye = xp.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device)
    return xp.linalg.solve(gram + regularisation * eye, channel)


PRECODER = Precoder(words="regularised zero forcing", directions=regularised)
