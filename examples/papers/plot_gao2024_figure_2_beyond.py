"""
Figure 2 of Gao2024 under other assumptions
===========================================

Whole resources with the joint split, constant power, an even power density, and an unknown phase.
"""

from isacplan.papers.gao2024.figures import figure_2_beyond
from isacplan.plot.papers import plot_figure

figure = plot_figure(figure_2_beyond(8))
