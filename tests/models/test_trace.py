"""A Trace made of numbers small enough to work out by hand."""

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from models.errors import LecternError
from models.trace import NO_TOKENS, Detail, Layer, ModelInfo, Projection, SoftmaxLayer, Tokens, Trace

INFO = ModelInfo("tiny", "tiny", "bert", "encoder", None, 10, 2)
TOKENS = Tokens(("a", "b"), ("a", "b"), (4, 5), (False, True), (0, 1), (0, None))
EYE = np.eye(2, dtype=np.float32)
E = np.e


def floats(numbers: object) -> np.ndarray:
    return np.array(numbers, np.float32)


def trace(*layers: Layer | SoftmaxLayer, **more: object) -> Trace:
    return Trace(INFO, "a b", None, TOKENS, NO_TOKENS, {"self": layers}, **more)


def two_heads(**more: object) -> Layer:
    """Return two heads over two positions; the second head's queries are twice the first's."""
    both = np.stack([EYE, 2 * EYE])
    return Layer(both, np.stack([EYE, EYE]), np.stack([EYE, EYE]), scale=0.5, **more)


def test_the_stages_follow_each_other_as_in_the_paper() -> None:
    told = trace(two_heads(hidden=np.array([[[False, True], [False, False]]])))
    assert told.scores("self", 0, 1, "raw").tolist() == [[2, 0], [0, 2]]
    assert told.scores("self", 0, 1, "scaled").tolist() == [[1, 0], [0, 1]]
    assert told.scores("self", 0, 1, "masked").tolist() == [[1, -np.inf], [0, 1]]
    assert told.scores("self", 0, 1).tolist() == told.scores("self", 0, 1, "masked").tolist()
    np.testing.assert_allclose(told.weights("self", 0, 1), [[1, 0], [1 / (1 + E), E / (1 + E)]], rtol=1e-6)
    np.testing.assert_allclose(told.all_weights("self", 0)[1], told.weights("self", 0, 1))


def test_heads_of_one_group_share_a_key_and_a_value_in_order() -> None:
    query = floats(np.arange(16).reshape(4, 2, 2))
    key, value = np.stack([EYE, 10 * EYE]), np.stack([3 * EYE, 4 * EYE])
    told = trace(Layer(query, key, value, 1.0))
    assert [told.key("self", 0, head)[0, 0] for head in range(4)] == [1, 1, 10, 10]
    assert [told.value("self", 0, head)[0, 0] for head in range(4)] == [3, 3, 4, 4]
    assert told.scores("self", 0, 1, "raw").tolist() == query[1].tolist()
    assert told.scores("self", 0, 2, "raw").tolist() == (10 * query[2]).tolist()
    assert told.n_heads("self") == 4


def test_a_softcap_bounds_the_scaled_scores_before_the_mask() -> None:
    told = trace(two_heads(softcap=0.5, hidden=np.array([[[False, True], [False, False]]])))
    capped = 0.5 * np.tanh(1 / 0.5)
    np.testing.assert_allclose(told.scores("self", 0, 1), [[capped, -np.inf], [0, capped]], rtol=1e-6)
    assert told.scores("self", 0, 1, "scaled").tolist() == [[1, 0], [0, 1]]
    assert told.softcap("self", 0) == 0.5


def test_a_sink_takes_a_share_of_every_row() -> None:
    told = trace(two_heads(sink=floats([0, np.log(2)])))
    np.testing.assert_allclose(told.weights("self", 0, 1)[0], [E / (E + 1 + 2), 1 / (E + 1 + 2)], rtol=1e-6)
    assert told.sink("self", 0, 1) == pytest.approx(np.log(2))
    assert trace(two_heads()).sink("self", 0, 1) is None


def test_a_bias_is_added_after_the_scale_and_belongs_to_a_head_or_to_all() -> None:
    own = floats([[[0, 1], [2, 3]], [[4, 5], [6, 7]]])
    told = trace(two_heads(bias=own))
    assert told.scores("self", 0, 1).tolist() == [[5, 5], [6, 8]]
    assert told.bias("self", 0, 1).tolist() == own[1].tolist()
    shared = trace(two_heads(bias=own[:1]))
    assert shared.scores("self", 0, 1).tolist() == [[1, 1], [2, 4]]
    assert trace(two_heads()).bias("self", 0, 0) is None


def test_each_head_may_have_a_mask_of_its_own() -> None:
    hidden = np.array([[[False, True], [False, False]], [[False, False], [True, False]]])
    told = trace(two_heads(hidden=hidden))
    assert [np.isneginf(told.scores("self", 0, head)).tolist() for head in (0, 1)] == hidden.tolist()


def test_the_mask_is_zero_and_minus_infinity() -> None:
    hidden = np.array([[[False, True], [False, False]]])
    assert trace(two_heads(hidden=hidden)).mask("self", 0).tolist() == [[0, -np.inf], [0, 0]]
    assert trace(two_heads()).mask("self", 0).tolist() == [[0, 0], [0, 0]]


def test_a_row_that_sees_nothing_is_uniform_as_in_the_models() -> None:
    told = trace(two_heads(hidden=np.array([[[True, True], [False, True]]])))
    assert told.weights("self", 0, 0).tolist() == [[0.5, 0.5], [1, 0]]


def test_a_row_that_sees_only_its_sink_gives_all_of_it_away() -> None:
    told = trace(two_heads(hidden=np.array([[[True, True], [False, True]]]), sink=floats([0, 0])))
    assert told.weights("self", 0, 0)[0].tolist() == [0, 0]


