"""``isacplan import``: channels of other tools as a paths file."""

import json
from collections.abc import Callable
from typing import Any

import click
import numpy as np

from isacplan import channels_in
from isacplan.channels_in import ImportedUsers, paths_csv
from isacplan.cli.parameters import Vector
from isacplan.files import write_whole

Command = Callable[..., None]


def _shared(function: Command) -> Command:
    """Options of every format."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option("--plot", metavar="FILE", help="Draw users and their strongest paths."),
        click.option("--out", metavar="FILE", help="Paths file to write."),
    ):
        function = option(function)
    return function


def _finish(
    found: ImportedUsers, source: str, *, out: str | None, plot: str | None, as_json: bool
) -> None:
    if plot is not None:
        from isacplan.plot import check_figure_name

        check_figure_name(plot)
    if out is not None:
        remarks = (f"from {source}", *found.notes)
        write_whole(out, paths_csv(found.users, remarks=remarks).encode())
    if plot is not None:
        from isacplan.plot import plot_users, save_figure

        save_figure(plot_users(found.users), plot)
    click.echo(json.dumps(_values(found, out)) if as_json else _text(found, out))


def _values(found: ImportedUsers, out: str | None) -> dict[str, Any]:
    return {
        "users": len(found.users),
        "paths": found.n_paths,
        "line_of_sight": sum(user.line_of_sight for user in found.users),
        "doppler": all(user.doppler is not None for user in found.users),
        "notes": list(found.notes),
        "file": out,
    }


def _text(found: ImportedUsers, out: str | None) -> str:
    lines = [
        f"{'user':>6}{'paths':>7}{'gain':>10}{'departure':>12}{'zenith':>9}{'speed':>11}  sight"
    ]
    for user in found.users:
        first = int(np.argmax(user.gain))
        sight = {True: "yes", False: "no"}[user.line_of_sight]
        speed = "-" if user.velocity is None else f"{user.speed:.1f} m/s"
        lines.append(
            f"{user.user:>6}{user.n_paths:>7}{10 * np.log10(np.sum(user.gain)):>7.1f} dB"
            f"{np.degrees(user.azimuth[first]):>8.1f} deg"
            f"{90 - np.degrees(user.elevation[first]):>5.1f} deg{speed:>11}"
            f"  {'-' if user.n_interactions is None else sight}"
        )
    total = f"{len(found.users)} users, {found.n_paths} paths"
    kept = total if out is None else f"{total}: written to {out}"
    return "\n".join([*lines, *(f"note: {note}" for note in found.notes), kept])


@click.group("import")
def command() -> None:
    """Turn channels of other tools into a paths file for [users_paths]."""


@command.command("sionna")
@click.argument("source")
@click.option("--transmitter", type=int, metavar="N", help="Which one, from 0.")
@click.option("--transmit-antenna", type=int, metavar="N", help="Whose gains to take, from 0.")
@click.option("--receive-antenna", type=int, metavar="N", help="Which one, from 0.")
@click.option("--carrier-hz", type=float, metavar="HZ", help="Frequency that was traced.")
@_shared
def sionna(
    source: str,
    *,
    transmitter: int | None,
    transmit_antenna: int | None,
    receive_antenna: int | None,
    carrier_hz: float | None,
    **shared: Any,
) -> None:
    """SOURCE: an .npz file with the arrays of Sionna RT's Paths."""
    found = channels_in.read_sionna(
        source,
        transmitter=transmitter,
        transmit_antenna=transmit_antenna,
        receive_antenna=receive_antenna,
        carrier_frequency=carrier_hz,
    )
    _finish(found, source, **shared)


@command.command("deepmimo")
@click.argument("folder")
@click.option("--transmitter-set", type=int, metavar="ID", help="Which one.")
@click.option("--transmitter", type=int, default=0, metavar="N", help="Which one, from 0.")
@click.option("--receiver-set", type=int, metavar="ID", help="Which one.")
@click.option("--scene", type=int, metavar="N", help="Of a dynamic scenario, from 0.")
@click.option(
    "--scene-interval", type=float, metavar="S", help="Time between scenes: gives velocities."
)
@click.option(
    "--velocity", type=Vector(), metavar="X,Y,Z", help="Of all users, where not known [m/s]."
)
@_shared
def deepmimo(
    folder: str,
    *,
    transmitter_set: int | None,
    transmitter: int,
    receiver_set: int | None,
    scene: int | None,
    scene_interval: float | None,
    velocity: np.ndarray | None,
    **shared: Any,
) -> None:
    """FOLDER: a scenario of DeepMIMO v4."""
    found = channels_in.read_deepmimo(
        folder,
        transmitter_set=transmitter_set,
        transmitter=transmitter,
        receiver_set=receiver_set,
        scene=scene,
        scene_interval=scene_interval,
        velocity=velocity,
    )
    _finish(found, folder, **shared)
