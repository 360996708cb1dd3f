"""From a key press on a slider to the picture, in a real browser."""

import os
import time
from typing import Any

import numpy as np
import pytest

from .conftest import Watched

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LIMIT_MS = 200.0
"""At the 95th percentile, on a machine that does nothing else."""

WATCH = """() => {
  window.took = [];
  document.addEventListener('keydown', () => {
    const start = performance.now(), n = isacplan.stated.n;
    const look = () => {
      if (isacplan.stated.n > n && isacplan.settled()) took.push(performance.now() - start);
      else if (performance.now() - start < 5000) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, true);
}"""


def test_from_key_to_picture(page: Watched, record_property: Any) -> None:
    page.page.evaluate(WATCH)
    page.page.locator('[data-path="users.0.snr_db"] [role="slider"]').focus()
    for i in range(60):
        page.page.keyboard.press("ArrowRight" if i < 30 else "ArrowLeft")
        time.sleep(0.02)
        page.settled()
    took = page.page.evaluate("() => took")[5:]
    median, late = np.percentile(took, [50, 95])
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    record_property("median_ms", median)
    words = f"{median:.0f} ms at the median, {late:.0f} ms at 95 %, {busy:.1f} tasks a core"
    print(words)  # noqa: T201
    # What waits for a core waits as many times longer as there are tasks for it.
    assert len(took) > 40
    assert median < LIMIT_MS * busy
    assert late < 2.0 * LIMIT_MS * busy if busy > 1.5 else late < LIMIT_MS
