"""From a split scenario to the stations that localize its users."""

import numpy as np

from isacplan._typing import Float
from isacplan.channel.tr38901 import GNB_HEIGHTS
from isacplan.scenario.split import Link, SplitScenario
from isacplan.split import Stations
from isacplan.split.stations import Anchor as Station


def station_height(link: Link | None) -> float:
    """How far the stations stand above the users [m]; zero where nothing states a height."""
    if link is None or (link.path_loss == "free_space" and link.gnb_height_m is None):
        return 0.0
    place = link.path_loss.split("_")[0]
    usual = GNB_HEIGHTS.get(place, 0.0)
    return (usual if link.gnb_height_m is None else link.gnb_height_m) - link.ue_height_m


def stations(scenario: SplitScenario, *, gains: Float, return_gain: float) -> Stations:
    """The stations of a scenario.

    Parameters
    ----------
    scenario : SplitScenario
    gains : ndarray, shape (A, K)
        SNR of each user at each anchor over that at the serving station.
    return_gain : float
        SNR of the direction opposite to the reference signal's over that one's.

    Returns
    -------
    Stations
    """
    s, link = scenario.split, scenario.link
    height = station_height(link)
    return Stations(
        clock=s.clock,
        direction=s.localization_direction,
        return_gain=return_gain,
        height=height,
        range_bias=(link.nlos_bias_m or 0.0) if link else 0.0,
        anchors=tuple(
            Station(
                place=(anchor.x_m, anchor.y_m),
                gain=gain,
                facing=None if anchor.facing_deg is None else float(np.radians(anchor.facing_deg)),
                height=height,
            )
            for anchor, gain in zip(scenario.anchors or [], gains, strict=True)
        ),
    )
