"""Path loss in free space, and where its far field begins.

Every loss is the ratio of transmitted to received power (a linear number of at least one;
`isacplan.units.linear_to_db` gives decibels). Shadow fading is not included. The models of 3GPP
are in `isacplan.channel.tr38901`.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.units import SPEED_OF_LIGHT


def free_space_loss(distance: ArrayLike, *, carrier_frequency: ArrayLike) -> Float:
    """Friis' loss between isotropic antennas, ``(4 pi d / lambda)^2``.

    Element-wise over the arguments, which broadcast.

    Parameters
    ----------
    distance : array_like, shape (...)
        Distance [m], at least a wavelength over 4 pi (nearer, the far field has not begun).
    carrier_frequency : array_like, shape (...)
        Carrier [Hz].

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If a distance is so short that the formula would amplify.

    Examples
    --------
    >>> from isacplan.units import linear_to_db
    >>> float(linear_to_db(free_space_loss(1000.0, carrier_frequency=1e9)).round(2))
    92.45
    """
    d = _check.real("distance", distance, above=0.0)
    f = _check.real("carrier_frequency", carrier_frequency, above=0.0)
    loss = (4.0 * np.pi * d * f / SPEED_OF_LIGHT) ** 2
    if np.any(loss < 1.0):
        nearest = np.max(SPEED_OF_LIGHT / (4.0 * np.pi * f))
        raise ValueError(f"distance must be at least {nearest:.3g} m (far field), got {np.min(d)}")
    return loss


def fraunhofer_distance(aperture: ArrayLike, *, carrier_frequency: ArrayLike) -> Float:
    """Distance from which waves count as plane at an array, ``2 D^2 / lambda``.

    Nearer, the path to the array's ends is longer than that to its middle by more than a
    sixteenth of a wavelength, and bounds for plane waves no longer describe it. Element-wise.

    Parameters
    ----------
    aperture : array_like, shape (...)
        Largest extent D of the array [m].
    carrier_frequency : array_like, shape (...)
        Carrier [Hz].

    Returns
    -------
    ndarray, shape (...)
        [m]

    Examples
    --------
    >>> wavelength = SPEED_OF_LIGHT / 3.5e9
    >>> float(fraunhofer_distance(15.5 * wavelength, carrier_frequency=3.5e9).round(2))
    41.16
    """
    D = _check.real("aperture", aperture, at_least=0.0)
    f = _check.real("carrier_frequency", carrier_frequency, above=0.0)
    return 2.0 * D**2 * f / SPEED_OF_LIGHT
