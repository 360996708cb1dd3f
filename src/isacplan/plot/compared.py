"""The best frames of every precoder or receiver: time lines, and rates against sensing time."""

from typing import TYPE_CHECKING

import numpy as np

from isacplan.frame.problem import FrameProblem
from isacplan.frame.solution import FrameSolution
from isacplan.report.compared import Comparison, best_rate_by_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SENSING, UPDATE, DATA = "0.15", "0.5", "0.88"
STYLES = ("-", "--", "-.", ":")


def update_starts(problem: FrameProblem, solution: FrameSolution) -> np.ndarray:
    """When the updates of a frame begin, shape (M,) [s]."""
    n_sensing = problem.n_sensing_blocks(solution.sensing_duration)
    blocks = n_sensing + np.cumsum([0, *solution.blocks_per_update[:-1]])
    starts = blocks * problem.block_duration
    # Whatever sensing takes of the first block comes before that block's update.
    starts[0] = max(starts[0], solution.sensing_duration)
    return starts


def draw_time_lines(ax: "Axes", compared: Comparison) -> None:
    """One time line a scheme, the one that carries most on top."""
    order = sorted(compared.plans, key=lambda name: compared.plans[name].solution.rate)
    for row, name in enumerate(order):
        p, s = compared.plans[name].problem, compared.plans[name].solution
        low, ms = row + 0.1, 1e3
        ax.broken_barh([(0.0, p.n_blocks * p.block_duration * ms)], (low, 0.8), facecolor=DATA)
        ax.broken_barh([(0.0, s.sensing_duration * ms)], (low, 0.8), facecolor=SENSING)
        bars = [(start * ms, p.update_duration * ms) for start in update_starts(p, s)]
        ax.broken_barh(bars, (low, 0.8), facecolor=UPDATE)
        ax.set_xlim(0.0, p.n_blocks * p.block_duration * ms)
    ax.set(xlabel="time [ms]", ylim=(0.0, len(order)))
    ax.set_yticks(np.arange(len(order)) + 0.5, order)
    title = f"Best frame of every {compared.axis} ({compared.fixed})"
    ax.set_title(title, loc="left", fontsize="medium")


def draw_rates(ax: "Axes", compared: Comparison, frame_duration: float) -> None:
    """Best rate against sensing time for every scheme, with the optimum and its interval."""
    for i, (name, plan) in enumerate(compared.plans.items()):
        p, s = plan.problem, plan.solution
        T, rate = best_rate_by_duration(p)
        shade = f"{0.6 * i / max(len(compared.plans) - 1, 1):.2f}"
        style = STYLES[i % len(STYLES)]
        ax.plot(T / p.block_duration, rate / frame_duration, style, color=shade, label=name)
        ax.errorbar(
            s.sensing_duration / p.block_duration,
            s.rate / frame_duration,
            yerr=plan.rate.interval.half_width / frame_duration,
            marker="o",
            markersize=6,
            capsize=3,
            color=shade,
            markerfacecolor="white",
        )
    ax.set(xlabel="sensing time [blocks]", ylabel="rate [bit/s/Hz]")
    ax.set_ylim(bottom=0.0)
    ax.set_title("Best rate, 95 % interval at the optimum", loc="left", fontsize="medium")
    ax.legend(fontsize="small")
    ax.grid(color="0.92")
