"""Frames simulated from the target echo to the received data, nothing taken from a formula."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.random import SeedSequence

from isacplan import _check
from isacplan._typing import Array, Bool, Complex, Float
from isacplan.comm.precoder import precoder
from isacplan.comm.scheme import Scheme
from isacplan.scenario import Scene
from isacplan.sensing.estimators import ANGLE_ESTIMATORS
from isacplan.simulate.backend import Backend
from isacplan.simulate.chain import beam_statistics, filtered
from isacplan.simulate.channels import MovingChannels
from isacplan.simulate.control_means import control_means
from isacplan.simulate.estimates import ESTIMATES, averaged, observation_root
from isacplan.simulate.intervals import with_controls
from isacplan.simulate.receivers import Layout, LearningReceiver, MeanGainReceiver
from isacplan.simulate.sensing import AngleSearch
from isacplan.simulate.sinr import mmse_filter
from isacplan.simulate.streams import stream
from isacplan.simulate.timing import FrameTiming

BLOCK_ELEMENTS = 2**18
"""Channel coefficients in one block of trials, which sets the frames in it."""

CALIBRATION_BLOCKS = 16
"""Blocks, never used again, from which the users' receivers learn their mean gains."""


@dataclass(frozen=True, kw_only=True, eq=False)
class EndToEndExperiment:
    """Whole frames: echo, angle estimate, pilots, beams, data.

    A trial is one frame. Each user's echo, as the matched filter leaves it, passes an angle
    estimator. The station forms the correlation it assumes at that angle and with it the linear
    MMSE filter, which it applies to the pilots it receives at every update. The precoder forms
    beams from these estimates, which are held until the next update while the channel moves on,
    continuously over the frame. Data symbols and noise are integrated.

    The same frames with matched beams from the filter of the true angle, whose expectations are
    known, serve as control variates.

    Parameters
    ----------
    scene : Scene
    timing : FrameTiming
    seed : int
    key : str
        Digest of the scenario.
    estimator : {"maximum_likelihood", "music", "esprit"}, optional
    scheme : Scheme, optional
        Precoder, and the precoded pilots a block from which users that learn theirs know their
        gains; users that know only their mean gain are simulated beside them.
    estimates : {"sensed", "raw_pilots", "averaged_pilots"}, optional
        From the sensed angle, or of a frame that does not sense: pilots as they are, or filtered
        by what the scenario's number of past pilots shows of the correlation.
    backend : Backend, optional
    """

    scene: Scene
    timing: FrameTiming
    seed: int
    key: str
    estimator: str = "maximum_likelihood"
    scheme: Scheme = field(default_factory=Scheme)
    estimates: str = "sensed"
    backend: Backend = field(default_factory=Backend)

    def __post_init__(self) -> None:
        _check.choice("estimator", self.estimator, ANGLE_ESTIMATORS)
        _check.choice("estimates", self.estimates, ESTIMATES)
        precoder(self.scheme.precoder).check(*self.scene.true_correlation.shape[:2])

    @property
    def trials_per_block(self) -> int:
        """Frames in a block: a power of two that the size of the scenario sets."""
        K, L = self.scene.true_correlation.shape[:2]
        frames = BLOCK_ELEMENTS // (K * L * (len(self.timing.age) + 1))
        return self.backend.block_scale * 2 ** int(np.clip(np.log2(max(frames, 1)), 2, 7))

    @property
    def pilot_share(self) -> float:
        """Part of a block that precoded pilots leave."""
        symbols = self.timing.block_duration / self.timing.symbol_duration
        return 1.0 - self.scheme.precoded_pilots / symbols

    @property
    def n_statistics(self) -> int:
        """Statistics of a block."""
        return self.layout.size

    @property
    def memory(self) -> int:
        """Correlations, channels, estimates and gains of a block, and one user's filters [byte]."""
        K, L = self.scene.true_correlation.shape[:2]
        B, T, M = self.trials_per_block, len(self.timing.age) + 1, self.timing.n_updates
        size = 8 if self.backend.dtype == "single" else 16
        channels = size * K * L * B * (2 * T + 2 * M)
        beams = size * B * T * (K * L + 3 * K**2)
        one_user = B * (4 * 16 * L**2 + 4 * size * L * T)
        library = self.backend.library_memory
        paths = sum((16 * T * L + size * B) * f.gain.size for f in self.scene.fading or ())
        return 5 * 16 * K * L**2 + channels + beams + one_user + paths + library

    @cached_property
    def layout(self) -> Layout:
        """Where each statistic stands."""
        return Layout(n_users=self.scene.n_users, n_ages=self.timing.n_ages)

    @cached_property
    def _channels(self) -> MovingChannels:
        return MovingChannels(scene=self.scene, timing=self.timing, backend=self.backend)

    @cached_property
    def _true_filter(self) -> tuple[Complex, ...]:
        """Filter of every user's true angle, in the precision of the channels."""
        wanted = np.complex64 if self.backend.dtype == "single" else np.complex128
        return tuple(
            mmse_filter(self.scene.assumed_correlation(theta), gamma).astype(wanted)
            for theta, gamma in zip(self.scene.angle, self.scene.pilot_snr, strict=True)
        )

    @cached_property
    def _mean_gain(self) -> MeanGainReceiver:
        return MeanGainReceiver(
            layout=self.layout,
            snr=self.scene.snr,
            power=self.scene.power,
            unit_power=precoder(self.scheme.precoder).unit_power,
        )

    @cached_property
    def receiver(self) -> LearningReceiver:
        """What learning receivers know of their statistics, from frames of its own.

        With the control variates its chance errors are far below any interval of theirs.
        """
        blocks = [self._frames("calibration", i)[0] for i in range(CALIBRATION_BLOCKS)]
        means = np.mean(self.adjusted(np.array(blocks)), axis=0)
        mean, variance, interference = self._mean_gain.parts(means)
        return LearningReceiver(
            mean=mean,
            variance=variance,
            interference=interference,
            norm=self.layout.beams(means).norm,
            snr=self.scene.snr,
            n_pilots=self.scheme.precoded_pilots,
        )

    def block(self, index: int) -> Float:
        """Means of the statistics over one block of frames; see `Layout`."""
        statistics, gain = self._frames("frame", index)
        seed = stream(self.seed, self.key, "precoded pilot noise", index)
        noise = self.backend.circular(seed, tuple(gain.shape))
        learned = self.receiver.statistics(self.backend, gain, noise, self.timing)
        return np.concatenate([statistics, self.backend.numpy(learned)])

    def _frames(self, quantity: str, index: int) -> tuple[Float, Array]:
        """Statistics up to the learned rates, and effective gains (T, B, K) of data blocks."""
        K, xp, to = self.scene.n_users, self.backend.xp, self.backend
        echoes, fading, noise = (
            stream(self.seed, self.key, f"{quantity}: {part}", index).spawn(K)
            for part in ("echo", "fading", "pilot noise")
        )
        error = np.zeros(K)
        channels: list[Array] = []
        believed: list[Array] = []
        true: list[Array] = []
        for k in range(K):
            h, pilots = self._channels.drawn(k, fading[k], noise[k], self.trials_per_block)
            estimate, error[k] = self._estimate(k, echoes[k], pilots)
            believed.append(estimate)
            true.append(xp.matmul(pilots, xp.matrix_transpose(to.array(self._true_filter[k]))))
            channels.append(h)
        H = xp.stack(channels, axis=2)
        update, averaging = to.indices(self.timing.update), to.double(self.timing.averaging)
        beams, others = self._beams(xp.stack(believed, axis=2)), to.double(self._mean_gain.others)
        statistics, gain = beam_statistics(xp, H, beams, others, update, averaging)
        control, _ = beam_statistics(xp, H, xp.stack(true, axis=2), others, update, averaging)
        return np.concatenate([error, to.numpy(statistics), to.numpy(control)]), gain

    def _estimate(self, k: int, seed: SeedSequence, pilots: Array) -> tuple[Array, float]:
        """Estimates (M, B, L) from one user's pilots, and the mean squared error of its angle."""
        xp, to, gamma = self.backend.xp, self.backend, float(self.scene.pilot_snr[k])
        if self.estimates == "raw_pilots":
            return pilots, 0.0
        if self.estimates == "averaged_pilots":
            root = to.array(observation_root(self.scene.true_correlation[k], gamma))
            n_past = self.scene.scenario.transmission.past_pilots
            white = to.circular(seed, (self.trials_per_block, root.shape[1], n_past))
            past = xp.matmul(root, xp.astype(white, root.dtype))
            return averaged(xp, xp.astype(past, xp.complex128), gamma, pilots), 0.0
        angle = self.estimated_angle(k, seed)
        error = float(np.mean((to.numpy(angle) - self.scene.angle[k]) ** 2))
        R = self.scene.assumed_correlation(angle, xp=xp)
        return filtered(xp, R, gamma, pilots), error

    def _beams(self, estimates: Array) -> Array:
        """Beams before their long-term scaling, (M, B, K, L), from estimates of that shape."""
        scene, xp = self.scene, self.backend.xp
        # An array in the precision of the estimates.
        gain = self.backend.array((scene.snr / scene.power).astype(complex) ** 0.5)[:, None]
        return precoder(self.scheme.precoder).beams(
            gain * estimates,
            regularisation=scene.n_users / float(np.sum(scene.power)),
            xp=xp,
        )

    def estimated_angle(self, k: int, seed: SeedSequence) -> Array:
        """Estimates of one user's angle from B looks, shape (B,) [rad]."""
        return self._searches[k].angles(seed, self.trials_per_block)

    @cached_property
    def _searches(self) -> tuple[AngleSearch, ...]:
        return tuple(
            AngleSearch(
                scene=self.scene,
                user=k,
                symbols=self.timing.sensing_symbols,
                estimator=self.estimator,
                backend=self.backend,
            )
            for k in range(self.scene.n_users)
        )

    @cached_property
    def _control_means(self) -> Float:
        """Expectations of the statistics of the true angles' beams."""
        # As they are applied: in the precision of the channels.
        used = [W.astype(complex) for W in self._true_filter]
        lags, turned = self._channels.lags, self._channels.common_phase
        return control_means(self.scene, used, lags, self._mean_gain.others, turned)

    def adjusted(self, groups: Float) -> Float:
        """Group means after the control variates."""
        K, P = self.scene.n_users, self.layout.beam_size
        return with_controls(
            groups,
            statistic=K + np.arange(P),
            control=K + P + np.arange(P),
            expectation=self._control_means,
        )

    def estimate(self, means: Float) -> Float:
        """Angle error, SINR, efficiency with learned gain, both frame rates and their sums.

        Without sensing there is no angle error.

        Parameters
        ----------
        means : ndarray, shape (..., Z)

        Returns
        -------
        ndarray, shape (..., K + 2 K n + 2 K + 2) or (..., 2 K n + 2 K + 2)
        """
        batch = means.shape[:-1]
        angle = means[..., : self._n_angles]
        sinr = self._mean_gain.sinr(means)
        _, _, interference = self._mean_gain.parts(means)
        learned = self.receiver.corrected(
            *self.layout.learned(means), self.layout.beams(means).norm, interference
        )
        rates = self.timing.rate(np.log2(1.0 + sinr)), self.pilot_share * self.timing.rate(learned)
        by_age = (np.reshape(x, (*batch, -1)) for x in (sinr, learned))
        sums = (np.sum(self.scene.weight * rate, axis=-1, keepdims=True) for rate in rates)
        return np.concatenate([angle, *by_age, *rates, *sums], axis=-1)

    @property
    def _n_angles(self) -> int:
        return self.scene.n_users if self.estimates == "sensed" else 0

    @property
    def decisive(self) -> Bool:
        """Quantities whose precision ends the run: all but the angle errors."""
        K, n = self.scene.n_users, self.layout.n_ages
        found = self._n_angles
        return np.arange(found + 2 * K * (n + 1) + 2) >= found
