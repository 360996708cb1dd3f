"""A city of cells: hexagonal sites of three sectors, and the users that each of them serves."""

import math
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from numpy.random import Generator, SeedSequence

from isacplan._typing import Float
from isacplan.channel import tr38901
from isacplan.channel.tr38901_sight import SHADOWING_DB, line_of_sight_probability
from isacplan.scenario.fields import Decibels, Hertz, Ratio, Section, Seed, Speed
from isacplan.scenario.radio_link import FrameLink
from isacplan.scenario.users_listed import SNRS
from isacplan.units import db_to_linear, linear_to_db

MAX_CELLS = 10_000_000
SECTORS = 3
SHORTEST = {"umi": 10.0, "uma": 35.0}
"""Distances on the ground that a user keeps from its site [m], TR 38.901 table 7.2-1."""

Cells = Annotated[int, msgspec.Meta(ge=1, le=MAX_CELLS)]
SiteDistance = Annotated[float, msgspec.Meta(ge=50.0, le=5000.0)]
Density = Annotated[float, msgspec.Meta(gt=0.0, le=1e6)]
UsersPerCell = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Speeds = Annotated[list[Speed], msgspec.Meta(min_length=2, max_length=2)]


class Mobility(Section, frozen=True, kw_only=True):
    """A part of the users and how fast they are."""

    share: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
    speed_mps: Speeds


