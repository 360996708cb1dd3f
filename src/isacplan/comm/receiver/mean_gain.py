"""Users that know the mean of their effective gain, and nothing else of it: Bai2024 (22)."""

import numpy as np

from isacplan._typing import Float
from isacplan.comm.receiver._definition import Gains, Receiver


def use_and_forget(gains: Gains, temporal_correlation: Float, precoded_pilots: int) -> Float:
    """``log2(1 + |E g|^2 / (1 + Var g + interference))``; see `Receiver`.

    The "use and then forget" bound: a worst-case uncorrelated noise argument makes it achievable
    (Caire, "On the ergodic rate lower bounds with applications to massive MIMO", 2018, eq. 3).
    """
    del precoded_pilots
    mean, variance, interference = gains.moments(temporal_correlation)
    return np.log2(1.0 + mean**2 / (1.0 + variance + interference))


RECEIVER = Receiver(words="mean gain known", efficiency=use_and_forget)
