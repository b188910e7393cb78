"""Ten thousand deals under the eye: how long a frame takes while the table, a lane and the list are scrolled through."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from browser import serving
from crowd import MANY, fill

from tests.bench.rounds import line

STEPS = 120
FRAME_AIM = 50.0
VIEWS = ("table", "board", "list")
# Scrolls in even steps, one a frame, and gives the milliseconds between frames and of long tasks.
SCROLL = """steps => new Promise(done => {
    const one = document.querySelector('.windowed'), frames = [], tasks = [];
    const watch = new PerformanceObserver(found => tasks.push(...found.getEntries().map(task => task.duration)));
    watch.observe({ type: 'longtask' });
    let before = null;
    const step = now => {
        if (before !== null) frames.push(now - before);
        before = now;
        if (frames.length >= steps) { watch.disconnect(); done({ frames, tasks }); return; }
        one.scrollTop += (one.scrollHeight - one.clientHeight) / steps;
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
})"""


def run(browser: Any) -> list[str]:
    """The ninth decile of the frames in each view, and the longest task beside it."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        with serving(Path(folder)) as (_, url):
            page = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
            for view in VIEWS:
                page.goto(f"/deals?view={view}&sort=budget")
                page.wait_for_selector("text=Сделка 0", timeout=60_000)
                found = page.evaluate(SCROLL, STEPS)
                frames, tasks = sorted(found["frames"]), found["tasks"]
                slow = frames[int(len(frames) * 0.9)]
                said = f"slowest {frames[-1]:.0f}; {len(tasks)} tasks over 50 ms, longest {max(tasks, default=0):.0f}"
                lines.append(
                    line(
                        f"{MANY} deals, {view} scrolled through, p90 frame, ms",
                        slow,
                        f"<= {FRAME_AIM:g}",
                        slow <= FRAME_AIM,
                        said,
                    )
                )
    return lines
