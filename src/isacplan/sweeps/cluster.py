"""Points evaluated by the workers of a Dask cluster; this process alone keeps what they find."""

import hashlib
import logging
import pickle
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from isacplan.errors import WorkersDiedError
from isacplan.simulate.store import fingerprint
from isacplan.simulate.workers import (
    MAX_DEATHS,
    BlockSource,
    Chunk,
    ChunkSize,
    compute,
    earliest_first,
)
from isacplan.sweeps.evaluate import Task, Unit
from isacplan.sweeps.run import MOST_TOGETHER, Compute

if TYPE_CHECKING:
    from distributed import Client

Future = Any
"""A task on the cluster; Dask's own type says nothing of its result."""

PATIENCE = 60.0
"""Waiting for a scheduler, or for a first worker [s]."""

FIRST_CONTACT = 10.0
"""Waiting for a scheduler that has not been met yet [s]."""

SOURCES_KEPT = 8
"""Sweeps that share the workers of a cluster."""

POLL = 0.5
"""Between two looks at whether the cluster still is there [s]."""

Source = BlockSource[Task, Unit]


def dask_compute(
    scheduler: str | None = None, *, n_workers: int | None = None, patience: float = PATIENCE
) -> Compute:
    """Who evaluates the points of a sweep: the workers of a Dask cluster.

    A worker that dies costs what it was at; one that comes late helps; a scheduler that is started
    again goes on with what is missing.

    Parameters
    ----------
    scheduler : str, optional
        Address, such as ``tcp://10.0.0.1:8786``.
    n_workers : int, optional
        Instead, how many processes to start on this machine.
    patience : float, optional
        How long to wait for the scheduler, or for workers, before giving up [s].

    Returns
    -------
    callable
        For `isacplan.sweep` and `isacplan.sweeps.run_sweep`.

    Raises
    ------
    ValueError
        When Dask distributed is not installed; when called, if there is no such scheduler, no
        worker, or workers with another version of isacplan.
    """
    from importlib.util import find_spec

    if find_spec("distributed") is None:
        raise ValueError("Dask distributed is not installed: pip install 'isacplan[cluster]'")
    return partial(_on_cluster, scheduler=scheduler, n_workers=n_workers, patience=patience)


def _on_cluster(
    source: Source,
    missing: Iterator[Task],
    *,
    scheduler: str | None,
    n_workers: int | None,
    patience: float,
) -> Generator[Chunk[Task, Unit]]:
    first = next(missing, None)
    if first is None:
        return
    waiting, size, deaths = [[first]], ChunkSize(MOST_TOGETHER), 0
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        address = scheduler or stack.enter_context(_local_cluster(n_workers or 1))
        wait_for_scheduler = min(patience, FIRST_CONTACT)
        while True:
            with _connected(address, source, wait_for_scheduler) as client:
                session = _Session(client, token_of(source), patience)
                try:
                    for tasks, (units, seconds) in session.results(waiting, missing, size):
                        deaths = 0
                        size.measured(seconds)
                        yield tasks, units
                    return
                except _LostError as lost:
                    deaths += lost.killed
                except OSError:
                    # The scheduler went: connecting again waits for it, and says when it is gone.
                    pass
            wait_for_scheduler = patience
            if deaths > MAX_DEATHS:
                raise WorkersDiedError(
                    f"workers died {deaths} times without finishing anything: out of memory? "
                    "Use fewer workers on a machine"
                )
            waiting = session.unfinished


class _LostError(Exception):
    """What was submitted will not come back: the scheduler, or worker after worker, has gone."""

    def __init__(self, *, killed: bool) -> None:
        super().__init__()
        self.killed = killed


