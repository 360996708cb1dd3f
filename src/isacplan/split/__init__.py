"""Splitting time and band between localization and communication."""

from isacplan.split.choices import full_capacity, full_crb
from isacplan.split.comb import comb_offsets
from isacplan.split.learned_gain import learned_gain_rate
from isacplan.split.localization import angle_share, position_terms
from isacplan.split.measurement import ErrorLaw
from isacplan.split.model import SplitModel, build_model
from isacplan.split.needs import NeededSymbols, needed_for
from isacplan.split.pareto import (
    ParetoFront,
    accuracy_per_percent,
    crb_at_loss,
    knee,
    pareto_front,
)
from isacplan.split.problem import SPLITS, SplitProblem
from isacplan.split.reach import out_of_reach
from isacplan.split.requirement import PositionRequirement
from isacplan.split.search import balance, evaluate, maximise_capacity, minimise_crb
from isacplan.split.solution import DataPart, SplitSolution
from isacplan.split.stations import Stations
from isacplan.split.tradeoff import (
    comb_split_crb_loss,
    frequency_split_capacity_loss,
    frequency_split_crb_loss,
    frequency_split_wins,
    time_split_capacity_loss,
    time_split_crb_loss,
)
from isacplan.split.training import (
    best_pilots,
    capacity,
    capacity_bound,
    pilot_share,
    tangent,
)
from isacplan.split.waveforms import error_law
from isacplan.split.winners import WinnerMap, winner_map

__all__ = [
    "SPLITS",
    "DataPart",
    "ErrorLaw",
    "NeededSymbols",
    "ParetoFront",
    "PositionRequirement",
    "SplitModel",
    "SplitProblem",
    "SplitSolution",
    "Stations",
    "WinnerMap",
    "accuracy_per_percent",
    "angle_share",
    "balance",
    "best_pilots",
    "build_model",
    "capacity",
    "capacity_bound",
    "comb_offsets",
    "comb_split_crb_loss",
    "crb_at_loss",
    "error_law",
    "evaluate",
    "frequency_split_capacity_loss",
    "frequency_split_crb_loss",
    "frequency_split_wins",
    "full_capacity",
    "full_crb",
    "knee",
    "learned_gain_rate",
    "maximise_capacity",
    "minimise_crb",
    "needed_for",
    "out_of_reach",
    "pareto_front",
    "pilot_share",
    "position_terms",
    "tangent",
    "time_split_capacity_loss",
    "time_split_crb_loss",
    "winner_map",
]
