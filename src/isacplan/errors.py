"""The package's own exceptions."""


class InfeasibleError(Exception):
    """A requirement that no design meets.

    Parameters
    ----------
    message : str
        One line that ends with what would be feasible.
    constraint : str
        Name of the requirement that cannot be met.
    user : int or None
        Index of the user whose requirement it is; None when it is nobody's in particular.
    feasible_value : float or None
        The nearest value of the constraint that can be met, in SI units.
    """

    def __init__(
        self,
        message: str,
        *,
        constraint: str,
        user: int | None = None,
        feasible_value: float | None = None,
    ) -> None:
        super().__init__(message)
        self.constraint = constraint
        self.user = user
        self.feasible_value = feasible_value


class WorkersDiedError(Exception):
    """Worker processes end without a result, again and again."""
