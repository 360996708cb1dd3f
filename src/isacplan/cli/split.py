"""``isacplan split``: the trade-off between localization and communication."""

import click

from isacplan.cli.blame import blame
from isacplan.cli.output import say, say_json
from isacplan.report import split_report, split_text
from isacplan.scenario import Question, SplitScenario, load_scenario


@click.command("split")
@click.argument("scenario", default="gao2024")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--curves", is_flag=True, help="With --json: every front and the map of winners too.")
@click.option("--plot", metavar="FILE", help="Draw the trade-off and the map of winners.")
@click.option(
    "--capacity-loss",
    type=float,
    metavar="F",
    help="Give away at most this part of the capacity, 0 to 1; find the best accuracy.",
)
@click.option(
    "--crb-loss",
    type=float,
    metavar="L",
    help="Accept at most L times the best position bound; find the most capacity.",
)
@click.option(
    "--position-rmse-m",
    type=float,
    metavar="M",
    help="Accept at most this root mean square error [m] of any user, outliers included; find the "
    "most capacity.",
)
def command(
    scenario: str,
    *,
    as_json: bool,
    curves: bool,
    plot: str | None,
    capacity_loss: float | None,
    crb_loss: float | None,
    position_rmse_m: float | None,
) -> None:
    """Split time and band of SCENARIO (a file or a preset) between localization and data."""
    if plot is not None:
        from isacplan.plot import check_figure_name

        check_figure_name(plot)
    if curves and not as_json:
        raise click.UsageError("--curves goes with --json: --plot draws them")
    question = Question(
        capacity_loss=capacity_loss, crb_loss=crb_loss, position_rmse=position_rmse_m
    )
    loaded = load_scenario(scenario)
    if not isinstance(loaded, SplitScenario):
        raise click.UsageError(f'{scenario}: kind = "frame": use `isacplan frame`')
    with blame(scenario):
        report = split_report(loaded, question=question)
    if plot is not None:
        from isacplan.plot import plot_split, save_figure

        save_figure(plot_split(report), plot)
    if as_json:
        say_json(report.to_json(curves=curves))
    else:
        say(split_text(report))
