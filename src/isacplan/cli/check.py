"""``isacplan check``: whether a scenario file is right."""

import json

import click

from isacplan.scenario import frame_problem, load_scenario, scenario_to_dict


@click.command("check")
@click.argument("scenario")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(scenario: str, *, as_json: bool) -> None:
    """Validate SCENARIO (a file or a preset) without solving it."""
    loaded = load_scenario(scenario)
    problem = frame_problem(loaded)
    if as_json:
        click.echo(json.dumps({"valid": True, "scenario": scenario_to_dict(loaded)}))
    else:
        click.echo(
            f"{scenario}: a valid frame scenario, {problem.n_users} users, "
            f"{problem.n_blocks} blocks"
        )
