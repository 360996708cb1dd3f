"""Sphinx configuration."""

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

from isacplan import __version__, quantities

sys.path.insert(0, str(Path(__file__).parent))

project = "isacplan"
author = "The isacplan founders"
project_copyright = author
release = version = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
    "sphinxcontrib.bibtex",
    "mathml",
    "scenario_keys",
]
exclude_patterns = ["_build", "gallery/**/*.py.md5", "gallery/**/*.ipynb"]
root_doc = "index"
nitpicky = False

myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"

sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["gallery"],
    "filename_pattern": r"/plot_",
    "within_subsection_order": "FileNameSortKey",
    "subsection_order": ["../examples/papers", "../examples/planning"],
    "image_scrapers": ["gallery_scraper"],
    "reset_modules": (),
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "abort_on_example_error": True,
    "plot_gallery": "True",
}

# Nothing on the site comes from elsewhere: no fonts, no scripts, no formulas.
html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"isacplan {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False


def fill_tables(app: Sphinx, name: str, content: list[str]) -> None:
    """Put the tables of quantities where a page has a comment for them."""
    del app, name
    for found in re.findall(r"<!-- (\w+)(?:: (\w+))? -->", content[0]):
        kind, section = found
        if kind in quantities.MARKDOWN:
            comment = f"<!-- {kind}: {section} -->" if section else f"<!-- {kind} -->"
            content[0] = content[0].replace(comment, quantities.MARKDOWN[kind](section))


def setup(app: Sphinx) -> None:
    """Connect what this site does beside its extensions."""
    app.connect("source-read", fill_tables)
