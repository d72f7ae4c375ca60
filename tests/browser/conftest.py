"""One server and one browser for all journeys. A journey fails on any console error and any request to another host."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.reader import Reader
from tests.browser.server import Server, answers, fill_hub, free_port, launch

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
SCREEN = {"width": 1280, "height": 720}


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's Hub cache, with tiny models in it."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, hub: Path) -> Iterator[Server]:
    """A server on a free port, as a person starts it."""
    port = free_port()
    running = Server(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("server") / "log.txt")
    process = launch(port, running.log, hub)
    try:
        fill_hub(hub)
        answers(process, running)
        yield running
    finally:
        process.terminate()
        process.wait(20)
    log = running.log.read_text()
    assert "Traceback" not in log, f"the server's log has a traceback:\n{log[-4000:]}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One real browser."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(server: Server, browser: Browser) -> Iterator[Callable[..., Reader]]:
    """Make readers, each with a browser of their own as far as storage goes; look at the end at what went wrong."""
    contexts: list[BrowserContext] = []
    readers: list[Reader] = []

    def make(*, also: tuple[str, ...] = (), **options: object) -> Reader:
        contexts.append(browser.new_context(**{"viewport": SCREEN, "reduced_motion": "reduce"} | options))
        readers.append(Reader(contexts[-1].new_page(), server, also))
        return readers[-1]

    yield make
    for context in contexts:
        context.close()
    assert [wrong for reader in readers for wrong in reader.wrong] == []


@pytest.fixture
def reader(visit: Callable[..., Reader]) -> Reader:
    """One reader at a laptop."""
    return visit()
