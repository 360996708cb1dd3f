"""Parts of the error law of a peak search, as functions of the SNR and with rigorous bounds.

S is the SNR of the whole observation. Bounds are over intervals of S, `Jet` holds derivatives by
S. Where a function is monotone the proof stands in its docstring, and its ends bound it.
"""

import numpy as np

from isacplan._typing import Float
from isacplan.enclosure import Interval, Jet

LOST = 1.5
RECOVERED = 3.4
RECOVERY = 4.0
"""Fitted to simulated peak searches within one main lobe, 4 to 64 elements, -20 to 20 dB."""


def effective_snr(snr: Float) -> Float:
    """SNR at which the Cramér-Rao bound is the variance of a right decision.

    ``G(S) = S - 1.5 + 3.4 exp(-S / 4)``: at a high SNR the variance is ``1 + 1.5 / S`` times the
    bound, at a low one it stays a small part of the main lobe. G rises, since
    ``G' = 1 - 0.85 exp(-S / 4) > 0``, and is positive, since ``G(0) = 1.9``.
    """
    return snr - LOST + RECOVERED * np.exp(-snr / RECOVERY)


def effective_snr_jet(snr: Interval) -> Jet:
    """Bounds of `effective_snr`; G' rises and G'' falls."""
    decay = np.exp(-snr.lower / RECOVERY), np.exp(-snr.upper / RECOVERY)
    slope, bend = RECOVERED / RECOVERY, RECOVERED / RECOVERY**2
    size = snr.upper + LOST + RECOVERED
    return Jet(
        Interval.widened(effective_snr(snr.lower), effective_snr(snr.upper), size, 8),
        Interval.widened(1.0 - slope * decay[0], 1.0 - slope * decay[1], np.ones_like(size), 8),
        Interval.widened(bend * decay[1], bend * decay[0], bend * decay[0], 8),
    )


def pointed_snr(snr: Float, slope: Float, floor: Float) -> Float:
    """SNR under a beam that points where the look before found the target.

    ``S^3 / (S^2 + a S + b)``: small errors cost gain in proportion to their variance, and wrong
    decisions most of it. With ``a = b = 0`` the beam points at the target. Rises with S, since its
    derivative is ``S^2 (S^2 + 2 a S + 3 b) / (S^2 + a S + b)^2``.
    """
    return snr**3 / (snr**2 + slope * snr + floor)


def pointed_snr_jet(snr: Interval, slope: Float, floor: Float) -> Jet:
    """Bounds of `pointed_snr`, of derivatives from their rising numerators and denominators.

    The second one is ``2 S ((a^2 - b) S^2 + 3 a b S + 3 b^2) / (S^2 + a S + b)^3``.
    """
    a, b = slope, floor
    turn = a**2 - b

    def parts(s: Float) -> tuple[Float, Float, Float, Float]:
        up = 2.0 * s * (np.maximum(turn, 0.0) * s**2 + 3.0 * a * b * s + 3.0 * b**2)
        down = 2.0 * np.maximum(-turn, 0.0) * s**3
        return s**2 + a * s + b, s**2 * (s**2 + 2.0 * a * s + 3.0 * b), up, down

    (D_0, N_0, up_0, down_0), (D_1, N_1, up_1, down_1) = parts(snr.lower), parts(snr.upper)
    size = (up_1 + down_1) / D_0**3
    return Jet(
        Interval.widened(pointed_snr(snr.lower, a, b), pointed_snr(snr.upper, a, b), snr.upper, 8),
        Interval.widened(N_0 / D_1**2, N_1 / D_0**2, N_1 / D_0**2, 16),
        Interval.widened(
            up_0 / D_1**3 - down_1 / D_0**3, up_1 / D_0**3 - down_0 / D_1**3, size, 24
        ),
    )


def clipped_variance(variance: Float, half_width: Float) -> Float:
    """Mean square ``E min(e^2, h^2)`` of a Gaussian error that a search confines to +-h.

    Its derivative by the variance, ``E n^2 [c n^2 < h^2]`` with a standard normal n, is positive
    and falls: the mean square rises with the variance, stays below it, and is concave.
    """
    from scipy.special import erfc

    h = half_width
    z = h / np.sqrt(2.0 * variance)
    return variance * _inside(z) + h**2 * erfc(z)


