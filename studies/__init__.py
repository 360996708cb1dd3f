"""Computations behind kept data: run on request, never by the package."""
