"""What axes may be, and how a mistake is told in one line."""

import numpy as np
import pytest

from isacplan.scenario import load_scenario
from isacplan.sweeps import Axis, Plan, sweep_plan
from isacplan.sweeps.axes import axes_of, parsed

LIMIT = "sensing.angle_rmse_limit_deg"


@pytest.fixture(scope="module")
def bai():
    return load_scenario("bai2024")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("array.n_tx=8:64:4:log", (8, 16, 32, 64)),
        ("array.n_tx=8:64:8", (8, 16, 24, 32, 40, 48, 56, 64)),
        ("aging.rho=0.5:0.9:3", (0.5, 0.7, 0.9)),
        ("users.snr_db=3:1:3", (3, 2, 1)),
        ("users.snr_db=1:2:3", (1.0, 1.5, 2.0)),
        ("users.snr_db=-1e0, 2,3.5", (-1.0, 2, 3.5)),
        ("sensing.validity=enforce,as_printed", ("enforce", "as_printed")),
        ("x.flag=true,false", (True, False)),
    ],
)
def test_values_are_numbers_or_names(bai, text, values):
    path, found = parsed(text, bai)
    assert path == text.partition("=")[0]
    assert [type(x) for x in found] == [type(x) for x in values]
    assert found == pytest.approx(values) if not isinstance(values[0], str) else found == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("array.n_tx", "write PATH=START:STOP:COUNT"),
        ("=1,2", "write PATH="),
        ("a.b=", "write PATH="),
        ("a.b=1:2", "must be START:STOP:COUNT"),
        ("a.b=1:2:3:lin", "must be START:STOP:COUNT"),
        ("a.b=1:x:3", "three numbers"),
        ("a.b=1:inf:3", "three numbers"),
        ("a.b=1:2:1", "COUNT = 1 must be a whole number of at least 2; a single value"),
        ("a.b=1:2:2.5", "COUNT = 2.5 must be a whole number"),
        ("a.b=2:2:3", "START and STOP are the same"),
        ("a.b=0:2:3:log", "a logarithmic range must stay above zero"),
        ("users.snr_db=each:5", "only users_paths.select=each:N"),
        ("users_paths.select=each:5", r"has no \[users_paths\]"),
    ],
)
def test_what_is_no_axis_is_refused(bai, text, message):
    with pytest.raises(ValueError, match=message):
        parsed(text, bai)


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"sensing.angle_limit_deg": [1, 2]}, "did you mean angle_rmse_limit_deg"),
        ({"array.n_tx": [8, "many"]}, "array.n_tx = 'many': expected `?int"),
        ({"array.n_tx": [8, 0]}, "array.n_tx = 0: expected `?int"),
        ({"array.n_tx": [8.5, 9]}, "array.n_tx = 8.5: expected `?int"),
        ({"users[7].snr_db": [1, 2]}, "no entry 7"),
        ({"array.n_tx_vertical": [3, 5]}, "must be a multiple of n_tx_vertical = 3"),
        ({"a b.c": [1]}, "not the path of a key"),
        ({LIMIT: []}, "no values to take"),
        ({LIMIT: 3}, "must be a sequence of values"),
        ({(LIMIT, "array.n_tx"): [[1, 2], [8]]}, "change together need as many each"),
        ({(LIMIT, "array.n_tx"): [[1, 2]]}, "needs 2 sequences"),
        ({LIMIT: [1, 2], (LIMIT,): [[1, 2]]}, "varied twice"),
        ({"sensing": [{}], LIMIT: [1, 2]}, "lies within sensing"),
    ],
)
def test_an_axis_that_cannot_be_meant_is_refused(bai, over, message):
    with pytest.raises(ValueError, match=message) as caught:
        axes_of(over, bai)
    assert "\n" not in str(caught.value)


def test_values_that_go_with_some_others_only_are_no_mistake(bai):
    axes_of({"array.n_tx_vertical": [1, 3]}, bai)
    axes_of({("array.n_tx", "array.n_tx_vertical"): [[9], [3]]}, bai)


def test_traced_users_are_taken_in_groups():
    munich = load_scenario("munich")
    path, groups = parsed("users_paths.select=each:5", munich)
    assert path == "users_paths.select"
    assert len(groups) == 12
    assert sorted(user for group in groups for user in group) == list(range(60))
    with pytest.raises(ValueError, match="has 60 such users"):
        parsed("users_paths.select=each:61", munich)


def test_points_are_every_combination_with_the_last_axis_fastest(bai):
    over = {"array.n_tx": [8, 16], ("users.snr_db", "users.weight"): [[1, 2, 3], [4, 5, 6]]}
    plan = sweep_plan(bai, over)
    assert plan.shape == (2, 3)
    assert plan.names == ("n_tx", "snr_db")
    assert plan.changes(4) == {"array.n_tx": 16, "users.snr_db": 2, "users.weight": 5}
    scenario = plan.scenario_at(4)
    assert (scenario.array.n_tx, {user.weight for user in scenario.users}) == (16, {5.0})


def test_names_that_two_keys_share_are_whole_paths(bai):
    plan = sweep_plan(bai, {"users[0].snr_db": [1], "users[1].snr_db": [2], "aging.rho": [0.9]})
    assert plan.names == ("users[0].snr_db", "users[1].snr_db", "rho")


def test_neighbours_that_share_most_are_evaluated_together(bai):
    plan = sweep_plan(bai, {LIMIT: [0.1, 0.2, 0.3], "array.n_tx": [8, 16]})
    order = list(plan.order())
    assert sorted(order) == list(range(6))
    sizes = [plan.changes(point)["array.n_tx"] for point in order]
    assert sizes == [8, 8, 8, 16, 16, 16]


def test_draws_redraw_the_users_the_same_way_at_every_point():
    scenario = random_users()
    plan = sweep_plan(scenario, {LIMIT: [1.0, 2.0]}, draws=3, seed=5)
    assert plan.names == ("angle_rmse_limit_deg", "draw")
    seeds = [plan.changes(point)["users_random.seed"] for point in range(6)]
    assert seeds[:3] == seeds[3:]
    assert len(set(seeds)) == 3
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert (
        seeds != [sweep_plan(scenario, {LIMIT: [1.0]}, draws=3).draw_seed(i) for i in range(3)] * 2
    )


def random_users():
    from isacplan.scenario import scenario_from_dict, scenario_to_dict

    values = scenario_to_dict(load_scenario("bai2024"))
    del values["users"]
    values["users_random"] = {
        "count": 3, "seed": 1, "snr_db": [0.0, 2.0], "pilot_snr_db": [-9.0, -8.0],
        "sensing_snr_db": [-11.0, -10.0],
    }  # fmt: skip
    return scenario_from_dict(values)


def test_draws_need_users_that_are_drawn(bai):
    with pytest.raises(ValueError, match=r"\[users_random\]"):
        sweep_plan(bai, {}, draws=3)
    with pytest.raises(ValueError, match=r"draws vary users_random\.seed"):
        sweep_plan(random_users(), {"users_random.seed": [1, 2]}, draws=3)
    with pytest.raises(ValueError, match="nothing to vary"):
        sweep_plan(bai, {})


def test_a_plan_of_arrays_holds_plain_values(bai):
    plan = sweep_plan(bai, {LIMIT: np.array([0.1, 0.2])})
    assert plan.axes == (Axis(paths=(LIMIT,), values=((0.1, 0.2),)),)
    assert isinstance(plan, Plan)
    assert all(type(x) is float for x in plan.axes[0].values[0])