def clipped_variance_jet(variance: Interval, half_width: Float) -> Jet:
    """Bounds of `clipped_variance` and its derivatives by the variance."""
    h = half_width
    low, high = variance.lower, variance.upper
    ends = clipped_variance(low, h), clipped_variance(high, h)
    z_0, z_1 = h / np.sqrt(2.0 * high), h / np.sqrt(2.0 * low)
    one = np.ones_like(low)
    # The second derivative is -4 z^5 e^{-z^2} / (sqrt(pi) h^2), steepest at z^2 = 5/2.
    steepest = np.clip(np.sqrt(2.5), z_0, z_1)
    bend = 4.0 / (np.sqrt(np.pi) * h**2)
    most, least = _humped(steepest), np.minimum(_humped(z_0), _humped(z_1))
    return Jet(
        Interval.widened(ends[0], ends[1], high, 32),
        Interval.widened(_inside(z_0), _inside(z_1), one, 32),
        -Interval.widened(bend * least, bend * most, bend * most, 32),
    )


def _inside(z: Float) -> Float:
    """``E n^2 [n^2 < 2 z^2]``, which rises from 0 to 1."""
    from scipy.special import erf

    return erf(z) - 2.0 / np.sqrt(np.pi) * z * np.exp(-(z**2))


def _humped(z: Float) -> Float:
    return z**5 * np.exp(-(z**2))


def lobe_probability(snr: Float) -> Float:
    """Probability that noise alone decides where in one main lobe the peak lies, ``e^{-S/2}``."""
    return np.exp(-snr / 2.0)


def lobe_probability_jet(snr: Interval) -> Jet:
    """Bounds of `lobe_probability`: it and its derivatives are monotone."""
    low, high = lobe_probability(snr.upper), lobe_probability(snr.lower)
    p = Interval.widened(low, high, high, 4.0 + np.minimum(snr.upper, 1500.0))
    p = Interval(np.maximum(p.lower, 0.0), p.upper)
    return Jet(p, -p.scaled(0.5), p.scaled(0.25))


def ambiguity_odds(snr: Float, height: Float) -> Float:
    """Odds of an ambiguity against the target, were there no other.

    ``p / (1 - p)`` with ``p = erfc(sqrt(S (1 - height) / 2)) / 2``, what separates two responses
    of inner product `height` at a high SNR: one half for a full height. Falls with S.
    """
    from scipy.special import erfc

    p = 0.5 * erfc(np.sqrt(0.5 * snr * (1.0 - height)))
    return p / (1.0 - p)


def ambiguity_odds_jet(snr: Interval, height: Float) -> Jet:
    """Bounds of `ambiguity_odds`: p falls, p' < 0 rises and p'' > 0 falls with S > 0."""
    from scipy.special import erfc

    a = 0.5 * (1.0 - np.asarray(height))
    scale = a / (2.0 * np.sqrt(np.pi))

    def parts(s: Float) -> tuple[Float, Float, Float]:
        x = np.maximum(a * s, np.finfo(float).tiny)
        fall = np.exp(-x) / np.sqrt(x)
        return 0.5 * erfc(np.sqrt(x)), scale * fall, scale * a * fall * (1.0 + 0.5 / x)

    start, stop = parts(snr.lower), parts(snr.upper)
    value, slope, bend = (
        Interval.widened(low, high, high, 64) for low, high in zip(stop, start, strict=True)
    )
    p = Jet(value, -slope, bend)
    return p * (constant_jet(np.ones_like(start[0])) - p).reciprocal()


def constant_jet(value: Float) -> Jet:
    """A constant."""
    zero = Interval(np.zeros_like(value), np.zeros_like(value))
    return Jet(Interval(value, value), zero, zero)


def snr_jet(
    per_symbol: Float, symbol_duration: float, exponent: int, start: Float, stop: Float
) -> Jet:
    """Bounds of ``per_symbol (T / T_s)^exponent`` and its derivatives by T on intervals.

    Parameters
    ----------
    per_symbol : ndarray, shape (K,)
    symbol_duration : float
        T_s [s].
    exponent : {1, 2}
    start, stop : ndarray, shape (B,)
        Ends of the intervals [s].

    Returns
    -------
    Jet, shape (B, K)
    """
    e = exponent
    T = start[:, None], stop[:, None]
    left, right = (per_symbol * (t / symbol_duration) ** e for t in T)
    slope = (e * left / T[0], e * right / T[1])
    bend = (e - 1.0) * e * per_symbol / symbol_duration**2 + np.zeros_like(left)
    return Jet(
        Interval.widened(left, right, right, 6),
        Interval.widened(np.minimum(*slope), np.maximum(*slope), slope[1], 8),
        Interval.widened(bend, bend, bend, 8),
    )
