"""What a model writes and how likely it finds each token, against transformers' own generate(), losses and softmax."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, MarianConfig, MarianMTModel

from models.answering import answer, answer_public
from models.asks import Decode, Force
from models.errors import LecternError
from models.sampling import bits
from tests.models.architectures import SEQ2SEQ, built, spread
from tests.models.saved import save

pytestmark = pytest.mark.usefixtures("one_thread", "on_the_cpu")

GPT = Path(__file__).parents[2] / "models" / "bundled" / "gpt-tiny"
TEXT = "The cat sat on the"
SOURCE = "the cat sat on a cat"


@pytest.fixture(scope="module")
def gpt() -> tuple[Any, Any]:
    return AutoTokenizer.from_pretrained(GPT), AutoModelForCausalLM.from_pretrained(GPT, attn_implementation="eager")


Translator = tuple[str, MarianMTModel]


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    """Return a folder with a tiny Marian whose end comes after some tokens, and transformers' own model of it."""
    folder = tmp_path_factory.mktemp("translator")
    torch.manual_seed(2)
    config = MarianConfig(**SEQ2SEQ | {"bos_token_id": None, "decoder_start_token_id": 0})
    model = spread(MarianMTModel(config), 6).eval()
    model.final_logits_bias[0, 2] = 2.0
    save(folder, model, ends=True)
    return str(folder), MarianMTModel.from_pretrained(folder, attn_implementation="eager").eval()


def ids_of(written: Any) -> list[int]:
    return list(written.written.ids)


def shares_of(model: Any, **inputs: list[int]) -> np.ndarray:
    """Return transformers' own probabilities after the last position."""
    with torch.inference_mode():
        tensors = {name: torch.tensor([ids]) for name, ids in inputs.items()}
        return torch.softmax(model(**tensors, use_cache=False).logits[0, -1].double(), 0).numpy()


def test_a_decoder_writes_what_generate_writes(gpt: tuple[Any, Any]) -> None:
    tokenizer, model = gpt
    inputs = tokenizer(TEXT, return_tensors="pt")
    right = model.generate(**inputs, max_new_tokens=12, do_sample=False)[0].tolist()
    found = answer(Decode("gpt-tiny", TEXT, most=12))
    assert [*found.start.ids, *ids_of(found)] == right
    assert found.ended == (right[-1] == model.config.eos_token_id)


def test_every_step_has_the_probabilities_of_a_softmax_over_the_whole_vocabulary(gpt: tuple[Any, Any]) -> None:
    tokenizer, model = gpt
    found = answer(Decode("gpt-tiny", "Once upon a time", most=5))
    before = tokenizer("Once upon a time")["input_ids"]
    for step in range(found.steps):
        right = shares_of(model, input_ids=[*before, *ids_of(found)[:step]])
        np.testing.assert_allclose(found.likeliest.shares[step], np.sort(right)[::-1][:24], atol=1e-5)
        np.testing.assert_allclose(found.likeliest.shares[step], right[found.likeliest.ids[step]], atol=1e-5)
        assert found.entropy[step] == pytest.approx(-(right * np.log2(right)).sum(), abs=1e-3)
    right = shares_of(model, input_ids=[*before, *(ids_of(found)[:-1] if found.ended else ids_of(found))])
    np.testing.assert_allclose(torch.softmax(torch.tensor(found.logits), 0).numpy(), right, atol=1e-5)


def test_a_translation_with_its_candidates_equals_transformers_on_the_same_prefix(translator: Translator) -> None:
    folder, model = translator
    found = answer(Decode(folder, SOURCE, most=9))
    source = list(found.source.ids)
    right = model.generate(torch.tensor([source]), max_new_tokens=9, num_beams=1, do_sample=False)[0].tolist()
    assert [*found.start.ids, *ids_of(found)] == right
    for step in range(found.steps):
        shares = shares_of(model, input_ids=source, decoder_input_ids=[0, *ids_of(found)[:step]])
        np.testing.assert_allclose(found.likeliest.shares[step], shares[found.likeliest.ids[step]], atol=1e-5)
    assert found.trace.weights("cross", 0, 0).shape[1] == len(source)


def test_beams_equal_generate_and_their_totals_add_up(translator: Translator) -> None:
    folder, model = translator
    found = answer(Decode(folder, SOURCE, most=8, beams=3))
    right = model.generate(
        torch.tensor([found.source.ids]), max_new_tokens=8, num_beams=3, num_return_sequences=3, do_sample=False
    ).tolist()
    for beam, row in zip(found.beams, right, strict=True):
        assert row[1 : 1 + len(beam.ids)] == list(beam.ids)
        assert set(row[1 + len(beam.ids) :]) <= {model.config.pad_token_id}
    assert ids_of(found) == list(found.beams[0].ids)
    assert found.beams[0].score == max(beam.score for beam in found.beams)
    assert -found.losses.sum() == pytest.approx(found.beams[0].total, abs=1e-3)


