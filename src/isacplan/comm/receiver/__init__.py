"""Receivers: what a user knows of its effective gain, one file each.

A module of this package that defines a `Receiver` adds one under the module's name; nothing else
changes.
"""

from functools import cache

from isacplan import _check
from isacplan.comm.components import discovered
from isacplan.comm.receiver._definition import Gains, Receiver

__all__ = ["Gains", "Receiver", "receiver", "receivers"]


@cache
def receivers() -> dict[str, Receiver]:
    """Every receiver by name.

    Returns
    -------
    dict of str to Receiver

    Examples
    --------
    >>> list(receivers())
    ['learned_gain', 'mean_gain']
    """
    return discovered(__name__, __path__, Receiver)


def receiver(name: str) -> Receiver:
    """The receiver of a name.

    Parameters
    ----------
    name : str

    Returns
    -------
    Receiver

    Raises
    ------
    ValueError
        When there is none of that name; the message lists those there are.
    """
    return receivers()[_check.choice("receiver", name, receivers())]
