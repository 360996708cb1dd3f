"""Antenna arrays: geometry, steering vectors and their derivatives."""

from isacplan.array.geometry import ArrayGeometry, custom, uniform_linear, uniform_planar
from isacplan.array.steering import steering_derivative, steering_vector

__all__ = [
    "ArrayGeometry",
    "custom",
    "steering_derivative",
    "steering_vector",
    "uniform_linear",
    "uniform_planar",
]
