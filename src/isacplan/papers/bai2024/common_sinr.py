"""What the gains of Bai2024 can be at all, whatever sensing does: one SINR for every user.

Every percentage of section IV compares designs of one frame, and each rival may sense as long as
the optimum does. So a gain is at most that over the rival *at the optimum's sensing duration*,
where only three numbers matter: the SINR g right after an update, the blocks N_t that sensing
leaves, and the part of a block that sensing takes besides. Users with different SINRs average
ratios ``log(1 + g rho^(2n)) / log(1 + g)``, which rise in g, so the largest g bounds them all.
"""

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.frame.allocation import even_split_sums
from isacplan.papers.bai2024.outcome import random_ages
from isacplan.papers.bai2024.reading import N_BLOCKS, RHO, SYMBOLS_PER_BLOCK, SYMBOLS_PER_UPDATE

UPDATE_SHARE = SYMBOLS_PER_UPDATE / SYMBOLS_PER_BLOCK
LARGEST_SINR = 1.011
"""Ceiling of (22) for a half width of 1 degree and 8 antennas, see `sinr_ceiling`."""


def sinr_ceiling(spatial_correlation: Complex) -> Float:
    """Largest SINR that (22) allows whatever the powers, ``1 / tr(R^2)``.

    The self term alone gives ``SINR <= tr(C) / (tr(R C) / tr(C))``. Without sensing error C has
    the eigenvectors of R with ``f(l) = g l^2 / (1 + g l)``; as ``f(l) / l`` rises, C weighs large
    eigenvalues more than R does, so ``tr(R C) / tr(C) >= tr(R^2)``, and ``tr(C) <= 1``.

    Parameters
    ----------
    spatial_correlation : ndarray, shape (..., L, L)
        R, unit trace.

    Returns
    -------
    ndarray, shape (...)
    """
    R = np.asarray(spatial_correlation)
    return 1.0 / np.sum(np.abs(R) ** 2, axis=(-2, -1))


def common_sinr_gains(
    sinr: float, n_blocks: int, *, partial_blocks: float = 0.0, rba_rule: str = "uniform"
) -> dict[str, float]:
    """Gains of the best number of updates over the rivals at the same sensing duration.

    Parameters
    ----------
    sinr : float
        SINR of every user in the first block after an update, linear.
    n_blocks : int
        N_t.
    partial_blocks : float, optional
        ``mod(T_l, T_b) / T_b``.
    rba_rule : {"uniform", "sequential"}, optional
        See `isacplan.papers.bai2024.outcome.random_ages`.

    Returns
    -------
    dict of str to float
        ``ssu``, ``fsu``, ``rba`` and ``n_updates``.
    """
    phi = np.log1p(sinr * RHO ** (2 * np.arange(n_blocks))) / np.log1p(sinr)
    M = np.arange(1, n_blocks + 1)
    rates = even_split_sums(phi[None], np.array([n_blocks]))[0] - M * UPDATE_SHARE - partial_blocks
    best = float(np.max(rates))
    counts, updates = random_ages(n_blocks, rba_rule)
    random = float(counts @ phi) - updates * UPDATE_SHARE - partial_blocks
    return {
        "ssu": best / float(rates[0]) - 1.0,
        "fsu": best / float(rates[-1]) - 1.0,
        "rba": best / random - 1.0,
        "n_updates": float(np.argmax(rates) + 1),
    }


def gain_ceilings(rival: str, sinrs: Float, *, rba_rule: str = "uniform") -> Float:
    """Largest gain over a rival for every number of blocks, over SINRs and partial blocks.

    Parameters
    ----------
    rival : {"ssu", "fsu", "rba"}
    sinrs : ndarray, shape (G,)
        SINRs to search.
    rba_rule : {"uniform", "sequential"}, optional

    Returns
    -------
    ndarray, shape (N,)
        Entry N_t - 1 holds N_t blocks; the supremum over partial blocks in [0, 1) is at their
        end, since both rates lose the same.
    """
    return np.array(
        [
            max(
                common_sinr_gains(float(g), n, partial_blocks=part, rba_rule=rba_rule)[rival]
                for g in sinrs
                for part in ((0.0, 1.0) if n > 1 else (0.0,))
            )
            for n in range(1, N_BLOCKS)
        ]
    )
