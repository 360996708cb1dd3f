"""Sensing: Fisher information, Cramer-Rao bounds, and estimators to compare with them."""

from isacplan.sensing.angle import linear_array_angle_crb
from isacplan.sensing.crb import angle_crb, matched_beam_angle_crb
from isacplan.sensing.delay import delay_crb, doppler_crb, mean_square_bandwidth
from isacplan.sensing.error_ellipse import probability_within
from isacplan.sensing.estimators import esprit_angle, maximum_likelihood_angle, music_angle
from isacplan.sensing.fisher import equivalent_information, gaussian_mean_information
from isacplan.sensing.joint_threshold import joint_outlier_probability
from isacplan.sensing.matched_filter import matched_filter
from isacplan.sensing.ofdm import ofdm_array_information
from isacplan.sensing.ofdm_estimators import angle_delay_estimate
from isacplan.sensing.position import (
    anchor_measurements,
    position_bound,
    position_covariance,
    position_crb,
)
from isacplan.sensing.search_window import SearchWindow, search_window
from isacplan.sensing.targets import (
    Target,
    bistatic_angle,
    bistatic_cross_section,
    constant_delay_direction,
    target,
    target_names,
)
from isacplan.sensing.threshold import independent_cells, outlier_probability
from isacplan.sensing.threshold_law import ThresholdLaw

__all__ = [
    "SearchWindow",
    "Target",
    "ThresholdLaw",
    "anchor_measurements",
    "angle_crb",
    "angle_delay_estimate",
    "bistatic_angle",
    "bistatic_cross_section",
    "constant_delay_direction",
    "delay_crb",
    "doppler_crb",
    "equivalent_information",
    "esprit_angle",
    "gaussian_mean_information",
    "independent_cells",
    "joint_outlier_probability",
    "linear_array_angle_crb",
    "matched_beam_angle_crb",
    "matched_filter",
    "maximum_likelihood_angle",
    "mean_square_bandwidth",
    "music_angle",
    "ofdm_array_information",
    "outlier_probability",
    "position_bound",
    "position_covariance",
    "position_crb",
    "probability_within",
    "search_window",
    "target",
    "target_names",
]
