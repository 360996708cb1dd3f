"""Quantities of a simulated frame, and the formulas that they are held against."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from isacplan._typing import Float
from isacplan.comm import Terms, quadrature_moments, sinr, spectral_efficiency
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.comm.scheme import SampledScheme
from isacplan.frame import FrameProblem
from isacplan.scenario import Scene
from isacplan.sensing import ThresholdLaw
from isacplan.sensing.threshold_law import MEAN_SQUARE_ACCURACY
from isacplan.sensing.tracking import TRACKING_ACCURACY, tracking_limit
from isacplan.simulate.end_to_end import EndToEndExperiment
from isacplan.simulate.quantity import Quantity
from isacplan.simulate.sampled_formula import sampled_formula


def mismatched_terms(problem: FrameProblem, scene: Scene, duration: float) -> Terms[Float]:
    """Under the problem's own law of the angle error."""
    if isinstance(problem.knowledge, OutlierKnowledge):
        return problem.knowledge.terms_by_quadrature(scene.threshold_law.distribution(duration))
    know = scene.mismatched
    return know.terms_of(quadrature_moments(know, problem.crb(duration)))


def by_user_and_block(
    name: str,
    unit: str,
    labels: tuple[str, ...],
    tables: dict[str, Float | None],
    relation: str = "equal",
) -> tuple[Quantity, ...]:
    """One quantity for each entry of (K, n) tables of formulas, user by user."""
    n = next(table.shape[1] for table in tables.values() if table is not None)
    return tuple(
        Quantity(
            name=name,
            unit=unit,
            user=label,
            block=block + 1,
            formulas={
                model: None if table is None else float(table[k, block])
                for model, table in tables.items()
            },
            relation=relation,
        )
        for k, label in enumerate(labels)
        for block in range(n)
    )


def _by_user(
    name: str,
    unit: str,
    labels: tuple[str, ...],
    columns: dict[str, Float | None],
    relation: str = "equal",
) -> tuple[Quantity, ...]:
    tables = {m: None if column is None else column[:, None] for m, column in columns.items()}
    rows = by_user_and_block(name, unit, labels, tables, relation)
    return tuple(replace(row, block=None) for row in rows)


def end_to_end_quantities(
    experiment: EndToEndExperiment, problem: FrameProblem, duration: float, model: str
) -> tuple[Quantity, ...]:
    """In the order of `EndToEndExperiment.estimate`; the scenario's own model comes first."""
    e, n = experiment, experiment.layout.n_ages
    labels = e.scene.label
    known = _known_terms(problem, e.scene, duration)
    terms = {model: known.pop(model), **known}
    rho = e.scene.temporal_correlation[:, :n]
    ratios = {name: None if t is None else sinr(t, rho) for name, t in terms.items()}
    efficiency = {
        name: None if t is None else spectral_efficiency(t, rho) for name, t in terms.items()
    }
    rates = {name: None if x is None else e.timing.rate(x) for name, x in efficiency.items()}
    return (
        *_angle_quantities(problem, e.scene, duration),
        *by_user_and_block("sinr", "1", labels, ratios),
        *by_user_and_block("efficiency_learned_gain", "bit/s/Hz", labels, efficiency, "contrast"),
        *_by_user("rate_mean_gain", "bit/s/Hz", labels, rates),
        *_by_user("rate_learned_gain", "bit/s/Hz", labels, rates, "contrast"),
        _summed("mean_gain", e.scene.weight, rates),
        _summed("learned_gain", e.scene.weight, rates, "contrast"),
    )


def _summed(
    receiver: str, weight: Float, rates: dict[str, Float | None], relation: str = "equal"
) -> Quantity:
    return Quantity(
        name=f"sum_rate_{receiver}",
        unit="bit/s/Hz",
        formulas={m: None if x is None else float(weight @ x) for m, x in rates.items()},
        relation=relation,
    )


