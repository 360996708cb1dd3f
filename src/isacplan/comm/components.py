"""Parts of a link that are found by being there: one file each, named by what the file offers."""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import TypeVar

Component = TypeVar("Component")


def discovered(package: str, path: Iterable[str], kind: type[Component]) -> dict[str, Component]:
    """Components that the modules of a package define, by the names of the modules.

    Parameters
    ----------
    package : str
        Dotted name of the package.
    path : iterable of str
        Its folders, ``__path__``.
    kind : type
        What counts as a component; each module that defines none is passed over.

    Returns
    -------
    dict of str to kind
        In alphabetical order.
    """
    found: dict[str, Component] = {}
    for module in sorted(pkgutil.iter_modules(path), key=lambda m: m.name):
        values = vars(importlib.import_module(f"{package}.{module.name}")).values()
        for component in (value for value in values if isinstance(value, kind)):
            if module.name in found:
                raise ValueError(f"{package}.{module.name} must define one {kind.__name__}")
            found[module.name] = component
    return found
