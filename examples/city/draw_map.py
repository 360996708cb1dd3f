"""Map of a planned city: ``python draw_map.py STUDY PICTURE``."""

import sys

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

import isacplan
from isacplan.plot import save_figure


def corners(study, distance):
    """Rhombi of the sectors, shape (n_cells, 4, 2) [m]."""
    site = np.stack([study["x"], study["y"]], axis=-1)
    look = np.radians(study["boresight"].values)
    reach = distance / np.sqrt(3.0)
    turns = (look - np.pi / 3, look, look + np.pi / 3)
    around = [np.stack([np.cos(turn), np.sin(turn)], axis=-1) for turn in turns]
    return np.stack([site, *(site + reach * e for e in around)], axis=1)


def main(folder, picture):
    study = isacplan.open_study(folder)
    x = study["x"].values[::3]
    y = study["y"].values[::3]
    distance = np.hypot(x[1] - x[0], y[1] - y[0])
    rate = study["spectral_efficiency"].values
    figure = Figure(figsize=(8.0, 7.0), layout="constrained")
    ax = figure.subplots()
    cells = PolyCollection(corners(study, distance) / 1e3, array=rate, linewidths=0.0)
    cells.set_clim(*np.nanpercentile(rate, [1, 99]))
    ax.add_collection(cells)
    ax.autoscale()
    ax.set(xlabel="x [km]", ylabel="y [km]", aspect="equal", title=study.attrs["name"])
    figure.colorbar(cells, label="sum spectral efficiency of the planned frame [bit/s/Hz]")
    save_figure(figure, picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
