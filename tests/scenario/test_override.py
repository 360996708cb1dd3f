import pytest

from isacplan.scenario import load_scenario, overridden, scenario_to_dict


@pytest.fixture(scope="module")
def base():
    return load_scenario("bai2024")


def test_one_key_changes_and_nothing_else(base):
    changed = overridden(base, {"sensing.angle_rmse_limit_deg": 0.25})
    assert changed.sensing.angle_rmse_limit_deg == 0.25
    values, others = scenario_to_dict(base), scenario_to_dict(changed)
    values["sensing"].pop("angle_rmse_limit_deg")
    others["sensing"].pop("angle_rmse_limit_deg")
    assert values == others
    assert base.sensing.angle_rmse_limit_deg != 0.25


def test_a_list_means_each_entry_and_an_index_one(base):
    each = overridden(base, {"users.snr_db": 3.0})
    assert [user.snr_db for user in each.users] == [3.0] * 5
    one = overridden(base, {"users[4].snr_db": 3.0})
    assert [user.snr_db == 3.0 for user in one.users] == [False] * 4 + [True]


def test_sections_are_replaced_and_keys_removed(base):
    changed = overridden(
        base, {"channel": {"angular_density": "gaussian", "std_deg": 2.0}, "array.n_rx": 4}
    )
    assert changed.channel.std_deg == 2.0
    assert changed.channel.half_width_deg is None
    bare = overridden(base, {"sensing.angle_rmse_limit_deg": None})
    assert bare.sensing.angle_rmse_limit_deg is None
    # Keys that were left out of the file can be set as well.
    assert overridden(base, {"users[0].rho": 0.5}).users[0].rho == 0.5


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sensing.angle_limit_deg", 1.0, "unknown key sensing.angle_limit_deg"),
        ("array.n_txx", 8, "did you mean n_tx"),
        ("array.n_tx", -1, r"array.n_tx = -1"),
        ("array.n_tx", "many", r"array.n_tx = 'many'"),
        ("users[7].snr_db", 1.0, "no entry 7; what it names has 5 entries"),
        ("name.first", 1.0, "nothing lies below a value"),
        ("array[0]", 1.0, "is no list"),
        ("array.", 1.0, "not the path of a key"),
        ("", 1.0, "not the path of a key"),
    ],
)
def test_what_cannot_be_is_refused(base, path, value, message):
    with pytest.raises(ValueError, match=message):
        overridden(base, {path: value}, origin="--over")
