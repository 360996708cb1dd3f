"""Split scenarios as simulations: localization and data under the designs that are planned."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from isacplan._threads import few_threads
from isacplan._typing import Bool, Float
from isacplan.errors import InfeasibleError
from isacplan.scenario import Question, SplitScenario, plan_split, scenario_to_dict
from isacplan.sensing import delay_crb, linear_array_angle_crb
from isacplan.sensing.ofdm_estimators import OVERSAMPLING
from isacplan.simulate.backend import Backend
from isacplan.simulate.downlink import Downlink
from isacplan.simulate.intervals import with_controls
from isacplan.simulate.localization import ReferenceSignal, Tones, band_tones, comb_tones
from isacplan.simulate.quantity import Quantity, Simulation
from isacplan.simulate.streams import scenario_key, stream
from isacplan.split import SPLITS, SplitModel, SplitSolution

TRIALS_PER_BLOCK = 32
ERRORS = ("angle_mse", "delay_mse", "position_mse")
UNITS = ("rad^2", "s^2", "m^2")


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitState:
    """One way of splitting, as what is sent.

    Parameters
    ----------
    name : str
    signals : tuple of ReferenceSignal
        One for each user that is localized.
    downlinks : tuple of Downlink
        One for each part of the elements that carries data.
    bandwidths : tuple of float
        Of each part, times its share of the symbols [Hz].
    """

    name: str
    signals: tuple[ReferenceSignal, ...]
    downlinks: tuple[Downlink, ...]
    bandwidths: tuple[float, ...]

    @property
    def n_statistics(self) -> int:
        """Squared errors and their expansions, then three statistics of every user and part."""
        return 6 * len(self.signals) + sum(3 * len(d.snr) for d in self.downlinks)


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitExperiment:
    """Draws reference signals and downlink channels of every state and user.

    The first-order expansions of the estimation errors, whose mean squares are the exact bounds,
    serve as control variates.

    Parameters
    ----------
    states : sequence of SplitState
    seed : int
    key : str
        Digest of the scenario.
    backend : Backend, optional
    """

    states: Sequence[SplitState]
    seed: int
    key: str
    backend: Backend = field(default_factory=Backend)

    @property
    def trials_per_block(self) -> int:
        """Trials of every state and user in a block."""
        return TRIALS_PER_BLOCK * self.backend.block_scale

    @property
    def n_statistics(self) -> int:
        """Statistics of a block."""
        return sum(state.n_statistics for state in self.states)

    @property
    def memory(self) -> int:
        """Received signals of one user, likelihoods that are searched at once, channels [byte]."""
        signals = [signal for state in self.states for signal in state.signals]
        n = self.trials_per_block
        received = 7 * 16 * n * max(s.n_antennas * s.n_tones for s in signals)
        searched = (
            5
            * 16
            * max(
                s.trials_together(self.backend) * OVERSAMPLING**2 * 2 * s.n_antennas * s.n_tones
                for s in signals
            )
        )
        links = [d for state in self.states for d in state.downlinks]
        users = max((len(d.snr) for d in links), default=0)
        channels = 16 * n * users * (6 * signals[0].n_antennas + 6 * users)
        return received + searched + channels + self.backend.library_memory

    def block(self, index: int) -> Float:
        """For every state: errors (3 S), their expansions (3 S), downlink statistics (3 K a part).

        S users are localized.
        """
        parts: list[Float] = []
        for state in self.states:
            seeds = stream(self.seed, self.key, f"{state.name}: localization", index)
            errors = [
                [
                    np.mean(x, axis=1)
                    for x in signal.squared_errors(s, self.trials_per_block, self.backend)
                ]
                for signal, s in zip(state.signals, seeds.spawn(len(state.signals)), strict=True)
            ]
            parts += [np.concatenate([e[i] for e in errors]) for i in range(2)]
            seeds = stream(self.seed, self.key, f"{state.name}: data", index)
            parts += [
                link.statistics(s, self.trials_per_block, self.backend)
                for link, s in zip(state.downlinks, seeds.spawn(len(state.downlinks)), strict=True)
            ]
        return np.concatenate(parts)

    def adjusted(self, groups: Float) -> Float:
        """Group means after the control variates."""
        start = 0
        for state in self.states:
            n = 3 * len(state.signals)
            groups = with_controls(
                groups,
                statistic=start + np.arange(n),
                control=start + n + np.arange(n),
                expectation=np.concatenate([signal.bounds for signal in state.signals]),
            )
            start += state.n_statistics
        return groups

    def estimate(self, means: Float) -> Float:
        """For every state: errors of every user, then capacities with mean and known gain."""
        parts: list[Float] = []
        start = 0
        for state in self.states:
            n = 3 * len(state.signals)
            parts.append(means[..., start : start + n])
            parts += _capacities(state, means[..., start + 2 * n : start + state.n_statistics])
            start += state.n_statistics
        return np.concatenate(parts, axis=-1)

    @property
    def decisive(self) -> Bool:
        """All quantities."""
        means = np.ones(self.n_statistics)
        return np.ones(self.estimate(means).shape[-1], dtype=bool)


def _capacities(state: SplitState, statistics: Float) -> list[Float]:
    """With mean and with known gain, each of shape (..., K); nothing where no data is sent."""
    mean_gain: list[Float] = []
    known_gain: list[Float] = []
    for i, (link, bandwidth) in enumerate(zip(state.downlinks, state.bandwidths, strict=True)):
        K = len(link.snr)
        gain, power, known = (
            statistics[..., (3 * i + j) * K : (3 * i + j + 1) * K] for j in range(3)
        )
        mean_gain.append(bandwidth * link.efficiency(gain, power))
        known_gain.append(bandwidth * known)
    return [np.sum(rates, axis=0) for rates in (mean_gain, known_gain) if rates]


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
        Which splits; those that cannot reach the point are left out.

    Returns
    -------
    Simulation

    Raises
    ------
    InfeasibleError
        When no split reaches the point.
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
        state = _state(plan.model, solution)
        states.append(state)
        quantities += _quantities(plan.model, solution, state)
        settings[f"{name}_split_elements"] = solution.n_elements
        settings[f"{name}_split_symbols"] = solution.n_symbols
        if solution.spacing > 1:
            settings[f"{name}_split_spacing"] = solution.spacing
            settings[f"{name}_split_offsets"] = solution.n_offsets
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


def _state(model: SplitModel, solution: SplitSolution) -> SplitState:
    """What is sent under a solution; see `SplitProblem.snr_bookkeeping`."""
    p, combed = model.problem, solution.spacing > 1
    energy = p.comb_energy if combed else 1.0
    if p.snr_bookkeeping == "constant_density":
        energy = energy * solution.n_elements / p.n_elements / solution.spacing
    signals = tuple(
        ReferenceSignal(
            n_antennas=p.n_antennas,
            spacing=p.spacing,
            angle=float(p.angle[k]),
            distance=float(p.distance[k]),
            snr=float(energy * p.localization_snr[k] * solution.user_symbols[k]),
            tones=_tones(model, solution, int(solution.user_symbols[k])),
            known_phase=p.angle_bound == "known_phase",
        )
        for k in _localized(solution)
    )
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


def _tones(model: SplitModel, solution: SplitSolution, n_symbols: int) -> Tones:
    p = model.problem
    if solution.spacing == 1:
        n = solution.n_elements * p.subcarriers_per_element
        return band_tones(solution.localization_bandwidth, n)
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


def _quantities(model: SplitModel, solution: SplitSolution, state: SplitState) -> list[Quantity]:
    """In the order of `SplitExperiment.estimate`."""
    p = model.problem
    rows: list[Quantity] = []
    for k, signal in zip(_localized(solution), state.signals, strict=True):
        common = {"n_antennas": p.n_antennas, "snr": signal.snr, "n_symbols": 1.0}
        own = (
            linear_array_angle_crb(signal.angle, spacing=p.spacing, phase=p.angle_bound, **common),
            delay_crb(mean_square_bandwidth=solution.mean_square_bandwidth, **common),
            solution.user_crb[k],
        )
        rows += [
            _row(state, error, unit, k, {"scenario": float(bound), "exact": float(exact)}, "bound")
            for error, unit, bound, exact in zip(ERRORS, UNITS, own, signal.bounds, strict=True)
        ]
    relations = {"capacity_mean_gain": "equal", "capacity_known_gain": "contrast"}
    for name, relation in relations.items() if state.downlinks else ():
        for k, rate in enumerate(solution.user_capacities):
            rows.append(_row(state, name, "bit/s", k, {"scenario": float(rate)}, relation))
    return rows


def _row(
    state: SplitState,
    name: str,
    unit: str,
    k: int,
    formulas: dict[str, float | None],
    relation: str,
) -> Quantity:
    return Quantity(
        name=f"{state.name}_split.{name}",
        unit=unit,
        user=str(k),
        formulas=formulas,
        relation=relation,
    )
