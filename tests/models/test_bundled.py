"""The bundled models: small files, loadable with no network, and able to do what the course shows with them."""

import json
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertForPreTraining,
    MarianMTModel,
    PreTrainedModel,
)

from models.digits import DigitsCnn, accuracy
from models.train import digits, evaluate_bert, evaluate_en_fr, evaluate_gpt, qa, senses
from models.train.words import AMBIGUOUS, WHOLE

BUNDLED = Path(__file__).parents[2] / "models" / "bundled"
BERT, GPT, EN_FR = BUNDLED / "bert-tiny", BUNDLED / "gpt-tiny", BUNDLED / "en-fr"
SENTIMENT, QA = BUNDLED / "sentiment", BUNDLED / "qa-tiny"
LIMIT = 10_000_000  # bytes; a Space refuses larger files in a plain push


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may ask the Hub."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def bert() -> BertForPreTraining:
    return BertForPreTraining.from_pretrained(BERT).eval()


@pytest.mark.parametrize("folder", [BERT, GPT, EN_FR, SENTIMENT, QA], ids=lambda folder: folder.name)
def test_every_file_is_below_ten_megabytes_and_the_card_names_data_licences_and_limits(folder: Path) -> None:
    assert max(path.stat().st_size for path in folder.iterdir()) < LIMIT
    card = (folder / "README.md").read_text(encoding="utf-8")
    for heading in ("## Data and licences", "## Training", "## Measured", "## Limits"):
        assert heading in card
    assert "Tatoeba (tatoeba.org), CC BY 2.0 FR" in card


@pytest.mark.parametrize(
    ("folder", "loader"),
    [
        (BERT, AutoModel),
        (BERT, AutoModelForMaskedLM),
        (GPT, AutoModel),
        (GPT, AutoModelForCausalLM),
        (EN_FR, AutoModelForSeq2SeqLM),
    ],
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
    assert max(by_word["bank"]) >= 0.95
    assert max(mean) >= 0.85
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
    assert {"boy", "girl", "dog", "cat", "baby"} & set(evaluate_bert.fillers(bert, tokenizer, cute))
    assert next(iter(evaluate_bert.fillers(bert, tokenizer, bank))) == "bank"


@pytest.fixture(scope="module")
def en_fr() -> MarianMTModel:
    return MarianMTModel.from_pretrained(EN_FR).eval()


def test_en_fr_translates_the_sentences_of_the_course_exactly(en_fr: MarianMTModel) -> None:
    said = evaluate_en_fr.translated(en_fr, AutoTokenizer.from_pretrained(EN_FR), list(evaluate_en_fr.LECTURE))
    assert said[:2] == ["Ton chat est un chat adorable.", "Le chat a poursuivi la souris."]
    assert "animal" in said[3]
    assert "rue" in said[3]


def test_one_cross_attention_head_of_en_fr_aligns_every_content_word(en_fr: MarianMTModel) -> None:
    found = evaluate_en_fr.alignment(en_fr, AutoTokenizer.from_pretrained(EN_FR))
    stated = json.loads((EN_FR / "figures.json").read_text())["alignment"]
    assert (found["layer"], found["head"], found["right"]) == (stated["layer"], stated["head"], 1.0)


def test_the_digits_network_reads_its_held_out_digits() -> None:
    model = DigitsCnn.from_pretrained(BUNDLED / "digits-cnn").eval()
    _, _, pixels, wanted = digits.data(seed=0)
    assert accuracy(model, pixels, wanted) >= 0.98
    examples = json.loads((BUNDLED / "digits-cnn" / "examples.json").read_text())
    shown = torch.tensor([example["pixels"] for example in examples])[:, None] / 16
    assert model(shown).argmax(-1).tolist() == [example["digit"] for example in examples] == list(range(10))


def test_bert_tells_a_following_sentence_from_an_unrelated_one(bert: BertForPreTraining) -> None:
    tokenizer = AutoTokenizer.from_pretrained(BERT)
    assert evaluate_bert.follows(bert, tokenizer, *evaluate_bert.PAIR) > 0.8
    assert (
        evaluate_bert.follows(bert, tokenizer, "It is raining heavily.", "The king was born in 1456 in France.") < 0.2
    )
    assert evaluate_bert.follows(bert, tokenizer, "The dog ran into the garden.", "It barked at the cat.") > 0.8
    assert (
        evaluate_bert.follows(bert, tokenizer, "The dog ran into the garden.", "Interest rates depend on banks.") < 0.2
    )


def test_sentiment_reads_plain_praise_and_blame() -> None:
    tokenizer, model = (
        AutoTokenizer.from_pretrained(SENTIMENT),
        AutoModelForSequenceClassification.from_pretrained(SENTIMENT),
    )
    texts = ["a warm , funny and touching film .", "a dull , boring and stupid mess of a movie ."]
    labels = model.eval()(**tokenizer(texts, return_tensors="pt", padding=True)).logits.argmax(-1).tolist()
    assert [model.config.id2label[label] for label in labels] == ["positive", "negative"]
    curve = [json.loads(line) for line in (SENTIMENT / "curve.jsonl").read_text().splitlines()]
    assert {"step", "loss", "accuracy", "held_out_accuracy"} <= curve[0].keys()
    assert curve[-1]["loss"] < 0.82 * curve[0]["loss"]  # of shares, whose own entropy is left at the end
    assert curve[-1]["accuracy"] > curve[0]["accuracy"] + 0.3
    assert curve[-1]["held_out_accuracy"] > curve[0]["held_out_accuracy"] + 0.25


def test_qa_points_at_what_a_text_says_plainly() -> None:
    tokenizer, model = AutoTokenizer.from_pretrained(QA), AutoModelForQuestionAnswering.from_pretrained(QA).eval()
    text = "Lima is the capital of Peru. It was founded in 1535 by Francisco Pizarro, a Spanish soldier."
    assert qa.answer(model, tokenizer, "What is Lima?", text) == "the capital of Peru"
    assert qa.answer(model, tokenizer, "When was Lima founded?", text) == "1535"
