"""Users around their station, with the paths that reach them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from isacplan._typing import Float, Int
from isacplan.scenario.traced import TracedUser

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PATHS_DRAWN = 5
"""Strongest paths of a user that are drawn."""

WEAKEST_DB = 30.0
"""Paths weaker than the strongest by more are left out."""

USERS_NAMED = 40


def plot_users(users: Sequence[TracedUser]) -> "Figure":
    """Where users are, and the directions of their strongest paths at the station.

    Parameters
    ----------
    users : sequence of TracedUser

    Returns
    -------
    matplotlib.figure.Figure
        Left: the map, where positions and station are known. Right: azimuth and zenith of
        departure, the larger the stronger.
    """
    from matplotlib.figure import Figure

    placed = [user for user in users if user.position is not None]
    figure = Figure(figsize=(11.0, 5.2) if placed else (6.5, 5.2), layout="constrained")
    axes = figure.subplots(1, 2 if placed else 1, squeeze=False)[0]
    if placed:
        _map(axes[0], placed)
    _directions(axes[-1], users)
    return figure


def _strongest(user: TracedUser) -> tuple[Int, Float]:
    """Indices of the paths to draw, strongest first, and their gains below it [dB]."""
    order = np.argsort(user.gain)[::-1][:PATHS_DRAWN]
    below = 10.0 * np.log10(user.gain[order] / user.gain[order[0]])
    return order[below >= -WEAKEST_DB], below[below >= -WEAKEST_DB]


def _map(ax: "Axes", users: Sequence[TracedUser]) -> None:
    station = next((user.station for user in users if user.station is not None), None)
    for i, user in enumerate(users):
        position = user.position
        if position is None:
            continue
        colour = f"C{i % 10}"
        marker = "o" if user.line_of_sight else "x"
        ax.plot(position[0], position[1], marker, color=colour)
        if len(users) <= USERS_NAMED:
            ax.annotate(f" {user.user}", (position[0], position[1]), color=colour)
        if station is None:
            continue
        reach = float(np.hypot(*(position - station)[:2]))
        for path, below in zip(*_strongest(user), strict=True):
            end = station[:2] + 0.5 * reach * (1.0 + below / WEAKEST_DB) * np.array(
                [np.cos(user.azimuth[path]), np.sin(user.azimuth[path])]
            )
            ax.plot([station[0], end[0]], [station[1], end[1]], color=colour, linewidth=1.0)
    if station is not None:
        ax.plot(station[0], station[1], "k^", markersize=9)
        ax.annotate(" station", (station[0], station[1]))
    ax.set(xlabel="x [m]", ylabel="y [m]", title="users (o in sight) and departures")
    ax.set_aspect("equal", adjustable="datalim")


def _directions(ax: "Axes", users: Sequence[TracedUser]) -> None:
    for i, user in enumerate(users):
        paths, below = _strongest(user)
        ax.scatter(
            np.degrees((user.azimuth[paths] + np.pi) % (2.0 * np.pi) - np.pi),
            90.0 - np.degrees(user.elevation[paths]),
            s=8.0 + 60.0 * (1.0 + below / WEAKEST_DB) ** 2,
            color=f"C{i % 10}",
            alpha=0.7,
        )
        if len(users) <= USERS_NAMED:
            at = (np.degrees(user.azimuth[paths[0]]), 90.0 - np.degrees(user.elevation[paths[0]]))
            ax.annotate(f" {user.user}", at, color=f"C{i % 10}")
    ax.invert_yaxis()
    ax.set(
        xlabel="departure azimuth [deg], counter-clockwise from +x",
        ylabel="departure zenith [deg], 90 horizontal",
        title=f"up to {PATHS_DRAWN} strongest paths of each user",
    )
