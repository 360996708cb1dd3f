"""``isacplan sweep``: a scenario at every combination of values of its keys."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from isacplan.cli.output import say, say_json, tell
from isacplan.cli.parameters import Precision
from isacplan.cli.progress import progress_bar
from isacplan.cli.signals import Stopped
from isacplan.scenario import FrameScenario, SplitScenario, load_scenario
from isacplan.simulate.frame import DEPTHS
from isacplan.sweeps import Plan, Study, dask_compute, open_study, read_study, run_sweep, sweep_plan
from isacplan.sweeps.axes import parsed
from isacplan.sweeps.run import Compute, seconds_per_point
from isacplan.sweeps.summary import summary_text, summary_values

MANY = 100_000
"""Points from which on it might be a mistake."""


class InOrder(click.Command):
    """Remembers which ``--with`` follows which ``--over``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, with the axes kept in the order in which they were typed."""
        typed: list[tuple[str, str]] = []
        for flag, value in zip(args, [*args[1:], ""], strict=True):
            name, equals, rest = flag.partition("=")
            if name in ("--over", "--with"):
                typed.append((name, rest if equals else value))
        ctx.meta["axes"] = typed
        return super().parse_args(ctx, args)


@click.command("sweep", cls=InOrder)
@click.argument("scenario", nargs=-1)
@click.option(
    "--over",
    multiple=True,
    metavar="PATH=VALUES",
    help="Vary a key: START:STOP:COUNT, START:STOP:COUNT:log, or A,B,C of numbers or names; "
    "users_paths.select=each:N takes N traced users at a time. Repeat for every combination.",
)
@click.option(
    "--with",
    "tied",
    multiple=True,
    metavar="PATH=VALUES",
    help="Varies along with the --over before it.",
)
@click.option(
    "--city", metavar="FILE", help="Plan every cell of a city, with the users that each has."
)
@click.option("--draws", type=click.IntRange(1), metavar="N", help="Redraw [users_random] N times.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@click.option(
    "--no-rivals", is_flag=True, help="Frames without their rivals: several times as fast."
)
@click.option("--simulate", is_flag=True, help="Simulate each point instead of planning it.")
@click.option("--depth", type=click.Choice(DEPTHS), help="Of the simulation of frames.")
@click.option("--precision", type=Precision(), help="Of the simulation; default 0.005.")
@click.option("--max-trials", type=click.IntRange(1), metavar="N", help="Of each simulation.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The study; the same command continues it.",
)
@click.option(
    "--workers", type=click.IntRange(1, 1024), default=1, show_default=True, help="Processes here."
)
@click.option("--scheduler", metavar="ADDRESS", help="Evaluate on the workers of a Dask scheduler.")
@click.option(
    "--cluster", type=click.IntRange(1, 1024), metavar="N", help="Start N Dask workers here."
)
@click.option("--yes", is_flag=True, help=f"Go on with more than {MANY} points.")
@click.option(
    "--show", type=click.Path(path_type=Path), metavar="FOLDER", help="Summarise a study."
)
@click.option("--plot", metavar="X", help="With --show: draw over X, and over Y if that follows.")
@click.option("--colour", metavar="Z", help="With --plot: a line, or a map, for each value of Z.")
@click.option("--variable", metavar="V", help="With --plot: what to draw; default the rate.")
@click.option(
    "--picture", metavar="FILE", help="With --plot: where; default in the study's folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(scenario: tuple[str, ...], *, show: Path | None, as_json: bool, **options: Any) -> None:
    """Evaluate SCENARIO (a file or a preset) at every combination of values of its keys.

    Every finished point is kept in the study's folder; a sweep that ended early continues where it
    stopped. `isacplan sweep --show FOLDER` summarises, also while it runs.
    """
    if show is not None:
        study = _shown(show, scenario, options)
    else:
        if options["plot"] or options["picture"]:
            raise click.UsageError("--plot and --picture go with --show FOLDER")
        study = _swept(scenario, options)
    if as_json:
        say_json(summary_values(study))
    else:
        say(summary_text(study))


def _shown(folder: Path, rest: tuple[str, ...], options: Mapping[str, Any]) -> Study:
    study = read_study(folder)
    if options["plot"] is None:
        if rest:
            raise click.UsageError(f"{rest[0]}: --show FOLDER takes no scenario")
        return study
    from isacplan.plot import check_figure_name, save_figure
    from isacplan.plot.sweep import plot_study

    if len(rest) > 1:
        raise click.UsageError("--plot takes X, or X and Y")
    axes = (options["plot"], *rest)
    dataset = open_study(folder)
    figure = plot_study(dataset, *axes, colour=options["colour"], variable=options["variable"])
    name = options["picture"] or str(folder / f"{'-'.join(axes)}.png")
    check_figure_name(name)
    save_figure(figure, name)
    tell(f"drawn: {name}")
    return study


def _swept(scenario: tuple[str, ...], options: Mapping[str, Any]) -> Study:
    if len(scenario) != 1:
        raise click.UsageError("name one SCENARIO, or a study to --show")
    if options["out"] is None:
        raise click.UsageError("--out FOLDER is missing: where the study shall be")
    loaded = load_scenario(scenario[0])
    plan = _plan(loaded, options)
    effort = _effort(options)
    _check_size(plan, effort, options)
    compute, n_workers = _engine(options)
    with progress_bar("starting") as bar:

        def progress(done: int, points: int, left: float) -> None:
            if bar is not None:
                bar(done / points, f"{done} of {points} points, {duration(left)} left")

        try:
            return run_sweep(
                plan,
                options["out"],
                effort=effort,
                n_workers=n_workers,
                compute=compute,
                progress=progress,
                tell=tell,
            )
        except Stopped as stop:
            stop.hint = "; the same command continues"
            raise


def _plan(scenario: FrameScenario | SplitScenario, options: Mapping[str, Any]) -> Plan:
    over: dict[str | tuple[str, ...], list[Any]] = {}
    for flag, text in click.get_current_context().meta["axes"]:
        path, values = parsed(text, scenario)
        if flag == "--over":
            if (path,) in over:
                raise click.UsageError(f"--over {path}: is varied twice; name each key once")
            over[path,] = [values]
        elif not over:
            raise click.UsageError(f"--with {path}: comes after the --over that it goes with")
        else:
            paths, columns = over.popitem()
            over[*paths, path] = [*columns, values]
    simulate: bool | dict[str, Any] = options["simulate"]
    if options["depth"] is not None:
        if not simulate or isinstance(scenario, SplitScenario):
            raise click.UsageError("--depth goes with --simulate and frame scenarios")
        simulate = {"depth": options["depth"]}
    return sweep_plan(
        scenario,
        over,
        draws=options["draws"] or 0,
        seed=options["seed"],
        simulate=simulate,
        rivals=not options["no_rivals"],
        city=options["city"],
    )


def _effort(options: Mapping[str, Any]) -> dict[str, Any]:
    if options["simulate"]:
        return {
            "precision": options["precision"] or 0.005,
            "max_trials": options["max_trials"],
        }
    for name in ("precision", "max_trials"):
        if options[name] is not None:
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --simulate")
    return {}


def _check_size(plan: Plan, effort: dict[str, Any], options: Mapping[str, Any]) -> None:
    if plan.n_points <= MANY or options["yes"]:
        return
    seconds = plan.n_points * seconds_per_point(plan, effort) / options["workers"]
    shape = " x ".join(str(n) for n in plan.shape)
    raise click.UsageError(
        f"{shape} are {plan.n_points} points, about {duration(seconds)} on {options['workers']} "
        "of these cores; go on with --yes"
    )


def _engine(options: Mapping[str, Any]) -> tuple[Compute | None, int]:
    if options["scheduler"] is None and options["cluster"] is None:
        return None, options["workers"]
    if options["scheduler"] is not None and options["cluster"] is not None:
        raise click.UsageError("--scheduler and --cluster: one of the two")
    return dask_compute(options["scheduler"], n_workers=options["cluster"]), 1


def duration(seconds: float) -> str:
    """A time in words of two parts at most.

    >>> duration(7), duration(3700), duration(200_000)
    ('7 s', '1 h 2 min', '2 d 7 h')
    """
    if not math.isfinite(seconds):
        return "?"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
