"""Sensing: Fisher information and Cramer-Rao bounds."""

from isacplan.sensing.crb import angle_crb, matched_beam_angle_crb
from isacplan.sensing.fisher import equivalent_information, gaussian_mean_information

__all__ = [
    "angle_crb",
    "equivalent_information",
    "gaussian_mean_information",
    "matched_beam_angle_crb",
]
