"""Every head of every layer of many architectures, against what transformers itself computes."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from models.errors import LecternError
from models.forward import Wish, trace_ids, trace_pair_ids
from models.trace import Trace
from tests.models.architectures import (
    ALL,
    BYPASSING,
    DECODERS,
    ENCODERS,
    GROUPED,
    SEQ2SEQS,
    SMALL,
    built,
    eager,
    spread,
    texts,
)
from tests.models.references import Attentions, attentions, heads, run_eagerly, softmax, worst

pytestmark = pytest.mark.usefixtures("one_thread")

CLOSE = 1e-5
ONE_STACK = [*ENCODERS, *DECODERS, *BYPASSING]
OPEN = [*ENCODERS, *DECODERS, *SEQ2SEQS]  # those that show every stage
CAUSAL = [*DECODERS, "bloom", "falcon", "gpt-neo", "gptj", "openai-gpt"]
READ_SEGMENTS = ["bert", "albert", "electra", "roberta", "xlm-roberta", "camembert", "gpt2", "roformer", "xlnet"]
ROTARY = [
    "modernbert", "gpt-neox", "llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi", "phi3", "olmo",
    "granite", "stablelm", "smollm3", "gpt-oss",
]  # fmt: skip
PLAIN = [name for name in OPEN if name not in [*ROTARY, "opt"]]


def inputs(name: str, left: bool = False) -> dict[str, torch.Tensor]:
    """Return two texts, the second padded."""
    x = texts(built(name).config.pad_token_id or 0, left=left)
    return {"input_ids": x.ids, "attention_mask": x.mask}


TARGET = texts().ids.flip(1)[:, :6]


@cache
def case(name: str, batch: int, left: bool = False) -> Trace:
    """Return a Trace of one of the two texts, with the projections of layer 0 for the first and 1 for the second."""
    given, how = inputs(name, left), {"batch": batch, "wish": Wish(detail=batch)}
    ids, mask = given["input_ids"], given["attention_mask"]
    if name in SEQ2SEQS:
        return trace_pair_ids(built(name), ids, TARGET, attention_mask=mask, **how)
    return trace_ids(built(name), ids, attention_mask=mask, **how)


@cache
def reference(name: str, left: bool = False) -> Any:
    """Return all that the eager model gives for the two texts."""
    target = {"decoder_input_ids": TARGET} if name in SEQ2SEQS else {}
    return run_eagerly(eager(name), **inputs(name, left), **target)


def traced(name: str, batch: int, left: bool = False) -> tuple[Trace, Attentions]:
    return case(name, batch, left), attentions(reference(name, left), batch)


def test_there_are_more_than_thirty_families_and_no_two_share_a_class() -> None:
    assert len({type(built(name)) for name in ALL}) == len(ALL) > 30


@pytest.mark.parametrize("batch", [0, 1], ids=["whole", "padded"])
@pytest.mark.parametrize("name", ALL)
def test_weights_equal_those_of_eager_transformers(name: str, batch: int) -> None:
    trace, expected = traced(name, batch)
    assert worst(trace, expected) < CLOSE


@pytest.mark.parametrize("name", CAUSAL)
def test_weights_equal_those_of_eager_transformers_with_padding_on_the_left(name: str) -> None:
    trace, expected = traced(name, 1, left=True)
    rows = slice(3, None)  # a padded query may see nothing; what it does then is nobody's concern
    for kind, layer, head in heads(trace):
        found, wanted = trace.weights(kind, layer, head)[rows], expected[kind][layer][head][rows]
        assert np.abs(found - wanted).max() < CLOSE
        assert not found[:, :3].any()


@pytest.mark.parametrize("name", READ_SEGMENTS)
def test_weights_equal_those_of_eager_transformers_for_pairs_of_sentences(name: str) -> None:
    given, segments = inputs(name), texts().segments
    output = run_eagerly(eager(name), **given, token_type_ids=segments)
    for batch in (0, 1):
        pair = trace_ids(built(name), **given, segments=segments, batch=batch)
        assert worst(pair, attentions(output, batch)) < CLOSE
        assert worst(pair, traced(name, batch)[1]) > 1e-3, "segments make no difference: they were not read"


@pytest.mark.parametrize("batch", [0, 1], ids=["whole", "padded"])
@pytest.mark.parametrize("name", ALL)
def test_softmax_of_the_masked_scores_gives_the_weights(name: str, batch: int) -> None:
    trace, expected = traced(name, batch)
    for kind, layer, head in heads(trace):
        found = softmax(trace.scores(kind, layer, head, "masked"), trace.sink(kind, layer, head))
        assert np.abs(found - expected[kind][layer][head]).max() < CLOSE


@pytest.mark.parametrize("name", OPEN)
def test_scores_are_the_product_of_queries_and_keys(name: str) -> None:
    trace, _ = traced(name, 0)
    for kind, layer, head in heads(trace):
        raw = trace.query(kind, layer, head).astype(np.float64) @ trace.key(kind, layer, head).T
        size = np.abs(raw).max()
        assert np.abs(trace.scores(kind, layer, head, "raw") - raw).max() < CLOSE * size
        assert np.abs(trace.scores(kind, layer, head, "scaled") - raw * trace.scale(kind, layer)).max() < CLOSE * size


@pytest.mark.parametrize("batch", [0, 1], ids=["whole", "padded"])
@pytest.mark.parametrize("name", ALL)
def test_rows_add_up_to_one_and_with_a_sink_to_less(name: str, batch: int) -> None:
    trace, _ = traced(name, batch)
    for kind, layer, head in heads(trace):
        sums = trace.weights(kind, layer, head).sum(axis=1)
        if trace.sink(kind, layer, head) is None:
            np.testing.assert_allclose(sums, 1, atol=CLOSE)
        else:
            assert name == "gpt-oss"
            assert (sums < 0.999).all()


@pytest.mark.parametrize("name", [*CAUSAL, *SEQ2SEQS])
def test_causal_weights_above_the_diagonal_are_exactly_zero(name: str) -> None:
    trace, _ = traced(name, 0)
    kind = "decoder" if name in SEQ2SEQS else "self"
    for layer in range(trace.n_layers(kind)):
        future = np.triu_indices(len(trace.mask(kind, layer)), 1)
        assert np.isneginf(trace.mask(kind, layer)[future]).all()
        assert all(not weights[future].any() for weights in trace.all_weights(kind, layer))


@pytest.mark.parametrize("name", [*ENCODERS, "mpnet", "deberta-v2", "roformer"])
def test_an_encoder_looks_both_ways(name: str) -> None:
    trace, _ = traced(name, 0)
    assert trace.all_weights("self", 0)[:, *np.triu_indices(10, 1)].all()


def far(name: str, layer: int) -> np.ndarray:
    """Return which cells lie outside the window of a layer, as each family's paper or code describes it."""
    distance = np.arange(10)[:, None] - np.arange(10)[None, :]
    kinds = getattr(built(name).config, "layer_types", None)
    if kinds is not None and kinds[layer] == "full_attention":
        return np.zeros_like(distance, bool)
    return np.abs(distance) > 2 if name == "modernbert" else distance >= 4


