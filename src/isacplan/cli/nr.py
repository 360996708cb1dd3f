"""``isacplan nr``: the best configuration that a 5G base station can be set to."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypedDict

import click

from isacplan.cli.blame import blame
from isacplan.cli.output import say, say_json
from isacplan.results import Answer
from isacplan.scenario import FrameScenario, SplitScenario, load_scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from isacplan.report.legal_simulated import LegalSimulation
    from isacplan.report.legal_split import LegalSplitReport

Answered: TypeAlias = "tuple[Answer, str, Callable[[], Figure]]"
"""A report, its text, and what draws it."""

PRECISION = 0.05
"""Relative half-width of the intervals of a simulation."""

MEMORY = 2**30
"""That its workers may take together [byte]."""


class Asked(TypedDict):
    """What both kinds of scenario may be asked for."""

    bandwidth: float | None
    guard_symbols: int
    release: int
    update_period: int | None
    service: str | None


@click.command("nr")
@click.argument("scenario", default="munich")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--plot", metavar="FILE", help="Draw the slots, symbol by symbol.")
@click.option(
    "--bandwidth-mhz",
    type=click.FloatRange(0.0, 10_000.0, min_open=True),
    metavar="MHZ",
    help="Of the carrier; default the scenario's, of frames that state none 20.",
)
@click.option(
    "--guard-symbols",
    type=click.IntRange(1, 11),
    default=1,
    show_default=True,
    help="Between downlink and uplink.",
)
@click.option(
    "--release",
    type=click.Choice(["15", "17"]),
    default="15",
    show_default=True,
    help="Symbols of an update: 1, 2, 4, or those of release 17 as well.",
)
@click.option(
    "--update-period",
    type=click.IntRange(1, 2560),
    metavar="SLOTS",
    help="Between channel updates; default the best.",
)
@click.option(
    "--service",
    type=click.Choice([f"category-{i}" for i in range(1, 8)]),
    help="Check the requirements of this sensing service (TS 22.137, table 6.2-1).",
)
@click.option(
    "--simulate",
    is_flag=True,
    help="Draw the tones and the data of a legal split, and compare (a minute or so).",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    show_default=True,
    help="Of the draws, where beams and receivers have no closed form.",
)
def command(
    scenario: str,
    *,
    as_json: bool,
    plot: str | None,
    bandwidth_mhz: float | None,
    guard_symbols: int,
    release: str,
    update_period: int | None,
    service: str | None,
    simulate: bool,
    seed: int,
) -> None:
    """Find the best legal 5G NR configuration of SCENARIO, and what legality costs."""
    if plot is not None:
        from isacplan.plot import check_figure_name

        check_figure_name(plot)
    loaded = load_scenario(scenario)
    bandwidth = None if bandwidth_mhz is None else 1e6 * bandwidth_mhz
    if simulate and isinstance(loaded, FrameScenario):
        raise click.UsageError(f"--simulate goes with splits: isacplan simulate {scenario}")
    asked: Asked = {
        "bandwidth": bandwidth,
        "guard_symbols": guard_symbols,
        "release": int(release),
        "update_period": update_period,
        "service": service,
    }
    with blame(scenario):
        if isinstance(loaded, FrameScenario):
            found, text, draw = _frame(loaded, asked, seed)
        else:
            found, text, draw = _split(loaded, asked, seed if simulate else None)
    if as_json:
        say_json(found.to_json())
    else:
        say(text)
    if plot is not None:
        from isacplan.plot import save_figure

        save_figure(draw(), plot)


def _frame(scenario: FrameScenario, asked: Asked, seed: int) -> Answered:
    from isacplan.report.legal import legal_report, legal_text

    def draw() -> "Figure":
        from isacplan.plot.resource_grid import plot_legal_frame

        return plot_legal_frame(report.frame, title=scenario.name)

    report = legal_report(scenario, seed=seed, **asked)
    return report, legal_text(report), draw


def _split(scenario: SplitScenario, asked: Asked, seed: int | None) -> Answered:
    """The report, with a simulation where a seed is given."""
    from isacplan.report.legal_split import legal_split_report
    from isacplan.report.legal_split_text import legal_split_text

    def draw() -> "Figure":
        from isacplan.plot.split_grid import plot_legal_split

        return plot_legal_split(report.split, title=scenario.name)

    report = legal_split_report(scenario, **asked)
    if seed is not None:
        report = replace(report, simulation=_simulated(report, seed))
    return report, legal_split_text(report), draw


def _simulated(report: "LegalSplitReport", seed: int) -> "LegalSimulation":
    import os

    from isacplan.report.legal_simulated import LegalSimulation
    from isacplan.simulate import run
    from isacplan.simulate.engine import affordable_workers
    from isacplan.simulate.legal_draws import legal_split_simulation

    simulation = legal_split_simulation(report.split, report.plan.requirement, seed=seed)
    n_workers = min(affordable_workers(simulation.experiment, MEMORY), os.cpu_count() or 1)
    outcome = run(simulation.experiment, precision=PRECISION, n_workers=n_workers)
    return LegalSimulation(simulation=simulation, outcome=outcome)
