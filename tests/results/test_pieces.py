"""Variables keep their values where labels differ, and say where they have none."""

import numpy as np
import pytest

from isacplan.quantities import Row
from isacplan.results.pieces import aligned, piece, stacked, typed

COUNT = Row(key="n_updates", meaning="m", unit="1", type="integer")
RATE = Row(key="rate_bit_per_hz", meaning="m", unit="bit/Hz")


def test_what_is_missing_is_nan_or_empty():
    assert typed("integer", [1, 2]).dtype.kind == "i"
    found = typed("integer", [1, None])
    assert found[0] == 1.0
    assert np.isnan(found[1])
    assert typed("flag", [True, False]).dtype.kind == "b"
    assert list(typed("text", ["a", None])) == ["a", ""]


def test_an_object_without_a_variable_leaves_a_gap():
    whole = stacked([None, piece(COUNT, 3)], "split", ("time", "joint"))
    assert whole.labels == {"split": ("time", "joint")}
    assert np.isnan(whole.values[0])
    assert whole.values[1] == 3.0


def test_lists_of_several_lengths_are_padded():
    pieces = [piece(RATE, np.array(x), points="front_point") for x in ([1.0, 2.0], [3.0])]
    whole = stacked(pieces, "split", ("a", "b"))
    assert whole.values[0].tolist() == [1.0, 2.0]
    assert whole.values[1, 0] == 3.0
    assert np.isnan(whole.values[1, 1])
    assert whole.labels["front_point"] == (1, 2)


def test_labels_keep_their_values_in_another_order():
    row = Row(key="margin_db", meaning="m", unit="dB", dimensions=("split",))
    found = aligned(piece(row, {"joint": 1.0, "time": 2.0}), {"split": ("time", "comb", "joint")})
    assert found.values[0] == 2.0
    assert found.values[2] == 1.0
    assert np.isnan(found.values[1])


def test_a_value_of_other_dimensions_than_the_table_is_refused():
    with pytest.raises(ValueError, match="rate_bit_per_hz: 2 axes, but the table names"):
        piece(RATE, np.ones((2, 2)))
