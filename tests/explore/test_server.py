"""Who may talk to the explorer, and its tasks in the background."""

import base64
import json
import sys
import time
from typing import Any

import pytest

pytest.importorskip("dash")

from isacplan.cli.run import run
from isacplan.scenario import load_scenario, preset_text, scenario_to_dict
from isacplan.web.app import create_app
from isacplan.web.jobs import Jobs
from isacplan.web.planned import plan
from isacplan.web.server import MOST_BYTES, allowed, is_loopback
from isacplan.web.work import run_task

HOST = {"Host": "127.0.0.1:8050"}


@pytest.fixture(scope="module")
def client() -> Any:
    return create_app(load_scenario("bai2024")).server.test_client()


def test_the_page_loads_from_here_alone(client: Any) -> None:
    page = client.get("/", headers=HOST)
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'sha256-" in policy
    text = page.get_data(as_text=True)
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize(
    ("stated", "bound", "expected"),
    [
        ("127.0.0.1:1", "127.0.0.1", True),
        ("localhost", "127.0.0.1", True),
        ("[::1]:80", "::1", True),
        ("evil.example:1", "127.0.0.1", False),
        ("192.168.1.5:1", "127.0.0.1", False),
        ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        ("192.168.1.5:1", "0.0.0.0", True),
        ("evil.example", "0.0.0.0", False),
        ("planner", "planner", True),
    ],
)
def test_hosts(stated: str, bound: str, expected: bool) -> None:
    assert allowed(stated, bound) is expected
    assert not is_loopback("0.0.0.0")


def test_strangers_are_refused(client: Any) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403
    question = {"values": scenario_to_dict(load_scenario("bai2024")), "theme": "light", "seq": 1}
    foreign = HOST | {"Origin": "http://evil.example"}
    assert client.post("/answer", json=question, headers=foreign).status_code == 403
    own = HOST | {"Origin": "http://127.0.0.1:8050"}
    assert client.post("/answer", json=question, headers=own).json["state"] == "planned"
    assert client.post("/answer", data="x", headers=HOST).status_code == 415
    assert client.post("/answer", json=[1], headers=HOST).json["state"] == "wrong"
    large = "x" * (MOST_BYTES + 1)
    assert client.post("/answer", json=large, headers=HOST).status_code == 413
    assert client.post("/map", json=question, headers=HOST).json == {"figure": None}
    assert client.get("/alive", headers=HOST).status_code == 204


