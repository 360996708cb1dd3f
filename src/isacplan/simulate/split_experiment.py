"""Draws of reference signals and data under the designs of a split."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from isacplan._typing import Bool, Float
from isacplan.sensing.ofdm_estimators import OVERSAMPLING
from isacplan.simulate.backend import Backend
from isacplan.simulate.downlink import Downlink
from isacplan.simulate.intervals import with_controls
from isacplan.simulate.position_errors import UserSignals
from isacplan.simulate.streams import stream

TRIALS_PER_BLOCK = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitState:
    """One way of splitting, as what is sent.

    Parameters
    ----------
    name : str
    signals : tuple of UserSignals
        One for each user that is localized.
    downlinks : tuple of Downlink
        One for each part of the elements that carries data.
    bandwidths : tuple of float
        Of each part, times its share of the symbols [Hz].
    """

    name: str
    signals: tuple[UserSignals, ...]
    downlinks: tuple[Downlink, ...]
    bandwidths: tuple[float, ...]

    @property
    def counts(self) -> bool:
        """Whether errors are counted that stay within a radius."""
        return all(np.isfinite(user.radius) for user in self.signals)

    @property
    def n_statistics(self) -> int:
        """Squared errors, their expansions, shares within the radius, then those of the data."""
        return 7 * len(self.signals) + sum(4 * len(d.snr) for d in self.downlinks)


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitExperiment:
    """Draws reference signals and downlink channels of every state and user.

    The first-order expansions of the estimation errors, whose mean squares are the exact bounds,
    serve as control variates.

    Parameters
    ----------
    states : sequence of SplitState
    seed : int
    key : str
        Digest of the scenario.
    backend : Backend, optional
    """

    states: Sequence[SplitState]
    seed: int
    key: str
    backend: Backend = field(default_factory=Backend)

    @property
    def trials_per_block(self) -> int:
        """Trials of every state and user in a block."""
        return TRIALS_PER_BLOCK * self.backend.block_scale

    @property
    def n_statistics(self) -> int:
        """Statistics of a block."""
        return sum(state.n_statistics for state in self.states)

    @property
    def memory(self) -> int:
        """Received signals of one user, likelihoods that are searched at once, channels [byte]."""
        users = [user for state in self.states for user in state.signals]
        signals = [signal for user in users for signal in user.links]
        n = self.trials_per_block
        per_user = max(len(user.links) for user in users)
        received = 7 * per_user * 16 * n * max(s.n_antennas * s.n_tones for s in signals)
        searched = (
            5
            * 16
            * max(
                s.trials_together(self.backend) * OVERSAMPLING**2 * 2 * s.n_antennas * s.n_tones
                for s in signals
            )
        )
        links = [d for state in self.states for d in state.downlinks]
        served = max((len(d.snr) for d in links), default=0)
        channels = 16 * n * served * (6 * signals[0].n_antennas + 6 * served)
        return received + searched + channels + self.backend.library_memory

    def block(self, index: int) -> Float:
        """For every state: errors (3 S), their expansions (3 S), shares within the radius (S), and
        downlink statistics (4 K a part). S users are localized.
        """
        parts: list[Float] = []
        for state in self.states:
            seeds = stream(self.seed, self.key, f"{state.name}: localization", index)
            errors = [
                [
                    np.mean(x, axis=1)
                    for x in signal.squared_errors(s, self.trials_per_block, self.backend)
                ]
                for signal, s in zip(state.signals, seeds.spawn(len(state.signals)), strict=True)
            ]
            parts += [np.concatenate([found[:3] for found, _ in errors])]
            parts += [np.concatenate([expanded for _, expanded in errors])]
            parts += [np.array([found[3] for found, _ in errors])]
            seeds = stream(self.seed, self.key, f"{state.name}: data", index)
            parts += [
                link.statistics(s, self.trials_per_block, self.backend)
                for link, s in zip(state.downlinks, seeds.spawn(len(state.downlinks)), strict=True)
            ]
        return np.concatenate(parts)

    def adjusted(self, groups: Float) -> Float:
        """Group means after the control variates."""
        start = 0
        for state in self.states:
            n = 3 * len(state.signals)
            groups = with_controls(
                groups,
                statistic=start + np.arange(n),
                control=start + n + np.arange(n),
                expectation=np.concatenate([signal.bounds for signal in state.signals]),
            )
            start += state.n_statistics
        return groups

    def estimate(self, means: Float) -> Float:
        """For every state: errors of every user, then capacities with mean, learned, known gain."""
        parts: list[Float] = []
        start = 0
        for state in self.states:
            n = 3 * len(state.signals)
            parts.append(means[..., start : start + n])
            data = start + 2 * n + len(state.signals)
            if state.counts:
                parts.append(means[..., start + 2 * n : data])
            parts += _capacities(state, means[..., data : start + state.n_statistics])
            start += state.n_statistics
        return np.concatenate(parts, axis=-1)

    @property
    def decisive(self) -> Bool:
        """All quantities."""
        means = np.ones(self.n_statistics)
        return np.ones(self.estimate(means).shape[-1], dtype=bool)


def _capacities(state: SplitState, statistics: Float) -> list[Float]:
    """With mean, learned and known gains, (..., K) each; nothing where no data is sent."""
    rates: tuple[list[Float], list[Float], list[Float]] = ([], [], [])
    for i, (link, bandwidth) in enumerate(zip(state.downlinks, state.bandwidths, strict=True)):
        K = len(link.snr)
        gain, power, learned, known = (
            statistics[..., (4 * i + j) * K : (4 * i + j + 1) * K] for j in range(4)
        )
        found = link.efficiency(gain, power), learned, known
        for part, rate in zip(rates, found, strict=True):
            part.append(bandwidth * rate)
    return [np.sum(part, axis=0) for part in rates if part]
