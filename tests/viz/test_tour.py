"""The guided tour opens everywhere with anybody's sentence, and its links are short enough for a slide."""

from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest

from models import run
from tests.viz.drawing import traced
from viz.spec import Heads
from viz.tour import LONGEST, MODEL, SENTENCE, STOPS, link
from viz.view import draw
from viz.views import VIEWS, find

SENTENCES = [SENTENCE, "The old man walked home because it was raining", "Yes, please"]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("number", range(1, len(STOPS) + 1))
def test_every_stop_shows_the_sentence_without_a_notice(number: int, sentence: str) -> None:
    stop = STOPS[number - 1]
    found = draw(find(stop.view), link(number, sentence), traced)
    assert getattr(found.state, stop.field) == sentence
    assert found.notices == ()
    told = " ".join([found.spec.caption, found.spec.alt, *(str(figure) for figure in found.figures)])
    assert all(word in told for word in sentence.split()), told[:400]


@pytest.mark.parametrize("number", range(1, len(STOPS) + 1))
def test_a_stop_chooses_only_what_its_view_knows(number: int) -> None:
    stop = STOPS[number - 1]
    state, left_out = find(stop.view).state.read(link(number))
    assert left_out == ()
    assert {name: str(getattr(state, name)) for name in stop.state} == dict(stop.state)


def test_the_tour_goes_from_tokens_to_the_next_token_and_comes_nowhere_twice() -> None:
    keys = [stop.view for stop in STOPS]
    assert (keys[0], keys[-2:]) == ("tokens", ["output", "next-token"])
    assert len(set(keys)) == len(keys)


def test_the_links_of_the_tour_are_short_and_say_which_stop_they_are() -> None:
    for number in range(1, len(STOPS) + 1):
        assert len(f"https://lectern.example.org/?{link(number)}") <= 400
        assert parse_qs(link(number))["tour"] == [str(number)]
    assert len(SENTENCE) <= LONGEST


def test_a_stop_number_is_no_field_of_any_view() -> None:
    for view in VIEWS:
        assert view.state.read(urlencode({"tour": "99"})) == (view.state(), ())


def test_the_weights_on_the_way_are_the_model_s_own() -> None:
    number = next(place for place, stop in enumerate(STOPS, 1) if stop.view == "attention")
    (figure,) = draw(find("attention"), link(number), traced).figures
    assert isinstance(figure, Heads)
    np.testing.assert_allclose(figure.weights, run(MODEL, SENTENCE).weights("self", 0, 0), atol=1e-6)
    assert not np.triu(figure.weights, 1).any()


def test_words_of_a_stop_are_few() -> None:
    for stop in STOPS:
        assert len(f"{stop.here} {stop.next}".split()) <= 40, stop.view
