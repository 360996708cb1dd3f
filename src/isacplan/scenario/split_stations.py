"""From a split scenario to the stations that localize its users."""

import numpy as np

from isacplan._typing import Float
from isacplan.scenario.split import SplitScenario
from isacplan.split import Stations
from isacplan.split.stations import Anchor as Station


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
    height = link.station_height if link else 0.0
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
