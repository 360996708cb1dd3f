import subprocess
import sys
import threading

import numpy as np
import pytest
import scipy.linalg  # noqa: F401  (its library is limited from the start)
from threadpoolctl import threadpool_info, threadpool_limits

from isacplan._threads import few_threads


def limits():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.fixture
def two_threads():
    """The caller's own setting, whatever the machine and its environment."""
    with threadpool_limits(limits=2):
        assert set(limits()) == {2}
        yield


def test_limits_inside_and_restores_what_it_found(two_threads):
    with few_threads():
        assert set(limits()) == {1}
    assert set(limits()) == {2}
    with pytest.raises(ZeroDivisionError), few_threads():
        raise ZeroDivisionError
    assert set(limits()) == {2}


def test_nested_calls_stay_limited_until_the_last_has_gone(two_threads):
    inner = few_threads()(limits)
    with few_threads():
        assert set(inner()) == {1}
        assert set(limits()) == {1}
    assert set(limits()) == {2}


def test_python_threads_do_not_restore_each_other(two_threads):
    """The second enters while the first is inside and leaves after it."""
    entered, go, seen = threading.Event(), threading.Event(), []

    def second():
        with few_threads():
            entered.set()
            go.wait()
            seen.extend(limits())

    other = threading.Thread(target=second)
    with few_threads():
        other.start()
        entered.wait()
    assert set(limits()) == {1}
    go.set()
    other.join()
    assert set(seen) == {1}
    assert set(limits()) == {2}


def test_a_callers_own_limit_inside_a_thread_survives(two_threads):
    with few_threads():
        pass
    # threadpoolctl lets one Python thread set a pool: it must still be able to.
    with threadpool_limits(limits=1):
        assert set(limits()) == {1}
    assert set(limits()) == {2}


def test_a_library_loaded_inside_is_found_by_the_next_who_enters(monkeypatch, two_threads):
    from isacplan import _threads

    class Late:
        filepath, user_api, num_threads = "late.so", "blas", 7

        def set_num_threads(self, number):
            self.num_threads = number

    late, real = Late(), _threads._limiter._pools
    with few_threads():
        monkeypatch.setattr(_threads._limiter, "_pools", lambda: [*real(), late])
        with few_threads():
            assert late.num_threads == 1
        assert late.num_threads == 1
    assert late.num_threads == 7


def test_limits_of_one_python_thread_are_its_own(monkeypatch):
    """OpenMP keeps a number for every thread, so a second thread must set and restore its own."""
    from isacplan import _threads

    class Local(threading.local):
        filepath, user_api, num_threads = "omp.so", "openmp", 4

        def set_num_threads(self, number):
            self.num_threads = number

    pool, seen = Local(), []
    monkeypatch.setattr(_threads._limiter, "_pools", lambda: [pool])

    def second():
        with few_threads():
            seen.append(pool.num_threads)
        seen.append(pool.num_threads)

    with few_threads():
        assert pool.num_threads == 1
        other = threading.Thread(target=second)
        other.start()
        other.join()
    assert seen == [1, 4]
    assert pool.num_threads == 4


def test_limiting_threads_loads_no_library_that_is_not_used():
    code = (
        "import sys, isacplan.frame; from isacplan._threads import few_threads\n"
        "with few_threads(): pass\n"
        "print([name for name in sys.modules if name.startswith('scipy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_entering_is_cheap():
    import time

    with few_threads():
        np.linalg.eigvalsh(np.eye(3))
    took = []
    for _ in range(50):
        start = time.perf_counter()
        with few_threads():
            pass
        took.append(time.perf_counter() - start)
    # 20 us on an idle core; looking the libraries up each time takes about 1 ms.
    assert min(took) < 2e-4
