"""
Figure 5 of Bai2024: rate against sensing duration
==================================================

In print the rate rises and then falls from 4 blocks on. Where the additive model holds it only
falls (solid). A receiver that filters with a wrong angle (dashed) does have a best sensing
duration, but one far below 4 blocks: a degree or two of error is good enough.
"""

from isacplan.papers.bai2024.figures import figure_5
from isacplan.papers.bai2024.reading import preset_reading
from isacplan.plot.papers import plot_figure

figure = plot_figure(figure_5({"preset": preset_reading()}))
