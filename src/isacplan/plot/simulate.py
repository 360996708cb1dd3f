"""When to believe the formulas: closed forms against the whole chain, over the sensing SNR."""

from typing import TYPE_CHECKING

import numpy as np

from isacplan.simulate import ValidityCurves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_validity(curves: ValidityCurves) -> "Figure":
    """Angle error against its bound, above spectral efficiency against both closed forms.

    Parameters
    ----------
    curves : ValidityCurves

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 7.4), layout="constrained")
    angle, rate = figure.subplots(2, 1, sharex=True, height_ratios=[1.0, 1.6])
    figure.suptitle(curves.name or "Frame")
    _angle_errors(angle, curves)
    _efficiencies(rate, curves)
    return figure


def _angle_errors(ax: "Axes", curves: ValidityCurves) -> None:
    x = curves.offset_db
    ax.semilogy(x, np.degrees(curves.angle_bound), "--", color="black", label="bound")
    ax.semilogy(
        x,
        np.degrees(curves.angle_rmse),
        "o-",
        color="black",
        markerfacecolor="white",
        label="maximum likelihood, simulated",
    )
    ax.set(ylabel="angle error [deg rms]")
    ax.set_title("The estimator and its bound", loc="left", fontsize="medium")
    ax.legend(fontsize="small")
    ax.grid(color="0.92")


def _efficiencies(ax: "Axes", curves: ValidityCurves) -> None:
    x = curves.offset_db
    ax.plot(x, curves.additive, color="tab:blue", linewidth=5.0, alpha=0.5, label="additive model")
    ax.plot(
        x,
        curves.additive_invalid,
        ":",
        color="tab:blue",
        label="additive model, outside its domain",
    )
    ax.plot(x, curves.mismatched, "-", color="tab:orange", label="mismatched model")
    ax.errorbar(
        x,
        curves.mean_gain,
        yerr=curves.half_width,
        fmt="o",
        color="black",
        markerfacecolor="white",
        capsize=2.0,
        label="simulated, mean gain known",
    )
    ax.plot(x, curves.learned_gain, "s", color="0.5", label="simulated, effective gain learned")
    ax.set(
        xlabel="sensing SNR relative to the scenario [dB]",
        ylabel="spectral efficiency [bit/s/Hz]",
        ylim=(0.0, None),
    )
    ax.set_title("First block after an update, mean over users", loc="left", fontsize="medium")
    ax.legend(fontsize="small")
    ax.grid(color="0.92")
