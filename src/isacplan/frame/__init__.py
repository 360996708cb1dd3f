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
from isacplan.frame.efficiency import (
    Efficiency,
    EfficiencyBounds,
    Enclosure,
    KnowledgeEfficiency,
    relative_error,
)
from isacplan.frame.error_law import AngleErrorLaw, CramerRaoLaw
from isacplan.frame.interval import SampledInterval, SampledRate, sampled_rate
from isacplan.frame.no_sensing import without_sensing
from isacplan.frame.objective import best_rates, evaluate_frame, rate_table, summed_efficiency
from isacplan.frame.paper_search import two_dimensional_search
from isacplan.frame.problem import FrameProblem, FrameSolution
from isacplan.frame.sampled import SampledEfficiency, sampled_efficiencies
from isacplan.frame.search import optimal_frame
from isacplan.frame.verdict import CertificateCheck, certificate_label

__all__ = [
    "AngleErrorLaw",
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
    "relative_error",
    "sampled_efficiencies",
    "sampled_rate",
    "single_update",
    "summed_efficiency",
    "two_dimensional_search",
    "without_sensing",
]
