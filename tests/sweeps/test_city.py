"""Cities: where sites, users and links come from, and that every cell is planned."""

import numpy as np
import pytest

import isacplan
from isacplan.channel import tr38901
from isacplan.channel.tr38901_sight import SHADOWING_DB, line_of_sight_probability
from isacplan.scenario import load_scenario
from isacplan.scenario.city import city_from_dict, load_city
from isacplan.sweeps import read_study
from isacplan.units import linear_to_db

VALUES = {
    "n_cells": 57, "place": "umi", "inter_site_distance_m": 200.0, "users_per_cell": 4,
    "carrier_hz": 3.5e9, "bandwidth_hz": 20e6, "gnb_power_dbm": 44.0, "ue_power_dbm": 23.0,
    "mobility": [{"share": 0.5, "speed_mps": [1.0, 2.0]}, {"share": 0.5, "speed_mps": [10, 20]}],
}  # fmt: skip
T_S = 17.857e-6


def city(**changes):
    return city_from_dict({**VALUES, **changes})


def test_sight_follows_the_table():
    # Table 7.4.2-1 by hand, in 18 m, and at 100 and 500 m.
    for place, decay in (("umi", 36.0), ("uma", 63.0)):
        by_hand = [1.0] + [18.0 / d + np.exp(-d / decay) * (1.0 - 18.0 / d) for d in (100.0, 500.0)]
        found = line_of_sight_probability(place, [18.0, 100.0, 500.0])
        np.testing.assert_allclose(found, by_hand, rtol=1e-14)
    raised = line_of_sight_probability("uma", 200.0, ue_height=18.0)
    factor = 1.0 + (5.0 / 10.0) ** 1.5 * 1.25 * 8.0 * np.exp(-200.0 / 150.0)
    low = line_of_sight_probability("uma", 200.0, ue_height=13.0)
    assert raised == pytest.approx(low * factor, rel=1e-13)
    assert low == line_of_sight_probability("uma", 200.0)


def test_sight_is_elementwise(assert_elementwise):
    d = np.array([[5.0, 50.0, 300.0]])
    for place in ("umi", "uma"):
        assert_elementwise(
            lambda d, h, place=place: line_of_sight_probability(place, d, ue_height=h),
            d, np.array([[1.5], [20.0]]),
        )  # fmt: skip


def test_sites_are_a_hexagonal_grid():
    sites = city(n_cells=3 * 61).sites
    assert sites.shape == (61, 2)
    apart = np.linalg.norm(sites[:, None] - sites, axis=-1) + 1e9 * np.eye(61)
    np.testing.assert_allclose(apart.min(axis=1), 200.0, rtol=1e-12)
    # Four whole rings: 37 sites have all six neighbours, and nobody is farther than four steps.
    assert np.sum(np.sum(apart < 200.001, axis=1) == 6) == 37
    assert np.linalg.norm(sites, axis=1).max() == pytest.approx(800.0)
    assert city(n_cells=1).sites.tolist() == [[0.0, 0.0]]
    assert city(n_cells=4).sites.shape == (2, 2)


def test_users_are_drawn_within_their_sector():
    c = city(users_per_cell=1000)
    users = c.users(5, symbol_duration=T_S)
    angle = np.array([user["angle_deg"] for user in users])
    assert np.all(np.abs(angle) <= 60.0)
    assert abs(angle.mean()) < 4.0 * angle.std() / np.sqrt(1000)
    speed = np.array([user["speed_mps"] for user in users])
    slow = (speed >= 1.0) & (speed <= 2.0)
    assert np.all(slow | ((speed >= 10.0) & (speed <= 20.0)))
    assert 430 < slow.sum() < 570
    assert c.users(5, symbol_duration=T_S) == users
    assert c.users(6, symbol_duration=T_S) != users
    assert city(users_per_cell=1000, seed=1).users(5, symbol_duration=T_S) != users


def test_places_are_uniform_and_keep_their_distance():
    c = city()
    d, angle = c._places(np.random.default_rng(2), 20_000)
    corner = 200.0 / np.sqrt(3.0)
    assert d.min() >= 10.0
    assert d.max() <= corner
    along, across = d * np.cos(angle), d * np.sin(angle)
    # Mean of a rhombus that reaches from 0 to its far corner; the site's own 10 m hardly matter.
    assert along.mean() == pytest.approx(corner / 2.0, rel=0.02)
    assert abs(across.mean()) < 1.0
    assert c.cell_area == pytest.approx(corner**2 * np.sqrt(3.0) / 2.0)


