"""The routes under the page: what they refuse, and what they never do."""

import io
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode, urlsplit

import numpy as np
import pytest

from models import run
from tests.browser.reader import close_to
from tests.browser.server import Server
from viz.pack import unpack

TEXTS = ("the cat sat on the mat", "a king and a queen", "she walked into the bank", "water under the bridge")


def test_a_text_too_long_for_an_address_goes_into_the_body(server: Server):
    text = " ".join(["the cat sat"] * 3000)
    status, data = server.get("figure/attention", urlencode({"text": text, "layer": 1}).encode())
    assert status == 200
    (figure,) = unpack(data)["figures"]
    expected = run("bert-tiny", text)
    weights = expected.weights("self", 1, 0)
    close_to(figure["pooled"] / 255 * figure["pooled_high"], weights, most=figure["pooled_high"] / 500)
    assert unpack(data)["notices"] == list(expected.notices)


def test_a_text_of_three_hundred_tokens_is_shown_whole_and_in_less_than_a_megabyte(server: Server):
    text = " ".join(["cat"] * 298)
    status, data = server.get("figure/attention?" + urlencode({"text": text, "model": "gpt-tiny"}))
    assert status == 200
    trace = run("gpt-tiny", text)
    if not trace.notices:
        assert len(trace.tokens) >= 298
    figure = unpack(data)["figures"][0]
    close_to(figure["pooled"] / 255 * figure["pooled_high"], trace.weights("self", 0, 0), most=1 / 500)
    assert len(data) < 1_000_000


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("figure/no-such-view", "There is no view “no-such-view”"),
        ("head/convolution", "has no heads"),
        ("head/attention?origin=1", "There is no figure 1"),
        ("head/attention?origin=%00%ff", "There is no figure"),
        ("head/attention?origin=-1", "There is no figure -1"),
        ("head/attention?layer=50", "There is no layer 50"),
        ("head/bert-vs-gpt?origin=1&head=50", "head 50"),
        ("export/attention.exe", "There is no export to “.exe”"),
        ("export/attention.", "404"),
        ("export/nothing.html", "There is no view “nothing”"),
        ("figure/attention?model=", "model"),
        ("figure/attention?model=%00", "model"),
        ("figure/attention?model=a%0ab", "model"),
        ("figure/attention?model=" + "a" * 150, "model"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(server: Server, path: str, words: str):
    status, told = server.get(path)
    if words == "404":
        assert status in (404, 422)
        return
    assert status == 422
    assert words in json.loads(told)["message"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("export/no-such-view.svg", "There is no view “no-such-view”"),
        ("export/%3Cscript%3Ealert(1)%3Cscript%3E.png", "There is no view"),
        ("export/..%5C..%5Capp.py", "There is no view"),
        ("export/" + "a" * 3000 + ".svg", "There is no view"),
        ("export/convolution.%3Cb%3E", "There is no export to"),
        ("export/convolution." + "x" * 3000, "There is no export to"),
        ("export/convolution.svg%00.html", "There is no view"),
        ("export/convolution.png?scale=999", "scale"),
        ("export/convolution.png?scale=99999999999999999999", "scale=99999999999999999999"),
        ("export/convolution.png?scale=-1", "scale=-1"),
        ("export/convolution.png?scale=%3Cb%3E", "whole number"),
        ("export/convolution.svg?theme=%3Cscript%3E", "There is no theme"),
        ("export/convolution.svg?theme=../../etc/passwd", "There is no theme"),
        ("export/convolution.svg?figure=99", "There is no figure 99"),
        ("qr/no-such-view.svg", "There is no view"),
        ("qr/convolution.html", "A QR code is an .svg or a .png"),
        ("qr/convolution." + "y" * 3000, "A QR code is an .svg or a .png"),
        ("qr/attention.svg?text=" + "word%20" * 400, "too long for a QR code"),
        ("deck.html", "The deck is empty"),
        ("deck.exe?s=view%3Dconvolution", "A deck is one of"),
        ("deck.html?s=view%3Dnothing", "There is no view “nothing”"),
        ("deck.html?s=%3Cscript%3E", "There is no view"),
        ("deck.pdf?s=http%3A%2F%2Felsewhere%2F..%2F..%2Fetc%2Fpasswd", "There is no view"),
        ("deck.html?" + "&".join(["s=view%3Dconvolution"] * 61), "A deck holds 60 states"),
    ],
    ids=lambda part: part[:50],
)
def test_a_file_that_cannot_be_written_is_refused_in_a_sentence(server: Server, path: str, words: str):
    status, sentence = server.sentence(path)
    assert status == 422
    assert words in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize(
    "path", ["export/../../app.py", "export/%2e%2e%2f%2e%2e%2fapp.py", "qr/a/b.svg", "deck.", "deck"]
)
def test_a_path_that_leads_elsewhere_finds_nothing(server: Server, path: str):
    status, told = server.get(path)
    assert status in (404, 422)
    assert b"import" not in told


