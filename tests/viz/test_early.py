"""What the header of the page asks for early is what the page asks for then: the same figure or none."""

import re
from pathlib import Path

import pytest

from app import OF_THE_PAGE, early_links

ADDRESS = Path(__file__).parents[2] / "assets" / "js" / "address.js"


def test_the_server_and_the_page_agree_on_what_belongs_to_the_page() -> None:
    listed = re.search(r"PAGE_KEYS = \[(.*?)\]", ADDRESS.read_text())
    assert listed
    assert re.findall(r'"(\w+)"', listed[1]) == list(OF_THE_PAGE)


@pytest.mark.parametrize(
    "query",
    ["view=convolution", "v=1&view=convolution&embed=1&type=xl&hide=title,lead&predict=1&theme=dark"],
)
def test_the_default_of_a_view_comes_early_whatever_surrounds_it(query: str) -> None:
    assert "gradio_api/lectern/figure/convolution?build=" in early_links(query)


@pytest.mark.parametrize(
    "query", ["view=convolution&stride=2", "view=attention&text=", "view=nothing", "view=attention&utm_source=mail"]
)
def test_a_figure_that_the_page_will_not_ask_for_is_not_fetched(query: str) -> None:
    assert "/figure/" not in early_links(query)


@pytest.mark.parametrize(
    "query", ["view=%3E%3B%0d%0aSet-Cookie:x", "view=<script>", "\xff=\x00", "&&==&", "view=a&view=b"]
)
def test_nothing_that_was_asked_reaches_the_header(query: str) -> None:
    links = early_links(query)
    assert "/figure/" not in links
    assert links.isascii()
    assert not re.search(r"[\r\n]|script>|Cookie", links)
