"""``isacplan papers``: every figure and claim of both papers."""

import sys
from pathlib import Path

import click

from isacplan.cli.output import say, say_json
from isacplan.papers.cache import Runner, cache_folder
from isacplan.papers.claim import Claim


@click.command("papers")
@click.option("--out", metavar="DIR", default="papers", show_default=True, help="Report folder.")
@click.option("--claim", metavar="ID", help="Show one claim and write nothing.")
@click.option("--list", "as_list", is_flag=True, help="List the claims and compute nothing.")
@click.option("--fresh", is_flag=True, help="Compute everything anew, keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(*, out: str, claim: str | None, as_list: bool, fresh: bool, as_json: bool) -> None:
    """Redraw every figure of both papers, grade every claim, and write a report."""
    from isacplan.papers import library

    if as_list:
        names = library.claim_identifiers()
        if as_json:
            say_json({"claims": list(names)})
        else:
            say("\n".join(names))
        return
    run = Runner(None if fresh else cache_folder(), _say)
    if claim is not None:
        found = library.one_claim(run, claim)
        _say("")
        if as_json:
            say_json(found.to_dict())
        else:
            say(_text(found))
        return
    from isacplan.papers.report import write_report

    values = write_report(library.everything(run), Path(out), run)
    _say("")
    if as_json:
        say_json(values)
        return
    for one in values["claims"]:
        say(f"{one['id']:<28}{one['verdict']:<16}{one['printed']}: {one['ours']}")
    say(f"\nThe report: {Path(out) / 'report.html'}")


def _say(name: str) -> None:
    """One line of progress; on a terminal it replaces the last, and nothing clears it."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{name}", err=True, nl=False)
    elif name:
        click.echo(name, err=True)


def _text(claim: Claim) -> str:
    lines = [
        f"{claim.id} ({claim.source})",
        f"claim       {claim.statement}",
        f"printed     {claim.printed}",
        f"ours        {claim.ours}",
        f"verdict     {claim.verdict}",
        f"evidence    {claim.evidence}",
        "assumed",
        *(f"  {name} = {value}" for name, value in claim.parameters.items()),
    ]
    return "\n".join(lines)
