"""Every code block and every command in the documentation runs; every test it names exists."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *ROOT.joinpath("docs").rglob("*.md")])
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```", flags=re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [block["code"] for block in found if block["language"] == language]


def pages_with(language: str) -> list:
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)))
        for page in PAGES
        if "_build" not in page.parts and blocks(page, language)
    ]


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_blocks_run_in_order(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for code in blocks(page, "python"):
        exec(compile(code, str(page), "exec"), names)


@pytest.mark.slow
@pytest.mark.parametrize("page", pages_with("console"))
def test_commands_run(page, tmp_path):
    shutil.copytree(ROOT / "tests" / "data", tmp_path, dirs_exist_ok=True)
    for block in blocks(page, "toml"):
        named = re.match(r"# (\w+\.toml)\n", block)
        if named:
            tmp_path.joinpath(named[1]).write_text(block, encoding="utf-8")
    for block in blocks(page, "console"):
        for line in block.splitlines():
            if not line.startswith("$ "):
                continue
            name, *arguments = shlex.split(line.removeprefix("$ "))
            assert name == "isacplan", f"{page}: {line}"
            done = subprocess.run(
                [Path(sys.executable).with_name(name), *arguments],
                capture_output=True,
                text=True,
                cwd=tmp_path,
                check=False,
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.parametrize("page", sorted(ROOT.joinpath("docs", "errata").glob("*.md")), ids=str)
def test_every_erratum_names_tests_that_exist(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`(tests/\S+?\.py)::(\w+)`", text)
    for file, function in named:
        assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    for section in sections:
        assert "::test_" in section or "nothing needs proof" in section, section.splitlines()[0]
