"""Exports hold the same numbers as the page, work by themselves, and run nothing that a person typed."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from models.errors import LecternError
from tests.viz.drawing import drawn
from viz.export import FORMATS, export, full_caption, has_plot
from viz.held import held, opened
from viz.pack import jsonable, unpack
from viz.sheet.slide import PLAIN, link_of
from viz.spec import Plot
from viz.view import Drawn, View
from viz.views import VIEWS

EVIL = "<script>alert(1)</script>"
LOADING = {"src", "srcset", "href", "data", "poster", "action", "formaction", "background", "xlink:href"}

every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)


class Page(HTMLParser):
    """What an HTML file holds: tags with their attributes, and the text between them by tag."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.inside: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.append((self.inside[-1] if self.inside else "", data))

    def text(self, tag: str) -> str:
        return "".join(text for where, text in self.texts if where == tag)


def written(found: Drawn, extension: str) -> str:
    return export(found, extension).decode()


def carried(page: Page) -> Any:
    """Return the figure that an exported page carries."""
    return unpack(everything_held(page)[0])


def everything_held(page: Page) -> list[bytes]:
    """Return what an exported page carries: figure, styles, program, and the plotting library where it is needed."""
    compressed = held(b"")[:10]  # how gzip begins
    return [opened(text.strip()) for _, text in page.texts if text.strip().startswith(compressed)]


def held_under(plain: dict[str, Any], name: str) -> Any:
    """Return the numbers that a figure in JSON holds under the name of an array."""
    if plain["type"] == "walk":
        return infinite(plain["matrices"][name]["values"])
    if plain["type"] == "chips":
        what, place = re.fullmatch(r"(ids|values|links)(\d*)", name).groups()  # type: ignore[union-attr]
        return plain["links"]["weights"] if what == "links" else plain["rows"][int(place)][what]
    return infinite(plain[name])


def infinite(held: Any) -> Any:
    return [infinite(part) for part in held] if isinstance(held, list) else -np.inf if held == "-inf" else held


@every_view
def test_json_holds_every_number_of_the_page(view: View) -> None:
    found = drawn(view.key)
    told = {"caption": full_caption(found, PLAIN), "link": link_of(found)}
    assert json.loads(written(found, "json")) == jsonable(found.response()) | told
    read = json.loads(written(found, "json"))
    for figure, plain in zip(found.figures, read["figures"], strict=True):
        for name, values in figure.arrays().items():
            if isinstance(figure, Plot):
                continue
            assert np.array_equal(np.array(held_under(plain, name), float), values.astype(float))


@every_view
def test_npz_holds_every_array_exactly_and_the_caption(view: View) -> None:
    found = drawn(view.key)
    with np.load(io.BytesIO(export(found, "npz")), allow_pickle=False) as held:
        assert str(held["caption"]) == full_caption(found, PLAIN)
        names = set(held.files) - {"caption"}
        several = len(found.figures) > 1
        for place, figure in enumerate(found.figures):
            for name, values in figure.arrays().items():
                key = f"{place}.{name}" if several else name
                names.remove(key)
                assert np.array_equal(held[key], values)
        assert not names


@every_view
def test_csv_holds_every_table_under_its_title(view: View) -> None:
    found = drawn(view.key)
    rows = list(csv.reader(io.StringIO(written(found, "csv"))))
    tables = [table for figure in found.figures for table in figure.tables()]
    assert rows.pop(0) == [full_caption(found, PLAIN)]
    for table in tables:
        assert rows.pop(0) == []
        assert rows.pop(0) == [table.title]
        assert rows.pop(0) == list(table.columns)
        for cells in table.rows:
            read = rows.pop(0)
            assert len(read) == len(cells)
            for cell, text in zip(cells, read, strict=True):
                assert (
                    float(text) == cell
                    if isinstance(cell, int | float)
                    else str(cell) in (text, text.removeprefix("'"))
                )
    assert rows == []


