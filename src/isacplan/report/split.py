"""A solved split with everything to show and redraw it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan.results import Answer, Record
from isacplan.scenario import (
    Question,
    SplitPlan,
    SplitScenario,
    distance_range,
    plan_split,
    snrs_at,
)
from isacplan.scenario.split_build import reference_share
from isacplan.split import (
    ParetoFront,
    SplitModel,
    SplitProblem,
    WinnerMap,
    capacity_bound,
    pareto_front,
    tangent,
    winner_map,
)

CLOSE = 0.03
"""What the perfect-square bound promises inside its domain."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitReport(Answer):
    """A scenario, its splits at the chosen point, and everything around them.

    Parameters
    ----------
    scenario : SplitScenario
    plan : SplitPlan
        The designs, which a simulation of the scenario takes too.
    fronts : dict of str to ParetoFront
        By split.
    capacity, capacity_bound : float
        With everything given to communication, in the whole band: exact, and the perfect square
        [bit/s].
    bound_pilots : float
        Real number of pilots of that bound.
    bound_valid : bool
        Whether the bound is inside its domain and within 3 % of the exact value.
    map_loss : float
        Capacity loss at which the map of winners is drawn.
    command : str
        What gives this report again.
    """

    scenario: SplitScenario
    plan: SplitPlan
    fronts: dict[str, ParetoFront]
    capacity: float
    capacity_bound: float
    bound_pilots: float
    bound_valid: bool
    map_loss: float
    command: str

    def record(self, *, curves: bool = False) -> Record:
        """What there is to say; see `Answer.record`."""
        from isacplan.report.split_record import split_record

        return split_record(self, curves=curves)

    @cached_property
    def winners(self) -> WinnerMap | None:
        """Winners over antennas and distance for the first user alone; constant power has none."""
        return _winners(self.scenario, self.problem, self.map_loss)

    @property
    def problem(self) -> SplitProblem:
        """The problem that the scenario states."""
        return self.plan.model.problem

    @property
    def model(self) -> SplitModel:
        """The problem with what does not depend on the choice worked out."""
        return self.plan.model


def split_report(scenario: SplitScenario, *, question: Question | None = None) -> SplitReport:
    """Solve a scenario at one point of its trade-off and collect what there is to say.

    Parameters
    ----------
    scenario : SplitScenario
    question : Question, optional
        The point; default what the scenario requires, or a capacity loss of 5 %.

    Returns
    -------
    SplitReport

    Raises
    ------
    InfeasibleError
        When not even the joint split reaches the point; says what is in reach.
    """
    plan = plan_split(scenario, question=question)
    exact, bound, bound_pilots, bound_valid = _whole_band(plan.model)
    return SplitReport(
        scenario=scenario,
        plan=plan,
        fronts={name: pareto_front(plan.model, split=name) for name in plan.solutions},
        capacity=exact,
        capacity_bound=bound,
        bound_pilots=bound_pilots,
        bound_valid=bound_valid,
        map_loss=plan.capacity_loss,
        command=_command(question),
    )


def _command(question: Question | None) -> str:
    asked = (
        []
        if question is None
        else [
            f"--{name} {value!r}"
            for name, value in (
                ("capacity-loss", question.capacity_loss),
                ("crb-loss", question.crb_loss),
                ("position-rmse-m", question.position_rmse),
            )
            if value is not None
        ]
    )
    return " ".join(["isacplan split SCENARIO", *asked])


def _whole_band(model: SplitModel) -> tuple[float, float, float, bool]:
    problem = model.problem
    Lam, q = tangent(
        n_antennas=problem.n_antennas,
        downlink_snr=problem.data_snr,
        uplink_snr=problem.uplink_snr,
        power_share=problem.shares,
    )
    bound, tau_P, valid = capacity_bound(
        bandwidth=problem.bandwidth,
        n_comm_symbols=problem.n_symbols,
        n_symbols=problem.n_symbols,
        ceiling=np.sum(Lam),
        pilot_cost=np.sum(q),
        n_users=problem.n_users,
    )
    exact = problem.bandwidth * float(model.bits_by_symbols[-1]) / problem.n_symbols
    # Unequal users share the pilots' symbols, which suits few of them: the domain is not enough.
    close = abs(float(bound) / exact - 1.0) <= CLOSE if exact > 0.0 else False
    return exact, float(bound), float(tau_P), bool(valid) and close


def _winners(scenario: SplitScenario, problem: SplitProblem, loss: float) -> WinnerMap | None:
    unmapped = problem.snr_bookkeeping == "constant_power" or problem.receiver == "learned_gain"
    if unmapped or not problem.stations.alone:
        return None
    centre = float(problem.distance[0])
    distance = centre * np.logspace(-1.0, 1.0, 61)
    if scenario.link is not None:
        distance = np.unique(
            np.clip(distance, *distance_range(scenario.link, problem.carrier_frequency))
        )
    snrs, N = snrs_at(scenario, distance), np.arange(2, 66)
    share = reference_share(scenario.split.localization_direction, N)
    return winner_map(
        n_antennas=N,
        downlink_snr=snrs.downlink,
        uplink_snr=snrs.uplink,
        localization_snr=share[:, None] * snrs.localization,
        distance=distance,
        capacity_loss=[loss],
        n_symbols=problem.n_symbols,
        n_elements=problem.n_elements,
        element_bandwidth=problem.element_bandwidth,
        subcarriers_per_element=problem.subcarriers_per_element,
        comb_spacings=problem.spacings,
        comb_energy=problem.comb_energy,
        range_window=scenario.split.range_window_m,
        moving_combs=problem.localization_block == "shared",
        angle=float(problem.angle[0]),
        height=problem.stations.height,
        spacing=problem.spacing,
        waveform_coefficient=problem.waveform_coefficient,
        angle_bound=problem.angle_bound,
        delay_bound=problem.delay_bound,
        snr_bookkeeping=problem.snr_bookkeeping,
    )
