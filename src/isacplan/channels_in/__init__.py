"""Importers: channels of other tools as users with paths."""

from isacplan.channels_in.cdl import cdl_users
from isacplan.channels_in.deepmimo import read_deepmimo
from isacplan.channels_in.imported import ImportedUsers, users_from_paths
from isacplan.channels_in.matlab import read_matlab
from isacplan.channels_in.sampled import SampledChannel, read_sampled, sampled_channel
from isacplan.channels_in.sionna import read_sionna
from isacplan.channels_in.write import paths_csv, read_csv

__all__ = [
    "ImportedUsers",
    "SampledChannel",
    "cdl_users",
    "paths_csv",
    "read_csv",
    "read_deepmimo",
    "read_matlab",
    "read_sampled",
    "read_sionna",
    "sampled_channel",
    "users_from_paths",
]
