"""The report: one HTML file that needs nothing else, and the claims as JSON."""

import base64
import html
import io
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from isacplan import __version__
from isacplan.files import write_whole
from isacplan.papers.cache import Runner
from isacplan.papers.claim import VERDICTS, Claim
from isacplan.papers.library import Library
from isacplan.plot.papers import plot_figure
from isacplan.report.curves import FigureData, figure_to_dict

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem;
  color: #1a1a1a; background: #fff; }
h1, h2 { line-height: 1.2; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.6rem;
  border-bottom: 1px solid #ddd; }
td.id { white-space: nowrap; font-family: ui-monospace, monospace; font-size: 0.8rem; }
.verdict { font-weight: 600; white-space: nowrap; }
.reproduced { color: #00674b; } .direction-only { color: #8a5a00; }
.contradicted { color: #a3300b; } .undetermined { color: #555; }
figure { margin: 2rem 0; } figure svg { max-width: 100%; height: auto; }
figcaption { font-size: 0.9rem; color: #444; }
pre { white-space: pre-wrap; font-size: 0.8rem; background: #f6f6f6; padding: 0.5rem; }
.wide { overflow-x: auto; }
"""


def write_report(library: Library, folder: Path, run: Runner) -> dict[str, Any]:
    """Write ``report.html``, ``claims.json`` and one PNG, SVG and JSON for each figure.

    Parameters
    ----------
    library : Library
    folder : Path
        Made if absent.
    run : Runner
        Keeps the drawings.

    Returns
    -------
    dict
        What ``claims.json`` holds.

    Raises
    ------
    ValueError
        When the folder cannot be written.
    """
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"{folder}: cannot be written: {error.strerror}") from None
    drawings: dict[str, str] = {}
    for figure in library.figures:
        drawn = run(f"drawing: {figure.name}", _drawn, {"figure": figure})
        drawings[figure.name] = drawn["svg"]
        stem = folder / "figures" / figure.name
        write_whole(stem.with_suffix(".png"), base64.b64decode(drawn["png"]))
        write_whole(stem.with_suffix(".svg"), drawn["svg"].encode())
        write_whole(stem.with_suffix(".json"), json.dumps(figure_to_dict(figure)).encode())
    values = claims_json(library)
    write_whole(folder / "claims.json", json.dumps(values, indent=2, allow_nan=False).encode())
    write_whole(folder / "report.html", report_html(library, drawings).encode())
    return values


def claims_json(library: Library) -> dict[str, Any]:
    """Claims, regrets and the search as plain values.

    Parameters
    ----------
    library : Library

    Returns
    -------
    dict
    """
    return {
        "version": __version__,
        "claims": [claim.to_dict() for claim in library.claims],
        "counts": counts(library.claims),
        "open_parameters": library.search,
        "regret": [asdict(row) for row in library.regrets],
    }


def counts(claims: list[Claim]) -> dict[str, int]:
    """How many claims have each verdict."""
    return {v: sum(claim.verdict == v for claim in claims) for v in VERDICTS}


def report_html(library: Library, drawings: dict[str, str]) -> str:
    """The whole page.

    Parameters
    ----------
    library : Library
    drawings : dict of str to str
        SVG of each figure by name.

    Returns
    -------
    str
    """
    figures = "\n".join(_figure(figure, drawings[figure.name]) for figure in library.figures)
    tally = ", ".join(f"{n} {verdict}" for verdict, n in counts(library.claims).items())
    search = library.search
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Two papers, reproduced and graded</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Two papers, reproduced and graded</h1>
<p>isacplan {html.escape(__version__)}. {len(library.claims)} claims: {html.escape(tally)}.</p>
<h2>Claims</h2>
{_claims_table(library.claims)}
<h2>Figures</h2>
{figures}
<h2>What a wrong belief costs</h2>
{_regret_table(library)}
<h2>What Bai2024 leaves open</h2>
<p>{search["n_evaluated"]} readings tried, {search["n_feasible"]} feasible. The closest to all
printed numbers at once, the closest to each alone, the closest with a valid model, and the
trade-off between Gamma = 0.05 and 0.5:</p>
<details><summary>readings</summary><pre>{html.escape(json.dumps(search, indent=1))}</pre></details>
<h2>Parameters assumed</h2>
{_parameters(library.claims)}
</body>
</html>
"""


def _claims_table(claims: list[Claim]) -> str:
    head = "<tr><th>claim</th><th>paper says</th><th>printed</th><th>ours</th><th>verdict</th></tr>"
    rows: list[str] = []
    for c in claims:
        kind = c.verdict.replace(" ", "-")
        rows.append(
            f'<tr id="{html.escape(c.id)}"><td class="id">{html.escape(c.id)}</td>'
            f"<td>{html.escape(c.statement)} <small>({html.escape(c.source)})</small></td>"
            f"<td>{html.escape(c.printed)}</td><td>{html.escape(c.ours)}</td>"
            f'<td><span class="verdict {kind}">{html.escape(c.verdict)}</span><br>'
            f"<small>{html.escape(c.evidence)}</small></td></tr>"
        )
    return f'<div class="wide"><table>{head}{"".join(rows)}</table></div>'


def _regret_table(library: Library) -> str:
    rows: list[str] = []
    for row in library.regrets:
        regret = "no design" if row.regret is None else f"{100.0 * row.regret:.2f} %"
        blocks = "" if row.sensing_blocks is None else f"{row.sensing_blocks:.2f}"
        rows.append(
            f"<tr><td>{html.escape(row.truth)}</td><td>{html.escape(row.belief)}</td>"
            f"<td>{regret}</td><td>{blocks}</td><td>{row.n_updates or ''}</td></tr>"
        )
    head = (
        "<tr><th>true scenario</th><th>designed for</th><th>rate lost</th>"
        "<th>sensing [blocks]</th><th>updates</th></tr>"
    )
    return f"<table>{head}{''.join(rows)}</table>"


def _parameters(claims: list[Claim]) -> str:
    parts = [
        f"<details><summary>{html.escape(c.id)}</summary>"
        f"<pre>{html.escape(json.dumps(c.parameters, indent=1))}</pre></details>"
        for c in claims
    ]
    return "\n".join(parts)


def _figure(figure: FigureData, drawing: str) -> str:
    return (
        f'<figure id="{html.escape(figure.name)}">{drawing}'
        f"<figcaption><b>{html.escape(figure.title)}.</b> {html.escape(figure.caption)}"
        "</figcaption></figure>"
    )


def _drawn(figure: FigureData) -> dict[str, str]:
    """A figure as PNG, and as SVG that can stand inside a page beside others."""
    from matplotlib import rc_context

    drawn, image, text = plot_figure(figure), io.BytesIO(), io.StringIO()
    drawn.savefig(image, format="png", dpi=110)
    with rc_context({"svg.hashsalt": figure.name, "svg.fonttype": "path"}):
        drawn.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    return {
        "png": base64.b64encode(image.getvalue()).decode(),
        "svg": _unique(svg[svg.index("<svg") :], figure.name),
    }


def _unique(svg: str, name: str) -> str:
    """Prefix identifiers, which matplotlib numbers from one in every figure."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
