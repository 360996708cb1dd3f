"""Everything computed about Bai2024, piece by piece through a cache."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from isacplan.frame import frequent_update, gain, optimal_frame, single_update
from isacplan.papers.bai2024.beyond import even_split_loss, figure_4_jakes, frame_map
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
from isacplan.papers.bai2024.outcome import evaluate_reading
from isacplan.papers.bai2024.reading import Reading, preset_reading, reading_problem
from isacplan.papers.bai2024.search import (
    BRANCHES,
    Found,
    SearchResult,
    gamma_deviations,
    open_parameters,
    search_branch,
)
from isacplan.papers.cache import Runner
from isacplan.report.curves import (
    FigureData,
    Panel,
    figure_from_dict,
    figure_to_dict,
    line,
)

SINRS = np.geomspace(1e-6, LARGEST_SINR, 13)
RIVALS = ("ssu", "fsu", "rba")


@dataclass(frozen=True, kw_only=True)
class Study:
    """What the claims about Bai2024 rest on.

    Parameters
    ----------
    search : SearchResult
    preset : Reading
    closest_valid : Found
        Closest reading within the additive model's domain.
    rising : Found
        Closest reading, outside that domain, with Figure 5's rise and its start.
    ceilings : dict of str to list of float
        Largest gains by number of communication blocks, see `gain_ceilings`.
    shapes : dict
        What the claims about shapes need.
    """

    search: SearchResult
    preset: Reading
    closest_valid: Found
    rising: Found
    ceilings: dict[str, list[float]]
    shapes: dict[str, Any]

    @property
    def readings(self) -> dict[str, Reading]:
        """Readings under which the figures are drawn, by title."""
        return {
            "preset": self.preset,
            "closest to print, model valid": self.closest_valid.reading,
            "rise of Figure 5, as printed": self.rising.reading,
        }


def study(run: Runner) -> Study:
    """Search, ceilings and shapes.

    Parameters
    ----------
    run : Runner

    Returns
    -------
    Study
    """

    def branch(index: int) -> dict[str, Any]:
        name = f"Bai2024: open parameters {index + 1} of {len(BRANCHES)}"
        return run(name, search_branch, {"branch": index})

    search = open_parameters(branch)
    preset = preset_reading()
    valid = search.closest(validity="enforce", sinr="exact")
    rising = min(
        search.rising_by_branch.values(),
        key=lambda f: (abs(f.outcome.deviations["start_blocks"]), f.outcome.distance),
    )
    return Study(
        search=search,
        preset=preset,
        closest_valid=valid,
        rising=rising,
        ceilings=run("Bai2024: ceilings of the gains", ceilings),
        shapes=run("Bai2024: shapes of the curves", shapes, {"preset": preset, "valid": valid}),
    )


def ceilings() -> dict[str, list[float]]:
    """Largest gains for every number of communication blocks, within the model's domain."""
    found = {rival: gain_ceilings(rival, SINRS).tolist() for rival in RIVALS}
    found["rba_sequential"] = gain_ceilings("rba", SINRS, rba_rule="sequential").tolist()
    return found


def shapes(preset: Reading, valid: Found) -> dict[str, Any]:
    """Numbers about the curves of Figures 3 to 5 and exact solutions of the readings drawn.

    Parameters
    ----------
    preset : Reading
    valid : Found

    Returns
    -------
    dict
    """
    preset_outcome = evaluate_reading(preset)
    blocks, table, _ = rates_by_updates(reading_problem(preset, 0.5))
    mismatched = reading_problem(preset, None, error_model="mismatched")
    seen_blocks, seen, _ = rates_by_updates(mismatched, points_per_block=32)
    best = int(np.argmax(np.max(seen, axis=1)))
    by_gamma = [solved_rate(optimal_frame, reading_problem(valid.reading, g)) for g in GAMMAS]
    by_updates = np.max(table, axis=0)
    return {
        "preset_outcome": None if preset_outcome is None else preset_outcome.to_dict(),
        "valid_exact": exact_gains(valid.reading),
        "rate_by_gamma": by_gamma,
        "best_updates": int(np.argmax(by_updates)) + 1,
        "rate_at_updates": {str(m): float(by_updates[m - 1]) for m in (1, 7, 20)},
        "best_start": float(blocks[np.argmax(np.max(table, axis=1))]),
        "start": float(blocks[0]),
        "mismatched_best_blocks": float(seen_blocks[best]),
        "mismatched_best_rate": float(np.max(seen)),
        "mismatched_first_rate": float(np.max(seen[0])),
        "mismatched_rmse_deg": float(
            np.degrees(np.sqrt(np.max(mismatched.crb(seen_blocks[best] * 70e-6))))
        ),
        "even_split_loss": even_split_loss(preset),
    }


