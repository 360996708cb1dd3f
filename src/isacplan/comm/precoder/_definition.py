"""What a precoder is."""

from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

import numpy as np

from isacplan._typing import Array


class Beams(Protocol):
    """Beam directions from channel estimates."""

    def __call__(self, channel: Array, *, regularisation: float, xp: ModuleType = np) -> Array:
        """Directions of any length.

        Parameters
        ----------
        channel : array, shape (..., K, L)
            Estimates, per unit of transmit power and relative to the noise: user k receives
            ``channel_k^H f_i`` from beam i.
        regularisation : float
            ``K`` over the sum of the transmit powers: noise over power.
        xp : module, optional
            Array API namespace of the channel's library.

        Returns
        -------
        array, shape (..., K, L)
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Precoder:
    """A way to form beams.

    Parameters
    ----------
    words : str
        What it is, for people.
    directions : Beams
    unit_power : bool
        Whether each beam has unit power in every realisation; else only its mean power is one,
        Bai2024 (21).
    separates : bool
        Whether the users' beams must be linearly independent, which needs an antenna a user.
    """

    words: str
    directions: Beams
    unit_power: bool = True
    separates: bool = False

    def check(self, n_users: int, n_antennas: int) -> None:
        """Refuse more users than the precoder can serve.

        Raises
        ------
        ValueError
        """
        if self.separates and n_users > n_antennas:
            raise ValueError(
                f"precoder: {self.words} needs an antenna a user, got {n_users} users on "
                f"{n_antennas} antennas; at most {n_antennas} users, or the precoder rzf, would do"
            )

    def beams(self, channel: Array, *, regularisation: float, xp: ModuleType = np) -> Array:
        """Beams before their long-term scaling, where there is one, shape (..., K, L)."""
        f = self.directions(channel, regularisation=regularisation, xp=xp)
        if not self.unit_power:
            return f
        square = xp.sum(xp.real(f) ** 2 + xp.imag(f) ** 2, axis=-1, keepdims=True)
        # A user without any estimate gets no beam, not a division by zero.
        tiny = float(xp.finfo(square.dtype).smallest_normal)
        return f / xp.sqrt(xp.clip(square, tiny, None))
