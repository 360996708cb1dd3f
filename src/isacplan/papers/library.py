"""Both papers together: which claims there are, how to compute them, and the figures."""

import difflib
from dataclasses import dataclass
from typing import Any

from isacplan.papers import regret
from isacplan.papers.bai2024 import facts as bai_facts
from isacplan.papers.bai2024 import study as bai_study
from isacplan.papers.cache import Runner
from isacplan.papers.claim import Claim, graded, stated
from isacplan.papers.gao2024 import facts as gao_facts
from isacplan.papers.gao2024 import figures as gao_figures
from isacplan.papers.gao2024 import simulated as gao_simulated
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
    return tuple(words["id"] for paper in ("bai2024", "gao2024") for words in stated(paper))


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
    if identifier.startswith("gao2024"):
        found = _gao_claims(run, _gao_points(run))
    else:
        found = _bai_claims(bai_study.study(run))
    return next(claim for claim in found if claim.id == identifier)


def everything(run: Runner) -> Library:
    """Compute, or take from the cache, all there is.

    Parameters
    ----------
    run : Runner

    Returns
    -------
    Library
    """
    bai, points = bai_study.study(run), _gao_points(run)
    rows = [
        row
        for truth in regret.TRUTHS
        for row in run(
            f"regret: {truth}", regret.regrets, {"truth": truth}, kind=list[regret.Regret]
        )
    ]
    return Library(
        figures=[
            *bai_study.figures(run, bai),
            *_gao_figures(points),
            regret.regret_figure(rows),
        ],
        claims=[*_bai_claims(bai), *_gao_claims(run, points)],
        regrets=rows,
        search=bai_study.summary(bai),
    )


def _bai_claims(study: bai_study.Study) -> list[Claim]:
    return graded("bai2024", bai_facts.facts(study))


def _gao_claims(run: Runner, points: list[dict[str, Any]]) -> list[Claim]:
    agreement = gao_simulated.agreement(points)
    return graded("gao2024", gao_facts.facts(run("Gao2024: claims", gao_facts.numbers), agreement))


def _gao_points(run: Runner) -> list[dict[str, Any]]:
    return [
        run(
            f"Gao2024: simulation, {n} antennas, {snr_db:g} dB, {100 * loss:g} %",
            gao_simulated.simulated_point,
            {"n_antennas": n, "snr_db": snr_db, "capacity_loss": loss},
        )
        for n, snr_db, loss in gao_simulated.POINTS
    ]


def _gao_figures(points: list[dict[str, Any]]) -> list[FigureData]:
    """Both printed figures and those beyond them: quicker to compute than to keep."""
    printed = ((gao_figures.figure_2, False), (gao_figures.figure_3, True))
    return [
        *(
            draw(n, markers=gao_simulated.markers(points, n, losses=losses))
            for draw, losses in printed
            for n in ANTENNAS
        ),
        *(gao_figures.figure_2_beyond(n) for n in ANTENNAS),
        *(
            gao_figures.winners_figure(snr_bookkeeping=bookkeeping)
            for bookkeeping in ("constant_snr", "constant_density")
        ),
    ]
