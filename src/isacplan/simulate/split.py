"""Split scenarios as simulations: localization and data under the designs that are planned."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.errors import InfeasibleError
from isacplan.scenario import (
    Question,
    SplitPlan,
    SplitScenario,
    plan_split,
    scenario_to_dict,
)
from isacplan.simulate.backend import Backend
from isacplan.simulate.downlink import Downlink
from isacplan.simulate.localization import (
    ReferenceSignal,
    Tones,
    TooManyTonesError,
    band_tones,
    comb_tones,
)
from isacplan.simulate.nonlinear_fix import LinkGeometry
from isacplan.simulate.position_errors import UserSignals
from isacplan.simulate.quantity import Quantity, Simulation
from isacplan.simulate.split_experiment import SplitExperiment, SplitState
from isacplan.simulate.streams import scenario_key
from isacplan.split import SPLITS, SplitModel, SplitSolution
from isacplan.split.fix import Fix
from isacplan.split.model import user_capacities
from isacplan.split.waveforms import solution_waveform
from isacplan.units import SPEED_OF_LIGHT

ERRORS = ("angle_mse", "delay_mse", "position_mse")
UNITS = ("rad^2", "s^2", "m^2")
CAPACITIES = (
    ("capacity_mean_gain", "mean_gain", "equal"),
    ("capacity_learned_gain", "learned_gain", "equal"),
    ("capacity_known_gain", "mean_gain", "contrast"),
)
"""Quantity, receiver of its formula, and their relation."""

WITHIN = "probability_within_accuracy"


@few_threads()
def split_simulation(
    scenario: SplitScenario,
    *,
    seed: int = 0,
    backend: Backend | None = None,
    question: Question | None = None,
    splits: Sequence[str] = SPLITS,
) -> Simulation:
    """The simulation that checks a split scenario.

    It takes the designs that `isacplan.scenario.plan_split` finds, those which are printed.

    Parameters
    ----------
    scenario : SplitScenario
    seed : int, optional
    backend : Backend, optional
        Default NumPy in single precision.
    question : Question, optional
        The point of the trade-off; default the scenario's, or a capacity loss of 5 %.
    splits : sequence of str, optional
        Which splits; those that cannot reach the point are left out, and a comb of more tones than
        are drawn, which the settings say.

    Returns
    -------
    Simulation

    Raises
    ------
    InfeasibleError
        When no split reaches the point.
    ValueError
        When the only one that does is a comb of more tones than are drawn.
    """
    plan = plan_split(scenario, question=question)
    designs = {name: s for name, s in plan.designs.items() if name in splits}
    if not designs:
        raise InfeasibleError(
            f"the {', '.join(splits)} split cannot reach a {plan.asked}; {plan.winner} can",
            constraint="splits",
        )
    states: list[SplitState] = []
    quantities: list[Quantity] = []
    used = backend or Backend()
    settings: dict[str, object] = {"asked": plan.asked, "winner": plan.winner, **used.settings}
    for name, solution in designs.items():
        try:
            state = _state(plan, solution)
        except TooManyTonesError as error:
            settings[f"{name}_split_left_out"] = str(error)
            continue
        states.append(state)
        quantities += _quantities(plan, solution, state)
        settings[f"{name}_split_elements"] = solution.n_elements
        settings[f"{name}_split_symbols"] = solution.n_symbols
        if solution.spacing > 1:
            settings[f"{name}_split_spacing"] = solution.spacing
            settings[f"{name}_split_offsets"] = solution.n_offsets
    if not states:
        raise ValueError(f"nothing to simulate: {settings['comb_split_left_out']}")
    values = scenario_to_dict(msgspec.structs.replace(scenario, name=""))
    key = scenario_key(msgspec.json.encode([values, settings]))
    return Simulation(
        experiment=SplitExperiment(states=states, seed=seed, key=key, backend=used),
        quantities=tuple(quantities),
        kind="split",
        depth="signals",
        seed=seed,
        settings=settings,
    )


def _state(plan: SplitPlan, solution: SplitSolution) -> SplitState:
    """What is sent under a solution; see `SplitProblem.snr_bookkeeping`."""
    p = plan.model.problem
    signals = tuple(_user_signals(plan, solution, k) for k in _localized(solution))
    downlinks = tuple(
        Downlink(
            n_antennas=p.n_antennas,
            pilot_energy=part.pilot_energy * p.uplink_snr,
            snr=part.boost * p.data_snr,
            share=p.shares,
        )
        for part in solution.data
    )
    return SplitState(
        name=solution.split,
        signals=signals,
        downlinks=downlinks,
        bandwidths=tuple(part.bandwidth for part in solution.data),
    )


def _user_signals(plan: SplitPlan, solution: SplitSolution, k: int) -> UserSignals:
    model, wanted = plan.model, plan.requirement
    p, fix = model.problem, model.fix
    waveform, symbols = solution_waveform(p, solution), solution.user_symbols[None].astype(float)
    variances = fix.variances(waveform, symbols)
    window = min(fix.range_window / SPEED_OF_LIGHT, float(waveform.repeat[0]))
    links = tuple(
        ReferenceSignal(
            n_antennas=p.n_antennas,
            spacing=p.spacing,
            angle=float(np.arcsin(fix.sine[k, i])),
            distance=float(fix.slant_range[k, i]),
            snr=float(waveform.energy[0] * fix.snr[k, i] * symbols[0, k]),
            tones=_tones(model, solution, int(solution.user_symbols[k]), window),
            known_phase=p.angle_bound == "known_phase",
            window=window,
        )
        for i in range(len(fix.links))
    )
    return UserSignals(
        links=links,
        gain=fix.gain(variances)[0, k],
        bias=fix.range_bias,
        geometry=None if _polar(model) else link_geometry(fix, variances[0, k], k),
        radius=np.inf if wanted is None else wanted.radius,
    )


def _polar(model: SplitModel) -> bool:
    """Whether one angle and one delay in the plane are the place."""
    stations = model.problem.stations
    return stations.alone and not stations.height and not model.fix.range_bias


def link_geometry(fix: Fix, variances: Float, k: int) -> LinkGeometry:
    """Of user k's links, with variances of shape (L, 2)."""
    cosine = np.sqrt(1.0 - fix.sine[k] ** 2)
    return LinkGeometry(
        place=fix.place[k],
        stations=np.array([link.place for link in fix.links]),
        facing=np.array([link.facing or 0.0 for link in fix.links]),
        height=np.array([link.height for link in fix.links]),
        clock=np.array([float(link.clock) for link in fix.links]),
        clock_known=fix.clock_known,
        sine_weight=1.0 / (variances[:, 0] * cosine**2),
        range_weight=1.0 / (SPEED_OF_LIGHT**2 * variances[:, 1]),
    )


