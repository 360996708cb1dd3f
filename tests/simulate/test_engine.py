import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from isacplan.scenario import load_scenario
from isacplan.simulate import checks, frame_simulation
from isacplan.simulate.engine import affordable_workers, next_look, run
from isacplan.simulate.intervals import jackknife_interval, with_controls
from isacplan.simulate.store import BlockStore
from isacplan.simulate.streams import stream
from isacplan.simulate.workers import parallel_results, serial_results


@dataclass(frozen=True)
class Ratio:
    """A ratio of means, 3 / 2, from exponential numbers."""

    seed: int = 0
    trials_per_block: int = 32
    fuse: str = ""

    @property
    def key(self) -> str:
        return "ratio"

    @property
    def n_statistics(self) -> int:
        return 2

    @property
    def memory(self) -> int:
        return 2**20

    @property
    def decisive(self) -> np.ndarray:
        return np.ones(1, dtype=bool)

    def block(self, index: int) -> np.ndarray:
        if self.fuse and index == 20 and not Path(self.fuse).exists():
            Path(self.fuse).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        draw = np.random.default_rng(stream(self.seed, self.key, "x", index))
        x = draw.exponential(size=(2, self.trials_per_block)).mean(axis=1)
        return np.array([3.0, 2.0]) * (x + 0.3 * x[::-1]) / 1.3

    def adjusted(self, groups: np.ndarray) -> np.ndarray:
        return groups

    def estimate(self, means: np.ndarray) -> np.ndarray:
        return (means[..., 0] / means[..., 1])[..., None]


def bytes_of(outcome) -> bytes:
    i = outcome.interval
    return b"".join(x.tobytes() for x in (i.estimate, i.low, i.high)) + str(outcome.trials).encode()


@pytest.mark.slow
def test_coverage_is_nominal_with_the_stopping_rule():
    found = [run(Ratio(seed=seed), precision=0.02).interval for seed in range(1000)]
    inside = sum(bool(i.low[0] <= 1.5 <= i.high[0]) for i in found)
    assert 930 <= inside <= 970


def test_jackknife_removes_the_bias_of_a_ratio():
    rng = np.random.default_rng(1)
    groups = rng.exponential(size=(4000, 8, 2))
    ratio = lambda m: (m[..., 0] / m[..., 1])[..., None]  # noqa: E731
    jackknife = np.array([jackknife_interval(x, ratio).estimate[0] for x in groups])
    plain = np.array([ratio(x.mean(axis=0))[0] for x in groups])
    assert plain.mean() - 1.0 > 0.1
    assert abs(jackknife.mean() - 1.0) < 0.4 * (plain.mean() - 1.0)


def test_a_jackknife_of_a_mean_is_the_student_interval():
    from scipy.stats import t

    x = np.random.default_rng(2).normal(size=(40, 1))
    found = jackknife_interval(x, lambda m: m)
    low, high = t.interval(0.95, 39, loc=x.mean(), scale=x.std(ddof=1) / np.sqrt(40))
    assert found.low[0] == pytest.approx(low, rel=1e-12)
    assert found.high[0] == pytest.approx(high, rel=1e-12)


def test_controls_narrow_the_interval_and_keep_the_mean():
    rng = np.random.default_rng(3)
    errors, widths = [], []
    for _ in range(400):
        control = rng.normal(size=(64, 1)) + 5.0
        x = control + 0.1 * rng.normal(size=(64, 1))
        groups = with_controls(
            np.hstack([x, control]),
            statistic=np.array([0]),
            control=np.array([1]),
            expectation=np.array([5.0]),
        )
        found = jackknife_interval(groups, lambda m: m[..., :1])
        errors.append(found.estimate[0] - 5.0)
        widths.append((found.high - found.low)[0])
    assert abs(np.mean(errors)) < 4.0 * np.std(errors) / 20.0
    assert np.mean(widths) < 0.06
    assert 0.92 < np.mean(np.abs(errors) < np.array(widths) / 2.0) < 0.98


def test_looks_grow_by_a_quarter_at_most():
    look = 128
    for _ in range(60):
        following = next_look(look)
        assert look < following <= 1.26 * look
        look = following


def test_workers_and_chunks_leave_the_bytes_alone(tmp_path, monkeypatch):
    from isacplan.simulate import engine, workers

    expected = bytes_of(run(Ratio(), precision=0.01))
    monkeypatch.setattr(engine, "PATIENCE", 0.0)
    for size in (1, 7):
        monkeypatch.setattr(workers, "MAX_CHUNK", size)
        assert bytes_of(run(Ratio(), precision=0.01)) == expected
        assert bytes_of(run(Ratio(), precision=0.01, n_workers=2)) == expected


