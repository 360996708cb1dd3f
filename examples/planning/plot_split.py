"""
Splits of a band between localization and communication
=======================================================

The preset of Gao2024: what splits in time, in frequency, in both and by comb reach on the grid of
resource elements.
"""

from matplotlib.figure import Figure

from isacplan.scenario import load_scenario, split_problem
from isacplan.split import SPLITS, build_model, pareto_front
from isacplan.units import linear_to_db

model = build_model(split_problem(load_scenario("gao2024")))
figure = Figure(figsize=(7.0, 4.0), layout="constrained")
ax = figure.subplots()
for split, style in zip(SPLITS, (":", "-", "--", "-."), strict=True):
    front = pareto_front(model, split=split)
    ax.plot(front.capacity / 1e6, linear_to_db(front.crb), style, color="black", label=split)
ax.set(xlabel="capacity [Mbit/s]", ylabel="position bound [dB m$^2$]", ylim=(-2.0, 20.0))
ax.legend()
ax.grid(color="0.92")
