"""The scene: one station and its users in SI units, built once from a frame scenario."""

from copy import copy
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from isacplan._threads import few_threads
from isacplan._typing import Complex, Float
from isacplan.array import (
    ArrayGeometry,
    custom,
    steering_derivative,
    uniform_linear,
    uniform_planar,
)
from isacplan.channel import OneRing, geometric_aging, jakes_aging, max_doppler
from isacplan.channel.conventions import unit_trace
from isacplan.channel.doppler import PathFading, traced_aging
from isacplan.channel.fading import geometric_process_root, jakes_process_root
from isacplan.channel.link import data_snr, pilot_snr, sensing_snr
from isacplan.comm import AdditiveKnowledge, Knowledge, MismatchedKnowledge
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.scenario.frame import Array, FrameScenario
from isacplan.scenario.pilot_checks import check_pilots
from isacplan.scenario.traced_users import traced_users
from isacplan.scenario.users import stated_users
from isacplan.sensing import SearchWindow, ThresholdLaw, search_window


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """A station and its K users, as the problem, the simulation and the reports take them.

    Ratios are linear, angles in radians. Make one with `frame_scene`.

    Parameters
    ----------
    scenario : FrameScenario
        What the scene was built from; durations of the frame and policies stand there.
    transmit, receive : ArrayGeometry
        Arrays of L_t and L_r elements.
    label : tuple of str
        What to call each user.
    angle : ndarray, shape (K,)
        Directions of the users from broadside, about which sensed angles scatter [rad].
    snr, pilot_snr, sensing_snr : ndarray, shape (K,)
        ``p beta / sigma_c^2``, ``gamma_e beta`` and ``L_r L_t |alpha|^2 / sigma_r^2`` a symbol:
        what the scenario states times the gains of arrays and pilot length, see `channel.link`.
    power, weight : ndarray, shape (K,)
        Relative transmit power and weight in the objective.
    crb_limit : ndarray, shape (K,)
        Gamma_k, the largest angle variance allowed; infinite without a requirement [rad^2].
    true_correlation : ndarray, shape (K, L_t, L_t)
        R_k of the channels; scaled to unit trace, with the factor moved into `snr` and
        `pilot_snr`.
    assumed_correlation : OneRing
        What the station takes for R around an angle.
    doppler : ndarray, shape (K,)
        Largest Doppler shift; NaN unless the channels age by Jakes' law [Hz].
    rho : ndarray, shape (K,)
        Correlation of neighbouring blocks; NaN unless the channels age geometrically.
    fading : tuple of PathFading, or None
        Paths of each user with their Doppler shifts, when channels age by these.
    source_digest : str or None
        Of the content of the paths file that the users come from, hexadecimal.
    """

    scenario: FrameScenario
    transmit: ArrayGeometry
    receive: ArrayGeometry
    label: tuple[str, ...]
    angle: Float
    snr: Float
    pilot_snr: Float
    sensing_snr: Float
    power: Float
    weight: Float
    crb_limit: Float
    true_correlation: Complex
    assumed_correlation: OneRing
    doppler: Float
    rho: Float
    fading: tuple[PathFading, ...] | None = None
    source_digest: str | None = None

    def __post_init__(self) -> None:
        R, gain = unit_trace("true_correlation", self.true_correlation)
        object.__setattr__(self, "true_correlation", R)
        object.__setattr__(self, "snr", gain * self.snr)
        object.__setattr__(self, "pilot_snr", gain * self.pilot_snr)
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def with_requirements(self, scenario: FrameScenario) -> "Scene":
        """The scene of a scenario that asks for other accuracies, weights or policies of validity.

        What the arrays and channels have led to so far is shared, not computed again.

        Parameters
        ----------
        scenario : FrameScenario
            Equal to this scene's but for ``sensing.angle_rmse_limit_deg``, ``sensing.validity``,
            and ``angle_rmse_limit_deg`` and ``weight`` of its users.

        Returns
        -------
        Scene
        """
        K = self.n_users
        weight, own = np.ones(K), np.full(K, np.nan)
        for k, user in enumerate(scenario.users or []):
            weight[k] = user.weight
            own[k] = np.radians(user.angle_rmse_limit_deg or np.nan)
        limit = _crb_limit(scenario, own)
        other = copy(self)
        for name, value in (("scenario", scenario), ("weight", weight), ("crb_limit", limit)):
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(other, name, value)
        return other

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return len(self.angle)

    @property
    def block_duration(self) -> float:
        """T_b [s]."""
        frame = self.scenario.frame
        return frame.symbols_per_block * frame.symbol_duration_s

    @property
    def sensing_exponent(self) -> int:
        """Power of the number of symbols by which the echo gains SNR, 1 or 2 (erratum A7)."""
        return 1 if self.scenario.sensing.matched_filter_gain == "constant" else 2

    @property
    def first_lag(self) -> int:
        """Blocks from an update's pilot to its first data block."""
        return self.scenario.aging.first_lag

    @cached_property
    def temporal_correlation(self) -> Float:
        """rho_{k,n} between an update and the n-th block after it, shape (K, N)."""
        n, first, T_b = self.scenario.frame.n_blocks, self.first_lag, self.block_duration
        if self.fading is not None:
            rows = [traced_aging(f.gain, f.doppler, T_b, n, first_lag=first) for f in self.fading]
            return np.array(rows)
        if self.scenario.aging_model == "jakes":
            return jakes_aging(self.doppler, T_b, n, first_lag=first)
        return geometric_aging(self.rho, n, first_lag=first)

    @cached_property
    def fading_root(self) -> Float:
        """Temporal root of each user's Gaussian fading over the frame, (K, N + first_lag, r)."""
        points = self.scenario.frame.n_blocks + self.first_lag
        if self.fading is not None:
            raise ValueError("channels of traced paths are not Gaussian: draw them from `fading`")
        if self.scenario.aging_model == "jakes":
            return jakes_process_root(self.doppler, self.block_duration, points)
        return geometric_process_root(self.rho, points)

    @property
    def paths(self) -> tuple[PathFading, ...] | None:
        """Paths of which the models know that channels consist; None where they take Gaussians."""
        return None if self.scenario.aging.fading == "gaussian" else self.fading

    @cached_property
    def additive(self) -> AdditiveKnowledge:
        """The additive model, with the exact SINR (22)."""
        return AdditiveKnowledge(
            spatial_correlation=self.true_correlation,
            steering_derivative=steering_derivative(self.transmit, self.angle),
            snr=self.snr,
            pilot_snr=self.pilot_snr,
            power=self.power,
            psd_tolerance=self.scenario.sensing.psd_tolerance,
        )

    @cached_property
    def mismatched(self) -> MismatchedKnowledge:
        """The mismatched model."""
        return MismatchedKnowledge(
            true_correlation=self.true_correlation,
            assumed_correlation=self.assumed_correlation,
            angle=self.angle,
            snr=self.snr,
            pilot_snr=self.pilot_snr,
            power=self.power,
            paths=self.paths,
        )

    @cached_property
    def windows(self) -> tuple[SearchWindow, ...]:
        """Where each user's angle is searched, and how that is lit."""
        stated = self.scenario.sensing.search_window or "beam"
        search = stated if isinstance(stated, str) else float(np.radians(stated))
        arrays = self.transmit, self.receive
        return tuple(search_window(*arrays, float(angle), search=search) for angle in self.angle)

    @cached_property
    def threshold_law(self) -> ThresholdLaw:
        """Law of the angle errors with its threshold."""
        lit = np.array([window.illumination for window in self.windows])
        return ThresholdLaw(
            window=self.windows,
            snr_per_symbol=self.sensing_snr * lit,
            symbol_duration=self.scenario.frame.symbol_duration_s,
            exponent=self.sensing_exponent,
        )

    @cached_property
    def outlier_knowledge(self) -> OutlierKnowledge:
        """The mismatched model under that law."""
        return OutlierKnowledge(knowledge=self.mismatched, law=self.threshold_law)

    @property
    def knowledge(self) -> Knowledge:
        """The model that the scenario chooses."""
        if self.scenario.sensing.error_model == "mismatched":
            return self.mismatched
        if self.scenario.objective.sinr == "lower_bound":
            return replace(self.additive, interference_bound=True)
        return self.additive


