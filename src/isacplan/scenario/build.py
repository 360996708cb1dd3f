"""From a frame scenario to the problem it states, in SI units."""

import numpy as np

from isacplan._typing import Float
from isacplan.array import (
    ArrayGeometry,
    custom,
    steering_derivative,
    uniform_linear,
    uniform_planar,
)
from isacplan.channel import OneRing, geometric_aging, jakes_aging, max_doppler
from isacplan.comm import AdditiveKnowledge, Knowledge, MismatchedKnowledge
from isacplan.frame import FrameProblem
from isacplan.scenario.frame import FrameScenario
from isacplan.scenario.users import FrameUsers, frame_users
from isacplan.sensing import angle_crb


def frame_arrays(scenario: FrameScenario) -> tuple[ArrayGeometry, ArrayGeometry]:
    """Transmit and receive arrays of a scenario.

    Parameters
    ----------
    scenario : FrameScenario

    Returns
    -------
    transmit, receive : ArrayGeometry
    """
    a = scenario.array

    def built(n: int, n_vertical: int, positions: list[list[float]] | None) -> ArrayGeometry:
        if positions is not None:
            return custom(positions, phase_reference=a.phase_reference)
        if n_vertical == 1:
            return uniform_linear(
                n, spacing=a.spacing_wavelengths, phase_reference=a.phase_reference
            )
        return uniform_planar(
            n // n_vertical,
            n_vertical,
            horizontal_spacing=a.spacing_wavelengths,
            vertical_spacing=a.vertical_spacing_wavelengths,
            phase_reference=a.phase_reference,
        )

    return (
        built(a.n_tx, a.n_tx_vertical, a.tx_positions_wavelengths),
        built(a.n_rx, a.n_rx_vertical, a.rx_positions_wavelengths),
    )


def frame_problem(scenario: FrameScenario) -> FrameProblem:
    """The frame design problem that a scenario states.

    Parameters
    ----------
    scenario : FrameScenario

    Returns
    -------
    FrameProblem

    Raises
    ------
    ValueError
        When the arrays cannot tell an angle, or the paths file is not usable.
    """
    transmit, receive = frame_arrays(scenario)
    users = frame_users(scenario, transmit)
    frame, sensing = scenario.frame, scenario.sensing
    block_duration = frame.symbols_per_block * frame.symbol_duration_s
    crb_per_symbol = angle_crb(
        transmit, receive, users.angle, sensing_snr=users.sensing_snr, n_samples=1.0
    )
    if not np.all(np.isfinite(crb_per_symbol)):
        raise ValueError("array: the receive array must extend across broadside to tell an angle")
    limit = users.angle_std_limit
    if sensing.angle_rmse_limit_deg is not None:
        common = np.radians(sensing.angle_rmse_limit_deg)
        limit = np.where(np.isnan(limit), common, limit)
    return FrameProblem(
        n_blocks=frame.n_blocks,
        block_duration=block_duration,
        update_duration=frame.symbols_per_update * frame.symbol_duration_s,
        symbol_duration=frame.symbol_duration_s,
        knowledge=_knowledge(scenario, users, transmit),
        temporal_correlation=_aging(scenario, users, block_duration),
        crb_per_symbol=crb_per_symbol,
        crb_limit=np.where(np.isnan(limit), np.inf, limit**2),
        crb_exponent=1 if sensing.matched_filter_gain == "constant" else 2,
        weight=users.weight,
        validity=sensing.validity,
    )


def _aging(scenario: FrameScenario, users: FrameUsers, block_duration: float) -> Float:
    aging, n = scenario.aging, scenario.frame.n_blocks
    if aging.model == "jakes":
        doppler = max_doppler(users.speed, float(aging.carrier_hz or np.nan))
        return jakes_aging(doppler, block_duration, n, first_lag=aging.first_lag)
    common = np.nan if aging.rho is None else aging.rho
    rho = np.where(np.isnan(users.rho), common, users.rho)
    return geometric_aging(rho, n, first_lag=aging.first_lag)


def assumed_correlation(scenario: FrameScenario, transmit: ArrayGeometry) -> OneRing:
    """What the station takes for the spatial correlation around an angle.

    Parameters
    ----------
    scenario : FrameScenario
    transmit : ArrayGeometry

    Returns
    -------
    OneRing
    """
    channel = scenario.channel
    spread = np.radians(channel.half_width_deg or channel.std_deg or np.nan)
    return OneRing(geometry=transmit, density=channel.angular_density, spread=spread)


def _knowledge(scenario: FrameScenario, users: FrameUsers, transmit: ArrayGeometry) -> Knowledge:
    one_ring = assumed_correlation(scenario, transmit)
    if scenario.sensing.error_model == "additive":
        return AdditiveKnowledge(
            spatial_correlation=one_ring(users.angle),
            steering_derivative=steering_derivative(transmit, users.angle),
            snr=users.snr,
            pilot_snr=users.pilot_snr,
            power=users.power,
            interference_bound=scenario.objective.sinr == "lower_bound",
            psd_tolerance=scenario.sensing.psd_tolerance,
        )
    truth = one_ring(users.angle) if users.correlation is None else users.correlation
    return MismatchedKnowledge(
        true_correlation=truth,
        assumed_correlation=one_ring,
        angle=users.angle,
        snr=users.snr,
        pilot_snr=users.pilot_snr,
        power=users.power,
    )
