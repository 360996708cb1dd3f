"""Monte-Carlo checks of the formulas, from the model's own statistics to received signals."""
