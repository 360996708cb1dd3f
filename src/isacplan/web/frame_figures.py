"""What a frame looks like: time line, rates, accuracy and rivals, from its plain values."""

from typing import Any

from isacplan.report.frame_text import RIVALS
from isacplan.web.figure import Figure, Trace, band, figure, line, markers, palette

Values = dict[str, Any]

MOST_BLOCKS = 120
"""Blocks that a time line can show apart."""


def frame_figures(values: Values, theme: str) -> dict[str, Figure]:
    """Figures of a frame by name.

    Parameters
    ----------
    values : dict
        As of a frame report's `to_json`; of a sketch, a part of them.
    theme : {"light", "dark"}

    Returns
    -------
    dict of str to dict
        Plotly figures.
    """
    return {
        "time-line": _time_line(values, theme),
        "over-sensing": _over_sensing(values, theme),
        "over-updates": _over_updates(values, theme),
        "accuracy": _accuracy(values, theme),
        "rivals": _rivals(values, theme),
    }


def _time_line(values: Values, theme: str) -> Figure:
    colour, ms = palette(theme), 1e3
    block, sensing = values["block_duration_s"], values["sensing_duration_s"]
    n_blocks = round(values["frame_duration_s"] / block)
    shown = min(n_blocks, max(MOST_BLOCKS, 2 * values["sensing_blocks"]))
    end = shown * block
    starts = [t for t in _update_starts(values) if t < end]
    width = values["update_duration_s"] * ms
    traces = [
        _bar("data", [0.0], [end * ms], colour["data"]),
        _bar(f"sensing, {sensing * 1e6:.1f} us", [0.0], [sensing * ms], colour["blue"]),
        _bar(
            f"channel update, {values['n_updates']} x {width * 1e3:.1f} us",
            [t * ms for t in starts],
            [width] * len(starts),
            colour["orange"],
        ),
    ]
    some = "" if shown == n_blocks else f", first {shown} of {n_blocks} blocks"
    return figure(
        theme,
        traces,
        x={"title": f"time [ms]{some}", "range": [0.0, end * ms]},
        y={"visible": False, "fixedrange": True, "range": [-0.5, 0.5]},
        margin={"l": 58, "r": 14, "t": 30, "b": 40},
        barmode="overlay",
    )


def _update_starts(values: Values) -> list[float]:
    """When updates begin [s]; what sensing takes of a first block comes before its update."""
    block, at = values["block_duration_s"], values["sensing_blocks"]
    starts: list[float] = []
    for n in values["blocks_per_update"]:
        starts.append(max(at * block, values["sensing_duration_s"]))
        at += n
    return starts


def _bar(name: str, base: list[float], width: list[float], colour: str) -> Trace:
    return {
        "type": "bar", "orientation": "h", "name": name, "base": base, "x": width,
        "y": [0] * len(base), "width": 1.0, "marker": {"color": colour, "line": {"width": 0}},
        "hovertemplate": f"{name}<br>from %{{base:.4f}} ms<extra></extra>",
    }  # fmt: skip


def _over_sensing(values: Values, theme: str) -> Figure:
    colour, curves = palette(theme), values["curves"]
    block, seconds = values["block_duration_s"], values["frame_duration_s"]
    x = [float(f"{t / block:.6g}") for t in curves["sensing_duration_s"]]
    # Dots where a sketch has only a few durations.
    mode = {"mode": "lines+markers"} if len(x) < 12 else {}
    traces = [
        line(name, x, _scaled(curves[key], seconds), colour[c], dash=dash, **mode)
        for key, name, c, dash in (
            ("rate_chosen_bit_per_hz", f"{values['n_updates']} updates", "ink", "solid"),
            ("rate_best_bit_per_hz", "best, sketched", "ink", "solid"),
            ("rate_every_block_bit_per_hz", "every block (FSU)", "grey", "dash"),
            ("rate_single_update_bit_per_hz", "one (SSU)", "grey", "dot"),
        )
        if key in curves
    ]
    n_blocks = seconds / block
    traces += _bound(values, theme, [0.0, n_blocks])
    traces.append(_optimum(values, theme, values["sensing_duration_s"] / block))
    return figure(
        theme,
        traces,
        x={"title": "sensing time [blocks]", "range": [0.0, n_blocks]},
        y={"title": "rate [bit/s/Hz]", "rangemode": "tozero"},
        shapes=_shades(values, theme),
    )


def _shades(values: Values, theme: str) -> list[dict[str, Any]]:
    """Sensing times that miss an angle limit, and those outside the model's domain."""
    colour, block = palette(theme), values["block_duration_s"]
    needs = [("shortest_accurate_duration_s", "faint")]
    # Draws begin where sensing is long enough; before that there is no model to be invalid.
    if "n_draws" not in values:
        needs.append(("shortest_valid_duration_s", "shade"))
    edges = {
        shade: max(user[key] if user[key] is not None else 0.0 for user in values["users"])
        for key, shade in needs
    }
    return [band(0.0, edge / block, colour[shade]) for shade, edge in edges.items() if edge > 0.0]


