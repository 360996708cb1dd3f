"""
Where an angle estimate leaves its bound
========================================

Root mean square errors of maximum likelihood, simulated and by the law that frames are planned
with, for three search windows: the beam that tracks, 40 degrees, and all of the front half plane.
"""

import matplotlib.pyplot as plt
import numpy as np

from isacplan.array import steering_vector, uniform_linear
from isacplan.sensing import ThresholdLaw, maximum_likelihood_angle, search_window

ANGLE = np.radians(20.0)
SNR_DB = np.arange(-5.0, 21.0, 2.5)
LOOKS = 2000


def simulated(array, window, snr, rng, pointing=None):
    """Azimuths found in LOOKS looks; under a beam pointed by looks before, when given."""
    L = array.n_elements
    gain, edges = np.ones(LOOKS), window.window
    if pointing is not None:
        a = steering_vector(array, np.append(pointing, window.azimuth))
        gain = np.abs(a[:-1] @ a[-1].conj()) ** 2
        edges = [np.arcsin(np.clip(np.sin(pointing) + s * 2.0 / L, -1, 1)) for s in (-1, 1)]
    noise = rng.normal(size=(2, LOOKS, 1, L)) * np.sqrt(0.5)
    amplitude = np.sqrt(snr * gain)[:, None, None]
    echo = amplitude * steering_vector(array, window.azimuth) + noise[0] + 1j * noise[1]
    low, high = (np.broadcast_to(edge, LOOKS) for edge in edges)
    return maximum_likelihood_angle(array, echo, window=(low, high))


def errors(n_elements, search, rng):
    """Simulated errors, the law's and the bound's, at every SNR [rad]."""
    array = uniform_linear(n_elements, phase_reference="centre")
    window = search_window(array, array, ANGLE, search=search)
    rows = []
    for snr in 10.0 ** (SNR_DB / 10.0):
        law = ThresholdLaw(window=[window], snr_per_symbol=np.array([snr]), symbol_duration=1.0)
        found = simulated(array, window, snr, rng)
        if search == "beam":
            found = simulated(array, window, snr, rng, pointing=found)
        square = np.mean((found - ANGLE) ** 2), law.mean_square(1.0)[0], law.bound(1.0)[0]
        rows.append(np.sqrt(square))
    return np.array(rows)


def main():
    rng = np.random.default_rng(0)
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), sharey=True, layout="constrained")
    searches = {"tracking beam": "beam", "40 degrees": np.radians(40.0), "sector": "sector"}
    for axis, (title, search) in zip(axes, searches.items(), strict=True):
        for colour, n in zip(("C0", "C1", "C2", "C3"), (4, 8, 16, 64), strict=True):
            rows = np.degrees(errors(n, search, rng))
            axis.semilogy(SNR_DB, rows[:, 2], ":", color=colour, linewidth=1)
            axis.semilogy(SNR_DB, rows[:, 1], color=colour, label=f"{n} elements")
            axis.semilogy(SNR_DB, rows[:, 0], "o", color=colour, markersize=4)
            ratio = rows[:, 1] / rows[:, 0]
            print(f"{title:<14}{n:4d} law/simulated", *(f"{x:.2f}" for x in ratio))
        axis.set(title=title, xlabel="SNR of the whole echo [dB]")
        axis.grid(alpha=0.3)
    axes[0].set(ylabel="root mean square error [deg]")
    axes[2].legend(title="line: law, dots: simulated,\ndotted: bound", fontsize=8, title_fontsize=8)
    return figure


figure = main()
plt.show()
