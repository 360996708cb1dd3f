"""Link budgets, and every gain between one antenna and one symbol and what the models take.

An SNR that a scenario states is that of one symbol at one antenna, before the gains of arrays, of
pilot length, of sensing time and of power boosts. They are applied here, once.
"""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float
from isacplan.array import ArrayGeometry
from isacplan.channel.correlation import paths_correlation
from isacplan.channel.element import ElementPattern, isotropic_element


def data_snr(element_snr: ArrayLike, *, n_transmit: int) -> Float:
    """SNR of data under the matched beam, for a channel of unit-trace correlation.

    Parameters
    ----------
    element_snr : array_like, shape (...)
        At the user, with the user's whole power sent from one transmit element.
    n_transmit : int
        Transmit antennas L_t.

    Returns
    -------
    ndarray, shape (...)
        ``p beta / sigma_c^2``, L_t times the SNR of one element.

    Examples
    --------
    >>> float(data_snr(0.5, n_transmit=16))
    8.0
    """
    snr = _check.real("element_snr", element_snr, above=0.0)
    return snr * _check.integer("n_transmit", n_transmit, at_least=1)


def pilot_snr(symbol_snr: ArrayLike, *, n_station: int, n_symbols: int) -> Float:
    """SNR of a whole channel update over the station's array.

    Parameters
    ----------
    symbol_snr : array_like, shape (...)
        Of one pilot symbol of the user at one station element.
    n_station : int
        Station antennas L_t, which receive pilots and send data.
    n_symbols : int
        Pilot symbols in an update.

    Returns
    -------
    ndarray, shape (...)
        ``gamma_e beta``.
    """
    snr = _check.real("symbol_snr", symbol_snr, above=0.0)
    n_elements = _check.integer("n_station", n_station, at_least=1)
    return snr * n_elements * _check.integer("n_symbols", n_symbols, at_least=1)


def sensing_snr(element_snr: ArrayLike, *, n_transmit: int, n_receive: int) -> Float:
    """SNR of the echo of one symbol over both arrays, under the matched beam.

    Parameters
    ----------
    element_snr : array_like, shape (...)
        From one transmit to one receive element.
    n_transmit, n_receive : int
        Antennas L_t and L_r.

    Returns
    -------
    ndarray, shape (...)
        ``L_r L_t |alpha|^2 / sigma_r^2``.
    """
    snr = _check.real("element_snr", element_snr, above=0.0)
    n_elements = _check.integer("n_transmit", n_transmit, at_least=1)
    return snr * n_elements * _check.integer("n_receive", n_receive, at_least=1)


def noise_power(*, density: ArrayLike, bandwidth: ArrayLike, noise_figure: ArrayLike) -> Float:
    """Noise at a receiver.

    Parameters
    ----------
    density : array_like, shape (...)
        Of thermal noise [W/Hz].
    bandwidth : array_like, shape (...)
        [Hz].
    noise_figure : array_like, shape (...)
        Ratio, at least one.

    Returns
    -------
    ndarray, shape (...)
        [W].
    """
    N_0 = _check.real("density", density, above=0.0)
    B = _check.real("bandwidth", bandwidth, above=0.0)
    return N_0 * B * _check.real("noise_figure", noise_figure, above=0.0)


def received_snr(*, power: ArrayLike, gain: ArrayLike, noise: ArrayLike) -> Float:
    """SNR between two elements, Friis.

    Parameters
    ----------
    power : array_like, shape (...)
        Transmitted [W].
    gain : array_like, shape (...)
        One-way power gain, element patterns included.
    noise : array_like, shape (...)
        At the receiver [W].

    Returns
    -------
    ndarray, shape (...)
    """
    P = _check.real("power", power, above=0.0)
    beta = _check.real("gain", gain, above=0.0)
    return P * beta / _check.real("noise", noise, above=0.0)


