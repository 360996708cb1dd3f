"""Channels that move on through a whole frame, and what their pilots show of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import SeedSequence

from isacplan._typing import Array, Complex, Float
from isacplan.channel.doppler import traced_correlation
from isacplan.channel.fading import correlation_root
from isacplan.scenario import Scene
from isacplan.simulate.backend import Backend
from isacplan.simulate.chain import moving_channel, phasor
from isacplan.simulate.timing import FrameTiming


@dataclass(frozen=True, kw_only=True, eq=False)
class MovingChannels:
    """Gaussian channels, or traced paths with one phase each, over the blocks of a frame.

    Parameters
    ----------
    scene : Scene
    timing : FrameTiming
    backend : Backend
    """

    scene: Scene
    timing: FrameTiming
    backend: Backend

    @property
    def _points(self) -> int:
        """Moments P from the first pilot on."""
        return len(self.timing.age) + self.scene.first_lag

    @cached_property
    def _roots(self) -> tuple[tuple[Complex, ...], Float]:
        """Spatial roots (L, r) of every user, and temporal roots (K, P, q)."""
        space = tuple(correlation_root(R) for R in self.scene.true_correlation)
        return space, self.scene.fading_root[:, : self._points]

    @cached_property
    def _moving_paths(self) -> tuple[Complex, ...]:
        """Every path's part of the channel, (P, n_paths, L), of every user."""
        time = self.timing.block_duration * np.arange(self._points)
        return tuple(fading.moving(time) for fading in self.scene.fading or ())

    @cached_property
    def lags(self) -> Float:
        """Time from an update's pilot to a block of each age [s]."""
        ages = self.scene.first_lag + np.arange(self.timing.n_ages)
        return self.timing.block_duration * ages

    @cached_property
    def common_phase(self) -> Complex | None:
        """By how much paths have turned together at each age, (K, n_ages); None of Gaussians."""
        if self.scene.fading is None:
            return None
        rho = [traced_correlation(f.gain, f.doppler, self.lags) for f in self.scene.fading]
        return np.exp(1j * np.angle(rho))

    def drawn(
        self, k: int, fading: SeedSequence, noise: SeedSequence, n_frames: int
    ) -> tuple[Array, Array]:
        """One user's channel in the data blocks, and its pilot observations.

        Parameters
        ----------
        k : int
            User.
        fading, noise : numpy.random.SeedSequence
        n_frames : int
            B.

        Returns
        -------
        data : array, shape (T, B, L)
        pilots : array, shape (M, B, L)
        """
        xp, to = self.backend.xp, self.backend
        h = self._moving(k, fading, n_frames)
        z = to.circular(noise, (self.timing.n_updates, n_frames, h.shape[-1]))
        # A pilot sees the channel one lag before the first block that it serves.
        seen = xp.take(h, to.indices(self.timing.first_blocks), axis=0)
        data = h[self.scene.first_lag :, ...]
        if self.common_phase is not None:
            # Beam and channel turn together, and nobody sees it: a receiver follows the carrier.
            turned = self.common_phase[k][self.timing.age].conj()[:, None, None]
            data = data * to.array(turned)
        return data, seen + z * float(self.scene.pilot_snr[k] ** -0.5)

    def _moving(self, k: int, seed: SeedSequence, n_frames: int) -> Array:
        """One user's channel from the first pilot on, block by block, (P, B, L)."""
        xp, to = self.backend.xp, self.backend
        if self.scene.fading is not None:
            phases = phasor(xp, to.circular(seed, (n_frames, self.scene.fading[k].gain.size)))
            return xp.matmul(phases, to.array(self._moving_paths[k]))
        space, time = self._roots[0][k], self._roots[1][k]
        parts = to.normals(seed, (time.shape[1], n_frames * space.shape[1]), "pseudo")
        return moving_channel(xp, to.array(space), to.array(time), parts)
