"""Long tasks in the background, each in a process, each known only to whoever started it."""

import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from threading import Lock, Semaphore, Thread
from typing import Any

FORGOTTEN_AFTER = 30.0
"""Seconds after which a task that nobody asks for is ended: its page is gone."""

MOST_JOBS = 64


@dataclass(eq=False)
class _Job:
    task: dict[str, Any]
    asked: float
    process: "subprocess.Popen[str] | None" = None
    cancelled: bool = False
    status: dict[str, Any] = field(default_factory=lambda: {"part": 0.0, "words": "waiting"})


class Jobs:
    """Tasks by a token that cannot be guessed.

    Parameters
    ----------
    at_once : int, optional
        Processes at a time; default one less than there are cores, and at least one.
    """

    def __init__(self, at_once: int | None = None) -> None:
        self._free = Semaphore(at_once or max(1, (os.cpu_count() or 2) - 1))
        self._lock = Lock()
        self._jobs: dict[str, _Job] = {}
        Thread(target=self._forget, daemon=True).start()

    def start(self, task: dict[str, Any]) -> str:
        """Begin a task.

        Parameters
        ----------
        task : dict
            As of `isacplan.web.work.run_task`.

        Returns
        -------
        str
            Token.

        Raises
        ------
        ValueError
            When too many are waiting.
        """
        token, job = secrets.token_urlsafe(16), _Job(task, time.monotonic())
        with self._lock:
            if len(self._jobs) >= MOST_JOBS:
                raise ValueError(f"{MOST_JOBS} tasks are waiting already: try again later")
            self._jobs[token] = job
        Thread(target=self._run, args=(job,), daemon=True).start()
        return token

    def status(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """How far a task is; a finished one is forgotten.

        Parameters
        ----------
        token : str

        Returns
        -------
        status : dict
            `part` and `words`, or one of `result`, `infeasible` and `error`.
        task : dict
            As it was started; empty when it is gone.
        """
        with self._lock:
            job = self._jobs.get(token)
            if job is None:
                return {"error": "this task is gone, as after a restart: start it again"}, {}
            job.asked = time.monotonic()
            if "part" not in job.status:
                del self._jobs[token]
            return job.status, job.task

    def cancel(self, token: str) -> None:
        """End a task; one that is gone is none.

        Parameters
        ----------
        token : str
        """
        with self._lock:
            job = self._jobs.pop(token, None)
            if job is None:
                return
            job.cancelled = True
            if job.process is not None:
                job.process.kill()

    def cancel_all(self) -> None:
        """End every task."""
        for token in list(self._jobs):
            self.cancel(token)

    def _run(self, job: _Job) -> None:
        with self._free:
            with self._lock:
                if job.cancelled:
                    return
                job.process = subprocess.Popen(
                    [sys.executable, "-m", "isacplan.web.work"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            process = job.process
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("a process was started without its pipes")
            with process, process.stdin, process.stdout:
                try:
                    process.stdin.write(json.dumps(job.task) + "\n")
                    process.stdin.close()
                except BrokenPipeError:
                    pass  # What it could not read shows below: it ended without a result.
                for line in process.stdout:
                    job.status = json.loads(line)
        if "part" in job.status:
            job.status = {"error": "the task ended without a result: too little memory?"}

    def _forget(self) -> None:
        while True:
            time.sleep(FORGOTTEN_AFTER / 6.0)
            now = time.monotonic()
            for token, job in list(self._jobs.items()):
                if now - job.asked > FORGOTTEN_AFTER:
                    self.cancel(token)
