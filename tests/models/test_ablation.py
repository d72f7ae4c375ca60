"""Heads switched off, against transformers with the columns of W_O zeroed that read those heads."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models import run
from models.answering import answer
from models.asks import SwitchOff
from models.errors import LecternError
from models.forward import Wish, trace_ids, trace_pair_ids
from tests.models.architectures import built, eager, texts
from tests.models.references import run_eagerly
from tests.models.saved import save

pytestmark = pytest.mark.usefixtures("one_thread")

OUT = {
    "bert": "bert.encoder.layer.{}.attention.output.dense",
    "roberta": "roberta.encoder.layer.{}.attention.output.dense",
    "electra": "electra.encoder.layer.{}.attention.output.dense",
    "distilbert": "distilbert.transformer.layer.{}.attention.out_lin",
    "modernbert": "model.layers.{}.attn.Wo",
    "gpt2": "transformer.h.{}.attn.c_proj",
    "gpt-neox": "gpt_neox.layers.{}.attention.dense",
    "phi": "model.layers.{}.self_attn.dense",
    "opt": "model.decoder.layers.{}.self_attn.out_proj",
} | dict.fromkeys(
    ["llama", "mistral", "qwen3", "gemma2", "gemma3", "phi3", "olmo", "granite", "stablelm", "gpt-oss"],
    "model.layers.{}.self_attn.o_proj",
)
BART = {
    "encoder": "model.encoder.layers.{}.self_attn.out_proj",
    "decoder": "model.decoder.layers.{}.self_attn.out_proj",
    "cross": "model.decoder.layers.{}.encoder_attn.out_proj",
}
OUT_OF_TWO = {
    "t5": {
        "encoder": "encoder.block.{}.layer.0.SelfAttention.o",
        "decoder": "decoder.block.{}.layer.0.SelfAttention.o",
        "cross": "decoder.block.{}.layer.1.EncDecAttention.o",
    },
    "bart": BART,
    "marian": BART,
    "mbart": BART,
    "pegasus": BART,
}
OFF = [(0, 1), (1, 0), (1, 3)]
HEADS = 4


def without(name: str, places: list[tuple[str, int]]) -> Any:
    """Return the model as transformers runs it, with W_O reading nothing from these heads (path of W_O, head)."""
    model = copy.deepcopy(eager(name))
    for path, head in places:
        module = model.get_submodule(path)
        weight = module.weight if type(module).__name__ == "Conv1D" else module.weight.T  # [in, out]
        width = len(weight) // HEADS
        with torch.no_grad():
            weight[head * width : (head + 1) * width] = 0
    return model


@pytest.mark.parametrize("name", OUT)
def test_logits_and_every_hidden_state_equal_those_of_a_model_whose_w_o_reads_nothing_from_the_heads(name: str) -> None:
    ids = texts().ids[:1]
    off = tuple(("self", layer, head) for layer, head in OFF)
    trace, plain = trace_ids(built(name), ids, wish=Wish(off=off)), trace_ids(built(name), ids)
    expected = run_eagerly(without(name, [(OUT[name].format(layer), head) for layer, head in OFF]), input_ids=ids)
    assert trace.logits is not None
    assert plain.logits is not None
    size = float(np.abs(trace.logits).max())
    assert np.abs(trace.logits - expected.logits[0].numpy()).max() <= 1e-4 * size
    assert np.abs(trace.logits - plain.logits).max() > 1e-3 * size
    for layer, state in enumerate(expected.hidden_states):
        np.testing.assert_allclose(trace.hidden(layer), state[0].numpy(), atol=1e-4 * float(state.abs().max()))
    for head in range(HEADS):
        weights = expected.attentions[1][0, head].numpy()
        np.testing.assert_allclose(trace.weights("self", 1, head), weights, atol=2e-5)


@pytest.mark.parametrize("kind", ["encoder", "decoder", "cross"])
@pytest.mark.parametrize("name", OUT_OF_TWO)
def test_heads_of_each_kind_of_an_encoder_decoder_are_switched_off_by_themselves(name: str, kind: str) -> None:
    source, target = texts().ids[:1], texts().ids[:1].flip(1)[:, :6]
    off = tuple((kind, layer, head) for layer, head in OFF)
    trace = trace_pair_ids(built(name), source, target, wish=Wish(off=off))
    places = [(OUT_OF_TWO[name][kind].format(layer), head) for layer, head in OFF]
    expected = run_eagerly(without(name, places), input_ids=source, decoder_input_ids=target)
    plain = trace_pair_ids(built(name), source, target)
    assert trace.logits is not None
    assert plain.logits is not None
    size = float(np.abs(trace.logits).max())
    assert np.abs(trace.logits - expected.logits[0].numpy()).max() <= 1e-4 * size
    assert np.abs(trace.logits - plain.logits).max() > 1e-3 * size


def test_the_first_layer_looks_the_same_and_the_next_one_does_not() -> None:
    ids = texts().ids[:1]
    plain, off = (trace_ids(built("gpt2"), ids, wish=Wish(off=off)) for off in ((), (("self", 0, 2),)))
    assert np.array_equal(plain.all_weights("self", 0), off.all_weights("self", 0))
    assert np.abs(plain.all_weights("self", 1) - off.all_weights("self", 1)).max() > 1e-3


def test_the_next_pass_is_whole_again() -> None:
    ids = texts().ids[:1]
    before = trace_ids(built("bert"), ids).logits
    trace_ids(built("bert"), ids, wish=Wish(off=(("self", 0, 0),)))
    assert np.array_equal(trace_ids(built("bert"), ids).logits, before)


def test_projections_of_a_layer_are_still_told_apart_while_a_head_of_it_is_off() -> None:
    trace = trace_ids(built("gpt2"), texts().ids[:1], wish=Wish(detail=1, off=(("self", 1, 2),)))
    assert trace.projection("self", 1, 2).w_q.shape == (32, 8)


def test_a_head_that_is_not_there_changes_nothing() -> None:
    ids = texts().ids[:1]
    off = (("self", 7, 0), ("self", 0, 99), ("cross", 0, 0))
    found = trace_ids(built("llama"), ids, wish=Wish(off=off[:2])).logits
    assert np.array_equal(found, trace_ids(built("llama"), ids).logits)


def test_an_architecture_that_computes_attention_by_itself_says_that_its_heads_cannot_be_switched_off() -> None:
    with pytest.raises(LecternError, match="cannot be switched off"):
        trace_ids(built("bloom"), texts().ids[:1], wish=Wish(off=(("self", 0, 0),)))


def test_what_changes_is_told_for_the_last_position_of_a_decoder(tmp_path: Path) -> None:
    folder = save(tmp_path, built("gpt2"))
    text, off = "the cat sat on a mat", (("self", 0, 1), ("self", 1, 3))
    told = answer(SwitchOff(folder, text, off=off))
    traces = [run(folder, text), run(folder, text, off=off)]
    shares = [np.exp(t.logits[-1] - t.logits[-1].max()) for t in traces]  # type: ignore[index]
    before, after = (share / share.sum() for share in shares)
    assert told.at == len(told.tokens.ids) - 1
    assert told.before[0] == pytest.approx(before.max(), rel=1e-4)
    np.testing.assert_allclose(-np.sort(-told.after)[:5], -np.sort(-after)[:5], rtol=1e-4)
    assert told.divergence[-1] == pytest.approx(float((before * np.log2(before / after)).sum()), rel=1e-3)
    for layer in range(3):
        one, other = (trace.hidden(layer) for trace in traces)
        moved = np.linalg.norm(one - other, axis=1) / np.linalg.norm(one, axis=1)
        assert told.moved[layer] == pytest.approx(moved.mean(), abs=1e-5)
    assert told.moved[0] == 0


def test_of_a_gap_the_prediction_in_the_gap_is_followed() -> None:
    told = answer(SwitchOff("bert-tiny", "The [MASK] is very cute", off=(("self", 0, 0),)))
    assert told.tokens.tokens[told.at] == "[MASK]"
    assert len(told.names) == len(told.before) == len(told.after)
