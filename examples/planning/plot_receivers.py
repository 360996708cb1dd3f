"""
Where a receiver that knows only its mean gain misleads
=======================================================

Efficiency by the paper's receiver, which knows the mean of its effective gain, over that of one
that learns the gain from a precoded pilot: by the number of antennas, by the spread of the angles,
and for every registered precoder. Near one, channels harden and the formulas agree; far below,
a frame designed by the mean gain is a design for another radio.
"""

import matplotlib.pyplot as plt
import numpy as np
from numpy.random import SeedSequence

from isacplan.array import uniform_linear
from isacplan.channel import OneRing
from isacplan.comm import MismatchedKnowledge
from isacplan.comm.draws import link_draws
from isacplan.comm.precoder import precoder, precoders
from isacplan.comm.realisations import MismatchedDraws
from isacplan.comm.receiver import receiver
from isacplan.comm.sampled import SampledLink
from isacplan.frame import CramerRaoLaw

ANTENNAS = (4, 8, 16, 32, 64, 128)
SPREADS_DEG = (2.0, 5.0, 15.0, None)  # None: equal power from everywhere
USERS, SNR, PILOT_SNR, RHO = 4, 40.0, 40.0, 0.95


def link(n_antennas, spread_deg):
    """Four users between -45 and 45 degrees, angles known to a twentieth of a beam."""
    angle = np.radians(np.linspace(-45.0, 45.0, USERS))
    if spread_deg is None:
        flat = np.eye(n_antennas, dtype=complex) / n_antennas
        truth = np.tile(flat, (USERS, 1, 1))

        def assumed(around):
            return np.broadcast_to(flat, (*np.shape(around), n_antennas, n_antennas))

    else:
        assumed = OneRing(
            geometry=uniform_linear(n_antennas, phase_reference="centre"),
            density="laplacian",
            spread=np.radians(spread_deg),
        )
        truth = assumed(angle)
    knowledge = MismatchedKnowledge(
        true_correlation=truth,
        assumed_correlation=assumed,
        angle=angle,
        snr=np.full(USERS, SNR),
        pilot_snr=np.full(USERS, PILOT_SNR),
    )
    law = CramerRaoLaw(per_symbol=np.full(USERS, (0.1 / n_antennas) ** 2), symbol_duration=1.0)
    draws = link_draws(USERS, n_antennas, n_scrambles=4, n_draws=64, seed=SeedSequence(1))
    model = MismatchedDraws(knowledge=knowledge, angle_error=law, draws=draws)
    return SampledLink(model=model, draws=draws, snr=knowledge.snr, power=knowledge.power)


def share_kept(n_antennas, spread_deg):
    """Mean-gain efficiency over learned-gain efficiency, by precoder, in a block of age rho."""
    sampled = link(n_antennas, spread_deg)
    realised = sampled.model.realise(1.0)
    rho, found = np.full((USERS, 1), RHO), {}
    for name in precoders():
        if name == "zf" and n_antennas < USERS:
            continue
        gains = sampled.gains(sampled.statistics(realised, precoder(name)))
        known, learned = (
            np.sum(receiver(kind).efficiency(gains, rho, 1))
            for kind in ("mean_gain", "learned_gain")
        )
        found[name] = float(known / learned)
    return found


def main():
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.6), sharey=True, layout="constrained")
    print("spread  antennas  " + "  ".join(f"{name:>8}" for name in precoders()))
    for axis, spread in zip(axes, SPREADS_DEG, strict=True):
        title = "uncorrelated" if spread is None else f"{spread:g} deg spread"
        rows = [share_kept(n, spread) for n in ANTENNAS]
        for n, row in zip(ANTENNAS, rows, strict=True):
            print(f"{title:<16}{n:>4}  " + "  ".join(f"{x:8.2f}" for x in row.values()))
        for name, style in zip(rows[0], ("-", "--", "-.", ":"), strict=True):
            axis.semilogx(ANTENNAS, [row[name] for row in rows], style, color="black", label=name)
        axis.set(title=title, xlabel="antennas", ylim=(0.0, 1.05))
        axis.set_xticks(ANTENNAS, [str(n) for n in ANTENNAS])
        axis.minorticks_off()
        axis.grid(color="0.92")
    axes[0].set_ylabel("mean gain known / gain learned")
    axes[0].legend()
    return figure


figure = main()
plt.show()