def _over_updates(values: Values, theme: str) -> Figure:
    colour, curves = palette(theme), values["curves"]
    updates = curves.get("n_updates", [values["n_updates"]])
    rate = _scaled(curves.get("rate_by_updates_bit_per_hz", []), values["frame_duration_s"])
    traces = [line("best allocation", updates, rate, colour["ink"])]
    traces += _bound(values, theme, [updates[0], updates[-1]])
    traces.append(_optimum(values, theme, values["n_updates"]))
    return figure(
        theme,
        traces,
        x={"title": "number of channel updates"},
        y={"title": "rate [bit/s/Hz]", "rangemode": "tozero"},
    )


def _bound(values: Values, theme: str, ends: list[float]) -> list[Trace]:
    bound = values.get("upper_bound_bit_per_hz")
    if bound is None:
        return []
    y = [bound / values["frame_duration_s"]] * 2
    name = f"upper bound, {values['certificate']}"
    return [line(name, ends, y, palette(theme)["green"], dash="longdash")]


def _optimum(values: Values, theme: str, x: float) -> Trace:
    y = values["spectral_efficiency_bps_hz"]
    return markers("this frame", [x], [y], palette(theme)["blue"], "circle-open")


def _accuracy(values: Values, theme: str) -> Figure:
    colour, users = palette(theme), values["users"]
    labels = [str(user["label"]) for user in users]
    bars = {
        "type": "bar", "name": "angle error", "x": labels, "y": [u["rmse_deg"] for u in users],
        "marker": {"color": colour["blue"]},
        "hovertemplate": "user %{x}: %{y:.4g} deg rms<extra></extra>",
    }  # fmt: skip
    limit = [user["rmse_limit_deg"] for user in users]
    valid = [user["valid_rmse_deg"] for user in users]
    ticks = {"marker": {"size": 22, "line": {"width": 3}}}
    traces = [bars]
    if any(value is not None for value in limit):
        traces.append(_ticks("required", labels, limit, colour["orange"], ticks))
    if any(value is not None for value in valid):
        traces.append(_ticks("model valid below", labels, valid, colour["grey"], ticks))
    return figure(
        theme,
        traces,
        x={"title": "user", "type": "category"},
        y={"title": "angle error, rms [deg]", "rangemode": "tozero"},
    )


def _ticks(
    name: str, x: list[str], y: list[float | None], colour: str, style: dict[str, Any]
) -> Trace:
    trace = markers(name, x, y, colour, "line-ew")
    trace["marker"] = {**trace["marker"], **style["marker"]}
    trace["marker"]["line"] = {"width": 3, "color": colour}
    return trace


def rivals(values: Values) -> list[tuple[str, float, float | None]]:
    """Words, rate [bit/Hz] and the plan's gain over each rival."""
    rows = [
        (RIVALS[name], other["rate_bit_per_hz"], other["gain"])
        for name, other in values.get("baselines", {}).items()
    ]
    for group in ("schemes", "no_sensing"):
        rows += [
            (other["words"], other["rate_bit_per_hz"], other["gain"])
            for other in values.get("rivals", {}).get(group, {}).values()
        ]
    return rows


def _rivals(values: Values, theme: str) -> Figure:
    colour, seconds = palette(theme), values["frame_duration_s"]
    rows = [("this frame", values["rate_bit_per_hz"], None), *rivals(values)]
    rates = [rate / seconds for _, rate, _ in rows]
    trace = {
        "type": "bar", "orientation": "h", "x": rates[::-1],
        "y": [words for words, _, _ in rows][::-1],
        "marker": {"color": [colour["grey"]] * (len(rows) - 1) + [colour["blue"]]},
        "text": [f"{words}: {rate:.4g}" for (words, _, _), rate in zip(rows, rates, strict=True)][
            ::-1
        ],
        "textposition": "inside", "insidetextanchor": "start", "constraintext": "none",
        "textfont": {"color": colour["paper"]}, "cliponaxis": False,
        "hovertemplate": "%{y}: %{x:.5g} bit/s/Hz<extra></extra>",
    }  # fmt: skip
    return figure(
        theme,
        [trace],
        x={"title": "rate [bit/s/Hz]", "rangemode": "tozero"},
        y={"type": "category", "showticklabels": False},
        showlegend=False,
        margin={"l": 10, "r": 14, "t": 10, "b": 44},
    )


def _scaled(values: list[float | None], seconds: float) -> list[float | None]:
    """Rates [bit/s/Hz] as exact as a picture needs, which keeps the answer short."""
    return [None if value is None else float(f"{value / seconds:.6g}") for value in values]
