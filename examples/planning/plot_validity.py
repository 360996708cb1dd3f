"""
How wrong an angle may be before the additive model ends
========================================================

The additive error model needs a positive semidefinite estimated correlation. The narrower the
angular spread, the smaller the error it admits.
"""

import numpy as np
from matplotlib.figure import Figure

from isacplan.array import steering_derivative, uniform_linear
from isacplan.channel import one_ring_correlation
from isacplan.comm import largest_semidefinite_crb

spreads = np.radians(np.geomspace(0.5, 30.0, 60))
figure = Figure(figsize=(7.0, 4.0), layout="constrained")
ax = figure.subplots()
for n_antennas, style in ((4, ":"), (8, "-"), (16, "--"), (32, "-.")):
    array = uniform_linear(n_antennas)
    R = one_ring_correlation(array, 0.0, density="uniform", spread=spreads)
    v = np.broadcast_to(steering_derivative(array, 0.0), (len(spreads), n_antennas))
    rmse = np.sqrt(largest_semidefinite_crb(R, v))
    ax.loglog(
        np.degrees(spreads), np.degrees(rmse), style, color="black", label=f"{n_antennas} antennas"
    )
ax.set(
    xlabel="half width of the angular spread [deg]", ylabel="largest valid angle error [deg rms]"
)
ax.legend()
ax.grid(color="0.92")