def _tones(model: SplitModel, solution: SplitSolution, n_symbols: int, window: float) -> Tones:
    p = model.problem
    if solution.spacing == 1:
        n = solution.n_elements * p.subcarriers_per_element
        return band_tones(solution.localization_bandwidth, n, window=window)
    return comb_tones(
        p.subcarrier,
        p.n_subcarriers,
        spacing=solution.spacing,
        n_offsets=solution.n_offsets,
        n_symbols=n_symbols,
    )


def _localized(solution: SplitSolution) -> list[int]:
    """Users that measure at least one symbol; of a divided block some may be left out."""
    return [k for k, held in enumerate(solution.user_symbols) if held > 0]


def _quantities(plan: SplitPlan, solution: SplitSolution, state: SplitState) -> list[Quantity]:
    """In the order of `SplitExperiment.estimate`."""
    model = plan.model
    fix, users = model.fix, _localized(solution)
    waveform = solution_waveform(model.problem, solution)
    own = fix.variances(waveform, solution.user_symbols[None].astype(float))[0, :, 0]
    law = plan.law(solution.split)
    rows: list[Quantity] = []
    for k, signal in zip(users, state.signals, strict=True):
        bounds = (*own[k], solution.user_crb[k] + np.sum(law.bias[k] ** 2))
        expected = {"position_mse": float(law.mean_square[k])}
        for error, unit, bound, exact in zip(ERRORS, UNITS, bounds, signal.bounds, strict=True):
            formulas = {"scenario": float(bound), "exact": float(exact)}
            if error in expected:
                formulas["with_outliers"] = expected[error]
            rows.append(split_quantity(f"{state.name}_split", error, unit, k, formulas, "bound"))
    if state.counts and plan.requirement is not None:
        within = law.probability_within(plan.requirement.radius)
        rows += [
            split_quantity(
                f"{state.name}_split",
                WITHIN,
                "1",
                k,
                {"scenario": float(within[k])},
                "equal",
                share=True,
            )
            for k in users
        ]
    for name, receiver, relation in CAPACITIES if state.downlinks else ():
        capacities = user_capacities(model.problem, solution.data, receiver=receiver)
        for k, rate in enumerate(capacities):
            rows.append(
                split_quantity(
                    f"{state.name}_split", name, "bit/s", k, {"scenario": float(rate)}, relation
                )
            )
    return rows


def split_quantity(
    split: str,
    name: str,
    unit: str,
    k: int,
    formulas: Mapping[str, float | None],
    relation: str,
    *,
    share: bool = False,
) -> Quantity:
    """A quantity of user k of a split.

    Parameters
    ----------
    split : str
        Of which design, as its name begins: ``"time_split"``.
    name, unit : str
    k : int
    formulas : mapping of str to float or None
    relation : str
        Of `Quantity`.
    share : bool, optional
        Whether it is a share of trials.

    Returns
    -------
    Quantity
    """
    return Quantity(
        name=f"{split}.{name}",
        unit=unit,
        split=split.removesuffix("_split") if split.endswith("_split") else "",
        user=str(k),
        formulas=dict(formulas),
        relation=relation,
        share=share,
    )