class _Session:
    """What has been submitted over one connection."""

    def __init__(self, client: "Client", token: str, patience: float) -> None:
        self._client: Any = client
        self._token, self._patience = token, patience
        self._running: dict[Future, list[Task]] = {}
        self._waiting: list[list[Task]] = []

    @property
    def unfinished(self) -> list[list[Task]]:
        """Tasks that have been taken and are not done, the earliest first."""
        return earliest_first([*self._waiting, *self._running.values()])

    def results(
        self, waiting: list[list[Task]], missing: Iterator[Task], size: ChunkSize
    ) -> Generator[tuple[list[Task], tuple[list[Unit], float]]]:
        """Finished tasks with their units and the seconds a point took."""
        self._waiting = waiting
        while True:
            self._submit(missing, size)
            if not self._running:
                return
            for future in self._finished():
                outcome = self._outcome(future)
                yield self._running.pop(future), outcome

    def _submit(self, missing: Iterator[Task], size: ChunkSize) -> None:
        """Keep twice as many tasks under way as there are threads, whoever joins or leaves."""
        wanted = max(2, 2 * self._threads())
        while len(self._running) < wanted:
            tasks = self._waiting.pop(0) if self._waiting else list(islice(missing, size.blocks))
            if not tasks:
                return
            self._waiting.insert(0, tasks)
            future = self._client.submit(_in_worker, self._token, tasks, pure=False)
            self._running[future] = self._waiting.pop(0)

    def _threads(self) -> int:
        return sum(self._client.nthreads().values())

    def _finished(self) -> list[Future]:
        from distributed import wait

        alone = time.monotonic()
        while True:
            try:
                with self._client.as_current():
                    found: Any = wait(
                        list(self._running), timeout=POLL, return_when="FIRST_COMPLETED"
                    )
                done: list[Future] = list(found.done)
                return done
            except TimeoutError:
                pass  # Nothing finished yet: below it is seen whether anybody still works.
            except CancelledError:
                raise _LostError(killed=False) from None
            if self._client.status != "running":
                raise _LostError(killed=False)
            if self._threads():
                alone = time.monotonic()
            elif time.monotonic() > alone + self._patience:
                raise ValueError(
                    f"no Dask worker at {self._client.scheduler.address} for "
                    f"{self._patience:.0f} s: start some and give the same command again"
                )

    def _outcome(self, future: Future) -> tuple[list[Unit], float]:
        from distributed import KilledWorker

        if future.status in ("cancelled", "lost"):
            raise _LostError(killed=False)
        try:
            return future.result()
        except CancelledError:
            raise _LostError(killed=False) from None
        except (KilledWorker, _NoSourceError):
            raise _LostError(killed=True) from None


@contextmanager
def _connected(address: str, source: Source, patience: float) -> "Generator[Client]":
    """A connection whose workers, also those that come later, have the source."""
    from distributed import Client

    try:
        client = Client(address, timeout=patience, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ValueError(f"no Dask scheduler at {address}: {error}") from None
    try:
        try:
            client.register_plugin(_source_plugin(source))
        except _OtherVersionError as error:
            raise ValueError(str(error)) from None
        yield client
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=2.0)


class _OtherVersionError(Exception):
    """A worker runs another version of isacplan."""


class _NoSourceError(Exception):
    """A worker does not have what it shall evaluate."""


def token_of(source: Source) -> str:
    """What a source is called on the workers.

    Parameters
    ----------
    source : BlockSource

    Returns
    -------
    str
    """
    return hashlib.sha256(pickle.dumps(source)).hexdigest()


def _source_plugin(source: Source) -> Any:
    from distributed import WorkerPlugin

    token, payload, version = token_of(source), pickle.dumps(source), fingerprint()

    class SourcePlugin(WorkerPlugin):
        """Gives a worker what it evaluates."""

        name = f"isacplan-{token}"

        def setup(self, worker: Any) -> None:
            """Keep the source by its token."""
            give_source(token, payload, version)

    return SourcePlugin()


_sources: dict[str, Source] = {}
_one_at_a_time = threading.Lock()


def give_source(token: str, payload: bytes, version: str) -> None:
    """Unpickle a source on a worker, once the versions are seen to agree.

    Parameters
    ----------
    token : str
    payload : bytes
    version : str
        Of who sends it.
    """
    if version != fingerprint():
        raise _OtherVersionError(
            f"a Dask worker runs isacplan {fingerprint()} and this is {version}: install the same"
        )
    while len(_sources) >= SOURCES_KEPT:
        _sources.pop(next(iter(_sources)))
    _sources[token] = pickle.loads(payload)


def _in_worker(token: str, tasks: list[Task]) -> tuple[list[Unit], float]:
    if token not in _sources:
        raise _NoSourceError(token)
    # Threads of one process would share factorisations and catch each other's warnings.
    with _one_at_a_time:
        return compute(_sources[token], tasks)


@contextmanager
def _local_cluster(n_workers: int) -> Generator[str]:
    from distributed import LocalCluster

    cluster: Any = LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,
    )
    with cluster:
        yield cluster.scheduler_address


@contextmanager
def _quiet() -> Generator[None]:
    """Dask tells of every lost connection; what matters is told in one line here."""
    names = ("distributed", "distributed.client", "distributed.core", "tornado.application")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
