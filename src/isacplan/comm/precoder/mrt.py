"""Maximum-ratio transmission scaled to its mean power, Bai2024 (21)."""

from types import ModuleType

import numpy as np

from isacplan._typing import Array
from isacplan.comm.precoder._definition import Precoder


def matched(channel: Array, *, regularisation: float, xp: ModuleType = np) -> Array:
    """Beams along the estimates themselves; see `Beams`."""
    del regularisation, xp
    return channel


PRECODER = Precoder(
    words="maximum ratio, scaled to its mean power", directions=matched, unit_power=False
)
