"""Ray exports of MATLAB: the numbers that DeepMIMO's converter makes of the same file."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from isacplan.channels_in import read_matlab

DATA = Path(__file__).parents[1] / "data"
FILE = DATA / "matlab_rays.json"


def test_as_the_converter_reads_it():
    made = np.load(DATA / "matlab_rays_deepmimo.npz")
    found = read_matlab(FILE, velocity=[3.0, 0.0, 0.0])
    assert [user.user for user in found.users] == [1, 2]
    for i, user in enumerate(found.users):
        kept = np.isfinite(made["power"][i])
        zenith, arrival = (np.pi / 2 - e for e in (user.elevation, user.arrival_elevation))
        for name, values in (
            ("power", 10 * np.log10(user.gain)),
            ("aod_az", np.degrees(user.azimuth)),
            ("aod_el", np.degrees(zenith)),
            ("aoa_az", np.degrees(user.arrival_azimuth)),
            ("aoa_el", np.degrees(arrival)),
            ("phase", np.degrees(user.phase)),
            ("delay", user.delay),
            ("inter", user.n_interactions),  # one reflection is spelled 1
        ):
            np.testing.assert_allclose(values, made[name][i][kept], rtol=1e-12, err_msg=name)
        np.testing.assert_allclose(user.position, made["rx_pos"][i])
        np.testing.assert_allclose(user.station, made["tx_pos"][0])
        assert user.carrier == 3.5e9
        assert user.doppler is not None


def edited(tmp_path, change):
    content = json.loads(FILE.read_text())
    content = change(content) or content
    file = tmp_path / "rays.json"
    file.write_text(json.dumps(content))
    return file


def single(content):
    """The form with one link."""
    return {
        "scene": content["scene"],
        "transmitter": content["transmitters"][0],
        "receiver": content["receivers"][0],
        "rays": content["links"][0]["rays"],
    }


def test_padding_is_no_path(tmp_path):
    """Receivers with fewer rays than others lose none; one without rays is said."""

    def shorter(content):
        del content["links"][0]["rays"][1:]

    def without(content):
        content["links"][0]["rays"] = []

    assert not any("dropped" in note for note in read_matlab(edited(tmp_path, shorter)).notes)
    notes = read_matlab(edited(tmp_path, without)).notes
    assert "1 receivers without any ray left out" in notes
    assert not any("dropped" in note for note in notes)

    def dark(content):
        content["links"][0]["rays"][1]["path_loss_db"] = 1e6

    notes = read_matlab(edited(tmp_path, dark)).notes
    assert any(note.endswith("rays dropped: no power left") for note in notes)
    with pytest.raises(ValueError, match=r"velocity must have shape \(3,\) or"):
        read_matlab(FILE, velocity=[5.0, 3.0])


def test_one_link_alone(tmp_path):
    alone = read_matlab(edited(tmp_path, single))
    np.testing.assert_array_equal(alone.users[0].gain, read_matlab(FILE).users[0].gain)
    assert any("no velocities there" in note for note in alone.notes)


def test_transmitters_are_chosen(tmp_path):
    def second(content):
        content["transmitters"].append({**content["transmitters"][0], "index": 2})
        links = copy.deepcopy(content["links"])
        for link in links:
            link["tx_index"] = 2
            for ray in link["rays"]:
                ray["path_loss_db"] += 10.0
        content["links"] += links

    file = edited(tmp_path, second)
    with pytest.raises(ValueError, match="transmitter: there are 2; choose from 1, 2"):
        read_matlab(file)
    with pytest.raises(ValueError, match="transmitter = 3 is none of 1, 2"):
        read_matlab(file, transmitter=3)
    gain = [read_matlab(file, transmitter=t).users[1].gain[0] for t in (1, 2)]
    assert gain[0] == pytest.approx(10 * gain[1])


def ray(content):
    return content["links"][0]["rays"][0]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda c: ray(c).pop("path_loss_db"), r"rays\[0\] of receiver 1: path_loss_db is missing"),
        (lambda c: ray(c).update(path_loss_db=-80), "path_loss_db = -80: a loss is positive"),
        (lambda c: ray(c).update(path_loss_db="x"), "path_loss_db = 'x': must be a finite number"),
        (lambda c: ray(c).update(path_loss_db=True), "must be a finite number"),
        (
            lambda c: ray(c).update(angle_of_departure_deg=[62.0, 108.0]),
            "angle_of_departure_deg = 108: an elevation is from -90.*a zenith angle",
        ),
        (lambda c: ray(c).update(angle_of_arrival_deg=[0, -100]), "angle_of_arrival_deg = -100"),
        (lambda c: ray(c).update(angle_of_arrival_deg=[0]), "must hold 2 numbers, got 1"),
        (lambda c: ray(c).pop("phase_shift_rad"), "phase_shift_rad is missing"),
        (lambda c: c.pop("scene"), "scene is missing"),
        (lambda c: c["scene"].pop("frequency_hz"), "frequency_hz is missing"),
        (lambda c: c.pop("links"), "not a ray export: needs transmitter, receiver, rays or"),
        (lambda c: [1], "not a ray export"),
        (lambda c: c.update(links={}), "links must be a list, got dict"),
        (lambda c: c["links"][0].update(rx_index=7), "receiver 7 is not among the receivers"),
        (lambda c: c["links"][0].update(rx_index=1.5), "rx_index = 1.5: must be a whole number"),
        (lambda c: [link.update(rays=[]) for link in c["links"]] and None, "no rays in it"),
    ],
)
def test_bad_exports(tmp_path, change, match):
    def only(content):
        found = change(content)
        return found if isinstance(found, list) and found == [1] else None

    with pytest.raises(ValueError, match=match):
        read_matlab(edited(tmp_path, only))


def test_indices_may_begin_at_zero(tmp_path):
    def moved(content):
        content["receivers"][0]["index"] = 0
        content["links"][0]["rx_index"] = 0

    assert [user.user for user in read_matlab(edited(tmp_path, moved)).users] == [0, 2]


def test_degrees_are_preferred_where_both_are_there(tmp_path):
    file = edited(tmp_path, lambda c: ray(c).update(phase_shift_deg=30.0))
    assert np.degrees(read_matlab(file).users[0].phase[0]) == pytest.approx(30.0)
