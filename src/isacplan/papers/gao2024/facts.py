"""What was computed about every claim of Gao2024, and the verdict that follows."""

from typing import Any

import numpy as np

from isacplan.papers.claim import Fact, verdict
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

PRINTED_CAPACITY_MBPS = 62.0
PRINTED_POINTS = ((59.0, -1.0), (41.0, -1.4))
ASSUMED_LOSS = 0.05
LARGEST_LOSS = 0.9


def numbers() -> dict[str, Any]:
    """Numbers behind the claims, as plain values.

    Returns
    -------
    dict
        ``capacity_mbps`` in bits and ``nats_mbps`` as (1) prints it; ``crb_db``, the bounds at the
        two printed capacities, and ``best_crb_db``, with everything for localization [dB m^2];
        ``lead_db`` of the frequency split at 5 % by "antennas-SNR", and with an even power density;
        ``reversal``, the capacity loss above which it wins with 32 antennas at 30 dB;
        ``time_spread_db`` and ``frequency_spread_db`` of the loss curves from 10 to 30 dB;
        ``information``, the part in reach at some losses; ``n_pilots``, real numbers of pilots.
    """
    model, form = model_at(8, 15.0), closed_form(8, 15.0)
    p = model.problem
    capacity = full_capacity(model) * p.bandwidth / (p.n_elements * p.element_bandwidth) / 1e6
    front = pareto_front(model, split="frequency")
    return {
        "capacity_mbps": capacity,
        "nats_mbps": capacity * float(np.log(2.0)),
        "crb_db": [_crb_db(form, mbps) for mbps, _ in PRINTED_POINTS],
        "best_crb_db": float(linear_to_db(form.full_crb)),
        "lead_db": _leads(),
        "reversal": _reversal(32, 30.0),
        "time_spread_db": _spread("time"),
        "frequency_spread_db": _spread("frequency"),
        "information": {
            f"{F:g}": float(front.full_crb / crb_at_loss(front, F)) for F in (0.05, 0.33)
        },
        "n_pilots": {f"{snr:g}": closed_form(8, snr).n_pilots for snr in SNRS_DB},
    }


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
    F = np.linspace(0.005, LARGEST_LOSS, 2000)
    frequency = frequency_split_crb_loss(F, angle_share=form.angle_share)
    ahead = frequency < time_split_crb_loss(F, pilot_share=form.pilot_share)
    return float(F[np.argmax(ahead)]) if np.any(ahead) else LARGEST_LOSS


def _spread(split: str) -> float:
    low, high = (closed_form(32, snr) for snr in (10.0, 30.0))
    F = losses()[losses() >= 0.01]
    if split == "time":
        pair = [time_split_crb_loss(F, pilot_share=form.pilot_share) for form in (low, high)]
    else:
        pair = [frequency_split_crb_loss(F, angle_share=form.angle_share) for form in (low, high)]
    return float(np.max(np.abs(linear_to_db(pair[0] / pair[1]))))


def _assumed(snr_db: float = 15.0, n_antennas: int = 8) -> dict[str, Any]:
    return {
        "preset": "gao2024",
        "n_antennas": n_antennas,
        "snr_db": snr_db,
        "distance_m": round(distance_at(snr_db), 1),
        "antenna_gains_db": 12.9,
        "localization_snr": "equal to the downlink SNR (B8)",
    }


def facts(found: dict[str, Any], agreement: dict[str, float]) -> dict[str, Fact]:
    """Facts about every claim.

    Parameters
    ----------
    found : dict
        From `numbers`.
    agreement : dict
        How simulation compares, see `isacplan.papers.gao2024.simulated.agreement`.

    Returns
    -------
    dict of str to Fact
        By identifier of the claim.
    """
    return {
        "gao2024-1-capacity": Fact(
            verdict=verdict(number=abs(found["capacity_mbps"] - PRINTED_CAPACITY_MBPS) < 0.5),
            values={"mbps": found["capacity_mbps"], "nats": found["nats_mbps"]},
            parameters=_assumed(),
        ),
        **_points(found),
        **_winners(found),
        **_shapes(found),
        "gao2024-6-simulation": _simulation(found, agreement),
    }


def _points(found: dict[str, Any]) -> dict[str, Fact]:
    """Both printed bounds to 0.05 dB, or at least in their order."""
    first, second = found["crb_db"]
    return {
        name: Fact(
            verdict=verdict(number=abs(ours - printed) < 0.05, direction=second < first),
            values={"db": ours, "best": found["best_crb_db"]},
            parameters=_assumed(),
        )
        for name, ours, (_, printed) in (
            ("gao2024-2-minus-1-db", first, PRINTED_POINTS[0]),
            ("gao2024-2-minus-14-db", second, PRINTED_POINTS[1]),
        )
    }


def _winners(found: dict[str, Any]) -> dict[str, Fact]:
    lead, reversal = found["lead_db"], found["reversal"]
    return {
        "gao2024-3-frequency-8": Fact(
            verdict=verdict(number=min(lead["8-10"], lead["8-20"]) > 0.0),
            values={"ten": lead["8-10"], "twenty": lead["8-20"]},
            parameters=_assumed(10.0),
        ),
        "gao2024-3-frequency-32": Fact(
            verdict=verdict(number=lead["32-10"] > 0.0),
            values={"ten": lead["32-10"]},
            parameters=_assumed(10.0, 32),
        ),
        "gao2024-3-time-32": Fact(
            verdict=verdict(
                number=lead["32-30"] < 0.0 and reversal >= LARGEST_LOSS,
                direction=lead["32-30"] < 0.0,
            ),
            values={"time": -lead["32-30"], "reversal": 100.0 * reversal},
            parameters=_assumed(30.0, 32),
        ),
        "gao2024-preference": Fact(
            verdict=verdict(
                number=min(lead["8-15"], lead["density"]) > 0.0 > lead["32-30"]
                and reversal >= LARGEST_LOSS,
                direction=lead["8-15"] > 0.0 > lead["32-30"],
            ),
            values={"snr": lead["8-15"], "density": lead["density"]},
            parameters={**_assumed(), "snr_bookkeeping": ["constant_snr", "constant_density"]},
        ),
    }


def _shapes(found: dict[str, Any]) -> dict[str, Fact]:
    time, frequency = found["time_spread_db"], found["frequency_spread_db"]
    part = found["information"]
    return {
        "gao2024-4-snr": Fact(
            verdict=verdict(number=time < 0.5 and frequency > 5.0),
            values={"time": time, "frequency": frequency},
            parameters=_assumed(10.0, 32),
        ),
        "gao2024-5-returns": Fact(
            verdict=verdict(number=part["0.05"] > 0.85),
            values={"five": 100.0 * part["0.05"], "third": 100.0 * part["0.33"]},
            parameters=_assumed(),
        ),
    }


def _simulation(found: dict[str, Any], agreement: dict[str, float]) -> Fact:
    """Within 5 % of all three formulas, or of capacity and angle at least."""
    angle, delay = agreement["angle_over_printed"], agreement["delay_over_printed"]
    some = agreement["capacity_distance"] < 0.05 and abs(angle - 1.0) < 0.05
    return Fact(
        verdict=verdict(number=some and abs(delay - 1.0) < 0.05, direction=some),
        values={
            "capacity": 100.0 * agreement["capacity_distance"],
            "half_widths": agreement["capacity_half_widths"],
            "angle": angle,
            "delay": delay,
            "exact": agreement["delay_over_exact"],
            "n_pilots": found["n_pilots"]["30"],
        },
        parameters={**_assumed(), "n_points": int(agreement["n_points"])},
    )
