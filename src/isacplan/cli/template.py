"""``isacplan template``: a scenario file to start from."""

import click

from isacplan.cli.output import say
from isacplan.scenario.load import SCENARIO_TYPES
from isacplan.scenario.template import scenario_template


@click.command("template")
@click.argument("kind", type=click.Choice(sorted(SCENARIO_TYPES)))
@click.option("--full", is_flag=True, help="Every key there is, with its range and its source.")
def command(*, kind: str, full: bool) -> None:
    """Print a commented scenario file of KIND; `isacplan template frame > my.toml` keeps it."""
    say(scenario_template(kind, full=full).rstrip())
