"""What reaches standard output and standard error, and the exit status that goes with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isacplan.cli.output import LONGEST, tell
from isacplan.cli.run import EPILOG, run
from isacplan.simulate import engine

PRESETS = Path(__file__).parents[2] / "src/isacplan/presets"


def piped(command, *, into):
    """Both statuses and what was said, when the output goes into another command."""
    line = f'{sys.executable} -m isacplan {command} | {into}; echo "${{PIPESTATUS[@]}}"'
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout.splitlines()[-1].split()[0], done.stderr


@pytest.mark.parametrize("command", ["frame bai2024 --json", "presets", "--help", "--version"])
def test_a_reader_that_leaves_is_no_error(command):
    assert piped(command, into="true") == ("0", "")


def test_work_goes_on_without_a_reader(tmp_path):
    """The picture is drawn after the text was printed."""
    picture = tmp_path / "x.svg"
    scenario = tmp_path / "s.toml"
    text = (PRESETS / "gao2024.toml").read_text()
    scenario.write_text(text)
    command = f"split {scenario} --json --plot {picture}"
    assert piped(command, into="true") == ("0", "")
    assert "</svg>" in picture.read_text()


def test_everything_said_after_the_reader_left_goes_nowhere():
    read, write = os.pipe()
    os.close(read)
    program = "from isacplan.cli.output import say; say('x' * 100000); say('y'); print('z')"
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frame", "n" * 100_000], "no such file or preset"),
        (["frame", "bai2024", "--gap", "1" * 100_000], "--gap"),
        (["simulate", "bai2024", "--memory", "x" * 100_000], "no size"),
        (["x" * 100_000], "No such command"),
        (["split", "gao2024", "--plot", "y" * 100_000], "a figure ends in"),
    ],
)
def test_a_long_value_is_echoed_within_a_line(capsys, arguments, words):
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert words in said
    assert len(said) < LONGEST + 50


def test_a_long_value_in_a_file_is_echoed_within_a_line(tmp_path, capsys):
    text = (PRESETS / "bai2024.toml").read_text()
    changes = {"n_blocks = 35": f"n_blocks = '{'z ' * 50_000}'", "rho = 0.98": f"{'r' * 9999} = 1"}
    for old, new in changes.items():
        assert old in text
        file = tmp_path / "s.toml"
        file.write_text(text.replace(old, new))
        assert run(["check", str(file)]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"isacplan: {file}: ")
        assert (said.count("\n"), len(said) < LONGEST + 50) == (1, True)


def test_what_could_steer_a_terminal_is_shown_not_sent(capsys):
    assert run(["frame", "a\x1b[31m\nred\udcff"]) == 2
    said = capsys.readouterr().err
    assert r"a\x1b[31m red\udcff" in said


def test_an_error_keeps_its_start_and_its_end(capsys):
    tell("start " + "m" * 10_000 + " end")
    said = capsys.readouterr().err
    assert said.startswith("isacplan: start mm")
    assert said.endswith("mm end\n")


def test_no_warning_of_a_library_comes_before_the_error():
    program = (
        "import sys, warnings\n"
        "from isacplan.cli import main, run\n"
        "def refuse(_):\n"
        "    warnings.warn('divide by zero', RuntimeWarning)\n"
        "    raise ValueError('the one line')\n"
        "run._invoke = refuse\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (2, "isacplan: the one line\n")
    loud = subprocess.run(
        [sys.executable, "-W", "default", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "divide by zero" in loud.stderr


WORKERS_DIE = """
import os
if __name__ != "__main__":  # a worker, which loads this file too
    os._exit(9)
from isacplan.simulate import engine
from isacplan.cli import main
import sys
engine.PATIENCE = 0.0
sys.argv = ["isacplan", "simulate", "bai2024", "--workers", "2", "--memory", "4GiB"]
sys.argv += ["--out", {out!r}]
main()
"""


def test_workers_that_keep_dying_end_in_one_line_and_a_status_of_their_own(tmp_path):
    assert engine.PATIENCE > 0.0
    program = tmp_path / "program.py"
    program.write_text(WORKERS_DIE.format(out=str(tmp_path / "x.json")))
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr == (
        "isacplan: workers died 6 times without finishing anything: out of memory? Use fewer "
        "workers\n"
    )


def test_a_fault_of_ours_is_one_line_that_says_where(monkeypatch, capsys):
    def broken(_):
        return 1 + "1"

    monkeypatch.setattr("isacplan.cli.run._invoke", broken)
    assert run(["presets"]) == 4
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "a fault of isacplan, please report it: TypeError: unsupported" in said
    assert "(test_output.py, line" in said


def test_the_help_tells_every_exit_status(capsys):
    assert run(["--help"]) == 0
    told = capsys.readouterr().out
    for line in EPILOG.splitlines()[1:]:
        assert line.strip() in told


@pytest.mark.parametrize(
    ("option", "what"), [("--out", "simulate bai2024"), ("--plot", "frame bai2024")]
)
def test_files_that_are_none_are_refused_before_the_work(tmp_path, capsys, option, what):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    assert run([*what.split(), option, str(pipe)]) == 2
    assert capsys.readouterr().err == (
        f"isacplan: {pipe}: cannot be written: a pipe, not a regular file; name another file\n"
    )
    link = tmp_path / "null.png"
    link.symlink_to("/dev/null")
    assert run([*what.split(), option, str(link)]) == 2
    assert "a device, not a regular file" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["1e9", "1E9", "1e+9", "1.5e9", "0.9GiB", "1e3 mb", "900000000."])
def test_memory_is_understood(capsys, size):
    done = ["simulate", "bai2024", "--max-trials", "1", "--memory", size]
    assert run(done) == 2
    assert "max_trials must be" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["1e", "e9", "1e9e9", "1.2.3", "1e999", "-1e9", "nan", "1e-9"])
def test_memory_that_is_none_is_refused(capsys, size):
    assert run(["simulate", "bai2024", "--memory", size]) == 2
    assert "is no size; write 512MiB, 1GiB or 1e9" in capsys.readouterr().err


@pytest.mark.slow
def test_doubts_about_the_input_are_told_and_the_work_goes_on(tmp_path, capsys):
    rows = (PRESETS / "munich_3500mhz_paths.csv").read_text().splitlines()
    head = next(i for i, row in enumerate(rows) if row.startswith("user"))
    x = rows[head].split(",").index("x_m")
    for i in range(head + 1, len(rows)):
        cells = rows[i].split(",")
        if cells[0] == "17":
            rows[i] = ",".join([*cells[:x], str(float(cells[x]) + 23.0), *cells[x + 1 :]])
    (tmp_path / "moved.csv").write_text("\n".join(rows) + "\n")
    scenario = (PRESETS / "munich.toml").read_text()
    (tmp_path / "s.toml").write_text(scenario.replace("munich_3500mhz_paths.csv", "moved.csv"))
    status = run(
        [
            "frame",
            str(tmp_path / "s.toml"),
            "--json",
            "--sensing-duration",
            "1e-3",
            "--updates",
            "9",
        ]
    )
    out, err = capsys.readouterr()
    assert status == 0
    assert out.startswith("{")
    assert err.count("isacplan: warning: ") == err.count("\n") == 1
    assert "lines of sight miss the users' positions" in err


def test_no_command_at_all_prints_the_help(capfd):
    assert run([]) == 0
    printed = capfd.readouterr()
    assert printed.err == ""
    assert run(["--help"]) == 0
    assert printed.out == capfd.readouterr().out
    assert "\n  frame" in printed.out
