"""
Which split wins
================

Time against frequency over antennas and SNR, and what the joint split gains over the better of the
two. The frequency split's territory is power that it concentrates: with an even power density it
shrinks.
"""

from isacplan.papers.gao2024.figures import winners_figure
from isacplan.plot.papers import plot_figure

figure_snr = plot_figure(winners_figure())
figure_density = plot_figure(winners_figure(snr_bookkeeping="constant_density"))
