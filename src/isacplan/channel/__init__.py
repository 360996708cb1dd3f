"""Propagation: spatial correlation, temporal correlation, path loss."""

from isacplan.channel.aging import geometric_aging, jakes_aging, max_doppler
from isacplan.channel.correlation import OneRing, one_ring_correlation, paths_correlation
from isacplan.channel.pathloss import free_space_loss, uma_loss, umi_street_canyon_loss

__all__ = [
    "OneRing",
    "free_space_loss",
    "geometric_aging",
    "jakes_aging",
    "max_doppler",
    "one_ring_correlation",
    "paths_correlation",
    "uma_loss",
    "umi_street_canyon_loss",
]
