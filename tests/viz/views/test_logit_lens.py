"""The logit lens as it is drawn."""

import numpy as np

from tests.viz.drawing import drawn, eager
from viz.chips import Chips

TEXT = "Once upon a time there was a little"


def chips(**state: object) -> Chips:
    (found,) = (one for one in drawn("logit-lens", **state).figures if isinstance(one, Chips))
    return found


def test_there_is_a_row_for_each_layer_one_for_the_embeddings_and_one_for_the_text() -> None:
    found = chips(text=TEXT)
    layers = [f"layer {layer}" for layer in range(len(found.rows) - 2)]
    assert [row.label for row in found.rows] == [*reversed(layers), "the embeddings", "what is read"]
    assert len(layers) == eager("gpt-tiny")[1].config.num_hidden_layers


def test_the_top_row_is_what_the_model_itself_predicts() -> None:
    from models import run

    trace = run("gpt-tiny", TEXT)
    assert trace.logits is not None
    shares = np.exp(trace.logits - trace.logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    top = chips(text=TEXT).rows[0]
    assert top.values is not None
    np.testing.assert_allclose(top.values, shares.max(axis=1)[: len(top.values)], rtol=1e-3)


def test_of_a_long_text_the_asked_for_part_is_shown() -> None:
    long = "the old man walked home " * 30
    found, from_start = (chips(text=long, start=start) for start in (40, 0))
    assert found.rows[-1].texts != ()
    assert len(found.rows[-1].texts) == len(from_start.rows[-1].texts) == 16
    assert found.rows[-1].ids != from_start.rows[-1].ids or found.rows[0].details != from_start.rows[0].details
