import numpy as np
import pytest

from isacplan.split import SplitProblem


@pytest.fixture(scope="session")
def make_problem():
    """Section IV of Gao2024 (8 antennas, 15 dB) with anything replaced."""

    def make(**changes):
        snr = changes.pop("snr", 10**1.5)
        system = {
            "n_antennas": 8,
            "carrier_frequency": 2.6e9,
            "bandwidth": 20e6,
            "n_symbols": 200,
            "downlink_snr": snr,
            "uplink_snr": snr,
            "localization_snr": snr,
            "distance": 3611.0,
            "angle": 0.0,
        }
        return SplitProblem(**{**system, **changes})

    return make


@pytest.fixture(scope="session")
def assert_elementwise():
    """Check that a call on stacked arguments is the stack of scalar calls."""

    def check(function, **arguments):
        stacked = function(**arguments)
        wide = np.broadcast_arrays(*(np.asarray(v) for v in arguments.values()))
        before = [np.copy(part) for part in arguments.values()]
        parts = stacked if isinstance(stacked, tuple) else (stacked,)
        for index in np.ndindex(wide[0].shape):
            scalars = dict(zip(arguments, (float(part[index]) for part in wide), strict=True))
            single = function(**scalars)
            singles = single if isinstance(single, tuple) else (single,)
            for whole, one in zip(parts, singles, strict=True):
                np.testing.assert_allclose(np.asarray(whole)[index], one, rtol=1e-12)
        for old, new in zip(before, arguments.values(), strict=True):
            np.testing.assert_array_equal(old, new)

    return check
