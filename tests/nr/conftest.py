"""Scenarios that several tests of legal configurations share, as functions that make them."""

import pytest

from isacplan.scenario import scenario_from_dict

ANCHORS = [
    {"x_m": 200.0, "y_m": 0.0},
    {"x_m": 100.0, "y_m": 150.0},
    {"x_m": 100.0, "y_m": -150.0},
]


def _square(*, anchors=ANCHORS, requirement=None, users=None, **split):
    return scenario_from_dict(
        {
            "kind": "split",
            "split": {
                "n_antennas": 4,
                "carrier_hz": 3.5e9,
                "bandwidth_hz": 20e6,
                "element_bandwidth_hz": 360e3,
                "n_symbols": 112,
                "angle_bound": "unknown_phase",
                "localization_direction": "downlink",
                "clock": "unknown" if anchors else "synchronised",
                "delay_bound": "tones",
                "snr_bookkeeping": "constant_density",
                "snr_db": 20.0,
                **split,
            },
            "requirement": requirement or {"position_rmse_m": 0.6},
            "users": users
            or [{"distance_m": 100.0, "angle_deg": 5.0}, {"distance_m": 140.0, "angle_deg": -25.0}],
            **({"anchors": anchors} if anchors else {}),
        }
    )


def _frame(**frame):
    users = [
        {"angle_deg": a, "snr_db": 8.0, "pilot_snr_db": 0.0, "sensing_snr_db": -18.0,
         "speed_mps": v}
        for a, v in ((-40.0, 2.0), (10.0, 8.0), (35.0, 15.0))
    ]  # fmt: skip
    return scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": 40,
                "symbols_per_block": 14,
                "symbols_per_update": 2,
                "symbol_duration_s": 35.714e-6,
                **frame,
            },
            "array": {"n_tx": 8, "n_rx": 8, "phase_reference": "centre"},
            "channel": {"angular_density": "laplacian", "std_deg": 5.0},
            "aging": {"model": "jakes", "carrier_hz": 3.5e9},
            "sensing": {"error_model": "mismatched", "angle_rmse_limit_deg": 6.0},
            "users": users,
        }
    )


@pytest.fixture(scope="session")
def square():
    """Two users amid four stations; what is given changes [split]."""
    return _square


@pytest.fixture(scope="session")
def scenario():
    """Three users in a frame of 40 slots of 30 kHz; what is given changes [frame]."""
    return _frame
