"""Figures into files."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from isacplan.files import check_target, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("pdf", "png", "svg")


def check_figure_name(path: str | Path) -> str:
    """Format of a figure file by its ending.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str

    Raises
    ------
    ValueError
        When the ending names no format that can be drawn, or no file can be written there.
    """
    ending = Path(path).suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise ValueError(f"{path}: a figure ends in .{', .'.join(FORMATS)}")
    check_target(path)
    return ending


def save_figure(figure: "Figure", path: str | Path) -> None:
    """Draw a figure into a file, whole or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or Path
        Ends in .png, .pdf or .svg.

    Raises
    ------
    ValueError
        When the ending is another or the file cannot be written.
    """
    ending = check_figure_name(path)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=ending, dpi=150)
    write_whole(path, buffer.getvalue())
