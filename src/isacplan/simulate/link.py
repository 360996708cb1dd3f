"""Physical inputs of an end-to-end simulation, beyond what the closed forms need."""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.array import ArrayGeometry, steering_derivative
from isacplan.channel import OneRing, max_doppler
from isacplan.channel.fading import geometric_process_root, jakes_process_root
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.scenario import (
    FrameScenario,
    assumed_correlation,
    frame_arrays,
    frame_problem,
    frame_users,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameLink:
    """A station and its users as the radio sees them.

    Parameters
    ----------
    transmit, receive : ArrayGeometry
        Arrays of L_t and L_r elements.
    angle : ndarray, shape (K,)
        Directions of the targets from broadside [rad].
    sensing_snr : ndarray, shape (K,)
        ``G L_r L_t |alpha|^2 / sigma_r^2`` of one symbol.
    sensing_exponent : {1, 2}
        Power of the number of symbols by which the echo gains SNR (erratum A7).
    true_correlation : ndarray, shape (K, L_t, L_t)
        R_k of the channels, unit trace.
    assumed_correlation : OneRing
        What the station takes for R around an angle.
    snr, pilot_snr, power : ndarray, shape (K,)
        ``p beta / sigma_c^2``, ``gamma_e beta`` and relative transmit power.
    fading_root : ndarray, shape (K, N + 1, r)
        Temporal root of each user's fading over the frame, see `channel.fading`.
    first_lag : {0, 1}
        Blocks from an update's pilot to its first data block.
    temporal_correlation : ndarray, shape (K, N)
        rho_{k,n}, which the closed forms use.
    """

    transmit: ArrayGeometry
    receive: ArrayGeometry
    angle: Float
    sensing_snr: Float
    sensing_exponent: int
    true_correlation: Complex
    assumed_correlation: OneRing
    snr: Float
    pilot_snr: Float
    power: Float
    fading_root: Float
    first_lag: int
    temporal_correlation: Float

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return len(self.angle)

    def additive(self) -> AdditiveKnowledge:
        """The additive model of this link."""
        return AdditiveKnowledge(
            spatial_correlation=self.true_correlation,
            steering_derivative=steering_derivative(self.transmit, self.angle),
            snr=self.snr,
            pilot_snr=self.pilot_snr,
            power=self.power,
        )

    def mismatched(self) -> MismatchedKnowledge:
        """The mismatched model of this link."""
        return MismatchedKnowledge(
            true_correlation=self.true_correlation,
            assumed_correlation=self.assumed_correlation,
            angle=self.angle,
            snr=self.snr,
            pilot_snr=self.pilot_snr,
            power=self.power,
        )


def frame_link(scenario: FrameScenario) -> FrameLink:
    """The link that a frame scenario describes.

    Parameters
    ----------
    scenario : FrameScenario

    Returns
    -------
    FrameLink
    """
    transmit, receive = frame_arrays(scenario)
    users = frame_users(scenario, transmit)
    aging, frame = scenario.aging, scenario.frame
    one_ring = assumed_correlation(scenario, transmit)
    R = np.array(one_ring(users.angle) if users.correlation is None else users.correlation)
    # Read-only, it is shared by the models instead of copied.
    R.flags.writeable = False
    points = frame.n_blocks + aging.first_lag
    if aging.model == "jakes":
        doppler = max_doppler(users.speed, float(aging.carrier_hz or np.nan))
        block_duration = frame.symbols_per_block * frame.symbol_duration_s
        root = jakes_process_root(doppler, block_duration, points)
    else:
        common = np.nan if aging.rho is None else aging.rho
        root = geometric_process_root(np.where(np.isnan(users.rho), common, users.rho), points)
    return FrameLink(
        transmit=transmit,
        receive=receive,
        angle=users.angle,
        sensing_snr=users.sensing_snr,
        sensing_exponent=1 if scenario.sensing.matched_filter_gain == "constant" else 2,
        true_correlation=R,
        assumed_correlation=one_ring,
        snr=users.snr,
        pilot_snr=users.pilot_snr,
        power=users.power,
        fading_root=root,
        first_lag=aging.first_lag,
        temporal_correlation=frame_problem(scenario).temporal_correlation,
    )
