"""The hook into transformers: what it notes, what it must not miss, and that threads keep apart."""

import copy
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import transformers as t

from models import capture, ways
from models.errors import LecternError
from models.forward import Wish, trace_ids
from tests.models.architectures import DECODERS, ENCODERS, SMALL, built, eager, spread, texts
from tests.models.references import attentions, run_eagerly, worst


def noted(model: Any, **inputs: Any) -> list[capture.Record]:
    with torch.inference_mode(), capture.records() as found:
        model(**inputs)
    return found


def test_nothing_is_noted_when_nobody_listens() -> None:
    model, x = built("bert"), texts()
    trace_ids(model, x.ids)
    with capture.records() as found:
        pass
    model(x.ids)
    assert found == []


def test_what_is_noted_are_the_tensors_themselves_not_copies() -> None:
    trace_ids(built("bert"), texts().ids)
    query = noted(built("bert"), input_ids=texts().ids)[0].query
    assert np.shares_memory(capture.array(query[0]), query.numpy())


def test_arrays_of_a_trace_cannot_be_written_to() -> None:
    trace = trace_ids(built("gpt2"), texts().ids)
    for array in (trace.query("self", 0, 0), trace.key("self", 1, 2), trace.hidden(1), trace.logits):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_layers_with_one_mask_or_one_bias_keep_it_once() -> None:
    layers = trace_ids(built("llama"), texts().ids).layers["self"]
    assert layers[0].hidden is layers[1].hidden
    encoder = trace_pair().layers["encoder"]
    assert encoder[0].bias is encoder[1].bias


def trace_pair() -> Any:
    from models.forward import trace_pair_ids

    return trace_pair_ids(built("t5"), texts().ids, texts().ids[:, :5])


