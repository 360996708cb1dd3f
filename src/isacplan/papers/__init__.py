"""Published papers: every figure redrawn, every claim graded."""
