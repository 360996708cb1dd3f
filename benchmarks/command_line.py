"""Whole processes: import and command line."""

from benchmarks.timing import process


def rows():
    numpy = process(["-c", "import numpy"])
    yield "import numpy", numpy, "s", ""
    ours = process(["-c", "import isacplan"])
    yield "import isacplan", ours, "s", f"{ours / numpy:.2f} x numpy; aim: 0.5 s"
    frame = process(["-m", "isacplan", "frame", "bai2024", "--json"])
    yield "isacplan frame bai2024 --json", frame, "s", "aim: 1.5 s"