def test_another_engine_may_compute_the_blocks_in_any_order():
    def by_threads(source, wanted):
        with ThreadPoolExecutor(3) as pool:
            while blocks := list(islice(wanted, 10)):
                values = list(pool.map(source.block, reversed(blocks)))
                yield blocks[::-1], np.array(values)

    expected = bytes_of(run(Ratio(), precision=0.01))
    assert bytes_of(run(Ratio(), precision=0.01, compute=by_threads)) == expected


def test_an_interrupted_run_continues_to_the_same_bytes(tmp_path):
    expected = bytes_of(run(Ratio(), precision=0.01))

    def stop(trials: int, width: float) -> None:
        if trials > 32 * 300:
            raise KeyboardInterrupt

    with BlockStore(tmp_path / "blocks", {"of": "ratio"}) as store:
        with pytest.raises(KeyboardInterrupt):
            run(Ratio(), precision=0.01, store=store, progress=stop)
        kept = store.done()
        assert len(kept) >= 300
        assert bytes_of(run(Ratio(), precision=0.01, store=store)) == expected
        assert kept < store.done()


def test_a_store_belongs_to_one_simulation(tmp_path):
    BlockStore(tmp_path / "blocks", {"of": "one"}).__exit__(None, None, None)
    with pytest.raises(ValueError, match='of was "one", is "two"'):
        BlockStore(tmp_path / "blocks", {"of": "two"})


def test_a_dead_worker_is_replaced(tmp_path):
    source = Ratio(fuse=str(tmp_path / "fuse"))
    found = {}
    for blocks, values in parallel_results(source, iter(range(60)), 2):
        found.update(zip(blocks, values, strict=True))
    assert Path(source.fuse).exists()
    assert sorted(found) == list(range(60))
    for blocks, values in serial_results(Ratio(), iter(range(60))):
        for block, value in zip(blocks, values, strict=True):
            assert value.tobytes() == found[block].tobytes()


def test_progress_is_told_before_the_first_look(monkeypatch):
    from isacplan.simulate import engine

    monkeypatch.setattr(engine, "PROGRESS_SECONDS", 0.0)
    told = []
    run(Ratio(), precision=0.02, progress=lambda trials, width: told.append((trials, width)))
    assert told[0] == (32, np.inf)
    assert told[-1][1] <= 0.02


def test_limits_end_a_run(monkeypatch):
    most = run(Ratio(), precision=1e-6, max_trials=32 * 200)
    assert (most.stopped_by, most.trials) == ("max_trials", 32 * 200)
    timed = run(Ratio(), precision=1e-6, time_limit=0.05)
    assert timed.stopped_by == "time_limit"
    with pytest.raises(ValueError, match="max_trials must be an integer of at least 512"):
        run(Ratio(), max_trials=100)


def test_long_runs_merge_groups_without_losing_blocks():
    long = run(Ratio(trials_per_block=1), precision=1e-6, max_trials=5000)
    assert long.trials == 4992
    whole = np.mean([Ratio(trials_per_block=1).block(i) for i in range(4992)], axis=0)
    # The jackknife takes a bias of the order of one over the groups off the ratio.
    assert long.interval.estimate[0] == pytest.approx(whole[0] / whole[1], rel=1e-3)


def test_memory_decides_how_many_workers():
    assert affordable_workers(Ratio(), 2**30) == 5
    with pytest.raises(ValueError, match="memory must be at least"):
        affordable_workers(Ratio(), 2**20)


def test_a_first_interval_comes_after_few_blocks_and_is_wider_than_students():
    first = run(Ratio(), precision=1e9)
    assert first.trials == 16 * 32
    groups = np.array([Ratio().block(i) for i in range(16)])
    student = jackknife_interval(groups, Ratio().estimate)
    assert first.interval.estimate == pytest.approx(student.estimate, rel=1e-12)
    half = (first.interval.high - first.interval.low) / (student.high - student.low)
    assert half == pytest.approx(1.0 + 4.0 * (1 / 16 - 1 / 128), rel=1e-12)
    later = run(Ratio(), precision=1e-6, max_trials=32 * 128)
    groups = np.array([Ratio().block(i) for i in range(128)])
    student = jackknife_interval(groups, Ratio().estimate)
    assert later.interval.high == pytest.approx(student.high, rel=1e-12)


def test_first_intervals_cover_what_they_should():
    simulation = frame_simulation(load_scenario("bai2024"), depth="additive")
    held = []
    for seed in range(100):
        found = run(replace(simulation.experiment, seed=seed), precision=1e9)
        held.append(np.mean([row.inside for row in checks(simulation, found)]))
    assert np.mean(held) > 0.95


def test_looks_double_until_intervals_are_students():
    assert [next_look(n) for n in (16, 32, 64, 128)] == [32, 64, 128, 160]
