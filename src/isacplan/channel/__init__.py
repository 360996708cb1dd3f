"""Propagation: spatial correlation, temporal correlation, path loss."""
