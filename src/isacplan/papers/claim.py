"""A claim of a paper and what became of it: words in TOML, numbers and verdict from a function."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import resources
from typing import Any

from isacplan import _check

VERDICTS = ("contradicted", "direction only", "reproduced", "undetermined")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What was computed about a claim.

    Parameters
    ----------
    verdict : str
        One of `VERDICTS`, from `verdict` or a check of its own.

        * reproduced: holds to the printed digits under the stated parameters;
        * direction only: the sign or shape holds, the number does not, or only outside what the
          paper assumes;
        * contradicted: cannot hold under the paper's own statements;
        * undetermined: depends on something that the paper does not say.
    values : mapping of str to float or str
        Fills the braces in the claim's words.
    parameters : dict
        What was assumed.
    """

    verdict: str
    values: Mapping[str, float | str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check.choice("verdict", self.verdict, VERDICTS)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of a paper, graded.

    Parameters
    ----------
    id : str
        Paper and number, as for ``isacplan papers --claim``.
    source, statement, printed : str
        Where the paper says it, what it says in our words, and the number or shape it prints.
    ours, evidence : str
        What we compute, and why the verdict is what it is.
    verdict : str
        See `Fact`.
    parameters : dict
        What was assumed.
    """

    id: str
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
        return asdict(self)


def verdict(*, number: bool, direction: bool = False) -> str:
    """Grade of a claim whose number, or at least whose direction, holds or does not."""
    return "reproduced" if number else "direction only" if direction else "contradicted"


def stated(paper: str) -> list[dict[str, str]]:
    """The claims of a paper as ``claims.toml`` words them, in the order of the report."""
    file = resources.files("isacplan.papers") / paper / "claims.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))["claim"]


def graded(paper: str, facts: Mapping[str, Fact]) -> list[Claim]:
    """Claims of a paper with the facts about them.

    Parameters
    ----------
    paper : str
        Name of its folder.
    facts : mapping of str to Fact
        By identifier of the claim.

    Returns
    -------
    list of Claim
    """
    found: list[Claim] = []
    for words in stated(paper):
        fact = facts[words["id"]]
        filled = {key: words[key].format_map(fact.values) for key in ("ours", "evidence")}
        found.append(Claim(**{**words, **filled}, verdict=fact.verdict, parameters=fact.parameters))
    return found
