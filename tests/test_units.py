import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.units import db_to_linear, dbm_to_watt, linear_to_db, watt_to_dbm


@given(st.floats(-200, 200))
def test_round_trips(x):
    assert linear_to_db(db_to_linear(x)) == pytest.approx(x, abs=1e-10)
    assert watt_to_dbm(dbm_to_watt(x)) == pytest.approx(x, abs=1e-10)


def test_known_values():
    assert dbm_to_watt(23.0) == pytest.approx(0.19952623149688797)
    assert db_to_linear(3.0) == pytest.approx(1.9952623149688795)
    assert np.isneginf(linear_to_db(0.0))


@pytest.mark.parametrize("f", [db_to_linear, linear_to_db, dbm_to_watt, watt_to_dbm])
def test_elementwise(f, assert_elementwise):
    assert_elementwise(f, np.array([[0.1, 1.0, 10.0], [2.0, 3.0, 4.0]]))
