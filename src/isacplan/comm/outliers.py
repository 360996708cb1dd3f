"""Mismatched knowledge from an angle that may be wrong altogether."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan._typing import Float
from isacplan.comm.knowledge import Terms
from isacplan.comm.mismatched import MismatchedKnowledge
from isacplan.comm.quadrature import quadrature_moments
from isacplan.enclosure import Jet
from isacplan.sensing import ThresholdLaw
from isacplan.sensing.angle_errors import AngleErrors
from isacplan.sensing.peak_error import constant_jet
from isacplan.sensing.tracking import tracking_limit


@dataclass(frozen=True, kw_only=True, eq=False)
class OutlierKnowledge:
    """`MismatchedKnowledge` under a mixture of a Gaussian error and wrong decisions.

    Every expectation m of the mismatched model becomes ``(1 - sum q_o) m(c) + sum q_o m_o``: m(c)
    under the Gaussian error of a right decision, m_o under the o-th kind of wrong one, whose
    distribution does not change with the sensing duration.

    Parameters
    ----------
    knowledge : MismatchedKnowledge
        For K users.
    law : ThresholdLaw
        Of their K angles.
    """

    knowledge: MismatchedKnowledge
    law: ThresholdLaw

    def __post_init__(self) -> None:
        if self.law.n_users != self.knowledge.n_users:
            raise ValueError(
                f"law must be for {self.knowledge.n_users} users, got {self.law.n_users}"
            )

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return self.knowledge.n_users

    @property
    def accuracy(self) -> float:
        """Relative error of the moments beyond rounding."""
        return self.knowledge.accuracy

    @cached_property
    def valid_crb(self) -> Float:
        """The model holds for every error with which a tracking beam keeps its user."""
        return np.minimum(self.knowledge.valid_crb, tracking_limit(self.law))

    @property
    def defined_crb(self) -> Float:
        """The expressions exist for every error."""
        return self.knowledge.defined_crb

    @cached_property
    def wrong_moments(self) -> Float:
        """m_o of `MismatchedKnowledge.filter_moments`, never negative, shape (K, O, 3 + K)."""
        chi = self.law.wrong_characteristic(self.knowledge.n_harmonics)
        return np.maximum(self.knowledge.moments_under(chi), 0.0)

    def terms(self, errors: AngleErrors[Float]) -> Terms[Float]:
        """SINR parts for distributions of the angle errors.

        Parameters
        ----------
        errors : AngleErrors
            Arrays of shape (..., K) and (..., K, O).

        Returns
        -------
        Terms
            Arrays of shape (..., K).
        """
        return self._mixed(errors, self.knowledge.expected_moments(errors.variance))

    def terms_by_quadrature(self, errors: AngleErrors[Float]) -> Terms[Float]:
        """`terms` at one distribution, from the matrices of the angles that it makes likely."""
        gaussian = quadrature_moments(self.knowledge, errors.variance)
        return self._mixed(errors, gaussian)

    def _mixed(self, errors: AngleErrors[Float], gaussian: Float) -> Terms[Float]:
        right = 1.0 - np.sum(errors.outlier, axis=-1)
        wrong = np.einsum("...io,iom->...im", errors.outlier, self.wrong_moments)
        return self.knowledge.terms_of(right[..., None] * gaussian + wrong)

    def enclose(self, errors: AngleErrors[Jet]) -> Terms[Jet]:
        """Enclosures of the SINR parts, up to the harmonics that were cut.

        Parameters
        ----------
        errors : AngleErrors
            Jets of shape (B, K) and (B, K, O).

        Returns
        -------
        Terms
            Jets of shape (B, K).
        """
        q = errors.outlier
        right = constant_jet(np.ones_like(errors.variance.value.lower)) - q.sum(axis=-1)
        wrong = q[..., None].scaled(self.wrong_moments).sum(axis=-2)
        gaussian = self.knowledge.enclosed_moments(errors.variance)
        return self.knowledge.enclosed_terms_of(right[..., None] * gaussian + wrong)
