"""Link budgets: powers, gains and noise in place of SNRs, for frames and splits alike."""

from typing import Annotated, Literal

import msgspec
import numpy as np

from isacplan._typing import ArrayLike, Float
from isacplan.channel import (
    free_space_loss,
    inh_office_loss,
    rma_loss,
    uma_loss,
    umi_street_canyon_loss,
)
from isacplan.channel.link import echo_snr, noise_power, received_snr
from isacplan.channel.tr38901 import GNB_HEIGHTS
from isacplan.scenario.fields import Decibels, Hertz, Ratio, Section, Share
from isacplan.sensing.targets import target, target_names
from isacplan.units import SPEED_OF_LIGHT, db_to_linear, dbm_to_watt

CELLS = {
    "umi": umi_street_canyon_loss,
    "uma": uma_loss,
    "rma": rma_loss,
    "inh": inh_office_loss,
}
PathLoss = Literal[
    "free_space",
    "umi_los",
    "umi_nlos",
    "uma_los",
    "uma_nlos",
    "rma_los",
    "rma_nlos",
    "inh_los",
    "inh_nlos",
]
Height = Annotated[float, msgspec.Meta(gt=1.0, le=1000.0)]
UeHeight = Annotated[float, msgspec.Meta(gt=0.0, le=22.5)]


class RadioLink(Section, frozen=True, kw_only=True):
    """What every link budget has: powers, gains, noise, path loss."""

    path_loss: PathLoss = "free_space"
    gnb_power_dbm: Decibels
    ue_power_dbm: Decibels
    gnb_gain_db: Decibels = 0.0
    ue_gain_db: Decibels = 0.0
    noise_dbm_per_hz: Decibels = -174.0
    gnb_noise_figure_db: Decibels = 0.0
    ue_noise_figure_db: Decibels = 0.0
    gnb_height_m: Height | None = None
    ue_height_m: UeHeight = 1.5

    @property
    def station_height(self) -> float:
        """How far the station stands above the users [m]; zero where nothing states a height."""
        if self.path_loss == "free_space" and self.gnb_height_m is None:
            return 0.0
        usual = GNB_HEIGHTS.get(self.path_loss.split("_")[0], 0.0)
        return (usual if self.gnb_height_m is None else self.gnb_height_m) - self.ue_height_m

    def loss(self, distance: ArrayLike, *, carrier: float) -> Float:
        """Path loss as a ratio of powers.

        Parameters
        ----------
        distance : array_like, shape (...)
            On the ground [m].
        carrier : float
            [Hz].

        Returns
        -------
        ndarray, shape (...)

        Raises
        ------
        ValueError
            Outside the range of the path loss model.
        """
        d = np.asarray(distance, dtype=float)
        if self.path_loss == "free_space":
            return free_space_loss(np.hypot(d, self.station_height), carrier_frequency=carrier)
        place, sight = self.path_loss.split("_")
        return CELLS[place](
            d,
            carrier_frequency=carrier,
            sight=sight,
            gnb_height=self.gnb_height_m or GNB_HEIGHTS[place],
            ue_height=self.ue_height_m,
        )

    def snrs(self, loss: ArrayLike, *, bandwidth: float, n_beams: int = 1) -> tuple[Float, Float]:
        """SNR of the station's signal at a user and of a user's at the station, one antenna each.

        Parameters
        ----------
        loss : array_like, shape (...)
            Path loss, without gains of antennas.
        bandwidth : float
            [Hz].
        n_beams : int, optional
            Users that share the station's power evenly.

        Returns
        -------
        downlink, uplink : ndarray, shape (...)
        """
        beta = db_to_linear(self.gnb_gain_db + self.ue_gain_db) / np.asarray(loss)
        down, up = (
            received_snr(
                power=dbm_to_watt(power_dbm) / beams,
                gain=beta,
                noise=self._noise(bandwidth, figure_db),
            )
            for power_dbm, figure_db, beams in (
                (self.gnb_power_dbm, self.ue_noise_figure_db, n_beams),
                (self.ue_power_dbm, self.gnb_noise_figure_db, 1),
            )
        )
        return down, up

    def _noise(self, bandwidth: float, figure_db: float) -> Float:
        return noise_power(
            density=dbm_to_watt(self.noise_dbm_per_hz),
            bandwidth=bandwidth,
            noise_figure=db_to_linear(figure_db),
        )


class FrameLink(RadioLink, frozen=True, kw_only=True):
    """A link budget from which the three SNRs of every listed user follow."""

    carrier_hz: Hertz
    bandwidth_hz: Hertz
    rcs_m2: Ratio | None = None
    target: str | None = None
    target_quantile: Share | None = None

    def __post_init__(self) -> None:
        if self.path_loss.endswith("_nlos"):
            raise ValueError(
                f'path_loss = "{self.path_loss}" has no line of sight, along which users are '
                f'sensed; take "{self.path_loss.removesuffix("_nlos")}_los"'
            )
        if (self.rcs_m2 is None) == (self.target is None):
            raise ValueError("exactly one of rcs_m2 and target is needed")
        if self.target is not None and self.target not in target_names():
            raise ValueError(f"target = {self.target!r}: must be {' or '.join(target_names())}")
        if self.target_quantile is not None and (
            self.target is None or self.target_quantile == 1.0
        ):
            raise ValueError("target_quantile, below 1, needs target, whose cross section it is of")

    @property
    def cross_section(self) -> float:
        """Radar cross section of users that do not state their own [m^2]."""
        if self.target is None:
            return float(self.rcs_m2 or np.nan)
        kind = target(self.target)
        return kind.mean if self.target_quantile is None else kind.quantile(self.target_quantile)

    def echo(
        self, loss: ArrayLike, cross_section: ArrayLike, *, symbol_duration: float, n_beams: int
    ) -> Float:
        """SNR of one symbol's echo, from one transmit to one receive element of the station.

        Parameters
        ----------
        loss : array_like, shape (...)
            Path loss of one way, without gains of antennas.
        cross_section : array_like, shape (...)
            [m^2].
        symbol_duration : float
            [s].
        n_beams : int
            Users that share the station's power evenly.

        Returns
        -------
        ndarray, shape (...)
        """
        return echo_snr(
            power=dbm_to_watt(self.gnb_power_dbm) / n_beams,
            gain=db_to_linear(self.gnb_gain_db) / np.asarray(loss),
            noise=self._noise(self.bandwidth_hz, self.gnb_noise_figure_db),
            cross_section=cross_section,
            wavelength=SPEED_OF_LIGHT / self.carrier_hz,
            n_samples=self.bandwidth_hz * symbol_duration,
        )
