"""A deck holds the states that were collected, in their order: as a page, as PowerPoint, as a hand-out, as a site."""

import io
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pptx import Presentation
from pypdf import PdfReader

from models.errors import LecternError
from tests.viz.drawing import traced
from tests.viz.test_sheet import ADDRESS, default
from viz import show
from viz.deck import read_deck, write_deck
from viz.export import shell
from viz.held import opened
from viz.notebook import Shown
from viz.pack import jsonable, unpack
from viz.sheet.slide import Options
from viz.site import write_site
from viz.view import Drawn

LINKS = (
    "v=1&view=masked-scores&step=2",
    "https://lectern.example/?v=1&view=convolution&cell=output%2C1%2C1",
    "?view=dot-product&step=1",
)
OPTIONS = Options(ADDRESS)


def collected(*links: str) -> list[Drawn]:
    return read_deck(urlencode([("s", link) for link in links]), traced)


def test_a_deck_is_read_in_order_with_the_state_of_each_link() -> None:
    first, second, third = collected(*LINKS)
    assert (first.view.key, first.state.step) == ("masked-scores", 2)
    assert (second.view.key, second.state.cell) == ("convolution", "output,1,1")
    assert (third.view.key, third.state.step) == ("dot-product", 1)


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ((), "The deck is empty"),
        (("view=nonsense",), "There is no view “nonsense”"),
        (("",), "The deck is empty"),
        (("view=convolution",) * 61, "A deck holds 60 states and this one has 61"),
    ],
)
def test_a_deck_that_cannot_be_made_is_a_sentence(links: tuple[str, ...], said: str) -> None:
    with pytest.raises(LecternError, match=said):
        collected(*links)


def test_a_deck_of_another_kind_is_a_sentence() -> None:
    with pytest.raises(LecternError, match=r"one of \.html, \.pptx, \.pdf, not \.docx"):
        write_deck(collected("view=convolution"), "docx", OPTIONS)


def test_the_page_of_a_deck_carries_every_figure_once_and_asks_nobody() -> None:
    deck = collected(*LINKS)
    page = write_deck(deck, "html", OPTIONS).decode()
    assert re.findall(r'<section data-lectern="([\w-]+)"', page) == [drawn.view.key for drawn in deck]
    carried = re.findall(r'<script type="text/plain">([^<]+)</script>', page)
    for drawn, packed in zip(deck, carried, strict=True):
        assert jsonable(unpack(opened(packed))) == jsonable(drawn.response())
    assert page.count('class="deck-poster"') == len(deck)
    loading = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all(place.startswith(("data:", ADDRESS)) for place in loading)
    assert "default-src 'none'" in page
    assert len(page) < 600_000


def test_the_figure_s_page_has_places_for_its_numbers() -> None:
    assert shell("dark").count("@figure@") == shell("dark").count("@plotly@") == 1
    assert 'data-theme="dark"' in shell("dark")


def test_the_slides_of_a_deck_are_its_states_and_nothing_more() -> None:
    slides = Presentation(io.BytesIO(write_deck(collected(*LINKS), "pptx", OPTIONS))).slides
    said = [[s.text_frame.text for s in slide.shapes if s.has_text_frame] for slide in slides]
    assert len(said) == 3
    assert said[0][1] == "Step 3 of 5: Masked scores"
    assert "output[1, 1] = " in said[1][2]


def test_a_hand_out_has_two_states_a_page_with_what_people_get_wrong() -> None:
    deck = collected(*LINKS)
    reader = PdfReader(io.BytesIO(write_deck(deck, "pdf", OPTIONS)))
    assert len(reader.pages) == 2
    first, second = (" ".join(page.extract_text().split()) for page in reader.pages)
    assert deck[0].view.misconception in first
    assert deck[1].view.misconception in first
    assert deck[2].view.question in second
    box = reader.pages[0].mediabox
    assert float(box.height) / float(box.width) == pytest.approx(297 / 210, abs=0.002)


def test_a_site_has_an_index_a_page_each_and_previews_that_lead_to_its_pictures(tmp_path: Path) -> None:
    every = [default(key) for key in ("convolution", "masked-scores")]
    index, *pages = write_site(tmp_path, every, "https://lectern.example/site")
    said = index.read_text()
    for drawn, page in zip(every, pages, strict=True):
        key = drawn.view.key
        assert f'<a href="{key}/">' in said
        assert (tmp_path / key / "picture.png").read_bytes()[:4] == b"\x89PNG"
        text = page.read_text()
        picture = f"https://lectern.example/site/{key}/picture.png"
        assert f'<meta property="og:image" content="{picture}">' in text
        assert f'<link rel="canonical" href="https://lectern.example/site/{key}/">' in text
        (known,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
        assert json.loads(known)["name"] == f"{drawn.view.title}: {drawn.view.question}"
    assert (tmp_path / "sitemap.xml").read_text().count("<loc>") == 3


def test_a_site_without_an_address_names_none(tmp_path: Path) -> None:
    index, page = write_site(tmp_path, [default("convolution")], "")
    assert "localhost" not in index.read_text() + page.read_text()
    assert not (tmp_path / "sitemap.xml").exists()


def test_a_notebook_gets_the_figure_in_a_frame() -> None:
    shown = show("masked-scores", labels="Ton chat", step=1)
    assert isinstance(shown, Shown)
    frame = shown._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert frame.count("<") == 2, "nothing of the page stands outside of the frame"


def test_a_notebook_is_told_of_a_field_that_there_is_not() -> None:
    with pytest.raises(LecternError, match="The view “convolution” has no “txt”"):
        show("convolution", txt="x")
