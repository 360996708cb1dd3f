"""Propagation: spatial correlation, temporal correlation, path loss."""

from isacplan.channel.aging import geometric_aging, jakes_aging, max_doppler
from isacplan.channel.correlation import one_ring_correlation, paths_correlation

__all__ = [
    "geometric_aging",
    "jakes_aging",
    "max_doppler",
    "one_ring_correlation",
    "paths_correlation",
]
