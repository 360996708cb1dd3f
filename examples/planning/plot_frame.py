"""
The best frame of a traced city scenario
========================================

Five moving users of a ray-traced city: time line of the frame, and the rates around it.
"""

from isacplan.plot import plot_frame
from isacplan.report import frame_report
from isacplan.scenario import load_scenario

figure = plot_frame(frame_report(load_scenario("munich")))
