"""Communication: what the station knows of the channel, and the rates that follow."""

from isacplan.comm.additive import AdditiveKnowledge
from isacplan.comm.knowledge import Knowledge, Terms, check_terms
from isacplan.comm.mismatched import MismatchedKnowledge
from isacplan.comm.quadrature import quadrature_moments
from isacplan.comm.rates import sinr, spectral_efficiency
from isacplan.comm.semidefinite import largest_semidefinite_crb

__all__ = [
    "AdditiveKnowledge",
    "Knowledge",
    "MismatchedKnowledge",
    "Terms",
    "check_terms",
    "largest_semidefinite_crb",
    "quadrature_moments",
    "sinr",
    "spectral_efficiency",
]