def test_large_scores_do_not_overflow() -> None:
    told = trace(Layer(1000 * EYE[None], EYE[None], EYE[None], 1.0))
    assert told.weights("self", 0, 0).tolist() == [[1, 0], [0, 1]]


def softmax_layer() -> SoftmaxLayer:
    return SoftmaxLayer(floats([[[0, -np.inf], [0, 0]]]), floats([[[1, 0], [0.5, 0.5]]]))


def test_a_layer_that_was_watched_has_masked_scores_weights_and_a_mask() -> None:
    told = trace(softmax_layer())
    assert told.stages("self") == ("masked", "weights")
    assert told.scores("self", 0, 0).tolist() == [[0, -np.inf], [0, 0]]
    assert told.weights("self", 0, 0).tolist() == [[1, 0], [0.5, 0.5]]
    assert told.mask("self", 0).tolist() == [[0, -np.inf], [0, 0]]
    assert told.softcap("self", 0) is told.bias("self", 0, 0) is told.sink("self", 0, 0) is None


def detailed() -> Trace:
    how = Projection(EYE, EYE, EYE, EYE, EYE, EYE, None, None, None, None, rotated=False, note=None)
    return trace(two_heads(), two_heads(), details={"self": Detail(1, (how, how), EYE)})


SENTENCES = {
    "has no attention of kind “cross”, only self": lambda: trace(two_heads()).weights("cross", 0, 0),
    "has layers 0 to 0, and layer 1 was asked for": lambda: trace(two_heads()).weights("self", 1, 0),
    "has layers 0 to 0, and layer -1 was asked for": lambda: trace(two_heads()).all_weights("self", -1),
    "Layer 0 of tiny has heads 0 to 1, and 2 was asked for": lambda: trace(two_heads()).query("self", 0, 2),
    "computes attention by itself": lambda: trace(softmax_layer()).key("self", 0, 0),
    "steps before the mask are not available": lambda: trace(softmax_layer()).scores("self", 0, 0, "scaled"),
    "no hidden states of the source: run it with hidden=True": lambda: trace(two_heads()).hidden(0),
    "hidden states 0 to 0, and layer 1 was": lambda: trace(two_heads(), hidden_states={"source": (EYE,)}).hidden(1),
    "without embeddings: run it with hidden=True": lambda: trace(two_heads()).static(),
    "without projections: run it with detail=LAYER": lambda: trace(two_heads()).projection("self", 0, 0),
    "without projections: run it": lambda: trace(two_heads()).output("self", 0),
    "holds the projections of layer 1, and layer 0 was asked for": lambda: detailed().output("self", 0),
    "could not be told apart": lambda: trace(two_heads(), details={"self": "could not be told apart"}).output(
        "self", 0
    ),
}


@pytest.mark.parametrize("said", SENTENCES)
def test_what_is_not_there_is_refused_with_a_sentence(said: str) -> None:
    with pytest.raises(LecternError, match=said):
        SENTENCES[said]()


def test_the_projection_of_a_head_that_is_not_there_is_refused() -> None:
    assert detailed().projection("self", 1, 1).w_q is EYE
    with pytest.raises(LecternError, match="has heads 0 to 1, and 2 was asked for"):
        detailed().projection("self", 1, 2)


def test_bytes_are_counted_once_for_each_array() -> None:
    hidden = np.array([[[False, True], [False, False]]])
    one = two_heads(hidden=hidden)
    vectors = 3 * 2 * 2 * 2 * 4  # query, key, value of two heads, two positions and width 2, in float32
    assert trace(one).nbytes == vectors + 4
    assert trace(one, two_heads(hidden=hidden)).nbytes == 2 * vectors + 4
    assert trace(one, hidden_states={"source": (EYE, EYE)}, logits=floats([[1, 2, 3]])).nbytes == vectors + 4 + 16 + 12
    assert detailed().nbytes == 2 * vectors + EYE.nbytes


def test_layers_of_unlike_sizes_are_refused_when_they_are_made() -> None:
    with pytest.raises(TypeCheckError):
        Layer(np.zeros((1, 2, 3), np.float32), np.zeros((1, 2, 4), np.float32), np.zeros((1, 2, 3), np.float32), 1.0)


def test_a_trace_cannot_be_changed_but_travels() -> None:
    told = trace(two_heads(), hidden_states={"source": (EYE,)})
    with pytest.raises(FrozenInstanceError):
        told.text = "something else"
    again = pickle.loads(pickle.dumps(told))
    np.testing.assert_array_equal(again.all_weights("self", 0), told.all_weights("self", 0))
    assert again.tokens == told.tokens == ["a", "b"]
    assert replace(told, pair="c").pair == "c"


def test_tokens_are_told_by_position() -> None:
    told = replace(trace(two_heads()), target=TOKENS)
    assert (told.tokens, told.pieces, told.ids) == (["a", "b"], ["a", "b"], [4, 5])
    assert (told.special, told.segments, told.words) == ([False, True], [0, 1], [0, None])
    assert (told.target_tokens, told.target_pieces, told.target_ids) == (["a", "b"], ["a", "b"], [4, 5])
    assert (told.target_special, told.target_words) == ([False, True], [0, None])
    assert (told.kinds, told.n_layers("self"), told.n_hidden()) == (("self",), 1, 0)
