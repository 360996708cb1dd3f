"""
What a wrong belief costs
=========================

A frame is optimal for what its designer believes. The part of the best rate that it loses where
something else is true is the regret.
"""

from isacplan.papers.regret import regret_figure, regrets
from isacplan.plot.papers import plot_figure

rows = regrets("street")
for row in rows:
    print(f"{row.belief:<18} {100 * (row.regret or 0):6.2f} %")

figure = plot_figure(regret_figure(rows))
