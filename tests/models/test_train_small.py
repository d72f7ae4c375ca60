"""The translator, the classifier of sentiment and the digits network: their data, and a short training of each."""

import json
import lzma
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForPreTraining,
    BertForQuestionAnswering,
    MarianMTModel,
)

from models.digits import DigitsCnn, DigitsConfig
from models.errors import LecternError
from models.train import digits, en_fr_batches, en_fr_corpus, evaluate_en_fr, lexical, qa, qa_corpus, sentiment
from models.train.average import average
from models.train.phrases import LECTURE, NOUNS, phrases
from models.train.vocabulary import joint

ROOT = Path(__file__).parents[2]
BERT = ROOT / "models" / "bundled" / "bert-tiny"


def run(module: str, *arguments: str) -> None:
    """Run a training script as a person would."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [sys.executable, "-m", f"models.train.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def curve(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus folder with pairs of our own, and some that need cleaning."""
    folder = tmp_path_factory.mktemp("pairs")
    dirty = [("You are tall.", "Vous êtes grand."), ("You are tall.", "Tu es grand."), (LECTURE[1], "Le chat court.")]
    with lzma.open(folder / en_fr_corpus.FILE, "wt", encoding="utf-8") as file:
        file.write("".join(f"{english}\t{french}\n" for english, french in [*phrases(120, seed=7), *dirty]))
    return folder


def test_the_lecture_sentences_and_the_held_out_ones_are_never_learned(pairs: Path) -> None:
    found = en_fr_corpus.pairs(pairs)
    learned = {english for english, _ in en_fr_corpus.training(found, own=400)}
    held_out = en_fr_corpus.tested(found)
    assert len(held_out) == len(found) // 100 > 3
    assert learned.isdisjoint([*LECTURE, *held_out])


def test_where_both_are_given_the_familiar_form_is_kept(pairs: Path) -> None:
    assert en_fr_corpus.pairs(pairs)["You are tall."] == ["Tu es grand."]


def test_a_folder_without_pairs_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LecternError, match=r"enfr\.tsv\.xz"):
        en_fr_corpus.pairs(tmp_path)
    with pytest.raises(LecternError, match=r"sentiment\.tsv\.xz"):
        sentiment.read(tmp_path)


def test_french_nouns_take_the_right_articles() -> None:
    by_name = {noun.english: noun for noun in NOUNS}
    said = {
        name: (by_name[name].the, by_name[name].a, by_name[name].of("t")) for name in ("cat", "mouse", "school", "man")
    }
    assert said == {
        "cat": ("le chat", "un chat", "ton chat"),
        "mouse": ("la souris", "une souris", "ta souris"),
        "school": ("l'école", "une école", "ton école"),
        "man": ("l'homme", "un homme", "ton homme"),
    }


def test_our_own_pairs_are_plain_sentences_without_a_wrong_elision() -> None:
    for english, french in phrases(400):
        assert english[0].isupper()
        assert english[-1] in ".?"
        assert not any(wrong in f" {french.lower()}" for wrong in (" le a", " la é", " de le ", " je ai", " le homme"))


def test_the_joint_vocabulary_keeps_words_whole_and_reads_back_what_it_wrote(pairs: Path) -> None:
    tokenizer = joint((side for pair in en_fr_corpus.training(en_fr_corpus.pairs(pairs), 50) for side in pair), 900)
    pieces = tokenizer.convert_ids_to_tokens(tokenizer("Le chat a poursuivi la souris.")["input_ids"])
    assert pieces == ["<s>", "▁Le", "▁chat", "▁a", "▁poursuivi", "▁la", "▁souris", ".", "</s>"]
    for text in ("Où est l'animal ?", "Ton chat est un chat adorable.", "C'est l'animal."):
        assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text


def test_the_decoder_reads_what_it_was_to_say_one_place_before() -> None:
    pair = (np.array([0, 7, 8, 1], np.uint16), np.array([0, 20, 21, 1], np.uint16))
    longer = (np.array([0, 7, 1], np.uint16), np.array([0, 20, 21, 22, 1], np.uint16))
    batch = en_fr_batches.collate([pair, longer], padding=2)
    assert batch["ids"].tolist() == [[0, 7, 8, 1], [0, 7, 1, 2]]
    assert batch["given"].tolist() == [[0, 20, 21, 1], [0, 20, 21, 22]]
    assert batch["labels"].tolist() == [[20, 21, 1, -100], [20, 21, 22, 1]]