@few_threads()
def frame_scene(scenario: FrameScenario) -> Scene:
    """The scene that a frame scenario describes.

    Parameters
    ----------
    scenario : FrameScenario

    Returns
    -------
    Scene

    Raises
    ------
    ValueError
        When the paths file is not usable, or there are more users than orthogonal pilots.
    """
    transmit, receive = _arrays(scenario.array)
    paths, L_t = scenario.users_paths, transmit.n_elements
    users = (
        stated_users(scenario)
        if paths is None
        else traced_users(scenario, paths, transmit, receive)
    )
    check_pilots(scenario, len(users.label))
    channel, aging = scenario.channel, scenario.aging
    one_ring = OneRing(
        geometry=transmit,
        density=channel.angular_density,
        spread=np.radians(channel.half_width_deg or channel.std_deg or np.nan),
        elevation=users.elevation,
    )
    doppler, rho = np.full((2, len(users.label)), np.nan)
    if scenario.aging_model == "jakes":
        doppler = max_doppler(users.speed, float(users.carrier or aging.carrier_hz or np.nan))
    elif scenario.aging_model == "geometric":
        rho = np.where(np.isnan(users.rho), np.nan if aging.rho is None else aging.rho, users.rho)
    return Scene(
        scenario=scenario,
        transmit=transmit,
        receive=receive,
        label=users.label,
        angle=users.angle,
        snr=data_snr(users.element_snr, n_transmit=L_t),
        pilot_snr=pilot_snr(
            users.pilot_symbol_snr,
            n_station=L_t,
            n_symbols=scenario.frame.symbols_per_update,
        ),
        sensing_snr=sensing_snr(users.echo_snr, n_transmit=L_t, n_receive=receive.n_elements),
        power=users.power,
        weight=users.weight,
        crb_limit=_crb_limit(scenario, users.angle_std_limit),
        true_correlation=one_ring(users.angle) if users.correlation is None else users.correlation,
        assumed_correlation=one_ring,
        doppler=doppler,
        rho=rho,
        fading=users.fading,
        source_digest=users.source_digest,
    )


