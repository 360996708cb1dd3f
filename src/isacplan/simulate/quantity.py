"""What the numbers of a simulation mean, and how they compare with the formulas."""

from dataclasses import dataclass

from isacplan import _check
from isacplan.simulate.engine import Experiment, Outcome
from isacplan.simulate.intervals import wilson_interval

RELATIONS = ("bound", "contrast", "equal")


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What one number of a simulation is about.

    Parameters
    ----------
    name : str
    unit : str
        ``"1"`` for ratios.
    split : str
        The split that it is of, where a simulation has several.
    user : str
        Label of the user; empty when it is nobody's in particular.
    block : int or None
        Blocks since the update, from 1; None for quantities of the whole frame.
    formulas : dict of str to (float or None)
        Closed forms by name, the scenario's own first; None where one does not exist.
    relation : {"equal", "bound", "contrast"}, optional
        What the formulas say of the quantity: its value; what no unbiased estimator stays below;
        or the value under another assumption, so that the difference is the finding.
    accuracy : float, optional
        Relative error that the formulas state of themselves.
    share : bool, optional
        Whether it is a share of independent trials, whose interval is Wilson's.
    """

    name: str
    unit: str
    split: str = ""
    user: str = ""
    block: int | None = None
    formulas: dict[str, float | None]
    relation: str = "equal"
    accuracy: float = 0.0
    share: bool = False

    def __post_init__(self) -> None:
        _check.choice("relation", self.relation, RELATIONS)


@dataclass(frozen=True, kw_only=True, eq=False)
class Simulation:
    """An experiment together with what its numbers mean.

    Parameters
    ----------
    experiment : Experiment
    quantities : tuple of Quantity
        One for each number that the experiment estimates.
    kind, depth : str
    seed : int
    settings : dict
        What else was chosen, as plain values whose keys carry units.
    notes : tuple of str, optional
        What is known beforehand against the formulas.
    planned : tuple of str, optional
        Names of the quantities that a plan promises.
    """

    experiment: Experiment
    quantities: tuple[Quantity, ...]
    kind: str
    depth: str
    seed: int
    settings: dict[str, object]
    notes: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Check:
    """One quantity with its estimate and 95 % interval, in the quantity's unit.

    Parameters
    ----------
    quantity : Quantity
    estimate, low, high : float
    """

    quantity: Quantity
    estimate: float
    low: float
    high: float

    @property
    def formula(self) -> float | None:
        """The scenario's own closed form."""
        return next(iter(self.quantity.formulas.values()))

    @property
    def inside(self) -> bool | None:
        """Whether the interval holds the formula; None without a formula."""
        return self.holds(next(iter(self.quantity.formulas)))

    def holds(self, model: str) -> bool | None:
        """Whether the interval holds the closed form of that name; None where there is none.

        A formula that states an error of its own may miss by as much.
        """
        value = self.quantity.formulas[model]
        if value is None:
            return None
        slack = self.quantity.accuracy * abs(value)
        return self.low - slack <= value <= self.high + slack

    @property
    def verdict(self) -> str:
        """``"inside"`` or ``"outside"``; for bounds ``"reached"``, ``"above"`` or ``"below"``.

        ``"contrast"`` where the formula makes another assumption, ``"no formula"`` without one.
        """
        if self.formula is None:
            return "no formula"
        if self.quantity.relation == "contrast":
            return "contrast"
        if self.quantity.relation == "equal":
            return "inside" if self.inside else "outside"
        if self.inside:
            return "reached"
        return "above" if self.low > self.formula else "below"


def checks(simulation: Simulation, outcome: Outcome) -> tuple[Check, ...]:
    """Every quantity of a simulation with what the run found.

    Parameters
    ----------
    simulation : Simulation
    outcome : Outcome

    Returns
    -------
    tuple of Check
    """
    found = outcome.interval
    rows: list[Check] = []
    for quantity, x, low, high in zip(
        simulation.quantities, found.estimate, found.low, found.high, strict=True
    ):
        ends = wilson_interval(float(x), outcome.trials) if quantity.share else (low, high)
        rows.append(
            Check(quantity=quantity, estimate=float(x), low=float(ends[0]), high=float(ends[1]))
        )
    return tuple(rows)
