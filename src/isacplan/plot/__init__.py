"""Figures; matplotlib is loaded when one is drawn."""

from isacplan.plot.frame import plot_frame
from isacplan.plot.save import check_figure_name, save_figure
from isacplan.plot.simulate import plot_split_errors, plot_validity
from isacplan.plot.split import plot_split
from isacplan.plot.sweep import plot_study
from isacplan.plot.users import plot_users

__all__ = [
    "check_figure_name",
    "plot_frame",
    "plot_split",
    "plot_split_errors",
    "plot_study",
    "plot_users",
    "plot_validity",
    "save_figure",
]
