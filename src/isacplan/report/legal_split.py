"""A legal split and its plain data, beside the splits that no standard binds."""

from dataclasses import asdict, dataclass

import numpy as np

from isacplan import __version__
from isacplan.nr.legal_split import LegalSplit, SplitGoal, legal_split
from isacplan.nr.services import Check, check_split, services
from isacplan.nr.split_elements import split_elements
from isacplan.nr.split_problem import legal_problem
from isacplan.nr.tables import carrier, numerology_of
from isacplan.report.legal import nr_options
from isacplan.report.legal_simulated import LegalSimulation
from isacplan.report.services import check_values
from isacplan.results import Answer, Record
from isacplan.scenario import Question, SplitPlan, SplitScenario, plan_split, scenario_to_dict
from isacplan.scenario.split_build import split_problem
from isacplan.scenario.split_requirement import wanted
from isacplan.units import linear_to_db


@dataclass(frozen=True, kw_only=True, eq=False)
class LegalSplitReport(Answer):
    """A scenario, its best legal split, and the best of the splits that may be anything.

    Parameters
    ----------
    scenario : SplitScenario
    split : LegalSplit
    plan : SplitPlan
        What `isacplan split` plans at the same point.
    channel : float
        Bandwidth of the carrier's channel [Hz].
    options : str
        Of the command that gives this report again.
    service : str or None
        Sensing service whose requirements are checked.
    simulation : LegalSimulation, optional
        Of the split.
    """

    scenario: SplitScenario
    split: LegalSplit
    plan: SplitPlan
    channel: float
    options: str
    service: str | None = None
    simulation: LegalSimulation | None = None

    @property
    def checks(self) -> list[Check]:
        """What the split keeps of the service's requirements; none where none is asked for."""
        return [] if self.service is None else check_split(self.split, self.service)

    @property
    def command(self) -> str:
        """What gives this report again."""
        return f"isacplan nr SCENARIO --bandwidth-mhz {self.channel / 1e6!r} {self.options}"

    def record(self, *, curves: bool = False) -> Record:
        """What there is to say; see `Answer.record`."""
        del curves
        return _record(self)

    @property
    def priced(self) -> str:
        """What legality costs: "capacity", or "accuracy" where a capacity loss is allowed."""
        return "capacity" if self.plan.goal == "capacity" else "accuracy"

    @property
    def price(self) -> float:
        """Part of the best split's capacity, or of its one over rms error, that is lost.

        Negative where the legal split is better, which a comb over part of the band may be.
        """
        return self.price_of(self._value)

    @property
    def _value(self) -> float:
        return self.split.capacity if self.priced == "capacity" else self.split.crb

    def price_of(self, value: float) -> float:
        """The same of a capacity [bit/s] or a position bound [m^2]."""
        best = self.plan.chosen
        if self.priced == "capacity":
            return 1.0 - value / best.capacity
        return 1.0 - float(np.sqrt(best.crb / value))


def legal_split_report(
    scenario: SplitScenario,
    *,
    bandwidth: float | None = None,
    guard_symbols: int = 1,
    release: int = 15,
    update_period: int | None = None,
    service: str | None = None,
) -> LegalSplitReport:
    """Find the best legal configuration of a split scenario.

    Parameters
    ----------
    scenario : SplitScenario
    bandwidth : float, optional
        Of the channel, or of all its resource blocks [Hz]; default the scenario's.
    guard_symbols : int, optional
        Between downlink and uplink.
    release : {15, 17}, optional
        Whose numbers of symbols an update may have.
    update_period : int, optional
        Slots between channel updates; default any.
    service : str, optional
        Sensing service category whose requirements are checked; default the scenario's own.

    Returns
    -------
    LegalSplitReport

    Raises
    ------
    ValueError
        When the scenario's numbers have no counterpart in NR; names the nearest.
    InfeasibleError
        When nothing legal meets the requirements.
    """
    problem = split_problem(scenario)
    mu = numerology_of(problem.subcarrier)
    channel, n_blocks = carrier(scenario.split.bandwidth_hz if bandwidth is None else bandwidth, mu)
    legal_problem(problem, numerology=mu, n_blocks=n_blocks)  # refuses before anything is solved
    plan = plan_split(scenario)
    return LegalSplitReport(
        scenario=scenario,
        split=legal_split(
            problem,
            split_goal(scenario, plan),
            numerology=mu,
            n_blocks=n_blocks,
            guard_symbols=guard_symbols,
            release=release,
            update_period=update_period,
        ),
        plan=plan,
        channel=channel,
        service=service or _own_service(scenario),
        options=nr_options(guard_symbols, release, update_period),
    )


def _own_service(scenario: SplitScenario) -> str | None:
    stated = None if scenario.requirement is None else scenario.requirement.category
    return stated if stated in services() else None


def split_goal(scenario: SplitScenario, plan: SplitPlan) -> SplitGoal:
    """The point that a scenario asks for, as `plan_split` reads it."""
    asked = wanted(scenario, plan.model, Question())
    return SplitGoal(
        position_variance_limit=asked.bound,
        requirement=asked.position,
        capacity_loss=plan.asked_loss,
    )


def _record(report: LegalSplitReport) -> Record:
    """The same as plain values, the configuration under its names in TS 38.331 and 37.355."""
    f, plan, best = report.split, report.plan, report.plan.chosen
    labels = [f"user {k}" for k in range(f.problem.n_users)]
    required = plan.requirement
    within = None
    if required is not None and np.isfinite(required.radius):
        within = f.law.probability_within(required.radius)
    values = {
        "kind": "nr",
        "name": report.scenario.name,
        "version": __version__,
        "command": report.command,
        "asked": plan.asked,
        "configuration": split_elements(f, labels),
        "settings": asdict(f.settings),
        "bandwidth_hz": report.channel,
        "n_resource_blocks": f.problem.n_elements,
        "n_slots": f.n_slots,
        "slots": list(f.settings.slots(f.n_slots)),
        "capacity_bps": f.capacity,
        "user_capacity_bps": f.user_capacities,
        "full_capacity_bps": f.full_capacity,
        "crb_m2": f.crb,
        "user_crb_m2": f.user_crb,
        "position_rmse_m": float(np.sqrt(f.crb)),
        "probability_within": within,
        "outlier_probability": f.law.outlier_probability,
        "unambiguous_range_m": f.unambiguous_range,
        "unambiguous_range_of_a_symbol_m": f.range_of_a_symbol,
        "tone_boost_db": float(linear_to_db(f.boost)),
        "elements_taken": f.n_taken,
        "n_legal_settings": f.n_tried,
        "bound": report.split.capacity if report.priced == "capacity" else f.crb,
        "unconstrained": {
            "split": plan.winner,
            "capacity_bps": best.capacity,
            "crb_m2": best.crb,
            "exact": True,
        },
        "price": report.price,
        "price_of": report.priced,
        "best_by_update_period": f.by_period,
        "service": report.service,
        "service_checks": check_values(report.checks),
        **({} if report.simulation is None else {"simulation": report.simulation.values}),
        "scenario": scenario_to_dict(report.scenario),
    }
    return Record(values=values)
