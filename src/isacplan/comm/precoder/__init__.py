"""Precoders: beams from the channel estimates of all users, one file each.

A module of this package that defines a `Precoder` adds one under the module's name; nothing else
changes. The estimates arrive per unit of transmit power and relative to the noise, so that a
regularisation knows its scale.
"""

from functools import cache

from isacplan import _check
from isacplan.comm.components import discovered
from isacplan.comm.precoder._definition import Precoder

__all__ = ["Precoder", "precoder", "precoders"]


@cache
def precoders() -> dict[str, Precoder]:
    """Every precoder by name.

    Returns
    -------
    dict of str to Precoder

    Examples
    --------
    >>> list(precoders())
    ['mrt', 'mrt_unit', 'rzf', 'zf']
    """
    return discovered(__name__, __path__, Precoder)


def precoder(name: str) -> Precoder:
    """The precoder of a name.

    Parameters
    ----------
    name : str

    Returns
    -------
    Precoder

    Raises
    ------
    ValueError
        When there is none of that name; the message lists those there are.
    """
    return precoders()[_check.choice("precoder", name, precoders())]
