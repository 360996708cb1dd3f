"""Frame design: the problem, its exact solution, its certificate and its rivals."""

from isacplan.frame.allocation import best_allocation, best_sum, even_split
from isacplan.frame.baselines import (
    exhaustive_search,
    expected_ages,
    frequent_update,
    gain,
    random_allocation,
    single_update,
)
from isacplan.frame.certificate import check_certificate
from isacplan.frame.closed_form import KnowledgeEfficiency
from isacplan.frame.efficiency import (
    Efficiency,
    EfficiencyBounds,
    Enclosure,
    relative_error,
)
from isacplan.frame.error_law import AngleErrorLaw, CramerRaoLaw
from isacplan.frame.interval import SampledInterval, SampledRate, sampled_rate
from isacplan.frame.no_sensing import without_sensing
from isacplan.frame.objective import best_rates, evaluate_frame, rate_table, summed_efficiency
from isacplan.frame.paper_search import two_dimensional_search
from isacplan.frame.problem import FrameProblem
from isacplan.frame.sampled import SampledEfficiency, sampled_efficiencies
from isacplan.frame.search import optimal_frame
from isacplan.frame.solution import FrameSolution
from isacplan.frame.verdict import BoundCheck, CertificateCheck, certificate_label, register_check

__all__ = [
    "AngleErrorLaw",
    "BoundCheck",
    "CertificateCheck",
    "CramerRaoLaw",
    "Efficiency",
    "EfficiencyBounds",
    "Enclosure",
    "FrameProblem",
    "FrameSolution",
    "KnowledgeEfficiency",
    "SampledEfficiency",
    "SampledInterval",
    "SampledRate",
    "best_allocation",
    "best_rates",
    "best_sum",
    "certificate_label",
    "check_certificate",
    "evaluate_frame",
    "even_split",
    "exhaustive_search",
    "expected_ages",
    "frequent_update",
    "gain",
    "optimal_frame",
    "random_allocation",
    "rate_table",
    "register_check",
    "relative_error",
    "sampled_efficiencies",
    "sampled_rate",
    "single_update",
    "summed_efficiency",
    "two_dimensional_search",
    "without_sensing",
]
