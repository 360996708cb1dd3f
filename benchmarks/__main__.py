"""``make bench``: every claim of speed, as ratios measured in one run."""

import importlib
import os
import platform
import sys

MODULES = (
    "frame",
    "frame_growth",
    "frame_peers",
    "sampled",
    "delivered",
    "split",
    "calibration",
    "nr",
    "simulate",
    "first_look",
    "simulate_peers",
    "sweep",
    "command_line",
)


def main() -> None:
    wanted = sys.argv[1:] or MODULES
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    for name in wanted:
        module = importlib.import_module(f"benchmarks.{name}")
        print((module.__doc__ or name).splitlines()[0])
        for row, value, unit, note in module.rows():
            print(f"  {row:<58}{value:>12.4g} {unit:<12}{note}", flush=True)
        print()


if __name__ == "__main__":
    main()
