"""Array aliases for signatures."""

from types import EllipsisType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float: TypeAlias = NDArray[np.floating]
Complex: TypeAlias = NDArray[np.complexfloating]
Int: TypeAlias = NDArray[np.integer]
Bool: TypeAlias = NDArray[np.bool_]
Array: TypeAlias = Any
"""An array of any library that follows the array API standard."""
Index: TypeAlias = slice | EllipsisType | tuple[slice | int | EllipsisType | None, ...]

__all__ = ["Array", "ArrayLike", "Bool", "Complex", "Float", "Index", "Int"]