def test_a_token_that_looks_like_a_formula_is_not_one_in_a_spreadsheet() -> None:
    labels = '=1+1 +1 -1 @SUM(A1) =HYPERLINK("http://x") plain'
    rows = list(csv.reader(io.StringIO(written(drawn("masked-scores", labels=labels), "csv"))))
    texts = [cell for row in rows for cell in row if not re.fullmatch(r"-?(inf|[\d.e-]+)", cell)]
    assert any(cell == "'=1+1" for cell in texts)
    assert not [cell for cell in texts if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


@every_view
def test_html_carries_the_whole_figure(view: View) -> None:
    found = drawn(view.key)
    held = carried(Page(written(found, "html")))
    assert jsonable(held) == jsonable(found.response())


@every_view
def test_html_loads_nothing_from_anywhere(view: View) -> None:
    page = Page(written(drawn(view.key), "html"))
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "img"), tag
        assert not (LOADING & attributes.keys()), (tag, attributes)
    _, styles, held_program, *_ = everything_held(page)
    assert not re.search(r"@import|url\(\s*['\"]?(https?:|//)", page.text("style") + styles.decode())
    opener = next(text for where, text in page.texts if where == "script" and "lectern.held" in text)
    program = opener + held_program.decode()
    for name in ("import(", "fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "importScripts"):
        called = re.findall(rf".*{re.escape(name)}.*", program)
        assert not [line for line in called if "http" in line or '"//' in line], name
    (policy,) = (a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "connect-src" not in policy


@every_view
def test_html_says_what_it_shows_before_any_script_runs(view: View) -> None:
    found = drawn(view.key)
    page = Page(written(found, "html"))
    assert found.spec.alt in page.text("noscript")
    assert found.spec.caption.strip() in page.text("footer")
    assert view.question in page.text("title")


@every_view
def test_html_never_runs_what_a_person_typed(view: View) -> None:
    names = {"text": EVIL, "labels": EVIL, "sentences": f"bank {EVIL}\nbank {EVIL}"}
    state = {name: text for name, text in names.items() if name in view.state.model_fields}
    plain, evil = (written(drawn(view.key, **chosen), "html") for chosen in ({}, state))
    assert EVIL not in evil
    assert evil.count("<script") == plain.count("<script")
    assert evil.count("</script") == plain.count("</script")


@pytest.mark.parametrize(
    "title", ["</title><script>", "</noscript><img src=x onerror=alert(1)>", "</footer>${alert(1)}", "{packed}"]
)
def test_no_word_of_a_sentence_ends_the_element_it_stands_in(title: str) -> None:
    page = Page(written(drawn("attention", text=title), "html"))
    assert "img" not in {tag for tag, _ in page.tags}
    assert [tag for tag, _ in page.tags].count("script") == 5
    assert title in page.text("footer")


@pytest.mark.parametrize("key", [view.key for view in VIEWS if view.key != "contextual-embeddings"])
def test_a_figure_without_a_plot_is_small_enough_to_mail(key: str) -> None:
    found = drawn(key)
    if has_plot(found):
        pytest.skip("this view has a plot")
    page = export(found, "html")
    assert len(page) < 300_000


@every_view
def test_a_figure_with_a_plot_fits_two_megabytes(view: View) -> None:
    if not has_plot(drawn(view.key)):
        pytest.skip("this view has no plot")
    assert len(export(drawn(view.key), "html")) < 2_000_000


def test_only_a_figure_with_a_plot_carries_the_plotting_library() -> None:
    assert len(export(drawn("contextual-embeddings"), "html")) > 1_000_000
    assert len(export(drawn("attention"), "html")) < 300_000


@pytest.mark.parametrize("extension", ["", "docx", "HTML", "../x", "<script>", "x" * 1000])
def test_an_ending_that_is_not_written_gets_a_sentence_that_names_those_that_are(extension: str) -> None:
    with pytest.raises(LecternError) as problem:
        export(drawn("convolution"), extension)
    assert all(f".{name}" in str(problem.value) for name in FORMATS)
    assert len(str(problem.value)) < 220


@every_view
@pytest.mark.parametrize("extension", ["html", "json", "csv", "npz"])
def test_the_same_state_gives_the_same_bytes(view: View, extension: str) -> None:
    once, again = (export(drawn(view.key), extension) for _ in range(2))
    if extension == "npz":
        return
    assert once == again
