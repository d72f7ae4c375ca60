"""Whatever is typed or linked: one clear sentence, nothing breaks, and the next valid action works."""

import time
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from models import run
from tests.browser.reader import Reader, close_to
from tests.browser.server import Server, folder_of

CAT, GOOD = "Your cat is a lovely cat", "The cat sat on the mat"
ODD = {
    "emoji and combining marks": "Cafe\u0301 👩‍👩‍👧 nai\u0308ve 🏳️‍🌈 z̷͓a̵l̴g̶o",
    "right-to-left text": "שלום עולם, مرحبا بالعالم",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "template code": "${1+1} {{7*7}} #{2+2} `x`",
    "one character": "a",
    "a null character and controls": "cat\u0000\u0007 \u202e\u2066sat",
}


def recovers(reader: Reader) -> None:
    """The next valid action works: a sentence is typed and drawn with the model's own numbers."""
    reader.type_sentence(GOOD)
    close_to(reader.matrix("weights"), run("bert-tiny", GOOD).weights("self", 0, 0))
    assert reader.notices == []


@pytest.mark.parametrize("text", ["", "   \u00a0\t "], ids=["empty", "whitespace"])
def test_a_text_without_a_word_is_asked_for(reader: Reader, text: str):
    reader.open(view="attention")
    before = reader.matrix("weights")
    reader.type_sentence(text)
    (sentence,) = reader.notices
    assert "empty" in sentence
    assert "type" in sentence.lower()
    close_to(reader.matrix("weights"), before)
    recovers(reader)


def test_a_hundred_thousand_characters_are_cut_to_what_the_model_reads_and_that_is_said(reader: Reader):
    reader.open(view="attention")
    reader.type_sentence("lovely cats " * 8334)
    (sentence,) = reader.notices
    assert sentence.startswith("Only the first")
    assert "bert-tiny" in sentence
    assert len(reader.page.url) < 8000
    tokens = run("bert-tiny", "lovely cats " * 8334).tokens
    expected = run("bert-tiny", "lovely cats " * 8334).weights("self", 0, 0)
    close_to(reader.behind()["weights"], expected[:256, :64])
    assert len(tokens) == expected.shape[0]
    recovers(reader)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_text_is_only_ever_text(reader: Reader, text: str):
    reader.page.on("dialog", lambda dialog: reader.wrong.append(f"a dialog opened: {dialog.message}"))
    reader.open(view="attention", text=text)
    trace = run("bert-tiny", text)
    close_to(reader.behind()["weights"], trace.weights("self", 0, 0)[:256, :64])
    shown = reader.page.locator(".lx-tokens-query .lx-token-text").all_text_contents()
    assert shown == trace.tokens
    assert reader.page.locator(".lectern script, .lectern img").count() == 0
    reader.page.get_by_role("button", name="Use in slides").click()
    assert reader.page.locator("dialog script, dialog img:not([src*='/lectern/qr/'])").count() == 0
    reader.page.get_by_role("button", name="Close").click()
    reader.page.evaluate("window.scrollTo(0, 0)")
    recovers(reader)


def test_markup_in_a_wrong_value_is_shown_as_text(reader: Reader):
    reader.open(view="attention", layer="<b>2</b>", text=CAT)
    (sentence,) = reader.notices
    assert "“layer=<b>2</b>” was left out" in sentence
    assert reader.page.locator(".lp-notices b").count() == 0
    recovers(reader)


def test_a_word_that_does_not_occur_is_named(reader: Reader):
    reader.open(view="contextual-embeddings")
    before = reader.matrix("cosine")
    word = reader.page.locator('[data-focus="word"]')
    with reader.redrawn():
        word.fill("zebra")
        word.press("Enter")
    (sentence,) = reader.notices
    assert "“zebra” occurs nowhere" in sentence
    close_to(reader.matrix("cosine"), before)
    with reader.redrawn():
        word.fill("the")
        word.press("Enter")
    assert reader.notices == []
    assert reader.matrix("cosine").shape != before.shape or not np.allclose(reader.matrix("cosine"), before)


def choose_model(reader: Reader, name: str) -> None:
    """Type a model's id into the list of models."""
    reader.page.locator(".lp-choose-model").first.click()
    reader.page.locator(".lp-any-model input").fill(name)
    with reader.redrawn():
        reader.page.get_by_role("button", name="Use it").click()


def test_an_unknown_model_is_refused_within_four_seconds(reader: Reader):
    reader.open(text=CAT)
    run_before = reader.matrix("weights")
    start = time.monotonic()
    choose_model(reader, "nobody/no-such-model")
    assert time.monotonic() - start < 4
    (sentence,) = reader.notices
    assert "“nobody/no-such-model”" in sentence
    assert "bert-tiny" in sentence
    close_to(reader.matrix("weights"), run_before)
    choose_model(reader, "gpt-tiny")
    assert reader.notices == []
    close_to(reader.matrix("weights"), run("gpt-tiny", CAT).weights("self", 0, 0))


