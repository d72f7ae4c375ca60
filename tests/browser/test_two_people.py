"""Two people at once, with different models and sentences, never see each other's numbers."""

import numpy as np

from models import run
from tests.browser.reader import Reader, close_to

TEXTS = {
    "bert-tiny": ("the cat sat on the mat", "a small bird sang", "he saw the king"),
    "gpt-tiny": ("she walked into the bank", "the king had a crown", "water is cold"),
}
ROUNDS = 8
"""How often both change their sentence, without waiting for each other's answer."""


def send(reader: Reader, text: str) -> None:
    """Type a sentence and press Enter, and do not wait."""
    reader.sentence.fill(text)
    reader.sentence.press("Enter")


def sees(reader: Reader, text: str) -> np.ndarray:
    """Wait until the sentence is drawn and return the numbers on the page."""
    reader.page.wait_for_function(
        "(text) => document.querySelector('.lectern').dataset.ready === '1'"
        " && new URLSearchParams(location.search).get('text') === text",
        arg=text,
    )
    return reader.matrix("weights")


def test_two_people_never_see_each_other_s_numbers(visit):
    people = {"bert-tiny": visit(), "gpt-tiny": visit()}
    expected = {(m, t): run(m, t).weights("self", 1, 2) for m, texts in TEXTS.items() for t in texts}
    for model, reader in people.items():
        reader.open(view="attention", model=model, text="hello", layer=1, head=2)
    for turn in range(ROUNDS):
        typed = {model: TEXTS[model][turn % 3] for model in people}
        for model, reader in people.items():
            send(reader, typed[model])
        for model, reader in people.items():
            close_to(sees(reader, typed[model]), expected[model, typed[model]])
            assert reader.labels("row") == run(model, typed[model]).tokens
            assert reader.state().get("model", "bert-tiny") == model


def test_the_last_of_several_quick_changes_is_what_is_shown(visit):
    reader = visit()
    reader.open(view="attention", model="bert-tiny", text="hello")
    for text in (*TEXTS["gpt-tiny"], *TEXTS["bert-tiny"]):
        send(reader, text)
    close_to(sees(reader, text), run("bert-tiny", text).weights("self", 0, 0))
    assert reader.notices == []
