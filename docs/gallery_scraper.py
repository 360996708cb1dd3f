"""Takes the figures that an example leaves in its variables; they never pass through pyplot."""

from collections.abc import Iterator

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst


def _get_sg_image_scraper():
    return scrape


def scrape(block, block_vars: dict, gallery_conf: dict) -> str:
    """Save every figure not seen before; return the markup that shows them."""
    names: Iterator[str] = block_vars["image_path_iterator"]
    seen: set[int] = block_vars["example_globals"].setdefault("__drawn__", set())
    files: list[str] = []
    for value in list(block_vars["example_globals"].values()):
        if isinstance(value, Figure) and id(value) not in seen:
            seen.add(id(value))
            file = next(names)
            value.savefig(file, dpi=120)
            files.append(file)
    return figure_rst(files, gallery_conf["src_dir"])
