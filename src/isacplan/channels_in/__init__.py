"""Importers: channels of other tools as users with paths."""
