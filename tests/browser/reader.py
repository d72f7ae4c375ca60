"""What a person does with the page and what they see there, in the words of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import ConsoleMessage, Frame, Locator, Page, Request

from tests.browser.server import Server

DRAWN = '.lectern[data-ready="1"]'
CELLS = """(root, key) => [...root.querySelectorAll(`td[data-matrix="${key}"]`)].map(
    (cell) => [Number(cell.dataset.row), Number(cell.dataset.column), cell.dataset.number])"""
TABLES = """(root) => Object.fromEntries([...root.querySelectorAll("table[data-table]")].map((table) =>
    [table.dataset.table, [...table.querySelectorAll("td[data-number]")].map(
        (cell) => [Number(cell.dataset.row), Number(cell.dataset.column), cell.dataset.number])]))"""
ROWS = """(rows) => rows.map((row) => [...row.children].map(
    (cell) => cell.dataset.number ? Number(cell.dataset.number) : cell.textContent))"""


class Reader:
    """One person with one browser tab. Everything that went wrong in it is kept in `wrong`."""

    def __init__(self, page: Page, server: Server, also: tuple[str, ...] = ()) -> None:
        self.page, self.server = page, server
        self.wrong: list[str] = []
        self.own = (urlsplit(server.address).netloc, *also)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc not in self.own:
            self.wrong.append(f"request to another host: {request.url}")

    def open(self, **state: object) -> None:
        """Go to the page at a state and wait until it is drawn."""
        self.page.goto(self.server.url(**state), wait_until="commit")
        self.drawn()

    def drawn(self) -> None:
        """Wait until the figure on the screen is that of the address bar."""
        self.page.wait_for_selector(DRAWN, timeout=60_000)

    @contextmanager
    def redrawn(self) -> Iterator[None]:
        """Do something that asks the server for another figure, and wait until that is drawn."""
        with self.page.expect_response(lambda answer: "/lectern/figure/" in answer.url, timeout=60_000):
            yield
        self.drawn()

    def type_sentence(self, text: str) -> None:
        """Replace the sentence in the bar and press Enter."""
        field = self.sentence
        with self.redrawn():
            field.fill(text)
            field.press("Enter")

    @property
    def sentence(self) -> Locator:
        """The field of the sentence in the bar."""
        return self.page.locator('.lp-top input[data-focus="text"]')

    def figure(self, place: int = 0) -> Locator:
        """A figure, counted from the left."""
        return self.page.locator(".lp-figure").nth(place)

    def matrix(self, key: str, place: int = 0) -> np.ndarray:
        """The numbers of a matrix that is drawn as cells, read from the page."""
        return table_of(self.figure(place).evaluate(CELLS, key))

    def behind(self, place: int = 0) -> dict[str, np.ndarray]:
        """The numbers of every matrix, in the tables behind the figure (the first 256 rows and 64 columns)."""
        self.open_tables(place)
        return {key: table_of(cells) for key, cells in self.figure(place).evaluate(TABLES).items()}

    def open_tables(self, place: int = 0) -> None:
        """Open "Numbers as a table" under a figure."""
        details = self.figure(place).locator("details.lx-details")
        if details.get_attribute("open") is None:
            details.locator("summary").click()
            details.locator("table").first.wait_for()

    def rows(self, place: int = 0) -> list[list[str | float]]:
        """The rows of the only table behind a plot: labels as text, numbers as numbers."""
        self.open_tables(place)
        return self.figure(place).locator("details.lx-details tbody tr").evaluate_all(ROWS)

    def labels(self, side: str, place: int = 0) -> list[str]:
        """The labels of the first matrix of a figure: "row" or "col"."""
        table = self.figure(place).locator(".lx-table").first
        return table.locator(f'th[scope="{side}"] .lx-label-text').all_text_contents()

    @property
    def notices(self) -> list[str]:
        """The sentences above the figure."""
        return self.page.locator(".lp-notices p").all_text_contents()

    def state(self) -> dict[str, str]:
        """The state in the address bar, which follows a moment after the picture."""
        self.page.wait_for_timeout(250)
        return {key: parts[0] for key, parts in parse_qs(urlsplit(self.page.url).query, keep_blank_values=True).items()}

    def focused(self) -> str:
        """What has the focus, as its data-focus, class or tag."""
        return self.page.evaluate(
            "() => { const at = document.activeElement; return at.dataset.focus ?? (at.className || at.tagName); }"
        )

    def walk_to(self, title: str) -> None:
        """Press Next until the step with this title is shown."""
        count = self.page.locator(".lx-step-count")
        for _ in range(60):
            if self.page.locator(f'.lx-dot.is-now[title$=": {title}"]').count():
                return
            before = count.text_content()
            self.page.locator(".lx-steps .lx-primary").click()
            if count.text_content() == before:
                break
        raise AssertionError(f"there is no step {title!r}")

    def walk_back_to(self, title: str) -> None:
        """Press Back to the start and go on from there to the step with this title."""
        while self.page.locator('.lx-steps button:text-is("Back")').get_attribute("aria-disabled") != "true":
            self.page.locator('.lx-steps button:text-is("Back")').click()
        self.walk_to(title)


def table_of(cells: list[tuple[int, int, str]]) -> np.ndarray:
    """Put (row, column, number) triples into a table; fails where a cell is missing."""
    assert cells, "there are no cells"
    rows, columns = max(cell[0] for cell in cells) + 1, max(cell[1] for cell in cells) + 1
    table = np.full((rows, columns), np.nan)
    for row, column, number in cells:
        table[row, column] = float(number)
    assert len(cells) == rows * columns, "some cells are drawn twice, or not at all"
    assert not np.isnan(table).any()
    return table


def inner(page: Page) -> Frame:
    """The first frame inside a page."""
    return next(frame for frame in page.frames if frame is not page.main_frame)


def close_to(shown: np.ndarray, expected: np.ndarray, most: float = 1e-6) -> None:
    """Fail unless both have the same shape, the same minus infinities, and numbers within `most` of each other."""
    expected = np.asarray(expected, dtype=float)
    assert shown.shape == expected.shape, (shown.shape, expected.shape)
    assert (np.isneginf(shown) == np.isneginf(expected)).all()
    finite = np.isfinite(expected)
    gap = np.abs(shown[finite] - expected[finite])
    scale = np.maximum(1, np.abs(expected[finite]))
    assert (gap <= most * scale).all(), f"numbers on the page differ by up to {gap.max()}"