def test_an_address_of_any_bytes_opens_the_page(server: Server):
    with socket.create_connection(urlsplit(server.address).netloc.split(":"), timeout=60) as wire:
        wire.sendall(b"GET /?view=\xff\xfe%00&text=\x80 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        first = wire.recv(4096).split(b"\r\n")[0]
    assert first.split()[1] in (b"200", b"400")


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"text=\xff\xfe\xfd", "UTF-8"), (b"text=" + b"a" * 9_000_000, "8,000,000")],
    ids=["no text", "9 MB"],
)
def test_a_body_that_is_no_state_is_refused_in_a_sentence(server: Server, body: bytes, words: str):
    status, sentence = server.sentence("figure/attention", body)
    assert status == 422
    assert words in sentence


@pytest.mark.parametrize(
    "path",
    [
        "../app.py", "..%2f..%2fapp.py", "%2e%2e/%2e%2e/app.py", "/etc/passwd", "%2fetc%2fpasswd", "js/../../app.py",
        "js", "", "js/nothing.js", "js/%00", "a" * 400, "....//....//app.py", "..%5c..%5capp.py",
    ],
)  # fmt: skip
def test_nothing_outside_the_assets_is_ever_read(server: Server, path: str):
    status, told = server.get(f"assets/build/{path}")
    assert status in (400, 404)
    assert b"import" not in told
    assert b"root:" not in told


def test_every_export_holds_the_numbers_of_the_figure(server: Server):
    weights = run("bert-tiny", TEXTS[0]).weights("self", 1, 1)
    state = urlencode({"text": TEXTS[0], "layer": 1, "head": 1})
    _, archive = server.get(f"export/attention.npz?{state}")
    close_to(np.load(io.BytesIO(archive))["weights"], weights)
    _, told = server.get(f"export/attention.json?{state}")
    close_to(np.array(json.loads(told)["figures"][0]["weights"]), weights)
    _, lines = server.get(f"export/attention.csv?{state}")
    last = lines.decode().splitlines()[-1].split(",")
    close_to(np.array(last[1:], float), weights[-1])


def test_many_people_at_once_get_their_own_numbers(server: Server):
    asked = [(model, text, head) for model in ("bert-tiny", "gpt-tiny") for text in TEXTS for head in range(4)]

    def ask(place: int) -> tuple[int, np.ndarray]:
        model, text, head = asked[place]
        status, data = server.get(f"figure/attention?model={model}&text={quote(text)}&head={head}")
        assert status == 200
        return place, unpack(data)["figures"][0]["weights"]

    order = np.random.default_rng(0).permutation(np.repeat(np.arange(len(asked)), 4)).tolist()
    with ThreadPoolExecutor(12) as people:
        answers = list(people.map(ask, order))
    expected = [run(model, text).weights("self", 0, head) for model, text, head in asked]
    for place, weights in answers:
        close_to(weights, expected[place])