def test_a_missing_extra_says_how_to_get_it(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setitem(sys.modules, "dash", None)
    assert run(["explore"]) == 2
    assert capsys.readouterr().err == (
        "isacplan: the explorer needs Dash: pip install 'isacplan[explore]'\n"
    )


class NoJobs(Jobs):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(at_once=1)
        self.told: list[Any] = []
        self.next: dict[str, Any] = {"part": 0.5, "words": "half"}

    def start(self, task: dict[str, Any]) -> str:
        self.told.append(task)
        return "token"

    def status(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.next, self.told[-1]

    def cancel(self, token: str) -> None:
        self.told.append(token)


def called(client: Any, output: str, inputs: dict[str, Any], **states: Any) -> Any:
    """What a callback of the page answers; the first whose outputs begin so."""
    listed = client.get("/_dash-dependencies", headers=HOST).json
    known = next(
        one
        for one in listed
        if one["output"].lstrip(".").startswith(output)
        and [i["id"] for i in one["inputs"]] == list(inputs)
    )
    parts = [part.rsplit(".", 1) for part in known["output"].strip(".").split("...")]
    outputs: Any = [{"id": name, "property": prop} for name, prop in parts]
    question = {
        "output": known["output"],
        "outputs": outputs if known["output"].startswith("..") else outputs[0],
        "inputs": [i | {"value": inputs[i["id"]]} for i in known["inputs"]],
        "state": [s | {"value": states.get(s["id"].replace("-", "_"))} for s in known["state"]],
        "changedPropIds": [f"{i['id']}.{i['property']}" for i in known["inputs"]],
    }
    found = client.post("/_dash-update-component", json=question, headers=HOST)
    assert found.status_code in (200, 204), found.get_data(as_text=True)
    return found.json["response"] if found.status_code == 200 else None


def test_presets_uploads_and_controls(client: Any) -> None:
    found = called(client, "loaded.data", {"preset": "gao2024"})
    assert found["loaded"]["data"]["values"]["kind"] == "split"
    content = "data:;base64," + base64.b64encode(preset_text("bai2024").encode()).decode()
    found = called(client, "loaded.data", {"upload": content}, upload="mine.toml")
    assert found["loaded"]["data"]["values"]["kind"] == "frame"
    for bad, words in (("data:;base64,@@", "cut off"), ("data:;base64,YQ==", "not TOML")):
        found = called(client, "loaded.data", {"upload": bad}, upload="mine.toml")
        assert words in found["message"]["children"]
        assert "loaded" not in found
    values = scenario_to_dict(load_scenario("bai2024"))
    first = called(client, "controls.children", {"loaded": {"values": values}})
    second = called(client, "controls.children", {"loaded": {"values": values, "user": 1}})
    assert '"users.0.snr_db"' in json.dumps(first)
    assert '"users.1.snr_db"' in json.dumps(second)
    assert called(client, "controls.children", {"loaded": {"values": {"kind": "x"}}}) == {}


def test_exports_are_downloaded(client: Any) -> None:
    values = scenario_to_dict(load_scenario("bai2024"))
    request = {"values": values, "ending": "toml"}
    found = called(client, "download.data", {"export-request": request})
    assert base64.b64decode(found["download"]["data"]["content"]).startswith(b'kind = "frame"')
    values["sensing"]["angle_rmse_limit_deg"] = 1e-3
    request = {"values": values, "ending": "csv"}
    found = called(client, "download.data", {"export-request": request})
    assert found["message"]["children"].startswith("There is no plan to export: user 0")


def test_tasks_of_a_page() -> None:
    jobs = NoJobs()
    client = create_app(load_scenario("bai2024"), jobs=jobs).server.test_client()
    values = scenario_to_dict(load_scenario("bai2024"))
    request = {"kind": "plan", "values": values}
    found = called(client, "plan-job.data", {"plan-request": request})
    assert found["plan-job"]["data"]["token"] == "token"
    assert found["plan-tick"]["disabled"] is False
    assert jobs.told[-1]["scenario"] == values
    job = found["plan-job"]["data"]
    found = called(client, "plan-status.data", {"plan-tick": 1}, plan_job=job)
    assert found["plan-status"]["data"] == {"done": False, "part": 0.5, "words": "half"}
    jobs.next = {"error": "bad"}
    found = called(client, "plan-status.data", {"plan-tick": 1}, plan_job=job)
    assert found["plan-status"]["data"] == {"done": True, "words": "bad"}
    found = called(client, "plan-job.data", {"plan-request": {"cancel": True}}, plan_job=job)
    assert jobs.told[-1] == "token"
    assert found["plan-job"]["data"] is None
    assert found["plan-tick"]["disabled"] is True
    sweep = {"kind": "sweep", "values": values, "over": "array.n_tx", "start": 4, "stop": 8}
    for count, words in ((None, "count is missing"), (1, "must be from 2 to 50"),
                         (51, "must be from 2 to 50")):  # fmt: skip
        found = called(client, "task-job.data", {"task-request": {**sweep, "count": count}})
        assert words in found["task-job"]["data"]["error"]
    request = {**sweep, "count": 50, "whole": True}
    assert "token" in called(client, "task-job.data", {"task-request": request})["task-job"]["data"]
    assert (jobs.told[-1]["whole"], jobs.told[-1]["count"]) == (True, 50)


def test_a_plan_worked_out_is_there_for_who_asks_next() -> None:
    jobs = NoJobs()
    client = create_app(load_scenario("bai2024"), jobs=jobs).server.test_client()
    values = scenario_to_dict(load_scenario("indoor"))
    question = {"values": values, "theme": "light", "seq": 1}
    assert client.post("/answer", json=question, headers=HOST).json["state"] == "pending"
    jobs.told.append({"scenario": values})
    jobs.next = {"result": plan(load_scenario("indoor"))}
    called(client, "plan-status.data", {"plan-tick": 1}, plan_job={"token": "token"})
    assert client.post("/answer", json=question, headers=HOST).json["state"] == "planned"


def finished(jobs: Jobs, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    for _ in range(600):
        status, task = jobs.status(token)
        if "part" not in status:
            return status, task
        time.sleep(0.1)
    pytest.fail("the task does not end")


def task(kind: str, **more: Any) -> dict[str, Any]:
    values = scenario_to_dict(load_scenario("bai2024"))
    return {"kind": kind, "scenario": values, "files": [], **more}


def test_sweeps_say_what_is_infeasible() -> None:
    told: list[dict[str, Any]] = []
    found = run_task(
        task("sweep", over="sensing.angle_rmse_limit_deg", start=0.001, stop=0.3, count=2,
             whole=False),
        told.append,
    )  # fmt: skip
    first, last = found["points"]
    assert "infeasible" in first
    assert last["n_updates"] == 10
    assert [message["part"] for message in told] == [0.0, 0.5]
    split = scenario_to_dict(load_scenario("gao2024"))
    (point, _) = run_task(
        {**task("sweep", over="split.n_antennas", start=8.2, stop=16, count=2, whole=True),
         "scenario": split},
        told.append,
    )["points"]  # fmt: skip
    assert (point["value"], point["winner"]) == (8, "frequency")
    assert point["capacity_bps"] == pytest.approx(58.75e6, rel=1e-3)


@pytest.mark.slow
def test_tasks_run_apart_and_are_forgotten() -> None:
    jobs = Jobs(at_once=1)
    first = jobs.start(task("plan"))
    second = jobs.start(task("simulate"))
    status, own = finished(jobs, first)
    assert status["result"]["n_updates"] == 10
    assert own["kind"] == "plan"
    assert "gone" in jobs.status(first)[0]["error"]
    assert finished(jobs, second)[0]["result"]["quantities"]
    third = jobs.start({**task("plan"), "scenario": {"kind": "frame"}})
    assert "is missing" in finished(jobs, third)[0]["error"]
    assert "gone" in jobs.status("a guess")[0]["error"]


@pytest.mark.slow
def test_a_cancelled_task_ends() -> None:
    jobs = Jobs(at_once=1)
    token = jobs.start(task("sweep", over="array.n_tx", start=8, stop=60, count=50, whole=True))
    for _ in range(300):
        if jobs.status(token)[0].get("part", 0.0) > 0.0:
            break
        time.sleep(0.1)
    process = jobs._jobs[token].process
    assert process is not None
    jobs.cancel(token)
    assert process.wait(timeout=10) != 0
    after = jobs.start(task("plan"))
    assert json.dumps(finished(jobs, after)[0]["result"]["n_updates"]) == "10"


@pytest.mark.slow
def test_ten_at_once_get_each_its_own() -> None:
    from concurrent.futures import ThreadPoolExecutor
    from threading import Thread
    from urllib.request import Request, urlopen

    from isacplan.web import bound_server

    server = bound_server(create_app(load_scenario("bai2024")), host="127.0.0.1", port=0)
    Thread(target=server.serve_forever, daemon=True).start()

    def drag(k: int) -> list[list[Any]]:
        found = []
        for i in range(8):
            values = scenario_to_dict(load_scenario("bai2024"))
            values["users"][0]["angle_deg"] = -60.0 + k + i / 10
            question = json.dumps({"values": values, "theme": "light", "seq": i}).encode()
            request = Request(
                f"http://127.0.0.1:{server.port}/answer",
                data=question,
                headers={"Content-Type": "application/json"},
            )
            with urlopen(request, timeout=60) as answer:
                read = json.loads(answer.read())
            found.append([read["seq"], read["users"][0][1]])
        return found

    try:
        with ThreadPoolExecutor(10) as tabs:
            answers = list(tabs.map(drag, range(10)))
    finally:
        server.shutdown()
        server.server_close()
    for k, found in enumerate(answers):
        assert found == [[i, pytest.approx(-60.0 + k + i / 10)] for i in range(8)]
