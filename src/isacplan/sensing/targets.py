"""Radar cross sections of named targets, and echoes that another station receives."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float


@dataclass(frozen=True, kw_only=True)
class Target:
    """Cross section of a kind of target, 3GPP TR 38.901 clause 7.9.2.1.

    Parameters
    ----------
    mean_dbsm : float
        Mean of the linear cross section [dBsm].
    std_db : float
        Standard deviation of the log-normal factor [dB].
    table : str
        Where the numbers stand.
    """

    mean_dbsm: float
    std_db: float
    table: str

    @property
    def mean(self) -> float:
        """Mean cross section [m^2]."""
        return float(10.0 ** (self.mean_dbsm / 10.0))

    def quantile(self, probability: float) -> float:
        """Cross section that a share of such targets stays below [m^2].

        The factor is log-normal about ``-ln(10)/20 std^2`` decibels, so that its mean is 1
        (7.9.2-1).

        Parameters
        ----------
        probability : float
            Above 0 and below 1.

        Returns
        -------
        float
        """
        from statistics import NormalDist

        p = float(_check.real("probability", probability, above=0.0))
        if p >= 1.0:
            raise ValueError(f"probability must be below 1, got {p:g}")
        middle = self.mean_dbsm - np.log(10.0) / 20.0 * self.std_db**2
        return float(10.0 ** ((middle + self.std_db * NormalDist().inv_cdf(p)) / 10.0))


@cache
def _table() -> dict[str, Target]:
    text = (resources.files("isacplan") / "sensing" / "targets.toml").read_text(encoding="utf-8")
    return {name: Target(**values) for name, values in tomllib.loads(text).items()}


def target_names() -> list[str]:
    """Names that `target` knows.

    >>> "small_uav" in target_names()
    True
    """
    return sorted(_table())


def target(name: str) -> Target:
    """A kind of target by name.

    Parameters
    ----------
    name : str
        One of `target_names`.

    Returns
    -------
    Target

    Examples
    --------
    >>> round(target("human").mean, 3)
    0.729
    """
    return _table()[_check.choice("name", name, _table())]


def bistatic_cross_section(monostatic: ArrayLike, bistatic_angle: ArrayLike) -> Float:
    """Cross section towards another direction, TR 38.901 (7.9.2-2): 3 sin(beta/2) dB less.

    Element-wise; the arguments broadcast. Forward scattering is left out, as there.

    Parameters
    ----------
    monostatic : array_like, shape (...)
        [m^2].
    bistatic_angle : array_like, shape (...)
        beta, between the ways to transmitter and receiver, in [0, pi] [rad].

    Returns
    -------
    ndarray, shape (...)
        [m^2].
    """
    sigma = _check.real("monostatic", monostatic, above=0.0)
    beta = _check.real("bistatic_angle", bistatic_angle, at_least=0.0, at_most=np.pi + 1e-12)
    return sigma * 10.0 ** (-0.3 * np.sin(beta / 2.0))


def bistatic_angle(transmitter: ArrayLike, receiver: ArrayLike, target: ArrayLike) -> Float:
    """Angle at the target between the ways to transmitter and receiver.

    Element-wise over the leading axes.

    Parameters
    ----------
    transmitter, receiver, target : array_like, shape (..., 3)
        Positions [m].

    Returns
    -------
    ndarray, shape (...)
        0 where both stand in one direction [rad].
    """
    p = _check.real("target", target)
    a = _check.real("transmitter", transmitter) - p
    b = _check.real("receiver", receiver) - p
    return np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1))


def constant_delay_direction(
    transmitter: ArrayLike, receiver: ArrayLike, target: ArrayLike
) -> Float:
    """Horizontal direction in which a target moves without a change of its bistatic delay.

    Where the delay and the height of a target are known, an error of its angle moves the believed
    target along this direction, tangential to the ellipse ``d_t + d_r = const``.

    Element-wise over the leading axes.

    Parameters
    ----------
    transmitter, receiver, target : array_like, shape (..., 3)
        Positions [m].

    Returns
    -------
    ndarray, shape (..., 3)
        Unit vectors; NaN where any horizontal move leaves the delay unchanged.
    """
    p = _check.real("target", target)
    ends = (("transmitter", transmitter), ("receiver", receiver))
    ways = [p - _check.real(name, end) for name, end in ends]
    growth = sum((w / np.linalg.norm(w, axis=-1, keepdims=True) for w in ways), np.zeros(3))
    along = np.stack([-growth[..., 1], growth[..., 0], np.zeros(np.shape(growth)[:-1])], axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(along / np.linalg.norm(along, axis=-1, keepdims=True))
