"""SNRs of listed users from powers, distances and cross sections."""

import tomllib

import numpy as np
import pytest

from isacplan.cli.run import run
from isacplan.scenario import frame_problem, frame_scene, scenario_from_dict, scenario_template
from isacplan.scenario.users import without_budget

LINK = {
    "carrier_hz": 28e9,
    "bandwidth_hz": 100e6,
    "gnb_power_dbm": 30.0,
    "ue_power_dbm": 23.0,
    "gnb_gain_db": 8.0,
    "ue_gain_db": 3.0,
    "gnb_noise_figure_db": 5.0,
    "ue_noise_figure_db": 9.0,
    "rcs_m2": 2.0,
}


def values(*, users=None, **link):
    found = tomllib.loads(scenario_template("frame"))
    found["link"] = LINK | link
    found["users"] = users or [
        {"angle_deg": -30.0, "distance_m": 50.0},
        {"angle_deg": 20.0, "distance_m": 120.0, "rcs_m2": 10.0},
    ]
    return found


def test_snrs_are_those_of_friis_and_of_the_radar_equation():
    """By hand, in decibels: powers, gains, 32.45 + 20 log10 of MHz and km, kT, noise figures."""
    stated = without_budget(scenario_from_dict(values()))
    assert stated.link is None
    assert stated.aging.carrier_hz == 28e9
    noise = -174.0 + 80.0
    for user, distance, cross_section in zip(stated.users, (0.05, 0.12), (2.0, 10.0), strict=True):
        loss = 32.44778 + 20 * np.log10(28e3) + 20 * np.log10(distance)
        two = 10 * np.log10(2)  # two users share the station's power
        assert user.snr_db == pytest.approx(30 - two + 8 + 3 - loss - noise - 9, abs=1e-4)
        assert user.pilot_snr_db == pytest.approx(23 + 8 + 3 - loss - noise - 5, abs=1e-4)
        # P G^2 lambda^2 sigma / ((4 pi)^3 d^4) over noise, times the samples of a symbol.
        wavelength, d = 299792458.0 / 28e9, 1e3 * distance
        power = 0.5 * 10 ** (8 / 5) * wavelength**2 * cross_section / ((4 * np.pi) ** 3 * d**4)
        echo = power / (10 ** ((noise + 5) / 10) * 1e-3) * 100e6 * 35.714e-6
        assert user.sensing_snr_db == pytest.approx(10 * np.log10(echo), abs=1e-4)


def test_a_budget_and_the_snrs_that_it_gives_are_the_same_scene():
    budget = scenario_from_dict(values(path_loss="umi_los"))
    direct = without_budget(budget)
    ours, theirs = frame_scene(budget), frame_scene(direct)
    for name in ("snr", "pilot_snr", "sensing_snr", "angle"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name))
    assert without_budget(direct) is direct


def test_doppler_comes_from_the_carrier_of_the_budget():
    found = values()
    found["aging"] = {"model": "jakes"}
    for user in found["users"]:
        user["speed_mps"] = 3.0
    found["transmission"] = {}
    problem = frame_problem(scenario_from_dict(found))
    found["aging"]["carrier_hz"] = 28e9
    same = frame_problem(scenario_from_dict(found))
    duration = np.array([1e-4])
    assert np.array_equal(problem.efficiency.users(duration), same.efficiency.users(duration))
    found["aging"]["carrier_hz"] = 3.5e9
    with pytest.raises(ValueError, match=r"aging.carrier_hz = 3.5e\+09 must be link.carrier_hz"):
        scenario_from_dict(found)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"path_loss": "umi_nlos"}, 'take "umi_los"'),
        ({"rcs_m2": None}, "exactly one of rcs_m2 and target"),
        ({"target": "vehicle"}, "exactly one of rcs_m2 and target"),
        ({"target_quantile": 0.1}, "needs target"),
        ({"rcs_m2": None, "target": "ship"}, "must be"),
        ({"users": [{"angle_deg": 0.0}]}, "users[0].distance_m is missing"),
        (
            {"users": [{"angle_deg": 0.0, "distance_m": 9.0, "snr_db": 3.0}]},
            "users[0].snr_db does not go with [link]",
        ),
        ({"path_loss": "umi_los", "users": [{"angle_deg": 0.0, "distance_m": 9e4}]}, "users: "),
    ],
)
def test_a_budget_that_says_too_little_or_too_much_is_refused(changed, expected):
    found = values(**changed)
    found["link"] = {key: value for key, value in found["link"].items() if value is not None}
    with pytest.raises(ValueError) as caught:
        frame_scene(scenario_from_dict(found))
    assert expected in str(caught.value)


def test_without_a_budget_snrs_are_needed():
    found = values()
    link = found.pop("link")
    with pytest.raises(ValueError, match=r"users\[0\].snr_db is missing; .*link budget \[link\]"):
        scenario_from_dict(found)
    found["users"] = [{"angle_deg": 0.0, "snr_db": 1.0, "pilot_snr_db": 1.0, "sensing_snr_db": 1.0}]
    scenario_from_dict(found)
    found["users"][0]["rcs_m2"] = 1.0
    with pytest.raises(ValueError, match=r"users\[0\].rcs_m2 needs \[link\]"):
        scenario_from_dict(found)
    del found["users"]
    drawn = {"count": 2, "seed": 1, "snr_db": [0, 1], "pilot_snr_db": [0, 1]}
    found |= {"users_random": drawn | {"sensing_snr_db": [0, 1]}, "link": link}
    with pytest.raises(ValueError, match="link needs"):
        scenario_from_dict(found)


def test_a_target_has_the_cross_section_of_its_kind():
    named = values(rcs_m2=None, target="vehicle")
    del named["link"]["rcs_m2"]
    mean = scenario_from_dict(named).link.cross_section
    named["link"]["target_quantile"] = 0.1
    assert 0.0 < scenario_from_dict(named).link.cross_section < mean


def test_the_command_line_shows_the_snrs(capfd, tmp_path):
    file = tmp_path / "site.toml"
    link = "".join(f"{k} = {v!r}\n" for k, v in LINK.items())
    text = scenario_template("frame")
    file.write_text(
        text[: text.index("# One such table")]
        + f"[link]\n{link}\n[[users]]\nangle_deg = 10.0\ndistance_m = 50.0\n"
    )
    assert run(["check", str(file)]) == 0
    assert "user 0: data 30.6 dB, pilot 27.6 dB, echo 33.2 dB" in capfd.readouterr().out
    assert run(["frame", str(file)]) == 0
    expected = (
        "link budget         data 30.6 to 30.6 dB, pilot 27.6 to 27.6 dB, echo 33.2 to 33.2 dB"
    )
    assert expected in capfd.readouterr().out


def test_heights_lengthen_the_way():
    flat = {"angle_deg": 0.0, "distance_m": 50.0}
    high = {"gnb_height_m": 31.5, "ue_height_m": 1.5}
    ours = without_budget(scenario_from_dict(values(users=[flat | {"distance_m": 40.0}], **high)))
    theirs = without_budget(scenario_from_dict(values(users=[flat])))
    for name in ("snr_db", "pilot_snr_db", "sensing_snr_db"):
        assert getattr(ours.users[0], name) == pytest.approx(getattr(theirs.users[0], name))
    assert ours.users[0].weight == ours.users[0].power == 1.0


@pytest.mark.parametrize("height", [0.0, 22.6])
def test_users_stand_where_the_path_loss_models_hold(height):
    with pytest.raises(ValueError, match=r"link\.ue_height_m"):
        scenario_from_dict(values(ue_height_m=height))
