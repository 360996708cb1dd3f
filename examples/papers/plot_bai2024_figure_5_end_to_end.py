"""
Figure 5 of Bai2024 from end to end
===================================

Whole simulated frames: target's echo, angle estimate, pilots, beams, data. There is a best sensing
duration, about a tenth of a block.
"""

from isacplan.papers.bai2024.reading import preset_reading
from isacplan.papers.bai2024.simulated import end_to_end, figure_5_end_to_end
from isacplan.plot.papers import plot_figure

preset = preset_reading()
found = [end_to_end(preset, blocks) for blocks in (0.03, 0.1, 1.0)]
figure = plot_figure(figure_5_end_to_end(preset, found))
