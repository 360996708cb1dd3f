"""Formulas as MathML, which browsers draw themselves: the site needs no script and no network."""

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

UNKNOWN = {r"\bmod": r"\;\mathrm{mod}\;"}


def _markup(latex: str, display: str) -> str:
    for command, known in UNKNOWN.items():
        latex = latex.replace(command, known)
    markup = convert(latex, display=display)
    if "\\" in markup:
        raise ValueError(f"formula holds a command that MathML does not get: {latex}")
    return markup


def _inline(writer, node: nodes.math) -> None:
    writer.body.append(_markup(node.astext(), "inline"))
    raise nodes.SkipNode


def _block(writer, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{_markup(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
