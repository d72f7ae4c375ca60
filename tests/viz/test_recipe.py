"""The code that is offered for copying runs, and makes the numbers on the screen."""

import io
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import pytest

from tests.viz.drawing import BUNDLED, drawn, walk
from viz.pack import jsonable
from viz.recipe import vectors_code

KEY = "contextual-embeddings"


def executed(code: str) -> tuple[dict[str, Any], str]:
    """Run code in the folder of the checkout's models and return its names and what it printed."""
    names: dict[str, Any] = {}
    here = code.replace("'models/bundled/", f"'{BUNDLED}/")
    assert here != code
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(here, "copied", "exec"), names)
    return names, printed.getvalue()


@pytest.mark.parametrize(
    "state", [{}, {"layer": 2, "centred": True}, {"model": "gpt-tiny", "layer": 1, "example": "bat"}], ids=str
)
def test_the_code_of_contextual_embeddings_makes_the_table_on_the_screen(state: dict[str, Any]) -> None:
    found = drawn(KEY, **state)
    names, printed = executed(found.spec.code)
    shown = walk(KEY, **state).matrices["cosine"].values
    np.testing.assert_allclose(names["cosine"].numpy(), shown, atol=1e-5)
    lengths = [len(rows) for rows in names["everything"]]
    assert printed.splitlines()[: len(lengths)] == [str([1, length, 256]) for length in lengths]


def test_a_quote_in_a_sentence_stays_inside_its_string() -> None:
    sentence = """He said "bank" and it's the bank's \\ bank"""
    places = [(sentence, [[1]])]
    names, _ = executed(vectors_code("bert-tiny", 1, places))
    assert names["places"] == places


def test_a_model_of_the_hub_is_named_with_its_revision() -> None:
    assert "name, revision = 'google-bert/bert-base-uncased', '86b5e0934494" in vectors_code("bert-base-uncased", 0, [])
    assert "name, revision = 'a/b', None\n" in vectors_code("a/b", 0, [])


def test_the_page_gets_the_code_as_text() -> None:
    assert jsonable(drawn(KEY).response())["code"].startswith("import torch\n")
    assert drawn("convolution").response()["code"] == ""
