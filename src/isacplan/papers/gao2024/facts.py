"""Numbers on which the verdicts about Gao2024 rest."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from isacplan.papers.gao2024.setting import SNRS_DB, ClosedForm, closed_form, losses, model_at
from isacplan.split import (
    crb_at_loss,
    frequency_split_crb_loss,
    full_capacity,
    pareto_front,
    time_split_crb_loss,
)
from isacplan.units import linear_to_db

PRINTED_CAPACITY_MBPS = 62.0
PRINTED_POINTS = ((59.0, -1.0), (41.0, -1.4))
ASSUMED_LOSS = 0.05


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Numbers behind the claims; plain, so that they can be kept.

    Parameters
    ----------
    capacity_mbps, nats_mbps : float
        Full capacity of the example in bits and as printed in nats.
    crb_db : list of float
        Bounds at the two printed capacities [dB m^2].
    best_crb_db : float
        Bound with everything for localization [dB m^2].
    lead_db : dict of str to float
        Lead of the frequency split at 5 % by "antennas-SNR", and with an even power density.
    reversal : float
        Capacity loss above which the frequency split wins with 32 antennas at 30 dB.
    time_spread_db, frequency_spread_db : float
        Spread of the loss curves from 10 to 30 dB, 32 antennas.
    information : dict of str to float
        Part of the information in reach at some capacity losses.
    closed_form_error : float
        Largest relative error of the perfect square against whole pilots where it is valid.
    n_pilots : dict of str to float
        Real numbers of pilots by SNR, 8 antennas.
    """

    capacity_mbps: float
    nats_mbps: float
    crb_db: list[float]
    best_crb_db: float
    lead_db: dict[str, float]
    reversal: float
    time_spread_db: float
    frequency_spread_db: float
    information: dict[str, float]
    closed_form_error: float
    n_pilots: dict[str, float]


def facts() -> dict[str, Any]:
    """Compute what the claims rest on, as plain values."""
    model, form = model_at(8, 15.0), closed_form(8, 15.0)
    p = model.problem
    band = p.bandwidth / (p.n_elements * p.element_bandwidth)
    capacity = full_capacity(model) * band / 1e6
    front = pareto_front(model, split="frequency")
    part = {f"{F:g}": float(front.full_crb / crb_at_loss(front, F)) for F in (0.05, 0.33)}
    spreads = [_spread(split) for split in ("time", "frequency")]
    return asdict(
        Facts(
            capacity_mbps=capacity,
            nats_mbps=capacity * float(np.log(2.0)),
            crb_db=[_crb_db(form, mbps) for mbps, _ in PRINTED_POINTS],
            best_crb_db=float(linear_to_db(form.full_crb)),
            lead_db=_leads(),
            reversal=_reversal(32, 30.0),
            time_spread_db=spreads[0],
            frequency_spread_db=spreads[1],
            information=part,
            closed_form_error=max(_closed_form_error(snr) for snr in SNRS_DB),
            n_pilots={f"{snr:g}": closed_form(8, snr).n_pilots for snr in SNRS_DB},
        )
    )


def _crb_db(form: ClosedForm, capacity_mbps: float) -> float:
    loss = frequency_split_crb_loss(
        1.0 - capacity_mbps * 1e6 / form.full_capacity, angle_share=form.angle_share
    )
    return float(linear_to_db(form.full_crb * loss))


def _lead_db(n_antennas: int, snr_db: float, loss: float, bookkeeping: str) -> float:
    model = model_at(n_antennas, snr_db, snr_bookkeeping=bookkeeping)
    time, frequency = (
        float(crb_at_loss(pareto_front(model, split=split), loss))
        for split in ("time", "frequency")
    )
    return float(linear_to_db(time / frequency))


def _leads() -> dict[str, float]:
    cases = ((8, 10.0), (8, 20.0), (32, 10.0), (32, 30.0))
    leads = {f"{n}-{s:g}": _lead_db(n, s, ASSUMED_LOSS, "constant_snr") for n, s in cases}
    return {
        **leads,
        "8-15": _lead_db(8, 15.0, ASSUMED_LOSS, "constant_snr"),
        "density": _lead_db(8, 15.0, ASSUMED_LOSS, "constant_density"),
    }


def _reversal(n_antennas: int, snr_db: float) -> float:
    form = closed_form(n_antennas, snr_db)
    F = np.linspace(0.005, 0.9, 2000)
    frequency = frequency_split_crb_loss(F, angle_share=form.angle_share)
    ahead = frequency < time_split_crb_loss(F, pilot_share=form.pilot_share)
    return float(F[np.argmax(ahead)])


def _spread(split: str) -> float:
    low, high = (closed_form(32, snr) for snr in (10.0, 30.0))
    F = losses()[losses() >= 0.01]
    if split == "time":
        pair = [time_split_crb_loss(F, pilot_share=form.pilot_share) for form in (low, high)]
    else:
        pair = [frequency_split_crb_loss(F, angle_share=form.angle_share) for form in (low, high)]
    return float(np.max(np.abs(linear_to_db(pair[0] / pair[1]))))


def _closed_form_error(snr_db: float) -> float:
    """Relative error of the bound on the full capacity."""
    model, form = model_at(8, snr_db), closed_form(8, snr_db)
    p = model.problem
    exact = full_capacity(model) * p.bandwidth / (p.n_elements * p.element_bandwidth)
    return abs(form.full_capacity / exact - 1.0)
