"""``isacplan simulate``: the formulas against a simulation of a scenario."""

import math
import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from isacplan.cli.output import check_written, json_text, say, tell
from isacplan.cli.parameters import ByteSize, Precision
from isacplan.cli.progress import progress_bar
from isacplan.cli.signals import Stopped
from isacplan.files import check_target, write_whole
from isacplan.report import SimulationReport, simulation_text
from isacplan.scenario import FrameScenario, SplitScenario, load_scenario
from isacplan.sensing.estimators import ANGLE_ESTIMATORS
from isacplan.simulate import (
    Backend,
    BlockStore,
    Outcome,
    Simulation,
    SplitCurves,
    ValidityCurves,
    frame_simulation,
    run,
    split_curves,
    split_simulation,
    validity_curves,
)
from isacplan.simulate.backend import BACKENDS, DTYPES, SAMPLINGS
from isacplan.simulate.engine import affordable_workers
from isacplan.simulate.frame import DEPTHS
from isacplan.simulate.store import fingerprint

FRAME_OPTIONS = ("depth", "estimator", "sampling", "sensing_duration")
FRAME_OFFSETS_DB = tuple(range(-28, 13, 4))
PRECISION, SPLIT_PRECISION = 0.005, 0.02
"""Unless stated; that of a split takes seconds."""

FRAME_PRECISION, FRAME_TRIALS = 0.03, 2**14
"""Of pictures."""

SPLIT_OFFSETS_DB = tuple(range(-24, 10, 3))
CAPACITY_LOSSES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


@click.command("simulate")
@click.argument("scenario", default="bai2024")
@click.option("--depth", type=click.Choice(DEPTHS), help="What is drawn; default as the scenario.")
@click.option(
    "--precision",
    type=Precision(),
    help="Wanted half-width of the 95 % intervals, relative.  [default: 0.005; of a split 0.02]",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@click.option(
    "--max-trials",
    type=click.IntRange(1),
    metavar="N",
    help="Stop after N trials, 16 blocks at least.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0.0, min_open=True),
    metavar="S",
    help="Stop S seconds into the simulation, but not before 16 blocks: the one option that makes "
    "results depend on the machine.",
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
@click.option(
    "--estimator",
    type=click.Choice(sorted(ANGLE_ESTIMATORS)),
    default="maximum_likelihood",
    show_default=True,
    help="Of the angle, for end-to-end.",
)
@click.option("--backend", type=click.Choice(BACKENDS), default="numpy", show_default=True)
@click.option("--device", metavar="NAME", help="As the back end calls it, such as cuda.")
@click.option("--dtype", type=click.Choice(DTYPES), default="single", show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write JSON here, in place of an older file; over what is read it is refused.",
)
@click.option("--resume", is_flag=True, help="Continue a run of --out FILE that ended early.")
@click.option(
    "--plot", metavar="FILE", help="Draw where the formulas hold, with settings of its own."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(
    scenario: str,
    *,
    depth: str | None,
    precision: float | None,
    seed: int,
    max_trials: int | None,
    time_limit: float | None,
    workers: int | None,
    memory: int,
    sensing_duration: float | None,
    sampling: str,
    estimator: str,
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
    check_written(out, scenario, loaded)
    if plot is not None and isinstance(loaded, FrameScenario) and loaded.users is None:
        raise click.UsageError("--plot needs users that are listed, to move their sensing SNR")
    used = Backend(name=backend, device=device, dtype=dtype)
    if isinstance(loaded, SplitScenario):
        _refuse(FRAME_OPTIONS, "goes with frame scenarios only")
        usual = SPLIT_PRECISION
        simulation = split_simulation(loaded, seed=seed, backend=used)
    else:
        usual = PRECISION
        simulation = frame_simulation(
            loaded,
            depth=depth,
            seed=seed,
            sensing_duration=sensing_duration,
            sampling=sampling,
            backend=used,
            estimator=estimator,
        )
        if simulation.depth == "end-to-end":
            _refuse(("sampling",), "goes with the additive and the mismatched depth only")
        else:
            _refuse(("estimator",), "goes with --depth end-to-end only")
    n_workers = _workers(simulation, memory, workers)
    outcome = _run(
        simulation,
        partial,
        precision=usual if precision is None else precision,
        max_trials=max_trials,
        time_limit=time_limit,
        n_workers=n_workers,
    )
    report = SimulationReport(simulation=simulation, outcome=outcome, scenario=loaded)
    if out is not None and partial is not None:
        write_whole(out, f"{json_text(report.to_json())}\n".encode())
        if outcome.stopped_by == "precision":
            _remove(partial)
    if not as_json:
        say(simulation_text(report))
    if plot is not None:
        report = replace(report, curves=_draw(loaded, simulation, plot, n_workers))
        if out is not None:
            write_whole(out, f"{json_text(report.to_json(curves=True))}\n".encode())
    if as_json:
        say(json_text(report.to_json(curves=True)))


def _draw(
    scenario: FrameScenario | SplitScenario, simulation: Simulation, plot: str, n_workers: int
) -> SplitCurves | ValidityCurves:
    """Simulate what the picture shows, and draw it."""
    from isacplan.plot import plot_split_errors, plot_validity, save_figure

    with progress_bar("picture") as bar:

        def show(done: int, points: int) -> None:
            if bar is not None:
                bar(done / points, f"picture, {done} of {points} points")

        if isinstance(scenario, SplitScenario):
            found = split_curves(
                scenario,
                SPLIT_OFFSETS_DB,
                CAPACITY_LOSSES,
                n_workers=n_workers,
                seed=simulation.seed,
                progress=show,
            )
            figure = plot_split_errors(found)
        else:
            found = validity_curves(
                scenario,
                FRAME_OFFSETS_DB,
                sensing_duration=float(str(simulation.settings["sensing_duration_s"])),
                precision=FRAME_PRECISION,
                max_trials=FRAME_TRIALS,
                n_workers=n_workers,
                seed=simulation.seed,
                progress=show,
            )
            figure = plot_validity(found)
        save_figure(figure, plot)
    return found


def _refuse(names: tuple[str, ...], why: str) -> None:
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name.replace('_', '-')} {why}")


def _partial_file(out: Path | None, *, resume: bool) -> Path | None:
    """Where finished blocks are kept until the result is whole."""
    if out is None:
        if resume:
            raise click.UsageError("--resume needs the --out FILE of the run to continue")
        return None
    check_target(out)
    partial = check_target(out.with_name(f"{out.name}.partial"))
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
            key = {
                "version": fingerprint(),
                "kind": simulation.kind,
                "experiment": simulation.experiment.key,
                "seed": simulation.seed,
            }
            store = stack.enter_context(BlockStore(partial, key, tell=tell))
        bar = stack.enter_context(progress_bar("starting"))

        def show(trials: int, width: float) -> None:
            if bar is not None:
                # Work goes with the inverse square of the width.
                part = min(1.0, (precision / width) ** 2) if width > 0.0 else 1.0
                reached = f"within {100.0 * width:.2g} % of {100.0 * precision:.2g} %"
                bar(part, f"{trials} trials, {reached if width < math.inf else 'no interval yet'}")

        try:
            return run(
                simulation.experiment,
                precision=precision,
                max_trials=max_trials,
                time_limit=time_limit,
                n_workers=n_workers,
                store=store,
                progress=show,
            )
        except Stopped as stop:
            if partial is not None:
                stop.hint = "; the same command with --resume continues"
            raise
