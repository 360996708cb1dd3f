"""How close Bai2024's printed numbers can be had, as figures."""

import numpy as np

from isacplan.papers.bai2024.search import SearchResult, gamma_deviations
from isacplan.report.curves import FigureData, Panel, line

RIVALS = ("ssu", "fsu", "rba")
PRINTED_PERCENT = {"ssu": 11.3, "fsu": 9.1, "rba": 10.8}


def trade_off_figure(search: SearchResult) -> FigureData:
    """How close a reading can come at Gamma = 0.05 and at 0.5 together.

    Parameters
    ----------
    search : SearchResult

    Returns
    -------
    FigureData
    """
    points = np.array([gamma_deviations(f) for f in search.front])
    branches = [(f, gamma_deviations(f)) for f in search.best_by_branch.values()]
    lines = [line("no reading is closer at both", points[:, 0], points[:, 1], style="steps")]
    for policy, label in (("enforce", "model valid"), ("as_printed", "outside its domain")):
        mine = np.array([d for f, d in branches if f.reading.validity == policy])
        lines.append(line(f"closest of a branch, {label}", mine[:, 0], mine[:, 1], style="points"))
    return FigureData(
        name="bai2024-open-parameters",
        title="How close any reading of Bai2024 comes to its printed numbers",
        caption=f"{search.n_evaluated} readings tried, {search.n_feasible} feasible. "
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


def ceilings_figure(ceilings: dict[str, list[float]]) -> FigureData:
    """Largest gain over each rival against the blocks left for communication.

    Parameters
    ----------
    ceilings : dict of str to list of float
        By rival, see `isacplan.papers.bai2024.common_sinr.gain_ceilings`.

    Returns
    -------
    FigureData
    """
    N = np.arange(1, len(ceilings["ssu"]) + 1)
    lines = []
    for i, rival in enumerate(RIVALS):
        lines.append(line(rival.upper(), N, 100.0 * np.array(ceilings[rival]), colour=i))
        lines.append(line("", N, np.full(N.size, PRINTED_PERCENT[rival]), style="dotted", colour=i))
    sequential = 100.0 * np.array(ceilings["rba_sequential"])
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
