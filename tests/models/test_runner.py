"""A name and a sentence in, a Trace out: bundled models, folders, translations, and what is refused."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer, MarianConfig, MarianMTModel

import models
from models import loader, runner
from models.errors import LecternError
from models.runner import run, run_public
from tests.models.architectures import BYPASSING, SEQ2SEQ, built, eager, spread
from tests.models.references import attentions, run_eagerly, worst
from tests.models.saved import save

pytestmark = pytest.mark.usefixtures("one_thread", "on_the_cpu")

SENTENCE = "Your cat is a lovely cat"
BUNDLED = Path(__file__).parents[2] / "models" / "bundled"
bundled = pytest.mark.skipif(not (BUNDLED / "gpt-tiny" / "model.safetensors").is_file(), reason="weights not here yet")


@bundled
@pytest.mark.parametrize(
    ("key", "kind", "reading"),
    [("bert-tiny", "encoder", AutoModelForMaskedLM), ("gpt-tiny", "decoder", AutoModelForCausalLM)],
)
def test_a_bundled_model_reads_the_course_sentence_as_eager_transformers_does(
    key: str, kind: str, reading: Any
) -> None:
    trace = run(key, SENTENCE)
    tokenizer = AutoTokenizer.from_pretrained(BUNDLED / key)
    model = reading.from_pretrained(BUNDLED / key, attn_implementation="eager")
    output = run_eagerly(model, **tokenizer(SENTENCE, return_tensors="pt"))
    assert worst(trace, attentions(output, 0)) < 1e-5
    assert (trace.model.key, trace.model.kind, trace.text) == (key, kind, SENTENCE)
    assert [token.lower() for token, added in zip(trace.tokens, trace.special, strict=True) if not added] == [
        "your", "cat", "is", "a", "lovely", "cat",
    ]  # fmt: skip
    np.testing.assert_allclose(trace.logits, output.logits[0].numpy(), atol=1e-3)
    for layer, expected in enumerate(output.hidden_states):
        np.testing.assert_allclose(trace.hidden(layer), expected[0].numpy(), atol=1e-4)


@bundled
def test_the_package_runs_a_model_with_one_call() -> None:
    trace = models.run("gpt-tiny", SENTENCE, detail=99, hidden=False, logits=False)
    assert not np.triu(trace.weights("self", 0, 0), 1).any()
    last = trace.n_layers("self") - 1
    assert len(trace.output("self", last)) == len(trace.tokens)
    assert trace.logits is None
    with pytest.raises(LecternError, match="hidden=True"):
        trace.hidden(0)


@bundled
def test_what_ran_before_is_the_same_object_and_another_question_is_another() -> None:
    first = run_public("bert-tiny", SENTENCE)
    assert run_public("bert-tiny", SENTENCE) is first
    assert run_public(" bert-tiny ", SENTENCE) is first
    others = [
        run_public("bert-tiny", f"{SENTENCE}."),
        run_public("bert-tiny", SENTENCE, SENTENCE),
        run_public("bert-tiny", SENTENCE, detail=0),
        run_public("gpt-tiny", SENTENCE),
    ]
    assert len({id(trace) for trace in [first, *others]}) == 5


@pytest.mark.parametrize("source", [str(BUNDLED), "models/bundled/bert-tiny", "../main", "models", "~", "/etc", "."])
def test_folders_are_refused_from_the_page(source: str) -> None:
    with pytest.raises(LecternError, match=r"Folders cannot be opened from the page|is not the id of a model"):
        run_public(source, SENTENCE)


@pytest.mark.parametrize("source", ["", "no such model!", "a" * 200, "<script>alert(1)</script>", "owner/na me"])
def test_what_is_no_model_is_refused_with_a_sentence_that_says_what_is_wanted(source: str) -> None:
    with pytest.raises(LecternError, match=r"is not the id of a model.*wanted|one: choose a model"):
        run_public(source, SENTENCE)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_sentence_is_refused_before_anything_is_loaded(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "load", lambda source: pytest.fail("a model was loaded"))
    with pytest.raises(LecternError, match="The sentence is empty"):
        run("bert-tiny", text)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("bert", 64), ("albert", 64), ("distilbert", 64), ("gpt2", 64), ("opt", 64), ("gptj", 64), ("roberta", 62),
        ("xlm-roberta", 62), ("camembert", 62), ("mpnet", 62), ("modernbert", 64), ("llama", 64),
    ],
)  # fmt: skip
def test_a_long_text_fills_the_positions_that_a_family_has_and_no_more(name: str, most: int, tmp_path: Path) -> None:
    """Families after fairseq number their positions from the padding id on: 64 places are 62 tokens."""
    trace = run(save(tmp_path, built(name)), "the cat sat on a mat" + " the cat sat on a mat" * 29)
    assert len(trace.tokens) == most
    assert len(trace.weights("self", 1, 3)) == most
    assert trace.notices == (f"Only the first {most} of 180 tokens are shown: {tmp_path.name} reads no more.",)


@pytest.mark.parametrize("name", BYPASSING)
def test_a_family_that_takes_no_attention_function_is_loaded_and_run_all_the_same(name: str, tmp_path: Path) -> None:
    trace = run(save(tmp_path, built(name)), "the cat sat on a mat")
    output = run_eagerly(eager(name), input_ids=torch.tensor([trace.ids]))
    assert worst(trace, attentions(output, 0)) < 1e-5


Translator = tuple[str, MarianMTModel]


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    """Return a folder with a tiny Marian that ends its sentences, and the model that transformers loads from it."""
    folder = tmp_path_factory.mktemp("translator")
    torch.manual_seed(2)
    config = MarianConfig(**SEQ2SEQ | {"bos_token_id": None, "decoder_start_token_id": 0})
    save(folder, spread(MarianMTModel(config), 6))
    model = MarianMTModel.from_pretrained(folder, attn_implementation="eager").eval()
    model.final_logits_bias[0, 2] = enough_to_end(model, torch.tensor([[5, 6, 7, 8, 9, 6, 2]]))
    return save(folder, model, ends=True), model


def enough_to_end(model: Any, source: torch.Tensor) -> float:
    """Return how much likelier the end must be, so that it comes first after some tokens."""
    _, short = greedily(model, source)
    at = next(at for at in range(6, len(short)) if short[at] < min(short[:at]))
    return (short[at] + min(short[:at])) / 2


def greedily(model: Any, source: torch.Tensor) -> tuple[list[int], list[float]]:
    """Return the likeliest tokens one after another, without generate(), and by how much the end fell short of each."""
    written, short = [model.config.decoder_start_token_id], []
    while len(written) < 30:
        with torch.inference_mode():
            logits = model(input_ids=source, decoder_input_ids=torch.tensor([written]), use_cache=False).logits[0, -1]
        if int(logits.argmax()) == model.config.eos_token_id:
            break
        written.append(int(logits.argmax()))
        short.append(float(logits.max() - logits[model.config.eos_token_id]))
    return written, short


def test_a_translation_is_what_generate_writes_and_what_the_likeliest_tokens_are(translator: Translator) -> None:
    folder, model = translator
    trace = run(folder, "the cat sat on a cat")
    source = torch.tensor([trace.ids])
    assert trace.ids == [5, 6, 7, 8, 9, 6, 2]
    generated = model.generate(source, max_new_tokens=63, num_beams=1, do_sample=False)[0].tolist()
    assert generated == [*trace.target_ids, 2]
    assert trace.target_ids == greedily(model, source)[0]
    assert len(trace.target_ids) > 6
    assert trace.notices == ()


def test_the_attention_of_a_translation_equals_eager_transformers(translator: Translator) -> None:
    folder, model = translator
    trace = run(folder, "the cat sat on a cat", detail=0)
    target = torch.tensor([trace.target_ids])
    output = run_eagerly(model, input_ids=torch.tensor([trace.ids]), decoder_input_ids=target)
    assert trace.kinds == ("encoder", "decoder", "cross")
    assert worst(trace, attentions(output, 0)) < 1e-5
    assert trace.weights("cross", 0, 0).shape == (len(trace.target_tokens), len(trace.tokens))
    np.testing.assert_allclose(trace.logits, output.logits[0].numpy(), atol=1e-3)
    assert trace.logits.argmax(axis=1).tolist() == [*trace.target_ids[1:], 2]
    assert len(trace.output("cross", 0)) == len(trace.target_ids)


def test_a_forced_target_is_what_the_decoder_reads(translator: Translator) -> None:
    folder, _ = translator
    trace = run(folder, "the cat sat", target="your lovely dog")
    assert trace.target_tokens == ["<0>", "your", "lovely", "dog"]
    assert trace.target_special == [True, False, False, False]
    assert trace.target_words == [None, 0, 1, 2]
    assert trace.tokens == ["the", "cat", "sat", "<2>"]
    assert trace.special == [False, False, False, True]
    assert not np.triu(trace.weights("decoder", 1, 1), 1).any()


def test_a_target_that_is_blank_is_refused_and_one_that_is_too_long_is_cut(
    translator: Translator,
) -> None:
    folder, _ = translator
    with pytest.raises(LecternError, match="The target is empty"):
        run(folder, "the cat sat", target="  ")
    trace = run(folder, "the cat sat", target="a dog" + " a dog" * 49)
    assert len(trace.target_ids) == 64
    assert trace.notices == (
        f"Only the first 63 of 100 tokens of the target are shown: {Path(folder).name} reads no more.",
    )
    assert run(folder, "the cat", target="\ud83d dog").target_tokens == ["<0>", "<4>", "dog"]


def test_a_translation_that_does_not_end_says_so(tmp_path: Path, translator: Translator) -> None:
    endless = copy.deepcopy(translator[1])
    endless.final_logits_bias[0, 2] = -1e4
    trace = run(save(tmp_path, endless, ends=True), "the cat sat")
    assert len(trace.target_ids) == 64
    assert trace.notices == ("Only the first 63 tokens of the translation are written; it goes on.",)


@pytest.fixture
def crowded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return a model whose device has no memory left for the first text, and the places it was moved to."""
    moved: list[str] = []
    loaded = loader.load(save(tmp_path, built("bert")))
    there = loader.Loaded(loaded.model, loaded.tokenizer, loaded.info, "cuda")
    monkeypatch.setattr(runner, "load", lambda source: there)
    monkeypatch.setattr(loaded.model, "to", moved.append)

    def full(said: str) -> str:
        def once(*given: Any) -> None:
            hook.remove()
            raise torch.OutOfMemoryError(said) if "CUDA" in said else RuntimeError(said)

        hook = loaded.model.register_forward_pre_hook(once)
        return " then ".join([*run("crowded", "the cat sat").notices, *moved])

    return full


@pytest.mark.parametrize("said", ["CUDA out of memory.", "MPS backend out of memory (MPS allocated: 9 GB)"])
def test_a_gpu_without_memory_hands_over_to_the_cpu_and_says_so(said: str, crowded: Callable[[str], str]) -> None:
    told = crowded(said)
    assert told.startswith("The GPU has too little memory for this text, so ")
    assert told.endswith("ran on the CPU. then cpu then cuda")


def test_another_failure_is_not_taken_for_a_lack_of_memory(crowded: Callable[[str], str]) -> None:
    with pytest.raises(RuntimeError, match="something else"):
        crowded("something else")
