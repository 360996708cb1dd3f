"""The page: controls on one side, the plan on the other."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from isacplan.scenario import preset_names, scenario_keys
from isacplan.scenario.load import MAX_FILE_BYTES
from isacplan.web.controls import key_table
from isacplan.web.ranges import RANGES

FRAME_GRAPHS = {
    "time-line": "The frame as a time line",
    "over-sensing": "Rate against sensing time",
    "over-updates": "Rate against channel updates",
    "accuracy": "Angle accuracy of every user",
    "rivals": "Rivals",
}
SPLIT_GRAPHS = {
    "trade-off": "Capacity against position error",
    "winner-map": "Who wins, over antennas and distance",
    "resource-grid": "The resource grid of the winner",
}
STORES = (
    "loaded", "export-request",
    "plan-request", "plan-job", "plan-status", "task-request", "task-job", "task-status",
)  # fmt: skip

QUIET = "quiet"
"""Stores that nothing is ever put into: a function of the page must have an output."""
FUNCTIONS = (
    "open", "loaded", "planned", "worked", "swept", "theme", "user",
)  # fmt: skip


def page(initial: Mapping[str, Any]) -> html.Div:
    """The whole page.

    Parameters
    ----------
    initial : mapping
        Scenario to begin with.

    Returns
    -------
    Dash component
    """
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            dcc.Store(id="initial", data=dict(initial)),
            dcc.Store(
                id="keys",
                data={
                    "largest": MAX_FILE_BYTES,
                    **{kind: key_table(kind) for kind in ("frame", "split")},
                },
            ),
            *(dcc.Store(id=name) for name in STORES),
            *(dcc.Store(id=f"{QUIET}-{name}") for name in FUNCTIONS),
            dcc.Interval(id="plan-tick", interval=500, disabled=True),
            dcc.Interval(id="task-tick", interval=500, disabled=True),
            dcc.Download(id="download"),
            _header(),
            html.Div(id="connection", role="alert"),
            html.Div(id="message", role="alert"),
            html.Main([_controls(), _results()]),
        ],
        id="page",
    )


def _header() -> html.Header:
    return html.Header(
        [
            html.H1("isacplan explorer"),
            html.Div(
                dcc.Dropdown(
                    id="preset", options=preset_names(), placeholder="open a preset",
                    searchable=False, clearable=False,
                ),
                className="preset", title="Open a scenario that comes with the package",
            ),
            dcc.Upload(
                html.Button("open TOML", id="upload-button", title="or drop a file here"),
                id="upload", max_size=MAX_FILE_BYTES, className="upload",
                className_active="over", className_reject="over",
            ),
            _button("save-toml", "save TOML"),
            _button("save-svg", "SVG"),
            _button("save-png", "PNG"),
            _button("save-csv", "CSV"),
            _button("pin", "pin"),
            _button("unpin", "unpin"),
            dcc.RadioItems(
                id="theme", options=["auto", "light", "dark"], value="auto", inline=True,
                persistence=True, className="theme",
            ),
        ]
    )  # fmt: skip


def _aria(label: str) -> dict[str, Any]:
    """What a screen reader calls a part of the page."""
    return {"aria-label": label}


def _button(name: str, label: str) -> html.Button:
    return html.Button(label, id=name, n_clicks=0)


def _controls() -> html.Aside:
    return html.Aside(
        [
            html.Section(
                [
                    html.H2("Users"),
                    html.Div(_graph("map", static=True), className="map"),
                    dcc.Checklist(
                        id="radial", options=[{"label": "nearer is stronger", "value": "on"}],
                        value=["on"],
                    ),
                    html.P(
                        "Drag users; sliders below do the same by keyboard. In a frame the radius "
                        "is the data SNR: nearer by so many dB, pilots gain as much and the echo "
                        "twice as much.",
                        className="help",
                    ),
                    _button("add-user", "add a user"),
                    _button("drop-user", "drop the last"),
                ]
            ),
            html.Div(id="controls"),
        ],
        **_aria("scenario"),
    )  # fmt: skip


def _results() -> html.Section:
    figures = [
        *(_panel(name, title, "frame") for name, title in FRAME_GRAPHS.items()),
        *(_panel(name, title, "split") for name, title in SPLIT_GRAPHS.items()),
    ]
    return html.Section(
        [
            html.Div(id="headline"),
            html.P(id="summary", role="status", className="visually-hidden"),
            html.Div(id="alert", role="alert"),
            html.Div(figures, id="figures"),
            html.Div(id="compare"),
            html.Div(id="tables"),
            html.Ul(id="notes"),
            _tasks(),
            _taken(),
        ],
        **_aria("plan"),
    )


def _panel(name: str, title: str, kind: str) -> html.Figure:
    return html.Figure(
        [html.Figcaption(title), _graph(name)],
        className=f"panel {kind} {name}", role="group", **_aria(title),
    )  # fmt: skip


def _graph(name: str, *, static: bool = False) -> html.Div:
    graph = dcc.Graph(
        id=name, responsive=True, style={"height": "100%"},
        config={
            "displaylogo": False, "displayModeBar": False if static else "hover",
            "staticPlot": static, "showTips": False,
            "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
            "toImageButtonOptions": {"format": "svg", "filename": name},
        },
    )  # fmt: skip
    return html.Div(graph, className="graph")


def _tasks() -> html.Details:
    keys = {
        kind: [f"{k.section}.{k.name}" for k in scenario_keys(kind)] for kind in ("frame", "split")
    }
    swept = [path for paths in keys.values() for path in paths if path in RANGES]
    swept += ["users.snr_db", "users.sensing_snr_db", "users.speed_mps", "split.snr_db"]
    return html.Details(
        [
            html.Summary("Simulate and sweep"),
            html.Div(
                [
                    _button("simulate", "simulate this design"),
                    html.Label("sweep", htmlFor="sweep-key"),
                    dcc.Dropdown(id="sweep-key", options=sorted(set(swept)), clearable=False,
                                 value="sensing.angle_rmse_limit_deg"),
                    html.Label("from", htmlFor="sweep-start"),
                    dcc.Input(id="sweep-start", type="number", step="any"),
                    html.Label("to", htmlFor="sweep-stop"),
                    dcc.Input(id="sweep-stop", type="number", step="any"),
                    html.Label("points", htmlFor="sweep-count"),
                    dcc.Input(id="sweep-count", type="number", value=9, min=2, max=50),
                    _button("sweep", "sweep"),
                ],
                className="tasks",
            ),
            html.Div(
                [
                    html.Progress(id="task-part", value="0", max="1"),
                    html.Span(id="task-words", role="status"),
                    _button("task-cancel", "cancel"),
                ],
                id="task-progress", hidden=True,
            ),
            html.Div(_graph("task-graph"), id="task-figure", hidden=True),
            html.Div(id="task-result"),
        ],
        id="tasks", open=True,
    )  # fmt: skip


def _taken() -> html.Details:
    rows = [("link", "Link to this state"), ("command", "Command line"), ("python", "Python")]
    return html.Details(
        [
            html.Summary("Take it with you"),
            *(
                html.Div(
                    [
                        html.H3(title),
                        html.Pre(id=name, tabIndex=0, className="taken"),
                        dcc.Clipboard(target_id=name, title=f"copy: {title}", className="copy"),
                    ]
                )
                for name, title in rows
            ),
        ],
        id="taken", open=True,
    )  # fmt: skip