def echo_snr(
    *,
    power: ArrayLike,
    gain: ArrayLike,
    noise: ArrayLike,
    cross_section: ArrayLike,
    wavelength: ArrayLike,
    n_samples: ArrayLike,
) -> Float:
    """SNR of one symbol's echo between two elements, radar equation.

    Two passes through the same path, with the gain of a reflector
    ``4 pi cross_section / wavelength^2`` between them, and the coherent gain of the samples
    (bandwidth times duration) in a symbol.

    Parameters
    ----------
    power : array_like, shape (...)
        Transmitted [W].
    gain : array_like, shape (...)
        One-way power gain, element patterns included.
    noise : array_like, shape (...)
        At the receiver [W].
    cross_section : array_like, shape (...)
        Radar cross section [m^2].
    wavelength : array_like, shape (...)
        [m].
    n_samples : array_like, shape (...)
        Independent samples ``B T_s`` in a symbol.

    Returns
    -------
    ndarray, shape (...)
    """
    beta = _check.real("gain", gain, above=0.0)
    sigma = _check.real("cross_section", cross_section, above=0.0)
    reflector = 4.0 * np.pi * sigma / _check.real("wavelength", wavelength, above=0.0) ** 2
    samples = _check.real("n_samples", n_samples, above=0.0)
    return received_snr(power=power, gain=beta**2 * reflector * samples, noise=noise)


@dataclass(frozen=True, kw_only=True, eq=False)
class PathsLink:
    """What the traced paths between a station and one user amount to.

    Parameters
    ----------
    correlation : ndarray, shape (L, L)
        Spatial correlation at the station, unit trace.
    gain : float
        ``beta_element = sum_p g_p |f_p|^2``, mean power gain from one station element.
    strongest_gain : float
        ``g_p |f_p|^2`` of the strongest path, over which the target is sensed.
    angle : float
        Angle from broadside under which the array's first axis sees that path [rad].
    """

    correlation: Complex
    gain: float
    strongest_gain: float
    angle: float


def paths_link(
    geometry: ArrayGeometry,
    gain: Float,
    azimuth: Float,
    elevation: Float,
    *,
    element_pattern: ElementPattern = isotropic_element,
) -> PathsLink:
    """Gain, correlation and sensed angle of a user from its traced paths.

    Path phases are taken as independent: ``R = sum g_p |f_p|^2 a a^H / sum g_p |f_p|^2``.

    Parameters
    ----------
    geometry : ArrayGeometry
        L elements. A linear one along y sees a path's cone angle about its axis, and any in the
        y-z plane a path from behind as its mirror image in front; only the element pattern tells
        the two apart.
    gain : ndarray, shape (P,)
        Power gains g_p between isotropic elements.
    azimuth, elevation : ndarray, shape (P,)
        Departure directions from broadside and from the horizontal plane [rad].
    element_pattern : callable, optional
        Power gain ``|f|^2`` of a station element; default isotropic.

    Returns
    -------
    PathsLink

    Raises
    ------
    ValueError
        When the strongest path leaves behind the array, or no path has power.
    """
    weighted = gain * element_pattern(azimuth, elevation)
    R, beta = paths_correlation(geometry, np.sqrt(weighted), azimuth, elevation)
    first = int(np.argmax(weighted))
    forward = np.cos(azimuth[first]) * np.cos(elevation[first])
    if forward <= 0.0:
        raise ValueError(
            f"the strongest path leaves behind the array, {np.degrees(azimuth[first]):.4g} deg "
            f"from broadside, {_why_not_behind(geometry)}"
        )
    sine = np.sin(azimuth[first]) * np.cos(elevation[first])
    return PathsLink(
        correlation=R,
        gain=beta,
        strongest_gain=float(weighted[first]),
        angle=float(np.arcsin(sine)),
    )


def _why_not_behind(geometry: ArrayGeometry) -> str:
    """What keeps an array from serving a user behind it."""
    depth, _, height = np.ptp(geometry.positions, axis=0)
    if depth > 0.0:
        return "and angles are sensed in the half plane in front of broadside only"
    kind = "planar" if height > 0.0 else "linear"
    return f"where a {kind} array takes it for its mirror image in front"
