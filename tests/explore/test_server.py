"""Who may talk to the explorer, and its tasks in the background."""

import json
import sys
import time
from typing import Any

import pytest

pytest.importorskip("dash")

from isacplan.cli.run import run
from isacplan.scenario import load_scenario, scenario_to_dict
from isacplan.web.app import create_app
from isacplan.web.jobs import Jobs
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
