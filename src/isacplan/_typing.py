"""Array aliases for signatures."""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float: TypeAlias = NDArray[np.floating]
Complex: TypeAlias = NDArray[np.complexfloating]
Int: TypeAlias = NDArray[np.integer]
Bool: TypeAlias = NDArray[np.bool_]

__all__ = ["ArrayLike", "Bool", "Complex", "Float", "Int"]
