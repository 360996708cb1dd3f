"""Numbers as people write them."""

import numpy as np


def plain(value: float, digits: int = 4) -> str:
    """Significant digits without an exponent where the number is neither tiny nor huge.

    Parameters
    ----------
    value : float
    digits : int, optional

    Returns
    -------
    str

    Examples
    --------
    >>> plain(99.99, 2), plain(12345.6), plain(0.0079, 2), plain(3e-9, 2)
    ('100', '12346', '0.0079', '3e-09')
    """
    if not np.isfinite(value) or not 1e-6 < abs(value) < 1e9:
        return f"{value:.{digits}g}"
    rounded = float(f"{value:.{digits}g}")
    if abs(rounded) >= 10.0**digits:
        return f"{value:.0f}" if digits > 2 else f"{rounded:.0f}"
    return np.format_float_positional(rounded, trim="-")


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "symbol"), counted(2, "symbol")
    ('1 symbol', '2 symbols')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
