"""``isacplan simulate``: the formulas against a simulation of a scenario."""

import json
import math
import os
import re
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from isacplan.files import write_whole
from isacplan.report import simulation_json, simulation_text
from isacplan.scenario import FrameScenario, SplitScenario, load_scenario, scenario_to_dict
from isacplan.simulate import (
    Backend,
    BlockStore,
    Outcome,
    Simulation,
    frame_simulation,
    run,
    split_simulation,
    validity_curves,
)
from isacplan.simulate.backend import BACKENDS, DTYPES, SAMPLINGS
from isacplan.simulate.engine import Progress, affordable_workers
from isacplan.simulate.frame import DEPTHS

FRAME_OPTIONS = ("depth", "sensing_duration", "sampling", "backend", "device", "dtype", "plot")
PLOT_OFFSETS_DB = tuple(range(-28, 13, 4))
PLOT_PRECISION, PLOT_TRIALS = 0.03, 2**14
UNITS = {"": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "kb": 10**3, "mb": 10**6, "gb": 10**9}


class ByteSize(click.ParamType[int]):
    """A number of bytes with a unit, such as 1GiB."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Bytes from text."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]*\.?[0-9]+) *([a-z]*)", str(value).lower())
        if found is None or found[2] not in UNITS:
            self.fail(f"{value!r} is no size; write 512MiB or 1GiB", param, ctx)
        return int(float(found[1]) * UNITS[found[2]])


class Precision(click.ParamType[float]):
    """A relative half-width."""

    name = "fraction"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Checked number."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not 1e-6 <= number < 1.0:
            self.fail(f"{value!r} must be from 1e-6 to below 1, such as 0.005", param, ctx)
        return number


@click.command("simulate")
@click.argument("scenario", default="bai2024")
@click.option("--depth", type=click.Choice(DEPTHS), help="What is drawn; default as the scenario.")
@click.option(
    "--precision",
    type=Precision(),
    default=0.005,
    show_default=True,
    help="Wanted half-width of the 95 % intervals, relative.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@click.option("--max-trials", type=click.IntRange(1), metavar="N", help="Stop after N trials.")
@click.option(
    "--time-limit",
    type=click.FloatRange(0.0, min_open=True),
    metavar="S",
    help="Stop after S seconds: the one option that makes results depend on the machine.",
)
@click.option(
    "--workers", type=click.IntRange(1, 1024), metavar="N", help="Processes; default all cores."
)
@click.option(
    "--memory", type=ByteSize(), default="1GiB", show_default=True, help="Limit for all workers."
)
@click.option("--sensing-duration", type=float, metavar="S", help="Default: the best frame's [s].")
@click.option(
    "--sampling",
    type=click.Choice(SAMPLINGS),
    default="quasi",
    show_default=True,
    help="Shifted Sobol nets, or independent draws; end-to-end always draws.",
)
@click.option("--backend", type=click.Choice(BACKENDS), default="numpy", show_default=True)
@click.option("--device", metavar="NAME", help="As the back end calls it, such as cuda.")
@click.option("--dtype", type=click.Choice(DTYPES), default="single", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write JSON here.")
@click.option("--resume", is_flag=True, help="Continue an interrupted run of --out FILE.")
@click.option(
    "--plot", metavar="FILE", help="Draw where the frame's formulas hold, over the sensing SNR."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(
    scenario: str,
    *,
    depth: str | None,
    precision: float,
    seed: int,
    max_trials: int | None,
    time_limit: float | None,
    workers: int | None,
    memory: int,
    sensing_duration: float | None,
    sampling: str,
    backend: str,
    device: str | None,
    dtype: str,
    out: Path | None,
    resume: bool,
    plot: str | None,
    as_json: bool,
) -> None:
    """Simulate SCENARIO (a file or a preset) until the formulas are checked as precisely as asked.

    The same seed gives the same result for any number of workers, and after any interruption.
    """
    if plot is not None:
        from isacplan.plot import check_figure_name

        check_figure_name(plot)
    partial = _partial_file(out, resume=resume)
    loaded = load_scenario(scenario)
    if plot is not None and isinstance(loaded, FrameScenario) and loaded.users is None:
        raise click.UsageError("--plot needs users that are listed, to move their sensing SNR")
    if isinstance(loaded, SplitScenario):
        _refuse_frame_options()
        simulation = split_simulation(loaded, seed=seed)
    else:
        simulation = frame_simulation(
            loaded,
            depth=depth,
            seed=seed,
            sensing_duration=sensing_duration,
            sampling=sampling,
            backend=Backend(name=backend, device=device, dtype=dtype),
        )
    n_workers = _workers(simulation, memory, workers)
    outcome = _run(
        simulation,
        partial,
        precision=precision,
        max_trials=max_trials,
        time_limit=time_limit,
        n_workers=n_workers,
    )
    values = simulation_json(
        simulation, outcome, name=loaded.name, scenario=scenario_to_dict(loaded)
    )
    text = json.dumps(values, allow_nan=False)
    if out is not None and partial is not None:
        write_whole(out, f"{text}\n".encode())
        if outcome.stopped_by == "precision":
            _remove(partial)
    if plot is not None and isinstance(loaded, FrameScenario):
        _draw(loaded, simulation, plot, n_workers)
    click.echo(text if as_json else simulation_text(simulation, outcome, name=loaded.name))


def _draw(scenario: FrameScenario, simulation: Simulation, plot: str, n_workers: int) -> None:
    from isacplan.plot import plot_validity, save_figure

    curves = validity_curves(
        scenario,
        PLOT_OFFSETS_DB,
        sensing_duration=float(str(simulation.settings["sensing_duration_s"])),
        precision=PLOT_PRECISION,
        max_trials=PLOT_TRIALS,
        n_workers=n_workers,
        seed=simulation.seed,
    )
    save_figure(plot_validity(curves), plot)


def _refuse_frame_options() -> None:
    context = click.get_current_context()
    for name in FRAME_OPTIONS:
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name.replace('_', '-')} goes with frame scenarios only")


def _partial_file(out: Path | None, *, resume: bool) -> Path | None:
    """Where finished blocks are kept until the result is whole."""
    if out is None:
        if resume:
            raise click.UsageError("--resume needs the --out FILE of the run to continue")
        return None
    if not out.parent.is_dir():
        raise click.UsageError(f"--out {out}: no folder {out.parent}")
    if out.is_dir():
        raise click.UsageError(f"--out {out}: is a folder")
    partial = out.with_name(f"{out.name}.partial")
    if partial.exists() and not resume:
        raise click.UsageError(
            f"{partial} holds an unfinished run: continue it with --resume, or delete it"
        )
    return partial


def _remove(partial: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        partial.with_name(partial.name + ending).unlink(missing_ok=True)


def _workers(simulation: Simulation, memory: int, wanted: int | None) -> int:
    affordable = affordable_workers(simulation.experiment, memory)
    if wanted is None:
        return min(affordable, os.cpu_count() or 1)
    if wanted > affordable:
        raise click.UsageError(
            f"--workers {wanted}: {memory} bytes suffice for {affordable}; raise --memory"
        )
    return wanted


def _run(
    simulation: Simulation,
    partial: Path | None,
    *,
    precision: float,
    max_trials: int | None,
    time_limit: float | None,
    n_workers: int,
) -> Outcome:
    with ExitStack() as stack:
        store = None
        if partial is not None:
            key = f"{simulation.experiment.key} {simulation.seed}"
            store = stack.enter_context(BlockStore(partial, key))
        progress = stack.enter_context(_progress(precision))
        try:
            return run(
                simulation.experiment,
                precision=precision,
                max_trials=max_trials,
                time_limit=time_limit,
                n_workers=n_workers,
                store=store,
                progress=progress,
            )
        except KeyboardInterrupt:
            hint = "" if partial is None else "; the same command with --resume continues"
            raise click.Abort(f"interrupted{hint}") from None


@contextmanager
def _progress(precision: float) -> Generator[Progress | None]:
    """A bar on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def show(trials: int, width: float) -> None:
            # Work goes with the inverse square of the width.
            part = min(1.0, (precision / width) ** 2) if width > 0.0 else 1.0
            words = f"{trials} trials, within {100.0 * width:.2g} % of {100.0 * precision:.2g} %"
            bar.update(task, completed=part, description=words)

        yield show
