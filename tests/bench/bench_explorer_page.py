"""How fast the attention explorer is on a screen, against BertViz on the same weights and text in the same run.

A model of 12 layers of 12 heads, 768 wide, with random weights. Times go from asking to the frame after drawing; both
know the trace before the clock starts. BertViz's model view is opened as the page that it makes, from a file; where it
does not finish, the time that it was given is a lower bound, and said to be one.

Another head is timed from the key press that chooses it to the end of the frame that shows it: once after the cursor
rested on it for as long as a quick reader's does, while the page fetched it ahead, and once with the answer not yet in
the browser. Beside it stands what that costs the page's own thread in processor time.
"""

import os
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import torch
from playwright.sync_api import Browser, CDPSession, Error, Page, sync_playwright
from transformers import AutoTokenizer, BertConfig, BertModel

from models import run
from tests.bench.bench_page import ARGUMENTS, CHROMIUM, PATIENCE, server
from viz import bertviz_page

ROOT = Path(__file__).parents[2]
NAME = "bench/bert"
COMMIT = "0" * 40
WORDS = ["the", "old", "man", "walked", "along", "the", "river", "bank", "and", "watched", "the", "boats"]
BERTVIZ = (64, 128)
FEWER = {64: 40, 128: 40}
FASTER = {64: 30, 128: 100}
REST = 250  # milliseconds
DRAWN = "requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)))"
# A message that is sent in a frame comes when that frame has been laid out and painted.
PAINTED = """requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now() - start);
    port2.postMessage(0);
})"""
CANVASES = (
    "() => [...document.querySelectorAll('canvas')].reduce((sum, { width, height }) => sum + 4 * width * height, 0)"
)
CHANGE = f"""(address) => new Promise((done) => {{
    const [root, start] = [document.querySelector(".lectern"), performance.now()];
    history.pushState(null, "", address);
    window.dispatchEvent(new PopStateEvent("popstate"));
    const look = () => (root.dataset.ready === "1" ? {DRAWN} : setTimeout(look, 1));
    look();
}})"""
HEAD = f"""(rest) => new Promise(async (done) => {{
    const node = document.querySelector(".lx-overview");
    const before = document.querySelector(".lx-place").dataset.head;
    const press = (key) => node.dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true }}));
    press("ArrowRight");
    if (rest) await new Promise((go) => setTimeout(go, rest));
    const start = performance.now();
    press("Enter");
    const look = () => (document.querySelector(".lx-place").dataset.head !== before ? {PAINTED} : setTimeout(look, 1));
    look();
}})"""
HOVER = """() => {
    const stage = document.querySelector(".lx-field-stage");
    const box = stage.getBoundingClientRect();
    const times = [];
    for (let step = 0; step < 60; step += 1) {
        const start = performance.now();
        const share = 0.4 + step / 120;
        const at = { clientX: box.left + box.width * share, clientY: box.top + box.height * share };
        stage.dispatchEvent(new PointerEvent("pointermove", { ...at, pointerType: "mouse" }));
        times.push(performance.now() - start);
    }
    return times.sort((one, other) => one - other);
}"""


def text_of(tokens: int) -> str:
    """Return a text that has so many tokens, the two special ones included."""
    return " ".join(WORDS[i % len(WORDS)] for i in range(tokens - 2))


def save(hub: Path) -> Path:
    """Write the model into a Hub cache and return its folder."""
    folder = hub / f"models--{NAME.replace('/', '--')}" / "snapshots" / COMMIT
    tokenizer = AutoTokenizer.from_pretrained(ROOT / "models" / "bundled" / "bert-tiny", model_max_length=512)
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=len(tokenizer)), add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    refs = folder.parents[1] / "refs"
    refs.mkdir()
    (refs / "main").write_text(COMMIT)
    return folder


