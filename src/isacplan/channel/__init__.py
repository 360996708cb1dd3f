"""Propagation: spatial correlation, temporal correlation, path loss."""

from isacplan.channel.aging import geometric_aging, jakes_aging, max_doppler
from isacplan.channel.correlation import OneRing, one_ring_correlation, paths_correlation
from isacplan.channel.pathloss import fraunhofer_distance, free_space_loss
from isacplan.channel.tr38901 import (
    inh_office_loss,
    rma_loss,
    uma_loss,
    umi_street_canyon_loss,
)

__all__ = [
    "OneRing",
    "fraunhofer_distance",
    "free_space_loss",
    "geometric_aging",
    "inh_office_loss",
    "jakes_aging",
    "max_doppler",
    "one_ring_correlation",
    "paths_correlation",
    "rma_loss",
    "uma_loss",
    "umi_street_canyon_loss",
]
