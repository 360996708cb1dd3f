"""``isacplan presets``: the scenarios that come with the package."""

import json

import click

from isacplan.cli.output import say
from isacplan.scenario import load_scenario, preset_names, scenario_to_dict


@click.command("presets")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(*, as_json: bool) -> None:
    """List the scenarios that come with the package."""
    scenarios = {name: scenario_to_dict(load_scenario(name)) for name in preset_names()}
    if as_json:
        say(json.dumps({"presets": scenarios}))
        return
    for name, values in scenarios.items():
        say(f"{name:<14}{values['kind']:<8}{values.get('name', '')}")
