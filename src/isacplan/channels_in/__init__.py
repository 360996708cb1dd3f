"""Importers: channels of other tools as users with paths."""

from isacplan.channels_in.deepmimo import read_deepmimo
from isacplan.channels_in.imported import ImportedUsers, users_from_paths
from isacplan.channels_in.sionna import read_sionna
from isacplan.channels_in.write import paths_csv

__all__ = [
    "ImportedUsers",
    "paths_csv",
    "read_deepmimo",
    "read_sionna",
    "users_from_paths",
]
