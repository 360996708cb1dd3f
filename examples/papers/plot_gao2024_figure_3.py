"""
Figures 3(a) and 3(b) of Gao2024: what capacity buys
====================================================

The time split's curve hardly depends on SNR, the frequency split's does.
"""

from isacplan.papers.gao2024.figures import figure_3
from isacplan.plot.papers import plot_figure

figure_a = plot_figure(figure_3(8))
figure_b = plot_figure(figure_3(32))
