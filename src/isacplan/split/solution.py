"""A choice of resource elements for localization, and what it yields."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from isacplan._typing import Float, Int
from isacplan._version import __version__
from isacplan.results import Answer, Record


@dataclass(frozen=True, kw_only=True)
class DataPart:
    """Elements that carry data on one channel estimate and with one power.

    Parameters
    ----------
    bandwidth : float
        Band times its share of the coherence interval [Hz].
    pilot_energy : float
        Energy of the pilots that serve it, in pilots of unboosted power.
    boost : float
        Power of the data over that with the whole band in use.
    """

    bandwidth: float
    pilot_energy: float
    boost: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitSolution(Answer):
    """A choice of resource elements for localization, and what it yields.

    Parameters
    ----------
    split : {"time", "frequency", "joint", "comb"}
        Which splits were allowed.
    n_elements, n_symbols : int
        Localization occupies n_elements side by side in n_symbols, or a part of them:
    spacing, n_offsets : int
        every how-manieth sub-carrier it takes there (1: all), and how many offsets a comb visits
        from symbol to symbol.
    localization_bandwidth : float
        From the first to the last element [Hz].
    mean_square_bandwidth : float
        Of all that localization sends, as the problem's delay bound has it [Hz^2].
    unambiguous_range : float
        Range after which one-way delays repeat [m].
    capacity : float
        Sum over users [bit/s].
    user_capacities : ndarray, shape (K,)
        [bit/s]
    crb : float
        The largest squared position error bound of any user [m^2].
    user_crb : ndarray, shape (K,)
        [m^2]
    user_symbols : ndarray of int, shape (K,)
        Localization symbols that each user measures.
    pilots_boosted, pilots_beside, pilots_within : int
        Pilots in the sub-carriers that localization leaves alone, those of them in symbols where
        communication has more power, and pilots in the sub-carriers it uses (of a comb's, those
        it uses most).
    data : tuple of DataPart
        What carries data; capacities are those of its parts.
    n_evaluated : int
        Candidates compared, one of which is provably optimal.
    exhaustive : bool
        Whether those were all there are.
    """

    split: str
    n_elements: int
    n_symbols: int
    spacing: int
    n_offsets: int
    localization_bandwidth: float
    mean_square_bandwidth: float
    unambiguous_range: float
    capacity: float
    user_capacities: Float
    crb: float
    user_crb: Float
    user_symbols: Int
    pilots_boosted: int
    pilots_beside: int
    pilots_within: int
    data: tuple[DataPart, ...]
    n_evaluated: int
    exhaustive: bool

    @property
    def n_taken(self) -> float:
        """Resource elements that localization takes."""
        return self.n_elements * self.n_symbols / self.spacing

    def record(self, *, curves: bool = False) -> Record:
        """What the solver found; see `Answer.record`."""
        del curves
        return Record(
            values={
                "kind": "split",
                "version": __version__,
                "split": self.split,
                **self.values,
                "users": self.user_values,
            }
        )

    @property
    def values(self) -> dict[str, Any]:
        """Of the whole choice, by the keys of the table of quantities."""
        return {
            "symbols": self.n_symbols,
            "elements": self.n_elements,
            "spacing": self.spacing,
            "offsets": self.n_offsets,
            "elements_taken": self.n_taken,
            "unambiguous_range_m": self.unambiguous_range,
            "bandwidth_hz": self.localization_bandwidth,
            "capacity_bps": self.capacity,
            "crb_m2": self.crb,
            "position_rmse_m": float(np.sqrt(self.crb)),
            "pilots_boosted": self.pilots_boosted,
            "pilots_beside": self.pilots_beside,
            "pilots_within": self.pilots_within,
            "choices_compared": self.n_evaluated,
        }

    @property
    def user_values(self) -> dict[str, Any]:
        """Of every user, by the keys of the table of quantities."""
        return {
            "capacity_bps": self.user_capacities,
            "crb_m2": self.user_crb,
            "position_rmse_m": np.sqrt(self.user_crb),
            "localization_symbols": self.user_symbols,
        }