@pytest.mark.parametrize("name", ["mistral", "gemma2", "gemma3", "gpt-oss", "modernbert"])
def test_weights_outside_a_sliding_window_are_exactly_zero(name: str) -> None:
    trace, _ = traced(name, 0)
    windows = [far(name, layer) for layer in range(trace.n_layers("self"))]
    assert any(window.any() for window in windows)
    for layer, window in enumerate(windows):
        beyond = window if name == "modernbert" else window | np.triu(np.ones((10, 10), bool), 1)
        np.testing.assert_array_equal(np.isneginf(trace.mask("self", layer)), beyond)
        assert not trace.all_weights("self", layer)[:, window].any()


@pytest.mark.parametrize("name", ENCODERS)
def test_nobody_looks_at_padding(name: str) -> None:
    trace, _ = traced(name, 1)
    assert all(not trace.all_weights("self", layer)[:, :7, 7:].any() for layer in range(2))


@pytest.mark.parametrize("name", ALL)
def test_hidden_states_equal_those_of_eager_transformers(name: str) -> None:
    for batch in (0, 1):
        trace, output = case(name, batch), reference(name)
        sides = {"source": "encoder_hidden_states", "target": "decoder_hidden_states"}
        for side, key in sides.items() if name in SEQ2SEQS else [("source", "hidden_states")]:
            assert trace.n_hidden(side) == len(output[key])
            for layer, expected in enumerate(output[key]):
                scale = expected[batch].abs().max()
                assert np.abs(trace.hidden(layer, side) - expected[batch].numpy()).max() < 1e-4 * scale


