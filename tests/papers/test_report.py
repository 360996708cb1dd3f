import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from isacplan.papers.bai2024 import simulated
from isacplan.papers.cache import Runner
from isacplan.papers.claim import Claim
from isacplan.papers.gao2024 import simulated as gao_simulated
from isacplan.papers.library import Library, claim_identifiers, one_claim
from isacplan.papers.regret import Regret, regret_figure, regrets
from isacplan.papers.report import write_report


def counted(value: int) -> list[int]:
    calls.append(value)
    return [value]


calls: list[int] = []


def test_runner_computes_once(tmp_path):
    calls.clear()
    said: list[str] = []
    for _ in range(2):
        run = Runner(tmp_path, said.append)
        assert run("piece", counted, {"value": 3}) == [3]
    assert calls == [3]
    assert said == ["piece"]
    assert (run.n_computed, run.n_cached) == (0, 1)
    run("piece", counted, {"value": 4})
    assert calls == [3, 4]


def test_runner_without_folder_keeps_nothing():
    calls.clear()
    run = Runner(None)
    run("piece", counted, {"value": 1})
    run("piece", counted, {"value": 1})
    assert calls == [1, 1]


def test_runner_drops_what_older_code_computed(tmp_path, monkeypatch):
    calls.clear()
    Runner(tmp_path)("piece", counted, {"value": 3})
    monkeypatch.setattr("isacplan.papers.cache.fingerprint", lambda: "other")
    Runner(tmp_path)("piece", counted, {"value": 3})
    assert calls == [3, 3]


def test_runner_says_when_the_folder_is_no_folder(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ValueError, match="ISACPLAN_CACHE"):
        Runner(blocked)


def test_unknown_verdict_and_claim_are_refused():
    with pytest.raises(ValueError, match="verdict"):
        Claim(
            id="x",
            source="",
            statement="",
            printed="",
            ours="",
            verdict="true",
            evidence="",
        )
    with pytest.raises(ValueError, match="did you mean bai2024-2-gamma"):
        one_claim(Runner(None), "bai2024-2-gama")
    assert len(set(claim_identifiers())) == len(claim_identifiers())


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(values["id"])
        self.links.extend(values[k] for k in ("href", "src", "xlink:href") if values.get(k))


def test_report_needs_nothing_else(tmp_path):
    rows = [
        Regret(truth="street", belief="the truth", regret=0.0, sensing_blocks=2.0, n_updates=3),
        Regret(truth="street", belief="additive", regret=None, sensing_blocks=None, n_updates=0),
    ]
    claim = Claim(
        id="a",
        source="s",
        statement="x < y & z",
        printed="1",
        ours="2",
        verdict="contradicted",
        evidence="e",
    )
    search = {"n_evaluated": 1, "n_feasible": 1}
    figures = [regret_figure(rows), regret_figure(rows[:1])]
    figures[1] = replace(figures[1], name="other")
    values = write_report(
        Library(figures=figures, claims=[claim], regrets=rows, search=search),
        tmp_path / "out",
        Runner(None),
    )
    assert values == json.loads((tmp_path / "out" / "claims.json").read_text())
    text = (tmp_path / "out" / "report.html").read_text()
    page = Page()
    page.feed(text)
    assert len(set(page.ids)) == len(page.ids)
    inside = {f"#{name}" for name in page.ids}
    assert all(link in inside or link.startswith("data:") for link in page.links)
    assert not re.search(r"url\((?!#)", text)
    assert "x &lt; y &amp; z" in text
    assert (tmp_path / "out" / "figures" / "regret.png").stat().st_size > 1000


@pytest.mark.parametrize("truth", ["street"])
def test_regret_is_zero_for_the_truth_only(truth):
    rows = {row.belief: row for row in regrets(truth)}
    assert rows["the truth"].regret == 0.0
    assert all(row.regret is None or row.regret >= 0.0 for row in rows.values())
    # The required accuracy sets the sensing time, on which both models agree here.
    assert rows["additive model"].regret < 1e-3
    assert rows["geometric aging"].regret > rows["twice the speed"].regret
    # Users that learn their gains need fewer updates than the paper's receivers want.
    wrong = rows["receiver mean_gain"]
    assert wrong.n_updates > 20
    assert 0.01 < wrong.regret < 0.2
    names = {name for name in rows if name.startswith(("precoder", "receiver"))}
    assert names == {"precoder mrt", "precoder mrt_unit", "precoder zf", "receiver mean_gain"}


def test_command_lists_and_refuses(tmp_path):
    environment = {**os.environ, "ISACPLAN_CACHE": str(tmp_path)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Path(sys.executable).with_name("isacplan"), "papers", *arguments],
            capture_output=True, text=True, env=environment, check=False,
        )  # fmt: skip

    listed = run("--list", "--json")
    assert json.loads(listed.stdout)["claims"] == list(claim_identifiers())
    refused = run("--claim", "nothing")
    assert refused.returncode == 2
    assert "no such claim" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_every_claim_has_the_published_verdict(tmp_path, monkeypatch):
    # One simulated point of each kind is enough for the verdicts.
    monkeypatch.setattr(simulated, "END_TO_END_BLOCKS", (0.1, 1.0))
    monkeypatch.setattr(gao_simulated, "POINTS", gao_simulated.POINTS[:1])
    numbers = [
        number
        for file in (Path(__file__).parents[1] / "published").glob("bai2024.toml")
        for number in tomllib.loads(file.read_text(encoding="utf-8"))["number"]
    ]
    run = Runner(tmp_path)
    first = one_claim(run, claim_identifiers()[0])
    computed = run.n_computed
    verdicts = {name: one_claim(run, name).verdict for name in claim_identifiers()[1:]}
    assert run.n_computed - computed == 2
    verdicts[first.id] = first.verdict
    for number in numbers:
        assert verdicts[number["claim"]] == number["verdict"]
    assert verdicts["bai2024-4-rise-and-fall"] == "contradicted"
    assert verdicts["gao2024-6-simulation"] == "direction only"
