"""Version of the package, here for what lies below it."""

__version__ = "0.2.0"
