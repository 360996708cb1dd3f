"""Both papers together: which claims there are, how to compute them, and the figures."""

import difflib
from dataclasses import asdict, dataclass

from isacplan.papers import regret
from isacplan.papers.bai2024 import claims as bai_claims
from isacplan.papers.bai2024 import study as bai_study
from isacplan.papers.cache import Runner
from isacplan.papers.claim import Claim
from isacplan.papers.gao2024 import claims as gao_claims
from isacplan.papers.gao2024 import figures as gao_figures
from isacplan.papers.gao2024.setting import ANTENNAS
from isacplan.report.curves import FigureData


@dataclass(frozen=True, kw_only=True)
class Library:
    """Figures, claims and regrets of every paper.

    Parameters
    ----------
    figures : list of FigureData
        In the order of the report.
    claims : list of Claim
    regrets : list of Regret
    search : dict
        Summary of the search over what Bai2024 leaves open.
    """

    figures: list[FigureData]
    claims: list[Claim]
    regrets: list[regret.Regret]
    search: dict[str, object]


def claim_identifiers() -> tuple[str, ...]:
    """Identifiers of all claims, in the order of the report.

    >>> "bai2024-2-gamma" in claim_identifiers()
    True
    """
    return (*bai_claims.IDENTIFIERS, *gao_claims.IDENTIFIERS)


def one_claim(run: Runner, identifier: str) -> Claim:
    """One claim, computed with no more of the report than its paper needs.

    Parameters
    ----------
    run : Runner
    identifier : str

    Returns
    -------
    Claim

    Raises
    ------
    ValueError
        When there is no such claim.
    """
    known = claim_identifiers()
    if identifier not in known:
        close = difflib.get_close_matches(identifier, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"
        raise ValueError(f"claim {identifier}: no such claim{hint}")
    if identifier in gao_claims.IDENTIFIERS:
        found = gao_claims.claims(run("Gao2024: claims", gao_claims.facts))
    else:
        found = bai_claims.claims(bai_study.study(run))
    return next(claim for claim in found if claim.identifier == identifier)


def everything(run: Runner) -> Library:
    """Compute, or take from the cache, all there is.

    Parameters
    ----------
    run : Runner

    Returns
    -------
    Library
    """
    bai = bai_study.study(run)
    rows = [
        regret.Regret(**values)
        for truth in regret.TRUTHS
        for values in run(f"regret: {truth}", _regrets, {"truth": truth})
    ]
    return Library(
        figures=[
            *bai_study.figures(run, bai),
            *_gao_figures(),
            regret.regret_figure(rows),
        ],
        claims=[
            *bai_claims.claims(bai),
            *gao_claims.claims(run("Gao2024: claims", gao_claims.facts)),
        ],
        regrets=rows,
        search=_search_summary(bai),
    )


def _gao_figures() -> list[FigureData]:
    """Both printed figures and those beyond them: quicker to draw than to keep."""
    drawn = (gao_figures.figure_2, gao_figures.figure_3, gao_figures.figure_2_beyond)
    return [
        *(draw(n_antennas) for draw in drawn for n_antennas in ANTENNAS),
        *(
            gao_figures.winners_figure(snr_bookkeeping=bookkeeping)
            for bookkeeping in ("constant_snr", "constant_density")
        ),
    ]


def _regrets(truth: str) -> list[dict[str, object]]:
    return [asdict(row) for row in regret.regrets(truth)]


def _search_summary(bai: bai_study.Study) -> dict[str, object]:
    s = bai.search
    return {
        "n_evaluated": s.n_evaluated,
        "n_feasible": s.n_feasible,
        "n_rising": s.n_rising,
        "closest": {name: found.to_dict() for name, found in s.best.items()},
        "closest_valid": bai.closest_valid.to_dict(),
        "front": [found.to_dict() for found in s.front],
        "rising": bai.rising.to_dict(),
        "preset": bai.preset.to_dict(),
    }
