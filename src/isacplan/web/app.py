"""The page and what answers it; nothing of a page is kept between its questions but its tasks."""

import base64
import binascii
import json
from typing import Any

from dash import Dash, Input, Output, State, dcc, no_update

from isacplan.errors import InfeasibleError
from isacplan.scenario import Scenario, load_scenario, scenario_to_dict
from isacplan.web.answer import Answers
from isacplan.web.callbacks import in_the_page
from isacplan.web.controls import controls
from isacplan.web.exports import exported
from isacplan.web.jobs import Jobs
from isacplan.web.layout import page
from isacplan.web.planned import key_of
from isacplan.web.server import guard
from isacplan.web.stated import named_files, read_upload, without_places
from isacplan.web.tables import task_result


def create_app(scenario: Scenario, *, host: str = "127.0.0.1", jobs: Jobs | None = None) -> Dash:
    """The explorer as a web application.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario
        To begin with; files that it names may be opened.
    host : str, optional
        Address or name that it will be served at.
    jobs : Jobs, optional
        Background tasks; default of its own.

    Returns
    -------
    dash.Dash
    """
    answers = Answers(files=named_files(scenario))
    app = Dash(
        "isacplan.web",
        title="isacplan explorer",
        update_title="",
        serve_locally=True,
        suppress_callback_exceptions=True,
        # What the page needs is laid out below; nothing asks a foreign server for anything.
        external_scripts=[],
        external_stylesheets=[],
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.index_string = app.index_string.replace("<html>", '<html lang="en">')
    app.layout = page(scenario_to_dict(without_places(scenario)))
    in_the_page(app)
    _scenarios(app, answers)
    _plans(app, answers)
    _exports(app, answers)
    running = jobs or Jobs()
    for slot in ("plan", "task"):
        _tasks(app, answers, running, slot)
    guard(app, host=host)
    return app


def _scenarios(app: Dash, answers: Answers) -> None:
    """Open presets and files, and lay out the controls of what was opened."""

    @app.callback(
        Output("loaded", "data", allow_duplicate=True),
        Output("message", "children", allow_duplicate=True),
        Input("preset", "value"),
        prevent_initial_call=True,
    )
    def preset(name: str) -> tuple[Any, Any]:  # pyright: ignore[reportUnusedFunction]
        try:
            values = scenario_to_dict(without_places(load_scenario(name)))
        except ValueError as error:
            return no_update, str(error)
        return {"values": values}, ""

    @app.callback(
        Output("loaded", "data", allow_duplicate=True),
        Output("message", "children", allow_duplicate=True),
        Output("upload", "contents"),
        Input("upload", "contents"),
        State("upload", "filename"),
        prevent_initial_call=True,
    )
    def upload(contents: str | None, name: str) -> tuple[Any, Any, Any]:  # pyright: ignore[reportUnusedFunction]
        if contents is None:
            return no_update, no_update, no_update
        try:
            content = base64.b64decode(contents.split(",", 1)[-1], validate=True)
            scenario = read_upload(content, files=answers.files, name=str(name))
        except binascii.Error:
            return no_update, "The upload was cut off: try again.", None
        except ValueError as error:
            return no_update, str(error), None
        return {"values": scenario_to_dict(without_places(scenario))}, "", None

    @app.callback(Output("controls", "children"), Input("loaded", "data"))
    def lay_out(loaded: dict[str, Any] | None) -> Any:  # pyright: ignore[reportUnusedFunction]
        values = None if loaded is None else loaded.get("values")
        if not isinstance(values, dict) or values.get("kind") not in ("frame", "split"):
            return no_update
        user = loaded.get("user", 0) if loaded else 0
        return controls(values, user=user if isinstance(user, int) else 0)


def _plans(app: Dash, answers: Answers) -> None:
    """What is asked with every move: past the toolkit, whose own way takes longer than a plan."""
    from flask import Response, request

    def replied(values: dict[str, Any]) -> Response:
        return Response(json.dumps(values, allow_nan=False), mimetype="application/json")

    def asked() -> dict[str, Any]:
        question = request.get_json()
        if not isinstance(question, dict) or not isinstance(question.get("values"), dict):
            return {"values": {}}
        return question

    @app.server.post("/answer")
    def answer() -> Response:  # pyright: ignore[reportUnusedFunction]
        return replied(answers.answer(asked()))

    @app.server.post("/map")
    def winners() -> Response:  # pyright: ignore[reportUnusedFunction]
        return replied({"figure": answers.winner_map(asked())})

    @app.server.get("/alive")
    def alive() -> tuple[str, int]:  # pyright: ignore[reportUnusedFunction]
        return "", 204


def _exports(app: Dash, answers: Answers) -> None:
    @app.callback(
        Output("download", "data"),
        Output("message", "children", allow_duplicate=True),
        Input("export-request", "data"),
        prevent_initial_call=True,
    )
    def export(request: dict[str, Any] | None) -> tuple[Any, Any]:  # pyright: ignore[reportUnusedFunction]
        if request is None:
            return no_update, no_update
        try:
            name, content = exported(answers.read(request["values"]), str(request["ending"]))
        except InfeasibleError as error:
            return no_update, f"There is no plan to export: {error.in_degrees}"
        except ValueError as error:
            return no_update, str(error)
        return dcc.send_bytes(content, name), ""


def _tasks(app: Dash, answers: Answers, jobs: Jobs, slot: str) -> None:
    """Start, follow and cancel the task in a slot of the page."""

    @app.callback(
        Output(f"{slot}-job", "data"),
        Output(f"{slot}-tick", "disabled"),
        Input(f"{slot}-request", "data"),
        State(f"{slot}-job", "data"),
        prevent_initial_call=True,
    )
    def start(request: dict[str, Any] | None, job: dict[str, Any] | None) -> Any:  # pyright: ignore[reportUnusedFunction]
        if job is not None:
            jobs.cancel(str(job["token"]))
        if request is None or request.get("cancel"):
            return None, True
        task = {
            key: request.get(key) for key in ("kind", "theme", "over", "start", "stop", "count")
        }
        try:
            scenario = answers.read(request["values"])
            task |= checked_sweep(task, request)
            task |= {"scenario": request["values"], "files": sorted(answers.files)}
            return {"token": jobs.start(task), "key": key_of(scenario)}, False
        except ValueError as error:
            return {"token": "", "error": str(error)}, False

    @app.callback(
        Output(f"{slot}-status", "data"),
        Output(f"{slot}-tick", "disabled", allow_duplicate=True),
        Input(f"{slot}-tick", "n_intervals"),
        State(f"{slot}-job", "data"),
        prevent_initial_call=True,
    )
    def follow(_: int, job: dict[str, Any] | None) -> Any:  # pyright: ignore[reportUnusedFunction]
        if job is None:
            return no_update, True
        if "error" in job:
            return {"done": True, "words": job["error"]}, True
        status, task = jobs.status(str(job["token"]))
        if "part" in status:
            return {"done": False, **status}, False
        return _finished(answers, slot, status, task), True


def checked_sweep(task: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """What a sweep still needs, refused where it is incomplete."""
    if task["kind"] not in ("plan", "simulate", "sweep"):
        raise ValueError(f"task = {task['kind']!r} must be plan, simulate or sweep")
    if task["kind"] != "sweep":
        return {}
    for name in ("start", "stop", "count"):
        if not isinstance(task[name], int | float):
            raise ValueError(f"sweep: {name} is missing; give a number")
    if not 2 <= task["count"] <= 50:
        raise ValueError(f"sweep: {task['count']} points; must be from 2 to 50")
    if not isinstance(task["over"], str):
        raise ValueError("sweep: over is missing; choose a key")
    return {"whole": bool(request.get("whole"))}


def _finished(
    answers: Answers, slot: str, status: dict[str, Any], task: dict[str, Any]
) -> dict[str, Any]:
    """What a page shows of a finished task; a plan is remembered for who asks for it next."""
    if "result" not in status:
        return {"done": True, "words": status.get("error") or status["infeasible"]}
    values = status["result"]
    if slot == "task":
        return {"done": True, **task_result(values, str(task["theme"]))}
    scenario = answers.read(task["scenario"])
    values["scenario"] = scenario_to_dict(without_places(scenario))
    answers.remembered.put(key_of(scenario), values)
    return {"done": True}