def test_links_are_those_of_the_report():
    c = city()
    d = np.full(40_000, 60.0)
    gain = 8.0 - linear_to_db(c._losses(np.random.default_rng(1), d))
    loss = {
        sight: float(linear_to_db(tr38901.umi_street_canyon_loss(
            60.0, carrier_frequency=3.5e9, sight=sight)))
        for sight in ("los", "nlos")
    }  # fmt: skip
    p = float(line_of_sight_probability("umi", 60.0))
    mean = 8.0 - p * loss["los"] - (1.0 - p) * loss["nlos"]
    within = p * 4.0**2 + (1.0 - p) * 7.82**2
    between = p * (1.0 - p) * (loss["los"] - loss["nlos"]) ** 2
    assert gain.mean() == pytest.approx(mean, abs=4.0 * np.sqrt((within + between) / 40_000))
    assert gain.var() == pytest.approx(within + between, rel=0.05)
    assert SHADOWING_DB["uma", "nlos"] == 6.0


def test_budgets_are_those_of_friis_and_radar():
    c = city(interference_margin_db=0.0)
    # An element's 8 dB leave 100 dB between one and the first user.
    loss = 10.0 ** np.array([10.8, 9.8])
    snr = {key: float(x[0]) for key, x in c._snrs(loss, 357.14 / 20e6).items()}
    noise = -174.0 + 10.0 * np.log10(20e6)
    assert snr["snr_db"] == pytest.approx(44.0 - 10 * np.log10(2) - 100.0 - (noise + 7.0))
    assert snr["pilot_snr_db"] == pytest.approx(23.0 - 100.0 - (noise + 5.0))
    wavelength = 299_792_458.0 / 3.5e9
    reflector = 10 * np.log10(4 * np.pi * 10.0 / wavelength**2)
    echo = 44.0 - 10 * np.log10(2) - 200.0 + reflector + 10 * np.log10(357.14) - (noise + 5.0)
    assert snr["sensing_snr_db"] == pytest.approx(echo)
    margin = city(interference_margin_db=3.0)._snrs(loss, 357.14 / 20e6)
    assert float(margin["snr_db"][0]) == pytest.approx(snr["snr_db"] - 3.0)


def test_users_by_density_are_poisson_and_at_least_one():
    c = city(users_per_cell=None, users_per_km2=300.0, n_cells=2000)
    mean = 300.0 * c.cell_area / 1e6
    counts = np.array([len(c.users(cell, symbol_duration=T_S)) for cell in range(300)])
    assert counts.min() == 1
    assert counts.mean() == pytest.approx(mean / (1.0 - np.exp(-mean)), rel=0.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"users_per_km2": 5.0}, "exactly one of users_per_cell and users_per_km2"),
        ({"users_per_cell": None}, "exactly one of users_per_cell and users_per_km2"),
        ({"mobility": [{"share": 0.5, "speed_mps": [1, 2]}]}, "shares must sum to 1, got 0.5"),
        ({"mobility": [{"share": 1.0, "speed_mps": [2, 1]}]}, r"must be \[low, high\]"),
        ({"place": "rma"}, "place = 'rma'"),
        ({"n_cell": 3}, "unknown key n_cell; did you mean n_cells"),
        ({"n_cells": 0}, "n_cells = 0: expected"),
    ],
)
def test_a_city_that_is_none_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        city(**changes)


def test_a_file_that_is_no_city_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        load_city(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("n_cells = = 3")
    with pytest.raises(ValueError, match="not TOML"):
        load_city(tmp_path / "bad.toml")


def test_every_cell_is_planned_with_its_own_users(tmp_path):
    c = city(n_cells=4)
    limit = "sensing.angle_rmse_limit_deg"
    over, scenario = {limit: [1.0, 2.0]}, load_scenario("bai2024")
    found = isacplan.sweep(scenario, over, city=c, rivals=False, out=tmp_path / "study").load()
    assert found["rate"].dims == ("cell", "angle_rmse_limit_deg")
    assert found["user_angle_deg"].dims == ("cell", "angle_rmse_limit_deg", "user")
    angles = [[u["angle_deg"] for u in c.users(k, symbol_duration=1e-6)] for k in range(3)]
    np.testing.assert_allclose(found["user_angle_deg"][:3, 0], angles, rtol=1e-12)
    np.testing.assert_allclose(found["x"], c.sites[[0, 0, 0, 1], 0])
    assert found["boresight"].values.tolist() == pytest.approx([30.0, 150.0, 270.0, 30.0])
    assert read_study(tmp_path / "study").plan.city == c
    with pytest.raises(ValueError, match=r"city\.seed was 0, is 3"):
        isacplan.sweep(
            scenario, over, city=city(n_cells=4, seed=3), rivals=False, out=tmp_path / "study"
        )


def test_a_city_draws_its_users_itself():
    with pytest.raises(ValueError, match="a city draws its users"):
        isacplan.sweep("bai2024", {"users.snr_db": [1, 2]}, city=city())
    with pytest.raises(ValueError, match="a city needs a frame scenario"):
        isacplan.sweep("gao2024", city=city())