def exact_gains(reading: Reading) -> dict[str, float]:
    """Gains by certified optima instead of a grid: a check of the search's own numbers.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    dict of str to float
    """
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
    """The three printed figures and three beyond them.

    Parameters
    ----------
    run : Runner
    result : Study

    Returns
    -------
    list of FigureData
    """
    drawn = (
        run(f"Bai2024: {name}", draw, {"readings": result.readings})
        for name, draw in (("Figure 3", _three), ("Figure 4", _four), ("Figure 5", _five))
    )
    beyond = (
        run(f"Bai2024: {name}", draw, {"reading": result.preset})
        for name, draw in (("Figure 4 under Jakes", _jakes), ("map of frames", _map))
    )
    return [
        *(figure_from_dict(values) for values in (*drawn, *beyond)),
        trade_off_figure(result),
        ceilings_figure(result),
    ]


def _three(readings: dict[str, Reading]) -> dict[str, Any]:
    return figure_to_dict(figure_3(readings))


def _four(readings: dict[str, Reading]) -> dict[str, Any]:
    return figure_to_dict(figure_4(readings))


def _five(readings: dict[str, Reading]) -> dict[str, Any]:
    return figure_to_dict(figure_5(readings))


def _jakes(reading: Reading) -> dict[str, Any]:
    return figure_to_dict(figure_4_jakes(reading))


def _map(reading: Reading) -> dict[str, Any]:
    return figure_to_dict(frame_map(reading))


def trade_off_figure(result: Study) -> FigureData:
    """How close a reading can come at Gamma = 0.05 and at 0.5 together.

    Parameters
    ----------
    result : Study

    Returns
    -------
    FigureData
    """
    points = np.array([gamma_deviations(f) for f in result.search.front])
    branches = [(f, gamma_deviations(f)) for f in result.search.best_by_branch.values()]
    lines = [line("no reading is closer at both", points[:, 0], points[:, 1], style="steps")]
    for policy, label in (("enforce", "model valid"), ("as_printed", "outside its domain")):
        mine = np.array([d for f, d in branches if f.reading.validity == policy])
        lines.append(line(f"closest of a branch, {label}", mine[:, 0], mine[:, 1], style="points"))
    return FigureData(
        name="bai2024-open-parameters",
        title="How close any reading of Bai2024 comes to its printed numbers",
        caption=f"{result.search.n_evaluated} readings tried, {result.search.n_feasible} feasible. "
        "Largest deviation from print: percentage points of gain; an update or a block of start "
        "counts as a point.",
        panels=(
            Panel(
                title="trade-off between the claims",
                x_label="deviation at Gamma = 0.05 (SSU, FSU, RBA)",
                y_label="deviation at Gamma = 0.5 (SSU, M = 7, start)",
                lines=tuple(lines),
            ),
        ),
    )


def ceilings_figure(result: Study) -> FigureData:
    """Largest gain over each rival against the blocks left for communication.

    Parameters
    ----------
    result : Study

    Returns
    -------
    FigureData
    """
    N = np.arange(1, len(result.ceilings["ssu"]) + 1)
    printed = {"ssu": 11.3, "fsu": 9.1, "rba": 10.8}
    lines = []
    for i, rival in enumerate(RIVALS):
        lines.append(line(rival.upper(), N, 100.0 * np.array(result.ceilings[rival]), colour=i))
        lines.append(line("", N, np.full(N.size, printed[rival]), style="dotted", colour=i))
    sequential = 100.0 * np.array(result.ceilings["rba_sequential"])
    lines.append(line("RBA, drawn run by run", N, sequential, style="dashdot", colour=2))
    return FigureData(
        name="bai2024-ceilings",
        title="What the gains at Gamma = 0.05 can be at all",
        caption="Largest gain over each rival for any SINR that (22) allows and any part of a "
        "block lost to sensing; dotted: printed. +11.3 % over SSU needs ten blocks or more, "
        "+9.1 % over FSU three or fewer, +10.8 % over a uniform RBA is out of reach.",
        panels=(
            Panel(
                title="ceilings",
                x_label="blocks left for communication N_t",
                y_label="gain [%]",
                lines=tuple(lines),
            ),
        ),
    )