@pytest.mark.parametrize("name", ALL)
def test_logits_and_static_embeddings_equal_those_of_the_model(name: str) -> None:
    trace, output = case(name, 0), reference(name)
    expected = output.logits[0].numpy()
    assert np.abs(trace.logits - expected).max() < 1e-4 * np.abs(expected).max()
    ids = inputs(name)["input_ids"][0]
    np.testing.assert_array_equal(trace.static(), built(name).get_input_embeddings().weight[ids].detach())


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("name", OPEN)
def test_weighted_values_through_w_o_are_the_output_of_the_block(name: str, layer: int) -> None:
    trace = case(name, layer)
    for kind in trace.kinds:
        mixed = 0.0
        for head in range(trace.n_heads(kind)):
            how = trace.projection(kind, layer, head)
            mixed = mixed + trace.weights(kind, layer, head) @ trace.value(kind, layer, head) @ how.w_o
        joined = mixed + (0 if how.b_o is None else how.b_o)
        assert np.abs(joined - trace.output(kind, layer)).max() < 1e-4 * np.abs(joined).max()


# Where W_O is, seen from the model: the trace's output must be what this map gave in the eager model.
W_O = {
    "bert": "bert.encoder.layer.{}.attention.output.dense",
    "distilbert": "distilbert.transformer.layer.{}.attention.out_lin",
    "modernbert": "model.layers.{}.attn.Wo",
    "gpt2": "transformer.h.{}.attn.c_proj",
    "opt": "model.decoder.layers.{}.self_attn.out_proj",
    "llama": "model.layers.{}.self_attn.o_proj",
    "phi": "model.layers.{}.self_attn.dense",
    "t5": "encoder.block.{}.layer.0.SelfAttention.o",
}


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("name", W_O)
def test_the_output_is_what_w_o_gave_in_the_eager_model(name: str, layer: int) -> None:
    gave: list[torch.Tensor] = []
    w_o = eager(name).get_submodule(W_O[name].format(layer))
    hook = w_o.register_forward_hook(lambda module, read, out: gave.append(out))
    reference.__wrapped__(name)
    hook.remove()
    trace = case(name, layer)
    assert_close(trace.output(trace.kinds[0], layer), gave[0][layer].numpy())


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("name", OPEN)
def test_values_are_what_the_block_read_times_w_v(name: str, layer: int) -> None:
    trace = case(name, layer)
    for kind in trace.kinds:
        for head in range(trace.n_heads(kind)):
            how = trace.projection(kind, layer, head)
            assert_close(how.x_key @ how.w_v + bias(how.b_v), trace.value(kind, layer, head))


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("name", PLAIN)
def test_without_rotary_positions_queries_and_keys_are_x_times_w(name: str, layer: int) -> None:
    trace = case(name, layer)
    for kind in trace.kinds:
        for head in range(trace.n_heads(kind)):
            how = trace.projection(kind, layer, head)
            assert not how.rotated
            assert how.note is None
            assert_close(how.x @ how.w_q + bias(how.b_q), trace.query(kind, layer, head))
            assert_close(how.x_key @ how.w_k + bias(how.b_k), trace.key(kind, layer, head))


@pytest.mark.parametrize("name", ROTARY)
def test_with_rotary_positions_the_projection_says_that_queries_and_keys_are_turned(name: str) -> None:
    trace = case(name, 1)
    how = trace.projection("self", 1, 0)
    assert how.rotated
    assert "rotary" in how.note
    turned = np.abs(how.x @ how.w_q + bias(how.b_q) - trace.query("self", 1, 0)).max(axis=1)
    assert turned.max() > 1e-3


