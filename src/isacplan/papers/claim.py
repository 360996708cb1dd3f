"""A claim of a paper and what became of it."""

from dataclasses import dataclass, field
from typing import Any

from isacplan import _check

VERDICTS = ("contradicted", "direction only", "reproduced", "undetermined")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of a paper, graded.

    Parameters
    ----------
    identifier : str
        Paper and number, as for ``isacplan papers --claim``.
    source : str
        Where the paper says it.
    statement : str
        What it says, in our words.
    printed : str
        The number or shape that is printed.
    ours : str
        What we compute.
    verdict : str
        One of `VERDICTS`.

        * reproduced: holds to the printed digits under the stated parameters;
        * direction only: the sign or shape holds, the number does not, or only outside what the
          paper assumes;
        * contradicted: cannot hold under the paper's own statements;
        * undetermined: depends on something that the paper does not say.
    evidence : str
        One line.
    parameters : dict
        What was assumed.
    """

    identifier: str
    source: str
    statement: str
    printed: str
    ours: str
    verdict: str
    evidence: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check.choice("verdict", self.verdict, VERDICTS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.identifier,
            "source": self.source,
            "statement": self.statement,
            "printed": self.printed,
            "ours": self.ours,
            "verdict": self.verdict,
            "evidence": self.evidence,
            "parameters": self.parameters,
        }
