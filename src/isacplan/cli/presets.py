"""``isacplan presets``: the scenarios that come with the package."""

import click

from isacplan.cli.output import say, say_json
from isacplan.scenario import load_scenario, preset_names, preset_text, scenario_to_dict


@click.command("presets")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(*, name: str | None, as_json: bool) -> None:
    """List the scenarios that come with the package, or print the file of NAME.

    `isacplan presets street > mine.toml` is a scenario to change.
    """
    if name is not None and not as_json:
        say(preset_text(name).rstrip())
        return
    names = preset_names() if name is None else [name]
    if name is not None:
        preset_text(name)
    scenarios = {each: scenario_to_dict(load_scenario(each)) for each in names}
    if as_json:
        say_json({"presets": scenarios})
        return
    for each, values in scenarios.items():
        say(f"{each:<14}{values['kind']:<8}{values.get('name', '')}")
