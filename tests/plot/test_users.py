"""The picture of users around their station: what is drawn where."""

from pathlib import Path

import numpy as np
import pytest

from isacplan.channels_in import read_deepmimo, users_from_paths
from isacplan.plot import plot_users

FOLDER = Path(__file__).parents[1] / "data" / "deepmimo_v4_munich"


def test_map_and_directions():
    users = read_deepmimo(FOLDER).users
    there, directions = plot_users(users).axes
    points = [line.get_xydata()[0] for line in there.lines if len(line.get_xydata()) == 1]
    np.testing.assert_allclose(points[:3], [user.position[:2] for user in users])
    np.testing.assert_allclose(points[3], [8.5, 21.0])
    assert [line.get_marker() for line in there.lines if len(line.get_xydata()) == 1][:3] == [
        "o"
    ] * 3
    rays = [line.get_xydata() for line in there.lines if len(line.get_xydata()) == 2]
    # The strongest ray of the first user points at it, half way.
    np.testing.assert_allclose(rays[0][1], [8.5, 21.0] + 0.5 * np.array([36.5, 69.0]), atol=0.01)
    assert max(np.sum([(r[0] == [8.5, 21.0]).all() for r in rays]), 1) == len(rays) <= 15
    shown = np.concatenate([c.get_offsets() for c in directions.collections])
    assert len(shown) == len(rays)
    first = np.degrees([users[0].azimuth[0], np.pi / 2 - users[0].elevation[0]])
    np.testing.assert_allclose(shown[0], first)
    assert directions.yaxis_inverted()
    names = [text.get_text().strip() for text in directions.texts]
    assert names == ["0", "1", "2"]


def test_weak_and_many_paths_are_left_out():
    gain = 10.0 ** (-np.array([[80.0, 85.0, 109.9, 110.1, 90.0, 91.0, 92.0, 93.0]]) / 10)
    azimuth = np.radians(np.array([[190.0, 1, 2, 3, 4, 5, 6, 7]]))
    users = users_from_paths(
        gain=gain, departure_azimuth=azimuth, departure_zenith=np.full((1, 8), 1.7)
    ).users
    (only,) = plot_users(users).axes
    shown = np.concatenate([c.get_offsets() for c in only.collections])
    np.testing.assert_allclose(shown[:, 0], [-170.0, 1.0, 4.0, 5.0, 6.0], atol=1e-9)
    few = users_from_paths(
        gain=gain[:, :4], departure_azimuth=azimuth[:, :4], departure_zenith=np.full((1, 4), 1.7)
    ).users
    (only,) = plot_users(few).axes
    assert sum(len(c.get_offsets()) for c in only.collections) == 3


def test_out_of_sight_without_station():
    users = users_from_paths(
        gain=np.full((50, 1), 1e-9),
        departure_azimuth=np.zeros((50, 1)),
        departure_zenith=np.full((50, 1), 1.6),
        n_interactions=np.ones((50, 1)),
        position=np.arange(150.0).reshape(50, 3),
    ).users
    there, directions = plot_users(users).axes
    assert {line.get_marker() for line in there.lines} == {"x"}
    assert len(there.lines) == 50
    assert not there.texts
    assert not directions.texts


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_saved(tmp_path, ending):
    from isacplan.plot import save_figure

    save_figure(plot_users(read_deepmimo(FOLDER).users), tmp_path / f"users.{ending}")
    assert (tmp_path / f"users.{ending}").stat().st_size > 5000
