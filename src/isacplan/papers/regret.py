"""What it costs to design a frame for the wrong thing."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from isacplan.channel import geometric_aging, jakes_aging
from isacplan.comm.scheme import Scheme
from isacplan.errors import InfeasibleError
from isacplan.frame import FrameProblem, evaluate_frame, optimal_frame
from isacplan.report.compared import compared_schemes, fitting
from isacplan.report.curves import FigureData, Panel, line
from isacplan.scenario import (
    FrameScenario,
    Scene,
    frame_scene,
    load_scenario,
    overridden,
)
from isacplan.scenario.build import closed_problem
from isacplan.scenario.sampling import sampled_problems

TRUTHS = ("street", "munich")
UNIFORM_OF_STD = float(np.sqrt(3.0))
"""Half width of the uniform density over its standard deviation."""


@dataclass(frozen=True, kw_only=True)
class Regret:
    """One wrong belief and its price.

    Parameters
    ----------
    truth : str
        Preset that is true.
    belief : str
        What the design assumed instead.
    regret : float or None
        Part of the best rate that is lost; None where the believed problem has no design.
    sensing_blocks, n_updates : float or None, int
        What was designed; None and 0 without a design.
    """

    truth: str
    belief: str
    regret: float | None
    sensing_blocks: float | None
    n_updates: int


def regrets(truth: str) -> list[Regret]:
    """Price of every wrong belief about one preset.

    Parameters
    ----------
    truth : str
        A frame preset with the mismatched model and Jakes aging.

    Returns
    -------
    list of Regret
        The first is the right belief, with no regret. Beliefs about channels and aging are priced
        under the paper's beams and receivers, those about beams and receivers under the preset's.
    """
    scenario = load_scenario(truth)
    if not isinstance(scenario, FrameScenario):
        raise ValueError(f"{truth}: must be a frame scenario")
    scene = frame_scene(scenario)
    problem = closed_problem(scene)
    beliefs = {"the truth": problem, **_aging_beliefs(scene, problem)}
    for name, change in _channel_beliefs(scenario).items():
        changed = overridden(scenario, change)
        if isinstance(changed, FrameScenario):
            beliefs[name] = closed_problem(frame_scene(changed))
    return [*_rows(truth, problem, beliefs), *_scheme_rows(truth, scene, problem)]


def _scheme_rows(truth: str, scene: Scene, problem: FrameProblem) -> list[Regret]:
    """Price of designing for another precoder or receiver than the preset's, on the same draws."""
    own = scene.scenario.transmission.scheme
    schemes = {
        **{f"precoder {n}": s for n, s in compared_schemes(own, "precoder").items()},
        **{f"receiver {n}": s for n, s in compared_schemes(own, "receiver").items()},
        "the paper's beams and receivers": Scheme(),
    }
    fits = fitting(scene, schemes.values())
    wrong = {name: scheme for name, scheme in schemes.items() if scheme != own and scheme in fits}
    if not wrong or scene.paths is not None:
        return []
    true, *believed = sampled_problems(scene, problem, [own, *wrong.values()])
    return _rows(truth, true, dict(zip(wrong, believed, strict=True)))


def _rows(truth: str, problem: FrameProblem, beliefs: dict[str, FrameProblem]) -> list[Regret]:
    """Designs for every belief, used in the true problem."""
    best = optimal_frame(problem)
    rows: list[Regret] = []
    for name, believed in beliefs.items():
        try:
            design = optimal_frame(believed)
        except InfeasibleError:
            rows.append(
                Regret(truth=truth, belief=name, regret=None, sensing_blocks=None, n_updates=0)
            )
            continue
        reached = evaluate_frame(problem, design.sensing_duration, design.blocks_per_update)
        rows.append(
            Regret(
                truth=truth,
                belief=name,
                regret=max(1.0 - reached.rate / best.rate, 0.0),
                sensing_blocks=design.sensing_duration / problem.block_duration,
                n_updates=design.n_updates,
            )
        )
    return rows


def _aging_beliefs(scene: Scene, problem: FrameProblem) -> dict[str, FrameProblem]:
    """Wrong speeds, and geometric decay that agrees with Jakes one block after an update."""
    n, lag = problem.n_blocks, scene.first_lag

    def at(factor: float) -> FrameProblem:
        aging = jakes_aging(factor * scene.doppler, problem.block_duration, n, first_lag=lag)
        return problem.with_aging(aging)

    rho = np.abs(jakes_aging(scene.doppler, problem.block_duration, 1, first_lag=1)[..., 0])
    geometric = geometric_aging(np.maximum(rho, 1e-6), n, first_lag=lag)
    return {
        "geometric aging": problem.with_aging(geometric),
        "half the speed": at(0.5),
        "twice the speed": at(2.0),
    }


def _channel_beliefs(scenario: FrameScenario) -> dict[str, dict[str, Any]]:
    std = float(scenario.channel.std_deg or np.nan)
    density = scenario.channel.angular_density

    def channel(**values: Any) -> dict[str, Any]:
        return {"channel": values}

    beliefs = {
        "half the spread": channel(angular_density=density, std_deg=0.5 * std),
        "twice the spread": channel(angular_density=density, std_deg=2.0 * std),
        "gaussian density": channel(angular_density="gaussian", std_deg=std),
        "uniform density": channel(
            angular_density="uniform", half_width_deg=min(UNIFORM_OF_STD * std, 180.0)
        ),
    }
    if scenario.users_paths is None:
        beliefs["additive model"] = {
            "sensing": {
                "error_model": "additive",
                "angle_rmse_limit_deg": scenario.sensing.angle_rmse_limit_deg,
            }
        }
    return beliefs


def regret_figure(rows: list[Regret]) -> FigureData:
    """Regrets by belief, one set of markers per truth.

    Parameters
    ----------
    rows : list of Regret

    Returns
    -------
    FigureData
    """
    names = list(dict.fromkeys(row.belief for row in rows))
    lines = []
    for i, truth in enumerate(dict.fromkeys(row.truth for row in rows)):
        mine = [row for row in rows if row.truth == truth and row.regret is not None]
        lines.append(
            line(
                truth,
                [names.index(row.belief) for row in mine],
                [100.0 * float(row.regret or 0.0) for row in mine],
                style="points",
                colour=i + 1,
            )
        )
    panel = Panel(
        title="rate lost by a design for the wrong thing",
        x_label="what the design assumed",
        y_label="regret [%]",
        lines=tuple(lines),
        x_names=tuple(names),
    )
    return FigureData(
        name="regret",
        title="Sensitivity: what a wrong belief costs",
        caption="Each frame is optimal for the belief and is then used in the true scenario "
        "(mismatched model, Jakes). Regret is the part of the best rate that is lost. Traced "
        "channels have no additive model, hence no marker. Wrong beams or receivers are priced "
        "under the preset's own, the rest under the paper's.",
        panels=(panel,),
    )
