"""The link of Bai2024 (13)-(22) out of Sionna's blocks; runs in an environment of its own.

    python sionna_link.py INPUT.npz TRIALS RUNS

INPUT holds the estimated correlations, the directions and variances of the sensing error, the true
correlations, pilot and data SNRs and rho. Prints one JSON object: SINR tables and seconds a run.
"""

import json
import sys
import time

import numpy as np
import torch
from sionna.phy import config
from sionna.phy.channel import AWGN, GenerateFlatFadingChannel, PerColumnModel

FLOOR = 3e-6
"""Of the eigenvalues: the blocks factor in single precision and do not say when that fails."""


def definite(correlations: np.ndarray) -> torch.Tensor:
    """Correlations with eigenvalues that single precision tells from zero."""
    lam, V = np.linalg.eigh(correlations)
    clipped = (V * np.maximum(lam, FLOOR)[:, None, :]) @ np.swapaxes(V.conj(), 1, 2)
    return torch.tensor(clipped, dtype=torch.complex64)


class Link:
    """K single-antenna users, one station of L antennas, columns of H are the users' channels."""

    def __init__(self, data: dict[str, np.ndarray]) -> None:
        R, R_hat, gamma = data["true"], data["estimated"], data["pilot_snr"]
        self.K, self.L = R.shape[:2]
        self.known = GenerateFlatFadingChannel(self.K, self.L, PerColumnModel(definite(R_hat)))
        self.fresh = GenerateFlatFadingChannel(self.K, self.L, PerColumnModel(definite(R)))
        self.bearing = GenerateFlatFadingChannel(self.K, 1)
        self.awgn = AWGN()
        self.noise = torch.tensor(1.0 / gamma, dtype=torch.float32)
        self.direction = torch.tensor(data["direction"].T, dtype=torch.complex64)
        observed = R_hat + np.eye(self.L) / gamma[:, None, None]
        W = np.swapaxes(np.linalg.solve(observed, R_hat).conj(), 1, 2)
        self.filter = torch.tensor(W, dtype=torch.complex64)
        self.snr = torch.tensor(data["snr"])
        self.rho = torch.tensor(data["rho"], dtype=torch.float32)

    def table(self, n: int) -> np.ndarray:
        """SINR of every user and block from n trials."""
        known = self.known(n)
        h = known + self.direction * self.bearing(n)
        y = self.awgn(known, self.noise.expand(n, self.L, self.K))
        estimate = torch.einsum("kab,nbk->nak", self.filter, y)
        norm = torch.mean(torch.sum(torch.abs(estimate) ** 2, dim=1), dim=0)
        found = torch.empty(self.rho.shape)
        for block in range(self.rho.shape[1]):
            rho = self.rho[:, block]
            now = rho * h + torch.sqrt(1.0 - rho**2) * self.fresh(n)
            gain = torch.matmul(now.conj().transpose(1, 2), estimate)
            own = torch.mean(torch.diagonal(gain, dim1=1, dim2=2), dim=0)
            power = torch.mean(torch.abs(gain) ** 2, dim=0) / norm
            signal = torch.abs(own) ** 2 / norm
            rest = torch.sum(power, dim=1) - signal
            found[:, block] = self.snr * signal / (1.0 + self.snr * rest)
        return found.numpy()


def main() -> None:
    torch.set_num_threads(1)
    with np.load(sys.argv[1]) as stored:
        link = Link(dict(stored))
    n, runs = int(sys.argv[2]), int(sys.argv[3])
    config.seed = 1
    link.table(n)
    start = time.perf_counter()
    tables = [link.table(n).tolist() for _ in range(runs)]
    seconds = (time.perf_counter() - start) / runs
    json.dump({"seconds": seconds, "tables": tables}, sys.stdout)


if __name__ == "__main__":
    main()
