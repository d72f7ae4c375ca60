"""How long each view takes from a click on its card on the start page to the frame after its figure is drawn.

First with the view's own default state, whose figure is kept ready, then with another sentence, which the model has to
read; models and scripts are loaded by then, as a first round sees to that.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from tests.bench.bench_page import ARGUMENTS, CHROMIUM, PATIENCE, server
from viz.view import View
from viz.views import VIEWS

WITH_MODEL, WITHOUT = 1.0, 0.3  # seconds
HOME = '.lectern[data-ready="1"] .lp-card'
SENTENCE = "The old man saw a small bird near the river."
# Home -> view: `go` asks for it; the clock stops in the second frame after the page says that its figure is drawn.
OPEN = """([key, address]) => new Promise((done) => {
    const [root, start] = [document.querySelector(".lectern"), performance.now()];
    const drawn = () => root.dataset.view === key && root.dataset.ready === "1" && root.querySelector(".lp-figure");
    const frames = () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
    const look = () => (drawn() ? frames() : setTimeout(look, 2));
    if (address) {
        history.pushState(null, "", address);
        window.dispatchEvent(new PopStateEvent("popstate"));
    } else document.querySelector(`.lp-card[data-key="${key}"]`).click();
    look();
})"""


def report() -> Iterator[str]:
    """Yield a line for the views that need a model, one for the others, one for another sentence."""
    with ExitStack() as running:
        address = running.enter_context(server(["-m", "app"]))
        browser = running.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        first = {view.key: opened(page, address, view, None) for view in VIEWS}
        yield told("a first visit", first, None)
        for needs in (True, False):
            some = [view for view in VIEWS if bool(view.runs(view.state())) is needs]
            seconds = {view.key: opened(page, address, view, None) for view in some}
            yield told(f"views that need {'a' if needs else 'no'} model", seconds, WITH_MODEL if needs else WITHOUT)
        some = [view for view in VIEWS if "text" in view.state.model_fields]
        for view in some:
            opened(page, address, view, "One word more.")
        yield told("another sentence", {view.key: opened(page, address, view, SENTENCE) for view in some}, WITH_MODEL)


def opened(page: Page, address: str, view: View, text: str | None) -> float:
    """Return the seconds that a view takes from the start page, at its default or with this sentence."""
    page.goto(address)
    page.wait_for_selector(HOME, timeout=PATIENCE * 1000)
    page.wait_for_timeout(1000)  # as long as a quick reader needs to find a card
    query = text and "?" + urlencode({"v": 1, "view": view.key, "text": text})
    return page.evaluate(OPEN, [view.key, query]) / 1000


def told(what: str, seconds: dict[str, float], aim: float | None) -> str:
    """Return the line: median, slowest, and which views are slower than the aim."""
    slowest = max(seconds, key=lambda key: seconds[key])
    over = [f"{key} {value:.2f} s" for key, value in seconds.items() if aim and value > aim]
    ending = f" (aim: {aim} s): {'within' if not over else 'OVER: ' + ', '.join(over)}" if aim else ""
    middle = median(seconds.values())
    return f"from the start page, {what}: median {middle:.2f} s, slowest {slowest} {seconds[slowest]:.2f} s{ending}"
