"""Legal splits as simulations: the tones that are sent, and the data beside them."""

from math import gcd

import msgspec
import numpy as np

from isacplan._threads import few_threads
from isacplan.nr.legal_split import LegalSplit
from isacplan.nr.signals import SUBCARRIERS, visits
from isacplan.nr.split_rate import data_parts
from isacplan.simulate.backend import Backend
from isacplan.simulate.downlink import Downlink
from isacplan.simulate.localization import ReferenceSignal, Tones
from isacplan.simulate.position_errors import UserSignals
from isacplan.simulate.quantity import Quantity, Simulation
from isacplan.simulate.split import (
    CAPACITIES,
    ERRORS,
    UNITS,
    WITHIN,
    link_geometry,
    split_quantity,
)
from isacplan.simulate.split_experiment import SplitExperiment, SplitState
from isacplan.simulate.streams import scenario_key
from isacplan.split import PositionRequirement
from isacplan.split.model import user_capacities
from isacplan.units import SPEED_OF_LIGHT


def legal_tones(split: LegalSplit) -> Tones:
    """The tones of one sender over a frame, all its symbols taken together.

    Sub-carriers that no symbol visits, between those that some do, are there without energy.
    """
    s = split.settings
    counts = visits(s.kind, s.comb, s.n_symbols)
    per_cycle = SUBCARRIERS * s.n_blocks // s.comb
    energy = np.tile(counts / (s.n_symbols * per_cycle), per_cycle)
    used = np.flatnonzero(counts)
    step = gcd(s.comb, *(int(x) for x in used - used[0]))
    return Tones(spacing=step * split.problem.subcarrier, energy=energy[used[0] % step :: step])


@few_threads()
def legal_split_simulation(
    split: LegalSplit,
    requirement: PositionRequirement | None,
    *,
    seed: int = 0,
    backend: Backend | None = None,
) -> Simulation:
    """The simulation that checks a legal split.

    Parameters
    ----------
    split : LegalSplit
    requirement : PositionRequirement or None
        Errors within its radius are counted, where it has one.
    seed : int, optional
    backend : Backend, optional
        Default NumPy in single precision.

    Returns
    -------
    Simulation
    """
    used = backend or Backend()
    radius = np.inf if requirement is None else requirement.radius
    parts = data_parts(split.problem, split.settings, n_slots=split.n_slots)
    state = SplitState(
        name="legal",
        signals=tuple(_signals(split, k, radius) for k in range(split.problem.n_users)),
        downlinks=tuple(
            Downlink(
                n_antennas=split.problem.n_antennas,
                pilot_energy=part.pilot_energy * split.problem.uplink_snr,
                snr=part.boost * split.problem.data_snr,
                share=split.problem.shares,
            )
            for part in parts
        ),
        bandwidths=tuple(part.bandwidth for part in parts),
    )
    settings: dict[str, object] = {
        "signal": split.settings.kind,
        "comb": split.settings.comb,
        "symbols": split.settings.n_symbols * len(split.settings.slots(split.n_slots)),
        "resource_blocks": split.settings.n_blocks,
        "tones_drawn": len(legal_tones(split).energy),
        **used.settings,
    }
    # What is drawn follows from these numbers, whatever scenario they come from.
    snr = [link.snr for user in state.signals for link in user.links]
    rates = [link.snr.tolist() for link in state.downlinks]
    stated = [settings, radius, split.crb, split.user_capacities.tolist(), snr, rates]
    return Simulation(
        experiment=SplitExperiment(
            states=[state],
            seed=seed,
            key=scenario_key(msgspec.json.encode(stated)),
            backend=used,
        ),
        quantities=tuple(_quantities(split, state, radius)),
        kind="split",
        depth="signals",
        seed=seed,
        settings=settings,
    )


def _signals(split: LegalSplit, k: int, radius: float) -> UserSignals:
    p, accuracy = split.problem, split.accuracy
    fix, waveform = accuracy.fix, accuracy.waveform
    variances = fix.variances(waveform, accuracy.held)
    polar = p.stations.alone and not p.stations.height and not fix.range_bias
    links = tuple(
        ReferenceSignal(
            n_antennas=p.n_antennas,
            spacing=p.spacing,
            angle=float(np.arcsin(fix.sine[k, i])),
            distance=float(fix.slant_range[k, i]),
            snr=float(waveform.energy[0] * fix.snr[k, i] * accuracy.symbols[0]),
            tones=legal_tones(split),
            known_phase=p.angle_bound == "known_phase",
            window=min(fix.range_window / SPEED_OF_LIGHT, float(waveform.repeat[0])),
        )
        for i in range(len(fix.links))
    )
    return UserSignals(
        links=links,
        gain=fix.gain(variances)[0, k],
        bias=fix.range_bias,
        geometry=None if polar else link_geometry(fix, variances[0, k], k),
        radius=radius,
    )


def _quantities(split: LegalSplit, state: SplitState, radius: float) -> list[Quantity]:
    """In the order of `SplitExperiment.estimate`."""
    accuracy, law = split.accuracy, split.law
    own = accuracy.fix.variances(accuracy.waveform, accuracy.held)[0, :, 0]
    rows: list[Quantity] = []
    for k, signal in enumerate(state.signals):
        bounds = (*own[k], split.user_crb[k] + np.sum(law.bias[k] ** 2))
        for error, unit, bound, exact in zip(ERRORS, UNITS, bounds, signal.bounds, strict=True):
            formulas: dict[str, float | None] = {"scenario": float(bound), "exact": float(exact)}
            if error == "position_mse":
                formulas["with_outliers"] = float(law.mean_square[k])
            rows.append(split_quantity("legal", error, unit, k, formulas, "bound"))
    if state.counts:
        within = law.probability_within(radius)
        rows += [
            split_quantity("legal", WITHIN, "1", k, {"scenario": float(p)}, "equal", share=True)
            for k, p in enumerate(within)
        ]
    parts = data_parts(split.problem, split.settings, n_slots=split.n_slots)
    for name, receiver, relation in CAPACITIES if parts else ():
        for k, rate in enumerate(user_capacities(split.problem, parts, receiver=receiver)):
            rows.append(
                split_quantity("legal", name, "bit/s", k, {"scenario": float(rate)}, relation)
            )
    return rows
