"""Stations that localize users, and whose clock the delays rest on."""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.split.measurement import Link

CLOCKS = ("synchronised", "round_trip", "unknown")
TO_USER = {"paper": True, "downlink": True, "uplink": False}


@dataclass(frozen=True, kw_only=True, eq=False)
class Anchor:
    """A station besides the serving one, on the network's clock.

    Parameters
    ----------
    place : tuple of float
        From the serving station, which looks along x [m].
    gain : ndarray, shape (K,)
        SNR of each user's reference signal there over that at the serving station.
    facing : float or None
        Direction in which its array looks [rad]; None where it measures delays only.
    height : float
        Above the users [m].
    """

    place: tuple[float, float]
    gain: Float
    facing: float | None = None
    height: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Stations:
    """Who measures what for the position of a user.

    Parameters
    ----------
    clock : {"synchronised", "round_trip", "unknown"}
        * synchronised: the users keep the network's time, and one delay is one range.
        * round_trip: half of the energy goes each way; the user's clock cancels.
        * unknown: only differences of delays between stations count.
    direction : {"paper", "downlink", "uplink"}
        Of the reference signal; with a round trip the direction in which `localization_snr` is
        meant. All stations hear one uplink; of a downlink they send in turn.
    return_gain : float
        SNR of the other direction over that of the first, for a round trip.
    height : float
        Of the serving station above the users [m].
    range_bias : float
        By how much every path is longer than the straight line [m].
    anchors : tuple of Anchor
    """

    clock: str = "synchronised"
    direction: str = "paper"
    return_gain: float = 1.0
    height: float = 0.0
    range_bias: float = 0.0
    anchors: tuple[Anchor, ...] = ()

    def __post_init__(self) -> None:
        _check.choice("clock", self.clock, CLOCKS)
        _check.choice("direction", self.direction, TO_USER)
        _check.real("return_gain", self.return_gain, above=0.0)
        _check.real("height", self.height)
        _check.real("range_bias", self.range_bias, at_least=0.0)
        places = [(0.0, 0.0), *(anchor.place for anchor in self.anchors)]
        for i, anchor in enumerate(self.anchors):
            if anchor.place in places[: i + 1]:
                other = places.index(anchor.place)
                where = "the serving station stands" if other == 0 else f"anchors[{other - 1}] does"
                raise ValueError(f"anchors[{i}] must stand elsewhere than where {where}")

    @property
    def alone(self) -> bool:
        """Whether the serving station's own delay and angle are all there is."""
        return self.clock == "synchronised" and not self.anchors

    def links(self, localization_snr: Float) -> tuple[Link, ...]:
        """Every link that measures, with its part of the energy.

        Parameters
        ----------
        localization_snr : ndarray, shape (K,)
            Of one symbol at one antenna of the serving station.

        Returns
        -------
        tuple of Link
            The serving station's first.
        """
        if self.clock != "round_trip":
            return self._one_way(localization_snr, to_user=TO_USER[self.direction])
        there, back = TO_USER[self.direction], not TO_USER[self.direction]
        first = self._one_way(0.5 * localization_snr, to_user=there)
        return first + self._one_way(0.5 * self.return_gain * localization_snr, to_user=back)

    def _one_way(self, snr: Float, *, to_user: bool) -> tuple[Link, ...]:
        share = 1.0 / (1 + len(self.anchors)) if to_user else 1.0
        clock = 1 if to_user else -1
        serving = Link(
            place=(0.0, 0.0), snr=share * snr, facing=0.0, height=self.height, clock=clock
        )
        others = (
            Link(
                place=anchor.place,
                snr=share * snr * anchor.gain,
                facing=anchor.facing,
                height=anchor.height,
                clock=clock,
            )
            for anchor in self.anchors
        )
        return (serving, *others)


def polar(distance: Float, angle: Float) -> Float:
    """Places at distances and angles from the serving station, shape (K, 2) [m]."""
    return np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=-1)
