"""Split scenarios as simulations: localization and data under the time and the frequency split."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from isacplan._threads import few_threads
from isacplan._typing import Bool, Float
from isacplan.scenario import SplitScenario, scenario_to_dict, split_problem
from isacplan.sensing import delay_crb, linear_array_angle_crb, mean_square_bandwidth
from isacplan.sensing.ofdm_estimators import OVERSAMPLING
from isacplan.simulate.backend import Backend
from isacplan.simulate.downlink import Downlink
from isacplan.simulate.intervals import with_controls
from isacplan.simulate.localization import ReferenceSignal
from isacplan.simulate.quantity import Quantity, Simulation
from isacplan.simulate.streams import scenario_key, stream
from isacplan.split import (
    SplitModel,
    SplitSolution,
    build_model,
    full_capacity,
    minimise_crb,
)
from isacplan.split.model import user_symbols

DEFAULT_CAPACITY_LOSS = 0.05
TRIALS_PER_BLOCK = 32
SPLITS = ("time", "frequency")
ERRORS = ("angle_mse", "delay_mse", "position_mse")
UNITS = ("rad^2", "s^2", "m^2")


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitState:
    """One way of splitting, as what is sent.

    Parameters
    ----------
    name : str
    signals : tuple of ReferenceSignal
        One a user.
    downlink : Downlink
    data_share : float
        Bandwidth times share of symbols that carry data [Hz].
    """

    name: str
    signals: tuple[ReferenceSignal, ...]
    downlink: Downlink
    data_share: float


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
    def n_users(self) -> int:
        """Number of users K."""
        return len(self.states[0].signals)

    @property
    def n_statistics(self) -> int:
        """Statistics of a block."""
        return 9 * self.n_users * len(self.states)

    @property
    def memory(self) -> int:
        """Received signals of one user, likelihoods that are searched at once, channels [byte]."""
        signals = [signal for state in self.states for signal in state.signals]
        n, K = self.trials_per_block, self.n_users
        received = 7 * 16 * n * max(s.n_antennas * s.n_tones for s in signals)
        searched = (
            5
            * 16
            * max(
                s.trials_together(self.backend) * OVERSAMPLING**2 * 2 * s.n_antennas * s.n_tones
                for s in signals
            )
        )
        channels = 16 * n * K * (6 * signals[0].n_antennas + 6 * K)
        return received + searched + channels + self.backend.library_memory

    def block(self, index: int) -> Float:
        """For every state: errors (3 K), their expansions (3 K), downlink statistics (3 K)."""
        parts: list[Float] = []
        for state in self.states:
            seeds = stream(self.seed, self.key, f"{state.name}: localization", index)
            errors = [
                [
                    np.mean(x, axis=1)
                    for x in signal.squared_errors(s, self.trials_per_block, self.backend)
                ]
                for signal, s in zip(state.signals, seeds.spawn(self.n_users), strict=True)
            ]
            parts += [np.concatenate([e[i] for e in errors]) for i in range(2)]
            seed = stream(self.seed, self.key, f"{state.name}: data", index)
            parts.append(state.downlink.statistics(seed, self.trials_per_block, self.backend))
        return np.concatenate(parts)

    def adjusted(self, groups: Float) -> Float:
        """Group means after the control variates."""
        for i, state in enumerate(self.states):
            start = 9 * self.n_users * i
            groups = with_controls(
                groups,
                statistic=start + np.arange(3 * self.n_users),
                control=start + 3 * self.n_users + np.arange(3 * self.n_users),
                expectation=np.concatenate([signal.bounds for signal in state.signals]),
            )
        return groups

    def estimate(self, means: Float) -> Float:
        """For every state: errors of every user, then capacities with mean and known gain."""
        K = self.n_users
        parts: list[Float] = []
        for i, state in enumerate(self.states):
            x = means[..., 9 * K * i : 9 * K * (i + 1)]
            gain, power, known = (x[..., j * K : (j + 1) * K] for j in (6, 7, 8))
            rates = state.downlink.efficiency(gain, power), known
            parts += [x[..., : 3 * K], *(state.data_share * rate for rate in rates)]
        return np.concatenate(parts, axis=-1)

    @property
    def decisive(self) -> Bool:
        """All quantities."""
        return np.ones(5 * self.n_users * len(self.states), dtype=bool)


@few_threads()
def split_simulation(
    scenario: SplitScenario,
    *,
    seed: int = 0,
    backend: Backend | None = None,
    capacity_loss: float | None = None,
) -> Simulation:
    """The simulation that checks a split scenario.

    It takes the time split and the frequency split that lose a given part of the capacity.

    Parameters
    ----------
    scenario : SplitScenario
    seed : int, optional
    backend : Backend, optional
        Default NumPy in single precision.
    capacity_loss : float, optional
        0 to 1; default the scenario's, or 5 %.

    Returns
    -------
    Simulation

    Raises
    ------
    InfeasibleError
        When a split cannot localize and leave that capacity.
    """
    model = build_model(split_problem(scenario))
    wanted = scenario.requirement
    loss = capacity_loss
    if loss is None:
        stated = None if wanted is None else wanted.capacity_loss
        loss = DEFAULT_CAPACITY_LOSS if stated is None else stated
    floor = (1.0 - loss) * full_capacity(model)
    states: list[SplitState] = []
    quantities: list[Quantity] = []
    used = backend or Backend()
    settings: dict[str, object] = {"capacity_loss": loss, **used.settings}
    for split in SPLITS:
        solution = minimise_crb(model, capacity_floor=floor, split=split)
        state = _state(model, solution)
        states.append(state)
        quantities += _quantities(model, solution, state)
        settings[f"{split}_split_elements"] = solution.n_elements
        settings[f"{split}_split_symbols"] = solution.n_symbols
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
    p, n, tau = model.problem, solution.n_elements, solution.n_symbols
    in_time = solution.split == "time"
    left = p.n_elements if in_time else p.n_elements - n
    boost, thinning = 1.0, 1.0
    if p.snr_bookkeeping == "constant_power" and not in_time:
        boost = p.n_elements / left
    if p.snr_bookkeeping == "constant_density":
        thinning = n / p.n_elements
    tau_C = p.n_symbols - tau if in_time else p.n_symbols
    pilots = solution.pilots_within if in_time else solution.pilots_beside
    downlink = Downlink(
        n_antennas=p.n_antennas,
        pilot_energy=pilots * boost * p.uplink_snr,
        snr=boost * p.downlink_snr,
        share=p.shares,
    )
    held = user_symbols(model, n, tau)
    signals = tuple(
        ReferenceSignal(
            n_antennas=p.n_antennas,
            spacing=p.spacing,
            angle=float(p.angle[k]),
            distance=float(p.distance[k]),
            snr=float(thinning * p.localization_snr[k] * held[k]),
            bandwidth=n * p.element_bandwidth,
            n_elements=n,
            known_phase=p.angle_bound == "known_phase",
        )
        for k in range(p.n_users)
    )
    share = left * p.element_bandwidth * (tau_C - pilots) / p.n_symbols
    return SplitState(name=solution.split, signals=signals, downlink=downlink, data_share=share)


def _quantities(model: SplitModel, solution: SplitSolution, state: SplitState) -> list[Quantity]:
    """In the order of `SplitExperiment.estimate`."""
    p = model.problem
    rows: list[Quantity] = []
    for k, signal in enumerate(state.signals):
        F2 = mean_square_bandwidth(
            signal.bandwidth, model=p.delay_bound, waveform_coefficient=p.waveform_coefficient
        )
        common = {"n_antennas": p.n_antennas, "snr": signal.snr, "n_symbols": 1.0}
        own = (
            linear_array_angle_crb(signal.angle, spacing=p.spacing, phase=p.angle_bound, **common),
            delay_crb(mean_square_bandwidth=F2, **common),
            solution.user_crb[k],
        )
        rows += [
            _row(state, error, unit, k, {"scenario": float(bound), "exact": float(exact)}, "bound")
            for error, unit, bound, exact in zip(ERRORS, UNITS, own, signal.bounds, strict=True)
        ]
    for name, relation in (("capacity_mean_gain", "equal"), ("capacity_known_gain", "contrast")):
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