def report() -> Iterator[str]:
    """Yield a line for each length and for each thing that a reader does at 512 tokens."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        model = save(folder)
        os.environ["HF_HUB_CACHE"] = str(folder)
        running.callback(os.environ.pop, "HF_HUB_CACHE")
        address = running.enter_context(server(["-m", "app"]))
        browser = running.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}?view=attention&text=one", wait_until="commit")
        page.wait_for_selector('.lectern[data-ready="1"]', timeout=PATIENCE * 1000)
        for tokens in (64, 128, 512):
            theirs = model_view(browser, folder, str(model), tokens) if tokens in BERTVIZ else None
            yield overview(page, address, tokens, theirs)
        yield from at_512(page)


def within(kept: bool) -> str:
    """Return how a line ends."""
    return "within" if kept else "OVER"


def overview(page: Page, address: str, tokens: int, theirs: tuple[float, int, bool] | None) -> str:
    """Return what it takes to draw the whole figure, all heads with it, beside BertViz's model view."""
    query = urlencode({"view": "attention", "model": NAME, "text": text_of(tokens), "layer": 1})
    figure = f"{address}gradio_api/lectern/figure/attention?{query}"
    request = urllib.request.Request(figure, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        size = len(answer.read())
    seconds = page.evaluate(CHANGE, f"{address}?{query}") / 1000
    line = f"overview of 12x12 heads, {tokens} tokens: {seconds:.2f} s, {size / 1e6:.2f} MB"
    if theirs is None:
        return f"{line} (aim: 1 s, 1 MB): {within(seconds <= 1 and size <= 1e6)}; {load()}"
    faster, fewer = theirs[0] / seconds, theirs[1] / size
    kept = within(faster >= FASTER[tokens] and fewer >= FEWER[tokens])
    aims = f"aims: {FASTER[tokens]} times faster, {FEWER[tokens]} times fewer bytes"
    ended = f"{theirs[0]:.1f} s" if theirs[2] else f"did not finish in {theirs[0]:.0f} s"
    least = "" if theirs[2] else "at least "
    told = f"BertViz {ended}, {theirs[1] / 1e6:.1f} MB; {least}{faster:.0f} times faster, {fewer:.0f} times fewer bytes"
    return f"{line}; {told} ({aims}): {kept}; {load()}"


def model_view(browser: Browser, folder: Path, model: str, tokens: int) -> tuple[float, int, bool]:
    """Return seconds and bytes of BertViz's model view, and whether it finished."""
    usual, bertviz_page.MOST_TOKENS = bertviz_page.MOST_TOKENS, tokens
    try:
        html = bertviz_page.bertviz_page(run(model, text_of(tokens)), "self", 0, model_view=True).html
    finally:
        bertviz_page.MOST_TOKENS = usual
    file = folder / f"bertviz-{tokens}.html"
    file.write_text(html, encoding="utf-8")
    size = file.stat().st_size
    with browser.new_context() as context:
        page = context.new_page()
        begun = time.perf_counter()
        try:
            page.goto(file.as_uri(), wait_until="load", timeout=5 * PATIENCE * 1000)
            seconds = page.evaluate(f"() => new Promise((done) => {{ const start = 0; {DRAWN}; }})") / 1000
            assert page.locator("svg line").count() > tokens**2, "BertViz drew nothing"
        except Error:  # out of time, or the browser gave its page up
            return time.perf_counter() - begun, size, False
    return seconds, size, True


def at_512(page: Page) -> Iterator[str]:
    """Yield what changing head, pointing and memory cost at 512 tokens."""
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    with page.expect_response(lambda answer: "/lectern/head/" in answer.url) as first:
        page.evaluate(HEAD, 0)
    most = len(first.value.body()) / 1e3
    for rest, what in ((REST, "after a rest on it"), (0, "at once")):
        before = thread_time(client)
        changes = sorted(page.evaluate(HEAD, rest) for _ in range(7))
        spent = (thread_time(client) - before) / 7
        yield (
            f"another head, 512 tokens, chosen {what}: {changes[3]:.0f} ms, {spent:.0f} ms of the page's processor "
            f"time, {most:.0f} kB (aim: 50 ms, 300 kB): {within(changes[3] <= 50 and most <= 300)}; {load()}"
        )
    before = thread_time(client)
    times = page.evaluate(HOVER)
    spent = (thread_time(client) - before) / len(times)
    kept = within(times[-1] < 16)
    yield (
        f"hover, 512 tokens: {times[30]:.1f} ms, slowest {times[-1]:.1f} ms, {spent:.1f} ms of the page's processor "
        f"time (aim: 16 ms): {kept}; {load()}"
    )
    client.send("HeapProfiler.collectGarbage")
    used = client.send("Runtime.getHeapUsage")
    held = [used["usedSize"], used.get("embedderHeapUsedSize", 0), used.get("backingStorageSize", 0)]
    heap = [size / 1e6 for size in (*held, page.evaluate(CANVASES))]
    yield (
        f"the page's memory, 512 tokens: {sum(heap):.0f} MB ({heap[0]:.0f} objects, {heap[1]:.0f} elements, "
        f"{heap[2]:.0f} arrays, {heap[3]:.0f} canvases) (aim: 100 MB): {within(sum(heap) < 100)}"
    )


def thread_time(client: CDPSession) -> float:
    """Return the milliseconds of processor time that the page's own thread has used."""
    told = {metric["name"]: metric["value"] for metric in client.send("Performance.getMetrics")["metrics"]}
    return 1000 * told["ThreadTime"]


def load() -> str:
    """Say how busy the machine is."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
