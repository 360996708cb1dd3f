"""``isacplan import``: channels of other tools as a paths file."""

import io
from collections.abc import Callable
from typing import Any

import click
import numpy as np

from isacplan import channels_in
from isacplan.channels_in import ImportedUsers, paths_csv
from isacplan.cli.output import say, say_json
from isacplan.cli.parameters import Vector
from isacplan.files import check_other_file, write_whole

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
        check_other_file(out, source)
        remarks = (f"from {source}", *found.notes)
        write_whole(out, paths_csv(found.users, remarks=remarks).encode())
    if plot is not None:
        from isacplan.plot import plot_users, save_figure

        save_figure(plot_users(found.users), plot)
    if as_json:
        say_json(_values(found, out))
    else:
        say(_text(found, out))


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
        f"{'user':>6}{'paths':>7}{'gain':>11}{'azimuth':>13}{'zenith':>11}{'speed':>11}  sight"
    ]
    for user in found.users:
        first = int(np.argmax(user.gain))
        sight = {True: "yes", False: "no"}[user.line_of_sight]
        speed = "-" if user.velocity is None else f"{user.speed:.1f} m/s"
        lines.append(
            f"{user.user:>6}{user.n_paths:>7}{10 * np.log10(np.sum(user.gain)):>8.1f} dB"
            f"{np.degrees(user.azimuth[first]):>9.1f} deg"
            f"{90 - np.degrees(user.elevation[first]):>7.1f} deg{speed:>11}"
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


@command.command("matlab")
@click.argument("source")
@click.option("--transmitter", type=int, metavar="N", help="Its index.")
@click.option("--velocity", type=Vector(), metavar="X,Y,Z", help="Of all users [m/s].")
@_shared
def matlab(
    source: str, *, transmitter: int | None, velocity: np.ndarray | None, **shared: Any
) -> None:
    """SOURCE: rays of MATLAB's raytrace as JSON, with the fields of DeepMIMO's converter."""
    found = channels_in.read_matlab(source, transmitter=transmitter, velocity=velocity)
    _finish(found, source, **shared)


@command.command("csv")
@click.argument("source")
@_shared
def paths_file(source: str, **shared: Any) -> None:
    """SOURCE: a paths file, which is checked and written anew with its units."""
    _finish(channels_in.read_csv(source), source, **shared)


@command.command("cdl")
@click.argument("model", type=click.Choice(["A", "B", "C", "D", "E"]))
@click.option(
    "--azimuth-deg", type=float, multiple=True, required=True, help="Of a user; repeat for more."
)
@click.option("--zenith-deg", type=click.FloatRange(0, 180), help="Mean of departure.")
@click.option("--gain-db", type=click.FloatRange(-400, 30), required=True, help="Mean gain.")
@click.option("--delay-spread-ns", type=float, metavar="NS", help="Root mean square.")
@click.option("--departure-spread-deg", type=float, metavar="DEG", help="Default: the model's.")
@click.option("--velocity", type=Vector(), metavar="X,Y,Z", help="Of all users [m/s].")
@click.option("--carrier-hz", type=float, metavar="HZ", help="For the Doppler shifts.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Of the coupling of rays.")
@_shared
def cdl(
    model: str,
    *,
    azimuth_deg: tuple[float, ...],
    zenith_deg: float | None,
    gain_db: float,
    delay_spread_ns: float | None,
    departure_spread_deg: float | None,
    velocity: np.ndarray | None,
    carrier_hz: float | None,
    seed: int,
    **shared: Any,
) -> None:
    """MODEL: a clustered delay line of 3GPP TR 38.901, A to E."""
    found = channels_in.cdl_users(
        model,
        azimuth=[float(angle) for angle in np.radians(azimuth_deg)],
        gain=10.0 ** (gain_db / 10.0),
        zenith=None if zenith_deg is None else float(np.radians(zenith_deg)),
        delay_spread=None if delay_spread_ns is None else 1e-9 * delay_spread_ns,
        departure_spread=None
        if departure_spread_deg is None
        else float(np.radians(departure_spread_deg)),
        velocity=velocity,
        carrier_frequency=carrier_hz,
        seed=seed,
    )
    _finish(found, f"CDL-{model}", **shared)


@command.command("sampled")
@click.argument("source")
@click.option("--block-us", type=float, required=True, help="Duration of a block [us].")
@click.option("--blocks", type=click.IntRange(1), default=20, help="Lags to print.")
@click.option(
    "--received-as",
    type=click.Choice(["h^T w", "h^H w"]),
    default="h^T w",
    help="What a user receives of a beam w.",
)
@click.option("--out", metavar="FILE", help=".npz file for correlation and aging.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sampled(
    source: str, *, block_us: float, blocks: int, received_as: str, out: str | None, as_json: bool
) -> None:
    """SOURCE: an .npz file with H (time, antenna) or (user, time, antenna), and interval_s."""
    if out is not None:
        check_other_file(out, source)
    channels = channels_in.read_sampled(source, received_as=received_as)
    rho = np.array([one.aging(1e-6 * block_us, blocks) for one in channels])
    if out is not None:
        buffer = io.BytesIO()
        np.savez(
            buffer,
            correlation=np.array([one.correlation for one in channels]),
            mean_gain=np.array([one.mean_gain for one in channels]),
            temporal_correlation=rho,
        )
        write_whole(out, buffer.getvalue())
    if as_json:
        values = [
            {"mean_gain_db": 10.0 * np.log10(one.mean_gain), "temporal_correlation": list(r)}
            for one, r in zip(channels, rho, strict=True)
        ]
        say_json({"users": values, "file": out})
        return
    for i, (one, r) in enumerate(zip(channels, rho, strict=True)):
        gain = 10.0 * np.log10(one.mean_gain)
        shown = " ".join(f"{value:.3f}" for value in r)
        say(f"user {i}: {len(one.correlation)} antennas, {gain:.1f} dB, |rho| {shown}")