def sampled_quantities(
    experiment: EndToEndExperiment, problem: FrameProblem, sampled: SampledScheme
) -> tuple[Quantity, ...]:
    """The same quantities with sampled efficiencies, known to an interval, in place of formulas.

    Parameters
    ----------
    experiment : EndToEndExperiment
    problem : FrameProblem
    sampled : SampledScheme
        Of the frame that is simulated, with or without sensing.

    Returns
    -------
    tuple of Quantity
    """
    e, n, labels = experiment, experiment.layout.n_ages, experiment.scene.label
    duration, share, weight = e.timing.sensing_duration, e.pilot_share, e.scene.weight
    found = sampled_formula(sampled, duration, n)

    def rows(
        name: str, unit: str, efficiency: Float, function: Callable[[Float], Float]
    ) -> tuple[Quantity, ...]:
        value, accuracy = found.known(efficiency, function)
        table = value if value.ndim == 2 else value[:, None]
        stated = by_user_and_block(name, unit, labels, {"sampled": table})
        return tuple(
            replace(row, accuracy=float(a), block=row.block if value.ndim == 2 else None)
            for row, a in zip(stated, accuracy.ravel(), strict=True)
        )

    def summed(receiver: str, efficiency: Float, share: float) -> Quantity:
        value, accuracy = found.known(efficiency, lambda se: share * e.timing.rate(se) @ weight)
        formulas: dict[str, float | None] = {"sampled": float(value)}
        name = f"sum_rate_{receiver}"
        return Quantity(name=name, unit="bit/s/Hz", formulas=formulas, accuracy=float(accuracy))

    angles = _angle_quantities(problem, e.scene, duration) if e.estimates == "sensed" else ()
    return (
        *angles,
        *rows("sinr", "1", found.mean_gain, lambda se: 2.0**se - 1.0),
        *rows("efficiency_learned_gain", "bit/s/Hz", found.learned_gain, lambda se: se),
        *rows("rate_mean_gain", "bit/s/Hz", found.mean_gain, e.timing.rate),
        *rows(
            "rate_learned_gain",
            "bit/s/Hz",
            found.learned_gain,
            lambda se: share * e.timing.rate(se),
        ),
        summed("mean_gain", found.mean_gain, 1.0),
        summed("learned_gain", found.learned_gain, share),
    )


def _angle_quantities(problem: FrameProblem, scene: Scene, duration: float) -> tuple[Quantity, ...]:
    bound = angle_bound(problem, duration)
    if scene.scenario.sensing.law == "bound":
        return _by_user("angle_mse", "rad^2", scene.label, {"crb": bound}, "bound")
    found: dict[str, Float | None] = {"threshold": problem.crb(duration), "crb": bound}
    rows = _by_user("angle_mse", "rad^2", scene.label, found)
    limit = tracking_limit(scene.threshold_law)
    kept = np.isfinite(limit) & (problem.crb(duration) <= limit * (1.0 + 1e-9))
    accuracy = np.where(kept, TRACKING_ACCURACY, MEAN_SQUARE_ACCURACY)
    return tuple(replace(row, accuracy=float(a)) for row, a in zip(rows, accuracy, strict=True))


def angle_bound(problem: FrameProblem, duration: float) -> Float:
    """Variance bounds of the angles under the scenario's illumination, shape (K,) [rad^2]."""
    law = problem.error_law
    return law.bound(duration) if isinstance(law, ThresholdLaw) else law.mean_square(duration)


def _known_terms(
    problem: FrameProblem, scene: Scene, duration: float
) -> dict[str, Terms[Float] | None]:
    """Of both error models; of the additive one only where its expressions exist."""
    additive, bound = scene.additive, angle_bound(problem, duration)
    exists = bool(np.all(bound < additive.defined_crb))
    return {
        "additive": additive.terms(bound) if exists else None,
        "mismatched": mismatched_terms(problem, scene, duration),
    }