def test_without_the_mask_function_a_decoder_would_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why the eager mask function is registered beside the attention function."""
    model = copy.deepcopy(built("llama"))
    expected = attentions(run_eagerly(eager("llama"), input_ids=texts().ids), 0)
    masks = t.AttentionMaskInterface._global_mapping
    assert worst(trace_ids(model, texts().ids), expected) < 1e-5
    monkeypatch.delitem(masks, capture.NAME)
    blind = trace_ids(model, texts().ids)
    assert worst(blind, expected) > 0.1
    assert blind.weights("self", 0, 0)[0, 1:].sum() > 0.1


@pytest.mark.parametrize("name", ["bert", "llama", "gemma2", "gpt-oss", "phi", "modernbert"])
def test_the_records_explain_what_these_families_compute(name: str) -> None:
    x = texts(built(name).config.pad_token_id or 0)
    trace_ids(built(name), x.ids)
    assert all(map(capture.explains, noted(built(name), input_ids=x.ids, attention_mask=x.mask)))


@pytest.mark.parametrize(
    "change",
    [
        lambda record: replace(record, scale=record.scale * 1.1),
        lambda record: replace(record, sink=None),
        lambda record: replace(record, mask=None),
        lambda record: replace(record, value=record.value + 0.1),
        lambda record: replace(record, bias=torch.rand(1, 4, 10, 10)),
    ],
    ids=["scale", "sink", "mask", "value", "bias"],
)
def test_a_record_that_misses_or_adds_something_does_not_explain(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trace_ids(built("gpt-oss"), texts().ids)
    record = noted(built("gpt-oss"), input_ids=texts().ids)[0]
    module = sys.modules[type(record.module).__module__]
    own = module.eager_attention_forward
    right = (record.module, record.query, record.key, record.value, record.mask)

    def as_before(*args: Any, **more: Any) -> Any:
        return own(*right, scaling=record.scale, dropout=0.0)

    monkeypatch.setattr(module, "eager_attention_forward", as_before)
    assert capture.explains(record)
    assert not capture.explains(change(record))


def test_a_family_with_a_term_of_its_own_is_watched_through_its_softmax(monkeypatch: pytest.MonkeyPatch) -> None:
    """Llama with a bonus that only its own function knows: q and k alone would give wrong weights."""
    from transformers.models.llama import modeling_llama

    def favouring_the_first(
        module: Any, query: Any, key: Any, value: Any, mask: Any, scaling: float, **more: Any
    ) -> Any:
        groups = query.shape[1] // key.shape[1]
        scores = query @ key.repeat_interleave(groups, 1).transpose(2, 3) * scaling
        scores[..., 0] += 3
        shares = torch.nn.functional.softmax(scores + mask, dim=-1)
        return (shares @ value.repeat_interleave(groups, 1)).transpose(1, 2).contiguous(), shares

    monkeypatch.setattr(modeling_llama, "eager_attention_forward", favouring_the_first)
    model = copy.deepcopy(built("llama"))
    trace = trace_ids(model, texts().ids)
    assert trace.stages("self") == ("masked", "weights")
    expected = run_eagerly(model, input_ids=texts().ids)
    assert worst(trace, attentions(expected, 0)) < 1e-5
    np.testing.assert_allclose(trace.logits, expected.logits[0].numpy(), atol=1e-4)


def test_the_way_of_a_model_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = copy.deepcopy(built("bert"))
    trace_ids(model, texts().ids)
    monkeypatch.setattr(ways, "of_one_stack", None)
    trace_ids(model, texts().ids)
    passes: list[int] = []
    hook = model.bert.embeddings.register_forward_hook(lambda *_: passes.append(1))
    trace_ids(model, texts().ids, wish=Wish(detail=1))
    hook.remove()
    assert len(passes) == 1, "projections are watched in the same pass"


def test_without_logits_the_head_is_not_run_and_the_attention_is_the_same() -> None:
    model = built("gpt2")
    passes: list[int] = []
    hook = model.lm_head.register_forward_hook(lambda *_: passes.append(1))
    bare = trace_ids(model, texts().ids, wish=Wish(logits=False))
    hook.remove()
    assert (bare.logits, passes) == (None, [])
    whole = trace_ids(model, texts().ids)
    np.testing.assert_array_equal(bare.weights("self", 1, 3), whole.weights("self", 1, 3))
    np.testing.assert_array_equal(bare.hidden(2), whole.hidden(2))


def test_heads_folded_into_the_batch_are_told_apart() -> None:
    torch.manual_seed(2)
    sizes = {"num_layers": 2, "attention_heads": 4, "ffn_dim": 48, "max_position_embeddings": 64}
    model = spread(t.XGLMForCausalLM(t.XGLMConfig(vocab_size=97, d_model=32, **sizes)), 6)
    x = texts(1)
    expected = run_eagerly(model, input_ids=x.ids, attention_mask=x.mask)
    for batch in (0, 1):
        trace = trace_ids(model, x.ids, attention_mask=x.mask, batch=batch)
        assert worst(trace, attentions(expected, batch)) < 1e-5


def test_attention_in_windows_only_is_refused() -> None:
    config = t.LongformerConfig(**SMALL | {"pad_token_id": 1}, attention_window=4)
    with pytest.raises(LecternError, match="between all pairs of positions"):
        trace_ids(t.LongformerForMaskedLM(config).eval(), texts(1).ids)


def test_threads_with_different_models_never_mix() -> None:
    names = ["bert", "gpt2", "llama", "modernbert", "t5"]
    alone = {name: numbers(name) for name in names}
    start = threading.Barrier(4)

    def many(order: int) -> list[tuple[str, np.ndarray]]:
        start.wait()
        return [(name, numbers(name)) for name in (names[order:] + names[:order]) * 4]

    with ThreadPoolExecutor(4) as pool:
        for results in pool.map(many, range(4)):
            for name, found in results:
                np.testing.assert_allclose(found, alone[name], atol=1e-6)


def numbers(name: str) -> np.ndarray:
    trace = trace_pair() if name == "t5" else trace_ids(built(name), texts(built(name).config.pad_token_id or 0).ids)
    return np.stack([trace.all_weights(trace.kinds[0], layer) for layer in range(2)])


@pytest.mark.parametrize("name", [*ENCODERS, *DECODERS])
def test_the_fast_kernel_gives_what_the_family_s_own_function_gives(name: str) -> None:
    x = texts(built(name).config.pad_token_id or 0)
    trace_ids(built(name), x.ids)
    for record in noted(built(name), input_ids=x.ids, attention_mask=x.mask):
        own = sys.modules[type(record.module).__module__].eager_attention_forward
        extras = {"softcap": record.softcap} if record.softcap is not None else {}
        with torch.inference_mode():
            expected = own(
                record.module, record.query, record.key, record.value, record.mask, scaling=record.scale, dropout=0.0,
                **extras,
            )[0]  # fmt: skip
            found = capture._attended(record, 0.0)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padded", [False, True])
def test_a_long_text_read_from_left_to_right_gives_what_eager_gives(padded: bool):
    torch.manual_seed(0)
    config = t.LlamaConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16
    )
    model = t.LlamaForCausalLM(config).eval()
    ids = torch.randint(0, 50, (1, capture.LONG + 8))
    mask = torch.ones_like(ids)
    mask[:, :3] = 0 if padded else 1
    given = {"input_ids": ids, "attention_mask": mask, "use_cache": False}
    with torch.inference_mode():
        model.set_attn_implementation("eager")
        expected = model(**given).logits
        capture.register()
        model.set_attn_implementation(capture.NAME)
        with capture.records() as found:
            logits = model(**given).logits
    assert [record.causal for record in found] == [not padded] * 2
    torch.testing.assert_close(logits[:, 3:], expected[:, 3:], rtol=1e-4, atol=1e-5)
