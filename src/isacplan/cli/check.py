"""``isacplan check``: whether a scenario file is right."""

import click

from isacplan.cli.blame import blame
from isacplan.cli.output import say, say_json, tell
from isacplan.scenario import (
    FrameScenario,
    frame_scene,
    load_scenario,
    scenario_to_dict,
    split_problem,
)
from isacplan.scenario.build import closed_problem
from isacplan.scenario.sampling import check_schemes
from isacplan.scenario.slips import plausible_slips
from isacplan.scenario.users import without_budget


@click.command("check")
@click.argument("scenario")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(scenario: str, *, as_json: bool) -> None:
    """Validate SCENARIO (a file or a preset) without solving it."""
    loaded = load_scenario(scenario)
    doubts = plausible_slips(loaded)
    for doubt in doubts:
        tell(f"warning: {doubt}")
    with blame(scenario):
        if isinstance(loaded, FrameScenario):
            scene = frame_scene(loaded)
            frame = closed_problem(scene)
            if not loaded.transmission.has_closed_form:
                check_schemes(scene, [loaded.transmission.scheme])
            found = f"a valid frame scenario, {frame.n_users} users, {frame.n_blocks} blocks"
        else:
            split = split_problem(loaded)
            found = (
                f"a valid split scenario, {split.n_users} users, {split.n_elements} x "
                f"{split.n_symbols} resource elements"
            )
    if as_json:
        say_json({"valid": True, "doubts": doubts, "scenario": scenario_to_dict(loaded)})
        return
    say(f"{scenario}: {found}")
    if isinstance(loaded, FrameScenario) and loaded.link is not None:
        for i, user in enumerate(without_budget(loaded).users or []):
            say(
                f"user {i}: data {user.snr_db:.1f} dB, pilot {user.pilot_snr_db:.1f} dB, echo "
                f"{user.sensing_snr_db:.1f} dB, one symbol at one antenna"
            )
