"""Measured or simulated channels, sampled in time at every antenna."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float
from isacplan.channels_in.files import read_arrays

LARGEST_LAG = 0.5
"""Share of a record up to which its correlation is trusted."""

RECEIVED_AS = ("h^H w", "h^T w")


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledChannel:
    """Statistics of one user's sampled channel.

    Parameters
    ----------
    correlation : ndarray, shape (L, L)
        R, unit trace, in the package's sign convention.
    mean_gain : float
        Mean power gain of one antenna.
    interval : float
        Between samples [s].
    temporal_correlation : ndarray, shape (n,)
        Complex, at the lags 0 to n - 1 samples.
    """

    correlation: Complex
    mean_gain: float
    interval: float
    temporal_correlation: Complex

    def aging(self, block_duration: float, n_blocks: int, *, first_lag: int = 1) -> Float:
        """Magnitude of the temporal correlation at blocks after an update.

        Linear between samples. The common phase is left out: neither beams nor learned gains see
        it.

        Parameters
        ----------
        block_duration : float
            T_b [s].
        n_blocks : int
            N.
        first_lag : int, optional
            Lag of the first block.

        Returns
        -------
        ndarray, shape (N,)

        Raises
        ------
        ValueError
            When the record is too short for the last lag, or samples are further apart than
            blocks.
        """
        T_b = float(_check.real("block_duration", block_duration, above=0.0))
        n = _check.integer("n_blocks", n_blocks, at_least=1)
        lag = T_b * (_check.integer("first_lag", first_lag, at_least=0) + np.arange(n))
        known = self.interval * (self.temporal_correlation.size - 1)
        if lag[-1] > known * (1.0 + 1e-9):
            raise ValueError(
                f"n_blocks = {n}: the last lag of {lag[-1]:.4g} s is past the {known:.4g} s that "
                "the record tells of: fewer or shorter blocks, or a longer record, would do"
            )
        if T_b < self.interval * (1.0 - 1e-9):
            raise ValueError(
                f"block_duration = {T_b:.4g}: shorter than the {self.interval:.4g} s of a sample"
            )
        at = self.interval * np.arange(self.temporal_correlation.size)
        return np.abs(np.interp(lag, at, self.temporal_correlation))


def sampled_channel(
    channel: ArrayLike, interval: float, *, received_as: str = "h^T w"
) -> SampledChannel:
    """Correlation in space and time of a sampled channel.

    ``rho(k) = sum_t h(t)^H h(t + k) / sqrt(sum |h(t)|^2 sum |h(t + k)|^2)`` over the pairs in the
    record, and ``R = sum h h^H`` scaled to unit trace.

    Parameters
    ----------
    channel : array_like, shape (T, L)
        Complex samples in time at every station antenna.
    interval : float
        Between samples [s].
    received_as : {"h^T w", "h^H w"}, optional
        What a user receives of a beam w. Ray tracers and measurements mean ``h^T w``; this
        package's vectors are the conjugates, ``h^H w``.

    Returns
    -------
    SampledChannel

    Raises
    ------
    ValueError
        When the samples are not a complex table, not finite, or without power.
    """
    _check.choice("received_as", received_as, RECEIVED_AS)
    step = float(_check.real("interval", interval, above=0.0))
    given = np.asarray(channel)
    if given.ndim != 2 or not np.iscomplexobj(given) or given.shape[0] < 4 or not given.size:
        raise ValueError(
            f"channel must be complex with shape (time, antenna) and at least 4 times, got "
            f"{given.dtype} {given.shape}"
        )
    if not np.all(np.isfinite(given)):
        raise ValueError("channel must be finite")
    H = np.asarray(given.conj() if received_as == "h^T w" else given, dtype=complex)
    power = np.sum(np.abs(H) ** 2, axis=1)
    if not np.all(power > 0.0):
        raise ValueError(f"channel has no power at sample {int(np.argmin(power))}")
    R = H.T @ H.conj()
    n_lags = int(LARGEST_LAG * len(H)) + 1
    rho = np.array(
        [
            np.vdot(H[: len(H) - k], H[k:])
            / np.sqrt(np.sum(power[: len(H) - k]) * np.sum(power[k:]))
            for k in range(n_lags)
        ]
    )
    return SampledChannel(
        correlation=R / np.trace(R).real,
        mean_gain=float(np.mean(power)) / H.shape[1],
        interval=step,
        temporal_correlation=rho,
    )


def read_sampled(file: str | Path, *, received_as: str = "h^T w") -> list[SampledChannel]:
    """Sampled channels of an ``.npz`` file, one a user.

    Parameters
    ----------
    file : str or Path
        With ``H`` (time, antenna) or (user, time, antenna), complex, and ``interval_s``.
    received_as : {"h^T w", "h^H w"}, optional
        As in `sampled_channel`.

    Returns
    -------
    list of SampledChannel

    Raises
    ------
    ValueError
        Naming file, array and what is wrong.
    """
    path = Path(file)
    arrays = read_arrays(path)
    for name in ("H", "interval_s"):
        if name not in arrays:
            raise ValueError(f"{path}: array {name} is missing; there: {', '.join(arrays)}")
    H, interval = arrays["H"], arrays["interval_s"]
    if interval.size != 1 or H.ndim not in (2, 3):
        raise ValueError(
            f"{path}: H must have shape (time, antenna) or (user, time, antenna) and interval_s "
            f"one number, got {H.shape}, {interval.shape}"
        )
    users = H[None] if H.ndim == 2 else H
    try:
        return [sampled_channel(h, interval.item(), received_as=received_as) for h in users]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
