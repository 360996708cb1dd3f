"""Everything computed about Bai2024, piece by piece through a cache."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from isacplan.frame import frequent_update, gain, optimal_frame, single_update
from isacplan.papers.bai2024 import beyond, simulated
from isacplan.papers.bai2024.common_sinr import LARGEST_SINR, gain_ceilings
from isacplan.papers.bai2024.figures import (
    FRAME_DURATION,
    GAMMAS,
    figure_3,
    figure_4,
    figure_5,
    rates_by_updates,
    solved_rate,
)
from isacplan.papers.bai2024.open_parameters import OpenParameters, open_parameters
from isacplan.papers.bai2024.outcome import evaluate_reading
from isacplan.papers.bai2024.reading import N_BLOCKS, Reading, preset_reading, reading_problem
from isacplan.papers.cache import Runner
from isacplan.report.curves import FigureData, Line, with_lines

SINRS = np.geomspace(1e-6, LARGEST_SINR, 13)


@dataclass(frozen=True, kw_only=True)
class Study:
    """What the claims about Bai2024 rest on.

    Parameters
    ----------
    search : OpenParameters
    preset : Reading
    ceilings : dict of str to list of float
        Largest gains by number of communication blocks, see `gain_ceilings`.
    shapes : dict
        What the claims about shapes need.
    frames : list of dict
        Whole frames simulated at several sensing durations, see `simulated.end_to_end`.
    """

    search: OpenParameters
    preset: Reading
    ceilings: dict[str, list[float]]
    shapes: dict[str, Any]
    frames: list[dict[str, Any]]

    @property
    def readings(self) -> dict[str, Reading]:
        """Readings under which the figures are drawn, by title."""
        return {
            "preset": self.preset,
            "closest to print, model valid": self.search.closest_valid.reading,
            "rise of Figure 5, as printed": self.search.rising[0].reading,
        }


def study(run: Runner) -> Study:
    """Ceilings, shapes and whole frames.

    Parameters
    ----------
    run : Runner

    Returns
    -------
    Study
    """
    search, preset = open_parameters(), preset_reading()
    both = {"preset": preset, "valid": search.closest_valid.reading}
    return Study(
        search=search,
        preset=preset,
        ceilings=run("Bai2024: ceilings of the gains", ceilings),
        shapes=run("Bai2024: shapes of the curves", shapes, both),
        frames=[
            run(
                f"Bai2024: whole frames, {blocks:g} blocks of sensing",
                simulated.end_to_end,
                {"reading": preset, "blocks": blocks},
            )
            for blocks in simulated.END_TO_END_BLOCKS
        ],
    )


def ceilings() -> dict[str, list[float]]:
    """Largest gains for every number of communication blocks, within the model's domain."""
    found = {rival: gain_ceilings(rival, SINRS).tolist() for rival in ("ssu", "fsu", "rba")}
    found["rba_sequential"] = gain_ceilings("rba", SINRS, rba_rule="sequential").tolist()
    return found


def shapes(preset: Reading, valid: Reading) -> dict[str, Any]:
    """Numbers about the curves of Figures 3 to 5 and exact solutions of the readings drawn.

    Parameters
    ----------
    preset, valid : Reading

    Returns
    -------
    dict
    """
    outcome = evaluate_reading(preset)
    if outcome is None:
        raise ValueError("the preset must be feasible")
    blocks, table, _ = rates_by_updates(reading_problem(preset, 0.5))
    mismatched = reading_problem(preset, None, error_model="mismatched")
    seen_blocks, seen, _ = rates_by_updates(mismatched, points_per_block=32)
    best = int(np.argmax(np.max(seen, axis=1)))
    crb = mismatched.crb(seen_blocks[best] * mismatched.block_duration)
    by_updates = np.max(table, axis=0)
    return {
        "preset_ssu_at_05": outcome.gains["ssu_at_05"],
        "tight_preset": tight_preset(preset),
        "valid_exact": exact_gains(valid),
        "rate_by_gamma": [solved_rate(optimal_frame, reading_problem(valid, g)) for g in GAMMAS],
        "best_updates": int(np.argmax(by_updates)) + 1,
        "rate_at_updates": {str(m): float(by_updates[m - 1]) for m in (1, 7, 20)},
        "start": float(blocks[0]),
        "best_start": float(blocks[np.argmax(np.max(table, axis=1))]),
        "mismatched_blocks": float(seen_blocks[best]),
        "mismatched_rmse_deg": float(np.degrees(np.sqrt(np.max(crb)))),
        "even_split_loss": beyond.even_split_losses(preset),
    }