@pytest.mark.parametrize("name", ["llama", "phi", "gpt-neox", "granite", "mistral"])
def test_rotary_positions_keep_the_length_of_a_query_and_the_first_position_as_it_is(name: str) -> None:
    trace = case(name, 0)
    how = trace.projection("self", 0, 1)
    projected, met = how.x @ how.w_q + bias(how.b_q), trace.query("self", 0, 1)
    assert_close(projected[0], met[0])
    assert_close(np.linalg.norm(projected, axis=1), np.linalg.norm(met, axis=1))


def test_opt_says_that_it_scales_its_queries_inside_the_projection() -> None:
    trace = case("opt", 1)
    how = trace.projection("self", 1, 2)
    assert trace.scale("self", 1) == 1
    assert_close((how.x @ how.w_q + how.b_q) * 8**-0.5, trace.query("self", 1, 2))
    assert "0.3536" in how.note
    assert "rotary" not in how.note


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert", "electra"])
def test_the_first_block_of_these_reads_the_embedding_output(name: str) -> None:
    trace = case(name, 0)
    np.testing.assert_array_equal(trace.projection("self", 0, 0).x, trace.hidden(0))


def test_cross_attention_asks_from_the_target_and_reads_the_encoders_last_state() -> None:
    trace, output = case("marian", 1), reference("marian")
    how = trace.projection("cross", 1, 0)
    assert how.x.shape == (6, 32)
    assert_close(how.x_key, output.encoder_last_hidden_state[1].numpy())


def bias(numbers: np.ndarray | None) -> np.ndarray | float:
    return 0.0 if numbers is None else numbers


