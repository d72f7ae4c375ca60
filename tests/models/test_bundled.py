"""The bundled models: small files, loadable with no network, and able to do what the course shows with them."""

import json
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertForPreTraining,
    PreTrainedModel,
)

from models.train import evaluate_bert, evaluate_gpt, senses
from models.train.words import AMBIGUOUS, WHOLE

BUNDLED = Path(__file__).parents[2] / "models" / "bundled"
BERT, GPT = BUNDLED / "bert-tiny", BUNDLED / "gpt-tiny"
LIMIT = 10_000_000  # bytes; a Space refuses larger files in a plain push


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may ask the Hub."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def bert() -> BertForPreTraining:
    return BertForPreTraining.from_pretrained(BERT).eval()


@pytest.mark.parametrize("folder", [BERT, GPT], ids=lambda folder: folder.name)
def test_every_file_is_below_ten_megabytes_and_the_card_names_data_licences_and_limits(folder: Path) -> None:
    assert max(path.stat().st_size for path in folder.iterdir()) < LIMIT
    card = (folder / "README.md").read_text(encoding="utf-8")
    for heading in ("## Data and licences", "## Training", "## Measured", "## Limits"):
        assert heading in card
    assert "Tatoeba (tatoeba.org), CC BY 2.0 FR" in card


@pytest.mark.parametrize(
    ("folder", "loader"),
    [(BERT, AutoModel), (BERT, AutoModelForMaskedLM), (GPT, AutoModel), (GPT, AutoModelForCausalLM)],
)
def test_the_auto_classes_load_the_folders_in_float32_with_all_their_weights(
    folder: Path, loader: type[PreTrainedModel]
) -> None:
    model, report = loader.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"]
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("folder", [BERT, GPT], ids=lambda folder: folder.name)
def test_the_words_of_the_course_are_one_token_each(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert [word for word in [*WHOLE, *AMBIGUOUS] if len(tokenizer.tokenize(f" {word}")) != 1] == []


def test_bert_reads_512_positions_and_pairs_with_segments(bert: BertForPreTraining) -> None:
    tokenizer = AutoTokenizer.from_pretrained(BERT)
    encoded = tokenizer("The cat sat by the river. " * 50, "It was happy. " * 50, truncation=True, return_tensors="pt")
    assert encoded["input_ids"].shape == (1, 512)
    assert encoded["token_type_ids"].unique().tolist() == [0, 1]
    assert torch.isfinite(bert(**encoded).prediction_logits).all()


def test_the_figures_beside_each_model_are_those_it_still_has(bert: BertForPreTraining) -> None:
    """Recomputed for the senses, which need no corpus."""
    stated = json.loads((BERT / "figures.json").read_text())["senses_by_layer"]
    measured = senses.accuracy(bert, AutoTokenizer.from_pretrained(BERT))
    assert measured.keys() == stated.keys()
    for word, layers in measured.items():
        assert layers == pytest.approx(stated[word], abs=0.051), word  # one sentence may tip on another machine


def test_bert_tells_senses_apart_by_context_and_its_embeddings_do_not(bert: BertForPreTraining) -> None:
    by_word = senses.accuracy(bert, AutoTokenizer.from_pretrained(BERT))
    mean = [sum(shares) / len(by_word) for shares in zip(*by_word.values(), strict=True)]
    assert max(by_word["bank"]) >= 0.85
    assert max(mean) >= 0.8
    assert by_word["bank"][0] <= 0.7
    assert mean[0] <= 0.6


def test_gpt_finds_english_likelier_than_the_same_words_shuffled() -> None:
    tokenizer, model = AutoTokenizer.from_pretrained(GPT), AutoModelForCausalLM.from_pretrained(GPT).eval()
    said = evaluate_gpt.perplexity(model, tokenizer, ["The old man opened the door and looked at the garden."])
    shuffled = evaluate_gpt.perplexity(model, tokenizer, ["Garden the and opened man the old door at looked the."])
    assert said < shuffled / 5


def test_bert_fills_the_gaps_of_the_course(bert: BertForPreTraining) -> None:
    tokenizer = AutoTokenizer.from_pretrained(BERT)
    cute, bank, _ = evaluate_bert.LECTURE
    assert {"boy", "girl", "dog"} & set(evaluate_bert.fillers(bert, tokenizer, cute))
    assert next(iter(evaluate_bert.fillers(bert, tokenizer, bank))) == "bank"
