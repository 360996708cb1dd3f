"""Users that learn their effective gain from precoded pilots in every block."""

import numpy as np

from isacplan._typing import Float
from isacplan.comm.receiver._definition import Gains, Receiver


def learned(gains: Gains, temporal_correlation: Float, precoded_pilots: int) -> Float:
    """``E log2(1 + |ghat|^2 / (1 + E|g - ghat|^2 + interference))``; see `Receiver`.

    ghat is the linear MMSE estimate of the effective gain from the block's precoded pilots, sent
    at the power of the data and orthogonal between users. Its error and the interference count as
    Gaussian noise of their mean power at that age (Caire 2018; Ngo and Larsson, "No downlink
    pilots are needed in TDD massive MIMO", 2017). A nearest-neighbour decoder reaches this where
    |ghat|^2 does not tell the noise.
    """
    mean, variance, interference = gains.moments(temporal_correlation)
    noise = 1.0 / precoded_pilots
    shrink = variance / (variance + noise)
    disturbance = 1.0 + shrink * noise + interference
    rho = np.abs(temporal_correlation)
    parts = np.empty(rho.shape)
    for j in range(rho.shape[1]):
        spread = gains.through - rho[:, j] ** 2 * gains.explained
        seen = np.sqrt(np.maximum(spread, 0.0) + noise) * gains.fluctuation
        estimate = seen + rho[:, j] * gains.amplitude
        estimate *= shrink[:, j]
        estimate += (1.0 - shrink[:, j]) * mean[:, j]
        sinr = (estimate.real**2 + estimate.imag**2) / disturbance[:, j]
        parts[:, j] = gains.mean(np.log1p(sinr))
    return parts / np.log(2.0)


RECEIVER = Receiver(words="gain learned", efficiency=learned, uses_pilots=True, averages=True)