class City(Section, frozen=True, kw_only=True, dict=True):
    """Cells whose users are drawn, each from a stream of its own.

    Three sectors share a site; sites lie on a hexagonal grid, numbered in rings from the middle.
    Users are outdoors, uniform over the sector's rhombus. Their links are those of TR 38.901 with
    line of sight and shadow fading drawn for each; other cells are a margin on the noise.
    """

    n_cells: Cells
    place: Literal["umi", "uma"]
    inter_site_distance_m: SiteDistance
    carrier_hz: Hertz
    bandwidth_hz: Hertz
    gnb_power_dbm: Decibels
    ue_power_dbm: Decibels
    mobility: Annotated[list[Mobility], msgspec.Meta(min_length=1)]
    users_per_cell: UsersPerCell | None = None
    users_per_km2: Density | None = None
    element_gain_db: Decibels = 8.0
    noise_dbm_per_hz: Decibels = -174.0
    gnb_noise_figure_db: Decibels = 5.0
    ue_noise_figure_db: Decibels = 7.0
    interference_margin_db: Annotated[float, msgspec.Meta(ge=0.0, le=60.0)] = 3.0
    rcs_m2: Ratio = 10.0
    ue_height_m: Annotated[float, msgspec.Meta(ge=1.5, le=22.5)] = 1.5
    seed: Seed = 0

    def __post_init__(self) -> None:
        if (self.users_per_cell is None) == (self.users_per_km2 is None):
            raise ValueError("exactly one of users_per_cell and users_per_km2 is needed")
        total = sum(part.share for part in self.mobility)
        if not math.isclose(total, 1.0, rel_tol=1e-9):
            raise ValueError(f"mobility: the shares must sum to 1, got {total:g}")
        for part in self.mobility:
            if part.speed_mps[0] > part.speed_mps[1]:
                raise ValueError(f"mobility: speed_mps = {part.speed_mps} must be [low, high]")

    @cached_property
    def sites(self) -> Float:
        """Positions of the sites, shape (ceil(n_cells / 3), 2) [m]."""
        n = -(-self.n_cells // SECTORS)
        rings = math.ceil((math.sqrt(12.0 * n - 3.0) - 3.0) / 6.0)
        places = [np.zeros((1, 2))] + [_ring(k) for k in range(1, rings + 1)]
        return self.inter_site_distance_m * np.concatenate(places)[:n]

    @property
    def cell_area(self) -> float:
        """Of a sector, a third of the hexagon [m^2]."""
        return self.inter_site_distance_m**2 * math.sqrt(3.0) / 2.0 / SECTORS

    def boresight(self, cell: int) -> float:
        """Where a cell's array looks, from the x axis [rad]."""
        return 2.0 * math.pi / SECTORS * (cell % SECTORS) + math.pi / 6.0

    def users(self, cell: int, *, symbol_duration: float) -> list[dict[str, float]]:
        """Users of a cell as a frame scenario lists them.

        Parameters
        ----------
        cell : int
        symbol_duration : float
            Of the frame, which an echo is integrated over [s].

        Returns
        -------
        list of dict
        """
        rng = np.random.default_rng(SeedSequence(self.seed, spawn_key=(cell,)))
        n = self.users_per_cell or self._count(rng)
        distance, angle = self._places(rng, n)
        loss = self._losses(rng, distance)
        parts = rng.choice(len(self.mobility), size=n, p=[m.share for m in self.mobility])
        bounds = np.array([self.mobility[part].speed_mps for part in parts])
        columns = {
            "angle_deg": np.degrees(angle),
            "speed_mps": rng.uniform(bounds[:, 0], bounds[:, 1]),
            **self._snrs(loss, symbol_duration),
        }
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _count(self, rng: Generator) -> int:
        """Users of a cell by their density; a cell without users has nothing to plan."""
        mean = float(self.users_per_km2 or 0.0) * self.cell_area / 1e6
        while (n := int(rng.poisson(mean))) == 0:
            pass
        return n

    def _places(self, rng: Generator, n: int) -> tuple[Float, Float]:
        """Distances on the ground [m], angles from boresight [rad], uniform over the rhombus."""
        corner = self.inter_site_distance_m / math.sqrt(3.0)
        edges = corner * np.array([[math.cos(a), math.sin(a)] for a in (-math.pi / 3, math.pi / 3)])
        kept = np.empty((0, 2))
        while len(kept) < n:
            drawn = rng.uniform(size=(n, 2)) @ edges
            kept = np.concatenate([kept, drawn[np.hypot(*drawn.T) >= SHORTEST[self.place]]])[:n]
        return np.hypot(*kept.T), np.arctan2(kept[:, 1], kept[:, 0])

    def _losses(self, rng: Generator, distance: Float) -> Float:
        """Path losses, line of sight and shadow drawn."""
        loss = {"umi": tr38901.umi_street_canyon_loss, "uma": tr38901.uma_loss}[self.place]
        options: dict[str, Any] = {
            "carrier_frequency": self.carrier_hz,
            "ue_height": self.ue_height_m,
        }
        seen = rng.uniform(size=distance.shape) < line_of_sight_probability(
            self.place, distance, ue_height=self.ue_height_m
        )
        normal = rng.normal(size=distance.shape)
        found = np.empty_like(distance)
        for sight, mine in (("los", seen), ("nlos", ~seen)):
            shadow = db_to_linear(SHADOWING_DB[self.place, sight] * normal[mine])
            found[mine] = loss(distance[mine], sight=sight, **options) / shadow
        return found

    def _snrs(self, loss: Float, symbol_duration: float) -> dict[str, Float]:
        """SNRs of one symbol at one antenna, as scenarios state them [dB]; beams share power."""
        link = FrameLink(
            carrier_hz=self.carrier_hz,
            bandwidth_hz=self.bandwidth_hz,
            gnb_power_dbm=self.gnb_power_dbm,
            ue_power_dbm=self.ue_power_dbm,
            gnb_gain_db=self.element_gain_db,
            noise_dbm_per_hz=self.noise_dbm_per_hz + self.interference_margin_db,
            gnb_noise_figure_db=self.gnb_noise_figure_db,
            ue_noise_figure_db=self.ue_noise_figure_db,
            rcs_m2=self.rcs_m2,
        )
        down, up = link.snrs(loss, bandwidth=self.bandwidth_hz, n_beams=len(loss))
        echo = link.echo(loss, self.rcs_m2, symbol_duration=symbol_duration, n_beams=len(loss))
        return {key: linear_to_db(snr) for key, snr in zip(SNRS, (down, up, echo), strict=True)}


def _ring(k: int) -> Float:
    """Unit hexagonal grid points k steps from the middle, shape (6 k, 2)."""
    corners = np.array([[math.cos(a), math.sin(a)] for a in np.arange(6) * math.pi / 3.0])
    steps = np.roll(corners, -2, axis=0)
    return np.concatenate([k * corners[i] + np.arange(k)[:, None] * steps[i] for i in range(6)])


def load_city(path: str | Path) -> City:
    """Read and check a city.

    Parameters
    ----------
    path : str or Path
        TOML with the fields of `City`.

    Returns
    -------
    City

    Raises
    ------
    ValueError
        Naming file, key, value and what would be right.
    """
    from isacplan.scenario.load import exists, parsed_toml, read_bytes

    file = Path(path)
    if not exists(file):
        raise ValueError(f"{path}: no such file")
    content = read_bytes(file, name=str(path), wanted="a city in TOML", at_most=1_000_000)
    return city_from_dict(parsed_toml(content, origin=str(path)), origin=str(path))


def city_from_dict(values: dict[str, Any], *, origin: str = "city") -> City:
    """Check a city given as a dictionary.

    Parameters
    ----------
    values : dict
    origin : str, optional
        What to call the source in errors.

    Returns
    -------
    City

    Raises
    ------
    ValueError
    """
    from isacplan.scenario.explained import explained

    try:
        return msgspec.convert(values, City)
    except msgspec.ValidationError as error:
        raise ValueError(f"{origin}: {explained(str(error), values, City)}") from None
