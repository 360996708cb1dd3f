"""The command line."""

from isacplan.cli.main import main

__all__ = ["main"]
