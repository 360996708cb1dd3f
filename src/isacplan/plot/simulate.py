"""When to believe the formulas: closed forms and bounds against simulated signals."""

from typing import TYPE_CHECKING

import numpy as np

from isacplan.simulate import ErrorCurve, SplitCurves, ValidityCurves
from isacplan.split import SPLITS

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
    for rmse, marker, label in (
        (curves.music_rmse, "x", "MUSIC, simulated"),
        (curves.esprit_rmse, "+", "ESPRIT, simulated"),
    ):
        if np.all(np.isfinite(rmse)):
            ax.semilogy(x, np.degrees(rmse), marker, color="tab:red", label=label)
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


def plot_split_errors(curves: SplitCurves) -> "Figure":
    """Position errors of every split against their bounds, over SNR and over capacity given up.

    Parameters
    ----------
    curves : SplitCurves

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 7.4), layout="constrained")
    over_snr, over_loss = figure.subplots(2, 1)
    figure.suptitle(curves.name or "Split")
    _position_errors(over_snr, curves.over_snr, 1.0)
    over_snr.set(xlabel="localization SNR relative to the scenario [dB]")
    title = f"The planned designs: {curves.asked}"
    over_snr.set_title(title, loc="left", fontsize="medium")
    _position_errors(over_loss, curves.over_loss, 100.0)
    over_loss.set(xlabel="capacity given up [%]")
    over_loss.set_title("At the scenario's SNR", loc="left", fontsize="medium")
    return figure


def _position_errors(ax: "Axes", curve: ErrorCurve, scale: float) -> None:
    x = scale * curve.x
    for i, split in enumerate(SPLITS):
        if np.all(np.isnan(curve.rmse[i])):
            continue
        color = f"C{i}"
        ax.semilogy(
            x, curve.exact[i], "-", color=color, label=f"{split} split, bound of the signal"
        )
        ax.semilogy(
            x, curve.scenario[i], ":", color=color, label=f"{split} split, scenario's formulas"
        )
        around = curve.rmse[i] - curve.low[i], curve.high[i] - curve.rmse[i]
        ax.errorbar(
            x,
            curve.rmse[i],
            yerr=np.maximum(around, 0.0),
            fmt="o",
            color=color,
            markerfacecolor="white",
            capsize=2.0,
            label=f"{split} split, simulated",
        )
    ax.set(ylabel="position error [m rms]")
    ax.legend(fontsize="small")
    ax.grid(color="0.92")
