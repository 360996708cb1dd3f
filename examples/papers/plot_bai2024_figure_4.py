"""
Figure 4 of Bai2024: rate against the number of channel updates
===============================================================

Too few updates leave stale estimates, too many leave no time for data.
"""

from dataclasses import replace

from isacplan.papers.bai2024.figures import figure_4
from isacplan.papers.bai2024.reading import preset_reading
from isacplan.plot.papers import plot_figure

preset = preset_reading()
proportional = replace(preset, rmse_deg=0.2, start_blocks=4.0, crb_exponent=2)
figure = plot_figure(figure_4({"preset": preset, "proportional gain": proportional}))
