"""
The best frame over speed and sensing SNR
=========================================

Mismatched model, Jakes aging at 5.9 GHz, exact optima: rate, number of updates, sensing duration.
"""

from isacplan.papers.bai2024.beyond import frame_map
from isacplan.papers.bai2024.reading import preset_reading
from isacplan.plot.papers import plot_figure

figure = plot_figure(frame_map(preset_reading()))
