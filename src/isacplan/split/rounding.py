"""Numbers in messages, rounded to the side on which they can be met."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal


def round_up(value: float, digits: int = 4) -> str:
    """Shortest text of a few digits whose number is at least the value.

    Examples
    --------
    >>> round_up(0.40441)
    '0.4045'
    """
    return _text(value, digits, ROUND_CEILING)


def round_down(value: float, digits: int = 4) -> str:
    """Shortest text of a few digits whose number is at most the value.

    Examples
    --------
    >>> round_down(0.40449)
    '0.4044'
    """
    return _text(value, digits, ROUND_FLOOR)


def _text(value: float, digits: int, rounding: str) -> str:
    return f"{float(Context(prec=digits, rounding=rounding).create_decimal(Decimal(value))):g}"
