"""How a frame's beams are formed and received: ``[transmission]`` of a scenario file."""

from typing import Annotated

import msgspec

from isacplan.comm.precoder import precoders
from isacplan.comm.receiver import receivers
from isacplan.comm.scheme import Scheme
from isacplan.scenario.fields import Section

MOST_PILOTS = 1000


class Transmission(Section, frozen=True, kw_only=True):
    """Precoder and receiver; the defaults are those of Bai2024."""

    precoder: str = "mrt"
    receiver: str = "mean_gain"
    precoded_pilots: Annotated[int, msgspec.Meta(ge=1, le=MOST_PILOTS)] = 1
    past_pilots: Annotated[int, msgspec.Meta(ge=1, le=MOST_PILOTS)] = 32

    def __post_init__(self) -> None:
        for name, known in (("precoder", precoders()), ("receiver", receivers())):
            value = getattr(self, name)
            if value not in known:
                raise ValueError(f"{name} = {value!r} must be one of {', '.join(known)}")

    @property
    def scheme(self) -> Scheme:
        """What is stated here, as the models take it."""
        return Scheme(
            precoder=self.precoder, receiver=self.receiver, precoded_pilots=self.precoded_pilots
        )

    @property
    def has_closed_form(self) -> bool:
        """Whether the closed forms of the knowledge models are the efficiency of this scheme."""
        return (self.precoder, self.receiver) == ("mrt", "mean_gain")

    @property
    def pilots(self) -> int:
        """Precoded pilot symbols that a block spends."""
        return self.precoded_pilots if receivers()[self.receiver].uses_pilots else 0
