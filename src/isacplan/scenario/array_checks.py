"""Whether a scene's receive array can tell its users' directions from others."""

import numpy as np

from isacplan.scenario.scene import Scene
from isacplan.sensing.ambiguity import FRONT, AmbiguityFunction
from isacplan.sensing.estimators import is_uniform_linear

NEARLY_FULL = 0.95
"""Height of the ambiguity function, as an amplitude, from which noise decides between two peaks."""


def check_ambiguities(scene: Scene) -> None:
    """Refuse users whose direction the receive array mistakes for another one in front of it.

    The Cramér-Rao bound is local: it knows nothing of grating lobes, whatever their height, so a
    plan on it holds only where the ambiguity function has no second peak of (nearly) full height.

    Parameters
    ----------
    scene : Scene

    Raises
    ------
    ValueError
        Naming the array, the user, both directions and what would do.
    """
    receive = scene.receive
    if is_uniform_linear(receive) and np.ptp(receive.positions[:2, 1]) <= 0.5 + 1e-9:
        return
    for label, angle in zip(scene.label, scene.angle, strict=True):
        function = AmbiguityFunction(receive, float(angle))
        at, height, _ = function.others(FRONT, function.main_lobe())
        # A lobe that endfire cuts off belongs to a direction beyond it.
        inside = np.abs(np.abs(at) - np.pi / 2.0) > 1e-6
        alike = inside & (height >= NEARLY_FULL)
        if not np.any(alike):
            continue
        i = int(np.argmax(np.where(alike, height, 0.0)))
        stated = scene.scenario.array
        what = (
            f"spacing_wavelengths = {stated.spacing_wavelengths:g}"
            if stated.rx_positions_wavelengths is None
            else "rx_positions_wavelengths"
        )
        raise ValueError(
            f"array: with {what} the receive array cannot tell user {label} at "
            f"{np.degrees(angle):.4g} deg from {np.degrees(at[i]):.4g} deg, where its response is "
            f"{100.0 * height[i]:.3g} % alike; elements at most half a wavelength apart would do"
        )
