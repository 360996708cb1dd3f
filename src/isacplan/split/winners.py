"""Which split wins, over antennas, SNR and accepted loss at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import ArrayLike, Bool, Float, Int
from isacplan.split.comb import Combs, combs
from isacplan.split.localization import angle_share, position_terms
from isacplan.split.problem import SPLITS
from isacplan.split.training import best_pilots

TIE = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class WinnerMap:
    """CRB losses of all splits for one user, on the integer grid.

    Parameters
    ----------
    n_antennas : ndarray of int, shape (I,)
    downlink_snr, distance : ndarray, shape (J,)
        delta, and the distance at which it holds [m].
    capacity_loss : ndarray, shape (S,)
    crb_loss : dict of str to ndarray, shape (I, J, S)
        By split; the smallest CRB loss within the capacity loss, infinite where it does not pay
        for a resource element.
    """

    n_antennas: Int
    downlink_snr: Float
    distance: Float
    capacity_loss: Float
    crb_loss: dict[str, Float]

    @property
    def winner(self) -> Int:
        """Index into `SPLITS` of the best, shape (I, J, S).

        The joint split contains the first two; it is named only where it beats both, and the comb
        only where it beats all. -1 where nothing localizes.
        """
        stacked = np.stack([self.crb_loss[name] for name in SPLITS])
        best = np.min(stacked, axis=0)
        first = np.argmax(stacked <= best * (1.0 + TIE), axis=0)
        return np.where(np.isfinite(best), first, -1)

    @property
    def frequency_over_time_db(self) -> Float:
        """By how much the frequency split beats the time split, shape (I, J, S) [dB]."""
        time, frequency = self.crb_loss["time"], self.crb_loss["frequency"]
        with np.errstate(invalid="ignore", divide="ignore"):
            return 10.0 * np.log10(time / frequency)

    @property
    def joint_gain_db(self) -> Float:
        """By how much the joint split beats the better of the other two, (I, J, S) [dB]."""
        best = np.minimum(self.crb_loss["time"], self.crb_loss["frequency"])
        with np.errstate(invalid="ignore", divide="ignore"):
            return 10.0 * np.log10(best / self.crb_loss["joint"])

    @property
    def comb_gain_db(self) -> Float:
        """By how much the comb beats the best of the others, (I, J, S) [dB]."""
        best = np.min([self.crb_loss[name] for name in SPLITS[:3]], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return 10.0 * np.log10(best / self.crb_loss["comb"])


@few_threads()
def winner_map(
    *,
    n_antennas: ArrayLike,
    downlink_snr: ArrayLike,
    uplink_snr: ArrayLike,
    distance: ArrayLike,
    capacity_loss: ArrayLike,
    n_symbols: int,
    n_elements: int,
    element_bandwidth: float = 180e3,
    subcarriers_per_element: int = 12,
    comb_spacings: Sequence[int] = (),
    comb_energy: float = 1.0,
    range_window: ArrayLike | None = None,
    moving_combs: bool = True,
    localization_snr: ArrayLike | None = None,
    angle: float = 0.0,
    height: float = 0.0,
    spacing: float = 0.5,
    waveform_coefficient: float = 1.0,
    angle_bound: str = "known_phase",
    delay_bound: str = "paper",
    snr_bookkeeping: str = "constant_snr",
) -> WinnerMap:
    """Best CRB loss of every split within every capacity loss, for every system.

    For each tau the most elements that the loss pays for have a closed form, since capacity is
    linear in n: ``n <= F n_B f(tau_T) / (f(tau_T) - f(tau_T - tau))``, and more elements never
    hurt. So one pass over tau finds the exact joint optimum; its row ``n = n_B`` is the time
    split and ``tau = tau_T`` the frequency split.

    Parameters
    ----------
    n_antennas : array_like of int, shape (I,)
    downlink_snr, uplink_snr, distance : array_like, shape (J,) or ()
        delta, mu and the distance at which they hold [m].
    capacity_loss : array_like, shape (S,)
        Between 0 and 1.
    n_symbols, n_elements : int
        tau_T and n_B.
    element_bandwidth : float
        [Hz]
    subcarriers_per_element, comb_spacings, comb_energy
        As for `isacplan.split.SplitProblem`; without spacings the comb localizes nothing.
    range_window : array_like, shape (J,) or (), optional
        Range within which tones must not repeat [m]; default the distance.
    moving_combs : bool
        Whether offsets may change from symbol to symbol.
    localization_snr : array_like, shape (I, J), (J,) or (), optional
        gamma; default delta.
    angle, height, spacing, waveform_coefficient, angle_bound, delay_bound
        As for `isacplan.split.localization.position_terms`: tones side by side count as a flat
        band here.
    snr_bookkeeping : {"constant_snr", "constant_density"}
        Under constant power capacity is not linear in n; use `isacplan.split.search`.

    Returns
    -------
    WinnerMap
    """
    _check.choice("snr_bookkeeping", snr_bookkeeping, ("constant_snr", "constant_density"))
    N = np.atleast_1d(_check.real("n_antennas", n_antennas, at_least=2.0))
    F = np.atleast_1d(_check.real("capacity_loss", capacity_loss, at_least=0.0, at_most=1.0))
    tau_T = _check.integer("n_symbols", n_symbols, at_least=2)
    n_B = _check.integer("n_elements", n_elements, at_least=1)
    delta = np.atleast_1d(_check.real("downlink_snr", downlink_snr, above=0.0))
    r = np.broadcast_to(_check.real("distance", distance, above=0.0), delta.shape)
    gamma = delta if localization_snr is None else localization_snr
    A, D = position_terms(
        n_antennas=N[:, None],
        localization_snr=gamma,
        distance=r,
        angle=angle,
        height=height,
        spacing=spacing,
        waveform_coefficient=waveform_coefficient,
        angle_bound=angle_bound,
        delay_bound=delay_bound,
    )
    w = angle_share(angle_term=A, delay_term=D, bandwidth=n_B * element_bandwidth)
    bits = _bits(N, delta, np.broadcast_to(uplink_snr, delta.shape), tau_T)
    density = snr_bookkeeping == "constant_density"
    losses = _scan(bits, w, F, n_B, density=density)
    m = n_B * subcarriers_per_element
    family = combs(tuple(comb_spacings), m, tau_T, moving=moving_combs)
    window = np.broadcast_to(r if range_window is None else range_window, delta.shape)
    clear = family.unambiguous_range(element_bandwidth / subcarriers_per_element)
    wider = np.full(family.size, np.inf)  # of a single tone
    np.divide(m**2, 12.0 * family.tone_variance, out=wider, where=family.tone_variance > 0.0)
    crb = (w[..., None] + (1.0 - w[..., None]) * wider) * (tau_T / family.n_symbols)
    crb = crb * ((family.spacing if density else 1.0) / comb_energy)
    allowed = clear >= window[:, None]
    losses["comb"] = _scan_combs(bits, crb, F, family, allowed=allowed)
    return WinnerMap(
        n_antennas=N.astype(np.int64),
        downlink_snr=delta,
        distance=np.array(r),
        capacity_loss=F,
        crb_loss={name: x.reshape(N.size, delta.size, F.size) for name, x in losses.items()},
    )


def _bits(N: Float, delta: Float, mu: Float, tau_T: int) -> Float:
    """Bits per hertz of tau_C = 0 .. tau_T symbols, shape (I, J, tau_T + 1)."""
    return best_pilots(
        np.arange(tau_T + 1),
        n_antennas=N[:, None, None],
        downlink_snr=delta[None, :, None, None],
        uplink_snr=mu[None, :, None, None],
    )[1]


def _scan_combs(bits: Float, crb: Float, F: Float, family: Combs, *, allowed: Bool) -> Float:
    """Smallest loss of any comb within each capacity loss, (I, J, F).

    Of one family (K, D) the capacity lost rises with the symbols, so the loss pays for all up to a
    number; the best of these is the last, unless that is ambiguous.
    """
    tau_T = bits.shape[-1] - 1
    columns, lost = family.columns
    best = np.full((*bits.shape[:-1], F.size), np.inf)
    budget = (F * (1.0 + 1e-12) + np.finfo(float).tiny) * bits[..., -1:]
    for start in range(0, family.size, tau_T):
        own = slice(start, start + tau_T)
        kinds = zip(columns[:, own], lost[:, own], strict=True)
        spent = bits[..., -1:] - sum(part * bits[..., tau_T - gone] for part, gone in kinds)
        value = np.where(allowed[:, own], crb[..., own], np.inf)
        value = np.minimum.accumulate(value, axis=-1)
        value = np.concatenate([np.full((*value.shape[:-1], 1), np.inf), value], axis=-1)
        np.minimum(best, np.take_along_axis(value, _paid(spent, budget), axis=-1), out=best)
    return best


def _paid(spent: Float, budget: Float) -> Int:
    """How many of the first entries of `spent`, which rises along the last axis, a budget pays.

    Parameters
    ----------
    spent : ndarray, shape (..., T)
    budget : ndarray, shape (..., F)

    Returns
    -------
    ndarray of int, shape (..., F)
    """
    low, high = np.zeros(budget.shape, dtype=np.int64), np.full(budget.shape, spent.shape[-1])
    for _ in range(int(spent.shape[-1]).bit_length()):
        middle = (low + high) // 2
        last = np.minimum(middle, spent.shape[-1] - 1)
        pays = (middle < high) & (np.take_along_axis(spent, last, axis=-1) <= budget)
        low, high = np.where(pays, middle + 1, low), np.where(pays, high, middle)
    return low


def _scan(bits: Float, w: Float, F: Float, n_B: int, *, density: bool) -> dict[str, Float]:
    tau_T = bits.shape[-1] - 1
    f = bits.reshape(-1, tau_T + 1)
    share = w.reshape(-1, 1)
    budget = n_B * (1.0 + 1e-12) * F * f[:, -1:]
    columns = np.arange(n_B + 1) / n_B
    with np.errstate(divide="ignore", invalid="ignore"):
        by_columns = share + (1.0 - share) / columns**2
        if density:
            by_columns = by_columns / columns
    by_columns[:, 0] = np.inf
    systems = np.arange(len(f))[:, None] * (n_B + 1)
    flat = by_columns.ravel()
    time = np.full((len(f), F.size), np.inf)
    frequency, joint = np.copy(time), np.copy(time)
    for tau in range(1, tau_T + 1):
        lost = np.maximum(f[:, -1:] - f[:, tau_T - tau, None], np.finfo(float).tiny)
        n = np.minimum(budget / lost, n_B).astype(np.int64)
        crb = flat[systems + n] * (tau_T / tau)
        np.minimum(joint, crb, out=joint)
        np.copyto(time, tau_T / tau, where=n == n_B)
        if tau == tau_T:
            frequency = crb
    return {"time": time, "frequency": frequency, "joint": joint}
