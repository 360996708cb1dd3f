"""
Figure 4 of Bai2024 under Jakes aging
=====================================

Proposition 2 divides the blocks evenly. Its proof needs efficiencies that fall with age; under
Jakes aging they rise again beyond the first zero of J0, and the even split loses up to a tenth.
"""

from isacplan.papers.bai2024.beyond import figure_4_jakes
from isacplan.papers.bai2024.reading import preset_reading
from isacplan.plot.papers import plot_figure

figure = plot_figure(figure_4_jakes(preset_reading()))
