"""Every view as one HTML file: opened from disk with no network, it draws the server's numbers and steps by key."""

from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from tests.browser.reader import DRAWN, Reader, close_to
from tests.browser.server import Server
from viz.pack import unpack

STATES = {
    "convolution": {},
    "attention-steps": {"text": "the cat sat", "step": "6"},
    "masked-scores": {"step": "3"},
    "attention": {"text": "the cat sat on the mat", "layer": "1"},
    "bert-vs-gpt": {"text": "the cat sat"},
    "contextual-embeddings": {"layer": "2"},  # no default: that may have been baked on another machine
}


@pytest.fixture
def alone(visit, server: Server, tmp_path: Path):
    """Export a view over HTTP, and open the file from disk in a browser without a network."""

    def open_file(view: str, state: dict[str, str]) -> Reader:
        status, page = server.get(f"export/{view}.html?{urlencode(state)}")
        assert status == 200
        file = tmp_path / f"{view}.html"
        file.write_bytes(page)
        reader = visit(offline=True)
        reader.own = ()
        reader.page.goto(file.as_uri())
        reader.page.wait_for_selector(DRAWN, timeout=60_000)
        return reader

    return open_file


@pytest.mark.parametrize(("view", "state"), STATES.items(), ids=STATES.keys())
def test_a_file_opened_from_disk_shows_the_server_s_numbers(alone, server: Server, view: str, state: dict[str, str]):
    reader = alone(view, state)
    _, data = server.get(f"figure/{view}?{urlencode(state)}")
    figures = unpack(data)["figures"]
    for place, figure in enumerate(figures):
        if figure["type"] == "heads":
            close_to(reader.behind(place)["weights"], figure["weights"], 0)
        elif figure["type"] == "plot":
            numbers = [[cell for cell in row if cell != ""] for row in reader.rows(place)]
            assert numbers == [[cell for cell in row if cell != ""] for row in map(list, figure["table"]["rows"])]
            assert reader.figure(place).locator("svg.main-svg").count() >= 1
        else:
            shown = reader.behind(place)
            for key, matrix in figure["matrices"].items():
                close_to(shown[key], np.asarray(matrix["values"])[:256, :64], 0)


def test_the_keys_step_through_a_file(alone):
    reader = alone("masked-scores", {})
    for step in range(2, 6):
        reader.page.keyboard.press("ArrowRight")
        assert reader.page.locator(".lx-step-count").text_content().startswith(f"{step} of 5")
    assert reader.matrix("leaked").shape == (4, 4)
    reader.page.locator('td[data-matrix="leaked"]').first.click()
    assert reader.page.locator(".lx-check").get_attribute("data-agrees") == "true"


def test_every_head_can_be_chosen_in_a_file(alone, server: Server):
    reader = alone("attention", STATES["attention"])
    overview = reader.page.locator(".lx-overview")
    overview.focus()
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_selector('.lx-place[data-layer="2"]')
    _, data = server.get(f"figure/attention?{urlencode(STATES['attention'] | {'layer': '2'})}")
    close_to(reader.behind()["weights"], unpack(data)["figures"][0]["weights"], 0)


def test_a_frame_of_bertviz_draws_in_a_file_too(alone):
    reader = alone("attention", {"text": "the cat sat", "tool": "bertviz-head"})
    frame = reader.page.frame_locator("iframe.lx-page")
    frame.locator("svg line").first.wait_for(state="attached")
