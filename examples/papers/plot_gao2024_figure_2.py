"""
Figures 2(a) and 2(b) of Gao2024: capacity and position bound
=============================================================

Lines are the corrected Theorems 1 and 2, markers whole resource elements and whole pilots.
"""

from isacplan.papers.gao2024.figures import figure_2
from isacplan.plot.papers import plot_figure

figure_a = plot_figure(figure_2(8))
figure_b = plot_figure(figure_2(32))
