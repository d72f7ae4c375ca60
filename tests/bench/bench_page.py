"""How long a person waits for the first picture, against a minimal Gradio page on the same machine in the same run.

From the start of the navigation to the frame after the figure is drawn, each time in a browser that was never there.
The two pages take turns, and medians are compared: the aim is a ratio of at most 1.5. The very first visit is told
apart: after it the server imports torch, and the others wait for that, since it would slow both pages down.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
AIM = 1.5
ROUNDS = 7
PATIENCE = 120.0  # seconds
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
FIGURE = "gradio_api/lectern/figure/attention"
MINIMAL = """
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    gr.HTML("<p class='minimal'>One line.</p>")
page.launch(server_port={port}, ssr_mode=False, footer_links=[])
"""
# The clock stops in the second frame after the element is there: then it has been painted.
WATCH = """
const seen = () => document.querySelector('SELECTOR') && (stop.disconnect(),
    requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now(); })));
const stop = new MutationObserver(seen);
stop.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-ready", "class"] });
"""


def report() -> Iterator[str]:
    """Yield one line: both medians, their ratio, and the very first visit."""
    (first, other), *rounds = times()
    ours, theirs = (statistics.median(visits) for visits in zip(*rounds, strict=True))
    state = "within" if ours <= AIM * theirs else "ABOVE"
    baked = "" if any((ROOT / "assets" / "baked").glob("*.gz")) else " NOT BAKED (run make bake):"
    yield (
        f"first picture:{baked} Lectern {1000 * ours:.0f} ms, a minimal Gradio page {1000 * theirs:.0f} ms, "
        f"ratio {ours / theirs:.2f}, {state} the aim of {AIM}; very first {1000 * first:.0f} and {1000 * other:.0f} ms"
    )


def times() -> list[tuple[float, float]]:
    """Return the seconds of every visit, to Lectern and to the minimal page in turn; the first visit comes first."""
    with ExitStack() as running:
        ours = running.enter_context(server(["-m", "app"]))
        theirs = running.enter_context(server(["-c", MINIMAL]))
        browser = running.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        painted(browser, theirs, ".minimal")  # the browser itself starts here, at nobody's cost

        def visit() -> tuple[float, float]:
            return painted(browser, f"{ours}?view=attention", '.lectern[data-ready="1"]'), painted(
                browser, theirs, ".minimal"
            )

        first = visit()
        for model in ("bert-tiny", "gpt-tiny"):
            urllib.request.urlopen(f"{ours}{FIGURE}?text=one&model={model}", timeout=PATIENCE).close()
        return [first, *(visit() for _ in range(ROUNDS))]


@contextmanager
def server(program: list[str]) -> Iterator[str]:
    """Run a server on a free port and yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, *(part.replace("{port}", str(port)) for part in program)]
    environment = os.environ | {"PORT": str(port), "HOST": "127.0.0.1", "GRADIO_ANALYTICS_ENABLED": "False"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _answering(f"http://127.0.0.1:{port}/")
    finally:
        process.terminate()
        process.wait(20)


def _answering(address: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return address
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"nothing answers at {address}")


def painted(browser: Browser, address: str, selector: str) -> float:
    """Return the seconds from the start of a navigation until an element is painted, with an empty cache."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        context.add_init_script(WATCH.replace("SELECTOR", selector))
        page = context.new_page()
        page.goto(address, wait_until="commit")
        return page.wait_for_function("window.painted", timeout=PATIENCE * 1000).json_value() / 1000
