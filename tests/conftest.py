import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from isacplan.array import steering_derivative, uniform_linear
from isacplan.channel import geometric_aging, one_ring_correlation
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.frame import FrameProblem
from isacplan.sensing import matched_beam_angle_crb

settings.register_profile(
    "isacplan",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("isacplan")


@pytest.fixture
def assert_elementwise():
    """Check that a stacked call equals the stack of scalar calls."""

    def check(function: Callable, *arguments: np.ndarray, rtol: float = 1e-12) -> None:
        together = np.asarray(function(*arguments))
        stacked = np.broadcast_arrays(*arguments)
        shape = stacked[0].shape
        assert together.shape[: len(shape)] == shape
        for index in np.ndindex(*shape):
            alone = function(*(a[index] for a in stacked))
            np.testing.assert_allclose(together[index], alone, rtol=rtol, atol=1e-300)

    return check


@pytest.fixture
def make_problem():
    """Build a frame problem from a few physical numbers; everything else random but seeded."""

    def build(
        *,
        seed: int = 0,
        n_users: int = 3,
        n_antennas: int = 8,
        n_blocks: int = 12,
        model: str = "additive",
        spread_deg: float = 5.0,
        valid_blocks: float = 1.5,
        rmse_limit_deg: float = 8.0,
        temporal_correlation: np.ndarray | None = None,
        **fields,
    ) -> FrameProblem:
        rng = np.random.default_rng(seed)
        geometry = uniform_linear(n_antennas)
        theta = np.radians(rng.uniform(-60.0, 60.0, n_users))
        spread = np.radians(spread_deg)
        R = one_ring_correlation(geometry, theta, density="uniform", spread=spread)
        shared = {
            "snr": 10.0 ** rng.uniform(-0.5, 2.0, n_users),
            "pilot_snr": 10.0 ** rng.uniform(-0.5, 2.0, n_users),
            "power": rng.uniform(0.5, 2.0, n_users),
        }
        additive = AdditiveKnowledge(
            spatial_correlation=R,
            steering_derivative=steering_derivative(geometry, theta),
            **shared,
        )
        unit = matched_beam_angle_crb(n_antennas, theta, sensing_snr=1.0, n_samples=1.0)
        block = 70.0
        sensing_snr = np.max(unit / additive.valid_crb) / (valid_blocks * block)
        knowledge = additive
        if model == "mismatched":
            knowledge = MismatchedKnowledge(
                true_correlation=R,
                assumed_correlation=lambda angle: one_ring_correlation(
                    geometry, angle, density="uniform", spread=spread
                ),
                angle=theta,
                **shared,
            )
        if temporal_correlation is None:
            temporal_correlation = geometric_aging(rng.uniform(0.9, 0.995, n_users), n_blocks)
        arguments = {
            "n_blocks": n_blocks,
            "block_duration": block * 1e-6,
            "update_duration": 9e-6,
            "symbol_duration": 1e-6,
            "knowledge": knowledge,
            "temporal_correlation": temporal_correlation,
            "crb_per_symbol": unit / sensing_snr,
            "crb_limit": np.full(n_users, np.radians(rmse_limit_deg) ** 2),
            "weight": rng.uniform(0.5, 2.0, n_users),
        }
        return FrameProblem.from_knowledge(**(arguments | fields))

    return build


@pytest.fixture
def full_disk(tmp_path) -> Iterator[Callable[[int], Path]]:
    """Mount a disk of 512 KiB; call with the bytes that shall be left on it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount on this machine")
    if done.returncode:
        pytest.skip(f"mounting a small disk is not allowed: {done.stderr.decode().strip()}")

    def fill(left: int) -> Path:
        (disk / "filling").write_bytes(b"x" * (512 * 1024 - left))
        return disk

    yield fill
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture(scope="session", autouse=True)
def interrupts_are_heard():
    """Shells start background jobs with Ctrl-C ignored, and nohup does it with a hang-up."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
