"""Frames simulated from the target echo to the received data, nothing taken from a formula."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import SeedSequence

from isacplan import _check
from isacplan._typing import Bool, Complex, Float, Int
from isacplan.array import steering_vector
from isacplan.channel.fading import correlation_root
from isacplan.frame import FrameProblem
from isacplan.sensing.estimators import ANGLE_ESTIMATORS
from isacplan.simulate.backend import Backend
from isacplan.simulate.intervals import with_controls
from isacplan.simulate.link import FrameLink
from isacplan.simulate.receivers import Layout, LearningReceiver, MeanGainReceiver, mean_by_age
from isacplan.simulate.sinr import mmse_filter
from isacplan.simulate.streams import stream

SNAPSHOTS = 4
"""Parts of the sensing time that the angle estimator sees apart."""

BLOCK_ELEMENTS = 2**18
"""Channel coefficients in one block of trials, which sets the frames in it."""

CALIBRATION_BLOCKS = 16
"""Blocks, never used again, from which the users' receivers learn their mean gains."""


@dataclass(frozen=True, kw_only=True, eq=False)
class EndToEndExperiment:
    """Whole frames: echo, angle estimate, pilots, beams, data.

    A trial is one frame. Each user's echo passes the matched filter and an angle estimator. The
    station forms the correlation it assumes at that angle and with it the linear MMSE filter,
    which it applies to the pilots it receives at every update. Beams are matched to these
    estimates, scaled to their mean power (21), and held until the next update while the channel
    moves on, continuously over the frame. Data symbols and noise are integrated.

    The same frames with the filter of the true angle, whose expectations are known, serve as
    control variates.

    Parameters
    ----------
    link : FrameLink
    problem : FrameProblem
        Durations of the frame.
    sensing_duration : float
        T_l [s].
    blocks_per_update : tuple of int
        N_m.
    seed : int
    key : str
        Digest of the scenario.
    estimator : {"maximum_likelihood", "music", "esprit"}, optional
    precoded_pilots : int, optional
        Symbols a block from which a user learns its effective gain.
    """

    link: FrameLink
    problem: FrameProblem
    sensing_duration: float
    blocks_per_update: tuple[int, ...]
    seed: int
    key: str
    estimator: str = "maximum_likelihood"
    precoded_pilots: int = 1

    def __post_init__(self) -> None:
        _check.choice("estimator", self.estimator, ANGLE_ESTIMATORS)
        _check.real("sensing_duration", self.sensing_duration, above=0.0)
        _check.integer("precoded_pilots", self.precoded_pilots, at_least=1)

    @property
    def trials_per_block(self) -> int:
        """Frames in a block: a power of two that the size of the scenario sets."""
        K, L = self.link.true_correlation.shape[:2]
        frames = BLOCK_ELEMENTS // (K * L * (sum(self.blocks_per_update) + 1))
        return 2 ** int(np.clip(np.log2(max(frames, 1)), 2, 7))

    @property
    def memory(self) -> int:
        """Channels, estimates and gains of a block of frames, and one user's filters [byte]."""
        K, L = self.link.true_correlation.shape[:2]
        B, T = self.trials_per_block, sum(self.blocks_per_update) + 1
        channels = 8 * K * L * B * (T + 2 * len(self.blocks_per_update))
        one_user = B * (5 * 16 * L**2 + 6 * 8 * L * T)
        return 4 * 16 * K * L**2 + channels + 5 * 8 * K * T * B + one_user

    @cached_property
    def layout(self) -> Layout:
        """Where each statistic stands."""
        return Layout(n_users=self.link.n_users, n_ages=max(self.blocks_per_update))

    @cached_property
    def _timing(self) -> tuple[Int, Int]:
        """Update and age, counted from zero, of every data block."""
        sizes = np.array(self.blocks_per_update)
        update = np.repeat(np.arange(len(sizes)), sizes)
        return update, np.concatenate([np.arange(n) for n in sizes])

    @cached_property
    def _roots(self) -> tuple[Complex, Float]:
        """Spatial roots (K, L, r) and temporal roots (K, P, q) in single precision."""
        points = sum(self.blocks_per_update) + self.link.first_lag
        space = correlation_root(self.link.true_correlation)
        return space.astype(np.complex64), self.link.fading_root[:, :points].astype(np.float32)

    @cached_property
    def _true_filter(self) -> Complex:
        """Filters of the true angles, shape (K, L, L)."""
        return mmse_filter(
            self.link.assumed_correlation(self.link.angle), self.link.pilot_snr[:, None, None]
        )

    @cached_property
    def _mean_gain(self) -> MeanGainReceiver:
        return MeanGainReceiver(layout=self.layout, snr=self.link.snr, power=self.link.power)

    @cached_property
    def receiver(self) -> LearningReceiver:
        """What learning receivers know of their statistics, from frames of its own."""
        blocks = [self._frames("calibration", i)[0] for i in range(CALIBRATION_BLOCKS)]
        means = np.mean(blocks, axis=0)
        mean, variance, interference = self._mean_gain.parts(means)
        return LearningReceiver(
            mean=mean,
            variance=variance,
            interference=interference,
            norm=self.layout.beams(means)[0],
            snr=self.link.snr,
            n_pilots=self.precoded_pilots,
        )

    def block(self, index: int) -> Float:
        """Means of the statistics over one block of frames; see `Layout`."""
        statistics, gain = self._frames("frame", index)
        seed = stream(self.seed, self.key, "precoded pilot noise", index)
        noise = _circular(seed, gain.shape[0] * gain.shape[1], gain.shape[2]).reshape(gain.shape)
        learned = self.receiver.statistics(gain, noise, self._timing[1])
        return np.concatenate([statistics, learned])

    def _frames(self, quantity: str, index: int) -> tuple[Float, Complex]:
        """Statistics up to the learned rates, and effective gains (K, T, B) of data blocks."""
        K, B = self.link.n_users, self.trials_per_block
        echo, fading, noise = (
            stream(self.seed, self.key, f"{quantity}: {part}", index).spawn(K)
            for part in ("echo", "fading", "pilot noise")
        )
        error = np.empty((K, B))
        channels: list[Complex] = []
        believed: list[Complex] = []
        true: list[Complex] = []
        for k in range(K):
            angle = self._estimated_angle(k, echo[k])
            error[k] = angle - self.link.angle[k]
            h, pilots = self._channel(k, fading[k], noise[k])
            gamma = self.link.pilot_snr[k]
            W = mmse_filter(self.link.assumed_correlation(angle), gamma).astype(np.complex64)
            # (B, L, L) @ (B, L, M), trials last again.
            filtered = W @ np.ascontiguousarray(np.transpose(pilots, (2, 1, 0)))
            believed.append(np.ascontiguousarray(np.transpose(filtered, (2, 1, 0))))
            true.append(self._true_filter[k].astype(np.complex64) @ pilots)
            channels.append(h)
        statistics, gain = self._beam_statistics(channels, believed)
        control, _ = self._beam_statistics(channels, true)
        return np.concatenate([np.mean(error**2, axis=1), statistics, control]), gain

    def _estimated_angle(self, k: int, seed: SeedSequence) -> Float:
        """Estimates of one user's angle from B echoes, shape (B,)."""
        link, B = self.link, self.trials_per_block
        L = link.receive.n_elements
        symbols = self.sensing_duration / self.problem.symbol_duration
        snr = link.sensing_snr[k] * symbols**link.sensing_exponent
        noise_seed, phase_seed = seed.spawn(2)
        r = _circular(noise_seed, SNAPSHOTS * L, B).T.reshape(B, SNAPSHOTS, L).astype(complex)
        phase = np.random.Generator(np.random.SFC64(phase_seed)).uniform(0.0, 2.0 * np.pi, B)
        amplitude = np.sqrt(snr / SNAPSHOTS) * np.exp(1j * phase)
        r += amplitude[:, None, None] * steering_vector(link.receive, link.angle[k])
        return ANGLE_ESTIMATORS[self.estimator](link.receive, r)

    def _channel(
        self, k: int, fading: SeedSequence, noise: SeedSequence
    ) -> tuple[Complex, Complex]:
        """One user's channel in the data blocks (T, L, B), and its pilot observations (M, L, B)."""
        B, M, lag = self.trials_per_block, len(self.blocks_per_update), self.link.first_lag
        space, time = self._roots[0][k], self._roots[1][k]
        L, r = space.shape
        white = _circular(fading, time.shape[1] * r, B).reshape(time.shape[1], r * B)
        moving = (time @ white.view(np.float32)).view(np.complex64)
        h = space @ moving.reshape(len(time), r, B)
        # A pilot sees the channel one lag before the first block that it serves.
        starts = np.concatenate([[0], np.cumsum(self.blocks_per_update)[:-1]])
        z = _circular(noise, M * L, B).reshape(M, L, B)
        pilots = h[starts] + z * np.float32(self.link.pilot_snr[k] ** -0.5)
        return h[lag:], pilots

    def _beam_statistics(
        self, channels: list[Complex], estimates: list[Complex]
    ) -> tuple[Float, Complex]:
        """Statistics of one set of beams, and the users' own gains (K, T, B)."""
        K = len(channels)
        update, age = self._timing
        norm, cross = np.empty(K), np.zeros((K, K))
        gain = np.empty((K, len(age), self.trials_per_block), np.complex64)
        for i, estimate in enumerate(estimates):
            norm[i] = _mean_square(estimate) * estimate.shape[1]
            beam = estimate[update]
            for k, h in enumerate(channels):
                inner = np.einsum("tlb,tlb->tb", h.conj(), beam)
                if i == k:
                    gain[k] = inner
                else:
                    cross[k, i] = _mean_square(inner)
        by_age = [mean_by_age(x, age) for x in (np.real(gain), np.abs(gain) ** 2)]
        return np.concatenate([norm, cross.ravel(), np.stack(by_age).ravel()]), gain

    @cached_property
    def _control_means(self) -> Float:
        """Expectations of the statistics of the true angles' beams."""
        link, n = self.link, self.layout.n_ages
        R, W = link.true_correlation, self._true_filter
        observed = R + np.eye(R.shape[-1]) / link.pilot_snr[:, None, None]
        D = W @ observed @ np.swapaxes(W.conj(), 1, 2)
        cross = np.real(np.einsum("kab,iba->ki", R, D))
        gain = np.real(np.einsum("kab,kba->k", W, R))[:, None] * link.temporal_correlation[:, :n]
        square = gain**2 + np.diagonal(cross)[:, None]
        norm = np.real(np.trace(D, axis1=1, axis2=2))
        off_diagonal = cross * (1.0 - np.eye(len(R)))
        return np.concatenate([norm, off_diagonal.ravel(), gain.ravel(), square.ravel()])

    def adjusted(self, groups: Float) -> Float:
        """Group means after the control variates."""
        K, P = self.link.n_users, self.layout.beam_size
        return with_controls(
            groups,
            statistic=K + np.arange(P),
            control=K + P + np.arange(P),
            expectation=self._control_means,
        )

    def estimate(self, means: Float) -> Float:
        """Angle error, SINR, efficiency with learned gain, and both frame rates.

        Parameters
        ----------
        means : ndarray, shape (..., Z)

        Returns
        -------
        ndarray, shape (..., K + 2 K n + 2 K)
        """
        batch = means.shape[:-1]
        angle = means[..., : self.link.n_users]
        sinr = self._mean_gain.sinr(means)
        _, _, interference = self._mean_gain.parts(means)
        learned = self.receiver.corrected(
            *self.layout.learned(means), self.layout.beams(means)[0], interference
        )
        share = 1.0 - self.precoded_pilots * self.problem.symbol_duration / (
            self.problem.block_duration
        )
        rates = self.frame_rate(np.log2(1.0 + sinr)), share * self.frame_rate(learned)
        by_age = (np.reshape(x, (*batch, -1)) for x in (sinr, learned))
        return np.concatenate([angle, *by_age, *rates], axis=-1)

    def frame_rate(self, efficiency: Float) -> Float:
        """Rate (24) per unit of time from efficiencies by age, shape (..., K) [bit/s/Hz]."""
        p = self.problem
        counts = np.bincount(self._timing[1])
        partial = self.sensing_duration - p.n_sensing_blocks(self.sensing_duration) * (
            p.block_duration
        )
        overhead = len(self.blocks_per_update) * p.update_duration + partial
        data = p.block_duration * np.sum(counts * efficiency, axis=-1)
        return (data - overhead * efficiency[..., 0]) / (p.n_blocks * p.block_duration)

    @property
    def decisive(self) -> Bool:
        """Quantities whose precision ends the run: all but the angle errors."""
        K, n = self.link.n_users, self.layout.n_ages
        return np.arange(3 * K + 2 * K * n) >= K


def _circular(seed: SeedSequence, components: int, trials: int) -> Complex:
    """Unit-variance circular normals in single precision, shape (components, trials)."""
    parts = Backend().normals(seed, (components, trials), "pseudo")
    out = np.empty((components, trials), np.complex64)
    out.real, out.imag = parts
    return out


def _mean_square(values: Complex) -> float:
    flat = np.ascontiguousarray(values).view(np.float32).ravel()
    return float(np.dot(flat, flat)) / values.size
