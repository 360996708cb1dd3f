"""Repeated timings of calls and of whole processes."""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter, process_time

ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def median_time(function: Callable[[], object], *, repeats: int = 15) -> float:
    """Median processor time of a call [s], after one that is not counted.

    Processor time, because other work on the machine stretches the wall clock.
    """
    function()
    times = []
    for _ in range(repeats):
        start = process_time()
        function()
        times.append(process_time() - start)
    return statistics.median(times)


def process(arguments: list[str], *, repeats: int = 5) -> float:
    """Median wall-clock time of a Python process [s]."""
    times = []
    for _ in range(repeats + 1):
        start = perf_counter()
        subprocess.run(
            [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, timeout=300
        )
        times.append(perf_counter() - start)
    return statistics.median(times[1:])


def alone(code: str) -> tuple[str, float]:
    """Output of code run in a fresh process on one core, and the process's peak memory [MiB]."""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | ONE_CORE,
    ) as child:
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"benchmark process failed with {child.returncode}")
    return output, usage.ru_maxrss / 1024
