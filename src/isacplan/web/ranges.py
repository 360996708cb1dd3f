"""How far a slider moves a key."""

import math
import re
from dataclasses import dataclass

from isacplan.scenario import Key

RANGES: dict[str, tuple[float, float, bool]] = {
    "frame.n_blocks": (2, 200, False),
    "frame.symbols_per_block": (2, 200, False),
    "frame.symbols_per_update": (1, 40, False),
    "frame.pilots_per_symbol": (1, 24, False),
    "array.n_tx": (2, 64, False),
    "array.n_rx": (2, 64, False),
    "aging.rho": (0.5, 1.0, False),
    "sensing.angle_rmse_limit_deg": (0.001, 30.0, True),
    "sensing.psd_tolerance": (1e-15, 1e-3, True),
    "transmission.precoded_pilots": (1, 10, False),
    "transmission.past_pilots": (1, 256, False),
    "users.angle_deg": (-85.0, 85.0, False),
    "users.rho": (0.5, 1.0, False),
    "users.angle_rmse_limit_deg": (0.001, 30.0, True),
    "users.weight": (0.0, 10.0, False),
    "users.power": (0.01, 100.0, True),
    "users.power_share": (0.01, 1.0, False),
    "users.position_rmse_limit_m": (0.01, 1000.0, True),
    "users_random.count": (1, 20, False),
    "users_random.seed": (0, 100, False),
    "users_paths.target_quantile": (0.01, 0.99, False),
    "split.n_antennas": (2, 128, False),
    "split.n_symbols": (8, 560, False),
    "split.angle_deg": (-85.0, 85.0, False),
    "split.ue_to_gnb_power_db": (-40.0, 40.0, False),
    "split.localization_to_gnb_power_db": (-20.0, 40.0, False),
    "split.waveform_coefficient": (-0.99, 1.0, False),
    "split.precoded_pilots": (1, 10, False),
    "split.subcarriers_per_element": (1, 48, False),
    "split.comb_boost_db": (0.0, 15.0, False),
    "split.range_window_m": (1.0, 1e5, True),
    "link.gnb_gain_db": (-10.0, 30.0, False),
    "link.ue_gain_db": (-10.0, 30.0, False),
    "link.gnb_height_m": (1.5, 100.0, False),
    "link.ue_height_m": (0.5, 22.5, False),
    "link.nlos_bias_m": (0.0, 200.0, False),
    "requirement.capacity_loss": (0.0, 1.0, False),
    "requirement.crb_loss": (1.0, 1000.0, True),
    "requirement.position_rmse_m": (0.01, 1000.0, True),
    "requirement.accuracy_m": (0.01, 1000.0, True),
    "requirement.confidence": (0.5, 0.999, False),
    "requirement.outlier_probability": (1e-6, 0.5, True),
}
"""Lowest and highest value worth dragging to, and whether by ratios; typing reaches every value."""

DECADES = 300.0
"""Ratio of the ends of a usual range from which a slider moves by ratios."""


@dataclass(frozen=True, kw_only=True)
class Slide:
    """Where a slider begins and ends, in its own positions.

    Parameters
    ----------
    low, high, step : float
        Positions; of `by_ratio` decimal logarithms of the values.
    by_ratio : bool
    """

    low: float
    high: float
    step: float
    by_ratio: bool


def is_whole(key: Key) -> bool:
    """Whether a key takes whole numbers only."""
    return key.kind.startswith("whole number")


def is_number(key: Key) -> bool:
    """Whether a key takes one number and nothing else."""
    return re.fullmatch(r"(whole )?number[^,]*", key.kind) is not None and " or " not in key.kind


def slide_of(key: Key, value: object) -> Slide | None:
    """The slider of a key that has a value.

    Parameters
    ----------
    key : Key
    value : object
        Present value, which the slider's range holds.

    Returns
    -------
    Slide or None
        None for what is no number, is left out, or has no usual range.
    """
    if not is_number(key) or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    stated = RANGES.get(f"{key.section}.{key.name}")
    if stated is None and key.usual:
        low, high = key.usual
        stated = (low, high, low > 0.0 and high / low >= DECADES)
    if stated is None:
        return None
    low, high, by_ratio = stated
    low, high = min(low, value), max(high, value)
    if by_ratio and low > 0.0:
        ends = math.log10(low), math.log10(high)
        return Slide(low=ends[0], high=ends[1], step=0.01, by_ratio=True)
    if is_whole(key):
        return Slide(low=low, high=high, step=1, by_ratio=False)
    step = 10.0 ** math.floor(math.log10((high - low) / 100.0))
    return Slide(low=low, high=high, step=step, by_ratio=False)
