"""A choice of resource elements for localization, and what it yields."""

from dataclasses import dataclass

from isacplan._typing import Float, Int


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
class SplitSolution:
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
