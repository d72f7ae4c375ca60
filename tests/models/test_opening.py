"""A layer from inside, for many families: its parts add up to transformers' own hidden states, and rules give them."""

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from models.answering import answer
from models.asks import Open, Opened, Predict
from models.errors import LecternError
from models.feeding import FUNCTIONS, normed
from tests.models.architectures import DECODERS, ENCODERS, SEQ2SEQS, built
from tests.models.saved import save

pytestmark = pytest.mark.usefixtures("one_thread", "on_the_cpu")

BUNDLED = Path(__file__).parents[2] / "models" / "bundled"
TEXT = "Your cat is a lovely cat"
POST = ["bert", "roberta", "distilbert", "albert", "electra", "marian", "bart"]
PRE = ["gpt2", "llama", "gemma2", "qwen3", "t5"]
PARALLEL = ["gpt-neox", "phi"]
KNOWN = {**ENCODERS, **DECODERS, **SEQ2SEQS}


def follows(found: Opened) -> None:
    """Hold every sum and every norm of a layer against its rule."""
    for stage in found.stages:
        if stage.what == "add":
            total = sum(found.stages[place].values for place in stage.reads)
            assert np.abs(stage.values - total).max() < 1e-4 * max(1, np.abs(total).max())
        if stage.what == "norm":
            assert stage.norm is not None
            expected = normed(found.stages[stage.reads[0]].values, stage.norm)
            assert np.abs(stage.values - expected).max() < 1e-3 * max(1, np.abs(expected).max())


@pytest.mark.parametrize("name", [name for name in [*POST, *PRE, *PARALLEL] if name in KNOWN])
def test_the_parts_of_a_layer_add_up_to_what_it_gives(name: str, tmp_path: Path) -> None:
    save(tmp_path, built(name))
    found = answer(Open(str(tmp_path), "the cat sat on a cat", layer=1))
    style = "post" if name in POST else "pre" if name in PRE else "parallel"
    assert found.style == style
    assert found.layer == 1
    follows(found)
    assert [stage.what for stage in found.stages].count("attention") == 1
    assert [stage.what for stage in found.stages].count("feed-forward") == 1


@pytest.mark.parametrize(("name", "layers"), [("bert-tiny", 4), ("gpt-tiny", 5)])
def test_a_layer_reads_and_gives_the_hidden_states_of_transformers(name: str, layers: int) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(BUNDLED / name)
    model = transformers.AutoModel.from_pretrained(BUNDLED / name, attn_implementation="eager").eval()
    with torch.inference_mode():
        states = model(**tokenizer(TEXT, return_tensors="pt"), output_hidden_states=True).hidden_states
    for layer in range(layers):
        found = answer(Open(name, TEXT, layer))
        assert np.abs(found.stages[0].values - states[layer][0].numpy()).max() < 1e-4
        last = layer == layers - 1 and found.style == "pre"  # GPT-2's last hidden state is after the final norm
        given = (
            model.ln_f(torch.from_numpy(found.stages[-1].values.copy())).detach().numpy()
            if last
            else found.stages[-1].values
        )
        assert np.abs(given - states[layer + 1][0].numpy()).max() < 1e-3
        follows(found)
    assert found.lengths.shape == (layers, len(found.stages), len(found.tokens.ids))
    assert found.lengths[-1, 0] == pytest.approx(np.linalg.norm(states[layers - 1][0].numpy(), axis=1), rel=1e-4)


@pytest.mark.parametrize(("name", "function"), [("bert-tiny", "gelu"), ("gpt-tiny", "gelu_tanh")])
def test_the_feed_forward_part_is_two_linear_maps_and_a_function(name: str, function: str) -> None:
    found = answer(Open(name, TEXT, 1))
    part = found.feed_forward
    assert part is not None
    assert part.function == function
    before = part.read @ part.w_in + part.b_in
    hidden = FUNCTIONS[function](torch.from_numpy(before)).numpy()
    assert np.abs(hidden - part.hidden).max() < 1e-4
    given = next(stage.values for stage in found.stages if stage.what == "feed-forward")
    assert np.abs(hidden @ part.w_out + part.b_out - given).max() < 1e-3


def test_a_gated_part_multiplies_by_its_gate(tmp_path: Path) -> None:
    save(tmp_path, built("llama"))
    part = answer(Open(str(tmp_path), "the cat sat", 0)).feed_forward
    assert part is not None
    assert part.gate is not None
    assert part.function == "silu"
    hidden = torch.nn.functional.silu(torch.from_numpy(part.read @ part.w_in)).numpy() * part.gate
    assert np.abs(hidden - part.hidden).max() < 1e-5


@pytest.mark.parametrize("name", ["bert-tiny", "gpt-tiny"])
def test_the_largest_logits_are_the_vector_times_their_rows(name: str) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(BUNDLED / name)
    kind = transformers.AutoModelForMaskedLM if name == "bert-tiny" else transformers.AutoModelForCausalLM
    model = kind.from_pretrained(BUNDLED / name, attn_implementation="eager").eval()
    text = "The [MASK] is very cute" if name == "bert-tiny" else TEXT
    with torch.inference_mode():
        logits = model(**tokenizer(text, return_tensors="pt")).logits[0].double().numpy()
    found = answer(Predict(name, text))
    assert found.tokens.pieces[found.position] == "[MASK]" or found.position == len(logits) - 1
    assert found.logits == pytest.approx(logits[found.position], abs=1e-3)
    assert found.rows is not None
    top = found.rows @ found.vector + found.bias
    assert top == pytest.approx(np.sort(logits[found.position])[::-1][: len(top)], abs=1e-3)
    shares = torch.softmax(torch.from_numpy(logits[found.position]), 0).numpy()
    assert found.likeliest.shares[0] == pytest.approx(np.sort(shares)[::-1][: len(top)], abs=1e-5)


def test_a_model_without_a_head_for_tokens_says_so(tmp_path: Path) -> None:
    save(tmp_path, transformers.BertModel(built("bert").config))
    with pytest.raises(LecternError, match="no tokens"):
        answer(Predict(str(tmp_path), "the cat sat"))