def test_it_goes_on_from_a_chosen_candidate(translator: Translator) -> None:
    folder, model = translator
    other = int(answer(Decode(folder, SOURCE, most=4)).likeliest.ids[0, 3])
    found = answer(Decode(folder, SOURCE, prefix=(other,), most=5))
    assert (ids_of(found)[0], found.given) == (other, 1)
    before = torch.tensor([[0, other]])
    right = model.generate(
        torch.tensor([found.source.ids]), decoder_input_ids=before, max_new_tokens=5, num_beams=1, do_sample=False
    )
    assert [0, *ids_of(found)] == right[0].tolist()


def test_nothing_is_written_after_an_end(translator: Translator) -> None:
    found = answer(Decode(translator[0], SOURCE, prefix=(7, 2, 8)))
    assert (ids_of(found), found.ended, found.steps) == ([7, 2], True, 2)


def test_forced_losses_equal_the_loss_of_training(translator: Translator) -> None:
    folder, model = translator
    found = answer(Force(folder, SOURCE, "a lovely dog ran"))
    labels = torch.tensor([found.written.ids])
    with torch.inference_mode():
        right = model(input_ids=torch.tensor([found.source.ids]), labels=labels).loss
    assert found.losses.mean() == pytest.approx(float(right), abs=1e-5)
    assert found.written.ids[-1] == model.config.eos_token_id
    assert found.steps == len(found.written.ids)


def test_the_surprise_of_a_text_equals_the_loss_of_a_decoder_in_bits(gpt: tuple[Any, Any]) -> None:
    tokenizer, model = gpt
    inputs = tokenizer("Your cat is a lovely cat", return_tensors="pt")
    with torch.inference_mode():
        right = float(model(**inputs, labels=inputs["input_ids"]).loss)
    found = answer(Force("gpt-tiny", "Your cat is a lovely cat"))
    assert bits(found.share).mean() == pytest.approx(right / np.log(2), abs=1e-5)
    assert found.steps == len(inputs["input_ids"][0])


def test_draws_depend_on_the_seed_alone_and_stay_among_the_allowed() -> None:
    drawn = [answer(Decode("gpt-tiny", TEXT, most=10, seed=seed, temperature=1.5, top_k=5)) for seed in (1, 1, 2)]
    assert ids_of(drawn[0]) == ids_of(drawn[1]) != ids_of(drawn[2])
    for found in drawn:
        for step, token in enumerate(ids_of(found)):
            assert token in found.likeliest.ids[step, :5]
    cold = answer(Decode("gpt-tiny", TEXT, most=10, seed=1, temperature=0.01))
    assert ids_of(cold) == ids_of(answer(Decode("gpt-tiny", TEXT, most=10)))


def test_drawing_leaves_the_random_numbers_of_others_alone() -> None:
    torch.manual_seed(0)
    right = torch.rand(3)
    torch.manual_seed(0)
    answer(Decode("gpt-tiny", TEXT, most=2, seed=9))
    assert torch.equal(torch.rand(3), right)


def test_answers_are_kept_and_small() -> None:
    first = answer_public(Decode("gpt-tiny", TEXT, most=3))
    assert answer_public(Decode("gpt-tiny", TEXT, most=3)) is first
    assert answer_public(Decode("gpt-tiny", TEXT, most=4)) is not first
    assert 1000 < first.nbytes < 400_000


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (Decode("bert-tiny", TEXT), "bert-tiny does not write: choose a decoder"),
        (Decode("gpt-tiny", " "), "type at least one word"),
        (Decode("gpt-tiny", TEXT, prefix=(99_999,)), "tokens 0 to 4095, and 99999 is none of them"),
        (Decode("gpt-tiny", "cat " * 600), "cannot be continued: shorten it"),
    ],
)
def test_what_cannot_be_written_gets_a_sentence(ask: Any, sentence: str) -> None:
    with pytest.raises(LecternError, match=sentence):
        answer(ask)


def test_folders_cannot_be_asked_from_the_page(tmp_path: Path) -> None:
    with pytest.raises(LecternError, match="Folders cannot be opened from the page"):
        answer_public(Decode(str(tmp_path), TEXT))


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_other_translators_write_what_generate_writes(name: str, tmp_path: Path) -> None:
    model = built(name)
    found = answer(Decode(save(tmp_path, model, ends=True), SOURCE, most=6))
    right = model.generate(torch.tensor([found.source.ids]), max_new_tokens=6, num_beams=1, do_sample=False)[0].tolist()
    assert [*found.start.ids, *ids_of(found)] == right
