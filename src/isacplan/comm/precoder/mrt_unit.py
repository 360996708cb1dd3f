"""Maximum-ratio transmission with beams of unit power."""

from types import ModuleType

import numpy as np

from isacplan._typing import Array
from isacplan.comm.precoder._definition import Precoder


def matched(channel: Array, *, regularisation: float, xp: ModuleType = np) -> Array:
    """Beams along the estimates; see `Beams`."""
    del regularisation, xp
    return channel


PRECODER = Precoder(words="maximum ratio, each beam of unit power", directions=matched)
