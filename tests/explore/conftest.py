import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Tabs behind others are as quick as the one in front.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)


@dataclass
class Explorer:
    """A running explorer."""

    process: "subprocess.Popen[str]"
    address: str


def start(scenario: str = "bai2024", port: int = 0, folder: Path | None = None) -> Explorer:
    command = [sys.executable, "-m", "isacplan", "explore", scenario, "--no-browser"]
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    found = re.search(r"http://\S+/", process.stdout.readline())
    assert found is not None
    return Explorer(process, found[0])


def stop(explorer: Explorer) -> None:
    explorer.process.terminate()
    explorer.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def explorer() -> Generator[Explorer]:
    running = start()
    yield running
    stop(running)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """A browser with a profile of its own."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is missing: `make test-browser` installs it"
    )
    if CHROMIUM is None:
        pytest.skip("there is no chromium: `apt install chromium`")
    with sync_api.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=CHROMIUM,
            args=list(ARGUMENTS),
            viewport={"width": 1280, "height": 900},
            accept_downloads=True,
        )
        yield context
        context.close()


@dataclass
class Watched:
    """A page, with what it complained of and whom it asked."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def settled(self, state: str = "planned", *, seconds: float = 60.0) -> None:
        """Wait until what is shown is the answer to the latest wish."""
        end = time.monotonic() + seconds
        seen = None
        while time.monotonic() < end:
            seen = self.page.evaluate(
                "() => [!!window.isacplan?.settled?.() && isacplan.settled(),"
                " document.documentElement.dataset.state]"
            )
            if seen == [True, state]:
                return
            time.sleep(0.05)
        pytest.fail(f"not {state} within {seconds} s: {seen}, {self.words()}")

    def words(self) -> str:
        return self.page.evaluate("() => document.body.innerText.slice(0, 600)")

    def values(self) -> dict[str, Any]:
        """The scenario that the page states."""
        return self.page.evaluate("() => isacplan.stated.values")

    def numbers(self) -> dict[str, Any]:
        return self.page.evaluate("() => isacplan.answered.numbers")

    def type(self, path: str, value: str) -> None:
        """Type into the field of a key, unfolding what hides it."""
        self.page.evaluate(
            'path => { for (let at = document.querySelector(`[data-path="${path}"]`); at;'
            " at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true; }",
            path,
        )
        field = self.page.locator(f'[data-path="{path}"] input')
        field.fill(value)
        field.press("Enter")

    def press(self, path: str, key: str) -> None:
        """Move a slider by the keyboard."""
        self.page.locator(f'[data-path="{path}"] [role="slider"]').focus()
        self.page.keyboard.press(key)

    def download(self, button: str, folder: Path) -> Path:
        with self.page.expect_download(timeout=60_000) as coming:
            self.page.click(f"#{button}")
        target = folder / coming.value.suggested_filename
        coming.value.save_as(target)
        return target


def watched(context: Any, address: str, *, state: str = "planned") -> Watched:
    page = context.new_page()
    seen = Watched(page)
    page.on(
        "console",
        lambda m: seen.complaints.append(m.text) if m.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda request: seen.asked.add(request.url))
    page.goto(address)
    seen.settled(state)
    for part in ("#upload", ".field [role=slider][aria-label]", "#link:not(:empty)"):
        page.wait_for_selector(part, state="attached", timeout=60_000)
    return seen


@pytest.fixture
def page(chromium: Any, explorer: Explorer) -> Generator[Watched]:
    """A page on the preset that complains of nothing and asks nobody else."""
    seen = watched(chromium, explorer.address)
    yield seen
    seen.page.close()
    assert seen.complaints == []
    foreign = {
        url for url in seen.asked if not url.startswith((explorer.address, "data:", "blob:"))
    }
    assert foreign == set()
