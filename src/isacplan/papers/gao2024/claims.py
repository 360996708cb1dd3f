"""Every claim of Gao2024 with its verdict."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from isacplan.papers.claim import Claim
from isacplan.papers.gao2024.setting import (
    SNRS_DB,
    ClosedForm,
    closed_form,
    distance_at,
    losses,
    model_at,
)
from isacplan.split import (
    crb_at_loss,
    frequency_split_crb_loss,
    full_capacity,
    pareto_front,
    time_split_crb_loss,
)
from isacplan.units import linear_to_db

IDENTIFIERS = (
    "gao2024-1-capacity",
    "gao2024-2-minus-1-db",
    "gao2024-2-minus-14-db",
    "gao2024-3-frequency-8",
    "gao2024-3-frequency-32",
    "gao2024-3-time-32",
    "gao2024-4-snr",
    "gao2024-5-returns",
    "gao2024-6-simulation",
    "gao2024-preference",
)
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


def claims(facts_: dict[str, Any]) -> list[Claim]:
    """Verdicts on every claim, in the order of `IDENTIFIERS`.

    Parameters
    ----------
    facts_ : dict
        What `facts` computed.

    Returns
    -------
    list of Claim
    """
    f = Facts(**facts_)
    return [
        _capacity(f),
        *_points(f),
        *_winners(f),
        _snr(f),
        _returns(f),
        _simulation(f),
        _preference(f),
    ]


def _assumed(snr_db: float = 15.0, n_antennas: int = 8) -> dict[str, Any]:
    return {
        "preset": "gao2024",
        "n_antennas": n_antennas,
        "snr_db": snr_db,
        "distance_m": round(distance_at(snr_db), 1),
        "antenna_gains_db": 12.9,
        "localization_snr": "equal to the downlink SNR (B8)",
    }


def _capacity(f: Facts) -> Claim:
    near = abs(f.capacity_mbps - PRINTED_CAPACITY_MBPS) < 0.5
    return Claim(
        identifier="gao2024-1-capacity",
        source="section IV-B, Figure 2(a)",
        statement="Full capacity with 8 antennas at 15 dB",
        printed="around 62 Mbit/s",
        ours=f"{f.capacity_mbps:.1f} Mbit/s",
        verdict="reproduced" if near else "contradicted",
        evidence=f"with log2; the ln that (1) prints gives {f.nats_mbps:.1f} Mnat/s (B1)",
        parameters=_assumed(),
    )


def _points(f: Facts) -> list[Claim]:
    first, second = f.crb_db
    return [
        Claim(
            identifier="gao2024-2-minus-1-db",
            source="section IV-B, Figure 2(a)",
            statement="Frequency split, 15 dB: -1 dB of bound at 59 Mbit/s",
            printed="-1 dB",
            ours=f"{first:.2f} dB",
            verdict="reproduced" if abs(first + 1.0) < 0.05 else "direction only",
            evidence="12.9 dB of antenna gains, which are not printed, put it there (0 dB: below "
            "-14 dB); (13) as printed would give -0.6 dB (B3), so it is not what was plotted",
            parameters=_assumed(),
        ),
        Claim(
            identifier="gao2024-2-minus-14-db",
            source="section IV-B, Figure 2(a)",
            statement="Frequency split, 15 dB: -1.4 dB of bound only at 41 Mbit/s",
            printed="-1.4 dB",
            ours=f"{second:.2f} dB",
            verdict="direction only",
            evidence=f"all of the band gives {f.best_crb_db:.2f} dB; gains that reach -1.4 dB at "
            "41 put -1.1 dB at 59: the two points do not fit one curve",
            parameters=_assumed(),
        ),
    ]


def _winners(f: Facts) -> list[Claim]:
    lead = f.lead_db
    eight = lead["8-10"] > 0.0 and lead["8-20"] > 0.0
    return [
        Claim(
            identifier="gao2024-3-frequency-8",
            source="section IV-B, Figure 2(a)",
            statement="Frequency split wins at 10 and 20 dB with 8 antennas",
            printed="frequency",
            ours=f"frequency leads by {lead['8-10']:.1f} and {lead['8-20']:.1f} dB at 5 %",
            verdict="reproduced" if eight else "contradicted",
            evidence="exact fronts of whole resource elements",
            parameters=_assumed(10.0),
        ),
        Claim(
            identifier="gao2024-3-frequency-32",
            source="section IV-B, Figure 2(b)",
            statement="Frequency split wins at 10 dB with 32 antennas",
            printed="frequency",
            ours=f"frequency leads by {lead['32-10']:.1f} dB at 5 %",
            verdict="reproduced" if lead["32-10"] > 0.0 else "contradicted",
            evidence="exact fronts of whole resource elements",
            parameters=_assumed(10.0, 32),
        ),
        Claim(
            identifier="gao2024-3-time-32",
            source="section IV-B, Figure 2(b)",
            statement="Time split wins at 30 dB with 32 antennas",
            printed="time",
            ours=f"time leads by {-lead['32-30']:.1f} dB at 5 %, frequency from "
            f"{100 * f.reversal:.0f} % on",
            verdict="direction only",
            evidence="true for small losses only: the frequency split's bound falls with the "
            "square of its band and overtakes",
            parameters=_assumed(30.0, 32),
        ),
    ]


def _snr(f: Facts) -> Claim:
    holds = f.time_spread_db < 0.5 and f.frequency_spread_db > 5.0
    return Claim(
        identifier="gao2024-4-snr",
        source="section IV-B, Figure 3",
        statement="The time split's loss curve hardly depends on SNR, the frequency split's does",
        printed="hardly, much",
        ours=f"{f.time_spread_db:.2f} dB against {f.frequency_spread_db:.1f} dB from 10 to 30 dB",
        verdict="reproduced" if holds else "contradicted",
        evidence="Theorem 1 depends on the pilot share alone, Theorem 2 on the angle's share of "
        "the bound, which distance sets",
        parameters=_assumed(10.0, 32),
    )


def _returns(f: Facts) -> Claim:
    return Claim(
        identifier="gao2024-5-returns",
        source="section IV-B",
        statement="Diminishing returns: a little capacity buys most of the accuracy",
        printed="5 % buys -1 dB, 33 % only -1.4 dB",
        ours=f"5 % buys {100 * f.information['0.05']:.0f} % of the information in reach, 33 % "
        f"{100 * f.information['0.33']:.0f} %",
        verdict="reproduced" if f.information["0.05"] > 0.85 else "contradicted",
        evidence="frequency split, 8 antennas, 15 dB; the time split has no such knee",
        parameters=_assumed(),
    )


def _simulation(f: Facts) -> Claim:
    return Claim(
        identifier="gao2024-6-simulation",
        source="section IV, conclusion",
        statement="The closed forms match simulation",
        printed="validated",
        ours=f"capacity within {100 * f.closed_form_error:.1f} % of whole pilots, 10 to 30 dB",
        verdict="undetermined",
        evidence="as printed (10), (13), (14), (20) contradict the paper's own (5), (6), (18) "
        f"(B2-B4), so they cannot be what was plotted; at 30 dB the bound asks for "
        f"{f.n_pilots['30']:.2f} pilots (B6)",
        parameters=_assumed(),
    )


def _preference(f: Facts) -> Claim:
    return Claim(
        identifier="gao2024-preference",
        source="abstract, conclusion",
        statement="Frequency is preferable with few antennas far away, time with many nearby",
        printed="frequency: few, far; time: many, near",
        ours=f"8 antennas at 15 dB: frequency leads by {f.lead_db['8-15']:.1f} dB at constant SNR, "
        f"{f.lead_db['density']:+.2f} dB with an even power density",
        verdict="direction only",
        evidence="gamma held while the band shrinks is power concentrated; with one density an "
        "element is an element wherever it lies, and the joint split beats both near the border",
        parameters={**_assumed(), "snr_bookkeeping": ["constant_snr", "constant_density"]},
    )
