"""Links that people have on their slides: what they opened once, they open for good."""

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from viz.views import VIEWS, find

PINNED = json.loads((Path(__file__).parents[1] / "golden" / "links" / "pinned.json").read_text())
LONGEST = 400


@pytest.mark.parametrize("pinned", PINNED, ids=lambda pinned: pinned["link"])
def test_an_old_link_opens_what_it_always_did(pinned: dict):
    view = find(parse_qs(pinned["link"])["view"][0])
    state, left_out = view.state.read(pinned["link"])
    assert left_out == ()
    shown = state.plain()
    assert {name: shown[name] for name in pinned["shows"]} == pinned["shows"]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_the_link_of_a_default_is_short_and_says_only_which_view(view):
    assert view.state().query() == ""
    assert len(f"https://lectern.example.org/?v=1&view={view.key}") <= LONGEST