def test_a_short_training_of_the_translator_lowers_the_loss_and_goes_on_when_resumed(
    pairs: Path, tmp_path: Path
) -> None:
    few = ["--corpus", str(pairs), "--out", str(tmp_path), "--device", "cpu", "--vocabulary", "700", "--layers", "1"]
    few += ["--tokens", "800", "--optimiser", "adamw", "--curve-every", "4", "--own", "100"]
    run("en_fr", *few, "--minutes", "0.09")
    first = curve(tmp_path)
    assert first[-1]["cross_entropy"] < 0.9 * first[0]["cross_entropy"]
    run("en_fr", *few, "--minutes", "0.12", "--resume", str(tmp_path / "checkpoint.pt"))
    assert curve(tmp_path)[len(first)]["cross_entropy"] < 0.9 * first[0]["cross_entropy"]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    model = MarianMTModel.from_pretrained(tmp_path / "model").eval()
    source, target, weights = evaluate_en_fr.crossing(
        model, tokenizer, "The cat saw the dog.", "Le chat a vu le chien."
    )
    assert weights.shape == (1, 6, len(target), len(source))
    assert np.allclose(weights.sum(-1), 1, atol=1e-5)
    assert len(evaluate_en_fr.translated(model, tokenizer, ["The cat saw the dog.", "Hello"])) == 2


def test_a_short_fine_tuning_lowers_the_loss_and_keeps_its_curve(tmp_path: Path) -> None:
    good, bad = ("a lovely warm film", "happy and very good"), ("a dull and sad film", "very bad , long and dull")
    rows = [(place % 2, f"{(good if place % 2 else bad)[place % 4 // 2]} number {place}") for place in range(400)]
    with lzma.open(tmp_path / sentiment.FILE, "wt", encoding="utf-8") as file:
        file.write("".join(f"{label}\t{text}\n" for label, text in rows))
    learned, held_out = sentiment.read(tmp_path)
    assert set(learned.texts).isdisjoint(held_out.texts)
    assert len(held_out.texts) > 20
    more = ["--minutes", "0.15", "--curve-every", "4", "--size", "16", "--peak", "3e-4", "--device", "cpu"]
    run("sentiment", "--corpus", str(tmp_path), "--base", str(BERT), "--out", str(tmp_path), *more)
    lines = curve(tmp_path)
    assert lines[-1]["loss"] < 0.8 * lines[0]["loss"]
    assert lines[-1]["held_out_accuracy"] > 0.8
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model")
    assert model.config.id2label == {0: "negative", 1: "positive"}


def test_a_linear_teacher_knows_what_words_say_and_labels_sentences_put_together_anew() -> None:
    rng = np.random.default_rng(0)
    good, bad = "a lovely warm and happy film", "a dull sad and very bad film"
    texts = [f"{(good, bad)[place % 2]} number {place}" for place in range(200)]
    teach = lexical.teacher(texts, [1 - place % 2 for place in range(200)], rng)
    scores = teach(["lovely and warm", "dull and bad", "number 7"])
    assert scores[0] > 0.5 > abs(scores[2])
    assert scores[1] < -0.5
    words = [text.split() for text in texts]
    made = [lexical.recombined(words, 3 + place % 25, rng) for place in range(200)]
    assert [len(text.split()) for text in made[:25]] == list(range(3, 28))
    assert set(" ".join(made).split()) <= set(" ".join(texts).split())
    assert len(set(made) - set(texts)) > 50
    assert float(np.std(teach(made))) == pytest.approx(lexical.SPREAD, rel=0.5)


def test_a_fine_tuning_learns_from_its_teacher_alone(tmp_path: Path) -> None:
    good, bad = "a lovely warm and happy film", "a dull sad and very bad film"
    rows = [(place % 2, f"{(bad, good)[place % 2]} number {place}") for place in range(400)]
    with lzma.open(tmp_path / sentiment.FILE, "wt", encoding="utf-8") as file:
        file.write("".join(f"{label}\t{text}\n" for label, text in rows))
    more = ["--minutes", "0.2", "--curve-every", "4", "--taught", "300", "--peak", "3e-4", "--device", "cpu"]
    run("sentiment", "--corpus", str(tmp_path), "--base", str(BERT), "--out", str(tmp_path), *more)
    lines = curve(tmp_path)
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert lines[-1]["held_out_accuracy"] > 0.8


