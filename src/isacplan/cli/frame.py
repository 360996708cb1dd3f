"""``isacplan frame``: the best frame of a scenario, with its proof."""

import click

from isacplan import _check
from isacplan.cli.blame import blame
from isacplan.cli.output import say, say_json
from isacplan.frame import CertificateCheck, check_certificate
from isacplan.report import FrameReport, frame_report, frame_text
from isacplan.results import Record
from isacplan.scenario import FrameScenario, load_scenario


@click.command("frame")
@click.argument("scenario", default="munich")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--curves", is_flag=True, help="With --json: the rates around the design too.")
@click.option("--plot", metavar="FILE", help="Draw the frame and the rates around it.")
@click.option(
    "--sensing-duration",
    type=float,
    metavar="S",
    help="Evaluate this sensing time [s] instead of the best; needs --updates.",
)
@click.option(
    "--updates",
    type=int,
    metavar="M",
    help="Evaluate this number of updates instead of the best; needs --sensing-duration.",
)
@click.option("--gap", type=float, default=1e-6, show_default=True, help="Relative gap to prove.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of the draws, where beams and receivers have no closed form.",
)
@click.option(
    "--compare",
    type=click.Choice(["precoder", "receiver"]),
    multiple=True,
    help="Show the best frame of every one as well, on the same draws; may be given twice.",
)
@click.option("--verify", is_flag=True, help="Check rate and bound again by other mathematics.")
def command(
    scenario: str,
    *,
    as_json: bool,
    curves: bool,
    plot: str | None,
    sensing_duration: float | None,
    updates: int | None,
    gap: float,
    seed: int,
    compare: tuple[str, ...],
    verify: bool,
) -> None:
    """Find the best frame of SCENARIO (a file or a preset) and prove that none is better."""
    if plot is not None:
        from isacplan.plot import check_figure_name

        check_figure_name(plot)
    if curves and not as_json:
        raise click.UsageError("--curves goes with --json: --plot draws them")
    loaded = load_scenario(scenario)
    if not isinstance(loaded, FrameScenario):
        raise click.UsageError(f'{scenario}: kind = "split": use `isacplan split`')
    design = _design(sensing_duration, updates)
    if verify and design is not None:
        raise click.UsageError("--verify needs the best frame: a given design has no bound")
    if compare and design is not None:
        raise click.UsageError("--compare is about best frames: it takes no given design")
    _check.real("--gap", gap, at_least=1e-12, at_most=1.0)
    with blame(scenario):
        axes = tuple(dict.fromkeys(compare))
        report = frame_report(loaded, relative_gap=gap, seed=seed, design=design, compare=axes)
        # What does not sense is found by trying every update and allocation; the bound that the
        # search proved is on frames that sense.
        checked = report.sensing_solution
        check = check_certificate(report.problem, checked) if verify else None
    if plot is not None:
        from isacplan.plot import plot_frame, save_figure

        save_figure(plot_frame(report), plot)
    if as_json:
        say_json(_as_record(report, check, curves=curves).to_json())
    else:
        say(_as_text(report, check))
    if check is not None and not check.passed:
        raise click.exceptions.Exit(1)


def _design(sensing_duration: float | None, updates: int | None) -> tuple[float, int] | None:
    if sensing_duration is None and updates is None:
        return None
    if sensing_duration is None or updates is None:
        raise click.UsageError("--sensing-duration and --updates go together")
    return sensing_duration, updates


def _as_record(report: FrameReport, check: CertificateCheck | None, *, curves: bool) -> Record:
    found = report.record(curves=curves)
    if check is None:
        return found
    verification = {
        "passed": check.passed,
        "feasible": check.feasible,
        "rate_error": check.rate_error,
        "bound_holds": check.bound_holds,
        "n_boxes": check.n_boxes,
        "basis": check.basis,
    }
    return Record(values={**found.values, "verification": verification})


def _as_text(report: FrameReport, check: CertificateCheck | None) -> str:
    text = frame_text(report)
    if check is None:
        return text
    verdict = "stands" if check.passed else "DOES NOT STAND"
    return (
        f"{text}\n\nchecked again: {verdict} (rate within {check.rate_error:.1e}, bound "
        f"{'holds' if check.bound_holds else 'not verified'} at {check.n_boxes} sensing times; "
        f"{check.basis})"
    )