def _arrays(stated: Array) -> tuple[ArrayGeometry, ArrayGeometry]:
    """Transmit and receive arrays."""

    def built(n: int, n_vertical: int, positions: list[list[float]] | None) -> ArrayGeometry:
        if positions is not None:
            return custom(positions, phase_reference=stated.phase_reference)
        if n_vertical == 1:
            return uniform_linear(
                n, spacing=stated.spacing_wavelengths, phase_reference=stated.phase_reference
            )
        return uniform_planar(
            n // n_vertical,
            n_vertical,
            horizontal_spacing=stated.spacing_wavelengths,
            vertical_spacing=stated.vertical_spacing_wavelengths,
            phase_reference=stated.phase_reference,
        )

    return (
        built(stated.n_tx, stated.n_tx_vertical, stated.tx_positions_wavelengths),
        built(stated.n_rx, stated.n_rx_vertical, stated.rx_positions_wavelengths),
    )


def _crb_limit(scenario: FrameScenario, own: Float) -> Float:
    """Largest variances [rad^2]: the users' own deviations [rad], else the common one."""
    limit = own
    if scenario.sensing.angle_rmse_limit_deg is not None:
        common = np.radians(scenario.sensing.angle_rmse_limit_deg)
        limit = np.where(np.isnan(limit), common, limit)
    return np.where(np.isnan(limit), np.inf, limit**2)
