"""The knowledge models again, by dense matrices and quadrature, for the certificate check."""

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge, quadrature_moments


class DenseAdditive:
    """The additive model by dense matrices."""

    basis = "proved by convexity in the angle variance, dense matrices"

    def __init__(self, knowledge: AdditiveKnowledge) -> None:
        self.k = knowledge
        power = np.asarray(knowledge.power)
        self.share = knowledge.snr[:, None] * power / power[:, None]

    def traces(self, crb: Float) -> tuple[Float, Float, Float, Float]:
        """``tr C_i``, ``tr R_k C_i`` and their derivatives by c_i."""
        K = len(crb)
        t, dt = np.empty(K), np.empty(K)
        P, dP = np.empty((K, K)), np.empty((K, K))
        eye = np.eye(self.k.spatial_correlation.shape[1])
        for i in range(K):
            R, v = self.k.spatial_correlation[i], self.k.steering_derivative[i]
            g = 1.0 / self.k.pilot_snr[i]
            R_hat = R - crb[i] * np.outer(v, v.conj())
            filtered = np.linalg.solve(R_hat + g * eye, np.column_stack([R_hat, v]))
            C: Complex = R_hat @ filtered[:, :-1]
            w = g * filtered[:, -1]
            t[i] = np.trace(C).real
            dt[i] = np.vdot(w, w).real - np.vdot(v, v).real
            for k in range(K):
                R_k = self.k.spatial_correlation[k]
                P[k, i] = np.trace(R_k @ C).real
                dP[k, i] = (np.vdot(w, R_k @ w) - np.vdot(v, R_k @ v)).real
        return t, P, dt, dP

    def parts(self, crb: Float) -> tuple[Float, Float, Float]:
        """Signal, uncertainty and interference over noise."""
        t, P, _, _ = self.traces(crb)
        return self.assembled(t, P / t)

    def assembled(self, trace: Float, ratio: Float) -> tuple[Float, Float, Float]:
        """SINR parts from traces and cross terms over traces."""
        interference = np.sum(self.share * ratio, axis=1)
        if self.k.interference_bound:
            largest = np.array([np.linalg.norm(R, 2) for R in self.k.spatial_correlation])
            interference = np.sum(self.share, axis=1) * largest
        return self.k.snr * trace, np.zeros_like(trace), interference


class DenseMismatched:
    """The mismatched model by dense matrices and quadrature over the angle error."""

    basis = "sampled sensing durations only, expectations by quadrature"

    def __init__(self, knowledge: MismatchedKnowledge) -> None:
        self.k = knowledge
        power = np.asarray(knowledge.power)
        self.share = knowledge.snr[:, None] * power / power[:, None]

    def parts(self, crb: Float) -> tuple[Float, Float, Float]:
        """Signal, uncertainty and interference over noise."""
        moments = quadrature_moments(self.k, crb)
        gain, square, norm = moments[:, :3].T
        return (
            self.k.snr * gain**2 / norm,
            self.k.snr * (square - gain**2) / norm,
            np.sum(self.share * moments[:, 3:].T / norm, axis=1),
        )
