"""Propagation: spatial correlation, temporal correlation, path loss."""

from isacplan.channel.aging import geometric_aging, jakes_aging, max_doppler
from isacplan.channel.correlation import OneRing, one_ring_correlation, paths_correlation
from isacplan.channel.doppler import PathFading, path_doppler, traced_aging, traced_correlation
from isacplan.channel.element import (
    TabulatedElement,
    element_table,
    isotropic_element,
    tr38901_element,
)
from isacplan.channel.orientation import orientation, seen_from
from isacplan.channel.pathloss import fraunhofer_distance, free_space_loss
from isacplan.channel.tr38901 import (
    inh_office_loss,
    rma_loss,
    uma_loss,
    umi_street_canyon_loss,
)

__all__ = [
    "OneRing",
    "PathFading",
    "TabulatedElement",
    "element_table",
    "fraunhofer_distance",
    "free_space_loss",
    "geometric_aging",
    "inh_office_loss",
    "isotropic_element",
    "jakes_aging",
    "max_doppler",
    "one_ring_correlation",
    "orientation",
    "path_doppler",
    "paths_correlation",
    "rma_loss",
    "seen_from",
    "tr38901_element",
    "traced_aging",
    "traced_correlation",
    "uma_loss",
    "umi_street_canyon_loss",
]