def test_a_model_without_attention_is_refused_in_a_sentence(reader: Reader):
    reader.open(text="the cat sat")
    choose_model(reader, "tiny/mamba")
    (sentence,) = reader.notices
    assert "attention" in sentence
    choose_model(reader, "bert-tiny")
    recovers(reader)


def test_an_encoder_decoder_shows_its_three_kinds_of_attention(reader: Reader, hub: Path):
    reader.open(text="the cat sat on the mat")
    choose_model(reader, "tiny/t5")
    trace = run(str(folder_of(hub, "tiny/t5")), "the cat sat on the mat")
    assert reader.notices == list(trace.notices)  # a random model may not come to an end
    close_to(reader.behind()["weights"], trace.weights("cross", 0, 0)[:256, :64])
    for kind in ("encoder", "decoder"):
        with reader.redrawn():
            reader.page.locator('select[data-focus="kind"]').select_option(kind)
        close_to(reader.behind()["weights"], trace.weights(kind, 0, 0)[:256, :64])
    assert reader.state()["kind"] == "decoder"
    assert (np.triu(reader.behind()["weights"], 1) == 0).all()


@pytest.mark.parametrize(
    "folder", ["/etc", "./models/bundled/bert-tiny", "models/bundled/bert-tiny", "../main", "C:\\models"]
)
def test_a_folder_is_not_opened_over_http(server: Server, folder: str):
    status, sentence = server.sentence(f"figure/attention?model={quote(folder)}")
    assert status == 422
    assert sentence.startswith("Folders cannot be opened from the page")


def test_a_folder_typed_as_a_model_is_refused_on_the_page(reader: Reader):
    reader.open(text=CAT)
    choose_model(reader, "/srv/models")
    (sentence,) = reader.notices
    assert sentence.startswith("Folders cannot be opened from the page")
    choose_model(reader, "bert-tiny")
    recovers(reader)


def test_a_link_to_an_unknown_view_opens_the_start_page_and_says_so(reader: Reader):
    reader.open(view="no-such-view", text="something")
    assert reader.notices[0].startswith("There is no view “no-such-view”")
    assert reader.state() == {}
    assert reader.page.locator(".lp-home h1").is_visible()
    with reader.redrawn():
        reader.page.locator('.lp-card[data-key="convolution"]').click()
    assert reader.notices == []
    assert reader.matrix("output").shape == (3, 3)


def test_a_link_of_another_version_is_drawn_as_far_as_it_is_understood(reader: Reader):
    reader.open(v="99", view="attention", text=CAT, layer=1, future="yes")
    (sentence,) = reader.notices
    assert "version 99" in sentence
    close_to(reader.matrix("weights"), run("bert-tiny", CAT).weights("self", 1, 0))
    assert reader.state()["v"] == "1"


def test_illegal_values_in_a_link_are_left_out_one_sentence_each(reader: Reader):
    reader.open(view="attention", layer="-3", head="many", special="maybe", words="perhaps", text=CAT)
    told = sorted(sentence.split(" was left out: ")[0] for sentence in reader.notices)
    assert told == ["“head=many”", "“layer=-3”", "“special=maybe”", "“words=perhaps”"]
    assert reader.state() == {"v": "1", "view": "attention"}
    recovers(reader)


def test_a_head_that_the_model_does_not_have_is_replaced_by_its_last_one(reader: Reader):
    reader.open(view="attention", text=CAT, layer=77, head=99)
    assert reader.notices == [
        "There is no layer 77: this model has layers 0 to 3, so 3 is shown.",
        "There is no head 99: this model has heads 0 to 3, so 3 is shown.",
    ]
    close_to(reader.matrix("weights"), run("bert-tiny", CAT).weights("self", 3, 3))


@pytest.mark.parametrize(
    "state",
    [
        {"view": "convolution", "input": "1,2;3"},
        {"view": "convolution", "dilation": "4"},
        {"view": "convolution", "picture": "9x9.AAAA"},
        {"view": "convolution", "kernel": "nan,inf"},
        {"view": "masked-scores", "scores": "a,b;c,d"},
        {"view": "masked-scores", "mask": "-inf,-inf;-inf,-inf", "labels": "a b"},
        {"view": "masked-scores", "labels": "   "},
        {"view": "attention-steps", "source": "hand", "w_q": "1,2;3,4"},
        {"view": "contextual-embeddings", "layer": "1e99"},
        {"view": "bert-vs-gpt", "gpt": "/etc/passwd"},
    ],
    ids=lambda state: " ".join(f"{key}={value}" for key, value in list(state.items())[1:]),
)
def test_a_damaged_link_opens_a_picture_with_a_sentence(reader: Reader, state: dict[str, str]):
    reader.open(**state)
    assert reader.notices, "nothing is said about the damaged link"
    assert all(20 < len(sentence) < 400 for sentence in reader.notices)
    assert reader.page.locator(".lectern").get_attribute("data-view") == state["view"]
    assert reader.page.locator(".lp-figure").count() >= 1
