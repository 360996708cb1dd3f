"""Small matrices on one thread of the linear algebra, and the caller's own setting afterwards."""

import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import Protocol


class _Pool(Protocol):
    """What is used of a thread pool as threadpoolctl finds it."""

    filepath: str
    user_api: str

    @property
    def num_threads(self) -> int: ...

    def set_num_threads(self, num_threads: int) -> object: ...


class _Limiter:
    """Thread pools that the whole process shares: the first who enters limits, the last restores.

    Two callers in two Python threads would otherwise restore each other's settings: the second
    finds the limit of the first, and puts it back when the first has gone.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._before: dict[str, tuple[_Pool, int]] = {}
        self._known: list[_Pool] = []
        self._n_modules = 0

    def enter(self) -> list[tuple[_Pool, int]]:
        """Limit every pool; returns those of this Python thread alone, and what they had."""
        with self._lock:
            alone: list[tuple[_Pool, int]] = []
            for pool in self._pools():
                if _of_one_thread(pool):
                    alone.append((pool, pool.num_threads))
                elif pool.filepath not in self._before:
                    self._before[pool.filepath] = pool, pool.num_threads
            _set([(pool, 1) for pool, _ in (*alone, *self._before.values())])
            self._inside += 1
            return alone

    def leave(self, alone: Iterable[tuple[_Pool, int]]) -> None:
        """Restore this thread's pools, and the shared ones when nobody else is inside."""
        with self._lock:
            _set(alone)
            self._inside -= 1
            if self._inside == 0:
                _set(self._before.values())
                self._before = {}

    def _pools(self) -> list[_Pool]:
        """Pools of the libraries loaded so far; looking takes a millisecond, so rarely done."""
        if len(sys.modules) != self._n_modules:
            from threadpoolctl import ThreadpoolController

            import_module("numpy")  # whose library must be there to be limited
            self._known = list(ThreadpoolController().lib_controllers)
            self._n_modules = len(sys.modules)
        return self._known


def _of_one_thread(pool: _Pool) -> bool:
    """Whether a limit holds for the Python thread that sets it, as with OpenMP."""
    return "openmp" in (pool.user_api, getattr(pool, "threading_layer", None))


def _set(limits: Iterable[tuple[_Pool, int]]) -> None:
    from threadpoolctl import OpenBLASController

    # threadpoolctl lets only one Python thread set a shared pool; here a lock sees to that.
    OpenBLASController.clear_controlling_thread(force=True)
    for pool, n_threads in limits:
        pool.set_num_threads(n_threads)
    OpenBLASController.clear_controlling_thread(force=True)


_limiter = _Limiter()


@contextmanager
def few_threads() -> Generator[None]:
    """Run linear algebra on one thread, as a context manager or as a decorator.

    Threads cost more than they give where matrices are small, many times more on busy cores, and
    a sum split over threads differs in its last bits: results must not depend on them. What was
    set before is restored at the end, also with several callers in several Python threads. Entering
    costs some ten microseconds. A library of linear algebra that is loaded inside is limited from
    the next entry on.

    Examples
    --------
    >>> import numpy as np
    >>> with few_threads():
    ...     values = np.linalg.eigvalsh(np.eye(2))

    >>> @few_threads()
    ... def solve(matrix):
    ...     return np.linalg.solve(matrix, np.ones(2))
    >>> solve(np.eye(2))
    array([1., 1.])
    """
    alone = _limiter.enter()
    try:
        yield
    finally:
        _limiter.leave(alone)
