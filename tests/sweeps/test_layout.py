"""How answers of different shapes become variables of one shape."""

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.sweeps.layout import Layout, named_pieces, outline, slabs, taken_until
from isacplan.sweeps.netcdf import mean_interval


def answer(labels, updates, **more):
    users = [{"label": label, "rmse_deg": float(k)} for k, label in enumerate(labels)]
    return {"rate_bit_per_hz": 1.0, "blocks_per_update": updates, "users": users, **more}


def put(layout, answers):
    """Every variable at all answers."""
    arrays = {name: layout.empty(name, (len(answers),)) for name in layout.variables}
    for at, one in enumerate(answers):
        for name, piece in named_pieces(one, "frame").items():
            layout.put(arrays[name], at, name, piece)
    return arrays


def met(answers):
    layout = Layout()
    for one in answers:
        layout.meet(one, "frame")
    return layout


def test_users_of_the_same_names_share_their_labels():
    answers = [answer("ab", [3]), answer("ba", [2, 1])]
    layout = met(answers)
    assert layout.coordinates("user") == ["a", "b"]
    arrays = put(layout, answers)
    assert arrays["user_rmse_deg"].tolist() == [[0.0, 1.0], [1.0, 0.0]]
    np.testing.assert_array_equal(arrays["blocks_per_update"], [[3.0, np.nan], [2.0, 1.0]])


def test_users_of_their_own_are_told_apart_by_place():
    answers = [answer("ab", [3]), answer("cb", [3])]
    layout = met(answers)
    assert layout.coordinates("user") == [0, 1]
    arrays = put(layout, answers)
    assert arrays["user_rmse_deg"].tolist() == [[0.0, 1.0], [0.0, 1.0]]
    assert arrays["user_label"].tolist() == [["a", "b"], ["c", "b"]]


def test_what_an_answer_lacks_is_missing():
    answers = [answer("a", [1], certificate="proved"), answer("a", [1], gap=0.5), {}]
    arrays = put(met(answers), answers)
    assert arrays["certificate"].tolist() == ["proved", "", ""]
    np.testing.assert_array_equal(arrays["gap"], [np.nan, 0.5, np.nan])
    np.testing.assert_array_equal(arrays["rate"], [1.0, 1.0, np.nan])


def test_outlines_tell_lengths_and_names_apart_and_no_values():
    assert outline({"updates": []}) != outline({"updates": [1]})
    assert outline(answer("a", [1])) == outline(answer("a", [7]))
    assert outline(answer("a", [1])) != outline(answer("b", [1]))
    assert outline(answer("a", [1])) != outline(answer("a", [1, 2]))


def test_numbers_along_a_dimension_are_in_order():
    answers = [answer("a", [1]), answer("a", [1, 2, 3]), answer("a", [1, 2])]
    assert met(answers).coordinates("update") == [1, 2, 3]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(1, 40))
def test_slabs_cover_a_grid_once_in_order(shape, most):
    shape, whole, last = tuple(shape), np.zeros(shape, dtype=int), 0
    for where, start, stop in slabs(shape, most):
        assert start == last
        last = stop
        assert stop - start <= max(most, shape[-1])
        whole[where] += np.arange(start, stop).reshape(whole[where].shape) + 1
    np.testing.assert_array_equal(whole.ravel(), np.arange(prod(shape)) + 1)


def test_records_are_cut_where_slabs_end():
    records = [(0, "a"), (3, "b"), (4, "c"), (9, "d")]
    assert list(taken_until(records, [4, 8, 10])) == [records[:2], records[2:3], records[3:]]


def test_means_leave_out_what_failed():
    groups = np.array([[[1.0], [3.0], [np.nan]], [[2.0], [np.nan], [np.nan]], [[np.nan]] * 3])
    mean, low, high = mean_interval(groups)
    np.testing.assert_array_equal(mean[:, 0], [2.0, 2.0, np.nan])
    # Student's quantile with one degree of freedom times the error of a mean of two.
    assert high[0, 0] - 2.0 == pytest.approx(12.706204736174698, rel=1e-12)
    assert 2.0 - low[0, 0] == pytest.approx(12.706204736174698, rel=1e-12)
    assert np.isnan(low[1:]).all()
    assert np.isnan(high[1:]).all()
