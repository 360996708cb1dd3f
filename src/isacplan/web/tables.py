"""Results as tables and sentences, in plain values."""

from collections.abc import Sequence
from typing import Any

from isacplan.report.numbers import plain
from isacplan.web.figure import figure, line, palette
from isacplan.web.frame_figures import rivals

Values = dict[str, Any]

MOST_ROWS = 60
"""Rows of a simulation that a page shows; the command prints all."""


Table = dict[str, Any]


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    return {"caption": caption, "head": list(head), "rows": [list(row) for row in rows]}


def _number(value: float | None, digits: int = 4) -> str:
    return "none" if value is None else plain(value, digits)


def frame_tables(values: Values, slips: Sequence[str]) -> dict[str, Any]:
    """Facts, tables and notes of a frame.

    Parameters
    ----------
    values : dict
        As of a frame report's `to_json`, or of a sketch.
    slips : sequence of str
        Doubts about the input.

    Returns
    -------
    dict
        `facts`, pairs of words; `tables`; `notes` and `summary`, sentences.
    """
    seconds = values["frame_duration_s"]
    rate = plain(values["spectral_efficiency_bps_hz"], 6)
    sensing = plain(values["sensing_duration_s"] * 1e6, 4)
    facts = [
        ("rate", f"{rate} bit/s/Hz"),
        ("sensing", f"{sensing} us"),
        ("updates", f"{values['n_updates']}"),
        ("proof", _proof(values)),
        ("model", "valid" if values["valid"] else "NOT VALID here"),
    ]
    users = [
        [
            str(user["label"]),
            f"{user['angle_deg']:.2f}",
            _number(user["rmse_deg"]),
            _number(user["rmse_limit_deg"]),
            _number(user["spectral_efficiency_bps_hz"]),
        ]
        for user in values["users"]
    ]
    head = ("user", "angle [deg]", "error rms [deg]", "limit [deg]", "rate [bit/s/Hz]")
    others = [
        [words, _number(rate / seconds), "more than nothing" if g is None else f"{100 * g:+.2f} %"]
        for words, rate, g in rivals(values)
    ]
    tables = [_table("Users", head, users)]
    if others:
        head = ("instead", "rate [bit/s/Hz]", "this frame carries")
        tables.append(_table("Rivals", head, others))
    summary = f"{rate} bit/s/Hz with {sensing} us of sensing and {values['n_updates']} updates"
    return {
        "facts": facts,
        "tables": tables,
        "notes": [*slips, *values["warnings"]],
        "summary": summary,
        "users": [[str(user["label"]), user["angle_deg"]] for user in values["users"]],
    }


def _proof(values: Values) -> str:
    if values.get("sketch"):
        return f"sketch from {values['n_draws']} draws; the plan is being worked out"
    if values["certificate"] is None or values["gap"] is None:
        return "none"
    return f"{values['certificate']}, gap {values['gap']:.1e}"


def split_tables(values: Values, slips: Sequence[str]) -> dict[str, Any]:
    """Facts, tables and notes of a split.

    Parameters
    ----------
    values : dict
        As of a split report's `to_json`.
    slips : sequence of str
        Doubts about the input.

    Returns
    -------
    dict
        `facts`, pairs of words; `tables`; `notes` and `summary`, sentences.
    """
    winner = values["winner"]
    design = values["splits"][winner]
    capacity = f"{plain(design['capacity_bps'] / 1e6)} Mbit/s"
    error = f"{_number(design['position_rmse_m'])} m"
    facts = [
        ("winner", winner),
        ("capacity", capacity),
        ("position error", error),
        ("asked", values["asked"]),
        ("all to data", f"{plain(values['grid_capacity_bps'] / 1e6)} Mbit/s"),
    ]
    rows = [
        [
            name,
            plain(s["bandwidth_hz"] / 1e6),
            str(s["symbols"]),
            plain(s["capacity_bps"] / 1e6),
            f"{100.0 * s['capacity_loss']:.2f}",
            _number(s["position_rmse_m"]),
        ]
        for name, s in values["splits"].items()
        if s is not None
    ]
    head = (
        "split", "bandwidth [MHz]", "symbols", "capacity [Mbit/s]", "loss [%]",
        "position error [m]",
    )  # fmt: skip
    return {
        "facts": facts,
        "tables": [_table("Splits at this point", head, rows)],
        "notes": [*slips, *values["notes"]],
        "summary": f"{winner} split: {capacity}, {error}",
    }


def task_result(values: Values, theme: str) -> dict[str, Any]:
    """A finished simulation or sweep.

    Parameters
    ----------
    values : dict
        As of a simulation report's `to_json`, or of a sweep.
    theme : {"light", "dark"}

    Returns
    -------
    dict
        `tables`, and of a sweep a `figure`.
    """
    if "over" in values:
        return _sweep_result(values, theme)
    rows = [
        [
            _of(row),
            _number(row["formula"]),
            _number(row["estimate"]),
            f"{_number(row['ci_low'])} to {_number(row['ci_high'])}",
            row["verdict"] or "",
        ]
        for row in values["quantities"][:MOST_ROWS]
    ]
    head = ("quantity", "formula", "simulated", "95 % interval", "verdict")
    words = f"Simulated: {values['trials']} trials, depth {values['depth']}"
    return {"tables": [_table(words, head, rows)]}


def _of(row: Values) -> str:
    """Which quantity a row of a simulation is about, of whom."""
    whose = [f"{key} {row[key]}" for key in ("split", "user", "block") if row[key] is not None]
    return ", ".join([row["quantity"], *whose])


def _sweep_result(values: Values, theme: str) -> dict[str, Any]:
    frame = values["kind"] == "frame"
    key, scale = ("spectral_efficiency_bps_hz", 1.0) if frame else ("capacity_bps", 1e-6)
    title = "rate [bit/s/Hz]" if frame else "capacity [Mbit/s]"
    points = values["points"]
    y = [None if key not in point else scale * point[key] for point in points]
    x = [point["value"] for point in points]
    drawn = figure(
        theme,
        [line(title, x, y, palette(theme)["blue"], mode="lines+markers")],
        x={"title": values["over"]},
        y={"title": title},
    )
    columns = ("sensing_duration_s", "n_updates") if frame else ("position_rmse_m", "winner")
    rows = [
        [
            _number(point["value"], 6),
            "infeasible" if rate is None else _number(rate, 5),
            *(_shown(point.get(name)) for name in columns),
        ]
        for point, rate in zip(points, y, strict=True)
    ]
    head = (values["over"], title, *(name.replace("_", " ") for name in columns))
    return {"figure": drawn, "tables": [_table(f"Sweep over {values['over']}", head, rows)]}


def _shown(value: Any) -> str:
    return _number(value) if isinstance(value, float) else str(value)
