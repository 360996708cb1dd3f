"""What is on screen as files: the scenario, the figure, the data."""

import csv
import io
import re
from typing import Any

from isacplan.report import frame_report, split_report
from isacplan.scenario import FrameScenario, Scenario, scenario_toml
from isacplan.web.planned import plan
from isacplan.web.stated import without_places


def exported(scenario: Scenario, ending: str) -> tuple[str, bytes]:
    """A file of a scenario or of its plan.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario
    ending : {"toml", "svg", "png", "csv"}

    Returns
    -------
    name : str
    content : bytes

    Raises
    ------
    InfeasibleError
        When there is no plan.
    ValueError
        When the ending is another.
    """
    name = f"{_stem(scenario.name)}.{ending}"
    if ending == "toml":
        return name, scenario_toml(without_places(scenario)).encode()
    if ending in ("svg", "png"):
        return name, _drawn(scenario, ending)
    if ending == "csv":
        return name, _tabled(plan(scenario)).encode()
    raise ValueError(f"ending = {ending!r} must be toml, svg, png or csv")


def _stem(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "scenario"


def _drawn(scenario: Scenario, ending: str) -> bytes:
    """The figure that the commands draw with ``--plot``."""
    from isacplan.plot import plot_frame, plot_split

    if isinstance(scenario, FrameScenario):
        figure = plot_frame(frame_report(scenario))
    else:
        figure = plot_split(split_report(scenario))
    buffer = io.BytesIO()
    figure.savefig(buffer, format=ending, dpi=150)
    return buffer.getvalue()


def _tabled(values: dict[str, Any]) -> str:
    """One row a value: where it stands in the commands' JSON, its place in a list, the value."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("quantity", "index", "value"))
    for key, value in values.items():
        if key != "scenario":
            _rows(writer, key, value)
    return buffer.getvalue()


def _rows(writer: Any, key: str, value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _rows(writer, f"{key}.{name}", inner)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for i, inner in enumerate(value):
            _rows(writer, f"{key}[{i}]", inner)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            writer.writerow((key, i, _cell(inner)))
    else:
        writer.writerow((key, "", _cell(value)))


def _cell(value: Any) -> str:
    # What begins like a formula is none: spreadsheets would run it.
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in "=+-@\t\r" and text else text
