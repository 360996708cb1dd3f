"""Where the arrays of the kernels live: NumPy by default, or any array API library."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from types import ModuleType
from typing import Any

import numpy as np
from numpy.random import SFC64, SeedSequence

from isacplan import _check
from isacplan._typing import Array, Complex, Float, Int
from isacplan.simulate.streams import NormalSource, shifted, sobol_points

BACKENDS = ("cupy", "jax", "numpy", "torch")
DTYPES = ("double", "single")
SAMPLINGS = ("pseudo", "quasi")
LOG2_SHIFTS = 3
"""A block is this power of two of independently shifted nets. With one net the block means are so
skewed that 95 % intervals over 128 blocks cover 91 %; with eight they cover 95 %."""

LIBRARY_BYTES = 200 * 2**20

ACCELERATOR_SCALE = 64
"""A block on an accelerator holds this many times the trials, which keep it busy."""


def joined(parts: Array) -> Array:
    """Complex numbers from real and imaginary parts, (2, ...) to (...), as a new array."""
    if isinstance(parts, np.ndarray):
        # Filled in place: no temporary.
        out = np.empty(parts.shape[1:], np.result_type(parts.dtype, np.complex64))
        out.real, out.imag = parts
        return out
    return parts[0, ...] + 1j * parts[1, ...]


@dataclass(frozen=True, kw_only=True)
class Backend:
    """An array library, a device and a precision.

    Each is deterministic on its own; two of them draw different numbers in pseudo-random
    sampling, and the same up to rounding in quasi-random sampling.

    Parameters
    ----------
    name : {"numpy", "torch", "jax", "cupy"}
    device : str, optional
        As the library names it, ``"cuda"`` for example; default its own default.
    dtype : {"single", "double"}, optional
        Precision of draws, channels and beams. Angles and delays are refined, linear equations
        solved and blocks summed in double precision always.

    Raises
    ------
    ValueError
        When the library is not installed, or knows no such device.
    """

    name: str = "numpy"
    device: str | None = None
    dtype: str = "single"

    def __post_init__(self) -> None:
        _check.choice("backend", self.name, BACKENDS)
        _check.choice("dtype", self.dtype, DTYPES)
        if self.name == "numpy" and self.device not in (None, "cpu"):
            raise ValueError(f"device must be cpu for the numpy backend, got {self.device!r}")
        try:
            self.array(np.zeros(1))
        except ImportError:
            raise ValueError(
                f"backend {self.name!r} is not installed: pip install 'isacplan[{self.name}]'"
            ) from None
        except (RuntimeError, AssertionError) as error:
            first_line = str(error).splitlines()[0]
            raise ValueError(f"device {self.device!r} does not work: {first_line}") from None

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name, "device": self.device, "dtype": self.dtype}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # Loaded here, a library is there when a worker pins its threads.
        _ = self.xp

    @property
    def block_scale(self) -> int:
        """By how much blocks are larger than on a processor."""
        host = self.name != "cupy" and self.device in (None, "cpu")
        return 1 if host else ACCELERATOR_SCALE

    @property
    def library_memory(self) -> int:
        """What the library takes beside NumPy, measured on a processor [byte]."""
        return 0 if self.name == "numpy" else LIBRARY_BYTES

    @property
    def settings(self) -> dict[str, str]:
        """What results depend on, as plain values."""
        return {"backend": self.name, "device": self.device or "default", "dtype": self.dtype}

    @property
    def real_dtype(self) -> type[np.floating]:
        """NumPy type of real numbers in the chosen precision."""
        return np.float32 if self.dtype == "single" else np.float64

    @cached_property
    def xp(self) -> ModuleType:
        """Namespace of the array API."""
        if self.name == "numpy":
            return np
        if self.name == "torch":
            import array_api_compat.torch as namespace  # pyright: ignore[reportMissingImports]
        elif self.name == "cupy":
            import array_api_compat.cupy as namespace  # pyright: ignore[reportMissingImports]
        else:
            import jax  # pyright: ignore[reportMissingImports]
            import jax.numpy as namespace  # pyright: ignore[reportMissingImports]

            jax.config.update("jax_enable_x64", True)
        return namespace

    @cached_property
    def _device(self) -> Any:
        if self.name == "jax" and self.device is not None:
            import jax  # pyright: ignore[reportMissingImports]

            return jax.devices(self.device)[0]
        if self.name == "cupy":
            import cupy  # pyright: ignore[reportMissingImports]

            return cupy.cuda.Device(0 if self.device in (None, "cuda") else int(self.device))
        return self.device

    def array(self, values: Float | Complex) -> Array:
        """The values in the chosen library, device and precision; complex stays complex."""
        return self._moved(values, single=self.dtype == "single")

    def double(self, values: Float | Complex) -> Array:
        """The values in the chosen library and device, in double precision."""
        return self._moved(values, single=False)

    def indices(self, values: Int) -> Array:
        """Integers in the chosen library and device."""
        return values if self.name == "numpy" else self.xp.asarray(values, device=self._device)

    def _moved(self, values: Float | Complex, *, single: bool) -> Array:
        if np.iscomplexobj(values):
            wanted = np.complex64 if single else np.complex128
        else:
            wanted = np.float32 if single else np.float64
        if self.name == "numpy":
            return np.ascontiguousarray(values, dtype=wanted)
        # Some libraries share memory with what they are given: hand them their own.
        return self.xp.asarray(np.array(values, dtype=wanted, order="C"), device=self._device)

    def numpy(self, values: Array) -> Array:
        """The values as a NumPy array in double precision."""
        if self.name == "numpy":
            found = np.asarray(values)
        elif self.name == "torch":
            found = values.cpu().numpy()
        elif self.name == "cupy":
            found = values.get()
        else:
            found = np.asarray(values)
        return found.astype(np.complex128 if np.iscomplexobj(found) else np.float64)

    @cached_property
    def _sources(self) -> dict[int, NormalSource]:
        return {}

    def normals(self, seed: SeedSequence, shape: tuple[int, int], sampling: str) -> Array:
        """Real and imaginary parts of unit-variance circular normals.

        Parameters
        ----------
        seed : numpy.random.SeedSequence
        shape : tuple of int
            Components of a trial, and trials; a power of two from 8 for quasi-random points.
        sampling : {"pseudo", "quasi"}
            Independent trials, or randomly shifted Sobol nets with a trial a point.

        Returns
        -------
        array, shape (2, components, trials)
            With NumPy it is overwritten by the next call.
        """
        if sampling == "pseudo":
            return self.drawing(seed)(shape)
        r, n = shape
        points = sobol_points(2 * r, n.bit_length() - 1 - LOG2_SHIFTS)
        u = shifted(points, seed, 2**LOG2_SHIFTS)
        parts = self._source(r * n).transform(np.stack([u[0::2].ravel(), u[1::2].ravel()]))
        parts = parts.reshape(2, r, n)
        return parts if self.name == "numpy" else self.array(parts)

    def drawing(self, seed: SeedSequence) -> Callable[[tuple[int, int]], Array]:
        """Independent draws of `normals`, one after the other from one stream.

        Parameters
        ----------
        seed : numpy.random.SeedSequence

        Returns
        -------
        callable
            Maps (components, trials) to real and imaginary parts, shape (2, components, trials);
            with NumPy they are overwritten by the next call.
        """
        if self.name == "numpy":
            bits = SFC64(seed)
            return lambda shape: self._source(math.prod(shape)).draw(bits).reshape(2, *shape)
        return self._library_drawing(int(seed.generate_state(1, np.uint64)[0]))

    def _source(self, n: int) -> NormalSource:
        return self._sources.setdefault(n, NormalSource(n, self.real_dtype))

    def circular(self, seed: SeedSequence, shape: tuple[int, ...]) -> Array:
        """Independent circular complex normals of unit variance, in an array of their own.

        Parameters
        ----------
        seed : numpy.random.SeedSequence
        shape : tuple of int
        """
        parts = self.normals(seed, (1, math.prod(shape)), "pseudo")
        return self.xp.reshape(joined(parts), shape)

    def _library_drawing(self, word: int) -> Callable[[tuple[int, int]], Array]:
        if self.name == "torch":
            import torch  # pyright: ignore[reportMissingImports]

            device = torch.device(self.device or "cpu")
            generator = torch.Generator(device=device).manual_seed(word >> 1)
            kind = {
                "generator": generator,
                "device": device,
                "dtype": torch.float32 if self.dtype == "single" else torch.float64,
            }

            def torch_draw(shape: tuple[int, int]) -> Array:
                return torch.randn((2, *shape), **kind) * 0.5**0.5

            return torch_draw
        if self.name == "cupy":
            import cupy  # pyright: ignore[reportMissingImports]

            bits = cupy.random.Generator(cupy.random.Philox4x3210(word))

            def cupy_draw(shape: tuple[int, int]) -> Array:
                return bits.standard_normal((2, *shape), dtype=self.real_dtype) * 0.5**0.5

            return cupy_draw
        import jax  # pyright: ignore[reportMissingImports]

        key, calls = jax.random.key(word >> 1), count()

        def jax_draw(shape: tuple[int, int]) -> Array:
            own = jax.random.fold_in(key, next(calls))
            numbers = jax.random.normal(own, (2, *shape), dtype=self.real_dtype)
            return jax.device_put(numbers * 0.5**0.5, self._device)

        return jax_draw
