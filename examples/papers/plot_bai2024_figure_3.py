"""
Figure 3 of Bai2024: rate against the sensing requirement
=========================================================

Section IV prints gains of 11.3, 9.1 and 10.8 % over three rivals at a requirement of 0.05. Angles,
noise and the unit of the requirement are not printed. Left: the preset, which keeps the printed
conventions. Right: with a matched-filter gain that grows with the sensing duration (erratum A7),
so that both ends of the axis fit into one frame.
"""

from dataclasses import replace

from isacplan.papers.bai2024.figures import figure_3
from isacplan.papers.bai2024.reading import preset_reading
from isacplan.plot.papers import plot_figure

preset = preset_reading()
proportional = replace(preset, rmse_deg=0.2, start_blocks=4.0, crb_exponent=2)
figure = plot_figure(figure_3({"preset": preset, "proportional gain": proportional}))
