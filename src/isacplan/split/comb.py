"""Localization by a comb: every K-th sub-carrier of the whole band, its offset moved by symbol.

A comb has the width of the band and few of its elements. Its delay bound is that of its tones;
they set the range beyond which delays repeat, or nearly do. Offsets are those of the positioning
reference signal (3GPP TS 38.211 V18.1.0, table 7.4.1.7.3-1) for its spacings.
"""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import Float, Int
from isacplan.units import SPEED_OF_LIGHT

NR_SPACINGS = (2, 4, 6, 12)
AMBIGUOUS = 0.5
"""Response, over that at the true delay, above which another delay counts as a repeat of it.

Between two delays at which the responses correlate by r an estimator errs with a probability that
falls as ``exp(-(1 - r) SNR / 2)``: at one half it needs twice the SNR that noise alone asks for."""

OFFSETS = {
    2: (0, 1),
    4: (0, 2, 1, 3),
    6: (0, 3, 1, 4, 2, 5),
    12: (0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11),
}


def comb_offsets(spacing: int, n_offsets: int) -> tuple[int, ...]:
    """Offsets of successive symbols, evenly spread over the comb; they repeat cyclically.

    Parameters
    ----------
    spacing : int
        K, sub-carriers from one tone to the next.
    n_offsets : int
        D, a divisor of K: 1 for a comb that stays, K for one that visits every sub-carrier.

    Returns
    -------
    tuple of int
        D multiples of ``K / D``, in the order of the standard where it has K, else rising.

    Examples
    --------
    >>> comb_offsets(12, 4)
    (0, 6, 3, 9)
    """
    if spacing < 1 or n_offsets < 1 or spacing % n_offsets:
        raise ValueError(f"n_offsets must divide spacing = {spacing}, got {n_offsets}")
    order = OFFSETS.get(spacing, tuple(range(spacing)))
    return tuple(o for o in order if o % (spacing // n_offsets) == 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Combs:
    """Combs over the whole band, one an entry.

    Parameters
    ----------
    spacing, n_offsets, n_symbols : ndarray of int, shape (S,)
        K, D and tau.
    tone_variance : ndarray, shape (S,)
        Energy-weighted variance of the tones' frequencies, in sub-carriers squared.
    repeat : ndarray, shape (S,)
        Inverse of the first delay at which the comb's response nearly repeats, in sub-carriers: the
        spacing of the tones with all symbols taken together, or more where offsets are visited
        unevenly; see `near_repeats`.
    """

    spacing: Int
    n_offsets: Int
    n_symbols: Int
    tone_variance: Float
    repeat: Float

    @property
    def size(self) -> int:
        """Number of combs S."""
        return len(self.spacing)

    @property
    def columns(self) -> tuple[Float, Int]:
        """Three kinds of sub-carriers, each of shape (3, S): never visited, and visited less and
        more often; their parts of the band, and the symbols in which they are.
        """
        K, D, tau = self.spacing, self.n_offsets, self.n_symbols
        rest = tau % D
        return np.stack([K - D, D - rest, rest]) / K, np.stack(
            [0 * tau, tau // D, np.minimum(tau // D + 1, tau)]
        )

    def unambiguous_range(self, subcarrier: float) -> Float:
        """Range after which one-way delays repeat, if only nearly, shape (S,) [m].

        Sub-carriers in Hz.
        """
        return SPEED_OF_LIGHT / (self.repeat * subcarrier)

    def __getitem__(self, at: np.ndarray) -> "Combs":
        return Combs(**{name: getattr(self, name)[at] for name in self.__dataclass_fields__})


def combs(spacings: tuple[int, ...], n_subcarriers: int, n_symbols: int, *, moving: bool) -> Combs:
    """Every comb of given spacings: all divisors of K as D, all numbers of symbols.

    The tones of one symbol have the variance ``K^2 (M^2 - 1) / 12`` with ``M = n / K``, whatever
    their offset; the offsets, each weighted by the symbols that have it, add their own variance.
    Energy is that of whole symbols, so all tones of one have the same.

    Parameters
    ----------
    spacings : tuple of int
        Divisors of n_subcarriers.
    n_subcarriers, n_symbols : int
        Of the band and of the coherence interval.
    moving : bool
        Whether offsets may change from symbol to symbol; else D = 1.

    Returns
    -------
    Combs
    """
    tau = np.arange(1, n_symbols + 1)
    parts = [
        _family(K, D, n_subcarriers // K, tau)
        for K in spacings
        for D in range(1, K + 1 if moving else 2)
        if K % D == 0
    ]
    columns = zip(*parts, strict=True) if parts else ([np.zeros(0, np.int64)] for _ in range(5))
    spacing, n_offsets, symbols, variance, repeat = (np.concatenate(c) for c in columns)
    return Combs(
        spacing=spacing,
        n_offsets=n_offsets,
        n_symbols=symbols,
        tone_variance=variance.astype(float),
        repeat=repeat.astype(float),
    )


def near_repeats(counts: Int, offsets: Int, spacing: int) -> Int:
    """First candidate at which the response of a comb repeats, or nearly does.

    The tones of a symbol are in phase again at delays ``j / (K f_0)``; there the symbols add up to
    ``|sum_o c_o exp(2j pi o j / K)| / sum_o c_o`` of the full response, c_o of them with offset o.
    All do at j = K, and sooner where the offsets visited share a divisor with K; an incomplete
    cycle comes close sooner still.

    Parameters
    ----------
    counts : ndarray of int, shape (S, D)
        c_o, symbols with each offset.
    offsets : ndarray of int, shape (D,)
        o, in sub-carriers.
    spacing : int
        K.

    Returns
    -------
    ndarray of int, shape (S,)
        Least j, 1 to K, with more than `AMBIGUOUS` of the response.
    """
    j = np.arange(1, spacing + 1)
    phases = np.exp(2j * np.pi * (np.outer(offsets, j) % spacing) / spacing)
    response = np.abs(counts @ phases) / np.sum(counts, axis=-1, keepdims=True)
    # Rounding must not decide where the response is exactly the height.
    return 1 + np.argmax(response > AMBIGUOUS * (1.0 + 1e-9), axis=-1)


def _family(K: int, D: int, M: int, tau: Int) -> tuple[Int, Int, Int, Float, Float]:
    offsets = np.array(comb_offsets(K, D))
    # Symbols that have each offset, (tau, D).
    counts = np.maximum((tau[:, None] - 1 - np.arange(D)) // D + 1, 0)
    share = counts / tau[:, None]
    mean = share @ offsets
    variance = np.sum(share * (offsets - mean[:, None]) ** 2, axis=1) + K**2 * (M**2 - 1) / 12.0
    repeat = K / near_repeats(counts, offsets, K)
    return np.full_like(tau, K), np.full_like(tau, D), tau, variance, repeat
