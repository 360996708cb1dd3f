"""Frame design: the problem, its exact solution, its certificate and its rivals."""
