"""Sensing: Fisher information and Cramer-Rao bounds."""

from isacplan.sensing.angle import linear_array_angle_crb
from isacplan.sensing.crb import angle_crb, matched_beam_angle_crb
from isacplan.sensing.delay import delay_crb, doppler_crb, mean_square_bandwidth
from isacplan.sensing.fisher import equivalent_information, gaussian_mean_information
from isacplan.sensing.ofdm import ofdm_array_information
from isacplan.sensing.position import anchor_information, position_bound, position_crb

__all__ = [
    "anchor_information",
    "angle_crb",
    "delay_crb",
    "doppler_crb",
    "equivalent_information",
    "gaussian_mean_information",
    "linear_array_angle_crb",
    "matched_beam_angle_crb",
    "mean_square_bandwidth",
    "ofdm_array_information",
    "position_bound",
    "position_crb",
]