def test_the_digits_network_learns_in_seconds() -> None:
    model, lines, share = digits.train(minutes=2, seed=0, passes=12)
    assert lines[0]["loss"] > 2 > lines[-1]["loss"]
    assert share > 0.85
    assert not model.training


def test_the_digits_are_split_without_overlap_and_scaled_to_one() -> None:
    train_pixels, train_digits, test_pixels, test_digits = digits.data(seed=0)
    assert len(train_digits) + len(test_digits) == len(load_digits().target)
    assert len(test_digits) == 360
    assert float(train_pixels.max()) == float(test_pixels.max()) == 1.0


def test_every_stage_of_the_digits_network_equals_torch() -> None:
    torch.manual_seed(0)
    model, pixels = DigitsCnn(DigitsConfig()).eval(), torch.rand(3, 1, 8, 8)
    stages = model.stages(pixels)
    plain = torch.nn.Sequential(model.convolution_1, torch.nn.ReLU(), torch.nn.MaxPool2d(2), model.convolution_2,
                                torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(), model.output)  # fmt: skip
    assert torch.allclose(stages["logits"], plain(pixels), atol=1e-6)
    assert {name: tuple(stage.shape[1:]) for name, stage in stages.items()} == {
        "pixels": (1, 8, 8), "convolution 1": (8, 8, 8), "ReLU 1": (8, 8, 8), "pooling 1": (8, 4, 4),
        "convolution 2": (16, 4, 4), "ReLU 2": (16, 4, 4), "pooling 2": (16, 2, 2), "logits": (10,),
    }  # fmt: skip


def test_questions_are_made_with_their_answers_and_none_about_a_pronoun() -> None:
    said = {
        "Lima is the capital of Peru, and it lies on the coast.": ("What is Lima?", "the capital of Peru"),
        "Ada Lovelace was an English writer.": ("Who was Ada Lovelace?", "an English writer"),
        "The bridge Golden was nice.": None,
        "The Eiffel Tower was built in 1889.": ("When was the Eiffel Tower built?", "1889"),
        "Marie Curie was born in Warsaw.": ("Where was Marie Curie born?", "Warsaw"),
        "Guernica was painted by Pablo Picasso.": ("Who painted Guernica?", "Pablo Picasso"),
        "bank means sloping land beside water.": ("What does bank mean?", "sloping land beside water"),
        "It is a small town.": None,
    }
    for sentence, wanted in said.items():
        found = qa_corpus.asked(sentence)
        assert (found and (found[0], sentence[found[1] : found[2]])) == wanted, sentence


def test_an_answer_is_marked_by_the_tokens_that_spell_it(qa_base: tuple) -> None:
    model, tokenizer = qa_base
    asked = qa_corpus.Asked("What is Lima?", "We went to Lima. Lima is the capital of Peru.", 25, 44)
    assert asked.answer == "the capital of Peru"
    batch = qa.encoded(tokenizer, [asked])
    first, last = int(batch["start_positions"][0]), int(batch["end_positions"][0])
    assert tokenizer.decode(batch["ids"][0, first : last + 1]) == "the capital of peru"
    said = qa.answer(model, tokenizer, asked.question, asked.context)
    assert said
    assert said in asked.context


@pytest.fixture(scope="module")
def qa_base() -> tuple:
    torch.manual_seed(0)
    return BertForQuestionAnswering.from_pretrained(BERT).eval(), AutoTokenizer.from_pretrained(BERT)


def test_scores_count_words_as_squad_does(qa_base: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(["The capital of Peru!", "a capital city", "nothing"])
    monkeypatch.setattr(qa, "answer", lambda *_: next(said))
    asked = [qa_corpus.Asked("?", "capital of Peru", 0, 15)] * 3
    assert qa.scores(*qa_base, asked) == {"exact": 0.333, "f1": 0.467, "questions": 3}


def test_averaged_weights_lie_between_the_two_models(tmp_path: Path) -> None:
    config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    earlier, later = BertForPreTraining(config), BertForPreTraining(config)
    before, after = ({name: p.clone() for name, p in model.state_dict().items()} for model in (earlier, later))
    mixed = average(earlier, later, 0.25).state_dict()
    for name, value in mixed.items():
        expected = 0.75 * before[name] + 0.25 * after[name] if value.is_floating_point() else after[name]
        torch.testing.assert_close(value, expected)