def tight_preset(preset: Reading) -> dict[str, float]:
    """The preset, same sensing SNR, with Gamma read so that 0.05 needs two thirds of the frame.

    Parameters
    ----------
    preset : Reading

    Returns
    -------
    dict of str to float
        ``rmse_deg`` of Gamma = 0.5, the gain over SSU at 0.05 and the start at 0.5.
    """
    start = N_BLOCKS / 15.0
    rmse = preset.rmse_deg * (preset.start_blocks / start) ** 0.5
    outcome = evaluate_reading(replace(preset, start_blocks=start, rmse_deg=rmse))
    if outcome is None:
        raise ValueError("the preset must stay feasible when Gamma is read more tightly")
    return {
        "rmse_deg": rmse,
        "ssu_at_005": outcome.gains["ssu_at_005"],
        "start_blocks": outcome.start_blocks,
    }


def exact_gains(reading: Reading) -> dict[str, float]:
    """Gains by certified optima instead of a grid: a check of the search's own numbers."""
    found: dict[str, float] = {}
    for gamma, at in ((0.05, "at_005"), (0.5, "at_05")):
        problem = reading_problem(reading, gamma)
        best = optimal_frame(problem)
        found[f"ssu_{at}"] = gain(best, single_update(problem))
        found[f"fsu_{at}"] = gain(best, frequent_update(problem))
        found[f"rate_{at}"] = best.rate / FRAME_DURATION
        found[f"updates_{at}"] = float(best.n_updates)
    return found


def figures(run: Runner, result: Study) -> list[FigureData]:
    """The three printed figures and those beyond them.

    Parameters
    ----------
    run : Runner
    result : Study

    Returns
    -------
    list of FigureData
    """
    drawn: list[FigureData] = []
    for name, draw, mark in (
        ("Figure 3", figure_3, simulated.figure_3_markers),
        ("Figure 4", figure_4, simulated.figure_4_markers),
        ("Figure 5", figure_5, simulated.figure_5_markers),
    ):
        readings = {"readings": result.readings}
        figure = run(f"Bai2024: {name}", draw, readings, kind=FigureData)
        markers = {
            title: run(
                f"Bai2024: simulation for {name}, {title}",
                mark,
                {"reading": reading},
                kind=list[Line],
            )
            for title, reading in result.readings.items()
            if reading.validity == "enforce"
        }
        drawn.append(with_lines(figure, markers))
    more = (
        run(f"Bai2024: {name}", draw, {"reading": result.preset}, kind=FigureData)
        for name, draw in (
            ("Figure 4 under Jakes", beyond.figure_4_jakes),
            ("map of frames", beyond.frame_map),
        )
    )
    return [
        *drawn,
        simulated.figure_5_end_to_end(result.preset, result.frames),
        *more,
        beyond.trade_off_figure(result.search),
        beyond.ceilings_figure(result.ceilings),
    ]


def summary(result: Study) -> dict[str, Any]:
    """What the search over open parameters found, as plain values."""
    s = result.search
    return {
        "n_evaluated": s.n_evaluated,
        "n_feasible": s.n_feasible,
        "n_rising": s.n_rising,
        "closest": {name: asdict(found) for name, found in s.best.items()},
        "closest_valid": asdict(s.closest_valid),
        "front": [asdict(found) for found in s.front],
        "rising": asdict(s.rising[0]),
        "preset": asdict(result.preset),
    }