def assert_close(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-4 * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize("name", [*DECODERS, *SEQ2SEQS])
def test_leaving_out_the_mask_would_be_noticed(name: str) -> None:
    trace, _ = traced(name, 1)
    for kind in {"self", "decoder"} & {*trace.kinds}:
        assert furthest(name, kind, lambda trace, *head: softmax(trace.scores(*head, "scaled"))) > 1e-3


@pytest.mark.parametrize("name", OPEN)
def test_taking_the_wrong_layer_would_be_noticed(name: str) -> None:
    trace, expected = traced(name, 1)
    for kind in trace.kinds:
        assert np.abs(trace.all_weights(kind, 0) - expected[kind][1]).max() > 1e-3


@pytest.mark.parametrize("name", OPEN)
def test_taking_the_wrong_text_of_the_batch_would_be_noticed(name: str) -> None:
    trace, _ = traced(name, 0)
    assert worst(trace, traced(name, 1)[1]) > 1e-3


@pytest.mark.parametrize("name", OPEN)
def test_the_wrong_scale_would_be_noticed(name: str) -> None:
    """Leaving the scale out; in T5 and OPT, which pass none, putting one in."""

    def wrongly(trace: Trace, kind: str, layer: int, head: int) -> np.ndarray:
        right = trace.scale(kind, layer)
        factor = (trace.query(kind, layer, head).shape[1] ** -0.5 if right == 1 else 1.0) / right
        added = trace.mask(kind, layer) + bias(trace.bias(kind, layer, head))
        return softmax(trace.scores(kind, layer, head, "scaled") * factor + added)

    for kind in traced(name, 1)[0].kinds:
        assert furthest(name, kind, wrongly) > 1e-3


def furthest(name: str, kind: str, weights: Callable[[Trace, str, int, int], np.ndarray]) -> float:
    """Return how far weights that are made in another way are from those of the eager model, on the padded text."""
    trace, expected = traced(name, 1)
    own = [(layer, head) for found, layer, head in heads(trace) if found == kind]
    return max(np.abs(weights(trace, kind, i, head) - expected[kind][i][head]).max() for i, head in own)


@pytest.mark.parametrize("name", BYPASSING)
def test_a_family_that_bypasses_the_interface_shows_two_stages_and_says_why(name: str) -> None:
    trace = case(name, 0)
    assert trace.stages("self") == ("masked", "weights")
    assert "computes attention by itself" in trace.why_not("self")
    for what in (trace.query, trace.key, trace.value, trace.projection):
        with pytest.raises(LecternError, match="computes attention by itself"):
            what("self", 0, 0)
    with pytest.raises(LecternError, match="computes attention by itself"):
        trace.scores("self", 0, 0, "raw")


@pytest.mark.parametrize("name", OPEN)
def test_a_family_that_asks_the_interface_shows_every_stage(name: str) -> None:
    trace, _ = traced(name, 0)
    for kind in trace.kinds:
        assert trace.stages(kind) == ("raw", "scaled", "masked", "weights")
        assert trace.why_not(kind) is None


@pytest.mark.parametrize("name", ["bert", "llama", "bloom", "marian"])
def test_one_text_alone_gives_what_it_gives_in_a_batch(name: str) -> None:
    """The second text of the batch without its padding: padding must not change what is shown."""
    ids, together = inputs(name)["input_ids"][1:, :7], case(name, 1)
    alone = trace_pair_ids(built(name), ids, TARGET[1:]) if name in SEQ2SEQS else trace_ids(built(name), ids)
    for kind, layer, head in heads(alone):
        keys = alone.weights(kind, layer, head).shape[1]
        queries = len(alone.weights(kind, layer, head))
        assert_close(alone.weights(kind, layer, head), together.weights(kind, layer, head)[:queries, :keys])


def hybrid() -> Any:
    """Return a tiny LFM2: a convolution, then attention, then a convolution, then attention."""
    torch.manual_seed(5)
    kinds = ["conv", "full_attention", "conv", "full_attention"]
    config = transformers.Lfm2Config(**SMALL | {"num_hidden_layers": 4}, num_key_value_heads=2, layer_types=kinds)
    return spread(transformers.Lfm2ForCausalLM(config), 4)


def test_a_hybrid_shows_its_attention_layers_only_and_all_their_stages() -> None:
    model, x = hybrid(), texts()
    trace = trace_ids(model, x.ids, wish=Wish(detail=1))
    model.set_attn_implementation("eager")
    expected = attentions(run_eagerly(model, input_ids=x.ids), 0)
    assert trace.n_layers("self") == 2
    assert worst(trace, expected) < CLOSE
    assert len(trace.stages("self")) == 4
    assert trace.projection("self", 1, 3).rotated


def test_a_layer_that_asks_twice_and_subtracts_is_one_layer_with_the_weights_of_eager_transformers() -> None:
    torch.manual_seed(5)
    config = transformers.DiffLlamaConfig(**GROUPED | {"num_key_value_heads": 4})
    model, x = spread(transformers.DiffLlamaForCausalLM(config), 6), texts()
    trace = trace_ids(model, x.ids, attention_mask=x.mask)
    model.set_attn_implementation("eager")
    assert worst(trace, attentions(run_eagerly(model, input_ids=x.ids, attention_mask=x.mask), 0)) < CLOSE
    assert trace.stages("self") == ("masked", "weights")


def test_a_model_that_looks_at_positions_without_tokens_is_refused() -> None:
    """CPM-Ant puts 32 trained positions before every text."""
    sizes = {"vocab_size": 97, "hidden_size": 32, "num_attention_heads": 4, "dim_head": 8, "dim_ff": 48}
    model = transformers.CpmAntForCausalLM(transformers.CpmAntConfig(**sizes, num_hidden_layers=2)).eval()
    with pytest.raises(LecternError, match=r"positions that are no tokens of the text \(the text has 10\)"):
        trace_ids(model, texts().ids)


WITHOUT_ATTENTION = {
    "mamba": lambda: transformers.MambaForCausalLM(
        transformers.MambaConfig(vocab_size=97, hidden_size=32, num_hidden_layers=2, state_size=4)
    ),
    "fnet": lambda: transformers.FNetForMaskedLM(
        transformers.FNetConfig(vocab_size=97, hidden_size=32, num_hidden_layers=2, intermediate_size=48)
    ),
}


@pytest.mark.parametrize("name", WITHOUT_ATTENTION)
def test_a_model_without_attention_is_refused_with_a_sentence(name: str) -> None:
    model = WITHOUT_ATTENTION[name]().eval()
    with pytest.raises(LecternError, match=r"has no attention between all pairs .* choose another model"):
        trace_ids(model, texts().ids)
