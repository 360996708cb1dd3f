"""Section IV of Gao2024 at any number of antennas and SNR, with the preset's link budget."""

from dataclasses import dataclass, replace

import numpy as np

from isacplan._typing import Float
from isacplan.scenario import SplitScenario, load_scenario, snrs_at, split_problem
from isacplan.split import (
    SplitModel,
    SplitProblem,
    angle_share,
    build_model,
    capacity_bound,
    pilot_share,
    position_terms,
    tangent,
)

ANTENNAS = (8, 32)
SNRS_DB = (10.0, 15.0, 20.0, 30.0)
PRESET_SNR_DB = 15.0


def preset() -> SplitScenario:
    """The preset ``gao2024``: 8 antennas, 15 dB."""
    scenario = load_scenario("gao2024")
    if not isinstance(scenario, SplitScenario):
        raise ValueError("gao2024: must be a split scenario")
    return scenario


def distance_at(snr_db: float) -> float:
    """Distance at which the preset's link leaves an SNR, by the free-space law [m]."""
    return float(preset().split.distance_m or np.nan) * 10.0 ** ((PRESET_SNR_DB - snr_db) / 20.0)


def problem_at(n_antennas: int, snr_db: float) -> SplitProblem:
    """Section IV's problem for a user who stands where the link leaves an SNR.

    Parameters
    ----------
    n_antennas : int
    snr_db : float
        [dB]

    Returns
    -------
    SplitProblem
    """
    base, distance = split_problem(preset()), np.array([distance_at(snr_db)])
    snrs = snrs_at(preset(), distance)
    return replace(
        base,
        n_antennas=n_antennas,
        distance=distance,
        downlink_snr=snrs.downlink,
        uplink_snr=snrs.uplink,
        localization_snr=snrs.localization,
    )


def model_at(
    n_antennas: int,
    snr_db: float,
    *,
    snr_bookkeeping: str = "constant_snr",
    angle_bound: str = "known_phase",
) -> SplitModel:
    """The same with what does not depend on the choice worked out.

    Parameters
    ----------
    n_antennas : int
    snr_db : float
        [dB]
    snr_bookkeeping, angle_bound : str, optional
        As for `SplitProblem`; default the paper's.

    Returns
    -------
    SplitModel
    """
    problem = problem_at(n_antennas, snr_db)
    return build_model(replace(problem, snr_bookkeeping=snr_bookkeeping, angle_bound=angle_bound))


@dataclass(frozen=True, kw_only=True)
class ClosedForm:
    """The numbers on which Theorems 1 and 2 depend.

    Parameters
    ----------
    full_capacity : float
        Perfect-square bound with everything for communication [bit/s].
    full_crb : float
        Bound with everything for localization [m^2].
    pilot_share, angle_share : float
        r and w.
    n_pilots : float
        The real number of pilots that the bound takes.
    """

    full_capacity: float
    full_crb: float
    pilot_share: float
    angle_share: float
    n_pilots: float


def closed_form(n_antennas: int, snr_db: float) -> ClosedForm:
    """Numbers of the closed forms at one point of section IV.

    Parameters
    ----------
    n_antennas : int
    snr_db : float
        [dB]

    Returns
    -------
    ClosedForm
    """
    p = problem_at(n_antennas, snr_db)
    tau_T, B = p.n_symbols, p.bandwidth
    Lam, q = tangent(
        n_antennas=n_antennas, downlink_snr=p.downlink_snr[0], uplink_snr=p.uplink_snr[0]
    )
    full, pilots, _ = capacity_bound(
        bandwidth=B, n_comm_symbols=tau_T, n_symbols=tau_T, ceiling=Lam, pilot_cost=q
    )
    A, D = position_terms(
        n_antennas=n_antennas,
        localization_snr=p.localization_snr[0],
        distance=p.distance[0],
        waveform_coefficient=p.waveform_coefficient,
    )
    return ClosedForm(
        full_capacity=float(full),
        full_crb=float((A + D / B**2) / tau_T),
        pilot_share=float(pilot_share(n_symbols=tau_T, ceiling=Lam, pilot_cost=q)),
        angle_share=float(angle_share(angle_term=A, delay_term=D, bandwidth=B)),
        n_pilots=float(pilots),
    )


def losses(n_points: int = 120) -> Float:
    """Capacity losses at which curves are drawn."""
    return np.concatenate([np.geomspace(2e-3, 0.05, n_points // 2), np.linspace(0.055, 0.98, 60)])
